/* segment.c - files of the journal. */
#include "engine/journal/segment.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "jiaozi/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX_READY  ".segment"
#define SUFFIX_MAKING ".making"
#define DIGITS        10
#define CHUNK_BYTES   (256u << 10) /* of zeros in one write; an append may have to wait for it */

_Static_assert(DIGITS + sizeof(SUFFIX_READY) <= JZ_SEGMENT_NAME_BYTES, "a name fits");
_Static_assert(JZ_SEGMENT_BYTES_MIN % CHUNK_BYTES == 0 || CHUNK_BYTES % JZ_BLOCK_BYTES == 0,
               "a last short chunk is whole blocks too");

static alignas(JZ_BLOCK_BYTES) unsigned char zeros[CHUNK_BYTES]; /* never written */

static struct jz_segment_name name_with(uint32_t number, const char *suffix)
{
    struct jz_segment_name name;
    (void)snprintf(name.text, sizeof(name.text), "%0*u%s", DIGITS, number, suffix);
    return name;
}

struct jz_segment_name jz_segment_name(uint32_t number)
{
    return name_with(number, SUFFIX_READY);
}

/* The number that a name with this suffix stands for; 0 if it is another name. */
static uint32_t number_of(const char *text, const char *suffix)
{
    uint64_t number = 0;
    for (int i = 0; i < DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= UINT32_MAX && strcmp(text + DIGITS, suffix) == 0 ? (uint32_t)number : 0;
}

/* A stream over the folder, from its beginning, that leaves the caller's descriptor alone. */
static DIR *open_list(int folder)
{
    const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    DIR *list = fdopendir(fd);
    if (list == NULL) {
        const int saved = errno;
        (void)close(fd);
        errno = saved;
    }
    return list;
}

/* Next number with this suffix, 0 at the end or after an error, which errno then says. */
static uint32_t next_number(DIR *list, const char *suffix)
{
    errno = 0;
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        const uint32_t number = number_of(entry->d_name, suffix);
        if (number != 0) {
            return number;
        }
    }
    return 0;
}

static int end_list(DIR *list)
{
    const int saved = errno;
    (void)closedir(list);
    errno = saved;
    return saved == 0 ? JZ_OK : JZ_ESYSTEM;
}

int jz_segment_list(int folder, uint32_t *highest, uint32_t *missing)
{
    uint32_t found = 0;

    *highest = 0;
    *missing = 0;
    DIR *list = open_list(folder);
    if (list == NULL) {
        return JZ_ESYSTEM;
    }
    for (uint32_t n = next_number(list, SUFFIX_READY); n != 0;
         n = next_number(list, SUFFIX_READY)) {
        *highest = n > *highest ? n : *highest;
        found++;
    }
    const int status = end_list(list);
    if (status != JZ_OK || found == *highest) {
        return status;
    }
    for (uint32_t n = 1; n <= *highest && *missing == 0; n++) {
        if (faccessat(folder, jz_segment_name(n).text, F_OK, 0) != 0) {
            *missing = n;
        }
    }
    JZ_ASSERT(*missing != 0);
    return JZ_OK;
}

int jz_segment_sweep(int folder)
{
    DIR *list = open_list(folder);
    if (list == NULL) {
        return JZ_ESYSTEM;
    }
    for (uint32_t n = next_number(list, SUFFIX_MAKING); n != 0;
         n = next_number(list, SUFFIX_MAKING)) {
        if (unlinkat(folder, name_with(n, SUFFIX_MAKING).text, 0) != 0) {
            (void)end_list(list);
            return JZ_ESYSTEM;
        }
    }
    return end_list(list);
}

/* Opens for writing past the cache if the file system knows how, so that zeros do not push out
 * what others have cached. */
static int create_file(int folder, const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const int fd = openat(folder, name, flags | O_DIRECT, 0600);
    if (fd >= 0 || errno != EINVAL) {
        return fd;
    }
    (void)unlinkat(folder, name, 0); /* some file systems create first and refuse then */
    return openat(folder, name, flags, 0600);
}

static int fill_with_zeros(int fd, uint64_t bytes)
{
    /* In one piece if the file system can; an early word if there is no room. */
    if (fallocate(fd, 0, 0, (off_t)bytes) != 0 && errno != EOPNOTSUPP) {
        return JZ_ESYSTEM;
    }
    for (uint64_t at = 0; at < bytes; at += CHUNK_BYTES) {
        const uint64_t left = bytes - at;
        const size_t count = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        const ssize_t written = pwrite(fd, zeros, count, (off_t)at);
        if (written != (ssize_t)count) {
            errno = written < 0 ? errno : ENOSPC; /* cut short: that is all there was room for */
            return JZ_ESYSTEM;
        }
    }
    return fsync(fd) == 0 ? JZ_OK : JZ_ESYSTEM;
}

int jz_segment_make(int folder, uint32_t number, uint64_t bytes)
{
    const struct jz_segment_name making = name_with(number, SUFFIX_MAKING);
    const struct jz_segment_name ready = jz_segment_name(number);

    const int fd = create_file(folder, making.text);
    if (fd < 0) {
        return JZ_ESYSTEM;
    }
    int status = fill_with_zeros(fd, bytes);
    int saved = errno;
    if (close(fd) != 0 && status == JZ_OK) {
        status = JZ_ESYSTEM;
        saved = errno;
    }
    if (status == JZ_OK && renameat(folder, making.text, folder, ready.text) != 0) {
        status = JZ_ESYSTEM;
        saved = errno;
    }
    if (status != JZ_OK) {
        (void)unlinkat(folder, making.text, 0);
        errno = saved;
        return status;
    }
    return fsync(folder) == 0 ? JZ_OK : JZ_ESYSTEM;
}

static int open_file(int folder, const char *name, enum jz_segment_mode mode)
{
    switch (mode) {
    case JZ_SEGMENT_DIRECT:
        return openat(folder, name, O_WRONLY | O_DIRECT | O_DSYNC | O_CLOEXEC);
    case JZ_SEGMENT_BUFFERED:
        return openat(folder, name, O_WRONLY | O_CLOEXEC);
    case JZ_SEGMENT_READ:
        break;
    }
    const int fd = openat(folder, name, O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (fd >= 0 || errno != EINVAL) {
        return fd;
    }
    const int cached = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (cached >= 0) {
        /* Pages that a failed flush left behind look clean and are not what the disk has. */
        (void)posix_fadvise(cached, 0, 0, POSIX_FADV_DONTNEED);
    }
    return cached;
}

int jz_segment_open(int folder, uint32_t number, enum jz_segment_mode mode, int *fd,
                    uint64_t *bytes)
{
    struct stat status;

    const int opened = open_file(folder, jz_segment_name(number).text, mode);
    if (opened < 0) {
        return errno == EINVAL && mode == JZ_SEGMENT_DIRECT ? JZ_EINVAL : JZ_ESYSTEM;
    }
    if (fstat(opened, &status) != 0) {
        const int saved = errno;
        (void)close(opened);
        errno = saved;
        return JZ_ESYSTEM;
    }
    *fd = opened;
    *bytes = (uint64_t)status.st_size;
    return JZ_OK;
}

int jz_segment_read(int fd, void *bytes, size_t bytes_count, uint64_t offset)
{
    unsigned char *next = bytes;

    while (bytes_count > 0) {
        const ssize_t count = pread(fd, next, bytes_count, (off_t)offset);
        if (count <= 0) {
            errno = count == 0 ? EIO : errno;
            return JZ_ESYSTEM;
        }
        next += count;
        offset += (uint64_t)count;
        bytes_count -= (size_t)count;
    }
    return JZ_OK;
}

int jz_segment_write(int fd, bool is_direct, const void *bytes, size_t bytes_count, uint64_t offset)
{
    const ssize_t written = pwrite(fd, bytes, bytes_count, (off_t)offset);
    if (written != (ssize_t)bytes_count) {
        errno = written < 0 ? errno : EIO;
        return JZ_ESYSTEM;
    }
    return is_direct || fdatasync(fd) == 0 ? JZ_OK : JZ_ESYSTEM;
}
