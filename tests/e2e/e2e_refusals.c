/* Requests that are sound and cannot be done: the exchange says why, and each of them is refused
 * for that reason alone, since its neighbour across the bound is done.
 *
 * Method: a real jiaozid; Ana (16), Bo (17) and Cy (18), who has nothing; the local operator speaks
 * for all of them.
 */
#include "tests/e2e/house.h"
#include "tests/support/cmocka.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LANES = 64, WINDOW = 64 };

static struct house house;
static struct guest *const ana = &house.ana;
static struct guest others[LANES + 1];

static int open_house(void **state)
{
    (void)state;
    const char *const options[] = {"--window=64", "--accounts=100", "--orders=8", NULL};
    house_open(&house, options);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* An order in BEANS/MILES with the next nonce; more: further fields, each with a comma before it.
 */
static const char *place(uint32_t account, const char *side, uint64_t lots, uint64_t price,
                         const char *more)
{
    char text[512];
    (void)snprintf(text, sizeof(text),
                   "'op': 'place_order', 'account': %u, 'symbol': 'BEANS/MILES', 'side': '%s', "
                   "'lots': %" PRIu64 ", 'price': %" PRIu64 "%s",
                   account, side, lots, price, more);
    return guest_order(ana, text);
}

static uint64_t order_of_last_answer(void)
{
    struct jz_order_answer answer = {0};
    assert_int_equal(jz_message_order(&ana->heard, &answer), JZ_OK);
    return answer.order_id;
}

/* cancel_order of an account by the exchange's number. */
static const char *cancel(uint32_t account, uint64_t order)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "'op': 'cancel_order', 'account': %u, 'order_id': %" PRIu64,
                   account, order);
    return guest_order(ana, text);
}

static const char *replace(uint32_t account, uint64_t order, uint64_t lots, uint64_t price)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "'op': 'replace_order', 'account': %u, 'order_id': %" PRIu64 ", 'lots': %" PRIu64
                   ", 'price': %" PRIu64,
                   account, order, lots, price);
    return guest_order(ana, text);
}

/* ---- orders ----------------------------------------------------------------------------------
 */

static void a_foreign_order_is_as_unknown_as_one_that_never_was(void **state)
{
    (void)state;
    assert_string_equal(place(16, "sell", 5, 900, ", 'client_order_id': 'mine'"), "ok");
    const uint64_t order = order_of_last_answer();
    assert_string_equal(cancel(17, order), "UNKNOWN order_id");
    assert_string_equal(cancel(17, order + 1), "UNKNOWN order_id");
    assert_string_equal(replace(17, order, 1, 900), "UNKNOWN order_id");
    assert_string_equal(
        guest_order(ana, "'op': 'cancel_order', 'account': 17, 'client_order_id': 'mine'"),
        "UNKNOWN client_order_id");
    assert_string_equal(cancel(16, order), "ok");
    assert_string_equal(cancel(16, order), "UNKNOWN order_id"); /* dead by now */
    assert_string_equal(replace(16, order, 1, 900), "UNKNOWN order_id");
    house_expect_well(&house);
}

static void a_client_id_is_taken_while_its_order_lives(void **state)
{
    (void)state;
    assert_string_equal(place(16, "sell", 5, 900, ", 'client_order_id': 'x'"), "ok");
    assert_string_equal(place(16, "sell", 1, 901, ", 'client_order_id': 'x'"), "DUP_ID");
    assert_string_equal(place(17, "sell", 1, 902, ", 'client_order_id': 'x'"), "ok"); /* Bo's own */
    assert_string_equal(
        guest_order(ana, "'op': 'cancel_order', 'account': 16, 'client_order_id': 'x'"), "ok");
    assert_string_equal(place(16, "sell", 1, 901, ", 'client_order_id': 'x'"), "ok");
    house_expect_well(&house);
}

static void size_and_price_have_bounds_and_so_has_their_product(void **state)
{
    (void)state;
    static const uint64_t amount_over = UINT64_C(1) << 62;
    assert_string_equal(place(16, "sell", 0, 900, ""), "QTY");
    assert_string_equal(place(16, "sell", 1, 0, ""), "PRICE");
    assert_string_equal(place(16, "sell", 1, 1001, ""), "PRICE");
    assert_string_equal(place(16, "sell", 1, UINT64_MAX, ""), "PRICE");
    assert_string_equal(place(17, "buy", amount_over / 512, 512, ""), "OVERFLOW");
    assert_string_equal(place(17, "buy", (amount_over / 512) - 1, 512, ""), "FUNDS");
    assert_string_equal(place(17, "buy", UINT64_MAX, 1000, ""), "OVERFLOW");
    assert_string_equal(place(17, "sell", amount_over / 10, 1, ""), "FUNDS"); /* rounded down */
    assert_string_equal(place(17, "sell", (amount_over / 10) + 1, 1, ""),
                        "OVERFLOW"); /* in BEANS */
    assert_string_equal(place(17, "sell", UINT64_MAX, 1, ""), "OVERFLOW");
    assert_string_equal(place(16, "sell", 1, 1000, ""), "ok");
    const uint64_t order = order_of_last_answer();
    assert_string_equal(replace(16, order, 0, 1000), "QTY");
    assert_string_equal(replace(16, order, 1, 0), "PRICE");
    assert_string_equal(replace(16, order, 1, 1001), "PRICE");
    assert_string_equal(replace(16, order, UINT64_MAX, 1000), "OVERFLOW");
    house_expect_well(&house);
}

static void nobody_promises_more_points_than_are_there(void **state)
{
    (void)state;
    assert_string_equal(place(16, "sell", 100001, 900, ""), "FUNDS");
    assert_string_equal(place(16, "sell", 100000, 900, ""), "ok"); /* all million BEANS */
    const uint64_t order = order_of_last_answer();
    assert_string_equal(place(16, "sell", 1, 901, ""), "FUNDS");
    assert_string_equal(replace(16, order, 100001, 900), "FUNDS");
    assert_string_equal(place(17, "buy", 1001, 1000, ""), "FUNDS");
    assert_string_equal(place(18, "buy", 1, 1, ""), "FUNDS");
    assert_string_equal(replace(16, order, 99999, 900), "ok");
    house_expect_well(&house);
}

static void band_least_amount_and_supply_cap_are_kept(void **state)
{
    (void)state;
    static const char *const listing[] = {
        "'op': 'put_currency', 'code': 'STARS', 'supply_cap': 1000",
        "'op': 'put_market', 'base': 'STARS', 'quote': 'MILES', 'base_lot': 1, 'tick': 5, "
        "'min_notional': 500, 'band': 1000, 'reference': 100",
        "'op': 'mint', 'account': 16, 'currency': 'STARS', 'amount': 999, 'source_id': 's-1'",
    };
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(guest_order(ana, listing[i]), "ok");
    }
    assert_string_equal(guest_order(ana, "'op': 'mint', 'account': 16, 'currency': 'STARS', "
                                         "'amount': 2, 'source_id': 's-2'"),
                        "SUPPLY_CAP");
#define STARS "'op': 'place_order', 'account': 16, 'symbol': 'STARS/MILES', 'side': 'sell', "
    assert_string_equal(guest_order(ana, STARS "'lots': 6, 'price': 101"), "PRICE");
    assert_string_equal(guest_order(ana, STARS "'lots': 6, 'price': 85"), "BAND");
    assert_string_equal(guest_order(ana, STARS "'lots': 5, 'price': 95"), "MIN_NOTIONAL");
    assert_string_equal(guest_order(ana, STARS "'lots': 6, 'price': 90"), "ok");
    house_expect_well(&house);
}

static void a_full_table_refuses_what_is_new_and_nothing_else(void **state)
{
    (void)state;
    uint64_t order = 0;
    for (uint64_t i = 0; i < 8; i++) { /* --orders=8 */
        assert_string_equal(place(16, "sell", 1, 900 + i, ""), "ok");
        order = order_of_last_answer();
    }
    assert_string_equal(place(16, "sell", 1, 900, ""), "CAPACITY");
    assert_string_equal(replace(16, order, 2, 907), "ok");
    assert_string_equal(cancel(16, order), "ok");
    house_expect_well(&house); /* there is room again */
}

/* ---- nonces ----------------------------------------------------------------------------------
 */

/* An order for one lot under this nonce. */
static const char *say_nonce(uint64_t nonce, uint64_t price)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 16, 'symbol': "
                   "'BEANS/MILES', 'side': 'sell', 'lots': 1, 'price': %" PRIu64
                   ", 'time_in_force': 'ioc'",
                   nonce, price);
    return guest_ask(ana, text);
}

static void a_nonce_does_one_thing_once(void **state)
{
    (void)state;
    const uint64_t nonce = ana->nonce + 1;
    assert_string_equal(say_nonce(nonce, 900), "ok");
    const uint64_t seq = ana->heard.reply.seq;
    const uint64_t order = order_of_last_answer();
    const struct jz_digest content = guest_status(ana).content_digest;
    assert_string_equal(say_nonce(nonce, 900), "ok again");
    assert_int_equal(ana->heard.reply.seq, seq);
    assert_int_equal(order_of_last_answer(), order);
    assert_string_equal(say_nonce(nonce, 901), "ID_REUSED nonce");
    assert_string_equal(say_nonce(nonce, 900), "ok again");
    const struct jz_digest after = guest_status(ana).content_digest;
    assert_memory_equal(&after, &content, sizeof(content));
    ana->nonce = nonce;
    house_expect_well(&house);
}

static void a_refusal_with_a_number_is_repeated_as_it_was(void **state)
{
    (void)state;
    const uint64_t nonce = ana->nonce + 1;
    assert_string_equal(say_nonce(nonce, 1001), "PRICE");
    const uint64_t seq = ana->heard.reply.seq;
    assert_string_equal(say_nonce(nonce, 1001), "PRICE");
    assert_int_equal(ana->heard.reply.seq, seq);
    assert_true(ana->heard.reply.duplicate);
    ana->nonce = nonce;
    house_expect_well(&house);
}

static void nonces_come_in_any_order_above_the_window_and_not_below(void **state)
{
    (void)state;
    const uint64_t high = ana->nonce + 1000;
    assert_string_equal(say_nonce(high, 900), "ok");
    assert_string_equal(say_nonce(high - WINDOW + 1, 900), "ok"); /* the lowest that still counts */
    assert_string_equal(say_nonce(high - WINDOW, 900), "NONCE nonce");
    assert_string_equal(say_nonce(1, 900), "NONCE nonce"); /* one that was used, long ago */
    assert_string_equal(say_nonce(high - 7, 900), "ok");
    assert_string_equal(say_nonce(high - 9, 900), "ok");
    assert_string_equal(say_nonce(high - 7, 900), "ok again");
    assert_string_equal(say_nonce(UINT64_MAX, 900), "ok");
    assert_string_equal(say_nonce(high, 900), "NONCE nonce");
    assert_string_equal(say_nonce(UINT64_MAX, 900), "ok again");
    ana->nonce = UINT64_MAX - 2;
    house_expect_well(&house);
}

/* ---- connections -----------------------------------------------------------------------------
 */

static void before_hello_everything_is_forbidden(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "'op': 'put_currency', 'nonce': 1, 'code': 'STARS'",
        "'op': 'put_account', 'nonce': 1, 'account': 20, 'role': 'member'",
        "'op': 'put_market', 'nonce': 1, 'base': 'BEANS', 'quote': 'MILES', 'base_lot': 1",
        "'op': 'mint', 'nonce': 1, 'account': 16, 'currency': 'BEANS', 'amount': 1, "
        "'source_id': 'f'",
        "'op': 'transfer_in', 'nonce': 1, 'account': 16, 'currency': 'BEANS', 'amount': 1, "
        "'source_id': 'f'",
        "'op': 'place_order', 'nonce': 1, 'account': 16, 'symbol': 'BEANS/MILES', 'side': 'buy', "
        "'lots': 1, 'price': 1",
        "'op': 'cancel_order', 'nonce': 1, 'account': 16, 'order_id': 1",
        "'op': 'replace_order', 'nonce': 1, 'account': 16, 'order_id': 1, 'lots': 1, 'price': 1",
        "'op': 'get_status', 'ref': 1",
        "'op': 'get_markets', 'ref': 1",
        "'op': 'get_book', 'ref': 1, 'symbol': 'BEANS/MILES'",
    };
    const uint64_t seq = guest_status(ana).ts;
    guest_connect(&others[0], house.daemon.requests);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_string_equal(guest_ask(&others[0], requests[i]), "FORBIDDEN");
    }
    guest_hello(&others[0], "");
    assert_string_equal(guest_ask(&others[0], "'op': 'hello'"), "FORBIDDEN");
    assert_string_equal(guest_query(&others[0], "'op': 'get_status'"), "ok");
    guest_leave(&others[0]);
    assert_int_equal(guest_status(ana).ts, seq); /* no command came through */
    house_expect_well(&house);
}

/* Waits until a hello with these fields is welcome; the end of a connection takes a moment to be
 * noticed. */
static void expect_welcome_soon(struct guest *guest, const char *fields)
{
    char text[128];
    (void)snprintf(text, sizeof(text), "'op': 'hello', 'ref': 1%s", fields);
    const char *verdict = "BUSY";
    for (int tries = 0; tries < 100 && strcmp(verdict, "BUSY") == 0; tries++) {
        verdict = guest_ask(guest, text);
        if (strcmp(verdict, "BUSY") == 0) {
            assert_true(guest->heard.refusal.retry_after_ms > 0);
            (void)guest_hear(guest, 20); /* a pause: nothing comes */
        }
    }
    assert_string_equal(verdict, "ok");
}

static void when_all_lanes_are_taken_hello_is_busy_until_one_is_free(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LANES - 1; i++) { /* Ana has one */
        guest_connect(&others[i], house.daemon.requests);
        guest_hello(&others[i], "");
    }
    struct guest *const late = &others[LANES];
    guest_connect(late, house.daemon.requests);
    assert_string_equal(guest_ask(late, "'op': 'hello', 'ref': 1"), "BUSY");
    assert_string_equal(guest_ask(late, "'op': 'hello', 'ref': 1, 'lane': 5"), "BUSY");
    guest_expect_service(ana);

    guest_leave(&others[30]);
    expect_welcome_soon(late, "");
    for (uint32_t i = 0; i < LANES - 1; i++) {
        if (i != 30) {
            guest_leave(&others[i]);
        }
    }
    for (uint32_t i = 0; i < LANES - 2; i++) {
        guest_connect(&others[i], house.daemon.requests);
        expect_welcome_soon(&others[i], "");
    }
    assert_int_equal(guest_status(ana).connections, LANES);
    for (uint32_t i = 0; i < LANES - 2; i++) {
        guest_leave(&others[i]);
    }
    guest_leave(late);
    house_expect_well(&house);
}

static void a_lane_that_is_held_is_busy_and_counts_on_when_it_is_free(void **state)
{
    (void)state;
    struct guest *const bo = &others[0];
    struct guest *const cy = &others[1];
    guest_connect(bo, house.daemon.requests);
    guest_hello(bo, "'lane': 7");
    assert_int_equal(bo->nonce, 0);
    guest_expect_service(bo);
    guest_connect(cy, house.daemon.requests);
    assert_string_equal(guest_ask(cy, "'op': 'hello', 'lane': 7"), "BUSY");
    guest_leave(bo);
    expect_welcome_soon(cy, ", 'lane': 7");
    struct jz_hello_answer answer = {0};
    assert_int_equal(jz_message_hello(&cy->heard, &answer), JZ_OK);
    assert_int_equal(answer.highest_nonce, 1);
    guest_leave(cy);
    house_expect_well(&house);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(a_foreign_order_is_as_unknown_as_one_that_never_was),
        STORY(a_client_id_is_taken_while_its_order_lives),
        STORY(size_and_price_have_bounds_and_so_has_their_product),
        STORY(nobody_promises_more_points_than_are_there),
        STORY(band_least_amount_and_supply_cap_are_kept),
        STORY(a_full_table_refuses_what_is_new_and_nothing_else),
        STORY(a_nonce_does_one_thing_once),
        STORY(a_refusal_with_a_number_is_repeated_as_it_was),
        STORY(nonces_come_in_any_order_above_the_window_and_not_below),
        STORY(before_hello_everything_is_forbidden),
        STORY(when_all_lanes_are_taken_hello_is_busy_until_one_is_free),
        STORY(a_lane_that_is_held_is_busy_and_counts_on_when_it_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
