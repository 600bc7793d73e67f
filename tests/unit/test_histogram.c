/* Latencies are counted without losing more than one part in 128, over the whole range.
 *
 * Method: values on both sides of every edge between buckets, and runs whose percentiles are known.
 */
#include "engine/base/histogram.h"

#include "tests/support/cmocka.h"

#include <string.h>

static struct jz_histogram histogram;

static int empty_it(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    return 0;
}

/* What a histogram of two values says of the smaller one. */
static uint64_t smaller_of(uint64_t value, uint64_t larger)
{
    memset(&histogram, 0, sizeof(histogram));
    jz_histogram_add(&histogram, value);
    jz_histogram_add(&histogram, larger);
    return jz_histogram_percentile(&histogram, 50000);
}

static void an_empty_histogram_says_zero(void **state)
{
    (void)state;
    assert_int_equal(jz_histogram_percentile(&histogram, 50000), 0);
    assert_int_equal(jz_histogram_percentile(&histogram, 100000), 0);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 256; value++) {
        assert_int_equal(smaller_of(value, 1000000), value);
    }
}

static void a_value_is_never_told_too_low_and_at_most_one_part_in_128_too_high(void **state)
{
    (void)state;
    for (uint32_t bit = 1; bit < 63; bit++) {
        for (int64_t off = -1; off <= 1; off++) {
            const uint64_t value = (UINT64_C(1) << bit) + (uint64_t)off;
            const uint64_t told = smaller_of(value, UINT64_MAX);
            assert_true(told >= value);
            assert_true(told - value <= value / 128);
        }
    }
}

static void the_largest_value_of_64_bits_has_a_bucket(void **state)
{
    (void)state;
    jz_histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram.buckets[JZ_HISTOGRAM_BUCKETS - 1], 1);
    assert_true(jz_histogram_percentile(&histogram, 100000) == UINT64_MAX);
}

static void percentiles_of_a_known_run_are_known(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 100; value++) {
        jz_histogram_add(&histogram, value);
    }
    assert_int_equal(jz_histogram_percentile(&histogram, 0), 1);
    assert_int_equal(jz_histogram_percentile(&histogram, 50000), 50);
    assert_int_equal(jz_histogram_percentile(&histogram, 99000), 99);
    assert_int_equal(jz_histogram_percentile(&histogram, 99001), 100);
    assert_int_equal(jz_histogram_percentile(&histogram, 100000), 100);
    assert_int_equal(histogram.value_min, 1);
    assert_int_equal(histogram.value_max, 100);
}

static void merging_gives_what_adding_to_one_would_have_given(void **state)
{
    (void)state;
    static struct jz_histogram low;
    static struct jz_histogram high;
    static struct jz_histogram all;
    static struct jz_histogram none;
    for (uint64_t value = 1; value <= 1000; value++) {
        jz_histogram_add(value <= 500 ? &low : &high, value * 37);
        jz_histogram_add(&all, value * 37);
    }
    jz_histogram_merge(&histogram, &high);
    jz_histogram_merge(&histogram, &low);
    jz_histogram_merge(&histogram, &none);
    assert_memory_equal(&histogram, &all, sizeof(all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_histogram_says_zero, empty_it),
        cmocka_unit_test_setup(small_values_are_exact, empty_it),
        cmocka_unit_test_setup(a_value_is_never_told_too_low_and_at_most_one_part_in_128_too_high,
                               empty_it),
        cmocka_unit_test_setup(the_largest_value_of_64_bits_has_a_bucket, empty_it),
        cmocka_unit_test_setup(percentiles_of_a_known_run_are_known, empty_it),
        cmocka_unit_test_setup(merging_gives_what_adding_to_one_would_have_given, empty_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
