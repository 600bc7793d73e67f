/* Every field of every command, just inside and just outside its range; the frame around them.
 *
 * Method: a good body, one field changed, INVALID_PARAM with the name of that field. What is
 * refused here was sequenced like any other command, and its answer is kept.
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

static void expect_fault(uint16_t kind, const void *body, enum jz_field wanted)
{
    street_expect_fault(desk_apply(&desk, kind, body), wanted);
    assert_string_equal(desk_told(&desk), "result");
    assert_int_equal(desk.events[0].result.command, kind);
}

static void expect_done(uint16_t kind, const void *body)
{
    street_expect(desk_apply(&desk, kind, body), JZ_RESULT_DONE);
}

static void a_new_order_is_refused_for_each_field_by_name(void **state)
{
    (void)state;
    const uint16_t kind = JZ_COMMAND_PLACE_ORDER;
    const struct jz_place_order good =
        street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    struct jz_place_order place = good;
    place.side = 0;
    expect_fault(kind, &place, JZ_FIELD_SIDE);
    place.side = 3;
    expect_fault(kind, &place, JZ_FIELD_SIDE);
    place = good;
    place.time_in_force = 0;
    expect_fault(kind, &place, JZ_FIELD_TIME_IN_FORCE);
    place.time_in_force = 3;
    expect_fault(kind, &place, JZ_FIELD_TIME_IN_FORCE);
    place = good;
    place.stp_mode = 0;
    expect_fault(kind, &place, JZ_FIELD_STP_MODE);
    place.stp_mode = 2;
    expect_fault(kind, &place, JZ_FIELD_STP_MODE);
    place = good;
    place.client_id[1] = 'x'; /* behind a NUL */
    expect_fault(kind, &place, JZ_FIELD_CLIENT_ORDER_ID);
    place = good;
    place.reserved[20] = 1;
    expect_fault(kind, &place, JZ_FIELD_V);
    expect_done(kind, &good);
}

static void cancel_and_replace_name_an_order_in_exactly_one_way(void **state)
{
    (void)state;
    struct jz_cancel_order cancel = {.account = {ANA}};
    expect_fault(JZ_COMMAND_CANCEL_ORDER, &cancel, JZ_FIELD_ORDER_ID);
    cancel.order.value = 1;
    cancel.client_id[0] = 'x';
    expect_fault(JZ_COMMAND_CANCEL_ORDER, &cancel, JZ_FIELD_CLIENT_ORDER_ID);
    cancel.order.value = 0;
    cancel.client_id[15] = 'x';
    expect_fault(JZ_COMMAND_CANCEL_ORDER, &cancel, JZ_FIELD_CLIENT_ORDER_ID);
    cancel.client_id[15] = '\0';
    cancel.reserved[0] = 1;
    expect_fault(JZ_COMMAND_CANCEL_ORDER, &cancel, JZ_FIELD_V);
    cancel.reserved[0] = 0;
    cancel.reserved0 = 1;
    expect_fault(JZ_COMMAND_CANCEL_ORDER, &cancel, JZ_FIELD_V);

    struct jz_replace_order replace = {.account = {ANA}, .lots = 1, .price = 1};
    expect_fault(JZ_COMMAND_REPLACE_ORDER, &replace, JZ_FIELD_ORDER_ID);
    replace.order.value = 1;
    replace.client_id[0] = 'x';
    expect_fault(JZ_COMMAND_REPLACE_ORDER, &replace, JZ_FIELD_CLIENT_ORDER_ID);
    replace.client_id[0] = '\0';
    replace.reserved[15] = 1;
    expect_fault(JZ_COMMAND_REPLACE_ORDER, &replace, JZ_FIELD_V);
    replace.reserved[15] = 0;
    replace.reserved0 = 1;
    expect_fault(JZ_COMMAND_REPLACE_ORDER, &replace, JZ_FIELD_V);
}

static void prices_outside_the_range_or_off_the_tick_are_refused(void **state)
{
    (void)state;
    struct jz_put_market put = street_market_body(BEANS, STARS);
    put.tick_price = 5;
    put.price_min = 8; /* so 10 is the lowest price there is */
    put.price_max = 20;
    expect_done(JZ_COMMAND_PUT_MARKET, &put);
    const uint64_t wrong[] = {0, 5, 8, 11, 21, 25, UINT64_C(1) << 32 | 10, UINT64_MAX};
    struct jz_place_order place =
        street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 0, NULL, 0});
    place.market.value = 2;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        place.price = wrong[i];
        street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place), JZ_RESULT_PRICE);
    }
    place.price = 10;
    expect_done(JZ_COMMAND_PLACE_ORDER, &place);
    place.price = 20;
    expect_done(JZ_COMMAND_PLACE_ORDER, &place);
}

static void a_mint_is_refused_for_each_field_by_name(void **state)
{
    (void)state;
    const uint16_t kinds[] = {JZ_COMMAND_MINT, JZ_COMMAND_TRANSFER_IN};
    for (size_t i = 0; i < 2; i++) {
        const struct jz_mint good = street_mint_body(ANA, STARS, 1, i == 0 ? "m" : "t");
        struct jz_mint mint = good;
        mint.amount_points = 0;
        expect_fault(kinds[i], &mint, JZ_FIELD_AMOUNT);
        mint.amount_points = JZ_AMOUNT_MAX + 1;
        expect_fault(kinds[i], &mint, JZ_FIELD_AMOUNT);
        mint = good;
        mint.source_id[0] = '\0';
        expect_fault(kinds[i], &mint, JZ_FIELD_SOURCE_ID);
        mint = good;
        mint.source_id[2] = 'x';
        expect_fault(kinds[i], &mint, JZ_FIELD_SOURCE_ID);
        mint = good;
        mint.checked_seq = jz_core_sequence(desk.core) + 1; /* the command's own sequence */
        expect_fault(kinds[i], &mint, JZ_FIELD_SOURCE_ID);
        mint = good;
        mint.reserved = 1;
        expect_fault(kinds[i], &mint, JZ_FIELD_V);
        mint = good;
        mint.checked_seq = jz_core_sequence(desk.core);
        memset(mint.source_id, 'x' + (int)i, sizeof(mint.source_id)); /* 32 bytes and no NUL */
        expect_done(kinds[i], &mint);
        const uint32_t cause = i == 0 ? JZ_CAUSE_MINT : JZ_CAUSE_TRANSFER_IN;
        assert_int_equal(desk_event(&desk, JZ_EVENT_TRANSFER, 0)->transfer.cause, cause);
        assert_int_equal(desk_event(&desk, JZ_EVENT_TRANSFER, 0)->transfer.issued_points, i + 1);
    }
}

static void expect_code(const char *code, bool is_good)
{
    struct jz_put_currency put = {.supply_cap_points = 1};
    memcpy(put.code, code, strlen(code));
    const struct jz_event_result *result = desk_apply(&desk, JZ_COMMAND_PUT_CURRENCY, &put);
    if (is_good) {
        street_expect(result, JZ_RESULT_DONE);
    } else {
        street_expect_fault(result, JZ_FIELD_CODE);
    }
}

static void a_code_is_2_to_12_capital_letters_and_digits(void **state)
{
    (void)state;
    expect_code("", false);
    expect_code("A", false);
    expect_code("A0", true);
    expect_code("ABCDEFGHIJ12", true);
    expect_code("ABCDEFGHIJ123", false);
    expect_code("ABCDEFGHIJ123456", false);
    expect_code("ABc", false);
    expect_code("A B", false);
    expect_code("A/B", false);
    expect_code("A\xc3\x84", false);
    struct jz_put_currency put = {.supply_cap_points = 1, .code = "AB\0C"};
    expect_fault(JZ_COMMAND_PUT_CURRENCY, &put, JZ_FIELD_CODE);
}

static void a_currency_is_refused_for_each_field_by_name(void **state)
{
    (void)state;
    const uint16_t kind = JZ_COMMAND_PUT_CURRENCY;
    const struct jz_put_currency good = street_currency_body("NEW");
    struct jz_put_currency put = good;
    put.scale = JZ_SCALE_MAX + 1;
    expect_fault(kind, &put, JZ_FIELD_SCALE);
    put = good;
    put.supply_cap_points = 0;
    expect_fault(kind, &put, JZ_FIELD_SUPPLY_CAP);
    put.supply_cap_points = JZ_AMOUNT_MAX + 1;
    expect_fault(kind, &put, JZ_FIELD_SUPPLY_CAP);
    put = good;
    put.reserved[7] = 1;
    expect_fault(kind, &put, JZ_FIELD_V);
    put = good;
    put.scale = JZ_SCALE_MAX;
    put.merchant.value = JZ_ACCOUNT_FEE;
    expect_done(kind, &put);
    const struct jz_event_currency *told = &desk_event(&desk, JZ_EVENT_CURRENCY, 0)->currency;
    assert_int_equal(told->currency.value, 4);
    assert_string_equal(told->code, "NEW");
    assert_int_equal(told->scale, JZ_SCALE_MAX);
    assert_int_equal(told->merchant.value, JZ_ACCOUNT_FEE);
    assert_int_equal(told->supply_cap_points, JZ_AMOUNT_MAX);
}

static void an_account_is_refused_for_each_field_by_name(void **state)
{
    (void)state;
    const uint16_t kind = JZ_COMMAND_PUT_ACCOUNT;
    struct jz_put_account put = {.account = {0}, .role = JZ_ROLE_MEMBER};
    expect_fault(kind, &put, JZ_FIELD_ACCOUNT);
    put.account.value = JZ_ACCOUNT_FIRST - 1;
    expect_fault(kind, &put, JZ_FIELD_ACCOUNT);
    put.account.value = CY + 1;
    put.role = 0;
    expect_fault(kind, &put, JZ_FIELD_ROLE);
    put.role = JZ_ROLE_SYSTEM;
    expect_fault(kind, &put, JZ_FIELD_ROLE);
    put.role = JZ_ROLE_SYSTEM + 1;
    expect_fault(kind, &put, JZ_FIELD_ROLE);
    put.role = JZ_ROLE_MARKET_MAKER;
    put.reserved[13] = 1;
    expect_fault(kind, &put, JZ_FIELD_V);
    put.reserved[13] = 0;
    expect_done(kind, &put);
    assert_int_equal(desk_event(&desk, JZ_EVENT_ACCOUNT, 0)->account.value, CY + 1);
    assert_int_equal(desk_event(&desk, JZ_EVENT_ACCOUNT, 0)->account_opened.role,
                     JZ_ROLE_MARKET_MAKER);
}

static void expect_market_fault(struct jz_put_market put, enum jz_field wanted)
{
    expect_fault(JZ_COMMAND_PUT_MARKET, &put, wanted);
}

static void a_market_is_refused_for_each_field_by_name(void **state)
{
    (void)state;
    const uint64_t lot_max = JZ_LOT_MAX;
    const uint64_t price_max = JZ_PRICE_MAX;
    struct jz_put_market put = street_market_body(STARS, STARS);
    expect_market_fault(put, JZ_FIELD_QUOTE);
    const struct jz_put_market good = street_market_body(STARS, MILES);
    put = good;
    put.lot_points = 0;
    expect_market_fault(put, JZ_FIELD_BASE_LOT);
    put.lot_points = lot_max + 1;
    expect_market_fault(put, JZ_FIELD_BASE_LOT);
    put = good;
    put.price_max = price_max + 1;
    expect_market_fault(put, JZ_FIELD_PRICE_MAX);
    put.price_max = 0;
    expect_market_fault(put, JZ_FIELD_PRICE_MAX);
    put = good;
    put.price_min = 0;
    expect_market_fault(put, JZ_FIELD_PRICE_MIN);
    put.price_min = PRICE_MAX + 1;
    expect_market_fault(put, JZ_FIELD_PRICE_MIN);
    put = good;
    put.tick_price = 0;
    expect_market_fault(put, JZ_FIELD_TICK);
    put.tick_price = price_max + 1;
    expect_market_fault(put, JZ_FIELD_TICK);
    put = good;
    put.quote_unit_points = 0;
    expect_market_fault(put, JZ_FIELD_QUOTE_UNIT);
    put.quote_unit_points = (lot_max / PRICE_MAX) + 1; /* times price_max is over the bound */
    expect_market_fault(put, JZ_FIELD_QUOTE_UNIT);
    put.quote_unit_points = UINT64_MAX;
    expect_market_fault(put, JZ_FIELD_QUOTE_UNIT);
    put = good;
    put.notional_min_points = JZ_AMOUNT_MAX + 1;
    expect_market_fault(put, JZ_FIELD_MIN_NOTIONAL);
    put = good;
    put.reference_price = (uint32_t)price_max + 1;
    expect_market_fault(put, JZ_FIELD_REFERENCE);
}

static void a_market_at_all_its_bounds_is_listed_and_told(void **state)
{
    (void)state;
    const struct jz_put_market put = {
        .base = {STARS},
        .quote = {MILES},
        .lot_points = JZ_LOT_MAX,
        .quote_unit_points = JZ_LOT_MAX / JZ_PRICE_MAX,
        .tick_price = JZ_PRICE_MAX,
        .price_min = JZ_PRICE_MAX,
        .price_max = JZ_PRICE_MAX,
        .notional_min_points = JZ_AMOUNT_MAX,
        .band_bp = UINT32_MAX,
        .reference_price = JZ_PRICE_MAX,
    };
    expect_done(JZ_COMMAND_PUT_MARKET, &put);
    assert_string_equal(desk_told(&desk), "market market result");
    const struct jz_event *terms = desk_event(&desk, JZ_EVENT_MARKET, 0);
    const struct jz_event *stands = desk_event(&desk, JZ_EVENT_MARKET, 1);
    assert_int_equal(terms->market.value, 2);
    assert_int_equal(terms->flags, 0);
    assert_int_equal(terms->terms.lot_points, JZ_LOT_MAX);
    assert_int_equal(terms->terms.tick_price, JZ_PRICE_MAX);
    assert_int_equal(terms->terms.notional_min_points, JZ_AMOUNT_MAX);
    assert_int_equal(stands->flags, JZ_EVENT_FLAG_PART2);
    assert_int_equal(stands->state.band_bp, UINT32_MAX);
    assert_int_equal(stands->state.reference_price, JZ_PRICE_MAX);
    assert_int_equal(stands->state.state, JZ_MARKET_CONTINUOUS);
    assert_int_equal(stands->state.depth_no, 0);
}

/* ---- the frame ---------------------------------------------------------------------------- */

static void an_unknown_kind_is_refused_whatever_its_length(void **state)
{
    (void)state;
    static struct {
        struct jz_record record;
        unsigned char body[JZ_RECORD_BYTES_MAX - sizeof(struct jz_record)];
    } command;
    command.record = desk.next;
    const uint16_t kinds[] = {0, 3, 51, JZ_ASK_ATTACH, JZ_RECORD_EVENTS, JZ_RECORD_PAD};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (uint32_t bytes = 64; bytes <= JZ_RECORD_BYTES_MAX; bytes += 1344) {
            command.record.kind = kinds[i];
            command.record.bytes = bytes;
            command.record.sequence = jz_core_sequence(desk.core) + 1;
            command.record.nonce++;
            street_expect_fault(desk_apply_record(&desk, &command.record), JZ_FIELD_OP);
        }
    }
}

static void a_frame_of_another_version_length_or_rules_is_refused(void **state)
{
    (void)state;
    struct {
        struct jz_record record;
        struct jz_place_order place;
        struct jz_place_order more;
    } command = {
        .record = desk.next,
        .place = street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0}),
    };
    command.record.kind = JZ_COMMAND_PLACE_ORDER;
    command.record.bytes = 64;
    command.record.sequence = jz_core_sequence(desk.core) + 1;
    command.record.nonce++;
    street_expect_fault(desk_apply_record(&desk, &command.record), JZ_FIELD_V);
    command.record.bytes = sizeof(command);
    command.record.sequence++;
    command.record.nonce++;
    street_expect_fault(desk_apply_record(&desk, &command.record), JZ_FIELD_V);
    command.record.bytes = 128;
    command.record.version = JZ_COMMAND_VERSION + 1;
    command.record.sequence++;
    command.record.nonce++;
    street_expect_fault(desk_apply_record(&desk, &command.record), JZ_FIELD_V);
    command.record.version = JZ_COMMAND_VERSION;
    command.record.rules++;
    command.record.sequence++;
    command.record.nonce++;
    street_expect_fault(desk_apply_record(&desk, &command.record), JZ_FIELD_RULES);
}

static void only_the_engine_itself_may_start_and_tick(void **state)
{
    (void)state;
    const struct jz_genesis genesis = desk_genesis();
    const struct jz_tick tick = {{0}};
    street_expect(desk_apply(&desk, JZ_COMMAND_GENESIS, &genesis), JZ_RESULT_FORBIDDEN);
    street_expect(desk_apply(&desk, JZ_COMMAND_TICK, &tick), JZ_RESULT_FORBIDDEN);
    const struct jz_place_order place =
        street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 5, NULL, 0});
    desk.next.key = 0;
    street_expect(desk_apply(&desk, JZ_COMMAND_PLACE_ORDER, &place), JZ_RESULT_FORBIDDEN);
    street_expect(desk_apply(&desk, JZ_COMMAND_GENESIS, &genesis), JZ_RESULT_FORBIDDEN);
}

static void a_tick_moves_time_forward_only(void **state)
{
    (void)state;
    struct jz_tick tick = {{0}};
    desk.next.key = 0;
    desk.next.time_ns += 1;
    desk.next.day += 1;
    expect_done(JZ_COMMAND_TICK, &tick);
    assert_int_equal(jz_core_time_ns(desk.core), desk.next.time_ns);
    assert_int_equal(jz_core_day(desk.core), desk.next.day);
    desk.next.time_ns -= 1;
    street_expect(desk_apply(&desk, JZ_COMMAND_TICK, &tick), JZ_RESULT_TIMESTAMP);
    assert_int_equal(jz_core_time_ns(desk.core), desk.next.time_ns + 1);
    tick.reserved[15] = 1; /* wrong in two ways */
    street_expect_fault(desk_apply(&desk, JZ_COMMAND_TICK, &tick), JZ_FIELD_V);
    tick.reserved[15] = 0;
    desk.next.time_ns += 2;
    desk.next.day -= 1;
    street_expect(desk_apply(&desk, JZ_COMMAND_TICK, &tick), JZ_RESULT_TIMESTAMP);
    assert_int_equal(jz_core_day(desk.core), desk.next.day + 1);
    desk.next.day += 1;
    expect_done(JZ_COMMAND_TICK, &tick);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_order_is_refused_for_each_field_by_name),
        cmocka_unit_test(cancel_and_replace_name_an_order_in_exactly_one_way),
        cmocka_unit_test(prices_outside_the_range_or_off_the_tick_are_refused),
        cmocka_unit_test(a_mint_is_refused_for_each_field_by_name),
        cmocka_unit_test(a_code_is_2_to_12_capital_letters_and_digits),
        cmocka_unit_test(a_currency_is_refused_for_each_field_by_name),
        cmocka_unit_test(an_account_is_refused_for_each_field_by_name),
        cmocka_unit_test(a_market_is_refused_for_each_field_by_name),
        cmocka_unit_test(a_market_at_all_its_bounds_is_listed_and_told),
        cmocka_unit_test(an_unknown_kind_is_refused_whatever_its_length),
        cmocka_unit_test(a_frame_of_another_version_length_or_rules_is_refused),
        cmocka_unit_test(only_the_engine_itself_may_start_and_tick),
        cmocka_unit_test(a_tick_moves_time_forward_only),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
