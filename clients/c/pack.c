/* pack.c - one function a kind fills the wire's struct; what a client left out stays out. */
#include "clients/c/pack.h"

#include "gateway/wire/message.h"

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

static bool fill_place(struct jz_request *request, const struct jz_command *command)
{
    const struct jz_new_order *order = &command->place;
    request->present |= HAS(ACCOUNT) | HAS(SYMBOL) | HAS(SIDE) | HAS(LOTS) | HAS(PRICE);
    if (order->client_id != NULL) {
        request->present |= HAS(CLIENT_ORDER_ID);
        if (!take_text(&request->client_order_id, order->client_id, JZ_CLIENT_ID_BYTES)) {
            return false;
        }
    }
    if (order->time_in_force != 0) {
        request->present |= HAS(TIME_IN_FORCE);
        request->time_in_force = (uint8_t)order->time_in_force;
    }
    request->side = (uint8_t)order->side;
    request->lots = order->lots;
    request->price = order->price;
    return (order->side == JZ_SIDE_BUY || order->side == JZ_SIDE_SELL) &&
           order->time_in_force <= JZ_TIF_IOC &&
           take_text(&request->symbol, order->symbol, JZ_SYMBOL_MAX);
}

static bool fill_change(struct jz_request *request, const struct jz_command *command)
{
    const struct jz_order_change *change = &command->change;
    request->present |= HAS(ACCOUNT);
    if (command->kind == JZ_COMMAND_REPLACE_ORDER) {
        request->present |= HAS(LOTS) | HAS(PRICE);
        request->lots = change->lots;
        request->price = change->price;
    }
    if (change->client_id == NULL) {
        request->present |= HAS(ORDER_ID);
        request->order_id = change->order.value;
        return change->order.value != 0;
    }
    request->present |= HAS(CLIENT_ORDER_ID);
    return change->order.value == 0 &&
           take_text(&request->client_order_id, change->client_id, JZ_CLIENT_ID_BYTES);
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

static bool fill(struct jz_request *request, const struct jz_command *command)
{
    switch (command->kind) {
    case JZ_COMMAND_GENESIS:
    case JZ_COMMAND_TICK:
        return false;
    case JZ_COMMAND_PUT_CURRENCY:
        return fill_currency(request, command);
    case JZ_COMMAND_PUT_ACCOUNT:
        return fill_account(request, command);
    case JZ_COMMAND_PUT_MARKET:
        return fill_market(request, command);
    case JZ_COMMAND_MINT:
    case JZ_COMMAND_TRANSFER_IN:
        return fill_credit(request, command);
    case JZ_COMMAND_PLACE_ORDER:
        return fill_place(request, command);
    case JZ_COMMAND_CANCEL_ORDER:
    case JZ_COMMAND_REPLACE_ORDER:
        return fill_change(request, command);
    }
    return false;
}

size_t jz_pack_command(uint8_t *out, const struct jz_command *command, uint64_t nonce)
{
    struct jz_request request = {
        .op = (enum jz_op)command->kind, /* an op that is a command has the number of its kind */
        .present = HAS(NONCE),
        .nonce = nonce,
        .account = command->account.value,
    };
    if (!fill(&request, command)) {
        return 0;
    }
    return jz_message_request(out, JZ_MESSAGE_REQUEST_BYTES_MAX, &request);
}
