/* Orders that meet: price, then time, each maker at its price, and what both have afterwards.
 *
 * Method: a street of three people in one market; every command is followed by a walk over all
 * state, so a test only says what its story is about.
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

static void an_order_that_meets_nobody_rests_and_holds_what_it_needs(void **state)
{
    (void)state;
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 30, 2, NULL, 0});
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->order_status, JZ_ORDER_NEW);
    assert_int_equal(result->leaves_lots, 30);
    assert_int_equal(result->amount, 0);
    assert_string_equal(desk_told(&desk), "hold accepted rested depth result");
    street_expect_balance(&desk, ANA, BEANS, PURSE - 300, 300);
    street_expect_book(&desk, JZ_SIDE_SELL, "30@2");
}

static void a_buyer_pays_the_price_of_the_maker_and_gets_the_rest_back(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 30, 2, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 20, 3, NULL, 0});
    assert_int_equal(result->order_status, JZ_ORDER_FILLED);
    assert_int_equal(result->amount, 20);
    assert_int_equal(result->leaves_lots, 0);
    assert_string_equal(desk_told(&desk), "hold accepted free transfer transfer trade maker taker "
                                          "done depth result");
    street_expect_balance(&desk, BO, BEANS, PURSE + 200, 0);
    street_expect_balance(&desk, BO, MILES, PURSE - 40, 0);
    street_expect_balance(&desk, ANA, MILES, PURSE + 40, 0);
    street_expect_balance(&desk, ANA, BEANS, PURSE - 300, 100);
    street_expect_book(&desk, JZ_SIDE_SELL, "10@2");
}

static void a_seller_gets_the_price_of_the_maker_which_is_better_than_asked(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 5, 9, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 5, 7, NULL, 0});
    assert_string_equal(desk_told(&desk), "hold accepted transfer transfer trade maker taker done "
                                          "done depth result");
    street_expect_balance(&desk, BO, MILES, PURSE + 45, 0);
    street_expect_balance(&desk, ANA, MILES, PURSE - 45, 0);
    street_expect_balance(&desk, ANA, BEANS, PURSE + 50, 0);
}

static void better_prices_trade_first_and_then_who_came_first(void **state)
{
    (void)state;
    const uint64_t late = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 6, NULL, 0});
    const uint64_t second = street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 2, 5, NULL, 0});
    const uint64_t third = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 5, NULL, 0});
    const uint64_t first = street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 4, 4, NULL, 0});

    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_BUY, 10, 6, NULL, 0});
    const uint64_t makers[] = {first, second, third, late};
    const uint64_t lots[] = {4, 2, 3, 1};
    const uint32_t prices[] = {4, 5, 5, 6};
    assert_int_equal(desk_count(&desk, JZ_EVENT_TRADE), 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct jz_event *trade = desk_event(&desk, JZ_EVENT_TRADE, i);
        assert_int_equal(trade->trade.maker.value, makers[i]);
        assert_int_equal(trade->trade.lots, lots[i]);
        assert_int_equal(trade->trade.price, prices[i]);
        assert_int_equal(trade->trade.taker_side, JZ_SIDE_BUY);
        assert_int_equal(trade->number, i + 1);
        assert_int_equal(trade->market.value, MARKET);
    }
    street_expect_book(&desk, JZ_SIDE_SELL, "");
}

static void a_maker_that_is_partly_filled_keeps_its_place(void **state)
{
    (void)state;
    const uint64_t first = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 5, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 5, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_BUY, 2, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_BUY, 2, 5, NULL, 0});
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 0)->trade.maker.value, first);
    street_expect_book(&desk, JZ_SIDE_SELL, "6@5");
}

static void what_does_not_trade_rests_with_its_own_limit(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 5, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 10, 6, NULL, 0});
    assert_int_equal(result->order_status, JZ_ORDER_PARTIALLY_FILLED);
    assert_int_equal(result->amount, 3);
    assert_int_equal(result->leaves_lots, 7);
    street_expect_book(&desk, JZ_SIDE_BUY, "7@6");
    street_expect_book(&desk, JZ_SIDE_SELL, "");
    street_expect_balance(&desk, BO, MILES, PURSE - 15 - 42, 42);
    assert_string_equal(desk_told(&desk), "hold accepted free transfer transfer trade maker taker "
                                          "done rested depth result");
}

static void an_immediate_order_takes_what_there_is_and_the_rest_is_cancelled(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 5, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 10, 6, NULL, JZ_TIF_IOC});
    assert_int_equal(result->order_status, JZ_ORDER_CANCELED);
    assert_int_equal(result->amount, 3);
    assert_int_equal(result->leaves_lots, 0);
    assert_string_equal(desk_told(&desk), "hold accepted free transfer transfer trade maker taker "
                                          "done free canceled depth result");
    const struct jz_event *canceled = desk_event(&desk, JZ_EVENT_ORDER, 4);
    assert_int_equal(canceled->exec_type, JZ_EXEC_CANCELED);
    assert_int_equal(canceled->reason, JZ_REASON_IOC);
    assert_int_equal(canceled->order.leaves_lots, 7);
    assert_int_equal(canceled->order.cum_lots, 3);
    street_expect_book(&desk, JZ_SIDE_BUY, "");
    street_expect_balance(&desk, BO, MILES, PURSE - 15, 0);
    assert_int_equal(jz_core_live_orders(desk.core), 0);
}

static void an_immediate_order_that_meets_nobody_leaves_only_its_reports(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 10, 6, NULL, JZ_TIF_IOC});
    assert_string_equal(desk_told(&desk), "hold accepted free canceled result");
    street_expect_balance(&desk, BO, MILES, PURSE, 0);
}

static void an_order_that_meets_its_owner_is_cancelled_and_the_older_one_stays(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 5, 5, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){ANA, JZ_SIDE_BUY, 5, 5, NULL, 0});
    assert_int_equal(result->order_status, JZ_ORDER_CANCELED);
    assert_string_equal(desk_told(&desk), "hold accepted free canceled result");
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 1)->reason, JZ_REASON_STP);
    street_expect_book(&desk, JZ_SIDE_SELL, "5@5");
    street_expect_balance(&desk, ANA, MILES, PURSE, 0);
}

static void what_stands_before_the_own_order_trades_first(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 1, 4, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 2, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 4, 5, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 8, 5, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){ANA, JZ_SIDE_BUY, 20, 5, NULL, 0});
    assert_int_equal(result->amount, 3);
    assert_int_equal(result->order_status, JZ_ORDER_CANCELED);
    assert_int_equal(desk_count(&desk, JZ_EVENT_TRADE), 2);
    street_expect_book(&desk, JZ_SIDE_SELL, "12@5");
    street_expect_book(&desk, JZ_SIDE_BUY, "");
}

static void an_own_order_that_is_not_reached_disturbs_nobody(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 5, 4, NULL, 0});
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 5, 5, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){ANA, JZ_SIDE_BUY, 5, 5, NULL, 0});
    assert_int_equal(result->order_status, JZ_ORDER_FILLED);
    street_expect_book(&desk, JZ_SIDE_SELL, "5@5");
}

static void a_report_says_all_that_its_owner_sees(void **state)
{
    (void)state;
    const uint64_t maker = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 30, 2, "ana 1", 0});
    const uint64_t taker = street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 20, 3, "bo 1", 0});

    const struct jz_event *made = desk_event(&desk, JZ_EVENT_ORDER, 1);
    assert_int_equal(made->exec_type, JZ_EXEC_TRADE);
    assert_int_equal(made->flags, JZ_EVENT_FLAG_SELL);
    assert_int_equal(made->account.value, ANA);
    assert_int_equal(made->number, 3); /* after accepted and rested */
    assert_int_equal(made->order.order.value, maker);
    assert_memory_equal(made->order.client_id, "ana 1\0\0\0\0\0\0\0\0\0\0", JZ_CLIENT_ID_BYTES);
    assert_int_equal(made->order.leaves_lots, 10);
    assert_int_equal(made->order.cum_lots, 20);
    assert_int_equal(made->order.market.value, MARKET);
    assert_int_equal(made->order.price, 2);

    const struct jz_event *took = desk_event(&desk, JZ_EVENT_ORDER, 2);
    assert_int_equal(took->flags, JZ_EVENT_FLAG_TAKER);
    assert_int_equal(took->account.value, BO);
    assert_int_equal(took->number, 2);
    assert_int_equal(took->order.order.value, taker);
    assert_int_equal(took->order.leaves_lots, 0);
    assert_int_equal(took->order.price, 3);
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 3)->exec_type, JZ_EXEC_DONE);
    assert_int_equal(desk_event(&desk, JZ_EVENT_ORDER, 3)->number, 3);
}

static void a_transfer_names_both_sides_and_how_they_stand(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 30, 2, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 20, 3, NULL, 0});
    const struct jz_event_transfer *base = &desk_event(&desk, JZ_EVENT_TRANSFER, 0)->transfer;
    assert_int_equal(base->cause, JZ_CAUSE_TRADE);
    assert_int_equal(base->currency.value, BEANS);
    assert_int_equal(base->debit.value, ANA);
    assert_int_equal(base->credit.value, BO);
    assert_int_equal(base->amount_points, 200);
    assert_int_equal(base->debit_held_points, 100);
    assert_int_equal(base->credit_available_points, PURSE + 200);
    assert_int_equal(base->issued_points, 3 * PURSE);
    const struct jz_event_transfer *quote = &desk_event(&desk, JZ_EVENT_TRANSFER, 1)->transfer;
    assert_int_equal(quote->currency.value, MILES);
    assert_int_equal(quote->debit.value, BO);
    assert_int_equal(quote->credit.value, ANA);
    assert_int_equal(quote->amount_points, 40);
    assert_int_equal(quote->debit_held_points, 0); /* the 20 too many were freed before */
    const struct jz_event_hold *freed = &desk_event(&desk, JZ_EVENT_HOLD, 1)->hold;
    assert_int_equal(freed->released, 1);
    assert_int_equal(freed->amount_points, 20);
    assert_int_equal(freed->available_points, PURSE - 40);
    assert_int_equal(freed->held_orders_points, 40);
}

static void the_largest_trade_there_can_be_is_exact(void **state)
{
    (void)state;
    struct jz_put_market put = street_market_body(STARS, MILES);
    put.lot_points = JZ_LOT_MAX;
    put.quote_unit_points = 2048;
    put.price_max = JZ_PRICE_MAX;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &put), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, STARS, JZ_AMOUNT_MAX), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, BO, MILES, JZ_AMOUNT_MAX - (4 * PURSE)), JZ_RESULT_DONE);

    const uint64_t lots = UINT64_C(1) << 20; /* times lot just below 2^62, times price too */
    struct jz_place_order sell =
        street_place_body((struct wish){ANA, JZ_SIDE_SELL, lots, JZ_PRICE_MAX, NULL, 0});
    struct jz_place_order buy =
        street_place_body((struct wish){BO, JZ_SIDE_BUY, lots, JZ_PRICE_MAX, NULL, 0});
    sell.market.value = 2;
    buy.market.value = 2;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &sell), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &buy), JZ_RESULT_DONE);
    assert_int_equal(desk_event(&desk, JZ_EVENT_TRADE, 0)->trade.lots, lots);
    street_expect_balance(&desk, BO, STARS, lots * JZ_LOT_MAX, 0);
    street_expect_balance(&desk, ANA, MILES, PURSE + (lots * JZ_PRICE_MAX * 2048), 0);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_that_meets_nobody_rests_and_holds_what_it_needs),
        cmocka_unit_test(a_buyer_pays_the_price_of_the_maker_and_gets_the_rest_back),
        cmocka_unit_test(a_seller_gets_the_price_of_the_maker_which_is_better_than_asked),
        cmocka_unit_test(better_prices_trade_first_and_then_who_came_first),
        cmocka_unit_test(a_maker_that_is_partly_filled_keeps_its_place),
        cmocka_unit_test(what_does_not_trade_rests_with_its_own_limit),
        cmocka_unit_test(an_immediate_order_takes_what_there_is_and_the_rest_is_cancelled),
        cmocka_unit_test(an_immediate_order_that_meets_nobody_leaves_only_its_reports),
        cmocka_unit_test(an_order_that_meets_its_owner_is_cancelled_and_the_older_one_stays),
        cmocka_unit_test(what_stands_before_the_own_order_trades_first),
        cmocka_unit_test(an_own_order_that_is_not_reached_disturbs_nobody),
        cmocka_unit_test(a_report_says_all_that_its_owner_sees),
        cmocka_unit_test(a_transfer_names_both_sides_and_how_they_stand),
        cmocka_unit_test(the_largest_trade_there_can_be_is_exact),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
