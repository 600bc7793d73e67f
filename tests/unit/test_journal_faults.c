/* A journal that cannot be had, or cannot go on, says why in one line, and loses nothing.
 *
 * Method: real causes wherever a test may bring them about: another process with the lock, a
 * directory without rights, a file system of four mebibytes that is full, descriptors that take no
 * byte, a limit on the length of files.
 */
#include "engine/journal/journal.h"

#include "engine/base/limits.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SEGMENT = JZ_SCRIBE_SEGMENT_BYTES,
    NOBODY = 65534,
    CANNOT = 77, /* exit code of a child that may not bring the cause about */
};

static struct jz_scribe scribe;
static struct jz_journal journal;
static struct jz_journal_report report;

static int begin(void **state)
{
    (void)state;
    jz_scribe_init(&scribe);
    return 0;
}

static int end(void **state)
{
    (void)state;
    jz_scribe_deinit(&scribe);
    return 0;
}

static void write_some(void)
{
    const uint32_t counts[] = {10, 20};
    jz_scribe_write(&scribe, counts, 2);
}

static void is_refused(int status, const char *words)
{
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), status);
    if (strstr(report.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", report.message, words);
    }
}

/* Runs a story in a process of its own, whose exit code is 0 if all in it was true. */
static void in_a_child(void (*story)(void))
{
    int status = 0;
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        story();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CANNOT) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child an assertion of cmocka would go on in the parent's test: say it and leave. */
static void must(bool is_true, const char *what)
{
    if (!is_true) {
        (void)fprintf(stderr, "in the child: %s is not so (%s)\n", what, report.message);
        _exit(1);
    }
}
#define MUST(condition) must((condition), #condition)

/* ---- whose directory it is ------------------------------------------------------------------- */

static void open_in_use(void)
{
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_EINUSE);
    MUST(strstr(report.message, "in use by another process") != NULL);
}

static void a_second_opener_is_refused_until_the_first_has_closed(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 5, 128);
    in_a_child(open_in_use);

    static struct jz_journal second; /* nor twice in one process */
    assert_int_equal(jz_scribe_try_open(&scribe, &second, &report), JZ_EINUSE);
    jz_scribe_append(&scribe, &journal, 5, 128);
    jz_journal_close(&journal);
    jz_scribe_open(&scribe, &journal, 10);
    jz_journal_close(&journal);
}

static void segments_without_a_cluster_file_are_foreign(void **state)
{
    (void)state;
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    write_some();
    jz_scribe_path(&scribe, "cluster", path);
    assert_int_equal(unlink(path), 0);
    is_refused(JZ_EFOREIGN, "is missing, which says whose they are");
    assert_int_equal(jz_scribe_file_bytes(&scribe, "cluster"), 0); /* not made up */
}

static void segments_of_another_cluster_are_foreign(void **state)
{
    (void)state;
    static struct jz_scribe other;
    static unsigned char segment[SEGMENT];

    write_some();
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), segment, SEGMENT, 0);
    jz_scribe_init(&other);
    const uint32_t counts[] = {1};
    jz_scribe_write(&other, counts, 1);
    jz_scribe_write_file(&other, jz_scribe_segment(1), segment, SEGMENT, 0);
    assert_int_equal(jz_scribe_try_open(&other, &journal, &report), JZ_EFOREIGN);
    assert_non_null(strstr(report.message, "of another exchange than"));
    jz_scribe_deinit(&other);
}

static void a_cluster_file_with_any_flipped_bit_is_damage(void **state)
{
    (void)state;
    write_some();
    const uint64_t bytes = jz_scribe_file_bytes(&scribe, "cluster");
    assert_true(bytes > 80);
    for (uint64_t bit = 0; bit < bytes * 8; bit++) {
        jz_scribe_flip_bit(&scribe, "cluster", bit);
        is_refused(JZ_ECORRUPT, "cluster is not as it was written");
        jz_scribe_flip_bit(&scribe, "cluster", bit);
    }
    jz_scribe_open(&scribe, &journal, 30);
    jz_journal_close(&journal);
}

static void a_cluster_file_cut_at_any_length_is_damage(void **state)
{
    (void)state;
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    write_some();
    jz_scribe_path(&scribe, "cluster", path);
    for (off_t bytes = (off_t)jz_scribe_file_bytes(&scribe, "cluster") - 1; bytes >= 0; bytes--) {
        assert_int_equal(truncate(path, bytes), 0);
        is_refused(JZ_ECORRUPT, "cluster is not as it was written");
    }
}

static void a_cluster_without_any_batch_goes_on(void **state)
{
    (void)state;
    struct jz_journal_report first;
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &first), JZ_OK);
    jz_journal_close(&journal);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_OK);
    assert_true(report.is_empty);
    assert_memory_equal(&report.cluster, &first.cluster, sizeof(first.cluster));
    jz_journal_close(&journal);
}

static void another_length_of_segments_is_refused_naming_both(void **state)
{
    (void)state;
    write_some();
    scribe.segment_bytes = 2 * SEGMENT;
    is_refused(JZ_EINVAL, "was made with segments of 1048576 bytes, and 2097152 are asked for");
    scribe.segment_bytes = 0; /* as it is */
    jz_scribe_open(&scribe, &journal, 30);
    jz_journal_close(&journal);
}

static void lengths_of_segments_have_bounds(void **state)
{
    (void)state;
    const uint64_t wrong[] = {1, JZ_SEGMENT_BYTES_MIN - JZ_BLOCK_BYTES, JZ_SEGMENT_BYTES_MIN + 512,
                              JZ_SEGMENT_BYTES_MAX + (uint64_t)JZ_BLOCK_BYTES};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        scribe.segment_bytes = wrong[i];
        is_refused(JZ_EINVAL, "from 1048576 to 1073741824 in steps of 4096");
    }
    scribe.segment_bytes = JZ_SEGMENT_BYTES_MIN + JZ_BLOCK_BYTES;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 255, 4096);
    assert_int_equal(journal.offset, JZ_SEGMENT_BYTES_MIN);
    jz_scribe_append(&scribe, &journal, 1, 128); /* the last block */
    jz_scribe_append(&scribe, &journal, 1, 128); /* segment 2 */
    jz_journal_close(&journal);
    jz_scribe_open(&scribe, &journal, 257);
    jz_journal_close(&journal);
}

/* ---- directories that cannot be had ---------------------------------------------------------- */

static void open_as_nobody(void)
{
    if (geteuid() == 0 && (setegid(NOBODY) != 0 || seteuid(NOBODY) != 0)) {
        _exit(CANNOT);
    }
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_EDENIED);
    MUST(strstr(report.message, "Permission denied") != NULL);
}

static void a_directory_without_the_right_to_write_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(scribe.root, 0555), 0);
    in_a_child(open_as_nobody); /* cannot make the data directory */
    assert_int_equal(chmod(scribe.root, 0755), 0);
    write_some();
    assert_int_equal(chmod(scribe.directory, 0555), 0);
    in_a_child(open_as_nobody); /* cannot open what is in it */
    assert_int_equal(chmod(scribe.directory, 0755), 0);
    jz_scribe_open(&scribe, &journal, 30);
    jz_journal_close(&journal);
}

static void a_directory_that_is_a_file_or_below_one_or_below_nothing_is_refused(void **state)
{
    (void)state;
    FILE *file = fopen(scribe.directory, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    is_refused(JZ_ESYSTEM, "Not a directory");
    (void)snprintf(scribe.directory, sizeof(scribe.directory), "%.200s/data/below", scribe.root);
    is_refused(JZ_ESYSTEM, "Not a directory");
    (void)snprintf(scribe.directory, sizeof(scribe.directory), "%.200s/no/way", scribe.root);
    is_refused(JZ_ESYSTEM, "cannot make the data directory");
}

/* ---- writes that fail ------------------------------------------------------------------------ */

/* Puts another file in the place of the segment being written. Returns the real one. */
static int swap_segment(const char *path)
{
    const int real = dup(journal.segment_fd);
    const int other = open(path, O_RDWR | O_CLOEXEC);
    assert_true(real >= 0 && other >= 0);
    assert_true(dup2(other, journal.segment_fd) >= 0);
    assert_int_equal(close(other), 0);
    return real;
}

static void a_write_error_is_final_and_costs_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 5, 128);
    const int real = swap_segment("/dev/full"); /* whose every write is ENOSPC */
    assert_string_equal(jz_journal_message(&journal), "");
    assert_int_equal(jz_scribe_try_append(&scribe, &journal, 5, 128), JZ_APPEND_UNKNOWN);
    assert_non_null(strstr(jz_journal_message(&journal), "No space left on device"));
    assert_non_null(strstr(jz_journal_message(&journal), "0000000001.segment at offset 4096"));

    assert_true(dup2(real, journal.segment_fd) >= 0); /* the disk is well again: too late */
    assert_int_equal(close(real), 0);
    assert_int_equal(jz_scribe_try_append(&scribe, &journal, 5, 128), JZ_APPEND_UNKNOWN);
    assert_int_equal(jz_log_tail(&journal.log).sequence, 5);
    assert_int_equal(jz_journal_prepare(&journal), JZ_ESYSTEM);
    jz_journal_close(&journal);
    jz_scribe_open(&scribe, &journal, 5);
    jz_scribe_append(&scribe, &journal, 5, 128);
    jz_journal_close(&journal);
}

static void a_flush_error_is_final(void **state)
{
    (void)state;
    scribe.buffered = true;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 5, 128);
    const int real = swap_segment("/dev/null"); /* takes every write and knows no flush */
    assert_int_equal(jz_scribe_try_append(&scribe, &journal, 5, 128), JZ_APPEND_UNKNOWN);
    assert_non_null(strstr(jz_journal_message(&journal), "Invalid argument"));
    assert_true(dup2(real, journal.segment_fd) >= 0);
    assert_int_equal(close(real), 0);
    assert_int_equal(jz_scribe_try_append(&scribe, &journal, 5, 128), JZ_APPEND_UNKNOWN);
    jz_journal_close(&journal);
    jz_scribe_open(&scribe, &journal, 5);
    jz_journal_close(&journal);
}

/* The limit makes every write at or behind this offset fail with EFBIG. */
static void limit_files(uint64_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    MUST(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void open_with_room_up_to_the_last_batch(void)
{
    limit_files(2 * JZ_BLOCK_BYTES); /* two batches of a block each */
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_OK);
    jz_journal_close(&journal);
    limit_files(JZ_BLOCK_BYTES);
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_ESYSTEM);
    MUST(strstr(report.message, "cannot write") != NULL);
}

static void every_start_writes_the_last_batch_again(void **state)
{
    (void)state;
    write_some();
    in_a_child(open_with_room_up_to_the_last_batch);
    jz_scribe_open(&scribe, &journal, 30);
    jz_journal_close(&journal);
}

/* ---- a full disk ----------------------------------------------------------------------------- */

/* A file system of four mebibytes that only this process sees. */
static void mount_small_disk(void)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        _exit(CANNOT);
    }
    (void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (mount("small", scribe.root, "tmpfs", 0, "size=4m") != 0) {
        _exit(CANNOT);
    }
}

static void fill_the_disk(void)
{
    mount_small_disk();
    const struct jz_journal_options options = {
        .directory = scribe.directory,
        .segment_bytes = SEGMENT,
        .reserve_bytes = 3u << 20,
    };
    MUST(jz_journal_open(&journal, &options, &report) == JZ_OK);
    MUST(jz_journal_is_below_reserve(&journal)); /* less than 3 MiB are left beside 1 MiB */
    MUST(jz_journal_prepare(&journal) == 1);
    MUST(jz_journal_prepare(&journal) == 1);

    uint64_t last_seq = 0; /* a batch a segment: 200 records take 201 of 256 blocks */
    for (int segment = 1; segment <= 3; segment++) {
        MUST(jz_scribe_try_append(&scribe, &journal, 200, 4096) == JZ_APPEND_OK);
        last_seq += 200;
    }
    MUST(jz_journal_prepare(&journal) == 0); /* no room, and that is no fault yet */
    MUST(strcmp(jz_journal_message(&journal), "") == 0);
    MUST(jz_scribe_try_append(&scribe, &journal, 50, 4096) == JZ_APPEND_OK); /* what fits goes on */
    last_seq += 50;
    MUST(jz_scribe_try_append(&scribe, &journal, 200, 4096) == JZ_APPEND_UNKNOWN);
    MUST(strstr(jz_journal_message(&journal), "the disk is full") != NULL);
    jz_journal_close(&journal);

    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_OK); /* starts all the same */
    MUST(scribe.read_seq == last_seq);
    jz_journal_close(&journal);
}

static void a_full_disk_stops_appends_when_the_last_segment_is_full(void **state)
{
    (void)state;
    in_a_child(fill_the_disk);
}

static void free_some_room(void)
{
    char filler[2 * JZ_SCRIBE_PATH_BYTES];

    mount_small_disk();
    (void)snprintf(filler, sizeof(filler), "%s/filler", scribe.root);
    const int fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0 && posix_fallocate(fd, 0, (3u << 20) - (64u << 10)) == 0 && close(fd) == 0);
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_OK); /* the first segment fits */
    MUST(jz_journal_prepare(&journal) == 0);                       /* a second one does not */
    MUST(jz_scribe_file_bytes(&scribe, jz_scribe_segment(2)) == 0);
    MUST(unlink(filler) == 0);
    MUST(jz_journal_prepare(&journal) == 1); /* until the operator makes room */
    MUST(jz_scribe_try_append(&scribe, &journal, 200, 4096) == JZ_APPEND_OK);
    MUST(jz_scribe_try_append(&scribe, &journal, 200, 4096) == JZ_APPEND_OK);
    jz_journal_close(&journal);
}

static void room_that_is_made_in_time_is_used(void **state)
{
    (void)state;
    in_a_child(free_some_room);
}

static void start_without_room(void)
{
    char filler[2 * JZ_SCRIBE_PATH_BYTES];

    mount_small_disk();
    (void)snprintf(filler, sizeof(filler), "%s/filler", scribe.root);
    const int fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0 && posix_fallocate(fd, 0, (3u << 20) + (64u << 10)) == 0 && close(fd) == 0);
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_ESYSTEM);
    MUST(strstr(report.message, "No space left on device") != NULL);
    MUST(unlink(filler) == 0);
    MUST(jz_scribe_try_open(&scribe, &journal, &report) == JZ_OK);
    MUST(report.is_empty);
    jz_journal_close(&journal);
}

static void a_first_start_without_room_says_so_and_the_next_one_goes_on(void **state)
{
    (void)state;
    in_a_child(start_without_room);
}

static void the_reserve_is_compared_with_the_room_that_is_free(void **state)
{
    (void)state;
    struct statvfs disk;
    jz_scribe_open(&scribe, &journal, 0);
    assert_false(jz_journal_is_below_reserve(&journal)); /* none was asked for */
    assert_int_equal(statvfs(scribe.directory, &disk), 0);
    journal.reserve_bytes = (uint64_t)disk.f_bavail * disk.f_frsize / 2;
    assert_false(jz_journal_is_below_reserve(&journal));
    journal.reserve_bytes = (uint64_t)disk.f_blocks * disk.f_frsize + 1;
    assert_true(jz_journal_is_below_reserve(&journal));
    jz_journal_close(&journal);
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(a_second_opener_is_refused_until_the_first_has_closed),
        STORY(segments_without_a_cluster_file_are_foreign),
        STORY(segments_of_another_cluster_are_foreign),
        STORY(a_cluster_file_with_any_flipped_bit_is_damage),
        STORY(a_cluster_file_cut_at_any_length_is_damage),
        STORY(a_cluster_without_any_batch_goes_on),
        STORY(another_length_of_segments_is_refused_naming_both),
        STORY(lengths_of_segments_have_bounds),
        STORY(a_directory_without_the_right_to_write_is_refused),
        STORY(a_directory_that_is_a_file_or_below_one_or_below_nothing_is_refused),
        STORY(a_write_error_is_final_and_costs_nothing_that_was_acknowledged),
        STORY(a_flush_error_is_final),
        STORY(every_start_writes_the_last_batch_again),
        STORY(a_full_disk_stops_appends_when_the_last_segment_is_full),
        STORY(room_that_is_made_in_time_is_used),
        STORY(a_first_start_without_room_says_so_and_the_next_one_goes_on),
        STORY(the_reserve_is_compared_with_the_room_that_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
