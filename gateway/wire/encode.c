/* encode.c - straight-line writers: the room is checked once, at the top, against the most that a
 * map can take, and nothing behind it asks again.
 */
#include "gateway/wire/encode.h"

#include "engine/base/assert.h"
#include "gateway/wire/put.h"

/* A word of an enum as it stands in a message. It is copied with what lies behind it, which costs
 * less than to look at its length; every room has more than that to spare. */
struct packed {
    uint8_t head; /* 0xa0 and the length */
    char text[19];
};

#define PACKED(word)                                                                               \
    {                                                                                              \
        0xa0 | (sizeof(word) - 1), word                                                            \
    }

static const struct packed exec_words[] = {
#define X(value, name, word) [value] = PACKED(word),
    JZ_EXEC_MAP(X)
#undef X
};

static const struct packed reason_words[] = {
#define X(value, name) [value] = PACKED(#name),
    JZ_REASON_MAP(X)
#undef X
};

static const struct packed side_words[] = {
    [JZ_SIDE_BUY] = PACKED("buy"),
    [JZ_SIDE_SELL] = PACKED("sell"),
};

static const struct packed status_words[] = {
    [JZ_ORDER_NEW] = PACKED("new"),
    [JZ_ORDER_PARTIALLY_FILLED] = PACKED("partially_filled"),
    [JZ_ORDER_FILLED] = PACKED("filled"),
    [JZ_ORDER_CANCELED] = PACKED("canceled"),
};

static const struct packed liquidity_words[] = {
    [JZ_LIQUIDITY_MAKER] = PACKED("maker"),
    [JZ_LIQUIDITY_TAKER] = PACKED("taker"),
};

/* The word of a value, which has one: events come from our own core. */
#define PUT_ENUM(at, words, value)                                                                 \
    put_packed((at), (words), (uint32_t)(value), sizeof(words) / sizeof((words)[0]))

static inline uint8_t *put_packed(uint8_t *at, const struct packed *words, uint32_t value,
                                  size_t count)
{
    JZ_ASSERT(value < count && words[value].head != 0);
    memcpy(at, &words[value], sizeof(words[value]));
    return at + 1 + (words[value].head & 31);
}

/* v, nonce, ref and ok. */
static uint8_t *put_address(uint8_t *at, const struct jz_reply *reply, bool ok)
{
    at = JZ_PUT_WORD(at, "v");
    at = jz_put_number(at, JZ_WIRE_VERSION);
    if (reply->nonce != 0) {
        at = JZ_PUT_WORD(at, "nonce");
        at = jz_put_number(at, reply->nonce);
    }
    if (reply->ref.kind == JZ_REF_NUMBER) {
        at = JZ_PUT_WORD(at, "ref");
        at = jz_put_number(at, reply->ref.number);
    } else if (reply->ref.kind == JZ_REF_TEXT) {
        JZ_ASSERT(reply->ref.length <= JZ_WIRE_REF_BYTES_MAX);
        at = JZ_PUT_WORD(at, "ref");
        at = jz_put_text(at, (struct jz_text){reply->ref.text, reply->ref.length});
    }
    at = JZ_PUT_WORD(at, "ok");
    return jz_put_truth(at, ok);
}

static uint32_t address_fields(const struct jz_reply *reply)
{
    return 2u + (reply->nonce != 0) + (reply->ref.kind != JZ_REF_NONE);
}

/* All of a reply up to the value of result. */
static uint8_t *put_reply(uint8_t *out, const struct jz_reply *reply)
{
    uint8_t *at = jz_put_map(out, address_fields(reply) + 3u + reply->duplicate);
    at = put_address(at, reply, true);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, reply->seq);
    if (reply->duplicate) {
        at = JZ_PUT_WORD(at, "duplicate");
        at = jz_put_truth(at, true);
    }
    at = JZ_PUT_WORD(at, "durability");
    at = JZ_PUT_WORD(at, "journal");
    return JZ_PUT_WORD(at, "result");
}

void jz_encode_array(uint8_t *out, uint32_t count)
{
    JZ_ASSERT(count >= 1 && count <= JZ_WIRE_BATCH_MAX);
    *out = 0xdc;
    jz_put_be16(out + 1, (uint16_t)count);
}

size_t jz_encode_order(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_order_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 4);
    at = JZ_PUT_WORD(at, "order_id");
    at = jz_put_number(at, answer->order_id);
    at = JZ_PUT_WORD(at, "status");
    at = PUT_ENUM(at, status_words, answer->status);
    at = JZ_PUT_WORD(at, "cum_lots");
    at = jz_put_number(at, answer->cum_lots);
    at = JZ_PUT_WORD(at, "leaves_lots");
    at = jz_put_number(at, answer->leaves_lots);
    return (size_t)(at - out);
}

size_t jz_encode_amount(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t amount)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 1);
    at = JZ_PUT_WORD(at, "amount");
    return (size_t)(jz_put_number(at, amount) - out);
}

size_t jz_encode_id(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t id)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 1);
    at = JZ_PUT_WORD(at, "id");
    return (size_t)(jz_put_number(at, id) - out);
}

size_t jz_encode_hello(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_hello_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 4);
    at = JZ_PUT_WORD(at, "key");
    at = jz_put_number(at, answer->key);
    at = JZ_PUT_WORD(at, "lane");
    at = jz_put_number(at, answer->lane);
    at = JZ_PUT_WORD(at, "highest_nonce");
    at = jz_put_number(at, answer->highest_nonce);
    at = JZ_PUT_WORD(at, "window");
    at = jz_put_number(at, answer->window);
    return (size_t)(at - out);
}

static uint8_t *put_digest(uint8_t *at, const struct jz_digest *digest)
{
    char digits[33];
    for (uint32_t i = 0; i < 32; i++) {
        digits[i] = "0123456789abcdef"[digest->word[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    digits[32] = '\0';
    return jz_put_string(at, digits);
}

size_t jz_encode_status(uint8_t *out, size_t room, const struct jz_reply *reply,
                        const struct jz_status_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), answer->has_digest ? 10 : 7);
    at = JZ_PUT_WORD(at, "ts");
    at = jz_put_number(at, answer->ts);
    at = JZ_PUT_WORD(at, "currencies");
    at = jz_put_number(at, answer->currencies);
    at = JZ_PUT_WORD(at, "markets");
    at = jz_put_number(at, answer->markets);
    at = JZ_PUT_WORD(at, "accounts");
    at = jz_put_number(at, answer->accounts);
    at = JZ_PUT_WORD(at, "connections");
    at = jz_put_number(at, answer->connections);
    at = JZ_PUT_WORD(at, "busy");
    at = jz_put_truth(at, answer->busy);
    at = JZ_PUT_WORD(at, "storage_full");
    at = jz_put_truth(at, answer->storage_full);
    if (answer->has_digest) {
        at = JZ_PUT_WORD(at, "live_orders");
        at = jz_put_number(at, answer->live_orders);
        at = JZ_PUT_WORD(at, "state_digest");
        at = put_digest(at, &answer->state_digest);
        at = JZ_PUT_WORD(at, "content_digest");
        at = put_digest(at, &answer->content_digest);
    }
    return (size_t)(at - out);
}

static uint8_t *put_market(uint8_t *at, const struct jz_market_answer *market)
{
    at = jz_put_map(at, 13u + (market->last_price != 0));
    at = JZ_PUT_WORD(at, "market");
    at = jz_put_number(at, market->market);
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, market->symbol);
    at = JZ_PUT_WORD(at, "base_lot");
    at = jz_put_number(at, market->base_lot);
    at = JZ_PUT_WORD(at, "quote_unit");
    at = jz_put_number(at, market->quote_unit);
    at = JZ_PUT_WORD(at, "tick");
    at = jz_put_number(at, market->tick);
    at = JZ_PUT_WORD(at, "price_min");
    at = jz_put_number(at, market->price_min);
    at = JZ_PUT_WORD(at, "price_max");
    at = jz_put_number(at, market->price_max);
    at = JZ_PUT_WORD(at, "min_notional");
    at = jz_put_number(at, market->min_notional);
    at = JZ_PUT_WORD(at, "band");
    at = jz_put_number(at, market->band);
    at = JZ_PUT_WORD(at, "reference");
    at = jz_put_number(at, market->reference);
    at = JZ_PUT_WORD(at, "state");
    at = jz_put_string(at, jz_wire_market_state_word((int)market->state));
    at = JZ_PUT_WORD(at, "depth_no");
    at = jz_put_number(at, market->depth_no);
    at = JZ_PUT_WORD(at, "trade_no");
    at = jz_put_number(at, market->trade_no);
    if (market->last_price != 0) {
        at = JZ_PUT_WORD(at, "last_price");
        at = jz_put_number(at, market->last_price);
    }
    return at;
}

size_t jz_encode_markets(uint8_t *out, size_t room, const struct jz_reply *reply,
                         const struct jz_market_answer *markets, uint32_t count, uint32_t next)
{
    JZ_ASSERT(count <= JZ_WIRE_MARKETS_MAX);
    if (room < JZ_ENCODE_MARKETS_BYTES_MAX + (size_t)count * JZ_ENCODE_MARKET_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 1u + (next != 0));
    at = JZ_PUT_WORD(at, "markets");
    at = jz_put_array(at, count);
    for (uint32_t i = 0; i < count; i++) {
        at = put_market(at, &markets[i]);
    }
    if (next != 0) {
        at = JZ_PUT_WORD(at, "next");
        at = jz_put_number(at, next);
    }
    return (size_t)(at - out);
}

static uint8_t *put_side(uint8_t *at, const struct jz_level *levels, uint32_t count)
{
    at = jz_put_array(at, count);
    for (uint32_t i = 0; i < count; i++) {
        *at = 0x92;
        at = jz_put_number(at + 1, levels[i].price);
        at = jz_put_number(at, levels[i].lots);
    }
    return at;
}

/* bids, asks and crc32. */
static uint8_t *put_levels(uint8_t *at, const struct jz_levels *levels, uint32_t crc32)
{
    at = JZ_PUT_WORD(at, "bids");
    at = put_side(at, levels->bids, levels->bid_count);
    at = JZ_PUT_WORD(at, "asks");
    at = put_side(at, levels->asks, levels->ask_count);
    at = JZ_PUT_WORD(at, "crc32");
    return jz_put_number(at, crc32);
}

static bool has_room_for(size_t room, const struct jz_levels *levels)
{
    JZ_ASSERT(levels->bid_count <= JZ_WIRE_LEVELS_MAX && levels->ask_count <= JZ_WIRE_LEVELS_MAX);
    const size_t count = (size_t)levels->bid_count + levels->ask_count;
    return room >= JZ_ENCODE_BOOK_BYTES_MAX + count * JZ_ENCODE_LEVEL_BYTES_MAX;
}

size_t jz_encode_book(uint8_t *out, size_t room, const struct jz_reply *reply,
                      const struct jz_book_answer *answer)
{
    if (!has_room_for(room, &answer->levels)) {
        return 0;
    }
    uint8_t *at = jz_put_map(put_reply(out, reply), 6);
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, answer->symbol);
    at = JZ_PUT_WORD(at, "depth_no");
    at = jz_put_number(at, answer->depth_no);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, reply->seq);
    at = put_levels(at, &answer->levels, answer->crc32);
    return (size_t)(at - out);
}

size_t jz_encode_depth(uint8_t *out, size_t room, const struct jz_depth_change *change)
{
    if (!has_room_for(room, &change->levels)) {
        return 0;
    }
    uint8_t *at = jz_put_map(out, 7u + change->more);
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, change->symbol);
    at = JZ_PUT_WORD(at, "first");
    at = jz_put_number(at, change->first);
    at = JZ_PUT_WORD(at, "last");
    at = jz_put_number(at, change->last);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, change->seq);
    at = put_levels(at, &change->levels, change->crc32);
    if (change->more) {
        at = JZ_PUT_WORD(at, "more");
        at = jz_put_truth(at, true);
    }
    return (size_t)(at - out);
}

size_t jz_encode_refusal(uint8_t *out, size_t room, const struct jz_reply *reply,
                         const struct jz_refusal *refusal)
{
    JZ_ASSERT(refusal->result != JZ_RESULT_DONE);
    JZ_ASSERT(refusal->field.length <= JZ_WIRE_FIELD_BYTES_MAX);
    JZ_ASSERT(refusal->detail.length <= JZ_SYMBOL_MAX);
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    const bool has_field = refusal->field.length > 0;
    const bool has_detail = refusal->detail.length > 0;
    const bool has_retry = refusal->retry_after_ms > 0;
    const bool has_seq = reply->seq != 0;
    uint8_t *at = jz_put_map(out, address_fields(reply) + 2u + has_field + has_detail + has_retry +
                                      has_seq + reply->duplicate);
    at = put_address(at, reply, false);
    at = JZ_PUT_WORD(at, "code");
    at = jz_put_string(at, jz_result_wire((int)refusal->result));
    at = JZ_PUT_WORD(at, "message");
    at = jz_put_string(at, jz_result_text((int)refusal->result));
    if (has_field) {
        at = JZ_PUT_WORD(at, "field");
        at = jz_put_text(at, refusal->field);
    }
    if (has_detail) {
        at = JZ_PUT_WORD(at, "detail");
        at = jz_put_text(at, refusal->detail);
    }
    if (has_retry) {
        at = JZ_PUT_WORD(at, "retry_after_ms");
        at = jz_put_number(at, refusal->retry_after_ms);
    }
    if (has_seq) {
        at = JZ_PUT_WORD(at, "seq");
        at = jz_put_number(at, reply->seq);
    }
    if (reply->duplicate) {
        at = JZ_PUT_WORD(at, "duplicate");
        at = jz_put_truth(at, true);
    }
    return (size_t)(at - out);
}

size_t jz_encode_report(uint8_t *out, size_t room, const struct jz_report *report)
{
    if (room < JZ_ENCODE_REPORT_BYTES_MAX) {
        return 0;
    }
    const bool is_trade = report->exec_type == JZ_EXEC_TRADE;
    const bool is_named = report->client_order_id.length > 0;
    const bool has_reason = report->reason != 0;
    uint8_t *at = jz_put_map(out, 13u + is_named + (is_trade ? 4 : 0) + has_reason);
    at = JZ_PUT_WORD(at, "stream_seq");
    at = jz_put_number(at, report->stream_seq);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, report->seq);
    at = JZ_PUT_WORD(at, "ts");
    at = jz_put_number(at, report->ts);
    at = JZ_PUT_WORD(at, "exec_type");
    at = PUT_ENUM(at, exec_words, report->exec_type);
    at = JZ_PUT_WORD(at, "account");
    at = jz_put_number(at, report->account);
    at = JZ_PUT_WORD(at, "order_id");
    at = jz_put_number(at, report->order_id);
    if (is_named) {
        at = JZ_PUT_WORD(at, "client_order_id");
        at = jz_put_text(at, report->client_order_id);
    }
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, report->symbol);
    at = JZ_PUT_WORD(at, "side");
    at = PUT_ENUM(at, side_words, report->side);
    at = JZ_PUT_WORD(at, "price");
    at = jz_put_number(at, report->price);
    at = JZ_PUT_WORD(at, "status");
    at = PUT_ENUM(at, status_words, report->status);
    at = JZ_PUT_WORD(at, "lots");
    at = jz_put_number(at, report->lots);
    at = JZ_PUT_WORD(at, "cum_lots");
    at = jz_put_number(at, report->cum_lots);
    at = JZ_PUT_WORD(at, "leaves_lots");
    at = jz_put_number(at, report->leaves_lots);
    if (is_trade) {
        at = JZ_PUT_WORD(at, "last_lots");
        at = jz_put_number(at, report->last_lots);
        at = JZ_PUT_WORD(at, "last_price");
        at = jz_put_number(at, report->last_price);
        at = JZ_PUT_WORD(at, "trade_no");
        at = jz_put_number(at, report->trade_no);
        at = JZ_PUT_WORD(at, "liquidity");
        at = PUT_ENUM(at, liquidity_words, report->liquidity);
    }
    if (has_reason) {
        at = JZ_PUT_WORD(at, "reason");
        at = PUT_ENUM(at, reason_words, report->reason);
    }
    return (size_t)(at - out);
}

size_t jz_encode_trade(uint8_t *out, size_t room, const struct jz_trade *trade)
{
    if (room < JZ_ENCODE_TRADE_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(out, 10);
    at = JZ_PUT_WORD(at, "symbol");
    at = jz_put_text(at, trade->symbol);
    at = JZ_PUT_WORD(at, "trade_no");
    at = jz_put_number(at, trade->trade_no);
    at = JZ_PUT_WORD(at, "price");
    at = jz_put_number(at, trade->price);
    at = JZ_PUT_WORD(at, "lots");
    at = jz_put_number(at, trade->lots);
    at = JZ_PUT_WORD(at, "base_amount");
    at = jz_put_number(at, trade->base_amount);
    at = JZ_PUT_WORD(at, "quote_amount");
    at = jz_put_number(at, trade->quote_amount);
    at = JZ_PUT_WORD(at, "ts");
    at = jz_put_number(at, trade->ts);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, trade->seq);
    at = JZ_PUT_WORD(at, "taker_side");
    at = PUT_ENUM(at, side_words, trade->taker_side);
    at = JZ_PUT_WORD(at, "cond");
    at = JZ_PUT_WORD(at, "direct");
    return (size_t)(at - out);
}

size_t jz_encode_heartbeat(uint8_t *out, size_t room, const struct jz_heartbeat *heartbeat)
{
    if (room < JZ_ENCODE_TRADE_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = jz_put_map(out, 2);
    at = JZ_PUT_WORD(at, "seq");
    at = jz_put_number(at, heartbeat->seq);
    at = JZ_PUT_WORD(at, "ts");
    at = jz_put_number(at, heartbeat->ts);
    return (size_t)(at - out);
}
