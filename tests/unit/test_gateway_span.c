/* Nonces of a connection: what is unanswered, how far it may reach, and what an ordered connection
 * owes.
 *
 * Method: short stories at the edges of the window, then a long random walk next to a plain list
 * that does the same slowly.
 */
#include "gateway/span.h"

#include "tests/support/cmocka.h"

#include <string.h>

enum { WINDOW = 64, STEPS = 200000, FIRST = 1000 };

static void anything_fits_while_nothing_is_open(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    assert_true(jz_span_fits(&span, 1));
    assert_true(jz_span_fits(&span, UINT64_MAX));
}

static void the_last_nonce_of_the_window_fits_and_the_next_one_does_not(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_open(&span, 100);
    assert_true(jz_span_fits(&span, 100 + WINDOW - 1));
    assert_false(jz_span_fits(&span, 100 + WINDOW));

    jz_span_open(&span, 100 + WINDOW - 1);
    jz_span_verify(&span);
    assert_true(jz_span_fits(&span, 100));
    assert_false(jz_span_fits(&span, 99)); /* below, counted from the highest sent */
}

static void an_answer_to_the_lowest_moves_the_span_up_to_the_next_open_one(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_open(&span, 10);
    jz_span_open(&span, 11);
    jz_span_open(&span, 12);
    jz_span_answer(&span, 11);
    assert_int_equal(span.lowest, 10);
    assert_false(jz_span_fits(&span, 10 + WINDOW));
    jz_span_answer(&span, 10);
    assert_int_equal(span.lowest, 12);
    assert_true(jz_span_fits(&span, 12 + WINDOW - 1));
    jz_span_answer(&span, 12);
    assert_int_equal(span.open_count, 0);
    jz_span_verify(&span);
}

static void answers_to_what_is_not_open_change_nothing(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_answer(&span, 5);
    jz_span_open(&span, 10);
    jz_span_answer(&span, 9);
    jz_span_answer(&span, 10 + WINDOW); /* the same bit, another nonce */
    assert_int_equal(span.open_count, 1);
    jz_span_verify(&span);
}

static void a_refused_nonce_is_owed_until_it_comes_again(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_open(&span, 1);
    jz_span_refuse(&span, 3);
    jz_span_refuse(&span, 2);
    assert_int_equal(span.refused_lowest, 2);
    jz_span_open(&span, 2);
    assert_int_equal(span.refused_lowest, 3);
    jz_span_answer(&span, 1);
    jz_span_answer(&span, 2);
    assert_int_equal(span.lowest, 3); /* still unanswered, so it holds the span */
    assert_false(jz_span_fits(&span, 3 + WINDOW));
    jz_span_open(&span, 3);
    assert_int_equal(span.refused_count, 0);
    jz_span_answer(&span, 3);
    assert_int_equal(span.open_count, 0);
    jz_span_verify(&span);
}

static void a_refusal_outside_the_span_or_of_no_nonce_is_not_kept(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_open(&span, 1);
    jz_span_refuse(&span, 1 + WINDOW);
    jz_span_refuse(&span, 0);
    assert_int_equal(span.refused_count, 0);
    jz_span_verify(&span);
}

static void a_refused_copy_of_a_nonce_under_way_is_not_owed(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, WINDOW);
    jz_span_open(&span, 7);
    jz_span_refuse(&span, 7);
    assert_int_equal(span.refused_count, 0);
    jz_span_answer(&span, 7);
    assert_int_equal(span.open_count, 0);
}

static void a_window_of_one_takes_one_nonce_at_a_time(void **state)
{
    (void)state;
    struct jz_span span;
    jz_span_init(&span, 1);
    jz_span_open(&span, 5);
    assert_false(jz_span_fits(&span, 6));
    jz_span_answer(&span, 5);
    assert_true(jz_span_fits(&span, 6));
    jz_span_open(&span, 6);
    jz_span_verify(&span);
}

/* The same by a list of states: 0 not open, 1 open, 2 refused. */
static void a_random_walk_agrees_with_a_plain_list(void **state)
{
    (void)state;
    static uint8_t list[STEPS + FIRST + WINDOW];
    struct jz_span span;
    uint64_t seed = 88172645463325252u;
    uint64_t newest = FIRST;

    jz_span_init(&span, WINDOW);
    memset(list, 0, sizeof(list));
    for (uint32_t step = 0; step < STEPS; step++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        const uint64_t nonce = newest - (seed >> 8) % WINDOW + (seed >> 20) % 4;
        const uint32_t what = (uint32_t)(seed % 4);
        if (what == 0 && jz_span_fits(&span, nonce)) {
            jz_span_open(&span, nonce);
            list[nonce] = 1;
            newest = nonce > newest ? nonce : newest;
        } else if (what == 1 && jz_span_fits(&span, nonce) && list[nonce] == 0) {
            jz_span_refuse(&span, nonce);
            list[nonce] = 2;
            newest = nonce > newest ? nonce : newest;
        } else if (what > 1) {
            jz_span_answer(&span, nonce);
            list[nonce] = 0;
        }
        uint64_t lowest = 0;
        uint64_t refused = 0;
        for (uint64_t i = newest; i + 2 * WINDOW > newest; i--) {
            lowest = list[i] != 0 ? i : lowest;
            refused = list[i] == 2 ? i : refused;
        }
        assert_int_equal(span.lowest, lowest);
        assert_int_equal(span.refused_lowest, refused);
    }
    jz_span_verify(&span);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_fits_while_nothing_is_open),
        cmocka_unit_test(the_last_nonce_of_the_window_fits_and_the_next_one_does_not),
        cmocka_unit_test(an_answer_to_the_lowest_moves_the_span_up_to_the_next_open_one),
        cmocka_unit_test(answers_to_what_is_not_open_change_nothing),
        cmocka_unit_test(a_refused_nonce_is_owed_until_it_comes_again),
        cmocka_unit_test(a_refusal_outside_the_span_or_of_no_nonce_is_not_kept),
        cmocka_unit_test(a_refused_copy_of_a_nonce_under_way_is_not_owed),
        cmocka_unit_test(a_window_of_one_takes_one_nonce_at_a_time),
        cmocka_unit_test(a_random_walk_agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
