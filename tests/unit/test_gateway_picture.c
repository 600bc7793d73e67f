/* The gateway's picture of the exchange equals the exchange, whenever it attached.
 *
 * Method: a real core under a random flow of orders. One picture sees every event from the first
 * command on; another one attaches in the middle, with commands between the slices of the answer.
 * Both are compared with the core.
 */
#include "gateway/picture.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/core_street.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOW_STEPS = 4000, PRICES = 60, SLICE_EVENTS = 8, LEVELS_MAX = 256 };

static struct desk desk;
static struct jz_picture picture;
static uint64_t seed;

static uint64_t roll(uint64_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % sides;
}

static struct jz_genesis roomy_genesis(void)
{
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = 4096;
    genesis.levels = 1024;
    return genesis;
}

static void apply_events(struct jz_picture *to, const struct jz_record *header,
                         const struct jz_event *events, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(jz_picture_apply(to, header, &events[i]), JZ_OK);
    }
}

/* The events of the last command, under the header that the engine would give them. */
static void tell_last(struct jz_picture *to)
{
    const struct jz_record header = {
        .kind = JZ_RECORD_EVENTS,
        .sequence = jz_core_sequence(desk.core),
        .time_ns = jz_core_time_ns(desk.core),
        .key = 1,
        .lane = desk.next.lane,
    };
    apply_events(to, &header, desk.events, desk.event_count);
}

static void turn_never(struct jz_events *events)
{
    (void)events;
    fail_msg("%s", "a slice is larger than it was asked to be");
}

/* The next slice of the core's answer to attach; false: it was the last one. */
static bool tell_slice(struct jz_picture *to, struct jz_core_walk *walk)
{
    struct jz_event events[SLICE_EVENTS];
    struct jz_events room = {.next = events, .end = events + SLICE_EVENTS, .turn = turn_never};
    const bool goes_on = jz_core_picture(desk.core, walk, SLICE_EVENTS, &room);
    const struct jz_record header = {
        .kind = JZ_RECORD_PICTURE,
        .sequence = jz_core_sequence(desk.core),
        .time_ns = jz_core_time_ns(desk.core),
    };
    apply_events(to, &header, events, (uint32_t)(room.next - events));
    return goes_on;
}

/* A random order or cancel; about a third of the orders trade. */
static void one_step(void)
{
    static uint64_t orders[FLOW_STEPS];
    static uint32_t owners[FLOW_STEPS];
    static uint32_t count;

    if (count > 0 && roll(3) == 0) {
        const uint32_t at = (uint32_t)roll(count);
        (void)street_cancel(&desk, owners[at], orders[at]);
        return;
    }
    const uint32_t owner = roll(2) == 0 ? ANA : BO;
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){.account = owner,
                                          .side = roll(2) == 0 ? JZ_SIDE_BUY : JZ_SIDE_SELL,
                                          .lots = 1 + roll(3),
                                          .price = 1 + roll(PRICES)});
    if (result->result == JZ_RESULT_DONE && result->leaves_lots > 0 && count < FLOW_STEPS) {
        orders[count] = result->object;
        owners[count] = owner;
        count++;
    }
}

static void expect_side(const struct jz_ladder *ladder, uint8_t side)
{
    struct jz_depth_level wanted[LEVELS_MAX];
    struct jz_level found[LEVELS_MAX];
    const uint32_t count =
        jz_core_depth(desk.core, (struct jz_market_id){MARKET}, side, wanted, LEVELS_MAX);

    assert_int_equal(jz_ladder_best(ladder, found, LEVELS_MAX), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(found[i].price, wanted[i].price);
        assert_int_equal(found[i].lots, wanted[i].lots);
    }
}

static void expect_true(const struct jz_picture *is)
{
    const struct jz_market_id id = jz_picture_market_of(is, "BEANS/MILES", 11);
    assert_int_equal(id.value, MARKET);
    const struct jz_picture_market *market = jz_picture_find_market(is, id);
    expect_side(&market->bids, JZ_SIDE_BUY);
    expect_side(&market->asks, JZ_SIDE_SELL);
    jz_picture_verify(is);
}

static int open_street(void **state)
{
    (void)state;
    const struct jz_genesis genesis = roomy_genesis();
    seed = 88172645463325252u;
    street_open(&desk, &genesis);
    desk.is_unchecked = true;
    (void)street_mint(&desk, ANA, BEANS, 4000000);
    (void)street_mint(&desk, ANA, MILES, 4000000);
    (void)street_mint(&desk, BO, BEANS, 4000000);
    (void)street_mint(&desk, BO, MILES, 4000000);
    jz_picture_init(&picture);
    return 0;
}

static int close_street(void **state)
{
    (void)state;
    jz_picture_deinit(&picture);
    desk_close(&desk);
    return 0;
}

static void load(void)
{
    struct jz_core_walk walk = {0};
    while (tell_slice(&picture, &walk)) {
    }
}

static void it_knows_currencies_markets_accounts_and_lanes_by_name(void **state)
{
    (void)state;
    assert_false(picture.complete);
    load();
    assert_true(picture.complete);
    assert_int_equal(jz_picture_currency_of(&picture, "BEANS", 5).value, BEANS);
    assert_int_equal(jz_picture_currency_of(&picture, "MILES", 5).value, MILES);
    assert_int_equal(jz_picture_currency_of(&picture, "BEAN", 4).value, 0);
    assert_int_equal(jz_picture_market_of(&picture, "MILES/BEANS", 11).value, 0);
    assert_int_equal(jz_picture_market_reversed(&picture, "MILES/BEANS", 11).value, MARKET);
    assert_int_equal(jz_picture_market_reversed(&picture, "MILES", 5).value, 0);
    assert_int_equal(picture.markets_count, 1);
    assert_int_equal(jz_picture_find_market(&picture, (struct jz_market_id){MARKET})->is.lot_points,
                     LOT);
    assert_non_null(jz_picture_find_lane(&picture, 0));
    assert_int_equal(jz_picture_find_lane(&picture, 0)->highest_nonce, desk.next.nonce);
    assert_non_null(jz_picture_find_lane(&picture, desk_genesis().lanes - 1));
    assert_null(jz_picture_find_lane(&picture, desk_genesis().lanes));
    assert_null(jz_picture_find_market(&picture, (struct jz_market_id){MARKET + 1}));
}

static void names_longer_than_any_name_are_unknown(void **state)
{
    (void)state;
    const char longer[] = "ABCDEFGHIJKL/ABCDEFGHIJKL/ABCDEFGHIJKL";
    load();
    assert_int_equal(jz_picture_market_of(&picture, longer, sizeof(longer) - 1).value, 0);
    assert_int_equal(jz_picture_market_reversed(&picture, longer, sizeof(longer) - 1).value, 0);
    assert_int_equal(jz_picture_currency_of(&picture, longer, sizeof(longer) - 1).value, 0);
    assert_int_equal(jz_picture_currency_of(&picture, "", 0).value, 0);
}

static void events_alone_keep_it_true(void **state)
{
    (void)state;
    load();
    for (uint32_t i = 0; i < FLOW_STEPS; i++) {
        one_step();
        tell_last(&picture);
        expect_true(&picture);
    }
    const struct jz_picture_market *market =
        jz_picture_find_market(&picture, (struct jz_market_id){MARKET});
    assert_true(market->stands.trade_no > 100);
    assert_true(market->stands.depth_no > 1000);
}

static void commands_between_the_slices_do_no_harm(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        struct jz_core_walk walk = {0};
        for (uint32_t i = 0; i < 200; i++) {
            one_step();
        }
        jz_picture_deinit(&picture);
        jz_picture_init(&picture);
        while (tell_slice(&picture, &walk)) {
            for (uint64_t i = roll(4); i > 0; i--) {
                one_step();
                tell_last(&picture);
            }
        }
        expect_true(&picture);
    }
}

static void what_is_listed_while_it_attaches_is_there_in_the_end(void **state)
{
    (void)state;
    struct jz_core_walk walk = {0};
    const struct jz_put_market body = street_market_body(MILES, STARS);
    const struct jz_put_currency currency = street_currency_body("TEA");

    (void)desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &body); /* before any currency was told */
    tell_last(&picture);
    assert_int_equal(picture.markets_count, 0);
    while (tell_slice(&picture, &walk)) {
        (void)desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &currency);
        tell_last(&picture);
    }
    assert_int_equal(picture.markets_count, 2);
    assert_int_equal(jz_picture_market_of(&picture, "MILES/STARS", 11).value, 2);
    assert_int_equal(jz_picture_currency_of(&picture, "TEA", 3).value, 4);
    assert_int_equal(picture.currencies_count, 4);
    jz_picture_verify(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_knows_currencies_markets_accounts_and_lanes_by_name,
                                        open_street, close_street),
        cmocka_unit_test_setup_teardown(names_longer_than_any_name_are_unknown, open_street,
                                        close_street),
        cmocka_unit_test_setup_teardown(events_alone_keep_it_true, open_street, close_street),
        cmocka_unit_test_setup_teardown(commands_between_the_slices_do_no_harm, open_street,
                                        close_street),
        cmocka_unit_test_setup_teardown(what_is_listed_while_it_attaches_is_there_in_the_end,
                                        open_street, close_street),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
