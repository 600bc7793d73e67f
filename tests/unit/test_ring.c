/* The rings between threads and processes: what each side may count on when the other is slow,
 * joins late or goes away, and what happens where the data end.
 *
 * Method: the smallest ring there is, 256 units of 64 bytes, so that four of the longest records
 * fill it. Every record carries a number of its own and is full of it. What a faulty other side can
 * do is in test_ring_faults.c, what our own side must not do in test_ring_mistakes.c.
 */
#include "engine/ring/ring.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    UNIT = JZ_RECORD_UNIT_BYTES,
    LONGEST = JZ_RECORD_BYTES_MAX,
    RING = JZ_RING_DATA_BYTES_MIN,
    RING_UNITS = RING / UNIT,
    MERCHANT = 1, /* a kind of record, any but padding */
    ANA = 0,      /* readers, by their place */
    BO = 1,
    LAST = JZ_RING_READERS_MAX - 1
};

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[JZ_RING_READERS_MAX];
static alignas(64) unsigned char data[RING];
static struct jz_ring_writer writer;
static struct jz_ring_reader readers[JZ_RING_READERS_MAX];
static uint64_t sent_count;

static struct jz_ring_memory memory_of_ring(void)
{
    return (struct jz_ring_memory){.control = &control, .data = data, .data_bytes = RING};
}

static int open_ring_without_readers(void **state)
{
    (void)state;
    const struct jz_ring_memory memory = memory_of_ring();
    sent_count = 0;
    memset(data, 0xEE, sizeof(data));
    return jz_ring_writer_init(&writer, &memory);
}

static void joins(uint32_t place)
{
    const struct jz_ring_memory memory = memory_of_ring();
    jz_ring_add_reader(&writer, place, &cursors[place]);
    jz_ring_reader_init(&readers[place], &memory, &cursors[place]);
}

static int open_ring_for_ana(void **state)
{
    const int status = open_ring_without_readers(state);
    joins(ANA);
    return status;
}

static int open_ring_for_ana_and_bo(void **state)
{
    const int status = open_ring_for_ana(state);
    joins(BO);
    return status;
}

static void fill(void *room, uint32_t bytes, uint64_t number)
{
    struct jz_record *record = room;
    memset(record, (int)(number % 251), bytes);
    *record = (struct jz_record){.bytes = bytes, .kind = MERCHANT, .sequence = number};
}

/* Commits the next record; it is not published yet. */
static void writes(uint32_t bytes)
{
    void *room = jz_ring_claim(&writer, bytes);
    assert_non_null(room);
    assert_int_equal((uintptr_t)room % UNIT, 0);
    fill(room, bytes, ++sent_count);
    jz_ring_commit(&writer, bytes);
}

static void sends(uint32_t bytes)
{
    writes(bytes);
    jz_ring_publish(&writer);
}

static void has_no_room_for(uint32_t bytes)
{
    assert_false(jz_ring_can_claim(&writer, bytes));
    assert_null(jz_ring_claim(&writer, bytes));
}

/* Steps over the next record, which must be this one and intact, without giving its room back. */
static void reads(uint32_t place, uint64_t number, uint32_t bytes)
{
    uint32_t record_bytes = 0;
    const struct jz_record *record = jz_ring_peek(&readers[place], &record_bytes);
    assert_non_null(record);
    assert_int_equal(record_bytes, bytes);
    assert_int_equal(record->bytes, bytes);
    assert_int_equal(record->sequence, number);
    const unsigned char *body = (const unsigned char *)(record + 1);
    for (uint32_t i = 0; i < bytes - UNIT; i++) {
        assert_int_equal(body[i], number % 251);
    }
    jz_ring_advance(&readers[place]);
}

static void takes(uint32_t place, uint64_t number, uint32_t bytes)
{
    reads(place, number, bytes);
    jz_ring_release(&readers[place]);
}

static void finds_nothing(uint32_t place)
{
    uint32_t bytes = 7;
    assert_null(jz_ring_peek(&readers[place], &bytes));
    assert_int_equal(bytes, 7);
    assert_int_equal(jz_ring_ready_bytes(&readers[place]), 0);
    assert_false(readers[place].fault);
}

/* Sends and takes so much that the next record starts this many units before the end. */
static void goes_to_units_before_the_end(uint32_t units)
{
    for (uint32_t i = 0; i < RING_UNITS - units; i++) {
        sends(UNIT);
        takes(ANA, sent_count, UNIT);
    }
}

static void a_record_is_unseen_until_it_is_published(void **state)
{
    (void)state;
    writes(2 * UNIT);
    finds_nothing(ANA);
    jz_ring_publish(&writer);
    assert_int_equal(jz_ring_ready_bytes(&readers[ANA]), 2 * UNIT);
    takes(ANA, 1, 2 * UNIT);
    finds_nothing(ANA);
}

static void records_are_published_in_one_step(void **state)
{
    (void)state;
    writes(UNIT);
    writes(LONGEST);
    writes(3 * UNIT);
    finds_nothing(ANA);
    jz_ring_publish(&writer);
    takes(ANA, 1, UNIT);
    takes(ANA, 2, LONGEST);
    takes(ANA, 3, 3 * UNIT);
}

static void peeking_again_shows_the_same_record(void **state)
{
    (void)state;
    sends(UNIT);
    sends(2 * UNIT);
    uint32_t bytes = 0;
    const struct jz_record *record = jz_ring_peek(&readers[ANA], &bytes);
    assert_ptr_equal(jz_ring_peek(&readers[ANA], &bytes), record);
    assert_int_equal(bytes, UNIT);
    takes(ANA, 1, UNIT);
    takes(ANA, 2, 2 * UNIT);
}

static void a_full_ring_pushes_back_and_loses_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        sends(LONGEST);
    }
    has_no_room_for(UNIT);
    reads(ANA, 1, LONGEST); /* stepped over, but not given back */
    has_no_room_for(UNIT);
    jz_ring_release(&readers[ANA]);
    sends(LONGEST);
    has_no_room_for(UNIT);
    for (uint64_t number = 2; number <= 5; number++) {
        takes(ANA, number, LONGEST);
    }
    finds_nothing(ANA);
}

static void a_ring_takes_records_to_its_last_unit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RING_UNITS; i++) {
        sends(UNIT);
    }
    assert_int_equal(jz_ring_used_bytes(&writer), RING);
    has_no_room_for(UNIT);
    takes(ANA, 1, UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), RING - UNIT);
    has_no_room_for(2 * UNIT);
    sends(UNIT);
    has_no_room_for(UNIT);
}

static void room_counts_unpublished_records(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        writes(LONGEST);
    }
    has_no_room_for(UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), RING);
    finds_nothing(ANA);
}

static void a_record_that_ends_where_the_data_end_needs_no_padding(void **state)
{
    (void)state;
    goes_to_units_before_the_end(2);
    sends(2 * UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), 2 * UNIT);
    assert_int_equal(jz_ring_committed(&writer), RING);
    takes(ANA, sent_count, 2 * UNIT);
}

static void padding_may_be_one_unit(void **state)
{
    (void)state;
    goes_to_units_before_the_end(1);
    sends(2 * UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), UNIT + 2 * UNIT);
    assert_int_equal(jz_ring_ready_bytes(&readers[ANA]), UNIT + 2 * UNIT);
    uint32_t bytes = 0;
    assert_ptr_equal(jz_ring_peek(&readers[ANA], &bytes), data);
    takes(ANA, sent_count, 2 * UNIT);
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
}

static void padding_may_be_a_unit_less_than_the_longest_record(void **state)
{
    (void)state;
    goes_to_units_before_the_end(LONGEST / UNIT - 1);
    sends(LONGEST);
    assert_int_equal(jz_ring_used_bytes(&writer), LONGEST - UNIT + LONGEST);
    takes(ANA, sent_count, LONGEST);
    finds_nothing(ANA);
}

static void a_long_record_waits_until_its_padding_fits_as_well(void **state)
{
    (void)state;
    goes_to_units_before_the_end(RING_UNITS - 4); /* 4 units are sent and taken */
    for (uint32_t i = 0; i < RING_UNITS - 6; i++) {
        sends(UNIT);
    }
    /* 6 units are free: 2 before the end and 4 at the start. */
    has_no_room_for(5 * UNIT);
    sends(4 * UNIT);
    has_no_room_for(UNIT);
    for (uint32_t i = 0; i < RING_UNITS - 6; i++) {
        takes(ANA, 5 + i, UNIT);
    }
    takes(ANA, sent_count, 4 * UNIT);
    finds_nothing(ANA);
}

static void a_claim_given_back_leaves_no_trace(void **state)
{
    (void)state;
    goes_to_units_before_the_end(1);
    const uint64_t committed = jz_ring_committed(&writer);
    assert_non_null(jz_ring_claim(&writer, LONGEST)); /* would need padding */
    jz_ring_commit(&writer, 0);
    jz_ring_publish(&writer);
    assert_int_equal(jz_ring_committed(&writer), committed);
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
    finds_nothing(ANA);
    sends(UNIT); /* fits before the end after all */
    assert_int_equal(jz_ring_used_bytes(&writer), UNIT);
    takes(ANA, sent_count, UNIT);
}

static void a_record_may_be_shorter_than_its_claim(void **state)
{
    (void)state;
    void *room = jz_ring_claim(&writer, LONGEST);
    fill(room, UNIT, ++sent_count);
    jz_ring_commit(&writer, UNIT);
    jz_ring_publish(&writer);
    assert_int_equal(jz_ring_used_bytes(&writer), UNIT);
    takes(ANA, 1, UNIT);
}

static void a_shorter_record_lies_where_its_claim_was(void **state)
{
    (void)state;
    goes_to_units_before_the_end(1);
    void *room = jz_ring_claim(&writer, LONGEST);
    assert_ptr_equal(room, data); /* behind padding that the shorter record would not need */
    fill(room, UNIT, ++sent_count);
    jz_ring_commit(&writer, UNIT);
    jz_ring_publish(&writer);
    takes(ANA, sent_count, UNIT);
    finds_nothing(ANA);
}

static void every_reader_gets_every_record_at_its_own_speed(void **state)
{
    (void)state;
    sends(UNIT);
    sends(5 * UNIT);
    takes(ANA, 1, UNIT);
    takes(ANA, 2, 5 * UNIT);
    finds_nothing(ANA);
    takes(BO, 1, UNIT);
    takes(BO, 2, 5 * UNIT);
    finds_nothing(BO);
}

static void the_slowest_reader_holds_the_writer_back(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 4; number++) {
        sends(LONGEST);
        takes(ANA, number, LONGEST);
    }
    has_no_room_for(UNIT);
    assert_int_equal(jz_ring_behind_bytes(&writer, ANA), 0);
    assert_int_equal(jz_ring_behind_bytes(&writer, BO), RING);
    takes(BO, 1, LONGEST);
    sends(LONGEST);
    has_no_room_for(UNIT);
}

static void a_dropped_reader_holds_nobody_back(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 4; number++) {
        sends(LONGEST);
        takes(ANA, number, LONGEST);
    }
    has_no_room_for(UNIT);
    jz_ring_drop_reader(&writer, BO);
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
    sends(LONGEST);
    takes(ANA, 5, LONGEST);
}

static void a_late_reader_sees_what_is_published_from_then_on(void **state)
{
    (void)state;
    sends(UNIT);
    writes(2 * UNIT); /* complete, but not yet published */
    joins(LAST);
    finds_nothing(LAST);
    jz_ring_publish(&writer);
    sends(3 * UNIT);
    takes(LAST, 2, 2 * UNIT);
    takes(LAST, 3, 3 * UNIT);
    takes(ANA, 1, UNIT);
}

static void a_late_reader_is_not_overrun_by_what_was_already_committed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        writes(LONGEST);
    }
    joins(BO);
    jz_ring_publish(&writer);
    has_no_room_for(UNIT);
    for (uint64_t number = 1; number <= 4; number++) {
        takes(BO, number, LONGEST);
    }
}

static void the_place_of_a_dropped_reader_can_be_given_again(void **state)
{
    (void)state;
    sends(UNIT);
    jz_ring_drop_reader(&writer, BO);
    joins(BO);
    finds_nothing(BO);
    sends(2 * UNIT);
    takes(BO, 2, 2 * UNIT);
    takes(ANA, 1, UNIT);
}

static void without_readers_only_what_is_unpublished_takes_room(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3 * RING_UNITS; i++) {
        sends(2 * UNIT);
    }
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
    for (uint32_t i = 0; i < RING_UNITS; i++) {
        writes(UNIT);
    }
    has_no_room_for(UNIT);
    jz_ring_publish(&writer);
    writes(LONGEST);
}

static void a_reader_has_read_a_record_when_it_stands_where_the_writer_stood(void **state)
{
    (void)state;
    goes_to_units_before_the_end(1);
    sends(2 * UNIT);
    const uint64_t behind_it = jz_ring_committed(&writer);
    sends(UNIT);
    assert_true(jz_ring_position(&readers[ANA]) < behind_it);
    reads(ANA, sent_count - 1, 2 * UNIT);
    assert_int_equal(jz_ring_position(&readers[ANA]), behind_it);
}

static void every_place_may_have_a_reader(void **state)
{
    (void)state;
    for (uint32_t place = 0; place < JZ_RING_READERS_MAX; place++) {
        joins(place);
    }
    sends(UNIT);
    for (uint32_t place = 0; place < JZ_RING_READERS_MAX; place++) {
        assert_int_equal(jz_ring_used_bytes(&writer), UNIT);
        takes(place, 1, UNIT);
    }
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
}

static void records_of_every_length_go_round_and_round(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40 * RING_UNITS; i++) {
        const uint32_t bytes = UNIT * (1 + i * 7 % (LONGEST / UNIT));
        sends(bytes);
        takes(ANA, sent_count, bytes);
        takes(BO, sent_count, bytes);
    }
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
}

static void both_sides_may_map_the_ring_where_they_like(void **state)
{
    (void)state;
    const size_t page_bytes = 4096;
    const size_t file_bytes = 2 * page_bytes + RING; /* control | cursor | data */
    const int fd = memfd_create("ring", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)file_bytes), 0);
    unsigned char *ours = mmap(NULL, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unsigned char *theirs = mmap(NULL, file_bytes, PROT_READ, MAP_SHARED, fd, 0);
    void *their_cursor = mmap(theirs + page_bytes, page_bytes, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_FIXED, fd, (off_t)page_bytes);
    assert_true(ours != MAP_FAILED && theirs != MAP_FAILED && their_cursor != MAP_FAILED);
    assert_ptr_not_equal(ours, theirs);
    const struct jz_ring_memory here = {
        .control = (void *)ours, .data = ours + 2 * page_bytes, .data_bytes = RING};
    const struct jz_ring_memory there = {
        .control = (void *)theirs, .data = theirs + 2 * page_bytes, .data_bytes = RING};

    assert_int_equal(jz_ring_writer_init(&writer, &here), JZ_OK);
    jz_ring_add_reader(&writer, ANA, (void *)(ours + page_bytes));
    jz_ring_reader_init(&readers[ANA], &there, their_cursor);
    for (uint32_t i = 0; i < 4 * RING_UNITS; i++) {
        sends(3 * UNIT);
        takes(ANA, sent_count, 3 * UNIT);
    }
    assert_int_equal(jz_ring_used_bytes(&writer), 0);
    assert_int_equal(munmap(ours, file_bytes), 0);
    assert_int_equal(munmap(theirs, file_bytes), 0);
    assert_int_equal(close(fd), 0);
}

static void is_refused(uint32_t offset, uint64_t bytes)
{
    const struct jz_ring_memory memory = {
        .control = &control, .data = data + offset, .data_bytes = bytes};
    atomic_store(&control.published, 77);
    writer.committed = 88;
    assert_int_equal(jz_ring_writer_init(&writer, &memory), JZ_EINVAL);
    assert_int_equal(atomic_load(&control.published), 77);
    assert_int_equal(writer.committed, 88);
}

static void a_ring_too_small_or_askew_is_refused(void **state)
{
    (void)state;
    is_refused(0, 0);
    is_refused(0, RING / 2);
    is_refused(0, RING - UNIT);
    is_refused(0, RING + RING / 2);
    is_refused(32, RING);
}

#define FOR_NOBODY(test) cmocka_unit_test_setup(test, open_ring_without_readers)
#define FOR_ANA(test)    cmocka_unit_test_setup(test, open_ring_for_ana)
#define FOR_BOTH(test)   cmocka_unit_test_setup(test, open_ring_for_ana_and_bo)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOR_ANA(a_record_is_unseen_until_it_is_published),
        FOR_ANA(records_are_published_in_one_step),
        FOR_ANA(peeking_again_shows_the_same_record),
        FOR_ANA(a_full_ring_pushes_back_and_loses_nothing),
        FOR_ANA(a_ring_takes_records_to_its_last_unit),
        FOR_ANA(room_counts_unpublished_records),
        FOR_ANA(a_record_that_ends_where_the_data_end_needs_no_padding),
        FOR_ANA(padding_may_be_one_unit),
        FOR_ANA(padding_may_be_a_unit_less_than_the_longest_record),
        FOR_ANA(a_long_record_waits_until_its_padding_fits_as_well),
        FOR_ANA(a_claim_given_back_leaves_no_trace),
        FOR_ANA(a_record_may_be_shorter_than_its_claim),
        FOR_ANA(a_shorter_record_lies_where_its_claim_was),
        FOR_BOTH(every_reader_gets_every_record_at_its_own_speed),
        FOR_BOTH(the_slowest_reader_holds_the_writer_back),
        FOR_BOTH(a_dropped_reader_holds_nobody_back),
        FOR_ANA(a_late_reader_sees_what_is_published_from_then_on),
        FOR_NOBODY(a_late_reader_is_not_overrun_by_what_was_already_committed),
        FOR_BOTH(the_place_of_a_dropped_reader_can_be_given_again),
        FOR_NOBODY(without_readers_only_what_is_unpublished_takes_room),
        FOR_ANA(a_reader_has_read_a_record_when_it_stands_where_the_writer_stood),
        FOR_NOBODY(every_place_may_have_a_reader),
        FOR_BOTH(records_of_every_length_go_round_and_round),
        FOR_NOBODY(both_sides_may_map_the_ring_where_they_like),
        FOR_NOBODY(a_ring_too_small_or_askew_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
