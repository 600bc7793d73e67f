/* hold.h - points promised to orders: what an order needs, promise and release.
 *
 * A resting order is always fully covered: its owner's balance in the currency that it gives holds
 * open lots * lot (sell) or open lots * limit * quote unit (buy) in held_orders.
 */
#ifndef JZ_CORE_HOLD_H
#define JZ_CORE_HOLD_H

#include "engine/core/state.h"

#define JZ_HOLD_SUM_END (UINT64_C(1) << 62) /* every amount and every sum lies below */

/* Points that change hands when so many lots trade at a price. */
struct jz_hold_amounts {
    uint64_t base_points;
    uint64_t quote_points;
};

/* False if either amount is JZ_HOLD_SUM_END or more; *amounts is then undefined. price is at most
 * the market's price_max. */
bool jz_hold_measure(const struct jz_market *market, uint64_t lots, uint32_t price,
                     struct jz_hold_amounts *amounts);

/* What an order of the side gives of these amounts. */
static inline uint64_t jz_hold_given(const struct jz_hold_amounts *amounts, uint8_t side)
{
    return side == JZ_SIDE_BUY ? amounts->quote_points : amounts->base_points;
}

/* What so many lots of an accepted order keep held at its own limit. */
uint64_t jz_hold_need(const struct jz_core *core, uint32_t order, uint64_t lots);

/* available -> held_orders of the order's owner. There must be enough available. */
void jz_hold_take(struct jz_core *core, uint32_t order, uint64_t points, struct jz_events *events);

/* held_orders -> available; no event for 0 points. */
void jz_hold_release(struct jz_core *core, uint32_t order, uint64_t points,
                     struct jz_events *events);

#endif /* JZ_CORE_HOLD_H */
