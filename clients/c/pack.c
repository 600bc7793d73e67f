/* pack.c - commands as maps; what a client left out stays out.
 *
 * Orders are written by hand, with their fields in the order in which the gateway reads them
 * fastest: msgpack-c by a table took longer than the rest of a submit. The others fill the wire's
 * struct and are packed by it.
 */
#include "clients/c/pack.h"

#include "gateway/wire/message.h"
#include "gateway/wire/put.h"

#define HAS(field) (UINT64_C(1) << JZ_FIELD_##field)

/* A text of 1..bytes_max bytes into *text; false for any other and for NULL. */
static bool take_text(struct jz_text *text, const char *bytes, size_t bytes_max)
{
    if (bytes == NULL) {
        return false;
    }
    *text = (struct jz_text){bytes, (uint32_t)strnlen(bytes, bytes_max + 1)};
    return text->length >= 1 && text->length <= bytes_max;
}

/* ---- orders ---- */

/* v, op, nonce and account, which every order op begins with. */
#define PUT_HEAD(at, op, nonce, account) put_head((at), (op), sizeof(op) - 1, (nonce), (account))

static uint8_t *put_head(uint8_t *at, const char *op, size_t op_length, uint64_t nonce,
                         struct jz_account_id account)
{
    at = JZ_PUT_WORD(at, "v");
    at = jz_put_number(at, JZ_WIRE_VERSION);
    at = JZ_PUT_WORD(at, "op");
    at = jz_put_short(at, op, op_length);
    at = JZ_PUT_WORD(at, "nonce");
    at = jz_put_number(at, nonce);
    at = JZ_PUT_WORD(at, "account");
    return jz_put_number(at, account.value);
}

static uint8_t *put_size(uint8_t *at, uint64_t lots, uint64_t price)
{
    at = JZ_PUT_WORD(at, "lots");
    at = jz_put_number(at, lots);
    at = JZ_PUT_WORD(at, "price");
    return jz_put_number(at, price);
}

static size_t pack_place(uint8_t *out, const struct jz_command *command, uint64_t nonce)
{
    const struct jz_new_order *order = &command->place;
    struct jz_text client_id = {NULL, 0};
    struct jz_text symbol;
    if (!take_text(&symbol, order->symbol, JZ_SYMBOL_MAX) ||
        (order->client_id != NULL &&
         !take_text(&client_id, order->client_id, JZ_CLIENT_ID_BYTES)) ||
        (order->side != JZ_SIDE_BUY && order->side != JZ_SIDE_SELL) ||
        order->time_in_force > JZ_TIF_IOC) {
        return 0;
    }
    const uint32_t fields = 8u + (client_id.length > 0) + (order->time_in_force != 0);
    uint8_t *at = jz_put_map(out, fields);
    at = PUT_HEAD(at, "place_order", nonce, command->account);
    if (client_id.length > 0) {
        at = JZ_PUT_WORD(at, "client_order_id");
        at = jz_put_text(at, client_id);
    }
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, symbol);
    at = JZ_PUT_WORD(at, "side");
    at = order->side == JZ_SIDE_BUY ? JZ_PUT_WORD(at, "buy") : JZ_PUT_WORD(at, "sell");
    at = put_size(at, order->lots, order->price);
    if (order->time_in_force != 0) {
        at = JZ_PUT_WORD(at, "time_in_force");
        at = order->time_in_force == JZ_TIF_GTC ? JZ_PUT_WORD(at, "gtc") : JZ_PUT_WORD(at, "ioc");
    }
    return (size_t)(at - out);
}

static size_t pack_change(uint8_t *out, const struct jz_command *command, uint64_t nonce)
{
    const struct jz_order_change *change = &command->change;
    const bool is_replace = command->kind == JZ_COMMAND_REPLACE_ORDER;
    const bool is_by_order = change->client_id == NULL;
    struct jz_text client_id = {NULL, 0};
    if (is_by_order ? change->order.value == 0
                    : change->order.value != 0 ||
                          !take_text(&client_id, change->client_id, JZ_CLIENT_ID_BYTES)) {
        return 0;
    }
    uint8_t *at = jz_put_map(out, is_replace ? 7 : 5);
    at = is_replace ? PUT_HEAD(at, "replace_order", nonce, command->account)
                    : PUT_HEAD(at, "cancel_order", nonce, command->account);
    if (is_by_order) {
        at = JZ_PUT_WORD(at, "order_id");
        at = jz_put_number(at, change->order.value);
    } else {
        at = JZ_PUT_WORD(at, "client_order_id");
        at = jz_put_text(at, client_id);
    }
    if (is_replace) {
        at = put_size(at, change->lots, change->price);
    }
    return (size_t)(at - out);
}

/* ---- everything else ---- */

/* A number that stays out where it is 0. */
static void take_number(struct jz_request *request, uint64_t has, uint64_t *place, uint64_t value)
{
    if (value != 0) {
        *place = value;
        request->present |= has;
    }
}

static void take_small(struct jz_request *request, uint64_t has, uint32_t *place, uint32_t value)
{
    if (value != 0) {
        *place = value;
        request->present |= has;
    }
}

static bool fill_credit(struct jz_request *request, const struct jz_command *command)
{
    request->present |= HAS(ACCOUNT) | HAS(CURRENCY) | HAS(AMOUNT) | HAS(SOURCE_ID);
    request->amount = command->credit.amount_points;
    return take_text(&request->currency, command->credit.currency, JZ_CURRENCY_CODE_MAX) &&
           take_text(&request->source_id, command->credit.source_id, JZ_SOURCE_ID_BYTES);
}

static bool fill_currency(struct jz_request *request, const struct jz_command *command)
{
    const struct jz_new_currency *currency = &command->currency;
    request->present |= HAS(CODE) | HAS(SCALE);
    request->scale = currency->scale;
    take_small(request, HAS(MERCHANT), &request->merchant, currency->merchant.value);
    take_number(request, HAS(SUPPLY_CAP), &request->supply_cap, currency->supply_cap_points);
    return take_text(&request->code, currency->code, JZ_CURRENCY_CODE_MAX);
}

static bool fill_account(struct jz_request *request, const struct jz_command *command)
{
    request->present |= HAS(ACCOUNT) | HAS(ROLE);
    request->role = command->role == 0 ? JZ_ROLE_MEMBER : command->role;
    return request->role >= JZ_ROLE_MEMBER && request->role <= JZ_ROLE_MARKET_MAKER;
}

static bool fill_market(struct jz_request *request, const struct jz_command *command)
{
    const struct jz_new_market *market = &command->market;
    request->present |= HAS(BASE) | HAS(QUOTE) | HAS(BASE_LOT);
    request->base_lot = market->lot_points;
    take_number(request, HAS(QUOTE_UNIT), &request->quote_unit, market->quote_unit_points);
    take_number(request, HAS(TICK), &request->tick, market->tick_price);
    take_number(request, HAS(PRICE_MIN), &request->price_min, market->price_min);
    take_number(request, HAS(PRICE_MAX), &request->price_max, market->price_max);
    take_number(request, HAS(MIN_NOTIONAL), &request->min_notional, market->notional_min_points);
    take_small(request, HAS(BAND), &request->band, market->band_bp);
    take_small(request, HAS(REFERENCE), &request->reference, market->reference_price);
    return take_text(&request->base, market->base, JZ_CURRENCY_CODE_MAX) &&
           take_text(&request->quote, market->quote, JZ_CURRENCY_CODE_MAX);
}

static size_t pack_other(uint8_t *out, const struct jz_command *command, uint64_t nonce,
                         bool (*fill)(struct jz_request *request, const struct jz_command *command))
{
    struct jz_request request = {
        .op = (enum jz_op)command->kind, /* an op that is a command has the number of its kind */
        .present = HAS(NONCE),
        .nonce = nonce,
        .account = command->account.value,
    };
    return fill(&request, command) ? jz_message_request(out, JZ_MESSAGE_REQUEST_BYTES_MAX, &request)
                                   : 0;
}

size_t jz_pack_command(uint8_t *out, const struct jz_command *command, uint64_t nonce)
{
    switch (command->kind) {
    case JZ_COMMAND_GENESIS:
    case JZ_COMMAND_TICK:
        return 0;
    case JZ_COMMAND_PUT_CURRENCY:
        return pack_other(out, command, nonce, fill_currency);
    case JZ_COMMAND_PUT_ACCOUNT:
        return pack_other(out, command, nonce, fill_account);
    case JZ_COMMAND_PUT_MARKET:
        return pack_other(out, command, nonce, fill_market);
    case JZ_COMMAND_MINT:
    case JZ_COMMAND_TRANSFER_IN:
        return pack_other(out, command, nonce, fill_credit);
    case JZ_COMMAND_PLACE_ORDER:
        return pack_place(out, command, nonce);
    case JZ_COMMAND_CANCEL_ORDER:
    case JZ_COMMAND_REPLACE_ORDER:
        return pack_change(out, command, nonce);
    }
    return 0; /* a value that is no kind */
}
