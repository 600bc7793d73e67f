/* What a client writes is what the gateway reads: every kind of command, every field at its edges.
 *
 * Method: random commands are packed and given to the gateway's strict decoder, whose answer is
 * compared field by field; whatever it refused would be a field written wrong.
 */
#include "clients/c/pack.h"

#include "gateway/wire/codec.h"
#include "gateway/wire/message.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum { ROUNDS = 5000 };

static uint8_t bytes[JZ_MESSAGE_REQUEST_BYTES_MAX];
static uint64_t seed = 5;

static uint64_t draw(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 11;
}

/* A number of 0 to 64 bits: every encoding of msgpack comes up. */
static uint64_t draw_number(void)
{
    const uint64_t bits = draw() % 65;
    const uint64_t number = draw() << 32 ^ draw();
    return bits == 0 ? 0 : number >> (64 - bits);
}

/* A text of 1..length_max characters, in one of a few buffers. */
static const char *draw_text(uint32_t length_max)
{
    static char texts[8][64];
    static uint32_t turn;
    char *text = texts[turn++ % 8];
    const uint32_t length = 1 + (uint32_t)(draw() % length_max);
    memset(text, 'A' + (int)(draw() % 26), length);
    text[length] = '\0';
    return text;
}

static bool same(struct jz_text text, const char *wanted)
{
    return text.length == strlen(wanted) && memcmp(text.bytes, wanted, text.length) == 0;
}

/* Packs the command; the request that the gateway makes of it. */
static struct jz_request gateway_reads(const struct jz_command *command, uint64_t nonce)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    const size_t count = jz_pack_command(bytes, command, nonce);
    assert_in_range(count, 1, sizeof(bytes));
    assert_int_equal(jz_codec_open(&codec, bytes, count), JZ_RESULT_DONE);
    assert_int_equal(codec.left, 1);
    assert_int_equal(jz_codec_next(&codec, &request, &refusal), JZ_RESULT_DONE);
    assert_int_equal(request.op, command->kind);
    assert_true(request.nonce == nonce);
    return request;
}

static void new_orders_arrive_as_they_were_written(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const struct jz_command command = {
            .kind = JZ_COMMAND_PLACE_ORDER,
            .account = {(uint32_t)draw_number()},
            .place = {.symbol = draw_text(JZ_SYMBOL_MAX),
                      .client_id = draw() % 2 == 0 ? NULL : draw_text(JZ_CLIENT_ID_BYTES),
                      .lots = draw_number(),
                      .price = draw_number(),
                      .side = (enum jz_side)(1 + draw() % 2),
                      .time_in_force = (enum jz_time_in_force)(draw() % 3)}};
        const struct jz_request request = gateway_reads(&command, draw_number() | 1);
        assert_int_equal(request.account, command.account.value);
        assert_true(same(request.symbol, command.place.symbol));
        assert_true(same(request.client_order_id,
                         command.place.client_id == NULL ? "" : command.place.client_id));
        assert_true(request.lots == command.place.lots);
        assert_true(request.price == command.place.price);
        assert_int_equal(request.side, command.place.side);
        assert_int_equal(request.time_in_force, command.place.time_in_force == 0
                                                    ? JZ_TIF_GTC
                                                    : command.place.time_in_force);
        assert_int_equal(request.stp_mode, JZ_STP_CANCEL_NEWEST);
    }
}

static void changes_arrive_as_they_were_written(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const bool is_by_name = draw() % 2 == 0;
        const struct jz_command command = {
            .kind = draw() % 2 == 0 ? JZ_COMMAND_CANCEL_ORDER : JZ_COMMAND_REPLACE_ORDER,
            .account = {(uint32_t)draw_number()},
            .change = {.order = {is_by_name ? 0 : draw_number() | 1},
                       .client_id = is_by_name ? draw_text(JZ_CLIENT_ID_BYTES) : NULL,
                       .lots = draw_number(),
                       .price = draw_number()}};
        const struct jz_request request = gateway_reads(&command, draw_number() | 1);
        assert_int_equal(request.account, command.account.value);
        assert_true(request.order_id == command.change.order.value);
        assert_true(same(request.client_order_id, is_by_name ? command.change.client_id : ""));
        if (command.kind == JZ_COMMAND_REPLACE_ORDER) {
            assert_true(request.lots == command.change.lots);
            assert_true(request.price == command.change.price);
        }
    }
}

static void credits_and_listings_arrive_as_they_were_written(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const struct jz_command mint = {.kind = draw() % 2 == 0 ? JZ_COMMAND_MINT
                                                                : JZ_COMMAND_TRANSFER_IN,
                                        .account = {(uint32_t)draw_number()},
                                        .credit = {.currency = draw_text(JZ_CURRENCY_CODE_MAX),
                                                   .source_id = draw_text(JZ_SOURCE_ID_BYTES),
                                                   .amount_points = draw_number()}};
        struct jz_request request = gateway_reads(&mint, 1);
        assert_true(same(request.currency, mint.credit.currency));
        assert_true(same(request.source_id, mint.credit.source_id));
        assert_true(request.amount == mint.credit.amount_points);

        const struct jz_command market = {.kind = JZ_COMMAND_PUT_MARKET,
                                          .market = {.base = draw_text(JZ_CURRENCY_CODE_MAX),
                                                     .quote = draw_text(JZ_CURRENCY_CODE_MAX),
                                                     .lot_points = draw_number(),
                                                     .tick_price = draw_number(),
                                                     .band_bp = (uint32_t)draw_number()}};
        request = gateway_reads(&market, 2);
        assert_true(same(request.base, market.market.base));
        assert_true(same(request.quote, market.market.quote));
        assert_true(request.base_lot == market.market.lot_points);
        assert_true(request.tick == (market.market.tick_price == 0 ? 1 : market.market.tick_price));
        assert_int_equal(request.band, market.market.band_bp);
        assert_int_equal(request.quote_unit, 1);
        assert_true(request.price_max == JZ_PRICE_MAX);
    }
}

static void what_a_client_left_out_has_the_default_of_the_protocol(void **state)
{
    (void)state;
    const struct jz_command currency = {.kind = JZ_COMMAND_PUT_CURRENCY,
                                        .currency = {.code = "BEANS", .scale = 0}};
    struct jz_request request = gateway_reads(&currency, 1);
    assert_int_equal(request.scale, 0);
    assert_int_equal(request.merchant, 0);
    assert_true(request.supply_cap == JZ_AMOUNT_MAX);
    const struct jz_command account = {.kind = JZ_COMMAND_PUT_ACCOUNT, .account = {101}};
    request = gateway_reads(&account, 1);
    assert_int_equal(request.account, 101);
    assert_int_equal(request.role, JZ_ROLE_MEMBER);
}

static void what_cannot_be_said_is_not_written(void **state)
{
    (void)state;
    const struct jz_new_order order = {.symbol = "A/B", .lots = 1, .price = 1, .side = JZ_SIDE_BUY};
    struct jz_command command = {.kind = JZ_COMMAND_PLACE_ORDER, .place = order};
    assert_true(jz_pack_command(bytes, &command, 1) > 0);
    command.place.side = (enum jz_side)3;
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
    command.place = order;
    command.place.time_in_force = (enum jz_time_in_force)3;
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
    command.place = order;
    command.place.symbol = NULL;
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
    command.place.symbol = "ABCDEFGHIJKL/ABCDEFGHIJKLM"; /* one too long */
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
    command = (struct jz_command){.kind = JZ_COMMAND_CANCEL_ORDER,
                                  .change = {.order = {5}, .client_id = "both"}};
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
    command = (struct jz_command){.kind = JZ_COMMAND_PUT_ACCOUNT, .role = JZ_ROLE_SYSTEM};
    assert_int_equal(jz_pack_command(bytes, &command, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_orders_arrive_as_they_were_written),
        cmocka_unit_test(changes_arrive_as_they_were_written),
        cmocka_unit_test(credits_and_listings_arrive_as_they_were_written),
        cmocka_unit_test(what_a_client_left_out_has_the_default_of_the_protocol),
        cmocka_unit_test(what_cannot_be_said_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
