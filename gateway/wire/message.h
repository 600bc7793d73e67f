/* message.h - the client's end of the protocol: packs requests, unpacks what the gateway says.
 *
 *     bytes = jz_message_request(out, room, &request);             one request as one map
 *
 *     jz_message_open(reader, message, bytes)                      one message part: 1.. maps
 *     while (jz_message_next(reader, &heard) == JZ_OK) {
 *         by heard.kind: heard.reply and jz_message_order(&heard, ...) and so on, heard.refusal or
 *         heard.report
 *     }
 *
 * Built on msgpack-c. Bytes are walked with bounds before msgpack-c sees them, so a length that
 * is not there costs nothing. Unknown fields are ignored, also unknown words: an enum that a newer
 * gateway added reads as 0.
 *
 * Memory:  a reader allocates when it is created and as msgpack-c needs, kept for the next message.
 *          What it gives out is borrowed from message and reader, until the next call on it.
 * Threads: a reader belongs to one thread.
 */
#ifndef JZ_WIRE_MESSAGE_H
#define JZ_WIRE_MESSAGE_H

#include "gateway/wire/answer.h"
#include "jiaozi/status.h"

#define JZ_MESSAGE_REQUEST_BYTES_MAX 768u /* any request */

/* Packs v, op and every field whose bit is set in request->present, one map. Returns its bytes, or
 * 0 if room is too small. Says nothing on whether the gateway will like it. */
size_t jz_message_request(uint8_t *out, size_t room, const struct jz_request *request);

/* Writes the head of a batch of count maps, 1..JZ_WIRE_BATCH_MAX, into out, 3 bytes long. */
void jz_message_array(uint8_t *out, uint32_t count);

struct jz_message_reader;

/* A reader in *reader: JZ_OK, or JZ_ENOMEM and NULL. */
JZ_MUST_USE
int jz_message_reader_create(struct jz_message_reader **reader);

/* NULL is allowed. */
void jz_message_reader_destroy(struct jz_message_reader *reader);

enum jz_message_kind {
    JZ_MESSAGE_REPLY = 1,   /* ok: true; its result by the functions below */
    JZ_MESSAGE_REFUSAL = 2, /* ok: false */
    JZ_MESSAGE_REPORT = 3,  /* an execution report */
};

struct jz_message {
    enum jz_message_kind kind;
    struct jz_reply reply;      /* REPLY and REFUSAL */
    struct jz_refusal refusal;  /* REFUSAL; result 0 where the code is of a newer version */
    struct jz_text code;        /* REFUSAL: the code as sent */
    struct jz_text explanation; /* REFUSAL: `message`, for people */
    struct jz_report report;    /* REPORT */
    const void *result;         /* REPLY: private to message.c */
};

/* Begins a message part of the requests socket. JZ_OK; or JZ_EPROTOCOL if it is not a well-formed
 * map or array of maps within the bounds of wire.h. */
JZ_MUST_USE
int jz_message_open(struct jz_message_reader *reader, const void *message, size_t message_bytes);

/* The next map: JZ_OK; JZ_EAGAIN: that was the last one; JZ_EPROTOCOL: it lacks a field that every
 * such map has, or has one of a wrong type (the next one can still be read); JZ_ENOMEM. */
JZ_MUST_USE
int jz_message_next(struct jz_message_reader *reader, struct jz_message *heard);

/* The result of a reply, by the op that was asked; call before the next jz_message_next. JZ_OK, or
 * JZ_EPROTOCOL if the result is not of that kind. Lists lie in the reader. */
JZ_MUST_USE int jz_message_order(const struct jz_message *heard, struct jz_order_answer *answer);
JZ_MUST_USE int jz_message_amount(const struct jz_message *heard, uint64_t *amount);
JZ_MUST_USE int jz_message_id(const struct jz_message *heard, uint64_t *id);
JZ_MUST_USE int jz_message_hello(const struct jz_message *heard, struct jz_hello_answer *answer);
JZ_MUST_USE int jz_message_status(const struct jz_message *heard, struct jz_status_answer *answer);
JZ_MUST_USE int jz_message_book(struct jz_message_reader *reader, const struct jz_message *heard,
                                struct jz_book_answer *answer);

/* A page of get_markets: *next is the number to ask from for the next page, 0: that was all. */
struct jz_markets_answer {
    const struct jz_market_answer *markets;
    uint32_t count;
    uint32_t next;
};
JZ_MUST_USE int jz_message_markets(struct jz_message_reader *reader, const struct jz_message *heard,
                                   struct jz_markets_answer *answer);

enum jz_feed_kind {
    JZ_FEED_TRADE = 1,
    JZ_FEED_DEPTH = 2,
    JZ_FEED_HEARTBEAT = 3,
};

struct jz_feed_message {
    enum jz_feed_kind kind;
    struct jz_trade trade;         /* TRADE */
    struct jz_depth_change depth;  /* DEPTH */
    struct jz_heartbeat heartbeat; /* HEARTBEAT */
};

/* One message of the feed: topic frame and body. JZ_OK; JZ_EAGAIN for a topic that this version
 * does not know (skip it); JZ_EPROTOCOL; JZ_ENOMEM. */
JZ_MUST_USE
int jz_message_feed(struct jz_message_reader *reader, struct jz_text topic, const void *body,
                    size_t body_bytes, struct jz_feed_message *heard);

#endif /* JZ_WIRE_MESSAGE_H */
