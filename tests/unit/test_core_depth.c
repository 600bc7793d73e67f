/* Depth changes: each level once a command, only if it stands otherwise, all under one number.
 *
 * Method: the events of one command as text: "S 5@7 0@8" is the sell level at 7 now with 5 lots and
 * the one at 8 gone.
 */
#include "tests/support/core_street.h"

#include <inttypes.h>
#include <stdio.h>

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

/* The levels of the last command in the order told, and their common number. */
static void expect_told(uint64_t depth_no, const char *wanted)
{
    char text[512] = "";
    size_t at = 0;
    const uint32_t events = desk_count(&desk, JZ_EVENT_DEPTH);
    for (uint32_t i = 0; i < events; i++) {
        const struct jz_event *event = desk_event(&desk, JZ_EVENT_DEPTH, i);
        assert_int_equal(event->number, depth_no);
        assert_int_equal(event->market.value, MARKET);
        assert_int_equal(event->flags, i + 1 < events ? JZ_EVENT_FLAG_MORE : 0);
        for (uint32_t n = 0; n < 3 && event->depth.levels[n].side != 0; n++) {
            const struct jz_depth_level *level = &event->depth.levels[n];
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c %" PRIu64 "@%" PRIu32,
                                   at == 0 ? "" : ", ", level->side == JZ_SIDE_BUY ? 'B' : 'S',
                                   level->lots, level->price);
        }
    }
    assert_string_equal(text, wanted);
}

static void a_resting_order_changes_its_level_to_the_new_sum(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 7, NULL, 0});
    expect_told(1, "S 3@7");
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 4, 7, NULL, 0});
    expect_told(2, "S 7@7");
}

static void a_command_tells_every_level_it_changed_once(void **state)
{
    (void)state;
    for (uint32_t price = 1; price <= 4; price++) {
        (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, price, NULL, 0});
        (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 2, price, NULL, 0});
    }
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 10, 4, NULL, 0});
    expect_told(9, "S 0@1, S 0@2, S 0@3, S 2@4");
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 5, 4, NULL, 0});
    expect_told(10, "S 0@4, B 3@4");
}

static void exactly_three_levels_fit_one_event(void **state)
{
    (void)state;
    for (uint32_t price = 1; price <= 3; price++) {
        (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, price, NULL, 0});
    }
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 3, 3, NULL, 0});
    assert_int_equal(desk_count(&desk, JZ_EVENT_DEPTH), 1);
    expect_told(4, "S 0@1, S 0@2, S 0@3");
}

static void what_stands_as_before_is_not_told_and_uses_no_number(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 7, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 3, 7), JZ_RESULT_DONE);
    expect_told(0, "");
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_BUY, 3, 6, NULL, JZ_TIF_IOC});
    expect_told(0, "");
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 3, 8, NULL, 0});
    expect_told(2, "S 3@8"); /* the number after 1 */
}

static void a_level_that_goes_and_comes_back_is_told_once(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 7, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 5, 7), JZ_RESULT_DONE);
    expect_told(2, "S 5@7"); /* its only order left it and made it anew */
}

static void a_moved_order_changes_both_levels(void **state)
{
    (void)state;
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 3, 7, NULL, 0});
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 1, 7, NULL, 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 1, 9, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 3, 8), JZ_RESULT_DONE);
    expect_told(4, "B 1@7, B 3@8");
}

static void a_refused_or_repeated_command_changes_no_level(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 7, NULL, 0});
    desk.next.nonce--;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 3, 7, NULL, 0});
    expect_told(0, "");
    street_expect(street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 0, 7, NULL, 0}),
                  JZ_RESULT_QTY);
    expect_told(0, "");
}

/* Ladders of levels grow and shrink through chunks of 4, 8, 16, ... rungs. 271 and 389 are coprime
 * to 701, so each walk visits every price from 1 to 700 in an order of its own. */
static void many_levels_stay_sorted_while_they_come_and_go(void **state)
{
    (void)state;
    enum { LEVELS = 700, MODULUS = 701 };
    static uint64_t orders[MODULUS];
    static struct jz_depth_level levels[MODULUS];
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = LEVELS;
    genesis.levels = LEVELS;
    desk_close(&desk);
    street_open(&desk, &genesis);
    street_expect(street_mint(&desk, ANA, BEANS, LEVELS * LOT), JZ_RESULT_DONE);
    for (uint32_t i = 1; i <= LEVELS; i++) {
        const uint32_t price = i * 271 % MODULUS;
        orders[price] = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, price, NULL, 0});
    }
    const struct jz_market_id market = {MARKET};
    assert_int_equal(jz_core_depth(desk.core, market, JZ_SIDE_SELL, levels, MODULUS), LEVELS);
    for (uint32_t i = 0; i < LEVELS; i++) {
        assert_int_equal(levels[i].price, i + 1);
    }
    for (uint32_t i = 1; i <= LEVELS; i++) {
        const uint32_t price = i * 389 % MODULUS;
        street_expect(street_cancel(&desk, ANA, orders[price]), JZ_RESULT_DONE);
        assert_int_equal(desk_event(&desk, JZ_EVENT_DEPTH, 0)->depth.levels[0].price, price);
    }
    street_expect_book(&desk, JZ_SIDE_SELL, "");
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resting_order_changes_its_level_to_the_new_sum),
        cmocka_unit_test(a_command_tells_every_level_it_changed_once),
        cmocka_unit_test(exactly_three_levels_fit_one_event),
        cmocka_unit_test(what_stands_as_before_is_not_told_and_uses_no_number),
        cmocka_unit_test(a_level_that_goes_and_comes_back_is_told_once),
        cmocka_unit_test(a_moved_order_changes_both_levels),
        cmocka_unit_test(a_refused_or_repeated_command_changes_no_level),
        cmocka_unit_test(many_levels_stay_sorted_while_they_come_and_go),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
