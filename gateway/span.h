/* span.h - which nonces of one connection are still unanswered.
 *
 *     lowest unanswered                       highest sent
 *           |<---------- less than window ---------->|
 *
 * A nonce is open from when it comes until its answer goes out. One that was refused without a
 * number used nothing up: it stays open, marked refused, until it comes again. While it is, an
 * `ordered` connection may send nothing else, so that nothing overtakes it.
 *
 * The span is bounded, so that the window of the core always still knows whatever was not answered.
 *
 * Invariant:  open nonces lie in lowest..highest, whose distance is less than window; refused ones
 *             are open.
 * Threads:    one at a time. Memory: the bitmaps are the caller's.
 */
#ifndef JZ_GATEWAY_SPAN_H
#define JZ_GATEWAY_SPAN_H

#include "engine/base/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_SPAN_WORDS_MAX (JZ_WINDOW_MAX / 64u)

struct jz_span {
    uint64_t lowest;         /* open nonce; 0 while there is none, like highest */
    uint64_t highest;        /* sent since something has been open without a break */
    uint64_t refused_lowest; /* 0: none */
    uint32_t window;         /* a power of two up to JZ_WINDOW_MAX */
    uint32_t open_count;
    uint32_t refused_count;
    uint32_t reserved;
    uint64_t open[JZ_SPAN_WORDS_MAX];    /* a bit for each nonce, by nonce modulo window */
    uint64_t refused[JZ_SPAN_WORDS_MAX]; /* those of them that were refused */
};

/* Nothing is open. */
void jz_span_init(struct jz_span *span, uint32_t window);

/* Whether the nonce (from 1) fits in the span. */
bool jz_span_fits(const struct jz_span *span, uint64_t nonce);

/* The nonce is on its way to the engine; it fits. Again while it is open: nothing changes, except
 * that it is no longer refused. */
void jz_span_open(struct jz_span *span, uint64_t nonce);

/* The nonce was refused without a number and is to come again. Not counted if it does not fit, or
 * if an earlier copy of it is on its way. */
void jz_span_refuse(struct jz_span *span, uint64_t nonce);

/* The nonce has its answer. Nothing happens if it is not open. */
void jz_span_answer(struct jz_span *span, uint64_t nonce);

/* Stops the process unless the invariant and the counts hold. Slow. */
void jz_span_verify(const struct jz_span *span);

#endif /* JZ_GATEWAY_SPAN_H */
