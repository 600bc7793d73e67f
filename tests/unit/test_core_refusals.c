/* Every refusal, and which one is said when a command deserves several.
 *
 * Method: a command that is wrong in every way is repaired one field at a time; each repair must
 * uncover the next line of the table of results. A refused command tells nothing but its result and
 * leaves no trace in what members own and see.
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

/* Applies a command that must be refused like this, without a trace. */
static void expect_refused(uint16_t kind, const void *body, enum jz_result wanted)
{
    const struct jz_digest before = jz_core_content_digest(desk.core);
    street_expect(desk_apply(&desk, kind, body), wanted);
    assert_string_equal(desk_told(&desk), "result");
    const struct jz_digest after = jz_core_content_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void expect_fault(uint16_t kind, const void *body, enum jz_field wanted)
{
    expect_refused(kind, body, JZ_RESULT_INVALID_PARAM);
    street_expect_fault(&desk.events[0].result, wanted);
}

static void expect_order_refused(const struct jz_place_order *place, enum jz_result wanted)
{
    expect_refused(JZ_COMMAND_PLACE_ORDER, place, wanted);
}

/* BEANS/STARS with a lot of 16, tick 4, a band of 20 % around 20 and a least notional of
 * 2^60 + 1: large enough that one order can deserve OVERFLOW and MIN_NOTIONAL together. */
enum { WIDE_MARKET = 2 };

static void list_wide_market(void)
{
    struct jz_put_market put = street_market_body(BEANS, STARS);
    put.lot_points = 16;
    put.tick_price = 4;
    put.price_min = 4;
    put.reference_price = 20;
    put.band_bp = 2000;
    put.notional_min_points = (UINT64_C(1) << 60) + 1;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &put), JZ_RESULT_DONE);
}

static void fill_the_order_pool(uint32_t but_lots)
{
    while (jz_core_live_orders(desk.core) + but_lots < desk_genesis().orders) {
        (void)street_order(&desk, (struct wish){CY, JZ_SIDE_SELL, 1, 9, NULL, 0});
    }
}

static void a_new_order_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks(void **state)
{
    (void)state;
    list_wide_market();
    const uint64_t live = street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 9, "taken", 0});
    fill_the_order_pool(0);

    struct jz_place_order place = street_place_body((struct wish){50, 9, 0, 7, "taken", 0});
    place.market.value = 9;
    expect_fault(JZ_COMMAND_PLACE_ORDER, &place, JZ_FIELD_SIDE);
    place.side = JZ_SIDE_BUY;
    expect_order_refused(&place, JZ_RESULT_UNKNOWN);
    place.account.value = ANA;
    expect_order_refused(&place, JZ_RESULT_DUP_ID);
    memcpy(place.client_id, "fresh", 5);
    expect_order_refused(&place, JZ_RESULT_UNKNOWN_MARKET);
    place.market.value = WIDE_MARKET;
    expect_order_refused(&place, JZ_RESULT_QTY);
    place.lots = UINT64_C(1) << 58; /* times 16 is 2^62 */
    expect_order_refused(&place, JZ_RESULT_PRICE);
    place.price = 28;
    expect_order_refused(&place, JZ_RESULT_BAND);
    place.price = 4;
    expect_order_refused(&place, JZ_RESULT_OVERFLOW);
    place.lots = UINT64_C(1) << 57;
    expect_order_refused(&place, JZ_RESULT_MIN_NOTIONAL);
    place.price = 12;
    expect_order_refused(&place, JZ_RESULT_CAPACITY);
    street_expect(street_cancel(&desk, ANA, live), JZ_RESULT_DONE);
    expect_order_refused(&place, JZ_RESULT_FUNDS);
    street_expect(street_mint(&desk, ANA, STARS, place.lots * place.price), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place), JZ_RESULT_DONE);
}

static void a_replace_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks(void **state)
{
    (void)state;
    list_wide_market();
    const uint64_t lots = UINT64_C(1) << 57;
    struct jz_place_order place =
        street_place_body((struct wish){BO, JZ_SIDE_BUY, lots, 12, NULL, 0});
    place.market.value = WIDE_MARKET;
    street_expect(street_mint(&desk, BO, STARS, 2 * lots * 12), JZ_RESULT_DONE);
    const uint64_t order = desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place)->object;
    const uint64_t other = desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place)->object;
    for (uint32_t price = 1; price < desk_genesis().levels; price++) {
        (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 1, price, NULL, 0});
    }

    struct jz_replace_order replace = {.account = {50}, .price = 7};
    const uint16_t kind = JZ_COMMAND_REPLACE_ORDER;
    expect_fault(kind, &replace, JZ_FIELD_ORDER_ID);
    replace.order.value = order;
    expect_refused(kind, &replace, JZ_RESULT_UNKNOWN);
    replace.account.value = BO;
    expect_refused(kind, &replace, JZ_RESULT_QTY);
    replace.lots = 2 * lots;
    expect_refused(kind, &replace, JZ_RESULT_PRICE);
    replace.price = 28;
    expect_refused(kind, &replace, JZ_RESULT_BAND);
    replace.price = 4;
    expect_refused(kind, &replace, JZ_RESULT_OVERFLOW);
    replace.lots = lots;
    expect_refused(kind, &replace, JZ_RESULT_MIN_NOTIONAL);
    replace.price = 20;
    expect_refused(kind, &replace,
                   JZ_RESULT_CAPACITY); /* no level free, and not alone on its own */
    (void)street_order(&desk, (struct wish){CY, JZ_SIDE_SELL, 1, 15, NULL, JZ_TIF_IOC});
    expect_refused(kind, &replace, JZ_RESULT_FUNDS);
    street_expect(street_cancel(&desk, BO, other), JZ_RESULT_DONE);
    street_expect(desk_apply(&desk, kind, &replace), JZ_RESULT_DONE);
}

/* BEANS/STARS with a band around 100. */
static void list_banded_market(uint32_t band_bp)
{
    struct jz_put_market put = street_market_body(BEANS, STARS);
    put.reference_price = 100;
    put.band_bp = band_bp;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &put), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, BO, STARS, PURSE), JZ_RESULT_DONE);
}

static struct jz_place_order banded(struct wish wish)
{
    struct jz_place_order place = street_place_body(wish);
    place.market.value = 2;
    return place;
}

static void the_edge_of_the_band_is_inside_and_the_next_price_is_not(void **state)
{
    (void)state;
    list_banded_market(1000);
    struct jz_place_order sell = banded((struct wish){ANA, JZ_SIDE_SELL, 10, 89, NULL, 0});
    expect_order_refused(&sell, JZ_RESULT_BAND);
    sell.price = 90;
    const struct jz_event_result *result = desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &sell);
    street_expect(result, JZ_RESULT_DONE);
    const uint64_t order = result->object;
    street_expect(street_replace(&desk, ANA, order, 9, 89), JZ_RESULT_BAND);
    sell.price = PRICE_MAX; /* a sell may be as dear as it likes */
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &sell), JZ_RESULT_DONE);

    struct jz_place_order buy = banded((struct wish){BO, JZ_SIDE_BUY, 1, 111, NULL, 0});
    expect_order_refused(&buy, JZ_RESULT_BAND);
    buy.price = 110;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &buy), JZ_RESULT_DONE);
    buy.price = 1; /* a buy may be as cheap as it likes */
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &buy), JZ_RESULT_DONE);
}

static void a_band_of_more_than_all_binds_buyers_only(void **state)
{
    (void)state;
    list_banded_market(10001);
    const struct jz_place_order sell = banded((struct wish){ANA, JZ_SIDE_SELL, 1, 1, NULL, 0});
    struct jz_place_order buy = banded((struct wish){BO, JZ_SIDE_BUY, 1, 201, NULL, 0});
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &sell), JZ_RESULT_DONE);
    expect_order_refused(&buy, JZ_RESULT_BAND);
    buy.price = 200;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &buy), JZ_RESULT_DONE);
}

static void the_least_notional_itself_is_enough(void **state)
{
    (void)state;
    struct jz_put_market put = street_market_body(BEANS, STARS);
    put.notional_min_points = 50;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &put), JZ_RESULT_DONE);
    struct jz_place_order sell = banded((struct wish){ANA, JZ_SIDE_SELL, 7, 7, NULL, 0});
    expect_order_refused(&sell, JZ_RESULT_MIN_NOTIONAL);
    sell.lots = 10;
    sell.price = 5;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &sell), JZ_RESULT_DONE);
}

static void a_mint_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks(void **state)
{
    (void)state;
    const uint16_t kind = JZ_COMMAND_MINT;
    struct jz_put_currency small = street_currency_body("SMALL");
    small.supply_cap_points = 100;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &small), JZ_RESULT_DONE);

    struct jz_mint mint = street_mint_body(50, 9, 0, "");
    expect_fault(kind, &mint, JZ_FIELD_AMOUNT);
    mint.amount_points = 101;
    expect_fault(kind, &mint, JZ_FIELD_SOURCE_ID);
    memcpy(mint.source_id, "salary", 6);
    expect_refused(kind, &mint, JZ_RESULT_UNKNOWN);
    assert_int_equal(desk.events[0].result.field, JZ_FIELD_ACCOUNT);
    mint.account.value = ANA;
    expect_refused(kind, &mint, JZ_RESULT_UNKNOWN);
    assert_int_equal(desk.events[0].result.field, JZ_FIELD_CURRENCY);
    mint.currency.value = 4;
    expect_refused(kind, &mint, JZ_RESULT_SUPPLY_CAP);
    mint.amount_points = 100;
    const struct jz_event_result *result = desk_apply(&desk, kind, &mint);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->amount, 100);
    assert_int_equal(result->object, ANA);
    assert_string_equal(desk_told(&desk), "transfer result");
    memcpy(mint.source_id, "salary 2", 8);
    mint.amount_points = 1;
    expect_refused(kind, &mint, JZ_RESULT_SUPPLY_CAP);
}

static void the_cap_is_looked_at_before_the_room(void **state)
{
    (void)state;
    struct jz_genesis genesis = desk_genesis();
    genesis.balances = 1;
    desk_close(&desk);
    street_open(&desk, &genesis);
    struct jz_put_currency small = street_currency_body("SMALL");
    small.supply_cap_points = 100;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &small), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, BEANS, 1), JZ_RESULT_DONE);
    street_expect(street_mint(&desk, ANA, 4, 101), JZ_RESULT_SUPPLY_CAP);
    street_expect(street_mint(&desk, ANA, 4, 100), JZ_RESULT_CAPACITY);
}

static void listings_are_refused_in_the_order_of_checks(void **state)
{
    (void)state;
    struct jz_put_currency put = street_currency_body("BEANS");
    put.scale = 3;
    put.merchant.value = 50;
    expect_refused(JZ_COMMAND_PUT_CURRENCY, &put, JZ_RESULT_UNKNOWN);
    put.merchant.value = ANA;
    expect_refused(JZ_COMMAND_PUT_CURRENCY, &put, JZ_RESULT_CONFLICT);

    struct jz_put_market market = street_market_body(MILES, 9);
    expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_UNKNOWN);
    assert_int_equal(desk.events[0].result.field, JZ_FIELD_QUOTE);
    market = street_market_body(9, MILES);
    expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_UNKNOWN);
    assert_int_equal(desk.events[0].result.field, JZ_FIELD_BASE);
    market = street_market_body(MILES, BEANS); /* the pair is listed the other way round */
    expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_CONFLICT);
    market = street_market_body(BEANS, MILES);
    market.lot_points++;
    expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_CONFLICT);

    struct jz_put_account account = {.account = {ANA}, .role = JZ_ROLE_MERCHANT};
    expect_refused(JZ_COMMAND_PUT_ACCOUNT, &account, JZ_RESULT_CONFLICT);
}

static void a_listing_with_any_field_changed_is_other_content(void **state)
{
    (void)state;
    struct jz_put_currency put = street_currency_body("BEANS");
    put.scale--;
    expect_refused(JZ_COMMAND_PUT_CURRENCY, &put, JZ_RESULT_CONFLICT);
    put = street_currency_body("BEANS");
    put.supply_cap_points--;
    expect_refused(JZ_COMMAND_PUT_CURRENCY, &put, JZ_RESULT_CONFLICT);
    const size_t fields[] = {
        offsetof(struct jz_put_market, lot_points),
        offsetof(struct jz_put_market, quote_unit_points),
        offsetof(struct jz_put_market, tick_price),
        offsetof(struct jz_put_market, price_min),
        offsetof(struct jz_put_market, price_max),
        offsetof(struct jz_put_market, notional_min_points),
        offsetof(struct jz_put_market, band_bp),
        offsetof(struct jz_put_market, reference_price),
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct jz_put_market market = street_market_body(BEANS, MILES);
        ((unsigned char *)&market)[fields[i]]++;
        expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_CONFLICT);
    }
}

static void the_same_listing_again_is_done_and_changes_nothing(void **state)
{
    (void)state;
    const struct jz_put_currency currency = street_currency_body("MILES");
    const struct jz_put_market market = street_market_body(BEANS, MILES);
    const struct jz_put_account account = {.account = {BO}, .role = JZ_ROLE_MEMBER};
    expect_refused(JZ_COMMAND_PUT_CURRENCY, &currency, JZ_RESULT_DONE);
    assert_int_equal(desk.events[0].result.object, MILES);
    assert_int_equal(desk.events[0].result.duplicate, 0);
    expect_refused(JZ_COMMAND_PUT_MARKET, &market, JZ_RESULT_DONE);
    assert_int_equal(desk.events[0].result.object, MARKET);
    expect_refused(JZ_COMMAND_PUT_ACCOUNT, &account, JZ_RESULT_DONE);
    assert_int_equal(desk.events[0].result.object, BO);
}

static void points_that_are_short_by_one_are_not_enough(void **state)
{
    (void)state;
    expect_order_refused(&(struct jz_place_order){.account = {ANA},
                                                  .market = {MARKET},
                                                  .lots = (PURSE / 2) + 1,
                                                  .price = 2,
                                                  .side = JZ_SIDE_BUY,
                                                  .time_in_force = JZ_TIF_GTC,
                                                  .stp_mode = JZ_STP_CANCEL_NEWEST},
                         JZ_RESULT_FUNDS);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, PURSE / 2, 2, NULL, 0});
    street_expect_balance(&desk, ANA, MILES, 0, PURSE);
}

static void points_that_are_promised_cannot_be_promised_again(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, PURSE / LOT, 9, NULL, 0});
    street_expect(street_place(&desk, (struct wish){ANA, JZ_SIDE_SELL, 1, 9, NULL, 0}),
                  JZ_RESULT_FUNDS);
}

static void an_amount_of_2_to_the_62_is_too_much_and_one_less_is_not(void **state)
{
    (void)state;
    struct jz_put_market put = street_market_body(BEANS, STARS);
    put.lot_points = 1;
    put.quote_unit_points = 2;
    street_expect(desk_apply(&desk, JZ_COMMAND_PUT_MARKET, &put), JZ_RESULT_DONE);
    struct jz_place_order place =
        street_place_body((struct wish){ANA, JZ_SIDE_BUY, UINT64_C(1) << 61, 1, NULL, 0});
    place.market.value = 2;
    expect_order_refused(&place, JZ_RESULT_OVERFLOW);
    place.lots--;
    expect_order_refused(&place, JZ_RESULT_FUNDS);
    place.side = JZ_SIDE_SELL; /* both amounts count, whichever is given */
    place.lots++;
    expect_order_refused(&place, JZ_RESULT_OVERFLOW);
    place.lots = UINT64_MAX;
    place.price = PRICE_MAX;
    expect_order_refused(&place, JZ_RESULT_OVERFLOW);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_order_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks),
        cmocka_unit_test(a_replace_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks),
        cmocka_unit_test(the_edge_of_the_band_is_inside_and_the_next_price_is_not),
        cmocka_unit_test(a_band_of_more_than_all_binds_buyers_only),
        cmocka_unit_test(the_least_notional_itself_is_enough),
        cmocka_unit_test(a_mint_that_is_wrong_in_every_way_is_refused_in_the_order_of_checks),
        cmocka_unit_test(the_cap_is_looked_at_before_the_room),
        cmocka_unit_test(listings_are_refused_in_the_order_of_checks),
        cmocka_unit_test(a_listing_with_any_field_changed_is_other_content),
        cmocka_unit_test(the_same_listing_again_is_done_and_changes_nothing),
        cmocka_unit_test(points_that_are_short_by_one_are_not_enough),
        cmocka_unit_test(points_that_are_promised_cannot_be_promised_again),
        cmocka_unit_test(an_amount_of_2_to_the_62_is_too_much_and_one_less_is_not),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
