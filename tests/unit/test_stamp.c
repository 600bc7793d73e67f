/* The time that commands get: never back, close to real time, indifferent to clock steps.
 *
 * Method: both clocks are numbers in the test, so hours pass in no time.
 */
#include "engine/stage/stamp.h"

#include "tests/support/cmocka.h"

static const uint64_t second = UINT64_C(1000000000);
static const uint64_t day_ns = UINT64_C(86400) * 1000000000;
static const uint64_t noon = UINT64_C(1700000000) * 1000000000;

static void a_first_start_takes_real_time(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    assert_int_equal(jz_stamp_judge(0, noon), JZ_STAMP_START_OK);
    jz_stamp_init(&stamp, 0, noon, 77);
    assert_int_equal(jz_stamp_next(&stamp, 77), noon);
    assert_int_equal(jz_stamp_next(&stamp, 77 + 5), noon + 5);
}

static void a_later_start_steps_forward_to_real_time(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    jz_stamp_init(&stamp, noon, noon + (3 * day_ns), 0);
    assert_int_equal(jz_stamp_next(&stamp, 0), noon + (3 * day_ns));
}

static void a_start_a_little_behind_goes_on_from_the_last_record(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    jz_stamp_init(&stamp, noon, noon - second, 0);
    assert_int_equal(jz_stamp_next(&stamp, 0), noon);
}

static void the_bounds_of_an_unasked_start_are_seven_days_and_five_seconds(void **state)
{
    (void)state;
    assert_int_equal(jz_stamp_judge(noon, noon + JZ_STAMP_AHEAD_NS), JZ_STAMP_START_OK);
    assert_int_equal(jz_stamp_judge(noon, noon + JZ_STAMP_AHEAD_NS + 1), JZ_STAMP_START_AHEAD);
    assert_int_equal(jz_stamp_judge(noon, noon - JZ_STAMP_BEHIND_NS), JZ_STAMP_START_OK);
    assert_int_equal(jz_stamp_judge(noon, noon - JZ_STAMP_BEHIND_NS - 1), JZ_STAMP_START_BEHIND);
}

static void a_clock_ahead_is_met_at_500_ppm(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    jz_stamp_init(&stamp, 0, noon, 0);
    assert_false(jz_stamp_look(&stamp, noon + second, 0)); /* real time is 1 s ahead */

    assert_int_equal(jz_stamp_next(&stamp, 1000 * second), noon + (1000 * second) + (second / 2));
    assert_int_equal(jz_stamp_next(&stamp, 2000 * second), noon + (2000 * second) + second);
    assert_int_equal(jz_stamp_next(&stamp, 3000 * second), noon + (3000 * second) + second);
}

static void a_clock_behind_slows_time_and_never_turns_it_back(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    uint64_t last_ns = 0;
    jz_stamp_init(&stamp, 0, noon, 0);
    assert_false(jz_stamp_look(&stamp, noon - second, 0));

    for (uint64_t at_ns = 0; at_ns < 20 * second; at_ns += 333333) {
        const uint64_t now_ns = jz_stamp_next(&stamp, at_ns);
        assert_true(now_ns >= last_ns);
        last_ns = now_ns;
    }
    assert_true(last_ns < noon + (20 * second) - (9 * second / 1000)); /* 10 ms held back */
    assert_int_equal(jz_stamp_next(&stamp, 4000 * second), noon + (4000 * second) - second);
}

static void a_gap_over_five_seconds_is_reported_once_and_left_alone(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    jz_stamp_init(&stamp, 0, noon, 0);
    assert_false(jz_stamp_look(&stamp, noon + JZ_STAMP_GAP_NS, 0));
    assert_true(jz_stamp_look(&stamp, noon + JZ_STAMP_GAP_NS + 1, 0));
    assert_false(jz_stamp_look(&stamp, noon + JZ_STAMP_GAP_NS + 1, 0));
    assert_int_equal(jz_stamp_next(&stamp, 100 * second), noon + (100 * second));
}

static void a_look_is_due_once_a_second(void **state)
{
    (void)state;
    struct jz_stamp stamp;
    jz_stamp_init(&stamp, 0, noon, 10);
    assert_false(jz_stamp_is_due(&stamp, 10 + second - 1));
    assert_true(jz_stamp_is_due(&stamp, 10 + second));
}

static void days_begin_at_midnight_of_the_exchange_calendar(void **state)
{
    (void)state;
    const int32_t utc8_s = 8 * 3600;
    const uint64_t start_ns = jz_stamp_day_start_ns(19000, utc8_s);
    assert_int_equal(start_ns, (19000 * day_ns) - (8 * 3600 * second));
    assert_int_equal(jz_stamp_day(start_ns, utc8_s), 19000);
    assert_int_equal(jz_stamp_day(start_ns - 1, utc8_s), 18999);
    assert_int_equal(jz_stamp_day(19000 * day_ns, -3600), 18999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_start_takes_real_time),
        cmocka_unit_test(a_later_start_steps_forward_to_real_time),
        cmocka_unit_test(a_start_a_little_behind_goes_on_from_the_last_record),
        cmocka_unit_test(the_bounds_of_an_unasked_start_are_seven_days_and_five_seconds),
        cmocka_unit_test(a_clock_ahead_is_met_at_500_ppm),
        cmocka_unit_test(a_clock_behind_slows_time_and_never_turns_it_back),
        cmocka_unit_test(a_gap_over_five_seconds_is_reported_once_and_left_alone),
        cmocka_unit_test(a_look_is_due_once_a_second),
        cmocka_unit_test(days_begin_at_midnight_of_the_exchange_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
