/* Exactly once: a request that is sent again has no second effect and gets the first answer.
 *
 * Method: lanes with windows of eight nonces, small enough that a test walks over both edges. A
 * repeat may differ in everything that is not its content: origin, time, day, sequence.
 */
#include "tests/support/core_street.h"

#include <string.h>

enum { WINDOW = 8, LANES = 64 };

static struct desk desk;

static int open_street(void **state)
{
    (void)state;
    street_open_rich(&desk);
    desk.next.lane = 1; /* a lane that nobody has used */
    return 0;
}

static int close_street(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* Ana offers so many lots at 5, under this nonce. */
static const struct jz_event_result *offer(uint64_t nonce, uint64_t lots)
{
    desk.next.nonce = nonce - 1;
    return street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, lots, 5, NULL, 0});
}

static void expect_no_effect(struct jz_digest before)
{
    const struct jz_digest after = jz_core_content_digest(desk.core);
    assert_string_equal(desk_told(&desk), "result");
    assert_memory_equal(&before, &after, sizeof(before));
}

static void a_repeat_gets_the_first_answer_and_does_nothing(void **state)
{
    (void)state;
    const struct jz_event_result first = *offer(1, 10);
    const uint64_t sequence = jz_core_sequence(desk.core);
    assert_int_equal(first.first_sequence, sequence);
    assert_int_equal(first.duplicate, 0);
    assert_int_equal(first.highest_nonce, 1);
    const struct jz_digest before = jz_core_content_digest(desk.core);

    desk.next.origin = (struct jz_origin){.epoch = 7, .slot = 8, .generation = 9};
    desk.next.time_ns += 1000;
    desk.next.day += 1;
    struct jz_event_result again = *offer(1, 10);
    assert_int_equal(again.duplicate, 1);
    assert_int_equal(again.first_sequence, sequence);
    expect_no_effect(before);
    again.duplicate = 0;
    assert_memory_equal(&again, &first, sizeof(first));
}

static void a_refusal_is_an_answer_too_and_is_repeated(void **state)
{
    (void)state;
    street_expect(offer(1, PURSE), JZ_RESULT_FUNDS);
    desk.next.nonce = 1;
    street_expect(street_mint(&desk, ANA, BEANS, PURSE * LOT), JZ_RESULT_DONE);
    const struct jz_event_result *again = offer(1, PURSE); /* now there would be enough */
    street_expect(again, JZ_RESULT_FUNDS);
    assert_int_equal(again->duplicate, 1);
    street_expect(offer(3, PURSE), JZ_RESULT_DONE);
}

static void a_repeat_of_what_is_long_over_says_what_was_true_then(void **state)
{
    (void)state;
    const uint64_t order = offer(1, 10)->object;
    street_expect(street_cancel(&desk, ANA, order), JZ_RESULT_DONE); /* nonce 2 */
    const struct jz_digest before = jz_core_content_digest(desk.core);
    const struct jz_event_result *again = offer(1, 10);
    assert_int_equal(again->object, order);
    assert_int_equal(again->leaves_lots, 10);
    assert_int_equal(again->order_status, JZ_ORDER_NEW);
    expect_no_effect(before);
    desk.next.nonce = 1;
    again = street_cancel(&desk, ANA, order); /* cancelled once, not unknown */
    street_expect(again, JZ_RESULT_DONE);
    assert_int_equal(again->amount, 10);
    assert_int_equal(again->duplicate, 1);
}

static void the_same_nonce_with_another_body_is_refused_and_uses_nothing(void **state)
{
    (void)state;
    const struct jz_event_result first = *offer(1, 10);
    const struct jz_digest before = jz_core_content_digest(desk.core);
    street_expect(offer(1, 11), JZ_RESULT_ID_REUSED);
    expect_no_effect(before);
    struct jz_place_order invalid =
        street_place_body((struct wish){ANA, 9, 10, 5, NULL, 0}); /* reused and invalid */
    desk.next.nonce = 0;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &invalid), JZ_RESULT_ID_REUSED);
    const struct jz_event_result *again = offer(1, 10); /* what is kept is the first content */
    assert_int_equal(again->duplicate, 1);
    assert_int_equal(again->object, first.object);
}

static void every_bit_of_a_body_is_content(void **state)
{
    (void)state;
    const struct jz_place_order good =
        street_place_body((struct wish){ANA, JZ_SIDE_SELL, 10, 5, NULL, 0});
    desk.is_unchecked = true;
    desk.next.nonce = 0;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &good), JZ_RESULT_DONE);
    for (uint32_t bit = 0; bit < 8 * sizeof(good); bit++) {
        struct jz_place_order other = good;
        ((unsigned char *)&other)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        desk.next.nonce = 0;
        street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &other), JZ_RESULT_ID_REUSED);
    }
}

static void the_kind_is_content_and_the_time_of_the_check_is_not(void **state)
{
    (void)state;
    struct jz_mint mint = street_mint_body(ANA, BEANS, 7, "salary");
    desk.next.nonce = 0;
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_DONE);
    desk.next.nonce = 0;
    street_expect(desk_apply(&desk, JZ_COMMAND_TRANSFER_IN, &mint), JZ_RESULT_ID_REUSED);
    mint.checked_seq = jz_core_sequence(desk.core);
    desk.next.nonce = 0;
    const struct jz_event_result *again = desk_apply(&desk, JZ_COMMAND_MINT, &mint);
    street_expect(again, JZ_RESULT_DONE);
    assert_int_equal(again->duplicate, 1);
    assert_int_equal(again->amount, 7);
    street_expect_balance(&desk, ANA, BEANS, PURSE + 7, 0);
}

static void nonces_come_in_any_order_inside_the_window(void **state)
{
    (void)state;
    const uint64_t order[WINDOW] = {5, 8, 2, 1, 7, 3, 6, 4};
    for (uint32_t i = 0; i < WINDOW; i++) {
        const struct jz_event_result *result = offer(order[i], order[i]);
        street_expect(result, JZ_RESULT_DONE);
        assert_int_equal(result->duplicate, 0);
        assert_int_equal(result->highest_nonce, i == 0 ? 5 : 8);
    }
    for (uint64_t nonce = 1; nonce <= WINDOW; nonce++) {
        assert_int_equal(offer(nonce, nonce)->duplicate, 1);
    }
    street_expect_book(&desk, JZ_SIDE_SELL, "36@5");
}

static void at_h_minus_w_a_nonce_is_too_old_and_one_above_it_is_not(void **state)
{
    (void)state;
    street_expect(offer(100, 1), JZ_RESULT_DONE); /* H = 100: what comes in is 93..100 and above */
    const struct jz_digest before = jz_core_content_digest(desk.core);
    const struct jz_event_result *result = offer(100 - WINDOW, 1);
    street_expect(result, JZ_RESULT_NONCE);
    assert_int_equal(result->highest_nonce, 100);
    expect_no_effect(before);
    street_expect(offer(1, 1), JZ_RESULT_NONCE);
    street_expect(offer(100 - WINDOW + 1, 2), JZ_RESULT_DONE);
    street_expect(offer(101, 4), JZ_RESULT_DONE); /* the window moves on by one */
    street_expect(offer(100 - WINDOW + 1, 2), JZ_RESULT_NONCE);
    street_expect_book(&desk, JZ_SIDE_SELL, "7@5");
}

static void a_nonce_below_the_window_uses_nothing_up(void **state)
{
    (void)state;
    street_expect(offer(100, 1), JZ_RESULT_DONE);
    street_expect(offer(92, 9), JZ_RESULT_NONCE); /* would lie where 100 lies */
    const struct jz_event_result *again = offer(100, 1);
    street_expect(again, JZ_RESULT_DONE);
    assert_int_equal(again->duplicate, 1);
}

static void a_leap_forward_leaves_only_what_still_fits(void **state)
{
    (void)state;
    street_expect(offer(3, 1), JZ_RESULT_DONE);
    street_expect(offer(UINT64_MAX - WINDOW, 2), JZ_RESULT_DONE);
    street_expect(offer(3, 1), JZ_RESULT_NONCE);
    street_expect(offer(UINT64_MAX, 4), JZ_RESULT_DONE);
    street_expect(offer(UINT64_MAX - WINDOW, 2), JZ_RESULT_NONCE);
    const struct jz_event_result *result = offer(UINT64_MAX - WINDOW + 1, 8);
    street_expect(result, JZ_RESULT_DONE);
    assert_true(result->highest_nonce == UINT64_MAX);
    assert_int_equal(offer(UINT64_MAX, 4)->duplicate, 1);
}

static void nonce_0_is_refused_and_leaves_the_lane_alone(void **state)
{
    (void)state;
    const struct jz_event_result *result = offer(0, 1);
    street_expect_fault(result, JZ_FIELD_NONCE);
    assert_int_equal(result->highest_nonce, 0);
    street_expect(offer(1, 1), JZ_RESULT_DONE);
}

static void sixty_four_lanes_count_by_themselves(void **state)
{
    (void)state;
    for (uint32_t lane = 1; lane < LANES; lane++) {
        desk.next.lane = lane;
        street_expect(offer(1, lane == 1 ? 1 : lane), JZ_RESULT_DONE);
        const uint64_t order = desk.events[desk.event_count - 1].result.object;
        street_expect(street_cancel(&desk, ANA, order), JZ_RESULT_DONE);
        assert_int_equal(offer(1, lane)->duplicate, 1);
        assert_int_equal(desk.events[0].result.highest_nonce, 2);
    }
}

static void a_lane_or_key_that_is_not_there_is_forbidden(void **state)
{
    (void)state;
    const struct jz_digest before = jz_core_content_digest(desk.core);
    desk.next.lane = LANES;
    const struct jz_event_result *result = offer(1, 1);
    street_expect(result, JZ_RESULT_FORBIDDEN);
    assert_int_equal(result->highest_nonce, 0);
    street_expect(offer(0, 1), JZ_RESULT_FORBIDDEN); /* and the nonce is 0 as well */
    desk.next.lane = UINT32_MAX;
    street_expect(offer(1, 1), JZ_RESULT_FORBIDDEN);
    desk.next.lane = 1;
    desk.next.key = 2;
    street_expect(offer(1, 1), JZ_RESULT_FORBIDDEN);
    expect_no_effect(before);
    desk.next.key = 1;
    street_expect(offer(1, 1), JZ_RESULT_DONE); /* nothing was used up */
}

static void invalid_commands_use_their_nonce_up(void **state)
{
    (void)state;
    const struct jz_place_order bad = street_place_body((struct wish){ANA, 9, 1, 5, NULL, 0});
    desk.next.nonce = 0;
    street_expect_fault(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &bad), JZ_FIELD_SIDE);
    desk.next.nonce = 0;
    const struct jz_event_result *again = desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &bad);
    street_expect_fault(again, JZ_FIELD_SIDE);
    assert_int_equal(again->duplicate, 1);
    street_expect(offer(1, 1), JZ_RESULT_ID_REUSED);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_gets_the_first_answer_and_does_nothing),
        cmocka_unit_test(a_refusal_is_an_answer_too_and_is_repeated),
        cmocka_unit_test(a_repeat_of_what_is_long_over_says_what_was_true_then),
        cmocka_unit_test(the_same_nonce_with_another_body_is_refused_and_uses_nothing),
        cmocka_unit_test(every_bit_of_a_body_is_content),
        cmocka_unit_test(the_kind_is_content_and_the_time_of_the_check_is_not),
        cmocka_unit_test(nonces_come_in_any_order_inside_the_window),
        cmocka_unit_test(at_h_minus_w_a_nonce_is_too_old_and_one_above_it_is_not),
        cmocka_unit_test(a_nonce_below_the_window_uses_nothing_up),
        cmocka_unit_test(a_leap_forward_leaves_only_what_still_fits),
        cmocka_unit_test(nonce_0_is_refused_and_leaves_the_lane_alone),
        cmocka_unit_test(sixty_four_lanes_count_by_themselves),
        cmocka_unit_test(a_lane_or_key_that_is_not_there_is_forbidden),
        cmocka_unit_test(invalid_commands_use_their_nonce_up),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
