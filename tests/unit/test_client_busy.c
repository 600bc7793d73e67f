/* An exchange that has no room for the moment: the client waits, sends again, and nothing
 * overtakes.
 *
 * Method: a gateway in a thread and a real core that the test turns, so that it can be busy, full
 * or asleep for as long as the story needs.
 */
#include "tests/support/cmocka.h"
#include "tests/support/gw_exchange.h"
#include "tests/support/trader.h"

#include "engine/base/clock.h"

#include <stdio.h>
#include <string.h>

enum { EPOCH = 7, ORDERS = 400 };

#define NS_PER_MS UINT64_C(1000000)

static struct gw_exchange exchange;
static struct trader ana;

static int open_gateway(void **state)
{
    (void)state;
    gw_open(&exchange);
    gw_start(&exchange, EPOCH);
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    trader_close(&ana);
    gw_close(&exchange);
    return 0;
}

static void ana_connects(struct trader_wish wish)
{
    static struct jz_daemon place; /* only its addresses count */
    (void)snprintf(place.requests, sizeof(place.requests), "%.60s", exchange.requests);
    (void)snprintf(place.feed, sizeof(place.feed), "%.60s", exchange.feed);
    trader_open(&ana, &place, wish);
}

static void set_flag(_Atomic uint32_t *flag, uint32_t value)
{
    /* Relaxed: a hint that the gateway looks at with every command. */
    atomic_store_explicit(flag, value, memory_order_relaxed);
}

static struct jz_command order_of(uint64_t number, char name[JZ_CLIENT_ID_BYTES + 1])
{
    (void)snprintf(name, JZ_CLIENT_ID_BYTES + 1, "o%u", (unsigned)number);
    return (struct jz_command){.kind = JZ_COMMAND_PLACE_ORDER,
                               .account = {ANA},
                               .place = {.symbol = "BEANS/MILES",
                                         .client_id = name,
                                         .lots = 1,
                                         .price = 1 + number % 7,
                                         .side = JZ_SIDE_BUY}};
}

/* Submits if there is room; true if it did. */
static bool ana_submits(uint64_t number)
{
    char name[JZ_CLIENT_ID_BYTES + 1];
    const struct jz_command order = order_of(number, name);
    const int status = jz_client_submit(ana.client, &order, number, NULL);
    assert_true(status == JZ_OK || status == JZ_EAGAIN);
    return status == JZ_OK;
}

static void turns(void)
{
    gw_turn(&exchange);
    assert_true(jz_client_poll(ana.client, 1) >= 0);
}

static void turns_for(uint32_t ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + ms * NS_PER_MS;
    while (jz_clock_monotonic_ns() < end_ns) {
        turns();
    }
}

static void turns_until_answered(uint32_t count)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + TRADER_WAIT_MS * NS_PER_MS;
    while (ana.answer_count < count) {
        assert_true(jz_clock_monotonic_ns() < end_ns);
        turns();
    }
}

/* So many orders were answered once each, done, numbered in the order of submitting. */
static void all_are_done_in_order(uint32_t count)
{
    assert_int_equal(ana.answer_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ana.answers[i].tag, i);
        assert_int_equal(ana.answers[i].result, JZ_RESULT_DONE);
        assert_true(i == 0 || ana.answers[i].seq > ana.answers[i - 1].seq);
    }
    assert_int_equal(jz_core_live_orders(exchange.desk.core), count);
}

static void a_busy_exchange_is_waited_for(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 32, .ordered = true});
    set_flag(&exchange.exchange->busy, 1);
    for (uint64_t number = 0; number < 10; number++) {
        assert_true(ana_submits(number));
    }
    turns_for(150);
    assert_int_equal(ana.answer_count, 0);
    assert_int_equal(jz_core_live_orders(exchange.desk.core), 0);
    set_flag(&exchange.exchange->busy, 0);
    turns_until_answered(10);
    all_are_done_in_order(10);
    assert_int_equal(ana.up_count, 1); /* busy is no reason to connect anew */
}

static void what_is_busy_again_and_again_keeps_its_order(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 16, .ordered = true});
    uint64_t number = 0;
    for (uint32_t turn = 0; number < ORDERS || ana.answer_count < ORDERS; turn++) {
        set_flag(&exchange.exchange->busy, turn / 3 % 3 == 0);
        while (number < ORDERS && ana_submits(number)) {
            number++;
        }
        turns();
        assert_true(turn < 20000);
    }
    all_are_done_in_order(ORDERS);
}

static void without_order_busy_ones_come_later_and_once(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 16});
    uint64_t number = 0;
    for (uint32_t turn = 0; number < ORDERS || ana.answer_count < ORDERS; turn++) {
        set_flag(&exchange.exchange->busy, turn / 3 % 3 == 0);
        while (number < ORDERS && ana_submits(number)) {
            number++;
        }
        turns();
        assert_true(turn < 20000);
    }
    static bool is_answered[ORDERS];
    memset(is_answered, 0, sizeof(is_answered));
    for (uint32_t i = 0; i < ORDERS; i++) {
        assert_false(is_answered[ana.answers[i].tag]);
        is_answered[ana.answers[i].tag] = true;
        assert_int_equal(ana.answers[i].result, JZ_RESULT_DONE);
    }
    assert_int_equal(jz_core_live_orders(exchange.desk.core), ORDERS);
}

static void a_full_disk_is_told_at_once_and_cancels_go_on(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 16});
    assert_true(ana_submits(0));
    turns_until_answered(1);
    set_flag(&exchange.exchange->storage_full, 1);
    assert_true(ana_submits(1));
    turns_until_answered(2);
    assert_int_equal(ana.answers[1].result, JZ_RESULT_STORAGE_FULL);
    assert_int_equal(ana.answers[1].seq, 0);
    const struct jz_command cancel = {
        .kind = JZ_COMMAND_CANCEL_ORDER, .account = {ANA}, .change = {.client_id = "o0"}};
    assert_int_equal(jz_client_submit(ana.client, &cancel, 2, NULL), JZ_OK);
    turns_until_answered(3);
    assert_int_equal(ana.answers[2].result, JZ_RESULT_DONE);
}

static void on_an_ordered_lane_a_full_disk_is_waited_for(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 16, .ordered = true});
    set_flag(&exchange.exchange->storage_full, 1);
    for (uint64_t number = 0; number < 5; number++) {
        assert_true(ana_submits(number));
    }
    turns_for(150);
    assert_int_equal(ana.answer_count, 0);
    set_flag(&exchange.exchange->storage_full, 0);
    turns_until_answered(5);
    all_are_done_in_order(5);
}

static void
an_exchange_that_is_silent_too_long_is_greeted_anew_and_nothing_is_done_twice(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = 16, .ordered = true, .silence_ms = 200});
    exchange.engine_sleeps = true;
    for (uint64_t number = 0; number < 10; number++) {
        assert_true(ana_submits(number));
    }
    turns_for(700);
    assert_true(ana.down_count > 0);
    assert_int_equal(ana.answer_count, 0);
    exchange.engine_sleeps = false;
    turns_until_answered(10);
    all_are_done_in_order(10);
}

static void the_span_of_a_lane_bounds_what_is_under_way(void **state)
{
    (void)state;
    ana_connects((struct trader_wish){.window = JZ_CLIENT_WINDOW_MAX});
    assert_int_equal(jz_client_room(ana.client), GW_WINDOW);
    exchange.engine_sleeps = true;
    for (uint64_t number = 0; number < GW_WINDOW; number++) {
        assert_true(ana_submits(number));
    }
    assert_false(ana_submits(GW_WINDOW));
    exchange.engine_sleeps = false;
    turns_until_answered(GW_WINDOW);
    for (uint32_t i = 0; i < GW_WINDOW; i++) {
        assert_int_equal(ana.answers[i].result, JZ_RESULT_DONE);
    }
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_gateway, close_gateway)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_busy_exchange_is_waited_for),
        STORY(what_is_busy_again_and_again_keeps_its_order),
        STORY(without_order_busy_ones_come_later_and_once),
        STORY(a_full_disk_is_told_at_once_and_cancels_go_on),
        STORY(on_an_ordered_lane_a_full_disk_is_waited_for),
        STORY(an_exchange_that_is_silent_too_long_is_greeted_anew_and_nothing_is_done_twice),
        STORY(the_span_of_a_lane_bounds_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
