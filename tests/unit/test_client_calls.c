/* libjiaozi against a real jiaozid: every command answered, every refusal typed, every bound kept.
 *
 * Method: one exchange for all tests, a trader of his own for each.
 */
#include "jiaozi/jiaozi.h"
#include "tests/support/cmocka.h"
#include "tests/support/trader.h"

#include <string.h>

static struct jz_daemon exchange;
static struct trader ana;

static int open_exchange(void **state)
{
    (void)state;
    if (!jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) || !jz_daemon_start(&exchange)) {
        return -1;
    }
    trader_open(&ana, &exchange, (struct trader_wish){0});
    trader_sets_up(&ana);
    trader_close(&ana);
    return 0;
}

static int close_exchange(void **state)
{
    (void)state;
    jz_daemon_destroy(&exchange);
    return 0;
}

static int open_trader(void **state)
{
    (void)state;
    trader_open(&ana, &exchange, (struct trader_wish){.reports = true});
    return 0;
}

static int close_trader(void **state)
{
    (void)state;
    trader_close(&ana);
    return 0;
}

static void an_order_rests_is_replaced_and_cancelled(void **state)
{
    (void)state;
    struct jz_answer answer = trader_calls(&ana, buys(10, 30, "o1"));
    assert_int_equal(answer.result, JZ_RESULT_DONE);
    assert_int_equal(answer.order_status, JZ_ORDER_NEW);
    assert_int_equal(answer.leaves_lots, 10);
    assert_int_equal(answer.executed_lots, 0);
    assert_true(answer.seq > 0);
    const struct jz_order_id order = answer.order;

    answer =
        trader_calls(&ana, (struct jz_command){.kind = JZ_COMMAND_REPLACE_ORDER,
                                               .account = {TRADER_BUYER},
                                               .change = {.order = order, .lots = 4, .price = 31}});
    assert_int_equal(answer.result, JZ_RESULT_DONE);
    assert_int_equal(answer.order.value, order.value);
    assert_int_equal(answer.leaves_lots, 4);

    answer = trader_calls(&ana, cancels(TRADER_BUYER, "o1"));
    assert_int_equal(answer.result, JZ_RESULT_DONE);
    assert_int_equal(answer.order_status, JZ_ORDER_CANCELED);
    assert_int_equal(answer.executed_lots, 4);
    assert_int_equal(answer.leaves_lots, 0);
}

static void two_orders_meet_and_both_owners_hear_of_it(void **state)
{
    (void)state;
    const struct jz_answer first = trader_calls(&ana, sells(5, 40, "maker"));
    const struct jz_answer second = trader_calls(&ana, buys(3, 41, "taker"));
    assert_int_equal(second.order_status, JZ_ORDER_FILLED);
    assert_int_equal(second.executed_lots, 3);
    trader_listens(&ana, 50);
    uint32_t maker_fills = 0;
    uint32_t taker_fills = 0;
    for (uint32_t i = 0; i < ana.report_count; i++) {
        const struct jz_execution *report = &ana.reports[i];
        if (report->exec_type != JZ_EXEC_TRADE) {
            continue;
        }
        assert_int_equal(report->seq, second.seq);
        assert_int_equal(report->last_lots, 3);
        assert_int_equal(report->last_price, 40);
        assert_string_equal(report->symbol, TRADER_SYMBOL);
        if (report->liquidity == JZ_LIQUIDITY_MAKER) {
            assert_string_equal(report->client_id, "maker");
            assert_int_equal(report->order.value, first.order.value);
            assert_int_equal(report->account.value, TRADER_SELLER);
            assert_int_equal(report->leaves_lots, 2);
            maker_fills++;
        } else {
            assert_string_equal(report->client_id, "taker");
            assert_int_equal(report->side, JZ_SIDE_BUY);
            taker_fills++;
        }
    }
    assert_int_equal(maker_fills, 1);
    assert_int_equal(taker_fills, 1);
    assert_int_equal(trader_calls(&ana, cancels(TRADER_SELLER, "maker")).result, JZ_RESULT_DONE);
}

static void a_refusal_is_an_answer_with_its_code(void **state)
{
    (void)state;
    struct jz_answer answer = trader_calls(&ana, buys(1000000, 1000000, NULL));
    assert_int_equal(answer.result, JZ_RESULT_FUNDS);
    assert_true(answer.seq > 0);
    answer = trader_calls(&ana, buys(0, 30, NULL));
    assert_int_equal(answer.result, JZ_RESULT_QTY);
    answer = trader_calls(&ana, cancels(TRADER_BUYER, "nobody"));
    assert_int_equal(answer.result, JZ_RESULT_UNKNOWN);

    struct jz_command elsewhere = buys(1, 30, NULL);
    elsewhere.place.symbol = "STARS/MILES";
    answer = trader_calls(&ana, elsewhere);
    assert_int_equal(answer.result, JZ_RESULT_UNKNOWN_MARKET);
    /* The nonce that it did not use is no obstacle to the next command. */
    answer = trader_calls(&ana, cancels(TRADER_BUYER, "nobody"));
    assert_int_equal(answer.result, JZ_RESULT_UNKNOWN);
}

static void listing_again_is_done_and_listing_otherwise_is_a_conflict(void **state)
{
    (void)state;
    struct jz_command beans = {.kind = JZ_COMMAND_PUT_CURRENCY, .currency = {.code = "BEANS"}};
    struct jz_answer answer = trader_calls(&ana, beans);
    assert_int_equal(answer.result, JZ_RESULT_DONE);
    assert_int_equal(answer.object, 1);
    beans.currency.scale = 3;
    answer = trader_calls(&ana, beans);
    assert_int_equal(answer.result, JZ_RESULT_CONFLICT);
}

static void a_command_that_cannot_be_written_leaves_no_trace(void **state)
{
    (void)state;
    const uint32_t room = jz_client_room(ana.client);
    struct jz_command bad[] = {
        buys(1, 30, "a name of 17 byte"),             /* too long */
        buys(1, 30, ""),                              /* empty */
        cancels(TRADER_BUYER, NULL),                  /* no order named */
        mints(TRADER_BUYER, 1, NULL),                 /* no source id */
        (struct jz_command){.kind = JZ_COMMAND_TICK}, /* not a client's */
        (struct jz_command){.kind = (enum jz_command_kind)999},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(jz_client_submit(ana.client, &bad[i], 0, NULL), JZ_EINVAL);
    }
    assert_int_equal(jz_client_room(ana.client), room);
    assert_int_equal(jz_client_unanswered(ana.client), 0);
    assert_int_equal(trader_calls(&ana, buys(1, 1, "16 bytes exactly")).result, JZ_RESULT_DONE);
    assert_int_equal(trader_calls(&ana, cancels(TRADER_BUYER, "16 bytes exactly")).result,
                     JZ_RESULT_DONE);
}

static void the_window_is_full_at_its_last_command_and_empties_with_the_answers(void **state)
{
    (void)state;
    trader_close(&ana);
    trader_open(&ana, &exchange, (struct trader_wish){.window = 8});
    const struct jz_command nothing = cancels(TRADER_BUYER, "nobody");
    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(jz_client_room(ana.client), 8 - i);
        assert_int_equal(jz_client_submit(ana.client, &nothing, i, NULL), JZ_OK);
    }
    assert_int_equal(jz_client_submit(ana.client, &nothing, 8, NULL), JZ_EAGAIN);
    trader_hears_answers(&ana, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(ana.answers[i].tag, i);
        assert_int_equal(ana.answers[i].result, JZ_RESULT_UNKNOWN);
    }
    assert_int_equal(jz_client_room(ana.client), 8);
}

static void a_callback_may_not_poll(void **state)
{
    (void)state;
    trader_submits(&ana, cancels(TRADER_BUYER, "nobody"), 0);
    trader_hears_answers(&ana, 1);
    assert_int_equal(ana.inside_poll_status, JZ_EINVAL);
}

static void a_lane_belongs_to_one_connection_at_a_time(void **state)
{
    (void)state;
    static struct trader bo;
    trader_open(
        &bo, &exchange,
        (struct trader_wish){.has_lane = true, .lane = ana.connection.lane, .patience_ms = 300});
    assert_int_equal(jz_client_connect(bo.client), JZ_ETIMEOUT);
    assert_true(bo.refused_count > 0);
    assert_int_equal(bo.connection.result, JZ_RESULT_BUSY);
    trader_close(&ana);
    assert_int_equal(jz_client_connect(bo.client), JZ_OK);
    assert_int_equal(bo.connection.state, JZ_CONNECTION_UP);
    trader_close(&bo);
    open_trader(state);
}

static void questions_are_answered(void **state)
{
    (void)state;
    const struct jz_exchange_status status = trader_asks_status(&ana, true);
    assert_int_equal(status.currencies, 2);
    assert_int_equal(status.markets, 1);
    assert_true(status.has_digest);
    assert_true(status.content_digest.word[0] != 0);

    struct jz_market_listing markets[4];
    struct jz_market_page page = {.markets = markets, .markets_max = 4};
    enum jz_result result;
    assert_int_equal(jz_client_get_markets(ana.client, &page, &result), JZ_OK);
    assert_int_equal(result, JZ_RESULT_DONE);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.next, 0);
    assert_string_equal(markets[0].symbol, TRADER_SYMBOL);
    assert_int_equal(markets[0].state, JZ_MARKET_CONTINUOUS);

    assert_int_equal(trader_calls(&ana, buys(7, 22, "b")).result, JZ_RESULT_DONE);
    struct jz_book_level bids[2];
    struct jz_book_level asks[2];
    struct jz_book_listing book = {.bids = bids, .asks = asks, .levels_max = 2};
    assert_int_equal(jz_client_get_book(ana.client, TRADER_SYMBOL, &book, &result), JZ_OK);
    assert_int_equal(result, JZ_RESULT_DONE);
    assert_int_equal(book.bid_count, 1);
    assert_int_equal(bids[0].price, 22);
    assert_int_equal(bids[0].lots, 7);
    assert_int_equal(jz_client_get_book(ana.client, "NO/SUCH", &book, &result), JZ_OK);
    assert_int_equal(result, JZ_RESULT_UNKNOWN_MARKET);
    assert_int_equal(trader_calls(&ana, cancels(TRADER_BUYER, "b")).result, JZ_RESULT_DONE);
}

static void options_out_of_range_make_no_client(void **state)
{
    (void)state;
    struct jz_client *client = NULL;
    struct jz_client_options options = {.struct_bytes = sizeof(options)};
    options.window = JZ_CLIENT_WINDOW_MAX + 1;
    assert_int_equal(jz_client_create(&options, &client), JZ_EINVAL);
    options.window = 0;
    options.struct_bytes--;
    assert_int_equal(jz_client_create(&options, &client), JZ_EINVAL);
    options.struct_bytes++;
    options.requests = "carrier pigeon";
    assert_int_equal(jz_client_create(&options, &client), JZ_EINVAL);
    assert_null(client);
}

static void without_an_exchange_a_call_ends_after_its_patience(void **state)
{
    (void)state;
    struct jz_client *client = NULL;
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options), .requests = "ipc:///nowhere/at/all", .patience_ms = 200};
    assert_int_equal(jz_client_create(&options, &client), JZ_OK);
    const struct jz_command command = buys(1, 1, NULL);
    struct jz_answer answer;
    assert_int_equal(jz_client_submit(client, &command, 0, NULL), JZ_EAGAIN);
    assert_int_equal(jz_client_call(client, &command, &answer), JZ_ETIMEOUT);
    jz_client_destroy(client);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_trader, close_trader)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_order_rests_is_replaced_and_cancelled),
        STORY(two_orders_meet_and_both_owners_hear_of_it),
        STORY(a_refusal_is_an_answer_with_its_code),
        STORY(listing_again_is_done_and_listing_otherwise_is_a_conflict),
        STORY(a_command_that_cannot_be_written_leaves_no_trace),
        STORY(the_window_is_full_at_its_last_command_and_empties_with_the_answers),
        STORY(a_callback_may_not_poll),
        STORY(a_lane_belongs_to_one_connection_at_a_time),
        STORY(questions_are_answered),
        cmocka_unit_test(options_out_of_range_make_no_client),
        cmocka_unit_test(without_an_exchange_a_call_ends_after_its_patience),
    };
    return cmocka_run_group_tests(tests, open_exchange, close_exchange);
}
