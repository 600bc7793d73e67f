/* message_list.c - books, markets and the feed: what comes in lists. */
#include "gateway/wire/unpack.h"

#include "engine/base/assert.h"

/* Reads an array of [price, lots] into the reader's memory. */
static const struct jz_level *read_side(struct jz_message_reader *reader,
                                        struct jz_unpack_fields *fields, const char *name,
                                        uint32_t *count)
{
    const msgpack_object *object = jz_unpack_take(fields, name, MSGPACK_OBJECT_ARRAY, true);
    *count = 0;
    if (object == NULL || object->via.array.size == 0) {
        return NULL;
    }
    const uint32_t size = object->via.array.size;
    struct jz_level *levels = size > JZ_WIRE_LEVELS_MAX
                                  ? NULL
                                  : msgpack_zone_malloc(&reader->zone, size * sizeof(*levels));
    if (levels == NULL) {
        fields->is_good = false;
        return NULL;
    }
    for (uint32_t i = 0; i < size; i++) {
        const msgpack_object *pair = &object->via.array.ptr[i];
        if (pair->type != MSGPACK_OBJECT_ARRAY || pair->via.array.size != 2 ||
            pair->via.array.ptr[0].type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
            pair->via.array.ptr[1].type != MSGPACK_OBJECT_POSITIVE_INTEGER) {
            fields->is_good = false;
            return NULL;
        }
        levels[i].price = pair->via.array.ptr[0].via.u64;
        levels[i].lots = pair->via.array.ptr[1].via.u64;
    }
    *count = size;
    return levels;
}

static uint32_t read_levels(struct jz_message_reader *reader, struct jz_unpack_fields *fields,
                            struct jz_levels *levels)
{
    levels->bids = read_side(reader, fields, "bids", &levels->bid_count);
    levels->asks = read_side(reader, fields, "asks", &levels->ask_count);
    return jz_unpack_small(fields, "crc32");
}

int jz_message_book(struct jz_message_reader *reader, const struct jz_message *heard,
                    struct jz_book_answer *answer)
{
    JZ_ASSERT(heard->kind == JZ_MESSAGE_REPLY);
    struct jz_unpack_fields fields = jz_unpack_map(heard->result);
    answer->symbol = jz_unpack_text(&fields, "symbol", true);
    answer->depth_no = jz_unpack_number(&fields, "depth_no");
    answer->crc32 = read_levels(reader, &fields, &answer->levels);
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}

static bool read_market(const msgpack_object *object, struct jz_market_answer *market)
{
    struct jz_unpack_fields fields = jz_unpack_map(object);
    market->market = jz_unpack_small(&fields, "market");
    market->symbol = jz_unpack_text(&fields, "symbol", true);
    market->base_lot = jz_unpack_number(&fields, "base_lot");
    market->quote_unit = jz_unpack_number(&fields, "quote_unit");
    market->tick = jz_unpack_number(&fields, "tick");
    market->price_min = jz_unpack_number(&fields, "price_min");
    market->price_max = jz_unpack_number(&fields, "price_max");
    market->min_notional = jz_unpack_number(&fields, "min_notional");
    market->band = jz_unpack_small(&fields, "band");
    market->reference = jz_unpack_small(&fields, "reference");
    market->state =
        (enum jz_market_state)jz_unpack_word(&fields, "state", jz_wire_market_state_word, 16);
    market->depth_no = jz_unpack_number(&fields, "depth_no");
    market->trade_no = jz_unpack_number(&fields, "trade_no");
    market->last_price = jz_unpack_optional(&fields, "last_price");
    return fields.is_good;
}

int jz_message_markets(struct jz_message_reader *reader, const struct jz_message *heard,
                       struct jz_markets_answer *answer)
{
    JZ_ASSERT(heard->kind == JZ_MESSAGE_REPLY);
    struct jz_unpack_fields fields = jz_unpack_map(heard->result);
    const msgpack_object *list = jz_unpack_take(&fields, "markets", MSGPACK_OBJECT_ARRAY, true);
    *answer = (struct jz_markets_answer){.next = (uint32_t)jz_unpack_optional(&fields, "next")};
    if (list == NULL || list->via.array.size > JZ_WIRE_MARKETS_MAX || !fields.is_good) {
        return JZ_EPROTOCOL;
    }
    const uint32_t count = list->via.array.size;
    struct jz_market_answer *markets =
        msgpack_zone_malloc(&reader->zone, (count + 1) * sizeof(*markets));
    if (markets == NULL) {
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_market(&list->via.array.ptr[i], &markets[i])) {
            return JZ_EPROTOCOL;
        }
    }
    answer->markets = markets;
    answer->count = count;
    return JZ_OK;
}

static void read_trade(struct jz_unpack_fields *fields, struct jz_trade *trade)
{
    trade->symbol = jz_unpack_text(fields, "symbol", true);
    trade->trade_no = jz_unpack_number(fields, "trade_no");
    trade->price = jz_unpack_number(fields, "price");
    trade->lots = jz_unpack_number(fields, "lots");
    trade->base_amount = jz_unpack_number(fields, "base_amount");
    trade->quote_amount = jz_unpack_number(fields, "quote_amount");
    trade->ts = jz_unpack_number(fields, "ts");
    trade->seq = jz_unpack_number(fields, "seq");
    trade->taker_side =
        (enum jz_side)jz_unpack_word(fields, "taker_side", jz_wire_side_word, JZ_SIDE_SELL + 1);
}

static void read_depth(struct jz_message_reader *reader, struct jz_unpack_fields *fields,
                       struct jz_depth_change *depth)
{
    depth->symbol = jz_unpack_text(fields, "symbol", true);
    depth->first = jz_unpack_number(fields, "first");
    depth->last = jz_unpack_number(fields, "last");
    depth->seq = jz_unpack_number(fields, "seq");
    depth->crc32 = read_levels(reader, fields, &depth->levels);
    depth->more = jz_unpack_truth(fields, "more", false);
}

static bool starts_with(struct jz_text text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.bytes, prefix, length) == 0;
}

static enum jz_feed_kind kind_of(struct jz_text topic)
{
    if (starts_with(topic, JZ_TOPIC_TRADE)) {
        return JZ_FEED_TRADE;
    }
    if (starts_with(topic, JZ_TOPIC_DEPTH)) {
        return JZ_FEED_DEPTH;
    }
    const bool is_heartbeat =
        topic.length == strlen(JZ_TOPIC_HEARTBEAT) && starts_with(topic, JZ_TOPIC_HEARTBEAT);
    return is_heartbeat ? JZ_FEED_HEARTBEAT : 0;
}

int jz_message_feed(struct jz_message_reader *reader, struct jz_text topic, const void *body,
                    size_t body_bytes, struct jz_feed_message *heard)
{
    const uint8_t *const bytes = body;
    struct jz_scan scan = {bytes, bytes + body_bytes};
    struct jz_scan whole = scan;
    msgpack_object object;
    memset(heard, 0, sizeof(*heard));
    heard->kind = kind_of(topic);
    reader->left = 0; /* what was opened before is overwritten */
    if (heard->kind == 0) {
        return JZ_EAGAIN;
    }
    if (body_bytes > JZ_WIRE_MESSAGE_BYTES_MAX || !jz_scan_skip(&whole, JZ_WIRE_DEPTH_MAX) ||
        whole.next != whole.end) {
        return JZ_EPROTOCOL;
    }
    const int status = jz_unpack_next(&reader->zone, &scan, &object);
    if (status != JZ_OK) {
        return status;
    }
    struct jz_unpack_fields fields = jz_unpack_map(&object);
    switch (heard->kind) {
    case JZ_FEED_TRADE:
        read_trade(&fields, &heard->trade);
        break;
    case JZ_FEED_DEPTH:
        read_depth(reader, &fields, &heard->depth);
        break;
    case JZ_FEED_HEARTBEAT:
        heard->heartbeat.seq = jz_unpack_number(&fields, "seq");
        heard->heartbeat.ts = jz_unpack_number(&fields, "ts");
        break;
    }
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}
