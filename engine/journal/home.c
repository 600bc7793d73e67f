/* home.c - locks a data directory and reads, or writes for the first time, whose it is. */
#include "engine/journal/home.h"

#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/journal/segment.h"
#include "engine/journal/text.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLUSTER_NAME     "cluster"
#define CLUSTER_NAME_NEW "cluster.new"
#define JOURNAL_NAME     "journal"
#define HEX_BYTES        (2 * JZ_CLUSTER_ID_BYTES + 1)
#define CLUSTER_BYTES    256 /* room for the text of the file */

static int status_of_errno(void)
{
    return errno == EACCES || errno == EPERM || errno == EROFS ? JZ_EDENIED : JZ_ESYSTEM;
}

static int flush_parent(const char *directory)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int parent = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        return -1;
    }
    const int answer = fsync(parent);
    const int saved = errno;
    (void)close(parent);
    errno = saved;
    return answer;
}

static int open_directory(struct jz_home *home, const struct jz_home_options *options, char *text)
{
    const char *directory = options->directory;

    if (!options->read_only) {
        if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
            jz_text_say_errno(text, "cannot make the data directory %s", directory);
            return status_of_errno();
        }
        if (flush_parent(directory) != 0) {
            jz_text_say_errno(text, "cannot flush the directory above %s", directory);
            return status_of_errno();
        }
    }
    home->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (home->fd < 0) {
        jz_text_say_errno(text, "cannot open the data directory %s", directory);
        return status_of_errno();
    }
    if (flock(home->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            jz_text_say(text,
                        "the data directory %s is in use by another process: stop that one first, "
                        "or name another directory",
                        directory);
            return JZ_EINUSE;
        }
        jz_text_say_errno(text, "cannot lock the data directory %s", directory);
        return JZ_ESYSTEM;
    }
    return JZ_OK;
}

static int open_journal_folder(struct jz_home *home, const struct jz_home_options *options,
                               char *text)
{
    if (!options->read_only && mkdirat(home->fd, JOURNAL_NAME, 0700) != 0 && errno != EEXIST) {
        jz_text_say_errno(text, "cannot make the folder %s/%s", options->directory, JOURNAL_NAME);
        return status_of_errno();
    }
    home->journal_fd = openat(home->fd, JOURNAL_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (home->journal_fd < 0 && (errno != ENOENT || !options->read_only)) {
        jz_text_say_errno(text, "cannot open the folder %s/%s", options->directory, JOURNAL_NAME);
        return status_of_errno();
    }
    return JZ_OK;
}

/* The text of the cluster file; returns its length. */
static size_t render_cluster(const struct jz_home *home, char out[CLUSTER_BYTES])
{
    char hex[HEX_BYTES];
    for (size_t i = 0; i < JZ_CLUSTER_ID_BYTES; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", home->cluster.bytes[i]);
    }
    const int body =
        snprintf(out, CLUSTER_BYTES,
                 "jiaozi data directory, format 1\ncluster %s\nsegment_bytes %" PRIu64 "\n", hex,
                 home->segment_bytes);
    const uint32_t crc32c = jz_checksum_crc32c(0, out, (size_t)body);
    const int end =
        snprintf(out + body, CLUSTER_BYTES - (size_t)body, "crc32c %08" PRIx32 "\n", crc32c);
    return (size_t)body + (size_t)end;
}

static bool segment_bytes_are_valid(uint64_t bytes)
{
    return bytes >= JZ_SEGMENT_BYTES_MIN && bytes <= JZ_SEGMENT_BYTES_MAX &&
           bytes % JZ_BLOCK_BYTES == 0;
}

/* Takes the two values out of the text, writes it anew from them and compares: what is not exactly
 * what we write is not ours. */
static bool parse_cluster(struct jz_home *home, const char *found, size_t found_bytes)
{
    struct jz_home parsed = {0};
    char expected[CLUSTER_BYTES];
    char hex[HEX_BYTES];

    if (sscanf(found,
               "jiaozi data directory, format 1 cluster %32[0-9a-f] segment_bytes %10" SCNu64, hex,
               &parsed.segment_bytes) != 2) {
        return false;
    }
    for (size_t i = 0; i < JZ_CLUSTER_ID_BYTES; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        parsed.cluster.bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    if (render_cluster(&parsed, expected) != found_bytes ||
        memcmp(expected, found, found_bytes) != 0 ||
        !segment_bytes_are_valid(parsed.segment_bytes)) {
        return false;
    }
    home->cluster = parsed.cluster;
    home->segment_bytes = parsed.segment_bytes;
    return true;
}

/* JZ_OK, JZ_EAGAIN if there is no such file, or an error with its text. */
static int read_cluster(struct jz_home *home, const struct jz_home_options *options, char *text)
{
    char found[CLUSTER_BYTES] = {0};

    const int fd = openat(home->fd, CLUSTER_NAME, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return JZ_EAGAIN;
    }
    const ssize_t count = fd < 0 ? -1 : read(fd, found, sizeof(found) - 1);
    if (count < 0) {
        jz_text_say_errno(text, "cannot read %s/%s", options->directory, CLUSTER_NAME);
        const int status = status_of_errno();
        if (fd >= 0) {
            (void)close(fd);
        }
        return status;
    }
    (void)close(fd);
    if (!parse_cluster(home, found, (size_t)count)) {
        jz_text_say(text,
                    "damage: %s/%s is not as it was written: put it back from a backup; nothing "
                    "was changed",
                    options->directory, CLUSTER_NAME);
        return JZ_ECORRUPT;
    }
    if (options->segment_bytes != 0 && options->segment_bytes != home->segment_bytes) {
        jz_text_say(text,
                    "%s was made with segments of %" PRIu64 " bytes, and %" PRIu64
                    " are asked for: leave that option out",
                    options->directory, home->segment_bytes, options->segment_bytes);
        return JZ_EINVAL;
    }
    return JZ_OK;
}

/* Nothing may be in the journal yet: a cluster file that was lost must not be made up. */
static int refuse_foreign(const struct jz_home *home, const struct jz_home_options *options,
                          char *text)
{
    uint32_t highest = 0;
    uint32_t missing = 0;

    if (home->journal_fd >= 0 && jz_segment_list(home->journal_fd, &highest, &missing) != JZ_OK) {
        jz_text_say_errno(text, "cannot list %s/%s", options->directory, JOURNAL_NAME);
        return JZ_ESYSTEM;
    }
    if (highest != 0) {
        jz_text_say(text,
                    "foreign: %s/%s holds segments, but %s/%s is missing, which says whose they "
                    "are: put it back from a backup, or name another directory",
                    options->directory, JOURNAL_NAME, options->directory, CLUSTER_NAME);
        return JZ_EFOREIGN;
    }
    return JZ_OK;
}

static int write_aside(const struct jz_home *home)
{
    char out[CLUSTER_BYTES];
    const size_t bytes = render_cluster(home, out);

    const int fd =
        openat(home->fd, CLUSTER_NAME_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -1;
    }
    const bool is_written = write(fd, out, bytes) == (ssize_t)bytes && fsync(fd) == 0;
    const int saved = errno;
    (void)close(fd);
    errno = saved;
    return is_written ? 0 : -1;
}

static int write_cluster(struct jz_home *home, const struct jz_home_options *options, char *text)
{
    home->segment_bytes =
        options->segment_bytes != 0 ? options->segment_bytes : JZ_SEGMENT_BYTES_DEFAULT;
    if (options->cluster != NULL) {
        home->cluster = *options->cluster;
    } else if (getrandom(home->cluster.bytes, JZ_CLUSTER_ID_BYTES, 0) != JZ_CLUSTER_ID_BYTES) {
        jz_text_say_errno(text, "the system gives no random bytes");
        return JZ_ESYSTEM;
    }
    if (write_aside(home) != 0 ||
        renameat(home->fd, CLUSTER_NAME_NEW, home->fd, CLUSTER_NAME) != 0) {
        jz_text_say_errno(text, "cannot write %s/%s", options->directory, CLUSTER_NAME);
        return status_of_errno();
    }
    return JZ_OK;
}

static int identify(struct jz_home *home, const struct jz_home_options *options, char *text)
{
    int status = read_cluster(home, options, text);
    if (status == JZ_EAGAIN) {
        status = refuse_foreign(home, options, text);
        if (status == JZ_OK && options->read_only) {
            jz_text_say(text, "%s holds no exchange: there is no file %s in it", options->directory,
                        CLUSTER_NAME);
            return JZ_EINVAL;
        }
        if (status == JZ_OK) {
            status = write_cluster(home, options, text);
        }
    }
    if (status != JZ_OK) {
        return status;
    }
    /* Every time: the names may be older than the last crash and yet not flushed. */
    if (!options->read_only && fsync(home->fd) != 0) {
        jz_text_say_errno(text, "cannot flush the directory %s", options->directory);
        return JZ_ESYSTEM;
    }
    return JZ_OK;
}

int jz_home_open(struct jz_home *home, const struct jz_home_options *options, char *text)
{
    *home = (struct jz_home){.fd = -1, .journal_fd = -1};
    if (options->segment_bytes != 0 && !segment_bytes_are_valid(options->segment_bytes)) {
        jz_text_say(
            text, "segments of %" PRIu64 " bytes: from %u to %u in steps of %u are possible",
            options->segment_bytes, JZ_SEGMENT_BYTES_MIN, JZ_SEGMENT_BYTES_MAX, JZ_BLOCK_BYTES);
        return JZ_EINVAL;
    }
    int status = open_directory(home, options, text);
    if (status == JZ_OK) {
        status = open_journal_folder(home, options, text);
    }
    if (status == JZ_OK) {
        status = identify(home, options, text);
    }
    if (status != JZ_OK) {
        jz_home_close(home);
    }
    return status;
}

void jz_home_close(struct jz_home *home)
{
    if (home->journal_fd >= 0) {
        (void)close(home->journal_fd);
    }
    if (home->fd >= 0) {
        (void)close(home->fd);
    }
    *home = (struct jz_home){.fd = -1, .journal_fd = -1};
}
