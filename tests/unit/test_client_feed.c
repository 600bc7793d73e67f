/* Following a market: every trade in order, and a book that is the exchange's own, also after the
 * feed was gone.
 *
 * Method: a real jiaozid; Ana follows, Bo trades.
 */
#include "jiaozi/jiaozi.h"
#include "tests/support/cmocka.h"
#include "tests/support/trader.h"

#include <signal.h>
#include <string.h>

enum { LEVELS = 50 };

static struct jz_daemon exchange;
static struct trader ana;
static struct trader bo;
static const struct jz_mirror *book;

static int open_exchange(void **state)
{
    (void)state;
    if (!jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) || !jz_daemon_start(&exchange)) {
        return -1;
    }
    trader_open(&bo, &exchange, (struct trader_wish){0});
    trader_sets_up(&bo);
    trader_open(&ana, &exchange, (struct trader_wish){0});
    assert_int_equal(jz_client_follow_book(ana.client, TRADER_SYMBOL, &book), JZ_OK);
    assert_int_equal(jz_client_follow_trades(ana.client, TRADER_SYMBOL), JZ_OK);
    trader_hears_books(&ana, 1);
    trader_listens(&ana, 100); /* for the subscription to trades to get there */
    return 0;
}

static int close_exchange(void **state)
{
    (void)state;
    trader_close(&ana);
    trader_close(&bo);
    jz_daemon_destroy(&exchange);
    return 0;
}

/* Ana's book gets to where the exchange's own is, and shows the same. */
static void both_show_the_same(void)
{
    struct jz_book_level bids[LEVELS];
    struct jz_book_level asks[LEVELS];
    struct jz_book_level mine[LEVELS];
    struct jz_book_listing listing = {.bids = bids, .asks = asks, .levels_max = LEVELS};
    enum jz_result result;
    assert_int_equal(jz_client_get_book(bo.client, TRADER_SYMBOL, &listing, &result), JZ_OK);
    assert_int_equal(result, JZ_RESULT_DONE);
    for (int i = 0;
         i < 200 && (jz_mirror_depth_no(book) < listing.depth_no || !jz_mirror_is_current(book));
         i++) {
        trader_listens(&ana, 50);
    }
    assert_true(jz_mirror_is_current(book));
    assert_int_equal(jz_mirror_depth_no(book), listing.depth_no);
    assert_int_equal(jz_mirror_levels(book, JZ_SIDE_BUY, mine, LEVELS), listing.bid_count);
    assert_memory_equal(mine, bids, listing.bid_count * sizeof(mine[0]));
    assert_int_equal(jz_mirror_levels(book, JZ_SIDE_SELL, mine, LEVELS), listing.ask_count);
    assert_memory_equal(mine, asks, listing.ask_count * sizeof(mine[0]));
}

static void bo_trades(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)trader_calls(&bo, sells(2 + i % 3, 30 + i % 7, NULL));
        (void)trader_calls(&bo, buys(1 + i % 4, 28 + i % 5, NULL));
    }
}

static void a_followed_book_is_the_exchanges_own(void **state)
{
    (void)state;
    bo_trades(50);
    both_show_the_same();
    assert_true(ana.changed_count > 50);
    assert_int_equal(ana.lost_count, 0);
}

static void trades_come_in_order_without_a_gap(void **state)
{
    (void)state;
    const uint32_t before = ana.trade_count;
    for (uint32_t i = 0; i < 10; i++) {
        (void)trader_calls(&bo, sells(1, 20, NULL));
        (void)trader_calls(&bo, buys(1, 45, NULL));
    }
    for (int i = 0; i < 200 && ana.trade_count < before + 10; i++) {
        trader_listens(&ana, 50);
    }
    assert_true(ana.trade_count >= before + 10);
    for (uint32_t i = 1; i < ana.trade_count; i++) {
        assert_int_equal(ana.trades[i].trade_no, ana.trades[i - 1].trade_no + 1);
        assert_int_equal(ana.trades[i].missed, 0);
        assert_int_equal(ana.trades[i].quote_amount_points,
                         ana.trades[i].price * ana.trades[i].lots);
    }
}

static void after_the_gateway_died_the_book_is_taken_anew(void **state)
{
    (void)state;
    const uint32_t taken = ana.taken_count;
    assert_int_equal(kill(jz_daemon_gateway(&exchange), SIGKILL), 0);
    bo_trades(5); /* while Ana does not look */
    trader_hears_books(&ana, taken + 1);
    assert_true(ana.lost_count > 0);
    both_show_the_same();
}

static void after_kill_9_the_book_is_taken_anew(void **state)
{
    (void)state;
    const uint32_t taken = ana.taken_count;
    jz_daemon_kill(&exchange);
    trader_listens(&ana, 100);
    assert_false(jz_mirror_is_current(book));
    assert_true(jz_daemon_start(&exchange));
    bo_trades(5);
    trader_hears_books(&ana, taken + 1);
    both_show_the_same();
}

static void following_what_is_followed_gives_the_same_book(void **state)
{
    (void)state;
    const struct jz_mirror *same = NULL;
    assert_int_equal(jz_client_follow_book(ana.client, TRADER_SYMBOL, &same), JZ_OK);
    assert_ptr_equal(same, book);
    assert_int_equal(jz_client_follow_book(ana.client, "", &same), JZ_EINVAL);
    assert_int_equal(jz_client_follow_book(ana.client, "ABCDEFGHIJKL/ABCDEFGHIJKLM", &same),
                     JZ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_followed_book_is_the_exchanges_own),
        cmocka_unit_test(trades_come_in_order_without_a_gap),
        cmocka_unit_test(after_the_gateway_died_the_book_is_taken_anew),
        cmocka_unit_test(after_kill_9_the_book_is_taken_anew),
        cmocka_unit_test(following_what_is_followed_gives_the_same_book),
    };
    return cmocka_run_group_tests(tests, open_exchange, close_exchange);
}
