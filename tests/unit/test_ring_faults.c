/* A ring whose other side lies: it is another process, and it may be broken or taken over.
 *
 * Method: each test plays the other side by storing into the shared memory what no sound one would
 * store. Our side must say so by its fault flag, must never read outside what was published, and
 * must stay dead; the same value at the last point where it is still sound must pass.
 */
#include "engine/ring/ring.h"
#include "engine/ring/wait.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum {
    UNIT = JZ_RECORD_UNIT_BYTES,
    LONGEST = JZ_RECORD_BYTES_MAX,
    RING = JZ_RING_DATA_BYTES_MIN,
    MERCHANT = 1, /* a kind of record, any but padding */
    ANA = 0,      /* readers, by their place */
    BO = 1
};

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[2];
static alignas(64) unsigned char data[RING];
static struct jz_ring_writer writer;
static struct jz_ring_reader readers[2];
static struct jz_ring_reader *const ana = &readers[ANA];

static struct jz_ring_memory memory_of_ring(void)
{
    return (struct jz_ring_memory){.control = &control, .data = data, .data_bytes = RING};
}

static int open_ring_for_ana_and_bo(void **state)
{
    (void)state;
    const struct jz_ring_memory memory = memory_of_ring();
    memset(data, 0xEE, sizeof(data));
    const int status = jz_ring_writer_init(&writer, &memory);
    for (uint32_t place = 0; place < 2; place++) {
        jz_ring_add_reader(&writer, place, &cursors[place]);
        jz_ring_reader_init(&readers[place], &memory, &cursors[place]);
    }
    return status;
}

static void sends(uint32_t bytes)
{
    struct jz_record *record = jz_ring_claim(&writer, bytes);
    assert_non_null(record);
    *record = (struct jz_record){.bytes = bytes, .kind = MERCHANT};
    jz_ring_commit(&writer, bytes);
    jz_ring_publish(&writer);
}

static void takes(struct jz_ring_reader *reader, uint32_t bytes)
{
    uint32_t record_bytes = 0;
    assert_non_null(jz_ring_peek(reader, &record_bytes));
    assert_int_equal(record_bytes, bytes);
    jz_ring_advance(reader);
    jz_ring_release(reader);
}

/* Both sides stand this many bytes behind the start. */
static void ring_has_carried(uint64_t bytes)
{
    for (uint64_t carried = 0; carried < bytes; carried += UNIT) {
        sends(UNIT);
        takes(&readers[ANA], UNIT);
        takes(&readers[BO], UNIT);
    }
}

static void writer_publishes(uint64_t position)
{
    atomic_store(&control.published, position);
}

static void writer_frames(uint64_t position, uint32_t bytes, uint16_t kind)
{
    const struct jz_record header = {.bytes = bytes, .kind = kind};
    memcpy(data + position % RING, &header, sizeof(header));
}

/* Ana finds the fault, and whatever the writer makes good later, the ring stays dead for her. */
static void ana_finds_a_fault(void)
{
    uint32_t bytes = 7;
    const uint64_t released = atomic_load(&cursors[ANA].released);
    assert_null(jz_ring_peek(ana, &bytes));
    assert_true(ana->fault);
    assert_int_equal(bytes, 7);
    assert_int_equal(jz_ring_ready_bytes(ana), 0);
    assert_true(jz_ring_reader_sees(ana)); /* so that she does not sleep over it */

    writer_frames(released, UNIT, MERCHANT);
    writer_publishes(released + UNIT);
    assert_null(jz_ring_peek(ana, &bytes));
    assert_int_equal(jz_ring_ready_bytes(ana), 0);
    jz_ring_release(ana);
    assert_true(atomic_load(&cursors[ANA].released) - released <= RING);
}

static void ana_finds_no_fault_in(uint32_t bytes)
{
    takes(ana, bytes);
    assert_false(ana->fault);
}

/* What a writer may lie about. */

static void a_writer_may_publish_a_whole_ring(void **state)
{
    (void)state;
    writer_frames(0, LONGEST, MERCHANT);
    writer_publishes(RING);
    ana_finds_no_fault_in(LONGEST);
}

static void a_writer_cannot_publish_a_unit_more_than_the_ring(void **state)
{
    (void)state;
    writer_frames(0, LONGEST, MERCHANT);
    writer_publishes(RING + UNIT);
    ana_finds_a_fault();
}

static void a_writer_cannot_overrun_what_is_not_released(void **state)
{
    (void)state;
    sends(UNIT);
    uint32_t bytes = 0;
    assert_non_null(jz_ring_peek(ana, &bytes));
    jz_ring_advance(ana); /* read, but the room is not given back */
    writer_publishes(RING + UNIT);
    ana_finds_a_fault();
}

static void a_writer_cannot_go_back(void **state)
{
    (void)state;
    ring_has_carried(3 * UNIT);
    writer_publishes(2 * UNIT);
    ana_finds_a_fault();
}

static void a_writer_cannot_take_back_what_a_reader_saw(void **state)
{
    (void)state;
    sends(UNIT);
    sends(UNIT);
    assert_int_equal(jz_ring_ready_bytes(ana), 2 * UNIT);
    writer_publishes(UNIT);
    assert_int_equal(jz_ring_ready_bytes(ana), 0);
    ana_finds_a_fault();
}

static void a_writer_cannot_publish_part_of_a_unit(void **state)
{
    (void)state;
    writer_frames(0, UNIT, MERCHANT);
    writer_publishes(UNIT + 8);
    ana_finds_a_fault();
}

static void a_writer_cannot_publish_the_end_of_numbers(void **state)
{
    (void)state;
    writer_frames(0, UNIT, MERCHANT);
    writer_publishes(UINT64_MAX - UNIT + 1);
    ana_finds_a_fault();
}

static void a_record_has_a_length(void **state)
{
    (void)state;
    writer_frames(0, 0, MERCHANT);
    writer_publishes(LONGEST);
    ana_finds_a_fault();
}

static void a_record_is_whole_units(void **state)
{
    (void)state;
    writer_frames(0, UNIT + 1, MERCHANT);
    writer_publishes(LONGEST);
    ana_finds_a_fault();
}

static void a_record_may_be_the_longest(void **state)
{
    (void)state;
    writer_frames(0, LONGEST, MERCHANT);
    writer_publishes(LONGEST);
    ana_finds_no_fault_in(LONGEST);
}

static void a_record_is_not_longer_than_the_longest(void **state)
{
    (void)state;
    writer_frames(0, LONGEST + UNIT, MERCHANT);
    writer_publishes(2 * LONGEST);
    ana_finds_a_fault();
}

static void a_record_of_four_gigabytes_is_refused(void **state)
{
    (void)state;
    writer_frames(0, UINT32_MAX - UNIT + 1, MERCHANT);
    writer_publishes(RING);
    ana_finds_a_fault();
}

static void a_record_does_not_pass_what_is_published(void **state)
{
    (void)state;
    writer_frames(0, 3 * UNIT, MERCHANT);
    writer_publishes(2 * UNIT);
    ana_finds_a_fault();
}

static void a_record_does_not_pass_the_end_of_the_data(void **state)
{
    (void)state;
    ring_has_carried(RING - UNIT);
    writer_frames(RING - UNIT, 2 * UNIT, MERCHANT);
    writer_publishes(RING + UNIT);
    ana_finds_a_fault();
}

static void padding_reaches_the_end_of_the_data(void **state)
{
    (void)state;
    ring_has_carried(RING - 2 * UNIT);
    writer_frames(RING - 2 * UNIT, UNIT, JZ_RECORD_PAD);
    writer_frames(RING - UNIT, UNIT, MERCHANT);
    writer_publishes(RING);
    ana_finds_a_fault();
}

static void padding_does_not_follow_padding(void **state)
{
    (void)state;
    ring_has_carried(RING - UNIT);
    writer_frames(RING - UNIT, UNIT, JZ_RECORD_PAD);
    writer_frames(RING, UNIT, JZ_RECORD_PAD);
    writer_publishes(RING + UNIT);
    ana_finds_a_fault();
}

static void padding_alone_is_nothing_to_read(void **state)
{
    (void)state;
    ring_has_carried(RING - UNIT);
    writer_frames(RING - UNIT, UNIT, JZ_RECORD_PAD);
    writer_publishes(RING);
    uint32_t bytes = 0;
    assert_null(jz_ring_peek(ana, &bytes));
    assert_false(ana->fault);
    writer_frames(RING, UNIT, MERCHANT);
    writer_publishes(RING + UNIT);
    ana_finds_no_fault_in(UNIT);
}

static void a_length_is_read_once(void **state)
{
    (void)state;
    sends(UNIT);
    sends(2 * UNIT);
    uint32_t bytes = 0;
    assert_non_null(jz_ring_peek(ana, &bytes));
    writer_frames(0, LONGEST, MERCHANT); /* after the check */
    assert_non_null(jz_ring_peek(ana, &bytes));
    assert_int_equal(bytes, UNIT);
    jz_ring_advance(ana);
    takes(ana, 2 * UNIT);
}

static void a_record_that_turns_into_padding_under_peek_stays_a_record(void **state)
{
    (void)state;
    sends(UNIT);
    uint32_t bytes = 0;
    const struct jz_record *record = jz_ring_peek(ana, &bytes);
    writer_frames(0, RING, JZ_RECORD_PAD);
    assert_ptr_equal(jz_ring_peek(ana, &bytes), record);
    assert_int_equal(bytes, UNIT);
}

static void a_reader_cannot_start_within_a_unit(void **state)
{
    (void)state;
    const struct jz_ring_memory memory = memory_of_ring();
    atomic_store(&cursors[ANA].released, 8);
    jz_ring_reader_init(ana, &memory, &cursors[ANA]);
    assert_true(ana->fault);
    writer_publishes(8 + UNIT);
    uint32_t bytes = 0;
    assert_null(jz_ring_peek(ana, &bytes));
}

static void a_reader_may_start_at_the_end_of_numbers(void **state)
{
    (void)state;
    const struct jz_ring_memory memory = memory_of_ring();
    const uint64_t last_unit = UINT64_MAX - UNIT + 1;
    atomic_store(&cursors[ANA].released, last_unit);
    jz_ring_reader_init(ana, &memory, &cursors[ANA]);
    writer_frames(last_unit, UNIT, MERCHANT);
    writer_frames(0, LONGEST, MERCHANT);
    writer_publishes(LONGEST); /* the distance is what counts */
    ana_finds_no_fault_in(UNIT);
    ana_finds_no_fault_in(LONGEST);
}

/* What a reader may lie about. */

static void reader_releases(uint32_t place, uint64_t position)
{
    atomic_store(&cursors[place].released, position);
}

static void the_writer_finds_a_fault_of(uint32_t place)
{
    assert_int_equal(jz_ring_used_bytes(&writer), RING);
    assert_int_equal(writer.fault, 1 + place);
    assert_false(jz_ring_can_claim(&writer, UNIT));
    assert_null(jz_ring_claim(&writer, UNIT));
    assert_true(jz_ring_writer_sees(&writer, UNIT)); /* so that it does not sleep over it */
}

static void a_reader_may_release_all_that_is_published(void **state)
{
    (void)state;
    sends(UNIT);
    reader_releases(ANA, UNIT);
    reader_releases(BO, UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
    assert_int_equal(writer.fault, 0);
}

static void a_reader_cannot_release_what_is_not_published(void **state)
{
    (void)state;
    sends(UNIT);
    reader_releases(ANA, 2 * UNIT);
    the_writer_finds_a_fault_of(ANA);
}

static void a_reader_cannot_release_what_is_only_committed(void **state)
{
    (void)state;
    sends(UNIT);
    struct jz_record *record = jz_ring_claim(&writer, UNIT);
    *record = (struct jz_record){.bytes = UNIT, .kind = MERCHANT};
    jz_ring_commit(&writer, UNIT);
    reader_releases(BO, 2 * UNIT);
    the_writer_finds_a_fault_of(BO);
}

static void a_reader_cannot_go_back(void **state)
{
    (void)state;
    ring_has_carried(2 * UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), 0); /* looks at the cursors */
    reader_releases(BO, UNIT);
    the_writer_finds_a_fault_of(BO);
}

static void a_reader_cannot_release_part_of_a_unit(void **state)
{
    (void)state;
    sends(2 * UNIT);
    reader_releases(ANA, 8);
    the_writer_finds_a_fault_of(ANA);
}

static void a_reader_cannot_release_the_end_of_numbers(void **state)
{
    (void)state;
    reader_releases(ANA, UINT64_MAX - UNIT + 1);
    the_writer_finds_a_fault_of(ANA);
}

static void a_fault_stays_until_its_reader_is_dropped(void **state)
{
    (void)state;
    sends(UNIT);
    reader_releases(ANA, 2 * UNIT);
    the_writer_finds_a_fault_of(ANA);
    reader_releases(ANA, UNIT);
    the_writer_finds_a_fault_of(ANA);

    jz_ring_drop_reader(&writer, ANA);
    assert_int_equal(writer.fault, 0);
    sends(2 * UNIT);
    takes(&readers[BO], UNIT);
    takes(&readers[BO], 2 * UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
}

static void dropping_a_sound_reader_forgives_nobody(void **state)
{
    (void)state;
    reader_releases(ANA, UNIT);
    the_writer_finds_a_fault_of(ANA);
    reader_releases(ANA, 0);
    jz_ring_drop_reader(&writer, BO);
    the_writer_finds_a_fault_of(ANA);
}

static void of_two_faulty_readers_each_is_found(void **state)
{
    (void)state;
    reader_releases(ANA, UNIT);
    reader_releases(BO, UNIT);
    the_writer_finds_a_fault_of(ANA);
    jz_ring_drop_reader(&writer, ANA);
    the_writer_finds_a_fault_of(BO);
    jz_ring_drop_reader(&writer, BO);
    sends(UNIT);
}

static void a_faulty_reader_is_found_when_room_is_needed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        sends(LONGEST);
    }
    reader_releases(ANA, RING + UNIT);
    assert_null(jz_ring_claim(&writer, UNIT));
    assert_int_equal(writer.fault, 1 + ANA);
}

#define OPEN(test) cmocka_unit_test_setup(test, open_ring_for_ana_and_bo)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(a_writer_may_publish_a_whole_ring),
        OPEN(a_writer_cannot_publish_a_unit_more_than_the_ring),
        OPEN(a_writer_cannot_overrun_what_is_not_released),
        OPEN(a_writer_cannot_go_back),
        OPEN(a_writer_cannot_take_back_what_a_reader_saw),
        OPEN(a_writer_cannot_publish_part_of_a_unit),
        OPEN(a_writer_cannot_publish_the_end_of_numbers),
        OPEN(a_record_has_a_length),
        OPEN(a_record_is_whole_units),
        OPEN(a_record_may_be_the_longest),
        OPEN(a_record_is_not_longer_than_the_longest),
        OPEN(a_record_of_four_gigabytes_is_refused),
        OPEN(a_record_does_not_pass_what_is_published),
        OPEN(a_record_does_not_pass_the_end_of_the_data),
        OPEN(padding_reaches_the_end_of_the_data),
        OPEN(padding_does_not_follow_padding),
        OPEN(padding_alone_is_nothing_to_read),
        OPEN(a_length_is_read_once),
        OPEN(a_record_that_turns_into_padding_under_peek_stays_a_record),
        OPEN(a_reader_cannot_start_within_a_unit),
        OPEN(a_reader_may_start_at_the_end_of_numbers),
        OPEN(a_reader_may_release_all_that_is_published),
        OPEN(a_reader_cannot_release_what_is_not_published),
        OPEN(a_reader_cannot_release_what_is_only_committed),
        OPEN(a_reader_cannot_go_back),
        OPEN(a_reader_cannot_release_part_of_a_unit),
        OPEN(a_reader_cannot_release_the_end_of_numbers),
        OPEN(a_fault_stays_until_its_reader_is_dropped),
        OPEN(dropping_a_sound_reader_forgives_nobody),
        OPEN(of_two_faulty_readers_each_is_found),
        OPEN(a_faulty_reader_is_found_when_room_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
