/* command.c - one function for each body of include/jiaozi/command.h. */
#include "gateway/command.h"

#include "engine/base/assert.h"

#include <string.h>

static void blame(struct jz_refusal *refusal, enum jz_result result, enum jz_field field)
{
    const char *word = jz_field_word((int)field);
    refusal->result = result;
    refusal->field = (struct jz_text){word, (uint32_t)strlen(word)};
}

static struct jz_currency_id find_currency(const struct jz_command_context *context,
                                           struct jz_text code, enum jz_field field,
                                           struct jz_refusal *refusal)
{
    const struct jz_currency_id id =
        jz_picture_currency_of(context->picture, code.bytes, code.length);
    if (id.value == 0) {
        blame(refusal, JZ_RESULT_UNKNOWN, field);
    }
    return id;
}

static void build_currency(const struct jz_request *request, struct jz_put_currency *body)
{
    jz_text_pad(body->code, sizeof(body->code), request->code);
    body->merchant.value = request->merchant;
    body->scale = request->scale;
    body->supply_cap_points = request->supply_cap;
}

static void build_account(const struct jz_request *request, struct jz_put_account *body)
{
    body->account.value = request->account;
    body->role = request->role;
}

static void build_market(const struct jz_command_context *context, const struct jz_request *request,
                         struct jz_put_market *body, struct jz_refusal *refusal)
{
    body->base = find_currency(context, request->base, JZ_FIELD_BASE, refusal);
    if (body->base.value != 0) {
        body->quote = find_currency(context, request->quote, JZ_FIELD_QUOTE, refusal);
    }
    body->lot_points = request->base_lot;
    body->quote_unit_points = request->quote_unit;
    body->tick_price = request->tick;
    body->price_min = request->price_min;
    body->price_max = request->price_max;
    body->notional_min_points = request->min_notional;
    body->band_bp = request->band;
    body->reference_price = request->reference;
}

static void build_mint(const struct jz_command_context *context, const struct jz_request *request,
                       struct jz_mint *body, struct jz_refusal *refusal)
{
    body->account.value = request->account;
    body->currency = find_currency(context, request->currency, JZ_FIELD_CURRENCY, refusal);
    body->amount_points = request->amount;
    jz_text_pad(body->source_id, sizeof(body->source_id), request->source_id);
    body->checked_seq = context->durable_seq;
}

/* The symbol of the market whose two codes the text has in the wrong order; empty if none has. */
static struct jz_text listed_name(const struct jz_picture *picture, struct jz_text symbol)
{
    const struct jz_market_id id = jz_picture_market_reversed(picture, symbol.bytes, symbol.length);
    const struct jz_picture_market *market = jz_picture_find_market(picture, id);
    return market == NULL ? (struct jz_text){"", 0}
                          : (struct jz_text){market->symbol, market->symbol_bytes};
}

static void build_place(const struct jz_command_context *context, const struct jz_request *request,
                        struct jz_place_order *body, struct jz_refusal *refusal)
{
    body->market =
        jz_picture_market_of(context->picture, request->symbol.bytes, request->symbol.length);
    if (body->market.value == 0) {
        blame(refusal, JZ_RESULT_UNKNOWN_MARKET, JZ_FIELD_SYMBOL);
        refusal->detail = listed_name(context->picture, request->symbol);
    }
    body->account.value = request->account;
    jz_text_pad(body->client_id, sizeof(body->client_id), request->client_order_id);
    body->lots = request->lots;
    body->price = request->price;
    body->side = request->side;
    body->time_in_force = request->time_in_force;
    body->stp_mode = request->stp_mode;
}

static void build_cancel(const struct jz_request *request, struct jz_cancel_order *body)
{
    body->account.value = request->account;
    body->order.value = request->order_id;
    jz_text_pad(body->client_id, sizeof(body->client_id), request->client_order_id);
}

static void build_replace(const struct jz_request *request, struct jz_replace_order *body)
{
    body->account.value = request->account;
    body->order.value = request->order_id;
    jz_text_pad(body->client_id, sizeof(body->client_id), request->client_order_id);
    body->lots = request->lots;
    body->price = request->price;
}

void jz_command_build(const struct jz_command_context *context, const struct jz_request *request,
                      struct jz_record *record, struct jz_refusal *refusal)
{
    void *body = record + 1;

    record->kind = (uint16_t)request->op;
    record->nonce = request->nonce;
    *refusal = (struct jz_refusal){.result = JZ_RESULT_DONE};
    switch (request->op) {
    case JZ_OP_PUT_CURRENCY:
        build_currency(request, body);
        return;
    case JZ_OP_PUT_ACCOUNT:
        build_account(request, body);
        return;
    case JZ_OP_PUT_MARKET:
        build_market(context, request, body, refusal);
        return;
    case JZ_OP_MINT:
    case JZ_OP_TRANSFER_IN:
        build_mint(context, request, body, refusal);
        return;
    case JZ_OP_PLACE_ORDER:
        build_place(context, request, body, refusal);
        return;
    case JZ_OP_CANCEL_ORDER:
        build_cancel(request, body);
        return;
    case JZ_OP_REPLACE_ORDER:
        build_replace(request, body);
        return;
    case JZ_OP_HELLO:
    case JZ_OP_GET_STATUS:
    case JZ_OP_GET_MARKETS:
    case JZ_OP_GET_BOOK:
        break;
    }
    JZ_ASSERT(false); /* jz_op_is_command */
}
