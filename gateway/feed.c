/* feed.c - who listens, and what they are told. */
#include "gateway/feed.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64u

static const char trade_topic[] = JZ_TOPIC_TRADE;
static const char depth_topic[] = JZ_TOPIC_DEPTH;
static const char heartbeat_topic[] = JZ_TOPIC_HEARTBEAT;

_Static_assert(sizeof(trade_topic) + JZ_SYMBOL_MAX <= JZ_WIRE_TOPIC_BYTES_MAX,
               "the longest topic fits");

struct topic {
    char bytes[JZ_WIRE_TOPIC_BYTES_MAX];
};

static struct jz_text make_topic(struct topic *topic, const char *kind,
                                 const struct jz_picture_market *market)
{
    const size_t kind_bytes = strlen(kind);
    memcpy(topic->bytes, kind, kind_bytes);
    memcpy(topic->bytes + kind_bytes, market->symbol, market->symbol_bytes);
    return (struct jz_text){topic->bytes, (uint32_t)kind_bytes + market->symbol_bytes};
}

static struct jz_text symbol_of(const struct jz_picture_market *market)
{
    return (struct jz_text){market->symbol, market->symbol_bytes};
}

static void publish(struct jz_feed *feed, struct jz_text topic, size_t message_bytes)
{
    JZ_ASSERT(message_bytes > 0);
    const int status = jz_socket_publish(&feed->socket, topic, feed->message, message_bytes);
    if (status != JZ_OK) {
        jz_log_fatal("gateway: cannot publish: %s", jz_status_text(status));
    }
}

/* ---- life -------------------------------------------------------------------------------------
 */

int jz_feed_init(struct jz_feed *feed)
{
    *feed = (struct jz_feed){
        .prefixes = calloc(JZ_FEED_PREFIXES_MAX, sizeof(*feed->prefixes)),
        .message = malloc(JZ_FEED_MESSAGE_BYTES),
        .version = 1,
    };
    jz_socket_frame_init(&feed->frame);
    if (feed->prefixes == NULL || feed->message == NULL) {
        jz_feed_deinit(feed);
        return JZ_ENOMEM;
    }
    return JZ_OK;
}

int jz_feed_open(struct jz_feed *feed, struct jz_socket_context *context, const char *endpoint)
{
    const struct jz_socket_options options = {.kind = JZ_SOCKET_FEED, .endpoint = endpoint};
    return jz_socket_open(&feed->socket, context, &options);
}

void jz_feed_deinit(struct jz_feed *feed)
{
    jz_socket_frame_deinit(&feed->frame);
    jz_socket_close(&feed->socket);
    free(feed->prefixes);
    free(feed->message);
    free(feed->interests);
    free(feed->bids.levels);
    free(feed->asks.levels);
    *feed = (struct jz_feed){0};
}

/* ---- who listens ------------------------------------------------------------------------------
 */

static struct jz_feed_prefix *find_prefix(struct jz_feed *feed, struct jz_text prefix)
{
    for (uint32_t i = 0; i < feed->prefix_count; i++) {
        struct jz_feed_prefix *known = &feed->prefixes[i];
        if (known->length == prefix.length &&
            memcmp(known->bytes, prefix.bytes, prefix.length) == 0) {
            return known;
        }
    }
    return NULL;
}

void jz_feed_subscribe(struct jz_feed *feed, struct jz_text prefix, bool subscribed)
{
    struct jz_feed_prefix *known = find_prefix(feed, prefix);

    if (prefix.length > JZ_WIRE_TOPIC_BYTES_MAX) {
        return; /* longer than any topic: nothing will ever be sent to it */
    }
    feed->version++;
    if (subscribed && known == NULL && feed->prefix_count < JZ_FEED_PREFIXES_MAX) {
        known = &feed->prefixes[feed->prefix_count];
        feed->prefix_count++;
        known->length = prefix.length;
        memcpy(known->bytes, prefix.bytes, prefix.length);
    } else if (subscribed && known == NULL) {
        feed->untold_count++;
    } else if (!subscribed && known != NULL) {
        feed->prefix_count--;
        *known = feed->prefixes[feed->prefix_count];
    } else if (!subscribed && feed->untold_count > 0) {
        feed->untold_count--;
    }
}

uint32_t jz_feed_listen(struct jz_feed *feed)
{
    struct jz_text prefix;
    bool subscribed = false;
    uint32_t changes = 0;

    for (;;) {
        const int status =
            jz_socket_subscription(&feed->socket, &feed->frame, &prefix, &subscribed);
        if (status == JZ_EAGAIN) {
            return changes;
        }
        if (status == JZ_OK) {
            jz_feed_subscribe(feed, prefix, subscribed);
        } else if (status != JZ_EPROTOCOL) {
            jz_log_fatal("gateway: cannot read subscriptions: %s", jz_status_text(status));
        }
        changes++;
    }
}

bool jz_feed_is_wanted(const struct jz_feed *feed, struct jz_text topic)
{
    if (feed->untold_count > 0) {
        return true;
    }
    for (uint32_t i = 0; i < feed->prefix_count; i++) {
        const struct jz_feed_prefix *prefix = &feed->prefixes[i];
        if (prefix->length <= topic.length &&
            memcmp(prefix->bytes, topic.bytes, prefix->length) == 0) {
            return true;
        }
    }
    return false;
}

/* What of the market is wanted, NULL if there is no memory to remember it. */
static const struct jz_feed_interest *interest_in(struct jz_feed *feed, struct jz_market_id id,
                                                  const struct jz_picture_market *market)
{
    if (id.value >= feed->interests_room) {
        uint32_t room = feed->interests_room == 0 ? ROOM_MIN : feed->interests_room;
        while (room <= id.value) {
            room *= 2;
        }
        struct jz_feed_interest *grown = realloc(feed->interests, room * sizeof(*grown));
        if (grown == NULL) {
            return NULL;
        }
        memset(grown + feed->interests_room, 0, (room - feed->interests_room) * sizeof(*grown));
        feed->interests = grown;
        feed->interests_room = room;
    }
    struct jz_feed_interest *interest = &feed->interests[id.value];
    if (interest->version != feed->version) {
        struct topic topic;
        interest->version = feed->version;
        interest->trades = jz_feed_is_wanted(feed, make_topic(&topic, trade_topic, market));
        interest->depth = jz_feed_is_wanted(feed, make_topic(&topic, depth_topic, market));
    }
    return interest;
}

/* ---- what they are told -----------------------------------------------------------------------
 */

int jz_feed_trade(struct jz_feed *feed, const struct jz_picture *picture,
                  const struct jz_record *header, const struct jz_event *event)
{
    const struct jz_picture_market *market = jz_picture_find_market(picture, event->market);
    JZ_ASSERT(market != NULL);
    const struct jz_feed_interest *interest = interest_in(feed, event->market, market);
    if (interest == NULL) {
        return JZ_ENOMEM;
    }
    if (!interest->trades) {
        return JZ_OK;
    }
    const struct jz_event_trade *is = &event->trade;
    const struct jz_trade trade = {
        .symbol = symbol_of(market),
        .trade_no = event->number,
        .price = is->price,
        .lots = is->lots,
        .base_amount = is->lots * market->is.lot_points,
        .quote_amount = is->lots * is->price * market->is.quote_unit_points,
        .ts = header->time_ns,
        .seq = header->sequence,
        .taker_side = (enum jz_side)is->taker_side,
    };
    struct topic topic;
    publish(feed, make_topic(&topic, trade_topic, market),
            jz_encode_trade(feed->message, JZ_FEED_MESSAGE_BYTES, &trade));
    return JZ_OK;
}

static int gather(struct jz_feed_levels *levels, const struct jz_depth_level *level)
{
    if (levels->count == levels->room) {
        const uint32_t room = levels->room == 0 ? ROOM_MIN : levels->room * 2;
        struct jz_level *grown = realloc(levels->levels, room * sizeof(*grown));
        if (grown == NULL) {
            return JZ_ENOMEM;
        }
        levels->levels = grown;
        levels->room = room;
    }
    levels->levels[levels->count] = (struct jz_level){.price = level->price, .lots = level->lots};
    levels->count++;
    return JZ_OK;
}

static int gather_event(struct jz_feed *feed, const struct jz_event_depth *depth)
{
    for (uint32_t i = 0; i < sizeof(depth->levels) / sizeof(depth->levels[0]); i++) {
        const struct jz_depth_level *level = &depth->levels[i];
        if (level->side == 0) {
            continue;
        }
        const int status = gather(level->side == JZ_SIDE_BUY ? &feed->bids : &feed->asks, level);
        if (status != JZ_OK) {
            return status;
        }
    }
    return JZ_OK;
}

static uint32_t crc_of(const struct jz_picture_market *market)
{
    struct jz_level bids[JZ_WIRE_CRC_LEVELS];
    struct jz_level asks[JZ_WIRE_CRC_LEVELS];
    const struct jz_levels best = {
        .bids = bids,
        .asks = asks,
        .bid_count = jz_ladder_best(&market->bids, bids, JZ_WIRE_CRC_LEVELS),
        .ask_count = jz_ladder_best(&market->asks, asks, JZ_WIRE_CRC_LEVELS),
    };
    return jz_answer_crc32(&best);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void send_change(struct jz_feed *feed, const struct jz_picture_market *market,
                        const struct jz_record *header, uint64_t depth_no)
{
    struct topic topic;
    const struct jz_text name = make_topic(&topic, depth_topic, market);
    const uint32_t crc32 = crc_of(market);
    uint32_t bids_done = 0;
    uint32_t asks_done = 0;

    do {
        const uint32_t bids = least(feed->bids.count - bids_done, JZ_FEED_PIECE_LEVELS);
        const uint32_t asks = least(feed->asks.count - asks_done, JZ_FEED_PIECE_LEVELS - bids);
        const struct jz_depth_change change = {
            .symbol = symbol_of(market),
            .first = depth_no,
            .last = depth_no,
            .seq = header->sequence,
            .levels = {.bids = feed->bids.levels + bids_done,
                       .asks = feed->asks.levels + asks_done,
                       .bid_count = bids,
                       .ask_count = asks},
            .crc32 = crc32,
            .more = bids_done + bids < feed->bids.count || asks_done + asks < feed->asks.count,
        };
        publish(feed, name, jz_encode_depth(feed->message, JZ_FEED_MESSAGE_BYTES, &change));
        bids_done += bids;
        asks_done += asks;
    } while (bids_done < feed->bids.count || asks_done < feed->asks.count);
}

int jz_feed_depth(struct jz_feed *feed, const struct jz_picture *picture,
                  const struct jz_record *header, const struct jz_event *event)
{
    const struct jz_picture_market *market = jz_picture_find_market(picture, event->market);
    JZ_ASSERT(market != NULL);
    const struct jz_feed_interest *interest = interest_in(feed, event->market, market);
    if (interest == NULL) {
        return JZ_ENOMEM;
    }
    const bool is_last = (event->flags & JZ_EVENT_FLAG_MORE) == 0;
    if (!feed->is_inside) {
        feed->is_gathering = interest->depth;
        feed->bids.count = 0;
        feed->asks.count = 0;
    }
    feed->is_inside = !is_last;
    if (!feed->is_gathering) {
        return JZ_OK;
    }
    const int status = gather_event(feed, &event->depth);
    if (status == JZ_OK && is_last) {
        send_change(feed, market, header, event->number);
    }
    return status;
}

void jz_feed_beat(struct jz_feed *feed, uint64_t seq, uint64_t time_ns)
{
    const struct jz_text topic = {heartbeat_topic, sizeof(heartbeat_topic) - 1};
    const struct jz_heartbeat heartbeat = {.seq = seq, .ts = time_ns};

    if (jz_feed_is_wanted(feed, topic)) {
        publish(feed, topic, jz_encode_heartbeat(feed->message, JZ_FEED_MESSAGE_BYTES, &heartbeat));
    }
}
