/* Every table of the core at its bound: the last entry fits, the next is CAPACITY and changes
 * nothing, and where entries can go away there is room again afterwards.
 *
 * Method: small tables, filled to the brim; after every command a walk over all state.
 */
#include "engine/base/limits.h"
#include "tests/support/core_street.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

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

static void expect_full(const struct jz_event_result *result, struct jz_digest before)
{
    street_expect(result, JZ_RESULT_CAPACITY);
    assert_string_equal(desk_told(&desk), "result");
    const struct jz_digest after = jz_core_content_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void orders_fill_up_and_a_cancel_makes_room(void **state)
{
    (void)state;
    const uint32_t orders = desk_genesis().orders;
    uint64_t order = 0;
    for (uint32_t i = 0; i < orders; i++) {
        char name[JZ_CLIENT_ID_BYTES];
        (void)snprintf(name, sizeof(name), "n%u", i);
        order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 9, name, 0});
    }
    assert_int_equal(jz_core_live_orders(desk.core), orders);
    const struct jz_digest before = jz_core_content_digest(desk.core);
    expect_full(street_place(&desk, (struct wish){BO, JZ_SIDE_SELL, 1, 9, NULL, 0}), before);
    expect_full(street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 1, 9, NULL, JZ_TIF_IOC}),
                before);
    street_expect(street_replace(&desk, ANA, order, 2, 9), JZ_RESULT_DONE); /* needs no slot */
    street_expect(street_cancel(&desk, ANA, order), JZ_RESULT_DONE);
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 1, 9, NULL, 0});
}

/* One level of Ana's at each price from 1 on until the pool of levels is full. */
static uint64_t fill_the_levels(void)
{
    uint64_t order = 0;
    for (uint32_t price = 1; price <= desk_genesis().levels; price++) {
        order = street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 1, price, NULL, 0});
    }
    return order;
}

static void levels_fill_up_and_only_what_needs_a_new_one_is_refused(void **state)
{
    (void)state;
    const uint64_t best = fill_the_levels();
    const struct jz_digest before = jz_core_content_digest(desk.core);
    const struct wish new_level = {BO, JZ_SIDE_BUY, 1, 17, NULL, 0};
    const struct wish immediate = {BO, JZ_SIDE_BUY, 1, 17, NULL, JZ_TIF_IOC};
    const struct wish known_level = {BO, JZ_SIDE_BUY, 1, 16, NULL, 0};
    expect_full(street_place(&desk, new_level), before);
    street_expect(street_place(&desk, immediate), JZ_RESULT_DONE);
    street_expect(street_place(&desk, known_level), JZ_RESULT_DONE);
    expect_full(street_replace(&desk, ANA, best, 1, 17), jz_core_content_digest(desk.core));
    street_expect(street_replace(&desk, ANA, best, 1, 15), JZ_RESULT_DONE); /* a level there is */
    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_SELL, 1, 16, NULL, JZ_TIF_IOC});
    street_expect(street_place(&desk, new_level), JZ_RESULT_DONE); /* Bo's level at 16 is gone */
}

static void an_order_alone_at_its_level_takes_the_slot_along(void **state)
{
    (void)state;
    const uint64_t best = fill_the_levels();
    street_expect(street_replace(&desk, ANA, best, 1, 20), JZ_RESULT_DONE);
    street_expect_book(&desk, JZ_SIDE_BUY,
                       "1@20 1@15 1@14 1@13 1@12 1@11 1@10 1@9 1@8 1@7 1@6 1@5 1@4 1@3 1@2 1@1");
}

static void one_order_may_sweep_every_level_there_is(void **state)
{
    (void)state;
    (void)fill_the_levels();
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 16, 1, NULL, JZ_TIF_IOC});
    assert_int_equal(desk_count(&desk, JZ_EVENT_TRADE), 16);
    assert_int_equal(desk_count(&desk, JZ_EVENT_DEPTH), 6);
    street_expect_book(&desk, JZ_SIDE_BUY, "");
}

/* Nine levels on a side of a market, of which five stay: a ladder that had to take a chunk of 16
 * rungs and keeps it. */
static void leave_five_of_nine(uint32_t market, uint8_t side)
{
    uint64_t orders[9];
    for (uint32_t i = 0; i < 9; i++) {
        struct jz_place_order place = street_place_body(
            (struct wish){ANA, side, 1, (side == JZ_SIDE_BUY ? 1 : 100) + i, NULL, 0});
        place.market.value = market;
        const struct jz_event_result *result = desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place);
        street_expect(result, JZ_RESULT_DONE);
        orders[i] = result->object;
    }
    for (uint32_t i = 5; i < 9; i++) {
        street_expect(street_cancel(&desk, ANA, orders[i]), JZ_RESULT_DONE);
    }
}

static void as_many_large_ladders_as_there_can_be_find_their_chunks(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = 64;
    genesis.levels = 64; /* eleven sides with five, and nine on the last while it grows */
    desk_close(&desk);
    street_open(&desk, &genesis);
    for (uint32_t currency = BEANS; currency <= STARS; currency++) {
        street_expect(street_mint(&desk, ANA, currency, PURSE), JZ_RESULT_DONE);
    }
    struct jz_put_currency put = street_currency_body("C4");
    for (uint32_t currency = 4; currency <= 7; currency++) {
        put.code[1] = (char)('0' + currency);
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put), JZ_RESULT_DONE);
        street_expect(street_mint(&desk, ANA, currency, PURSE), JZ_RESULT_DONE);
        const struct jz_put_market market = street_market_body(BEANS, currency);
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
    }
    const struct jz_put_market sixth = street_market_body(BEANS, STARS);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &sixth), JZ_RESULT_DONE);
    for (uint32_t market = 1; market <= 6; market++) {
        leave_five_of_nine(market, JZ_SIDE_BUY);
        leave_five_of_nine(market, JZ_SIDE_SELL);
    }
    assert_int_equal(jz_core_live_orders(desk.core), 60);
}

static void balances_fill_up_and_who_has_one_goes_on(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    genesis.balances = 3;
    desk_close(&desk);
    street_open(&desk, &genesis);
    street_expect(street_mint(&desk, ANA, BEANS, 100), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, BO, MILES, 100), JZ_RESULT_DONE);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0}); /* ANA's MILES */

    const struct jz_digest before = jz_core_content_digest(desk.core);
    expect_full(street_mint(&desk, CY, MILES, 1), before);
    expect_full(street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 1, 5, NULL, 0}), before);
    expect_full(street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 99, 5, NULL, 0}), before);
    street_expect(street_mint(&desk, BO, MILES, 1), JZ_RESULT_DONE);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
}

static void a_refused_order_makes_no_balance(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    genesis.balances = 2;
    desk_close(&desk);
    street_open(&desk, &genesis);
    street_expect(street_mint(&desk, ANA, BEANS, 100), JZ_RESULT_DONE);
    street_expect(street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 11, 5, NULL, 0}),
                  JZ_RESULT_FUNDS);
    street_expect(street_mint(&desk, BO, MILES, 100), JZ_RESULT_DONE); /* the last slot is free */
}

static void accounts_end_at_their_capacity(void **state)
{
    (void)state;
    struct jz_put_account put = {.account = {desk_genesis().accounts}, .role = JZ_ROLE_MEMBER};
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_ACCOUNT, &put), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, put.account.value, BEANS, 1), JZ_RESULT_DONE);
    put.account.value++;
    expect_full(desk_apply(&desk, JZ_COMMAND_PUT_ACCOUNT, &put), jz_core_content_digest(desk.core));
    street_expect(street_mint(&desk, put.account.value, BEANS, 1), JZ_RESULT_UNKNOWN);
    put.account.value = UINT32_MAX;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_ACCOUNT, &put), JZ_RESULT_CAPACITY);
    street_expect(street_place(&desk, (struct wish){UINT32_MAX, JZ_SIDE_SELL, 1, 5, NULL, 0}),
                  JZ_RESULT_UNKNOWN);
}

static void currencies_and_markets_end_at_their_capacity(void **state)
{
    (void)state;
    const uint32_t currencies = desk_genesis().currencies;
    struct jz_put_currency put = street_currency_body("C4");
    for (uint32_t currency = 4; currency <= currencies; currency++) {
        put.code[1] = (char)('0' + currency);
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put), JZ_RESULT_DONE);
    }
    const struct jz_put_currency last = put;
    struct jz_put_currency conflict = last; /* a conflict is seen before the table is */
    conflict.scale++;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &conflict), JZ_RESULT_CONFLICT);
    put.code[1] = 'X';
    expect_full(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put),
                jz_core_content_digest(desk.core));
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &last), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, currencies, 1), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, currencies + 1, 1), JZ_RESULT_UNKNOWN);

    struct jz_put_market market = street_market_body(BEANS, 0);
    for (uint32_t quote = 3; quote <= currencies; quote++) {
        market.quote.value = quote;
        street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
    }
    market = street_market_body(MILES, STARS);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
    market = street_market_body(MILES, 4);
    expect_full(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market),
                jz_core_content_digest(desk.core));
}

/* ---- genesis ------------------------------------------------------------------------------ */

static void expect_genesis_fault(struct jz_genesis genesis, int wanted)
{
    assert_int_equal(jz_core_check_genesis(&genesis), wanted);
}

static void a_capacity_of_0_or_above_its_limit_is_not_acceptable(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        uint32_t max;
    } capacities[] = {
        {offsetof(struct jz_genesis, currencies), JZ_CURRENCIES_MAX},
        {offsetof(struct jz_genesis, markets), JZ_MARKETS_MAX},
        {offsetof(struct jz_genesis, accounts), JZ_ACCOUNTS_MAX},
        {offsetof(struct jz_genesis, balances), JZ_BALANCES_MAX},
        {offsetof(struct jz_genesis, orders), JZ_ORDERS_MAX},
        {offsetof(struct jz_genesis, levels), JZ_LEVELS_MAX},
        {offsetof(struct jz_genesis, lanes), JZ_LANES_MAX},
        {offsetof(struct jz_genesis, window), JZ_WINDOW_MAX},
    };
    const uint32_t wrong[] = {0, 1, UINT32_MAX}; /* 1 is added to the limit */
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        for (size_t n = 0; n < 3; n++) {
            struct jz_genesis genesis = desk_genesis();
            const uint32_t value = wrong[n] == 1 ? capacities[i].max + 1 : wrong[n];
            memcpy((unsigned char *)&genesis + capacities[i].offset, &value, sizeof(value));
            expect_genesis_fault(genesis, JZ_FIELD_CAPACITIES);
            memcpy((unsigned char *)&genesis + capacities[i].offset, &capacities[i].max, 4);
            expect_genesis_fault(genesis, 0);
        }
    }
}

static void a_genesis_of_other_rules_or_with_an_odd_window_is_not_acceptable(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    genesis.rules++;
    expect_genesis_fault(genesis, JZ_FIELD_RULES);
    genesis = desk_genesis();
    genesis.window = 12;
    expect_genesis_fault(genesis, JZ_FIELD_CAPACITIES);
    genesis.window = 1;
    expect_genesis_fault(genesis, 0);
    genesis.reserved[5] = 1;
    expect_genesis_fault(genesis, JZ_FIELD_V);
    genesis = desk_genesis();
    genesis.accounts = JZ_ACCOUNT_FIRST - 1; /* nobody could ever be let in */
    expect_genesis_fault(genesis, JZ_FIELD_CAPACITIES);
}

static void nothing_is_taken_before_genesis_and_only_the_genesis_it_was_made_for(void **state)
{
    (void)state;
    desk_close(&desk);
    desk_open_blank(&desk, NULL);
    struct jz_genesis other = desk_genesis();
    other.orders++;
    desk.next.key = 0;
    street_expect_fault(desk_apply(&desk, JZ_COMMAND_GENESIS, &other), JZ_FIELD_CAPACITIES);
    const struct jz_genesis good = desk_genesis();
    street_expect(desk_apply(&desk, JZ_COMMAND_GENESIS, &good), JZ_RESULT_FORBIDDEN); /* second */
    street_expect(desk_apply(&desk, JZ_COMMAND_TICK, &(struct jz_tick){{0}}), JZ_RESULT_FORBIDDEN);
    desk.next.key = 1;
    const struct jz_put_currency put = street_currency_body("BEANS");
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put), JZ_RESULT_FORBIDDEN);
}

static void the_least_exchange_there_can_be_works(void **state)
{
    (void)state;
    const struct jz_genesis least = {
        .rules = JZ_RULES_VERSION,
        .currencies = 2,
        .markets = 1,
        .accounts = JZ_ACCOUNT_FIRST,
        .balances = 2,
        .orders = 1,
        .levels = 1,
        .lanes = 1,
        .window = 1,
    };
    desk_close(&desk);
    desk_open(&desk, &least);
    const struct jz_put_currency beans = street_currency_body("BEANS");
    const struct jz_put_currency miles = street_currency_body("MILES");
    const struct jz_put_account ana = {.account = {ANA}, .role = JZ_ROLE_MEMBER};
    const struct jz_put_market market = street_market_body(BEANS, MILES);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &beans), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &miles), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_ACCOUNT, &ana), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, BEANS, 100), JZ_RESULT_DONE);
    const uint64_t order = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    street_expect(street_replace(&desk, ANA, order, 1, 6), JZ_RESULT_DONE);
    street_expect(street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0}),
                  JZ_RESULT_CAPACITY);
    street_expect(street_cancel(&desk, ANA, order), JZ_RESULT_DONE);
}

/* ---- memory ------------------------------------------------------------------------------- */

static size_t resident_pages(void *range, size_t bytes)
{
    enum { CHUNK_PAGES = 1 << 16 };
    static unsigned char present[CHUNK_PAGES];
    size_t pages = 0;
    for (size_t at = 0; at < bytes; at += (size_t)CHUNK_PAGES * 4096) {
        const size_t rest = bytes - at;
        const size_t take = rest < (size_t)CHUNK_PAGES * 4096 ? rest : (size_t)CHUNK_PAGES * 4096;
        assert_int_equal(mincore((unsigned char *)range + at, take, present), 0);
        for (size_t i = 0; i < (take + 4095) / 4096; i++) {
            pages += present[i] & 1;
        }
    }
    return pages;
}

static void an_unused_market_costs_at_most_128_bytes_and_an_order_192(void **state)
{
    (void)state;
    for (uint32_t count = 1u << 16; count < 1u << 17; count += 10000) {
        struct jz_genesis genesis = desk_genesis();
        assert_true(genesis.markets < count);
        size_t bytes = jz_core_range_bytes(&genesis);
        genesis.markets = count;
        bytes = jz_core_range_bytes(&genesis) - bytes;
        assert_true(bytes / count <= 128);
        genesis = desk_genesis();
        bytes = jz_core_range_bytes(&genesis);
        genesis.orders = count;
        bytes = jz_core_range_bytes(&genesis) - bytes;
        assert_true(bytes / count <= 192);
    }
}

static void large_tables_cost_memory_only_as_they_are_used(void **state)
{
    (void)state;
    struct jz_genesis large = desk_genesis();
    large.orders = 1u << 22;
    large.levels = 1u << 20;
    large.balances = 1u << 22;
    large.accounts = 1u << 22;
    large.markets = 1u << 16;
    large.window = 4096;
    desk_close(&desk);
    street_open(&desk, &large);
    assert_true(desk.range_bytes > (size_t)1 << 30);
    desk.is_unchecked = true;
    street_expect(street_mint(&desk, ANA, BEANS, PURSE), JZ_RESULT_DONE);
    for (uint32_t price = 1; price <= 200; price++) {
        (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, price, NULL, 0});
    }
    assert_true(resident_pages(desk.range, desk.range_bytes) < 400);
}

static void touching_ahead_ends_and_changes_no_state(void **state)
{
    (void)state;
    (void)fill_the_levels();
    const struct jz_digest before = jz_core_digest(desk.core);
    const size_t pages = resident_pages(desk.range, desk.range_bytes);
    uint32_t calls = 1;
    while (jz_core_touch_ahead(desk.core)) {
        calls++;
    }
    assert_true(calls > 1 && calls < 1000);
    assert_true(resident_pages(desk.range, desk.range_bytes) > pages);
    const struct jz_digest after = jz_core_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));
    jz_core_verify(desk.core);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_fill_up_and_a_cancel_makes_room),
        cmocka_unit_test(levels_fill_up_and_only_what_needs_a_new_one_is_refused),
        cmocka_unit_test(an_order_alone_at_its_level_takes_the_slot_along),
        cmocka_unit_test(one_order_may_sweep_every_level_there_is),
        cmocka_unit_test(as_many_large_ladders_as_there_can_be_find_their_chunks),
        cmocka_unit_test(balances_fill_up_and_who_has_one_goes_on),
        cmocka_unit_test(a_refused_order_makes_no_balance),
        cmocka_unit_test(accounts_end_at_their_capacity),
        cmocka_unit_test(currencies_and_markets_end_at_their_capacity),
        cmocka_unit_test(a_capacity_of_0_or_above_its_limit_is_not_acceptable),
        cmocka_unit_test(a_genesis_of_other_rules_or_with_an_odd_window_is_not_acceptable),
        cmocka_unit_test(nothing_is_taken_before_genesis_and_only_the_genesis_it_was_made_for),
        cmocka_unit_test(the_least_exchange_there_can_be_works),
        cmocka_unit_test(an_unused_market_costs_at_most_128_bytes_and_an_order_192),
        cmocka_unit_test(large_tables_cost_memory_only_as_they_are_used),
        cmocka_unit_test(touching_ahead_ends_and_changes_no_state),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
