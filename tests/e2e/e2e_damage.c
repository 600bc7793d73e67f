/* A journal that is not as it was written: jiaozid refuses to start and says which segment, where
 * and behind which sequence; it changes nothing, and once the files are right again it has
 * everything. What a crash can leave behind is mended instead.
 *
 * Method: a real jiaozid writes a journal of two segments; then files are laid hands on, and
 * started on, with --digest and without.
 *
 *     e2e_damage [SEED]
 */
#include "engine/base/checksum.h"
#include "engine/journal/format.h"
#include "engine/journal/journal.h"
#include "engine/journal/segment.h"
#include "tests/e2e/house.h"
#include "tests/e2e/run.h"
#include "tests/support/cmocka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SETTING = 78,
    SEGMENT_BYTES = 1 << 20,
    ORDERS = 300, /* one batch each: more than a segment holds */
    BATCHES_MAX = 512,
    RANDOM_BITS = 20,
    SECTORS = 8, /* of the last batch */
    LINE_BYTES = 1024,
};

/* A batch as it lies in the good journal. */
struct place {
    uint32_t segment;
    uint64_t offset;
    struct jz_format_header header;
};

static struct {
    struct jz_daemon daemon;
    struct guest ana;
    char good[RUN_PATH_BYTES]; /* the data directory as it was written; never touched */
    char work[RUN_PATH_BYTES]; /* the one that is laid hands on */
    struct place batches[BATCHES_MAX];
    uint32_t batch_count;
    struct jz_digest digest;        /* after the last command */
    struct jz_digest digest_before; /* before it */
    uint64_t sequence;              /* of the last command */
} story;

static struct run run;
static uint64_t seed;

static uint64_t roll(uint64_t sides)
{
    seed = (seed * UINT64_C(6364136223846793005)) + UINT64_C(1442695040888963407);
    return (seed >> 33) % sides;
}

/* ---- the journal -------------------------------------------------------------------------------
 */

static const char *segment_path(uint32_t segment)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "journal/%s", jz_segment_name(segment).text);
    return run_path(story.work, name);
}

/* Finds every batch of the work directory. */
static void walk_journal(void)
{
    unsigned char sector[JZ_SECTOR_BYTES];
    story.batch_count = 0;
    for (uint32_t segment = 1; segment <= 2; segment++) {
        uint64_t offset = 0;
        while (offset < SEGMENT_BYTES) {
            struct place *place = &story.batches[story.batch_count];
            run_read(segment_path(segment), sector, sizeof(sector), offset);
            if (jz_format_judge_header(sector, &place->header) != JZ_FORMAT_GOOD) {
                break;
            }
            place->segment = segment;
            place->offset = offset;
            offset += place->header.bytes;
            story.batch_count++;
            assert_in_range(story.batch_count, 1, BATCHES_MAX - 1);
        }
    }
}

static void start(void)
{
    if (!jz_daemon_start(&story.daemon)) {
        print_error("%s\n", story.daemon.said);
        fail();
    }
    guest_connect(&story.ana, story.daemon.requests);
    guest_hello(&story.ana, "");
}

static void stop(void)
{
    guest_leave(&story.ana);
    assert_int_equal(jz_daemon_stop(&story.daemon), 0);
}

static int write_journal(void **state)
{
    (void)state;
    assert_true(jz_daemon_create(&story.daemon, JZ_BIN_DIR, NULL));
    (void)house_furnish(&story.daemon);
    start();
    guest_open_market(&story.ana);
    for (int i = 0; i < ORDERS; i++) {
        guest_expect_service(&story.ana);
    }
    story.digest_before = guest_status(&story.ana).state_digest;
    guest_expect_service(&story.ana);
    story.digest = guest_status(&story.ana).state_digest;
    story.sequence = story.ana.heard.reply.seq;
    stop();

    (void)snprintf(story.work, sizeof(story.work), "%s", story.daemon.data);
    (void)snprintf(story.good, sizeof(story.good), "%s", run_path(story.daemon.directory, "good"));
    run_copy(story.work, story.good);
    walk_journal();
    assert_true(story.batch_count > SEGMENT_BYTES / JZ_BLOCK_BYTES); /* two segments, then */
    assert_int_equal(story.batches[story.batch_count - 1].header.first_seq, story.sequence);
    return 0;
}

static int remove_journal(void **state)
{
    (void)state;
    jz_daemon_destroy(&story.daemon);
    return 0;
}

/* Makes the work directory as it was written. */
static int restore(void **state)
{
    (void)state;
    run_remove(story.work);
    run_copy(story.good, story.work);
    return 0;
}

static void show_digest(const struct jz_digest *digest, char text[40])
{
    (void)snprintf(text, 40, "%016" PRIx64 "%016" PRIx64, digest->word[0], digest->word[1]);
}

/* --digest must give this state at this sequence. */
static void expect_state(const struct jz_digest *digest, uint64_t sequence)
{
    char text[40];
    char expected[128];
    show_digest(digest, text);
    (void)snprintf(expected, sizeof(expected), "sequence %" PRIu64 "\nstate %s\n", sequence, text);
    run_jiaozid(&run, story.work, "--digest");
    if (run.exit_code != 0 || strstr(run.said, expected) == NULL) {
        print_error("wanted %s, got %s", expected, run.said);
    }
    assert_int_equal(run.exit_code, 0);
    assert_non_null(strstr(run.said, expected));
}

static void expect_whole(void)
{
    expect_state(&story.digest, story.sequence);
}

/* Neither a start nor --digest works, both say the same one line, and it has these texts. */
static void expect_refusal(const char *kind, const char *what, const char *where)
{
    static const char *const options[] = {NULL, "--digest"};
    for (int i = 0; i < 2; i++) {
        run_jiaozid(&run, story.work, options[i]);
        if (run.exit_code != SETTING || strstr(run.said, kind) == NULL ||
            strstr(run.said, what) == NULL || strstr(run.said, where) == NULL) {
            print_error("wanted %s %s %s, got %d: %s\n", kind, what, where, run.exit_code,
                        run.said);
        }
        assert_int_equal(run.exit_code, SETTING);
        assert_non_null(strstr(run.said, kind));
        assert_non_null(strstr(run.said, what));
        assert_non_null(strstr(run.said, where));
        assert_string_equal(strchr(run.said, '\n'), "\n");
    }
}

/* A refusal that names segment, offset and the last sequence that is good. */
static void expect_damage_at(const struct place *place, const char *what)
{
    char where[LINE_BYTES];
    (void)snprintf(where, sizeof(where), "%s at offset %" PRIu64 ", behind sequence %" PRIu64,
                   jz_segment_name(place->segment).text, place->offset,
                   place->header.first_seq - 1);
    expect_refusal("damage: ", what, where);
}

/* ---- one bit -----------------------------------------------------------------------------------
 */

static void flip_and_expect_damage(const struct place *place, uint64_t bit)
{
    const uint64_t at = (place->offset * 8) + bit;
    run_flip(segment_path(place->segment), at);
    expect_damage_at(place, "");
    run_flip(segment_path(place->segment), at);
}

static void expect_bits_matter(const struct place *place)
{
    const uint64_t bits = UINT64_C(8) * place->header.bytes;
    const uint64_t trailer = bits - (UINT64_C(8) * JZ_FORMAT_TRAILER_BYTES);
    const uint64_t records = UINT64_C(8) * JZ_FORMAT_HEADER_BYTES;
    const uint64_t padding = records + (UINT64_C(8) * place->header.records_bytes);
    const uint64_t chosen[] = {0,       63,      64,          8 * 16,  8 * 48,  8 * 56,  8 * 72,
                               8 * 124, records, padding - 1, padding, trailer, bits - 1};
    for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
        flip_and_expect_damage(place, chosen[i]);
    }
    for (uint32_t i = 0; i < RANDOM_BITS; i++) {
        flip_and_expect_damage(place, roll(bits));
    }
    expect_whole(); /* nothing was changed by all those starts */
}

static void a_bit_flipped_in_the_last_batch_is_damage(void **state)
{
    (void)state;
    expect_bits_matter(&story.batches[story.batch_count - 1]);
}

static void a_bit_flipped_in_the_middle_is_damage(void **state)
{
    (void)state;
    expect_bits_matter(&story.batches[story.batch_count / 2]);
}

static void a_bit_flipped_in_genesis_is_damage(void **state)
{
    (void)state;
    flip_and_expect_damage(&story.batches[0], 0);
    flip_and_expect_damage(&story.batches[0], 8 * 200);
    expect_whole();
}

static void a_bit_behind_the_end_is_damage(void **state)
{
    (void)state;
    const struct place *last = &story.batches[story.batch_count - 1];
    char where[LINE_BYTES];
    /* In the same segment it may be what is left of a write that was cut off. */
    run_flip(segment_path(last->segment), (UINT64_C(8) * SEGMENT_BYTES) - 1);
    expect_whole();
    run_flip(segment_path(last->segment + 1), 8 * 4096);
    (void)snprintf(where, sizeof(where), "%s at offset 4096",
                   jz_segment_name(last->segment + 1).text);
    expect_refusal("damage: ", "bytes behind the place where the journal ends", where);
}

/* ---- what a crash leaves -----------------------------------------------------------------------
 */

/* The batch's sectors from..to-1 are zero; the start must mend it, or find it whole. */
static void expect_mended(uint32_t from, uint32_t to)
{
    static const unsigned char zeros[JZ_SECTOR_BYTES];
    const struct place *last = &story.batches[story.batch_count - 1];
    assert_int_equal(last->header.bytes, SECTORS * JZ_SECTOR_BYTES);
    for (uint32_t i = from; i < to; i++) {
        run_write(segment_path(last->segment), zeros, sizeof(zeros),
                  last->offset + (i * JZ_SECTOR_BYTES));
    }
    expect_state(&story.digest_before, story.sequence - 1);
    start();
    assert_true(to - from == SECTORS || jz_daemon_said(&story.daemon, "lay half written"));
    const struct jz_digest digest = guest_status(&story.ana).state_digest;
    assert_memory_equal(&digest, &story.digest_before, sizeof(digest));
    stop();
    expect_state(&story.digest_before, story.sequence - 1);
    (void)restore(NULL);
}

static void the_last_batch_with_any_sector_missing_is_mended(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SECTORS; i++) {
        expect_mended(i, i + 1);
    }
}

static void the_last_batch_with_any_beginning_or_end_missing_is_mended(void **state)
{
    (void)state;
    for (uint32_t i = 2; i <= SECTORS; i++) {
        expect_mended(0, i);
    }
    for (uint32_t i = 1; i < SECTORS - 1; i++) {
        expect_mended(i, SECTORS);
    }
}

static void a_sector_missing_before_the_last_batch_is_damage(void **state)
{
    (void)state;
    static const unsigned char zeros[JZ_SECTOR_BYTES];
    const struct place *place = &story.batches[story.batch_count - 2];
    run_write(segment_path(place->segment), zeros, sizeof(zeros), place->offset + JZ_SECTOR_BYTES);
    expect_refusal("damage: ", "bytes behind the place", jz_segment_name(place->segment).text);
    (void)restore(NULL);
    run_write(segment_path(place->segment), zeros, sizeof(zeros), place->offset);
    expect_damage_at(place, "a batch is missing here, and later ones are there");
}

/* ---- segments ----------------------------------------------------------------------------------
 */

static void a_segment_of_another_length_is_damage(void **state)
{
    (void)state;
    static const off_t lengths[] = {0,
                                    1,
                                    511,
                                    512,
                                    4096,
                                    4097,
                                    SEGMENT_BYTES / 2,
                                    SEGMENT_BYTES - 4096,
                                    SEGMENT_BYTES - 1,
                                    SEGMENT_BYTES + 1,
                                    SEGMENT_BYTES + 4096};
    for (uint32_t segment = 1; segment <= 2; segment++) {
        char where[64];
        (void)snprintf(where, sizeof(where), "%s at offset 0", jz_segment_name(segment).text);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            assert_int_equal(truncate(segment_path(segment), lengths[i]), 0);
            expect_refusal("damage: ", "does not have its full length", where);
            assert_int_equal(run_length(segment_path(segment)), lengths[i]);
            (void)restore(NULL);
        }
    }
    expect_whole();
}

static void a_segment_that_is_missing_or_in_another_place_is_damage(void **state)
{
    (void)state;
    assert_int_equal(unlink(segment_path(1)), 0);
    expect_refusal("damage: ", "is missing, and later segments are there", "0000000001.segment");
    (void)restore(NULL);

    assert_int_equal(rename(segment_path(1), run_path(story.work, "aside")), 0);
    assert_int_equal(rename(segment_path(2), segment_path(1)), 0);
    assert_int_equal(rename(run_path(story.work, "aside"), segment_path(2)), 0);
    expect_refusal("damage: ", "does not have the next number", "0000000001.segment at offset 0");
    (void)restore(NULL);

    run_copy(segment_path(1), run_path(story.work, "journal/0000000009.segment"));
    expect_refusal("damage: ", "is missing, and later segments are there", ".segment");
    (void)restore(NULL);

    uint32_t next = 1;
    while (access(segment_path(next), F_OK) == 0) {
        next++;
    }
    assert_int_equal(mkdir(segment_path(next), 0700), 0); /* a folder with a segment's name */
    run_jiaozid(&run, story.work, NULL);
    assert_int_equal(run.exit_code, SETTING);
    assert_non_null(strstr(run.said, jz_segment_name(next).text));
    (void)restore(NULL);
    expect_whole();
}

static void other_files_beside_the_segments_do_not_matter(void **state)
{
    (void)state;
    run_write(run_path(story.work, "notes.txt"), "mine", 4, 0);
    run_write(run_path(story.work, "journal/notes.txt"), "mine", 4, 0);
    run_write(run_path(story.work, "journal/0000000007.making"), "half", 4, 0);
    run_write(run_path(story.work, "cluster.new"), "half", 4, 0);
    expect_whole();
    start();
    stop();
    expect_whole();
}

/* ---- whose it is -------------------------------------------------------------------------------
 */

/* Another exchange's data directory beside the work directory. */
static const char *found_another(void)
{
    struct jz_daemon other;
    struct guest bo;
    const char *const directory = run_path(story.daemon.directory, "other");
    other = story.daemon;
    (void)snprintf(other.data, sizeof(other.data), "%.500s", directory);
    (void)snprintf(other.requests, sizeof(other.requests), "tcp://127.0.0.1:*");
    (void)snprintf(other.feed, sizeof(other.feed), "tcp://127.0.0.1:*");
    assert_true(jz_daemon_start(&other));
    guest_connect(&bo, other.requests);
    guest_hello(&bo, "");
    guest_open_market(&bo);
    guest_leave(&bo);
    assert_int_equal(jz_daemon_stop(&other), 0);
    return directory;
}

static void a_journal_of_another_exchange_is_foreign(void **state)
{
    (void)state;
    char other[RUN_PATH_BYTES];
    (void)snprintf(other, sizeof(other), "%s", found_another());

    run_remove(run_path(story.work, "journal"));
    run_copy(run_path(other, "journal"), run_path(story.work, "journal"));
    expect_refusal("foreign: ", "is of another exchange than", "0000000001.segment at offset 0");
    (void)restore(NULL);

    run_remove(run_path(story.work, "cluster"));
    run_copy(run_path(other, "cluster"), run_path(story.work, "cluster"));
    expect_refusal("foreign: ", "Put back the segments and the cluster file that belong together",
                   "0000000001.segment at offset 0");
    (void)restore(NULL);

    run_remove(segment_path(2)); /* where only a later segment is theirs */
    run_copy(run_path(other, "journal/0000000001.segment"), segment_path(2));
    expect_refusal("foreign: ", "is of another exchange than", "0000000002.segment at offset 0");
    (void)restore(NULL);
    run_remove(other);
    expect_whole();
}

static void a_cluster_file_that_is_gone_or_changed_is_not_made_up(void **state)
{
    (void)state;
    const uint64_t bytes = run_length(run_path(story.work, "cluster"));
    assert_int_equal(unlink(run_path(story.work, "cluster")), 0);
    expect_refusal("foreign: ", "cluster is missing, which says whose they are", story.work);
    assert_int_not_equal(access(run_path(story.work, "cluster"), F_OK), 0);
    (void)restore(NULL);

    for (uint64_t byte = 0; byte < bytes; byte += 5) {
        run_flip(run_path(story.work, "cluster"), (8 * byte) + roll(8));
        expect_refusal("damage: ", "cluster is not as it was written", story.work);
        (void)restore(NULL);
    }
    for (uint64_t length = 0; length < bytes; length += 9) {
        assert_int_equal(truncate(run_path(story.work, "cluster"), (off_t)length), 0);
        expect_refusal("damage: ", "cluster is not as it was written", story.work);
        (void)restore(NULL);
    }
    assert_int_equal(unlink(run_path(story.work, "cluster")), 0);
    assert_int_equal(mkdir(run_path(story.work, "cluster"), 0700), 0);
    run_jiaozid(&run, story.work, NULL);
    assert_int_equal(run.exit_code, SETTING);
    assert_non_null(strstr(run.said, "cannot read"));
    (void)restore(NULL);
    expect_whole();
}

/* ---- of a newer version ------------------------------------------------------------------------
 */

/* Writes a journal of two records, as the good one begins, with the last one changed. */
static void write_forgery(void (*change)(struct jz_record *), uint32_t which)
{
    static unsigned char extent[2 * JZ_BLOCK_BYTES];
    static struct jz_journal journal;
    struct jz_journal_report report;
    struct jz_batch batch;
    const struct jz_journal_options options = {.directory = story.work,
                                               .segment_bytes = SEGMENT_BYTES};

    run_remove(story.work);
    assert_int_equal(jz_journal_open(&journal, &options, &report), JZ_OK);
    assert_int_equal(jz_batch_open(&batch, sizeof(extent)), JZ_OK);
    for (uint32_t i = 0; i <= which; i++) {
        run_read(run_path(story.good, "journal/0000000001.segment"), extent, JZ_BLOCK_BYTES,
                 i * UINT64_C(4096));
        struct jz_record *record = (void *)(extent + JZ_FORMAT_HEADER_BYTES);
        assert_int_equal(record->sequence, i + 1);
        if (i == which) {
            change(record);
        }
        assert_true(jz_batch_add(&batch, record, record->bytes));
        assert_int_equal(jz_log_append_if(&journal.log, i, 1, &batch), JZ_APPEND_OK);
        jz_batch_clear(&batch);
    }
    jz_batch_close(&batch);
    jz_journal_close(&journal);
}

static void raise_rules(struct jz_record *record)
{
    record->rules = 99;
}

static void raise_version(struct jz_record *record)
{
    record->version = 99;
}

static void raise_kind(struct jz_record *record)
{
    record->kind = 999;
}

static void a_journal_under_newer_rules_asks_for_a_newer_jiaozid(void **state)
{
    (void)state;
    write_forgery(raise_rules, 1);
    expect_refusal("command 2 ran under rules 99", "use a newer jiaozid", "");
    write_forgery(raise_version, 0);
    expect_refusal("does not begin with a genesis that this version knows",
                   "use the version that wrote it", "");
    write_forgery(raise_kind, 0);
    expect_refusal("does not begin with a genesis that this version knows", "", "");
}

static void a_batch_of_a_newer_layout_is_not_guessed_at(void **state)
{
    (void)state;
    const struct place *last = &story.batches[story.batch_count - 1];
    struct jz_format_header header = last->header;
    header.version = JZ_FORMAT_VERSION + 1;
    header.crc32c = jz_checksum_crc32c(0, &header, JZ_FORMAT_HEADER_BYTES - sizeof(header.crc32c));
    run_write(segment_path(last->segment), &header, sizeof(header), last->offset);
    expect_damage_at(last, "");
}

int main(int argc, char **argv)
{
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 "\n", seed);
#define STORY(name) cmocka_unit_test_setup(name, restore)
    const struct CMUnitTest tests[] = {
        STORY(a_bit_flipped_in_the_last_batch_is_damage),
        STORY(a_bit_flipped_in_the_middle_is_damage),
        STORY(a_bit_flipped_in_genesis_is_damage),
        STORY(a_bit_behind_the_end_is_damage),
        STORY(the_last_batch_with_any_sector_missing_is_mended),
        STORY(the_last_batch_with_any_beginning_or_end_missing_is_mended),
        STORY(a_sector_missing_before_the_last_batch_is_damage),
        STORY(a_segment_of_another_length_is_damage),
        STORY(a_segment_that_is_missing_or_in_another_place_is_damage),
        STORY(other_files_beside_the_segments_do_not_matter),
        STORY(a_journal_of_another_exchange_is_foreign),
        STORY(a_cluster_file_that_is_gone_or_changed_is_not_made_up),
        STORY(a_journal_under_newer_rules_asks_for_a_newer_jiaozid),
        STORY(a_batch_of_a_newer_layout_is_not_guessed_at),
    };
    return cmocka_run_group_tests(tests, write_journal, remove_journal);
}
