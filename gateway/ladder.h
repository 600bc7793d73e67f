/* ladder.h - the price levels of one side of one market, in order.
 *
 *     | worst ... | second best | best |
 *
 * A sorted array with the best level last: what changes most lies at the end, where little has to
 * be moved for it.
 *
 * Invariant:  prices are strictly in order, no level has 0 lots.
 * Threads:    one at a time. Memory: grows by doubling, is freed by deinit.
 */
#ifndef JZ_GATEWAY_LADDER_H
#define JZ_GATEWAY_LADDER_H

#include "gateway/wire/answer.h"
#include "jiaozi/version.h"

#include <stdint.h>

struct jz_ladder {
    struct jz_level *levels; /* best last */
    uint32_t count;
    uint32_t capacity;
    uint32_t side; /* enum jz_side */
};

/* An empty side of a book. */
void jz_ladder_init(struct jz_ladder *ladder, enum jz_side side);

/* Frees the levels. */
void jz_ladder_deinit(struct jz_ladder *ladder);

/* The level at this price has this many lots now; 0: it is gone, which it may have been already.
 * JZ_OK, or JZ_ENOMEM, and nothing changed. */
JZ_MUST_USE
int jz_ladder_set(struct jz_ladder *ladder, uint32_t price, uint64_t lots);

/* Copies the best levels, best first; returns how many, at most levels_max. */
uint32_t jz_ladder_best(const struct jz_ladder *ladder, struct jz_level *levels,
                        uint32_t levels_max);

/* Stops the process unless the invariant holds. Slow. */
void jz_ladder_verify(const struct jz_ladder *ladder);

#endif /* JZ_GATEWAY_LADDER_H */
