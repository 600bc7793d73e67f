/* window.h - the requests of one lane that have no answer yet, and which of them to send next.
 *
 *     lowest                                 next
 *       | S | Q | - | S | Q | Q | . . . . . . |          S sent   Q to be sent   - answered
 *       '------ span: next - lowest <= span_max -------->
 *
 * A request keeps the nonce that it was given first, and its bytes as they were first sent, until
 * it is answered. That is what makes sending it again harmless: the exchange sees the same nonce
 * with the same content and gives the first answer again. What is bounded is the span, so a lane of
 * window W never has a nonce >= lowest unanswered + W on the wire.
 *
 * Pure: no clock, no I/O. Memory is taken once, by init. One thread at a time.
 */
#ifndef JZ_CLIENTS_C_WINDOW_H
#define JZ_CLIENTS_C_WINDOW_H

#include "gateway/wire/message.h"
#include "jiaozi/version.h"

#include <stdint.h>

#define JZ_WINDOW_REQUEST_BYTES JZ_MESSAGE_REQUEST_BYTES_MAX /* any request fits */
#define JZ_WINDOW_SPAN_MAX      65536u

enum jz_window_state {
    JZ_WINDOW_FREE = 0, /* no request, or one that is answered */
    JZ_WINDOW_QUEUED,   /* to be sent, for the first time or again */
    JZ_WINDOW_SENT,
};

struct jz_window_slot {
    uint64_t nonce;
    uint64_t tag;   /* the caller's, comes back with the answer */
    uint32_t state; /* enum jz_window_state */
    uint32_t op;    /* enum jz_op, to know what the answer is about */
    uint32_t sends; /* how often it went out */
    uint32_t bytes; /* of the request */
    uint8_t request[JZ_WINDOW_REQUEST_BYTES];
};

struct jz_window {
    struct jz_window_slot *slots; /* slot of a nonce: nonce & mask */
    uint64_t mask;
    uint64_t span_max;
    uint64_t lowest;        /* lowest unanswered nonce, or next */
    uint64_t next;          /* the nonce that the next claim gives out */
    uint64_t queued_lowest; /* nothing below it is queued */
    uint32_t unanswered_count;
    uint32_t queued_count;
};

/* Takes memory for a span of 1..JZ_WINDOW_SPAN_MAX nonces and starts at nonce 1. JZ_EINVAL,
 * JZ_ENOMEM. */
JZ_MUST_USE int jz_window_init(struct jz_window *window, uint32_t span_max);

/* The next claim gives out this nonce; nothing may be unanswered. */
void jz_window_start(struct jz_window *window, uint64_t nonce);

/* Leaves the nonces below this one out, as far as the span has room: another client used them. */
void jz_window_skip_to(struct jz_window *window, uint64_t nonce);

/* Makes the span smaller (a lane's window may be less than was hoped for). */
void jz_window_limit(struct jz_window *window, uint32_t span_max);

/* A slot with the next nonce, to be filled with op, tag, bytes and request and then committed; NULL
 * if the span is used up. A claim that is not committed is given out again by the next one. */
struct jz_window_slot *jz_window_claim(struct jz_window *window);

/* The claimed slot is a request from now on, queued. */
void jz_window_commit(struct jz_window *window, struct jz_window_slot *slot);

/* The queued request with the lowest nonce, or NULL. */
struct jz_window_slot *jz_window_first_queued(struct jz_window *window);

/* A queued request went out. */
void jz_window_sent(struct jz_window *window, struct jz_window_slot *slot);

/* The unanswered request with this nonce, or NULL. */
struct jz_window_slot *jz_window_find(struct jz_window *window, uint64_t nonce);

/* The request has its answer; its slot may be given out again. */
void jz_window_answered(struct jz_window *window, struct jz_window_slot *slot);

/* The request is to be sent again. */
void jz_window_again(struct jz_window *window, struct jz_window_slot *slot);

/* Every unanswered request from this nonce on is to be sent again, in order. */
void jz_window_again_from(struct jz_window *window, uint64_t nonce);

void jz_window_deinit(struct jz_window *window);

#endif /* JZ_CLIENTS_C_WINDOW_H */
