/* Going to sleep and being woken: what each call promises when nothing races. That no wake-up is
 * missed when two threads do race is shown by tests/race/race_park.c.
 *
 * Method: both sides are played in turn on one thread, in the orders that matter.
 */
#include "engine/ring/wait.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { UNIT = JZ_RECORD_UNIT_BYTES, RING = JZ_RING_DATA_BYTES_MIN, ANA = 0, NOBODY = 1 };

static struct jz_ring_control control;
static struct jz_ring_cursor cursor;
static alignas(64) unsigned char data[RING];
static struct jz_ring_writer writer;
static struct jz_ring_reader ana;
static int fd;

static int open_ring_and_bed(void **state)
{
    (void)state;
    const struct jz_ring_memory memory = {.control = &control, .data = data, .data_bytes = RING};
    const int status = jz_ring_writer_init(&writer, &memory);
    jz_ring_add_reader(&writer, ANA, &cursor);
    jz_ring_reader_init(&ana, &memory, &cursor);
    return status != JZ_OK ? status : jz_wait_open(&fd);
}

static int close_bed(void **state)
{
    (void)state;
    return close(fd);
}

static void sends(uint32_t bytes)
{
    struct jz_record *record = jz_ring_claim(&writer, bytes);
    assert_non_null(record);
    *record = (struct jz_record){.bytes = bytes, .kind = 1};
    jz_ring_commit(&writer, bytes);
    jz_ring_publish(&writer);
}

static void fills_the_ring(void)
{
    for (uint32_t i = 0; i < RING / JZ_RECORD_BYTES_MAX; i++) {
        sends(JZ_RECORD_BYTES_MAX);
    }
}

static void takes_one(void)
{
    uint32_t bytes = 0;
    assert_non_null(jz_ring_peek(&ana, &bytes));
    jz_ring_advance(&ana);
    jz_ring_release(&ana);
}

static void a_wake_before_the_sleep_ends_it_at_once(void **state)
{
    (void)state;
    jz_wait_wake(fd);
    assert_true(jz_wait_sleep(fd, -1));
}

static void one_sleep_takes_all_wakes(void **state)
{
    (void)state;
    jz_wait_wake(fd);
    jz_wait_wake(fd);
    assert_true(jz_wait_sleep(fd, -1));
    assert_false(jz_wait_sleep(fd, 0));
}

static void a_sleep_ends_when_its_time_has_passed(void **state)
{
    (void)state;
    assert_false(jz_wait_sleep(fd, 1));
}

static void a_wake_never_blocks(void **state)
{
    (void)state;
    const uint64_t most = UINT64_MAX - 1;
    assert_int_equal(write(fd, &most, sizeof(most)), sizeof(most));
    jz_wait_wake(fd); /* there is no room for one more */
    assert_true(jz_wait_sleep(fd, -1));
    assert_false(jz_wait_sleep(fd, 0));
}

static void a_bed_is_not_inherited(void **state)
{
    (void)state;
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void no_descriptor_left_is_a_status(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    int another = 77;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(jz_wait_open(&another), JZ_ESYSTEM);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(another, 77);
}

static void the_writer_sees_who_sleeps(void **state)
{
    (void)state;
    assert_false(jz_ring_reader_is_waiting(&writer, ANA));
    jz_ring_reader_waits(&ana);
    assert_true(jz_ring_reader_is_waiting(&writer, ANA));
    assert_false(jz_ring_reader_is_waiting(&writer, NOBODY));
    jz_ring_reader_wakes(&ana);
    assert_false(jz_ring_reader_is_waiting(&writer, ANA));
}

static void the_second_look_finds_what_came_before_the_flag(void **state)
{
    (void)state;
    uint32_t bytes = 0;
    assert_null(jz_ring_peek(&ana, &bytes));
    sends(UNIT); /* and finds no flag: no wake-up will come */
    assert_false(jz_ring_reader_is_waiting(&writer, ANA));
    jz_ring_reader_waits(&ana);
    assert_true(jz_ring_reader_sees(&ana));
    takes_one();
    assert_false(jz_ring_reader_sees(&ana));
}

static void a_new_reader_is_awake(void **state)
{
    (void)state;
    jz_ring_reader_waits(&ana);
    jz_ring_drop_reader(&writer, ANA);
    assert_false(jz_ring_reader_is_waiting(&writer, ANA));
    jz_ring_add_reader(&writer, ANA, &cursor);
    assert_false(jz_ring_reader_is_waiting(&writer, ANA));
}

static void a_reader_sees_that_the_writer_sleeps_for_room(void **state)
{
    (void)state;
    fills_the_ring();
    assert_false(jz_ring_writer_is_waiting(&ana));
    jz_ring_writer_waits(&writer);
    assert_false(jz_ring_writer_sees(&writer, UNIT));
    takes_one();
    assert_true(jz_ring_writer_is_waiting(&ana));
    jz_ring_writer_wakes(&writer);
    assert_false(jz_ring_writer_is_waiting(&ana));
}

static void the_writers_second_look_finds_room_that_came_before_the_flag(void **state)
{
    (void)state;
    fills_the_ring();
    assert_null(jz_ring_claim(&writer, UNIT));
    takes_one(); /* and finds no flag: no wake-up will come */
    assert_false(jz_ring_writer_is_waiting(&ana));
    jz_ring_writer_waits(&writer);
    assert_true(jz_ring_writer_sees(&writer, JZ_RECORD_BYTES_MAX));
}

static void too_little_room_is_no_room(void **state)
{
    (void)state;
    fills_the_ring();
    takes_one();
    sends(UNIT);
    assert_true(jz_ring_writer_sees(&writer, JZ_RECORD_BYTES_MAX - UNIT));
    assert_false(jz_ring_writer_sees(&writer, JZ_RECORD_BYTES_MAX));
}

static void a_flag_of_its_own_is_set_and_cleared(void **state)
{
    (void)state;
    struct jz_wait_flag flag = {.waiting = 0};
    assert_false(jz_wait_flag_is_set(&flag));
    jz_wait_flag_set(&flag);
    assert_true(jz_wait_flag_is_set(&flag));
    jz_wait_flag_clear(&flag);
    assert_false(jz_wait_flag_is_set(&flag));
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, open_ring_and_bed, close_bed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(a_wake_before_the_sleep_ends_it_at_once),
        OPEN(one_sleep_takes_all_wakes),
        OPEN(a_sleep_ends_when_its_time_has_passed),
        OPEN(a_wake_never_blocks),
        OPEN(a_bed_is_not_inherited),
        OPEN(no_descriptor_left_is_a_status),
        OPEN(the_writer_sees_who_sleeps),
        OPEN(the_second_look_finds_what_came_before_the_flag),
        OPEN(a_new_reader_is_awake),
        OPEN(a_reader_sees_that_the_writer_sleeps_for_room),
        OPEN(the_writers_second_look_finds_room_that_came_before_the_flag),
        OPEN(too_little_room_is_no_room),
        OPEN(a_flag_of_its_own_is_set_and_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
