/* The journal on a good day: what was appended is there, in order, and nothing else.
 *
 * Method: journals of small segments in a directory of their own; what is read back is compared
 * byte for byte with what a scribe writes for each sequence.
 */
#include "engine/journal/journal.h"

#include "engine/base/limits.h"
#include "engine/journal/format.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct jz_scribe scribe;
static struct jz_journal journal;

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

static void reopen(uint64_t last_seq)
{
    jz_journal_close(&journal);
    jz_scribe_open(&scribe, &journal, last_seq);
}

static void a_new_directory_is_empty_and_says_so(void **state)
{
    (void)state;
    struct jz_journal_report report;

    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_OK);
    assert_true(report.is_empty);
    assert_false(report.was_torn);
    assert_int_equal(report.last_seq, 0);
    assert_int_equal(report.segments, 1);
    jz_scribe_append(&scribe, &journal, 1, 128);
    jz_journal_close(&journal);

    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_OK);
    assert_false(report.is_empty);
    assert_int_equal(report.last_seq, 1);
    assert_int_equal(report.batches, 1);
    jz_journal_close(&journal);
}

static void every_length_of_record_comes_back_after_a_restart(void **state)
{
    (void)state;
    uint64_t last_seq = 0;

    jz_scribe_open(&scribe, &journal, 0);
    for (uint32_t bytes = 64; bytes <= JZ_RECORD_BYTES_MAX; bytes += 64) {
        jz_scribe_append(&scribe, &journal, 1 + bytes / 64 % 3, bytes);
        last_seq += 1 + bytes / 64 % 3;
    }
    reopen(last_seq);
    jz_scribe_append(&scribe, &journal, 5, 128);
    reopen(last_seq + 5);
    jz_journal_close(&journal);
}

static void the_clusters_id_stays_and_is_another_one_elsewhere(void **state)
{
    (void)state;
    struct jz_journal_report first;
    struct jz_journal_report again;
    struct jz_journal_report elsewhere;

    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &first), JZ_OK);
    jz_journal_close(&journal);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &again), JZ_OK);
    jz_journal_close(&journal);
    assert_memory_equal(&first.cluster, &again.cluster, sizeof(first.cluster));

    jz_scribe_deinit(&scribe);
    jz_scribe_init(&scribe);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &elsewhere), JZ_OK);
    jz_journal_close(&journal);
    assert_memory_not_equal(&first.cluster, &elsewhere.cluster, sizeof(first.cluster));
}

static void an_append_behind_another_tail_is_told_that_it_moved(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 3, 128);

    jz_scribe_gather(&scribe, 3, 1, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 2, 1, &scribe.batch), JZ_APPEND_MOVED);
    jz_scribe_gather(&scribe, 5, 1, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 4, 1, &scribe.batch), JZ_APPEND_MOVED);
    jz_scribe_gather(&scribe, 4, 1, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 3, 1, &scribe.batch), JZ_APPEND_OK);
    reopen(4);
    jz_journal_close(&journal);
}

static void a_writer_of_an_older_epoch_appends_nothing(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_gather(&scribe, 1, 1, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 0, 7, &scribe.batch), JZ_APPEND_OK);
    jz_scribe_gather(&scribe, 2, 1, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 1, 6, &scribe.batch), JZ_APPEND_MOVED);
    reopen(1);
    assert_int_equal(jz_log_tail(&journal.log).epoch, 7); /* also after a restart */
    assert_int_equal(jz_log_append_if(&journal.log, 1, 6, &scribe.batch), JZ_APPEND_MOVED);
    assert_int_equal(jz_log_append_if(&journal.log, 1, 7, &scribe.batch), JZ_APPEND_OK);
    jz_journal_close(&journal);
}

static void a_batch_takes_records_up_to_its_bound_and_not_one_more(void **state)
{
    (void)state;
    const uint32_t room = 2 * JZ_BLOCK_BYTES - JZ_FORMAT_HEADER_BYTES - JZ_FORMAT_TRAILER_BYTES;
    _Alignas(64) unsigned char bytes[JZ_RECORD_BYTES_MAX];
    struct jz_record *record = (void *)bytes;
    struct jz_batch batch;

    assert_int_equal(jz_batch_open(&batch, 0), JZ_EINVAL);
    assert_int_equal(jz_batch_open(&batch, JZ_BLOCK_BYTES + 1), JZ_EINVAL);
    assert_int_equal(jz_batch_open(&batch, JZ_BATCH_BYTES_MAX + JZ_BLOCK_BYTES), JZ_EINVAL);
    assert_int_equal(jz_batch_open(&batch, 2 * JZ_BLOCK_BYTES), JZ_OK);

    jz_scribe_fill(record, 1, JZ_RECORD_BYTES_MAX, false);
    assert_true(jz_batch_add(&batch, record, JZ_RECORD_BYTES_MAX)); /* the longest fits alone */
    for (uint64_t sequence = 2; batch.records_bytes + 64 <= room; sequence++) {
        jz_scribe_fill(record, sequence, 64, false);
        assert_true(jz_batch_add(&batch, record, 64));
    }
    const struct jz_batch full = batch;
    jz_scribe_fill(record, full.last_seq + 1, 64, false);
    assert_false(jz_batch_add(&batch, record, 64));
    assert_memory_equal(&batch, &full, sizeof(full)); /* nothing changed */

    jz_batch_clear(&batch);
    jz_scribe_fill(record, 99, 64, false);
    assert_true(jz_batch_add(&batch, record, 64));
    assert_int_equal(batch.first_seq, 99);
    jz_batch_close(&batch);
}

static void a_batch_is_never_more_than_a_block_longer_than_its_records_and_frame(void **state)
{
    (void)state;
    for (uint32_t bytes = 64; bytes < 3 * JZ_BLOCK_BYTES; bytes += 64) {
        const uint32_t framed = bytes + JZ_FORMAT_HEADER_BYTES + JZ_FORMAT_TRAILER_BYTES;
        assert_int_equal(jz_format_extent_bytes(bytes) % JZ_BLOCK_BYTES, 0);
        assert_true(jz_format_extent_bytes(bytes) >= framed);
        assert_true(jz_format_extent_bytes(bytes) < framed + JZ_BLOCK_BYTES);
    }
}

static void a_batch_that_does_not_fit_goes_to_the_next_segment(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 150, 4096); /* 151 of 256 blocks */
    jz_scribe_append(&scribe, &journal, 104, 4096); /* 105 blocks: to the last byte */
    assert_int_equal(jz_scribe_file_bytes(&scribe, jz_scribe_segment(2)), 0);
    jz_scribe_append(&scribe, &journal, 150, 4096); /* segment 2 */
    jz_scribe_append(&scribe, &journal, 105, 4096); /* a block too long: segment 3 */
    assert_int_equal(jz_scribe_file_bytes(&scribe, jz_scribe_segment(3)), scribe.segment_bytes);
    reopen(150 + 104 + 150 + 105);
    jz_scribe_append(&scribe, &journal, 1, 128);
    reopen(150 + 104 + 150 + 105 + 1);
    jz_journal_close(&journal);
}

static void a_full_segment_is_followed_by_the_next_after_a_restart(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 150, 4096);
    jz_scribe_append(&scribe, &journal, 104, 4096);
    reopen(254); /* stands behind the last byte of segment 1 */
    jz_scribe_append(&scribe, &journal, 1, 128);
    reopen(255);
    jz_journal_close(&journal);
}

static void the_longest_batch_fills_a_segment_of_its_length(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    assert_int_equal(journal.log.batch_bytes_max, JZ_SCRIBE_SEGMENT_BYTES);
    jz_scribe_append(&scribe, &journal, 255, 4096);
    jz_scribe_append(&scribe, &journal, 255, 4096);
    reopen(510);
    jz_journal_close(&journal);
}

static void a_batch_is_at_most_four_mebibytes_in_a_long_segment(void **state)
{
    (void)state;
    struct jz_batch batch;
    uint64_t sequence = 1;
    _Alignas(64) unsigned char bytes[JZ_RECORD_BYTES_MAX];
    struct jz_record *record = (void *)bytes;

    scribe.segment_bytes = 16u << 20;
    jz_scribe_open(&scribe, &journal, 0);
    assert_int_equal(journal.log.batch_bytes_max, JZ_BATCH_BYTES_MAX);
    assert_int_equal(jz_batch_open(&batch, journal.log.batch_bytes_max), JZ_OK);
    jz_scribe_fill(record, sequence, 4096, false);
    while (jz_batch_add(&batch, record, 4096)) {
        sequence++;
        jz_scribe_fill(record, sequence, 4096, false);
    }
    assert_int_equal(jz_log_append_if(&journal.log, 0, 1, &batch), JZ_APPEND_OK);
    assert_int_equal(journal.offset, JZ_BATCH_BYTES_MAX);
    reopen(sequence - 1);
    jz_journal_close(&journal);
    jz_batch_close(&batch);
}

static void reading_begins_at_any_sequence(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    for (uint32_t i = 0; i < 30; i++) {
        jz_scribe_append(&scribe, &journal, 23, 4096); /* ten a segment: three segments */
    }
    for (uint64_t from = 1; from <= 691; from += 5) {
        scribe.read_seq = from - 1;
        assert_int_equal(jz_log_read(&journal.log, from, jz_scribe_check, &scribe), JZ_OK);
        assert_int_equal(scribe.read_seq, from <= 690 ? 690 : from - 1);
    }
    jz_journal_close(&journal);
}

static int refuse_the_tenth(void *context, const struct jz_record *record)
{
    (void)context;
    return record->sequence == 10 ? JZ_ENOMEM : JZ_OK;
}

static void a_reader_that_says_no_ends_the_reading_and_the_opening(void **state)
{
    (void)state;
    const struct jz_journal_options options = {
        .directory = scribe.directory,
        .replay = refuse_the_tenth,
    };
    struct jz_journal_report report;

    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 20, 128);
    assert_int_equal(jz_log_read(&journal.log, 1, refuse_the_tenth, NULL), JZ_ENOMEM);
    jz_journal_close(&journal);
    assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_ENOMEM);
    jz_scribe_open(&scribe, &journal, 20); /* nothing is held: it opens again */
    jz_journal_close(&journal);
}

static void each_batch_is_one_write_and_one_flush(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    for (uint32_t i = 0; i < 7; i++) {
        jz_scribe_append(&scribe, &journal, 256, 128);
    }
    const struct jz_journal_counts counts = jz_journal_counts(&journal);
    assert_int_equal(counts.batches, 7);
    assert_int_equal(counts.flushes, 7);
    assert_int_equal(counts.bytes_of_records, 7 * 256 * 128);
    assert_int_equal(counts.bytes_written, 7 * (256 * 128 + 4096)); /* one block more a batch */
    jz_journal_close(&journal);
}

static void both_ways_of_writing_leave_the_same_bytes(void **state)
{
    (void)state;
    static unsigned char bytes[2][JZ_SCRIBE_SEGMENT_BYTES];
    const struct jz_cluster_id cluster = {.bytes = {1, 2, 3}};
    struct jz_journal_report report;

    for (int way = 0; way < 2; way++) {
        const struct jz_journal_options options = {
            .directory = scribe.directory,
            .segment_bytes = JZ_SCRIBE_SEGMENT_BYTES,
            .cluster = &cluster,
            .buffered = way == 1,
        };
        assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_OK);
        assert_memory_equal(&report.cluster, &cluster, sizeof(cluster));
        assert_false(way == 1 && report.is_direct);
        jz_scribe_append(&scribe, &journal, 9, 192);
        jz_scribe_append(&scribe, &journal, 90, 320);
        jz_journal_close(&journal);
        jz_scribe_read_file(&scribe, jz_scribe_segment(1), bytes[way], sizeof(bytes[way]), 0);
        jz_scribe_deinit(&scribe);
        jz_scribe_init(&scribe);
    }
    assert_memory_equal(bytes[0], bytes[1], sizeof(bytes[0]));
}

static void a_journal_written_one_way_goes_on_the_other_way(void **state)
{
    (void)state;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 9, 192);
    scribe.buffered = true;
    reopen(9);
    jz_scribe_append(&scribe, &journal, 9, 192);
    scribe.buffered = false;
    reopen(18);
    jz_journal_close(&journal);
}

static void two_segments_are_ready_ahead_and_no_third(void **state)
{
    (void)state;
    struct pollfd wake = {.events = POLLIN};

    jz_scribe_open(&scribe, &journal, 0);
    wake.fd = jz_journal_wake_fd(&journal);
    assert_int_equal(poll(&wake, 1, 0), 1); /* there is work from the start */
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 0);
    assert_int_equal(jz_scribe_file_bytes(&scribe, jz_scribe_segment(3)), scribe.segment_bytes);
    assert_int_equal(jz_scribe_file_bytes(&scribe, jz_scribe_segment(4)), 0);

    uint64_t wakes = 0;
    assert_int_equal(read(wake.fd, &wakes, sizeof(wakes)), sizeof(wakes));
    assert_int_equal(poll(&wake, 1, 0), 0);
    jz_scribe_append(&scribe, &journal, 255, 4096);
    jz_scribe_append(&scribe, &journal, 1, 128); /* takes segment 2 */
    assert_int_equal(poll(&wake, 1, 0), 1);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 0);
    reopen(256); /* segments that are ready and zero are part of a sound journal */
    jz_journal_close(&journal);
}

struct helper {
    _Atomic uint32_t stop;
    uint32_t made;
};

static void *help(void *context)
{
    struct helper *helper = context;
    struct pollfd wake = {.fd = jz_journal_wake_fd(&journal), .events = POLLIN};

    while (atomic_load(&helper->stop) == 0) {
        uint64_t wakes = 0;
        (void)poll(&wake, 1, 10);
        (void)!read(wake.fd, &wakes, sizeof(wakes));
        while (jz_journal_prepare(&journal) == 1) {
            helper->made++;
        }
    }
    return NULL;
}

static void an_append_and_its_helper_make_every_segment_once(void **state)
{
    (void)state;
    struct helper helper = {.stop = 0};
    pthread_t thread;

    jz_scribe_open(&scribe, &journal, 0);
    assert_int_equal(pthread_create(&thread, NULL, help, &helper), 0);
    for (uint32_t i = 0; i < 20; i++) {
        jz_scribe_append(&scribe, &journal, 200, 4096); /* one a segment */
    }
    atomic_store(&helper.stop, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(jz_journal_message(&journal), "");
    reopen(20 * 200);
    jz_journal_close(&journal);
}

static void a_reader_of_an_older_journal_writes_nothing(void **state)
{
    (void)state;
    static unsigned char before[JZ_SCRIBE_SEGMENT_BYTES];
    static unsigned char after[JZ_SCRIBE_SEGMENT_BYTES];
    const uint32_t counts[] = {4, 5};
    struct jz_journal_report report;
    struct jz_journal_options options = {
        .directory = scribe.directory,
        .read_only = true,
        .replay = jz_scribe_check,
        .replay_context = &scribe,
    };

    assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_ESYSTEM); /* no directory */
    assert_non_null(strstr(report.message, "No such file"));
    jz_scribe_write(&scribe, counts, 2);
    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), 512, JZ_BLOCK_BYTES); /* torn */
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), before, sizeof(before), 0);

    scribe.read_seq = 0;
    assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_OK);
    assert_int_equal(scribe.read_seq, 4);
    assert_true(report.was_torn);
    jz_journal_close(&journal);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), after, sizeof(after), 0);
    assert_memory_equal(before, after, sizeof(before));
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(a_new_directory_is_empty_and_says_so),
        STORY(every_length_of_record_comes_back_after_a_restart),
        STORY(the_clusters_id_stays_and_is_another_one_elsewhere),
        STORY(an_append_behind_another_tail_is_told_that_it_moved),
        STORY(a_writer_of_an_older_epoch_appends_nothing),
        STORY(a_batch_takes_records_up_to_its_bound_and_not_one_more),
        STORY(a_batch_is_never_more_than_a_block_longer_than_its_records_and_frame),
        STORY(a_batch_that_does_not_fit_goes_to_the_next_segment),
        STORY(a_full_segment_is_followed_by_the_next_after_a_restart),
        STORY(the_longest_batch_fills_a_segment_of_its_length),
        STORY(a_batch_is_at_most_four_mebibytes_in_a_long_segment),
        STORY(reading_begins_at_any_sequence),
        STORY(a_reader_that_says_no_ends_the_reading_and_the_opening),
        STORY(each_batch_is_one_write_and_one_flush),
        STORY(both_ways_of_writing_leave_the_same_bytes),
        STORY(a_journal_written_one_way_goes_on_the_other_way),
        STORY(two_segments_are_ready_ahead_and_no_third),
        STORY(an_append_and_its_helper_make_every_segment_once),
        STORY(a_reader_of_an_older_journal_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
