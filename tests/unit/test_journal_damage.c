/* What lies at the end of a journal after a crash is told from damage, and damage is refused.
 *
 * Method: a journal of a few batches is written and kept in memory; each case lays it down again,
 * changes some bytes, opens it, and looks at what was read, at what was refused and why, and that a
 * refusal has changed nothing.
 */
#include "engine/journal/journal.h"

#include "engine/base/limits.h"
#include "engine/journal/format.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SEGMENT = JZ_SCRIBE_SEGMENT_BYTES,
    BLOCK = JZ_BLOCK_BYTES,
    SECTOR = JZ_SECTOR_BYTES,
    FIRST = 20, /* records of the first batch, and so on */
    SECOND = 30,
    LAST = 60,
    BEFORE = FIRST + SECOND,
    ALL = BEFORE + LAST,
};

static struct jz_scribe scribe;
static struct jz_journal journal;
static struct jz_journal_report report;
static unsigned char sound[SEGMENT]; /* segment 1 as it was written */
static unsigned char found[SEGMENT];
static uint64_t last_at;    /* the last batch: where it begins, */
static uint64_t last_bytes; /* and how long it is */

/* ---- laying down and looking ----------------------------------------------------------------- */

/* Appends the last batch: LAST records, of which those in the middle have bodies of zeros long
 * enough to make sectors that are zero by content. */
static void append_last(void)
{
    _Alignas(64) unsigned char room[JZ_RECORD_BYTES_MAX];
    struct jz_record *record = (void *)room;

    jz_batch_clear(&scribe.batch);
    for (uint32_t i = 0; i < LAST; i++) {
        const bool hollow = i == 20 || i == 40;
        const uint32_t bytes = hollow ? 2048 : 128;
        jz_scribe_fill(record, BEFORE + 1 + i, bytes, hollow);
        assert_true(jz_batch_add(&scribe.batch, record, bytes));
    }
    assert_int_equal(jz_log_append_if(&journal.log, BEFORE, 1, &scribe.batch), JZ_APPEND_OK);
}

static int begin(void **state)
{
    (void)state;
    jz_scribe_init(&scribe);
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, FIRST, 128);
    jz_scribe_append(&scribe, &journal, SECOND, 128);
    last_at = journal.offset;
    append_last();
    last_bytes = journal.offset - last_at;
    jz_journal_close(&journal);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), sound, SEGMENT, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    jz_scribe_deinit(&scribe);
    return 0;
}

static void lay_down(void)
{
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), sound, SEGMENT, 0);
}

/* Opens, and everything up to this sequence is there and nothing else; then closes. */
static void recovers_to(uint64_t last_seq, bool was_torn)
{
    const int status = jz_scribe_try_open(&scribe, &journal, &report);
    assert_string_equal(report.message, "");
    assert_int_equal(status, JZ_OK);
    assert_int_equal(scribe.read_seq, last_seq);
    assert_int_equal(report.was_torn, was_torn);
    jz_journal_close(&journal);
}

/* The open is refused with this status and these words, and segment 1 is as it was before. */
static void is_refused(int status, const char *words)
{
    static unsigned char before[SEGMENT];
    const uint64_t bytes = jz_scribe_file_bytes(&scribe, jz_scribe_segment(1));

    jz_scribe_read_file(&scribe, jz_scribe_segment(1), before, bytes, 0);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), status);
    if (strstr(report.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", report.message, words);
    }
    assert_int_equal(jz_scribe_file_bytes(&scribe, jz_scribe_segment(1)), bytes);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), found, bytes, 0);
    assert_memory_equal(before, found, bytes);
}

static bool sector_is_zero(uint64_t offset)
{
    return jz_format_is_zero(sound + offset, SECTOR);
}

/* ---- torn ------------------------------------------------------------------------------------ */

static void the_last_batch_has_sectors_that_are_zero_by_content(void **state)
{
    (void)state;
    uint32_t zeros = 0;
    for (uint64_t at = last_at; at < last_at + last_bytes; at += SECTOR) {
        zeros += sector_is_zero(at) ? 1 : 0;
    }
    assert_true(zeros >= 4); /* or the tests below would not test what they say */
    recovers_to(ALL, false);
}

static void every_sector_of_the_last_batch_may_be_missing(void **state)
{
    (void)state;
    for (uint64_t at = last_at; at < last_at + last_bytes; at += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, at);
        if (sector_is_zero(at)) {
            recovers_to(ALL, false); /* nothing is missing */
        } else {
            recovers_to(BEFORE, true);
            recovers_to(BEFORE, false); /* mended */
        }
    }
}

static void every_prefix_of_the_last_batch_may_be_missing(void **state)
{
    (void)state;
    for (uint64_t bytes = SECTOR; bytes <= last_bytes; bytes += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), bytes, last_at);
        recovers_to(BEFORE, bytes < last_bytes); /* without any sector it is simply the end */
        recovers_to(BEFORE, false);
    }
}

static void every_suffix_of_the_last_batch_may_be_missing(void **state)
{
    (void)state;
    for (uint64_t bytes = SECTOR; bytes <= last_bytes; bytes += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), bytes, last_at + last_bytes - bytes);
        recovers_to(BEFORE, bytes < last_bytes);
        recovers_to(BEFORE, false);
    }
}

static void any_set_of_sectors_of_the_last_batch_may_be_missing(void **state)
{
    (void)state;
    uint64_t random = 2026;
    for (int round = 0; round < 100; round++) {
        bool is_torn = false;
        bool is_all_gone = true;
        lay_down();
        for (uint64_t at = last_at; at < last_at + last_bytes; at += SECTOR) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            const bool is_missing = (random >> 33) % 4 == 0 && !sector_is_zero(at);
            is_torn = is_torn || is_missing;
            is_all_gone = is_all_gone && (is_missing || sector_is_zero(at));
            if (is_missing) {
                jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, at);
            }
        }
        recovers_to(is_torn ? BEFORE : ALL, is_torn && !is_all_gone);
    }
}

static void what_was_torn_is_zero_afterwards_and_the_journal_goes_on(void **state)
{
    (void)state;
    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, last_at + SECTOR);
    jz_scribe_open(&scribe, &journal, BEFORE);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), found, SEGMENT, 0);
    assert_memory_equal(found, sound, last_at);
    assert_true(jz_format_is_zero(found + last_at, SEGMENT - last_at));
    append_last();
    jz_journal_close(&journal);
    recovers_to(ALL, false);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), found, SEGMENT, 0);
    assert_memory_equal(found, sound, SEGMENT); /* the same commands, the same bytes */
}

static void a_crash_while_mending_leaves_something_that_is_torn_or_the_end(void **state)
{
    (void)state;
    /* The extent is zeroed from its end to its start: at each point a suffix of what was torn, here
     * one sector in the middle, is zero. */
    for (uint64_t bytes = SECTOR; bytes <= last_bytes; bytes += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, last_at + 4 * SECTOR);
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), bytes, last_at + last_bytes - bytes);
        recovers_to(BEFORE, bytes < last_bytes);
        recovers_to(BEFORE, false);
    }
}

static void the_only_batch_may_be_torn(void **state)
{
    (void)state;
    memset(sound + BLOCK, 0, SEGMENT - BLOCK); /* the first batch has one block */
    for (uint64_t at = 0; at < BLOCK; at += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, at);
        recovers_to(0, true);
    }
    assert_true(report.is_empty);
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, FIRST, 128);
    jz_journal_close(&journal);
    recovers_to(FIRST, false);
}

static void a_batch_torn_at_the_start_of_the_next_segment_is_mended(void **state)
{
    (void)state;
    const uint32_t blocks = (uint32_t)((SEGMENT - last_at - last_bytes) / BLOCK);

    for (int missing = 0; missing < 3; missing++) { /* header, middle, trailer */
        jz_scribe_deinit(&scribe);
        (void)begin(NULL);
        jz_scribe_open(&scribe, &journal, ALL);
        jz_scribe_append(&scribe, &journal, blocks, 4096); /* a block too long for segment 1 */
        const uint64_t bytes = journal.offset;
        jz_journal_close(&journal);
        const uint64_t at[] = {0, 3 * BLOCK, bytes - SECTOR};
        jz_scribe_zero_file(&scribe, jz_scribe_segment(2), SECTOR, at[missing]);

        recovers_to(ALL, true);
        assert_int_equal(report.torn_segment, 2);
        assert_int_equal(report.torn_offset, 0);
        recovers_to(ALL, false);
        jz_scribe_open(&scribe, &journal, ALL);
        jz_scribe_append(&scribe, &journal, 1, 128); /* goes on in segment 1 */
        assert_int_equal(journal.offset, last_at + last_bytes + BLOCK);
        jz_journal_close(&journal);
        recovers_to(ALL + 1, false);
    }
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void a_flipped_bit_in_the_last_batch_is_refused(void **state)
{
    (void)state;
    for (uint64_t bit = last_at * 8; bit < (last_at + JZ_FORMAT_HEADER_BYTES) * 8; bit += 7) {
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
        is_refused(JZ_ECORRUPT, "damage");
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
    }
    for (uint64_t bit = (last_at + JZ_FORMAT_HEADER_BYTES) * 8; bit < (last_at + last_bytes) * 8;
         bit += 1009) {
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
        is_refused(JZ_ECORRUPT, "damage");
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
    }
    for (uint64_t bit = (last_at + last_bytes - JZ_FORMAT_TRAILER_BYTES) * 8;
         bit < (last_at + last_bytes) * 8; bit += 7) {
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
        is_refused(JZ_ECORRUPT, "do not match their checksums");
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
    }
    recovers_to(ALL, false);
}

static void a_flipped_bit_in_the_middle_is_refused(void **state)
{
    (void)state;
    for (uint64_t bit = 5; bit < last_at * 8; bit += 997) {
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
        is_refused(JZ_ECORRUPT, "damage");
        jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), bit);
    }
    recovers_to(ALL, false);
}

static void the_message_names_segment_offset_sequence_and_a_way_out(void **state)
{
    (void)state;
    jz_scribe_flip_bit(&scribe, jz_scribe_segment(1), last_at * 8 + 8000);
    is_refused(JZ_ECORRUPT, "0000000001.segment");
    is_refused(JZ_ECORRUPT, "at offset 8192,"); /* a block, a block, then this one */
    is_refused(JZ_ECORRUPT, "behind sequence 50:");
    is_refused(JZ_ECORRUPT, "Nothing was changed");
    is_refused(JZ_ECORRUPT, "from a backup");
}

static void sectors_missing_before_the_last_batch_are_damage(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < last_at; at += SECTOR) {
        lay_down();
        jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, at);
        is_refused(JZ_ECORRUPT, "damage");
    }
}

static void a_whole_batch_missing_in_the_middle_is_damage(void **state)
{
    (void)state;
    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), last_at - BLOCK, BLOCK);
    is_refused(JZ_ECORRUPT, "a batch is missing here, and later ones are there");
}

static void two_batches_in_each_others_place_are_damage(void **state)
{
    (void)state;
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), sound, BLOCK, last_at);
    is_refused(JZ_ECORRUPT, "next number");
}

static void a_byte_behind_the_end_is_damage_wherever_it_lies(void **state)
{
    (void)state;
    const unsigned char byte = 1;
    const uint64_t end_at = last_at + last_bytes;

    jz_scribe_open(&scribe, &journal, ALL);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    jz_journal_close(&journal);
    recovers_to(ALL, false);

    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, end_at); /* no header */
    is_refused(JZ_ECORRUPT, "neither a batch nor zeros");
    lay_down();
    jz_scribe_write_file(&scribe, jz_scribe_segment(3), &byte, 1, SEGMENT - 1);
    is_refused(JZ_ECORRUPT, "behind the place where the journal ends");
    jz_scribe_zero_file(&scribe, jz_scribe_segment(3), SEGMENT, 0);
    recovers_to(ALL, false);
}

static void a_torn_batch_with_bytes_beyond_its_extent_is_damage(void **state)
{
    (void)state;
    const unsigned char byte = 1;

    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, last_at + SECTOR);
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, last_at + last_bytes);
    is_refused(JZ_ECORRUPT, "behind the place where the journal ends");
}

static void a_torn_batch_with_bytes_two_segments_on_is_damage(void **state)
{
    (void)state;
    const unsigned char byte = 1;

    jz_scribe_open(&scribe, &journal, ALL);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    jz_journal_close(&journal);
    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), SECTOR, last_at + SECTOR);
    jz_scribe_write_file(&scribe, jz_scribe_segment(3), &byte, 1, 3 * BLOCK);
    is_refused(JZ_ECORRUPT, "0000000003.segment at offset 12288");
}

static void without_a_header_the_extent_is_four_mebibytes_and_not_a_byte_more(void **state)
{
    (void)state;
    const unsigned char byte = 1;
    const uint64_t extent_end = last_at + JZ_BATCH_BYTES_MAX;

    jz_scribe_deinit(&scribe);
    jz_scribe_init(&scribe);
    scribe.segment_bytes = 8u << 20;
    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, FIRST, 128);
    jz_scribe_append(&scribe, &journal, SECOND, 128);
    jz_journal_close(&journal);

    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, extent_end - 1);
    recovers_to(BEFORE, true);
    assert_int_equal(report.torn_bytes, JZ_BATCH_BYTES_MAX);
    recovers_to(BEFORE, false);
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, extent_end);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_ECORRUPT);
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, extent_end - 1);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_ECORRUPT);
}

static void a_segment_cut_at_any_length_is_refused(void **state)
{
    (void)state;
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    jz_scribe_path(&scribe, jz_scribe_segment(1), path);

    for (uint64_t bytes = 0; bytes < SEGMENT; bytes += bytes < last_at + 2 * BLOCK ? 509 : 40961) {
        lay_down();
        assert_int_equal(truncate(path, (off_t)bytes), 0);
        is_refused(JZ_ECORRUPT, "full length");
    }
    lay_down();
    assert_int_equal(truncate(path, SEGMENT - 1), 0);
    is_refused(JZ_ECORRUPT, "full length");
    assert_int_equal(truncate(path, SEGMENT), 0);
    recovers_to(ALL, false); /* its last byte was zero, so this is what was written */
}

static void a_segment_that_is_too_long_is_refused(void **state)
{
    (void)state;
    const unsigned char byte = 0;
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), &byte, 1, SEGMENT);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_ECORRUPT);
    assert_non_null(strstr(report.message, "full length"));
}

static void a_segment_ahead_that_is_cut_is_refused(void **state)
{
    (void)state;
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    jz_scribe_open(&scribe, &journal, ALL);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    jz_journal_close(&journal);
    jz_scribe_path(&scribe, jz_scribe_segment(2), path);
    assert_int_equal(truncate(path, SEGMENT - BLOCK), 0);
    is_refused(JZ_ECORRUPT, "0000000002.segment");
}

static void a_missing_segment_is_refused_by_its_name(void **state)
{
    (void)state;
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    jz_scribe_open(&scribe, &journal, ALL);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    assert_int_equal(jz_journal_prepare(&journal), 1);
    jz_journal_close(&journal);
    jz_scribe_path(&scribe, jz_scribe_segment(2), path);
    assert_int_equal(unlink(path), 0);
    is_refused(JZ_ECORRUPT, "0000000002.segment is missing");
}

static void what_was_under_way_is_cleared_away(void **state)
{
    (void)state;
    jz_scribe_write_file(&scribe, "journal/0000000002.making", sound, BLOCK, 0);
    recovers_to(ALL, false);
    assert_int_equal(jz_scribe_file_bytes(&scribe, "journal/0000000002.making"), 0);
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(the_last_batch_has_sectors_that_are_zero_by_content),
        STORY(every_sector_of_the_last_batch_may_be_missing),
        STORY(every_prefix_of_the_last_batch_may_be_missing),
        STORY(every_suffix_of_the_last_batch_may_be_missing),
        STORY(any_set_of_sectors_of_the_last_batch_may_be_missing),
        STORY(what_was_torn_is_zero_afterwards_and_the_journal_goes_on),
        STORY(a_crash_while_mending_leaves_something_that_is_torn_or_the_end),
        STORY(the_only_batch_may_be_torn),
        STORY(a_batch_torn_at_the_start_of_the_next_segment_is_mended),
        STORY(a_flipped_bit_in_the_last_batch_is_refused),
        STORY(a_flipped_bit_in_the_middle_is_refused),
        STORY(the_message_names_segment_offset_sequence_and_a_way_out),
        STORY(sectors_missing_before_the_last_batch_are_damage),
        STORY(a_whole_batch_missing_in_the_middle_is_damage),
        STORY(two_batches_in_each_others_place_are_damage),
        STORY(a_byte_behind_the_end_is_damage_wherever_it_lies),
        STORY(a_torn_batch_with_bytes_beyond_its_extent_is_damage),
        STORY(a_torn_batch_with_bytes_two_segments_on_is_damage),
        STORY(without_a_header_the_extent_is_four_mebibytes_and_not_a_byte_more),
        STORY(a_segment_cut_at_any_length_is_refused),
        STORY(a_segment_that_is_too_long_is_refused),
        STORY(a_segment_ahead_that_is_cut_is_refused),
        STORY(a_missing_segment_is_refused_by_its_name),
        STORY(what_was_under_way_is_cleared_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
