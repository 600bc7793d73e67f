/* feed.h - durable trades and depth changes, told to whoever has subscribed.
 *
 * A message is made only if somebody listens to its topic. Nothing here waits: a subscriber that is
 * too slow loses messages, sees it by the numbers, and repairs its book with get_book.
 *
 * A depth change is told once per market and command, under its depth_no. One with more levels than
 * a message takes goes out in several messages under the same number.
 *
 * Threads: one at a time. Memory: grows with the largest change of depth, is freed by deinit.
 */
#ifndef JZ_GATEWAY_FEED_H
#define JZ_GATEWAY_FEED_H

#include "gateway/picture.h"
#include "gateway/wire/encode.h"
#include "gateway/wire/socket.h"
#include "jiaozi/event.h"
#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_FEED_PREFIXES_MAX                                                                       \
    256u                           /* that are told apart; with more, everything counts as wanted  \
                                    */
#define JZ_FEED_PIECE_LEVELS 2048u /* of one message */
#define JZ_FEED_MESSAGE_BYTES                                                                      \
    (JZ_ENCODE_BOOK_BYTES_MAX + (JZ_FEED_PIECE_LEVELS * JZ_ENCODE_LEVEL_BYTES_MAX))

struct jz_feed_prefix {
    uint32_t length;
    char bytes[JZ_WIRE_TOPIC_BYTES_MAX];
};

/* What of a market is wanted, remembered until the subscriptions change. */
struct jz_feed_interest {
    uint32_t version; /* of the subscriptions that it was found with; 0: never */
    bool trades;
    bool depth;
};

/* Levels that one command changed, gathered over its events. */
struct jz_feed_levels {
    struct jz_level *levels;
    uint32_t count;
    uint32_t room;
};

struct jz_feed {
    struct jz_socket socket;
    struct jz_socket_frame frame;
    struct jz_feed_prefix *prefixes; /* JZ_FEED_PREFIXES_MAX, subscribed to now */
    uint32_t prefix_count;
    uint32_t untold_count;              /* subscriptions that are not told apart */
    uint32_t version;                   /* of the subscriptions, from 1 */
    struct jz_feed_interest *interests; /* by market */
    uint32_t interests_room;
    struct jz_feed_levels bids; /* of the change under way */
    struct jz_feed_levels asks;
    bool is_inside;    /* a change is under way: more of its events follow */
    bool is_gathering; /* somebody wanted it when it began */
    uint8_t *message;  /* JZ_FEED_MESSAGE_BYTES */
};

/* Nothing is open, nobody listens. JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_feed_init(struct jz_feed *feed);

/* Opens the socket; status of jz_socket_open. */
JZ_MUST_USE
int jz_feed_open(struct jz_feed *feed, struct jz_socket_context *context, const char *endpoint);

/* Closes and frees. A zeroed feed is allowed. */
void jz_feed_deinit(struct jz_feed *feed);

/* Takes in who has come and who has left. Returns how many changes there were. */
uint32_t jz_feed_listen(struct jz_feed *feed);

/* Somebody listens to a prefix, or nobody does any more. */
void jz_feed_subscribe(struct jz_feed *feed, struct jz_text prefix, bool subscribed);

/* Whether a message of this topic has a reader. */
bool jz_feed_is_wanted(const struct jz_feed *feed, struct jz_text topic);

/* A TRADE event of a command that the header comes from; the picture has it already. JZ_OK or
 * JZ_ENOMEM. */
JZ_MUST_USE
int jz_feed_trade(struct jz_feed *feed, const struct jz_picture *picture,
                  const struct jz_record *header, const struct jz_event *event);

/* A DEPTH event; the last one of a change sends it. The picture has it already. JZ_OK or JZ_ENOMEM.
 */
JZ_MUST_USE
int jz_feed_depth(struct jz_feed *feed, const struct jz_picture *picture,
                  const struct jz_record *header, const struct jz_event *event);

/* Says up to which command everything was told, and the time of that command. */
void jz_feed_beat(struct jz_feed *feed, uint64_t seq, uint64_t time_ns);

#endif /* JZ_GATEWAY_FEED_H */
