/* encode.c - straight-line writers: the room is checked once, at the top, against the most that a
 * map can take, and nothing behind it asks again.
 */
#include "gateway/wire/encode.h"

#include "engine/base/assert.h"

/* A key or word that stands in the program, at most 31 characters. */
#define PUT_WORD(at, word) put_short((at), (word), sizeof(word) - 1)

static inline uint8_t *put_short(uint8_t *at, const char *bytes, size_t length)
{
    *at = (uint8_t)(0xa0 | length);
    memcpy(at + 1, bytes, length);
    return at + 1 + length;
}

/* memcpy() of up to 31 bytes, as two copies that overlap. The compiler makes of a bounded memcpy
 * one string instruction, which takes longer than the rest of the map. */
static inline void copy_short(uint8_t *to, const char *from, size_t bytes)
{
    if (bytes >= 16) {
        memcpy(to, from, 16);
        memcpy(to + bytes - 16, from + bytes - 16, 16);
    } else if (bytes >= 8) {
        memcpy(to, from, 8);
        memcpy(to + bytes - 8, from + bytes - 8, 8);
    } else if (bytes >= 4) {
        memcpy(to, from, 4);
        memcpy(to + bytes - 4, from + bytes - 4, 4);
    } else {
        for (size_t i = 0; i < bytes; i++) {
            to[i] = (uint8_t)from[i];
        }
    }
}

static inline uint8_t *put_text(uint8_t *at, struct jz_text text)
{
    JZ_ASSERT(text.length <= UINT8_MAX);
    if (text.length <= 31) {
        *at = (uint8_t)(0xa0 | text.length);
        copy_short(at + 1, text.bytes, text.length);
        return at + 1 + text.length;
    }
    at[0] = 0xd9;
    at[1] = (uint8_t)text.length;
    memcpy(at + 2, text.bytes, text.length);
    return at + 2 + text.length;
}

static inline uint8_t *put_string(uint8_t *at, const char *text)
{
    return put_text(at, (struct jz_text){text, (uint32_t)strlen(text)});
}

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

static inline uint8_t *put_be32(uint8_t *at, uint32_t value)
{
    const uint32_t swapped = __builtin_bswap32(value);
    memcpy(at, &swapped, 4);
    return at + 4;
}

static inline uint8_t *put_be16(uint8_t *at, uint16_t value)
{
    const uint16_t swapped = __builtin_bswap16(value);
    memcpy(at, &swapped, 2);
    return at + 2;
}

static inline uint8_t *put_number(uint8_t *at, uint64_t value)
{
    if (value < 0x80) {
        *at = (uint8_t)value;
        return at + 1;
    }
    if (value <= UINT16_MAX) {
        if (value <= UINT8_MAX) {
            at[0] = 0xcc;
            at[1] = (uint8_t)value;
            return at + 2;
        }
        *at = 0xcd;
        return put_be16(at + 1, (uint16_t)value);
    }
    if (value <= UINT32_MAX) {
        *at = 0xce;
        return put_be32(at + 1, (uint32_t)value);
    }
    const uint64_t swapped = __builtin_bswap64(value);
    *at = 0xcf;
    memcpy(at + 1, &swapped, 8);
    return at + 9;
}

static inline uint8_t *put_truth(uint8_t *at, bool value)
{
    *at = value ? 0xc3 : 0xc2;
    return at + 1;
}

/* The head of a map. */
static inline uint8_t *open_map(uint8_t *out, uint32_t fields)
{
    if (fields < 16) {
        *out = (uint8_t)(0x80 | fields);
        return out + 1;
    }
    *out = 0xde;
    return put_be16(out + 1, (uint16_t)fields);
}

static inline uint8_t *put_array_head(uint8_t *at, uint32_t count)
{
    JZ_ASSERT(count <= UINT16_MAX);
    if (count < 16) {
        *at = (uint8_t)(0x90 | count);
        return at + 1;
    }
    *at = 0xdc;
    return put_be16(at + 1, (uint16_t)count);
}

/* v, nonce, ref and ok. */
static uint8_t *put_address(uint8_t *at, const struct jz_reply *reply, bool ok)
{
    at = PUT_WORD(at, "v");
    at = put_number(at, JZ_WIRE_VERSION);
    if (reply->nonce != 0) {
        at = PUT_WORD(at, "nonce");
        at = put_number(at, reply->nonce);
    }
    if (reply->ref.kind == JZ_REF_NUMBER) {
        at = PUT_WORD(at, "ref");
        at = put_number(at, reply->ref.number);
    } else if (reply->ref.kind == JZ_REF_TEXT) {
        JZ_ASSERT(reply->ref.length <= JZ_WIRE_REF_BYTES_MAX);
        at = PUT_WORD(at, "ref");
        at = put_text(at, (struct jz_text){reply->ref.text, reply->ref.length});
    }
    at = PUT_WORD(at, "ok");
    return put_truth(at, ok);
}

static uint32_t address_fields(const struct jz_reply *reply)
{
    return 2u + (reply->nonce != 0) + (reply->ref.kind != JZ_REF_NONE);
}

/* All of a reply up to the value of result. */
static uint8_t *put_reply(uint8_t *out, const struct jz_reply *reply)
{
    uint8_t *at = open_map(out, address_fields(reply) + 3u + reply->duplicate);
    at = put_address(at, reply, true);
    at = PUT_WORD(at, "seq");
    at = put_number(at, reply->seq);
    if (reply->duplicate) {
        at = PUT_WORD(at, "duplicate");
        at = put_truth(at, true);
    }
    at = PUT_WORD(at, "durability");
    at = PUT_WORD(at, "journal");
    return PUT_WORD(at, "result");
}

void jz_encode_array(uint8_t *out, uint32_t count)
{
    JZ_ASSERT(count >= 1 && count <= JZ_WIRE_BATCH_MAX);
    *out = 0xdc;
    put_be16(out + 1, (uint16_t)count);
}

size_t jz_encode_order(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_order_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(put_reply(out, reply), 4);
    at = PUT_WORD(at, "order_id");
    at = put_number(at, answer->order_id);
    at = PUT_WORD(at, "status");
    at = PUT_ENUM(at, status_words, answer->status);
    at = PUT_WORD(at, "cum_lots");
    at = put_number(at, answer->cum_lots);
    at = PUT_WORD(at, "leaves_lots");
    at = put_number(at, answer->leaves_lots);
    return (size_t)(at - out);
}

size_t jz_encode_amount(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t amount)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(put_reply(out, reply), 1);
    at = PUT_WORD(at, "amount");
    return (size_t)(put_number(at, amount) - out);
}

size_t jz_encode_id(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t id)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(put_reply(out, reply), 1);
    at = PUT_WORD(at, "id");
    return (size_t)(put_number(at, id) - out);
}

size_t jz_encode_hello(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_hello_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(put_reply(out, reply), 4);
    at = PUT_WORD(at, "key");
    at = put_number(at, answer->key);
    at = PUT_WORD(at, "lane");
    at = put_number(at, answer->lane);
    at = PUT_WORD(at, "highest_nonce");
    at = put_number(at, answer->highest_nonce);
    at = PUT_WORD(at, "window");
    at = put_number(at, answer->window);
    return (size_t)(at - out);
}

static uint8_t *put_digest(uint8_t *at, const struct jz_digest *digest)
{
    char digits[33];
    for (uint32_t i = 0; i < 32; i++) {
        digits[i] = "0123456789abcdef"[digest->word[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    digits[32] = '\0';
    return put_string(at, digits);
}

size_t jz_encode_status(uint8_t *out, size_t room, const struct jz_reply *reply,
                        const struct jz_status_answer *answer)
{
    if (room < JZ_ENCODE_REPLY_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(put_reply(out, reply), answer->has_digest ? 10 : 7);
    at = PUT_WORD(at, "ts");
    at = put_number(at, answer->ts);
    at = PUT_WORD(at, "currencies");
    at = put_number(at, answer->currencies);
    at = PUT_WORD(at, "markets");
    at = put_number(at, answer->markets);
    at = PUT_WORD(at, "accounts");
    at = put_number(at, answer->accounts);
    at = PUT_WORD(at, "connections");
    at = put_number(at, answer->connections);
    at = PUT_WORD(at, "busy");
    at = put_truth(at, answer->busy);
    at = PUT_WORD(at, "storage_full");
    at = put_truth(at, answer->storage_full);
    if (answer->has_digest) {
        at = PUT_WORD(at, "live_orders");
        at = put_number(at, answer->live_orders);
        at = PUT_WORD(at, "state_digest");
        at = put_digest(at, &answer->state_digest);
        at = PUT_WORD(at, "content_digest");
        at = put_digest(at, &answer->content_digest);
    }
    return (size_t)(at - out);
}

static uint8_t *put_market(uint8_t *at, const struct jz_market_answer *market)
{
    at = open_map(at, 13u + (market->last_price != 0));
    at = PUT_WORD(at, "market");
    at = put_number(at, market->market);
    at = PUT_WORD(at, "symbol");
    at = put_text(at, market->symbol);
    at = PUT_WORD(at, "base_lot");
    at = put_number(at, market->base_lot);
    at = PUT_WORD(at, "quote_unit");
    at = put_number(at, market->quote_unit);
    at = PUT_WORD(at, "tick");
    at = put_number(at, market->tick);
    at = PUT_WORD(at, "price_min");
    at = put_number(at, market->price_min);
    at = PUT_WORD(at, "price_max");
    at = put_number(at, market->price_max);
    at = PUT_WORD(at, "min_notional");
    at = put_number(at, market->min_notional);
    at = PUT_WORD(at, "band");
    at = put_number(at, market->band);
    at = PUT_WORD(at, "reference");
    at = put_number(at, market->reference);
    at = PUT_WORD(at, "state");
    at = put_string(at, jz_wire_market_state_word((int)market->state));
    at = PUT_WORD(at, "depth_no");
    at = put_number(at, market->depth_no);
    at = PUT_WORD(at, "trade_no");
    at = put_number(at, market->trade_no);
    if (market->last_price != 0) {
        at = PUT_WORD(at, "last_price");
        at = put_number(at, market->last_price);
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
    uint8_t *at = open_map(put_reply(out, reply), 1u + (next != 0));
    at = PUT_WORD(at, "markets");
    at = put_array_head(at, count);
    for (uint32_t i = 0; i < count; i++) {
        at = put_market(at, &markets[i]);
    }
    if (next != 0) {
        at = PUT_WORD(at, "next");
        at = put_number(at, next);
    }
    return (size_t)(at - out);
}

static uint8_t *put_side(uint8_t *at, const struct jz_level *levels, uint32_t count)
{
    at = put_array_head(at, count);
    for (uint32_t i = 0; i < count; i++) {
        *at = 0x92;
        at = put_number(at + 1, levels[i].price);
        at = put_number(at, levels[i].lots);
    }
    return at;
}

/* bids, asks and crc32. */
static uint8_t *put_levels(uint8_t *at, const struct jz_levels *levels, uint32_t crc32)
{
    at = PUT_WORD(at, "bids");
    at = put_side(at, levels->bids, levels->bid_count);
    at = PUT_WORD(at, "asks");
    at = put_side(at, levels->asks, levels->ask_count);
    at = PUT_WORD(at, "crc32");
    return put_number(at, crc32);
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
    uint8_t *at = open_map(put_reply(out, reply), 6);
    at = PUT_WORD(at, "symbol");
    at = put_text(at, answer->symbol);
    at = PUT_WORD(at, "depth_no");
    at = put_number(at, answer->depth_no);
    at = PUT_WORD(at, "seq");
    at = put_number(at, reply->seq);
    at = put_levels(at, &answer->levels, answer->crc32);
    return (size_t)(at - out);
}

size_t jz_encode_depth(uint8_t *out, size_t room, const struct jz_depth_change *change)
{
    if (!has_room_for(room, &change->levels)) {
        return 0;
    }
    uint8_t *at = open_map(out, 7u + change->more);
    at = PUT_WORD(at, "symbol");
    at = put_text(at, change->symbol);
    at = PUT_WORD(at, "first");
    at = put_number(at, change->first);
    at = PUT_WORD(at, "last");
    at = put_number(at, change->last);
    at = PUT_WORD(at, "seq");
    at = put_number(at, change->seq);
    at = put_levels(at, &change->levels, change->crc32);
    if (change->more) {
        at = PUT_WORD(at, "more");
        at = put_truth(at, true);
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
    uint8_t *at = open_map(out, address_fields(reply) + 2u + has_field + has_detail + has_retry +
                                    has_seq + reply->duplicate);
    at = put_address(at, reply, false);
    at = PUT_WORD(at, "code");
    at = put_string(at, jz_result_wire((int)refusal->result));
    at = PUT_WORD(at, "message");
    at = put_string(at, jz_result_text((int)refusal->result));
    if (has_field) {
        at = PUT_WORD(at, "field");
        at = put_text(at, refusal->field);
    }
    if (has_detail) {
        at = PUT_WORD(at, "detail");
        at = put_text(at, refusal->detail);
    }
    if (has_retry) {
        at = PUT_WORD(at, "retry_after_ms");
        at = put_number(at, refusal->retry_after_ms);
    }
    if (has_seq) {
        at = PUT_WORD(at, "seq");
        at = put_number(at, reply->seq);
    }
    if (reply->duplicate) {
        at = PUT_WORD(at, "duplicate");
        at = put_truth(at, true);
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
    uint8_t *at = open_map(out, 13u + is_named + (is_trade ? 4 : 0) + has_reason);
    at = PUT_WORD(at, "stream_seq");
    at = put_number(at, report->stream_seq);
    at = PUT_WORD(at, "seq");
    at = put_number(at, report->seq);
    at = PUT_WORD(at, "ts");
    at = put_number(at, report->ts);
    at = PUT_WORD(at, "exec_type");
    at = PUT_ENUM(at, exec_words, report->exec_type);
    at = PUT_WORD(at, "account");
    at = put_number(at, report->account);
    at = PUT_WORD(at, "order_id");
    at = put_number(at, report->order_id);
    if (is_named) {
        at = PUT_WORD(at, "client_order_id");
        at = put_text(at, report->client_order_id);
    }
    at = PUT_WORD(at, "symbol");
    at = put_text(at, report->symbol);
    at = PUT_WORD(at, "side");
    at = PUT_ENUM(at, side_words, report->side);
    at = PUT_WORD(at, "price");
    at = put_number(at, report->price);
    at = PUT_WORD(at, "status");
    at = PUT_ENUM(at, status_words, report->status);
    at = PUT_WORD(at, "lots");
    at = put_number(at, report->lots);
    at = PUT_WORD(at, "cum_lots");
    at = put_number(at, report->cum_lots);
    at = PUT_WORD(at, "leaves_lots");
    at = put_number(at, report->leaves_lots);
    if (is_trade) {
        at = PUT_WORD(at, "last_lots");
        at = put_number(at, report->last_lots);
        at = PUT_WORD(at, "last_price");
        at = put_number(at, report->last_price);
        at = PUT_WORD(at, "trade_no");
        at = put_number(at, report->trade_no);
        at = PUT_WORD(at, "liquidity");
        at = PUT_ENUM(at, liquidity_words, report->liquidity);
    }
    if (has_reason) {
        at = PUT_WORD(at, "reason");
        at = PUT_ENUM(at, reason_words, report->reason);
    }
    return (size_t)(at - out);
}

size_t jz_encode_trade(uint8_t *out, size_t room, const struct jz_trade *trade)
{
    if (room < JZ_ENCODE_TRADE_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(out, 10);
    at = PUT_WORD(at, "symbol");
    at = put_text(at, trade->symbol);
    at = PUT_WORD(at, "trade_no");
    at = put_number(at, trade->trade_no);
    at = PUT_WORD(at, "price");
    at = put_number(at, trade->price);
    at = PUT_WORD(at, "lots");
    at = put_number(at, trade->lots);
    at = PUT_WORD(at, "base_amount");
    at = put_number(at, trade->base_amount);
    at = PUT_WORD(at, "quote_amount");
    at = put_number(at, trade->quote_amount);
    at = PUT_WORD(at, "ts");
    at = put_number(at, trade->ts);
    at = PUT_WORD(at, "seq");
    at = put_number(at, trade->seq);
    at = PUT_WORD(at, "taker_side");
    at = PUT_ENUM(at, side_words, trade->taker_side);
    at = PUT_WORD(at, "cond");
    at = PUT_WORD(at, "direct");
    return (size_t)(at - out);
}

size_t jz_encode_heartbeat(uint8_t *out, size_t room, const struct jz_heartbeat *heartbeat)
{
    if (room < JZ_ENCODE_TRADE_BYTES_MAX) {
        return 0;
    }
    uint8_t *at = open_map(out, 2);
    at = PUT_WORD(at, "seq");
    at = put_number(at, heartbeat->seq);
    at = PUT_WORD(at, "ts");
    at = put_number(at, heartbeat->ts);
    return (size_t)(at - out);
}
