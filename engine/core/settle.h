/* settle.h - a fill becomes entries: what one side gives, the other gets, in both currencies. */
#ifndef JZ_CORE_SETTLE_H
#define JZ_CORE_SETTLE_H

#include "engine/core/state.h"

struct jz_settle_fill {
    uint32_t maker; /* order in the book */
    uint32_t taker; /* order that arrived */
    uint64_t lots;
    uint32_t price; /* the maker's limit */
};

/* Moves base from the seller's held_orders to the buyer's available and quote the other way; frees
 * what a buying taker had promised beyond the maker's price. Orders and book stay as they are. */
void jz_settle_apply(struct jz_core *core, struct jz_settle_fill fill, struct jz_events *events);

#endif /* JZ_CORE_SETTLE_H */
