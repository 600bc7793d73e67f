/* desk.h - everything that one running gateway holds.
 *
 *     requests --> ingress --> admit --> link (inbox)          link (events) --> egress --> post
 *                     |                                                            |-----> feed
 *                     '------> greet, lookup --> post                              '-----> picture
 *
 * One thread turns the wheel (serve.c): it takes a bounded number of messages and of records, sends
 * what came of them, and sleeps when there is nothing to do. No part waits for a peer.
 */
#ifndef JZ_GATEWAY_DESK_H
#define JZ_GATEWAY_DESK_H

#include "gateway/feed.h"
#include "gateway/flight.h"
#include "gateway/gateway.h"
#include "gateway/link.h"
#include "gateway/picture.h"
#include "gateway/session.h"
#include "gateway/wire/socket.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_DESK_STATUS_MAX 8u  /* questions for a digest under way; one more is BUSY */
#define JZ_DESK_HIGH_WATER 512 /* messages that wait for one peer, or from it */
#define JZ_DESK_LINGER_MS  200 /* that closing waits for peers to take what they are owed */

struct jz_desk_status_ask {
    uint32_t slot; /* session that asked */
    uint32_t generation;
    struct jz_ref ref;
};

struct jz_desk {
    uint64_t now_ns; /* monotonic, at the begin of this turn */
    struct jz_link link;
    struct jz_picture picture;
    struct jz_sessions sessions;
    struct jz_flight flight;
    struct jz_feed feed;

    struct jz_socket_context context;
    struct jz_socket requests;
    struct jz_socket_frame frame; /* of the message under way */
    uint32_t turn_work;           /* done for peers in this turn, see ingress.h */

    uint32_t *listed; /* lanes, by index, whose outbox waits for the end of the turn */
    uint32_t listed_count;

    uint8_t *scratch;      /* JZ_WIRE_MESSAGE_BYTES_MAX: one map to a peer without an outbox */
    struct jz_level *bids; /* JZ_WIRE_LEVELS_MAX each */
    struct jz_level *asks;
    struct jz_market_answer *markets; /* JZ_WIRE_MARKETS_MAX */

    struct jz_desk_status_ask status_asks[JZ_DESK_STATUS_MAX]; /* a ring */
    uint32_t status_first;
    uint32_t status_count;

    bool is_inside;        /* a command's events were taken in part */
    bool has_trade;        /* of the command under way */
    struct jz_event trade; /* its last one */
};

/* Takes memory and maps the files of the options; nothing is known yet and no socket is open. JZ_OK
 * or the status of what failed, and nothing is left open. */
JZ_MUST_USE
int jz_desk_open(struct jz_desk *desk, const struct jz_gateway_options *options);

/* Opens the sockets. JZ_OK, or the status of jz_socket_open with the endpoint that it is about;
 * then it can be called again. */
JZ_MUST_USE
int jz_desk_open_sockets(struct jz_desk *desk, const struct jz_gateway_options *options,
                         const char **endpoint);

/* Closes and frees all. A zeroed desk is allowed. */
void jz_desk_close(struct jz_desk *desk);

/* Takes in what the monitor has to say, and makes the socket notice which peers have gone: see
 * session.c. */
void jz_desk_listen(struct jz_desk *desk);

#endif /* JZ_GATEWAY_DESK_H */
