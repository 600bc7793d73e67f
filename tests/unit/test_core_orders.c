/* The life of a resting order: its id, its client's id, cancel and replace.
 *
 * Method: a street of three people; every command is followed by a walk over all state.
 */
#include "tests/support/core_street.h"

#include <string.h>

static struct desk desk;

static int open_street(void **state)
{
    (void)state;
    street_open_rich(&desk);
    return 0;
}

static int close_street(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct jz_cancel_order cancel_by_name(uint32_t account, const char *client_id)
{
    struct jz_cancel_order cancel = {.account = {account}};
    memcpy(cancel.client_id, client_id, strlen(client_id));
    return cancel;
}

static void expect_order(uint64_t order, uint64_t open_lots, uint32_t price)
{
    struct jz_order_view view;
    assert_true(jz_core_find_order(desk.core, (struct jz_order_id){order}, &view));
    assert_int_equal(view.open_lots, open_lots);
    assert_int_equal(view.displayed_lots, open_lots);
    assert_int_equal(view.price, price);
}

static void expect_dead(uint64_t order)
{
    struct jz_order_view view;
    assert_false(jz_core_find_order(desk.core, (struct jz_order_id){order}, &view));
}

/* ---- ids ---------------------------------------------------------------------------------- */

static void an_id_is_the_lowest_free_slot_and_the_sequence_of_its_command(void **state)
{
    (void)state;
    const uint64_t first = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    assert_int_equal(first, jz_core_sequence(desk.core) << 32 | 1);
    const uint64_t second = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    assert_int_equal(second, jz_core_sequence(desk.core) << 32 | 2);
}

static void a_dead_order_is_unknown_and_stays_so_when_its_slot_lives_again(void **state)
{
    (void)state;
    const uint64_t old = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    street_expect(street_cancel(&desk, ANA, old), JZ_RESULT_DONE);
    street_expect(street_cancel(&desk, ANA, old), JZ_RESULT_UNKNOWN);

    const uint64_t young = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 2, 5, NULL, 0});
    assert_int_equal((uint32_t)young, (uint32_t)old);
    street_expect(street_cancel(&desk, ANA, old), JZ_RESULT_UNKNOWN);
    street_expect(street_replace(&desk, ANA, old, 1, 5), JZ_RESULT_UNKNOWN);
    expect_order(young, 2, 5);
}

static void a_foreign_order_is_as_unknown_as_one_that_never_was(void **state)
{
    (void)state;
    const uint64_t anas = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, "mine", 0});
    const struct jz_cancel_order by_name = cancel_by_name(BO, "mine");
    street_expect(street_cancel(&desk, BO, anas), JZ_RESULT_UNKNOWN);
    street_expect(street_replace(&desk, BO, anas, 1, 5), JZ_RESULT_UNKNOWN);
    street_expect(desk_apply(&desk, JZ_COMMAND_CANCEL_ORDER, &by_name), JZ_RESULT_UNKNOWN);
    street_expect(street_cancel(&desk, ANA, anas + 1), JZ_RESULT_UNKNOWN);
    street_expect(street_cancel(&desk, ANA, UINT64_MAX), JZ_RESULT_UNKNOWN);
    expect_order(anas, 1, 5);
}

static void an_order_is_cancelled_by_the_name_its_client_gave_it(void **state)
{
    (void)state;
    const uint64_t order =
        street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, "sixteen bytes ok", 0});
    const struct jz_cancel_order cancel = cancel_by_name(ANA, "sixteen bytes ok");
    const struct jz_event_result *result = desk_apply(&desk, JZ_COMMAND_CANCEL_ORDER, &cancel);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->object, order);
    expect_dead(order);
}

static void a_name_is_taken_while_its_order_lives_and_by_one_account_only(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, "one", 0});
    street_expect(street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 6, "one", 0}),
                  JZ_RESULT_DUP_ID);
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 1, 6, "one", 0});
    street_expect(street_cancel(&desk, ANA, order), JZ_RESULT_DONE);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 6, "one", 0});
}

static void a_name_is_free_again_when_its_order_is_filled_or_never_rested(void **state)
{
    (void)state;
    struct jz_order_view view;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, "maker", 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 1, 5, "taker", 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 1, 5, "ioc", JZ_TIF_IOC});
    assert_false(jz_core_find_client_order(desk.core, (struct jz_account_id){ANA},
                                           (const char[16]){"maker"}, &view));
    assert_false(jz_core_find_client_order(desk.core, (struct jz_account_id){BO},
                                           (const char[16]){"taker"}, &view));
    assert_false(jz_core_find_client_order(desk.core, (struct jz_account_id){BO},
                                           (const char[16]){"ioc"}, &view));
}

/* ---- cancel ------------------------------------------------------------------------------- */

static void a_cancel_frees_the_rest_and_says_how_much_that_was(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 10, 7, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 4, 7, NULL, 0});
    const struct jz_event_result *result = street_cancel(&desk, ANA, order);
    assert_int_equal(result->amount, 6);
    assert_int_equal(result->leaves_lots, 0);
    assert_int_equal(result->object, order);
    assert_int_equal(result->order_status, JZ_ORDER_CANCELED);
    assert_string_equal(desk_told(&desk), "free canceled depth result");
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 0)->reason, JZ_REASON_USER);
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 0)->order.cum_lots, 4);
    street_expect_balance(&desk, ANA, MILES, PURSE - 28, 0);
    street_expect_book(&desk, JZ_SIDE_BUY, "");
}

static void a_cancel_in_the_middle_of_a_level_leaves_the_others_in_order(void **state)
{
    (void)state;
    const uint64_t first = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    const uint64_t middle = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 2, 5, NULL, 0});
    const uint64_t last = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 4, 5, NULL, 0});
    street_expect(street_cancel(&desk, ANA, middle), JZ_RESULT_DONE);
    street_expect_book(&desk, JZ_SIDE_SELL, "5@5");
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 5, 5, NULL, 0});
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 0)->trade.maker.value, first);
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 1)->trade.maker.value, last);
}

/* ---- replace ------------------------------------------------------------------------------ */

static void fewer_lots_at_the_same_price_keep_the_place(void **state)
{
    (void)state;
    const uint64_t first = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 10, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 10, 5, NULL, 0});
    const struct jz_event_result *result = street_replace(&desk, ANA, first, 4, 5);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->object, first);
    assert_int_equal(result->leaves_lots, 4);
    assert_int_equal(result->order_status, JZ_ORDER_NEW);
    assert_string_equal(desk_told(&desk), "free replaced depth result");
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 0)->flags,
                     JZ_EVENT_FLAG_KEEPS | JZ_EVENT_FLAG_SELL);
    street_expect_balance(&desk, ANA, BEANS, PURSE - 40, 40);

    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_BUY, 1, 5, NULL, 0});
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 0)->trade.maker.value, first);
}

static void the_same_again_changes_nothing_but_is_told(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 10, 5, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 10, 5), JZ_RESULT_DONE);
    assert_string_equal(desk_told(&desk), "replaced result");
    expect_order(order, 10, 5);
}

static void more_lots_at_the_same_price_go_to_the_end(void **state)
{
    (void)state;
    const uint64_t first = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 10, 5, NULL, 0});
    const uint64_t second = street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 10, 5, NULL, 0});
    street_expect(street_replace(&desk, ANA, first, 11, 5), JZ_RESULT_DONE);
    assert_string_equal(desk_told(&desk), "hold replaced rested depth result");
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 0)->flags, JZ_EVENT_FLAG_SELL);
    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_BUY, 1, 5, NULL, 0});
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 0)->trade.maker.value, second);
    expect_order(first, 11, 5);
}

static void another_price_holds_or_frees_the_difference(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 10, 5, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 10, 8), JZ_RESULT_DONE);
    street_expect_balance(&desk, ANA, MILES, PURSE - 80, 80);
    street_expect_book(&desk, JZ_SIDE_BUY, "10@8");
    street_expect(street_replace(&desk, ANA, order, 5, 4), JZ_RESULT_DONE);
    street_expect_balance(&desk, ANA, MILES, PURSE - 20, 20);
    street_expect_book(&desk, JZ_SIDE_BUY, "5@4");
    assert_string_equal(desk_told(&desk), "free replaced rested depth result");
}

static void a_new_price_that_crosses_trades_like_a_new_arrival(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 10, 5, "up", 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 4, 7, NULL, 0});
    const struct jz_event_result *result = street_replace(&desk, ANA, order, 10, 8);
    assert_int_equal(result->amount, 4);
    assert_int_equal(result->leaves_lots, 6);
    assert_int_equal(result->order_status, JZ_ORDER_PARTIALLY_FILLED);
    assert_string_equal(desk_told(&desk), "hold replaced free transfer transfer trade maker taker "
                                          "done rested depth result");
    expect_order(order, 6, 8);
    street_expect_balance(&desk, ANA, MILES, PURSE - 28 - 48, 48);

    street_expect(street_replace(&desk, ANA, order, 5, 8), JZ_RESULT_DONE); /* keeps its place */
    const struct jz_event *kept = desk_event(&desk, JZ_EVENT_ORDER, 0);
    assert_int_equal(kept->order.cum_lots, 4);
}

static void a_replaced_order_that_trades_wholly_is_gone(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 4, 5, "up", 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 4, 7, NULL, 0});
    const struct jz_event_result *result = street_replace(&desk, ANA, order, 4, 7);
    assert_int_equal(result->order_status, JZ_ORDER_FILLED);
    assert_int_equal(result->object, order);
    expect_dead(order);
}

static void a_replaced_order_that_meets_its_owner_is_cancelled(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 4, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 4, 7, NULL, 0});
    const struct jz_event_result *result = street_replace(&desk, ANA, order, 4, 7);
    assert_int_equal(result->order_status, JZ_ORDER_CANCELED);
    assert_string_equal(desk_told(&desk), "hold replaced free canceled depth result");
    expect_dead(order);
    street_expect_balance(&desk, ANA, MILES, PURSE, 0);
    street_expect_book(&desk, JZ_SIDE_SELL, "4@7");
}

static void a_replace_needs_only_the_increase_to_be_available(void **state)
{
    (void)state;
    const uint64_t order =
        street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, PURSE / LOT, 5, NULL, 0});
    street_expect_balance(&desk, ANA, BEANS, 0, PURSE);
    street_expect(street_replace(&desk, ANA, order, PURSE / LOT, 6), JZ_RESULT_DONE);
    street_expect(street_replace(&desk, ANA, order, (PURSE / LOT) + 1, 6), JZ_RESULT_FUNDS);
    expect_order(order, PURSE / LOT, 6);
    street_expect(street_mint(&desk, ANA, BEANS, LOT), JZ_RESULT_DONE);
    street_expect(street_replace(&desk, ANA, order, (PURSE / LOT) + 1, 6), JZ_RESULT_DONE);
}

static void a_refused_replace_leaves_the_order_as_it_was(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 10, 5, NULL, 0});
    const struct jz_digest before = jz_core_content_digest(desk.core);
    street_expect(street_replace(&desk, ANA, order, 0, 5), JZ_RESULT_QTY);
    assert_string_equal(desk_told(&desk), "result");
    street_expect(street_replace(&desk, ANA, order, 5, PRICE_MAX + 1), JZ_RESULT_PRICE);
    street_expect(street_replace(&desk, ANA, order, UINT64_MAX, 5), JZ_RESULT_OVERFLOW);
    street_expect(street_replace(&desk, ANA, order, PURSE, 5), JZ_RESULT_FUNDS);
    const struct jz_digest after = jz_core_content_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_the_lowest_free_slot_and_the_sequence_of_its_command),
        cmocka_unit_test(a_dead_order_is_unknown_and_stays_so_when_its_slot_lives_again),
        cmocka_unit_test(a_foreign_order_is_as_unknown_as_one_that_never_was),
        cmocka_unit_test(an_order_is_cancelled_by_the_name_its_client_gave_it),
        cmocka_unit_test(a_name_is_taken_while_its_order_lives_and_by_one_account_only),
        cmocka_unit_test(a_name_is_free_again_when_its_order_is_filled_or_never_rested),
        cmocka_unit_test(a_cancel_frees_the_rest_and_says_how_much_that_was),
        cmocka_unit_test(a_cancel_in_the_middle_of_a_level_leaves_the_others_in_order),
        cmocka_unit_test(fewer_lots_at_the_same_price_keep_the_place),
        cmocka_unit_test(the_same_again_changes_nothing_but_is_told),
        cmocka_unit_test(more_lots_at_the_same_price_go_to_the_end),
        cmocka_unit_test(another_price_holds_or_frees_the_difference),
        cmocka_unit_test(a_new_price_that_crosses_trades_like_a_new_arrival),
        cmocka_unit_test(a_replaced_order_that_trades_wholly_is_gone),
        cmocka_unit_test(a_replaced_order_that_meets_its_owner_is_cancelled),
        cmocka_unit_test(a_replace_needs_only_the_increase_to_be_available),
        cmocka_unit_test(a_refused_replace_leaves_the_order_as_it_was),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
