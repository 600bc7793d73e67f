/* market.h - a listed pair BASE/QUOTE: its terms and how it stands. */
#ifndef JZ_CORE_MARKET_H
#define JZ_CORE_MARKET_H

#include "engine/core/state.h"

/* NULL if no such market is listed. */
struct jz_market *jz_market_find(const struct jz_core *core, struct jz_market_id market);

/* Adds the two events that tell a listed market. */
void jz_market_tell(const struct jz_core *core, uint32_t market, struct jz_events *events);

/* True if a price lies inside the entry band around the reference price. */
bool jz_market_is_in_band(const struct jz_market *market, uint8_t side, uint32_t price);

/* The command put_market. */
void jz_market_put(struct jz_core *core, const struct jz_put_market *put, struct jz_events *events,
                   struct jz_outcome *outcome);

#endif /* JZ_CORE_MARKET_H */
