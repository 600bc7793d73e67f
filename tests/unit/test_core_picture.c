/* The picture for an attaching gateway: slices between commands, and the right books in the end.
 *
 * Method: a reader that attaches in the middle of a long random stream takes slices and events as
 * they come, and must then agree with the core in everything it knows. Prints its seed and takes
 * one as its only argument.
 */
#include "engine/core/state.h"
#include "tests/support/core_reader.h"
#include "tests/support/core_stream.h"
#include "tests/support/core_street.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed = 20261121;
static struct desk desk;
static struct stream stream;
static struct reader reader;

static int open_desk(void **state)
{
    (void)state;
    const struct jz_genesis genesis = stream_genesis();
    desk_open(&desk, &genesis);
    desk.is_unchecked = true;
    stream_open(&stream, seed);
    reader = (struct reader){.is_whole = false};
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* The next command of the stream, with the reader listening. */
static void run_command(void)
{
    struct stream_command command;
    stream_step(&stream, &desk, &command);
    for (uint32_t i = 0; i < desk.event_count; i++) {
        reader_take(&reader, &desk.events[i], command.record.key, command.record.lane);
    }
}

/* The next slice; returns how many events it was. */
static uint32_t run_slice(struct jz_core_walk *walk, uint32_t events_max)
{
    desk.room.next = desk.events;
    desk.room.end = desk.events + DESK_EVENTS_MAX;
    const bool goes_on = jz_core_picture(desk.core, walk, events_max, &desk.room);
    const uint32_t count = (uint32_t)(desk.room.next - desk.events);
    for (uint32_t i = 0; i < count; i++) {
        reader_take(&reader, &desk.events[i], 0, 0);
    }
    assert_int_equal(goes_on, !reader.is_whole);
    return count;
}

static void expect_side(struct jz_market_id market, uint8_t side)
{
    struct jz_depth_level levels[READER_PRICES];
    uint64_t lots[READER_PRICES] = {0};
    const uint32_t count = jz_core_depth(desk.core, market, side, levels, READER_PRICES);
    for (uint32_t i = 0; i < count; i++) {
        lots[levels[i].price] = levels[i].lots;
    }
    assert_memory_equal(reader.markets[market.value].lots[side == JZ_SIDE_BUY ? 0 : 1], lots,
                        sizeof(lots));
}

/* The reader knows exactly what the core knows. */
static void expect_the_same(void)
{
    for (uint32_t i = 1; i < READER_TABLE; i++) {
        const bool listed = i <= desk.core->market_count;
        const struct reader_market *market = &reader.markets[i];
        assert_int_equal(market->terms.base.value,
                         listed ? jz_state_market(desk.core, i)->base : 0);
        if (listed) {
            const struct jz_market *truth = jz_state_market(desk.core, i);
            assert_int_equal(market->state.depth_no, truth->depth_no);
            assert_int_equal(market->state.trade_no, truth->trade_no);
            assert_int_equal(market->state.last_price, truth->last_price);
            assert_int_equal(market->terms.lot_points, truth->lot_points);
            expect_side((struct jz_market_id){i}, JZ_SIDE_BUY);
            expect_side((struct jz_market_id){i}, JZ_SIDE_SELL);
        }
        const bool issued = i <= desk.core->currency_count;
        assert_int_equal(reader.currencies[i].currency.value, issued ? i : 0);
        if (issued) {
            assert_memory_equal(reader.currencies[i].code, jz_state_currency(desk.core, i)->code,
                                JZ_CODE_BYTES);
        }
    }
    for (uint32_t i = 1; i <= desk.core->genesis.accounts; i++) {
        assert_int_equal(reader.roles[i], jz_state_account(desk.core, i)->role);
    }
    for (uint32_t lane = 0; lane < desk.core->genesis.lanes; lane++) {
        assert_int_equal(reader.highest_nonces[lane],
                         jz_state_lane(desk.core, lane)->highest_nonce);
    }
}

static void a_reader_that_attaches_at_any_time_has_the_right_books_in_the_end(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 60; round++) {
        struct jz_core_walk walk = {.stage = 0};
        reader = (struct reader){.is_whole = false};
        while (!reader.is_whole) {
            for (uint64_t i = stream_below(&stream, 4); i > 0; i--) {
                run_command();
            }
            assert_true(run_slice(&walk, 8) <= 8);
        }
        assert_int_equal(reader.lane_count, desk.core->genesis.lanes);
        expect_the_same();
        for (uint32_t i = 0; i < 20; i++) {
            run_command();
        }
        expect_the_same();
    }
    assert_true(jz_core_live_orders(desk.core) > 50); /* there was something to see */
}

static void one_slice_may_hold_the_whole_picture(void **state)
{
    (void)state;
    struct jz_core_walk walk = {.stage = 0};
    for (uint32_t i = 0; i < 500; i++) {
        run_command();
    }
    reader = (struct reader){.is_whole = false};
    (void)run_slice(&walk, 4096);
    assert_true(reader.is_whole);
    expect_the_same();
}

static void a_picture_taken_leaves_no_trace(void **state)
{
    (void)state;
    struct jz_core_walk walk = {.stage = 0};
    for (uint32_t i = 0; i < 500; i++) {
        run_command();
    }
    const struct jz_digest before = jz_core_digest(desk.core);
    while (!reader.is_whole) {
        (void)run_slice(&walk, 8);
    }
    const struct jz_digest after = jz_core_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void slices_are_bounded_also_over_markets_that_nobody_uses(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    struct jz_core_walk walk = {.stage = 0};
    genesis.currencies = 40;
    genesis.markets = 39;
    desk_close(&desk);
    desk_open(&desk, &genesis);
    struct jz_put_currency put = street_currency_body("A00");
    for (uint32_t i = 0; i < 40; i++) {
        put.code[1] = (char)('0' + (i / 10));
        put.code[2] = (char)('0' + (i % 10));
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put), JZ_RESULT_DONE);
    }
    for (uint32_t quote = 2; quote <= 40; quote++) {
        const struct jz_put_market market = street_market_body(1, quote);
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
    }
    uint32_t slices = 0;
    while (!reader.is_whole) {
        assert_true(run_slice(&walk, 8) <= 8);
        slices++;
    }
    assert_true(slices > (40 + (2 * 39)) / 8);
    assert_int_equal(reader.markets[39].terms.quote.value, 40);
}

int main(int count, char **arguments)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_attaches_at_any_time_has_the_right_books_in_the_end),
        cmocka_unit_test(one_slice_may_hold_the_whole_picture),
        cmocka_unit_test(a_picture_taken_leaves_no_trace),
        cmocka_unit_test(slices_are_bounded_also_over_markets_that_nobody_uses),
    };
    if (count > 1) {
        seed = strtoull(arguments[1], NULL, 10);
    }
    (void)printf("seed %" PRIu64 "\n", seed);
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_desk, close_desk);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
