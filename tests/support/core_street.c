/* core_street.c - the street: who lives there and how they speak. */
#include "tests/support/core_street.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct jz_put_currency street_currency_body(const char *code)
{
    struct jz_put_currency put = {.scale = 2, .supply_cap_points = JZ_AMOUNT_MAX};
    const size_t length = strlen(code);
    assert_true(length <= sizeof(put.code));
    memcpy(put.code, code, length);
    return put;
}

struct jz_put_market street_market_body(uint32_t base, uint32_t quote)
{
    return (struct jz_put_market){
        .base = {base},
        .quote = {quote},
        .lot_points = LOT,
        .quote_unit_points = 1,
        .tick_price = 1,
        .price_min = 1,
        .price_max = PRICE_MAX,
    };
}

struct jz_mint street_mint_body(uint32_t account, uint32_t currency, uint64_t points,
                                const char *source_id)
{
    struct jz_mint mint = {.account = {account}, .currency = {currency}, .amount_points = points};
    const size_t length = strlen(source_id);
    assert_true(length <= sizeof(mint.source_id));
    memcpy(mint.source_id, source_id, length);
    return mint;
}

struct jz_place_order street_place_body(struct wish wish)
{
    struct jz_place_order place = {
        .account = {wish.account},
        .market = {MARKET},
        .lots = wish.lots,
        .price = wish.price,
        .side = wish.side,
        .time_in_force = wish.tif == 0 ? JZ_TIF_GTC : wish.tif,
        .stp_mode = JZ_STP_CANCEL_NEWEST,
    };
    if (wish.client_id != NULL) {
        const size_t length = strlen(wish.client_id);
        assert_true(length <= sizeof(place.client_id));
        memcpy(place.client_id, wish.client_id, length);
    }
    return place;
}

void street_expect(const struct jz_event_result *result, enum jz_result wanted)
{
    assert_string_equal(jz_result_text(result->result), jz_result_text((int)wanted));
}

void street_expect_fault(const struct jz_event_result *result, enum jz_field wanted)
{
    street_expect(result, JZ_RESULT_INVALID_PARAM);
    assert_string_equal(jz_field_word(result->field), jz_field_word((int)wanted));
}

const struct jz_event_result *street_mint(struct desk *desk, uint32_t account, uint32_t currency,
                                          uint64_t points)
{
    char source_id[JZ_SOURCE_ID_BYTES];
    const uint64_t sequence = jz_core_sequence(desk->core);
    (void)snprintf(source_id, sizeof(source_id), "gift %" PRIu64, sequence);
    struct jz_mint mint = street_mint_body(account, currency, points, source_id);
    mint.checked_seq = sequence;
    return desk_apply(desk, JZ_COMMAND_MINT, &mint);
}

const struct jz_event_result *street_place(struct desk *desk, struct wish wish)
{
    const struct jz_place_order place = street_place_body(wish);
    return desk_apply(desk, JZ_COMMAND_PLACE_ORDER, &place);
}

uint64_t street_order(struct desk *desk, struct wish wish)
{
    const struct jz_event_result *result = street_place(desk, wish);
    street_expect(result, JZ_RESULT_DONE);
    return result->object;
}

const struct jz_event_result *street_cancel(struct desk *desk, uint32_t account, uint64_t order)
{
    const struct jz_cancel_order cancel = {.account = {account}, .order = {order}};
    return desk_apply(desk, JZ_COMMAND_CANCEL_ORDER, &cancel);
}

const struct jz_event_result *street_replace(struct desk *desk, uint32_t account, uint64_t order,
                                             uint64_t lots, uint64_t price)
{
    const struct jz_replace_order replace = {
        .account = {account}, .order = {order}, .lots = lots, .price = price};
    return desk_apply(desk, JZ_COMMAND_REPLACE_ORDER, &replace);
}

void street_open(struct desk *desk, const struct jz_genesis *genesis)
{
    const char *const codes[] = {"BEANS", "MILES", "STARS"};
    desk_open(desk, genesis);
    for (uint32_t i = 0; i < 3; i++) {
        const struct jz_put_currency put = street_currency_body(codes[i]);
        street_expect(desk_apply(desk, JZ_COMMAND_PUT_CURRENCY, &put), JZ_RESULT_DONE);
    }
    for (uint32_t account = ANA; account <= CY; account++) {
        const struct jz_put_account put = {.account = {account}, .role = JZ_ROLE_MEMBER};
        street_expect(desk_apply(desk, JZ_COMMAND_PUT_ACCOUNT, &put), JZ_RESULT_DONE);
    }
    const struct jz_put_market market = street_market_body(BEANS, MILES);
    street_expect(desk_apply(desk, JZ_COMMAND_PUT_MARKET, &market), JZ_RESULT_DONE);
}

void street_open_rich(struct desk *desk)
{
    street_open(desk, NULL);
    for (uint32_t account = ANA; account <= CY; account++) {
        street_expect(street_mint(desk, account, BEANS, PURSE), JZ_RESULT_DONE);
        street_expect(street_mint(desk, account, MILES, PURSE), JZ_RESULT_DONE);
    }
}

void street_expect_balance(const struct desk *desk, uint32_t account, uint32_t currency,
                           uint64_t available_points, uint64_t held_points)
{
    const struct jz_balance_view view = jz_core_balance(desk->core, (struct jz_account_id){account},
                                                        (struct jz_currency_id){currency});
    assert_int_equal(view.available_points, available_points);
    assert_int_equal(view.held_orders_points, held_points);
    assert_int_equal(view.held_other_points, 0);
    assert_int_equal(view.pending_points, 0);
}

void street_expect_book(const struct desk *desk, uint8_t side, const char *wanted)
{
    struct jz_depth_level levels[32];
    char text[1024] = "";
    const uint32_t count =
        jz_core_depth(desk->core, (struct jz_market_id){MARKET}, side, levels, 32);
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%" PRIu64 "@%" PRIu32,
                               i == 0 ? "" : " ", levels[i].lots, levels[i].price);
    }
    assert_string_equal(text, wanted);
}
