/* A batch is judged by every field it has: each alone is enough to refuse it.
 *
 * Method: batches are forged. A field is changed and all checksums are made right again, so that
 * only the check of that field can notice; then the extent is judged, or laid down behind a sound
 * journal and opened.
 */
#include "engine/journal/format.h"

#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/journal/journal.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <string.h>

enum {
    COUNT = 40, /* records of 128 bytes: two blocks */
    BYTES = 2 * JZ_BLOCK_BYTES,
};

static struct jz_scribe scribe;
static struct jz_journal journal;
static struct jz_journal_report report;
static struct jz_hash hash;
static struct jz_cluster_id cluster;
static struct jz_format_header header; /* of the batch under the hammer */
static _Alignas(JZ_BLOCK_BYTES) unsigned char extent[BYTES + JZ_BLOCK_BYTES];

/* ---- forging --------------------------------------------------------------------------------- */

/* A good batch of COUNT records from first_seq on, the next one behind the tail. */
static void seal_next(const struct jz_log_tail *tail)
{
    header = (struct jz_format_header){
        .count = COUNT,
        .cluster = cluster,
        .epoch = tail->epoch == 0 ? 1 : tail->epoch,
        .batch = tail->batch + 1,
        .first_seq = tail->sequence + 1,
        .records_bytes = COUNT * 128,
        .previous_hash = tail->hash,
    };
    jz_scribe_gather(&scribe, header.first_seq, COUNT, 128, false);
    memcpy(extent + JZ_FORMAT_HEADER_BYTES, scribe.batch.memory + JZ_FORMAT_HEADER_BYTES,
           header.records_bytes);
    (void)jz_format_seal(&header, extent, &hash);
}

/* Puts the header into the extent with a right CRC32C, then makes the trailer right. */
static void reseal(void)
{
    const uint32_t crc_at = BYTES - JZ_FORMAT_TRAILER_BYTES;
    header.crc32c = jz_checksum_crc32c(0, &header, offsetof(struct jz_format_header, crc32c));
    memcpy(extent, &header, sizeof(header));
    const uint32_t crc32c = jz_checksum_crc32c(0, extent, crc_at);
    memcpy(extent + crc_at, &crc32c, sizeof(crc32c));
    const struct jz_sha256 sum = jz_hash_of(&hash, extent, BYTES - JZ_SHA256_BYTES);
    memcpy(extent + BYTES - JZ_SHA256_BYTES, &sum, sizeof(sum));
}

static enum jz_format_verdict judge(void)
{
    struct jz_format_header found;
    struct jz_sha256 sum;
    const enum jz_format_verdict verdict = jz_format_judge_header(extent, &found);
    return verdict == JZ_FORMAT_GOOD ? jz_format_judge_extent(extent, &found, &hash, &sum)
                                     : verdict;
}

static int begin(void **state)
{
    (void)state;
    jz_scribe_init(&scribe);
    assert_int_equal(jz_hash_open(&hash), JZ_OK);
    seal_next(&(struct jz_log_tail){.sequence = 0});
    return 0;
}

static int end(void **state)
{
    (void)state;
    jz_hash_close(&hash);
    jz_scribe_deinit(&scribe);
    return 0;
}

/* ---- one extent ------------------------------------------------------------------------------ */

static void what_was_sealed_is_good_and_made_right_again_it_is_the_same(void **state)
{
    (void)state;
    unsigned char before[BYTES];
    assert_int_equal(judge(), JZ_FORMAT_GOOD);
    memcpy(before, extent, BYTES);
    reseal();
    assert_memory_equal(before, extent, BYTES);
}

static void a_place_without_a_header_is_zero_or_bad(void **state)
{
    (void)state;
    memset(extent, 0, JZ_SECTOR_BYTES);
    assert_int_equal(judge(), JZ_FORMAT_ZERO);
    extent[JZ_SECTOR_BYTES - 1] = 1; /* the last byte of the sector */
    assert_int_equal(judge(), JZ_FORMAT_BAD);
}

static void a_header_of_another_magic_or_version_is_bad(void **state)
{
    (void)state;
    header.version = JZ_FORMAT_VERSION + 1;
    reseal();
    assert_int_equal(judge(), JZ_FORMAT_BAD);
    header.version = JZ_FORMAT_VERSION;
    header.magic[0] = 'X';
    reseal();
    assert_int_equal(judge(), JZ_FORMAT_BAD);
}

static void a_header_of_impossible_lengths_is_bad(void **state)
{
    (void)state;
    const struct jz_format_header good = header;
    struct jz_format_header found;
    const struct {
        uint32_t count, bytes, records_bytes;
    } wrong[] = {
        {0, JZ_BLOCK_BYTES, 0},                                           /* without a record */
        {COUNT, BYTES + 512, COUNT * 128},                                /* not whole blocks */
        {COUNT, BYTES, BYTES},                                            /* more than fits */
        {COUNT, BYTES, 64},                                               /* a block too many */
        {COUNT, 0, 0},                                                    /* nothing at all */
        {COUNT, JZ_BATCH_BYTES_MAX + JZ_BLOCK_BYTES, JZ_BATCH_BYTES_MAX}, /* beyond the bound */
        {COUNT, JZ_BLOCK_BYTES, UINT32_MAX}, /* round the corner of 32 bits */
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        header = good;
        header.count = wrong[i].count;
        header.bytes = wrong[i].bytes;
        header.records_bytes = wrong[i].records_bytes;
        reseal();
        assert_int_equal(jz_format_judge_header(extent, &found), JZ_FORMAT_BAD);
    }
    header = good;
    header.bytes = JZ_BATCH_BYTES_MAX; /* the longest there can be */
    header.records_bytes = JZ_BATCH_BYTES_MAX - 192;
    reseal();
    assert_int_equal(jz_format_judge_header(extent, &found), JZ_FORMAT_GOOD);
}

static void more_zero_sectors_than_promised_is_torn_and_fewer_is_bad(void **state)
{
    (void)state;
    assert_int_equal(header.zero_sectors, 0);
    header.zero_sectors = 1;
    reseal();
    assert_int_equal(judge(), JZ_FORMAT_BAD);
    memset(extent + 3 * JZ_SECTOR_BYTES, 0, JZ_SECTOR_BYTES);
    memset(extent + 5 * JZ_SECTOR_BYTES, 0, JZ_SECTOR_BYTES);
    assert_int_equal(judge(), JZ_FORMAT_TORN);
}

static void a_wrong_checksum_is_bad_though_the_hash_is_right(void **state)
{
    (void)state;
    extent[BYTES - JZ_FORMAT_TRAILER_BYTES] ^= 1;
    const struct jz_sha256 sum = jz_hash_of(&hash, extent, BYTES - JZ_SHA256_BYTES);
    memcpy(extent + BYTES - JZ_SHA256_BYTES, &sum, sizeof(sum));
    assert_int_equal(judge(), JZ_FORMAT_BAD);
}

static void a_wrong_hash_is_bad_though_the_checksum_is_right(void **state)
{
    (void)state;
    extent[BYTES - 1] ^= 1;
    assert_int_equal(judge(), JZ_FORMAT_BAD);
}

/* Changes the frame of the third record, makes all right again, and expects the verdict. */
static void frame_is_judged(uint32_t bytes, uint64_t sequence, enum jz_format_verdict verdict)
{
    unsigned char *third = extent + JZ_FORMAT_HEADER_BYTES + 2 * 128;
    struct jz_record record;
    struct jz_record changed;

    memcpy(&record, third, sizeof(record));
    changed = record;
    changed.bytes = bytes;
    changed.sequence = sequence;
    memcpy(third, &changed, sizeof(changed));
    reseal();
    assert_int_equal(judge(), verdict);
    memcpy(third, &record, sizeof(record));
}

static void records_that_do_not_follow_each_other_are_bad(void **state)
{
    (void)state;
    frame_is_judged(128, 3, JZ_FORMAT_GOOD);
    frame_is_judged(128, 2, JZ_FORMAT_BAD); /* twice */
    frame_is_judged(128, 4, JZ_FORMAT_BAD); /* one left out */
    frame_is_judged(0, 3, JZ_FORMAT_BAD);   /* would not end */
    frame_is_judged(32, 3, JZ_FORMAT_BAD);
    frame_is_judged(100, 3, JZ_FORMAT_BAD);
    frame_is_judged(JZ_RECORD_BYTES_MAX + 64, 3, JZ_FORMAT_BAD);
    frame_is_judged(192, 3, JZ_FORMAT_BAD); /* ends within the next */
    frame_is_judged(64, 3, JZ_FORMAT_BAD);
}

static void a_count_of_records_that_is_not_theirs_is_bad(void **state)
{
    (void)state;
    header.count = COUNT - 1;
    reseal();
    assert_int_equal(judge(), JZ_FORMAT_BAD);
    header.count = COUNT + 1;
    reseal();
    assert_int_equal(judge(), JZ_FORMAT_BAD);
}

/* ---- a link of the chain --------------------------------------------------------------------- */

static struct jz_log_tail tail;
static uint64_t tail_at;

/* A journal of 5 commands of epoch 3; the next batch is sealed. */
static void write_journal(void)
{
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_OK);
    cluster = report.cluster;
    jz_scribe_gather(&scribe, 1, 5, 128, false);
    assert_int_equal(jz_log_append_if(&journal.log, 0, 3, &scribe.batch), JZ_APPEND_OK);
    tail = jz_log_tail(&journal.log);
    tail_at = journal.offset;
    jz_journal_close(&journal);
    seal_next(&tail);
}

static void lay_down(void)
{
    reseal();
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), extent, BYTES, tail_at);
}

static void is_refused(int status, const char *words)
{
    lay_down();
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), status);
    if (strstr(report.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", report.message, words);
    }
    seal_next(&tail);
}

static void every_link_of_the_chain_is_checked(void **state)
{
    (void)state;
    write_journal();
    header.batch++;
    is_refused(JZ_ECORRUPT, "next number");
    header.first_seq++;
    is_refused(JZ_ECORRUPT, "next sequence");
    header.previous_hash.bytes[31] ^= 1;
    is_refused(JZ_ECORRUPT, "chain of hashes");
    header.epoch = 2;
    is_refused(JZ_ECORRUPT, "earlier epoch");
    header.cluster.bytes[0] ^= 1;
    is_refused(JZ_EFOREIGN, "another exchange");

    lay_down();
    jz_scribe_open(&scribe, &journal, 5 + COUNT);
    assert_int_equal(jz_log_tail(&journal.log).epoch, 3);
    jz_journal_close(&journal);
}

static void a_batch_that_would_leave_its_segment_is_damage(void **state)
{
    (void)state;
    write_journal();
    tail_at = JZ_SCRIBE_SEGMENT_BYTES - JZ_BLOCK_BYTES; /* room for one block of two */
    jz_scribe_open(&scribe, &journal, 5);
    jz_scribe_gather(&scribe, 6, 253, 4096, false); /* up to there */
    assert_int_equal(jz_log_append_if(&journal.log, 5, 3, &scribe.batch), JZ_APPEND_OK);
    tail = jz_log_tail(&journal.log);
    assert_int_equal(journal.offset, tail_at);
    jz_journal_close(&journal);
    seal_next(&tail);
    reseal();
    jz_scribe_write_file(&scribe, jz_scribe_segment(1), extent, JZ_BLOCK_BYTES, tail_at);
    assert_int_equal(jz_scribe_try_open(&scribe, &journal, &report), JZ_ECORRUPT);
    assert_non_null(strstr(report.message, "longer than the rest of the segment"));
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(what_was_sealed_is_good_and_made_right_again_it_is_the_same),
        STORY(a_place_without_a_header_is_zero_or_bad),
        STORY(a_header_of_another_magic_or_version_is_bad),
        STORY(a_header_of_impossible_lengths_is_bad),
        STORY(more_zero_sectors_than_promised_is_torn_and_fewer_is_bad),
        STORY(a_wrong_checksum_is_bad_though_the_hash_is_right),
        STORY(a_wrong_hash_is_bad_though_the_checksum_is_right),
        STORY(records_that_do_not_follow_each_other_are_bad),
        STORY(a_count_of_records_that_is_not_theirs_is_bad),
        STORY(every_link_of_the_chain_is_checked),
        STORY(a_batch_that_would_leave_its_segment_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
