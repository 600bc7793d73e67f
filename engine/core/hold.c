/* hold.c - between available and held_orders. */
#include "engine/core/hold.h"

#include "engine/base/assert.h"
#include "engine/base/wide.h"

bool jz_hold_measure(const struct jz_market *market, uint64_t lots, uint32_t price,
                     struct jz_hold_amounts *amounts)
{
    const uint64_t quote_per_lot = price * market->quote_unit_points; /* below 2^42 by listing */
    const jz_u128 base = (jz_u128)lots * market->lot_points;
    const jz_u128 quote = (jz_u128)lots * quote_per_lot;

    amounts->base_points = (uint64_t)base;
    amounts->quote_points = (uint64_t)quote;
    return base < JZ_HOLD_SUM_END && quote < JZ_HOLD_SUM_END;
}

uint64_t jz_hold_need(const struct jz_core *core, uint32_t order, uint64_t lots)
{
    const struct jz_order *held = jz_state_order(core, order);
    struct jz_hold_amounts amounts;
    const bool fits =
        jz_hold_measure(jz_state_market(core, held->market), lots, held->price, &amounts);
    JZ_ASSERT(fits);
    return jz_hold_given(&amounts, held->side);
}

static void tell(const struct jz_core *core, uint32_t order, uint64_t points, bool released,
                 struct jz_events *events)
{
    const struct jz_balance *balance =
        jz_state_balance(core, jz_state_order(core, order)->give_balance);
    struct jz_event *event = jz_events_add(events, JZ_EVENT_HOLD);
    event->account.value = balance->account;
    event->hold = (struct jz_event_hold){
        .currency = {balance->currency},
        .released = released ? 1 : 0,
        .order = jz_state_order_id(core, order),
        .amount_points = points,
        .available_points = balance->available_points,
        .held_orders_points = balance->held_orders_points,
    };
}

void jz_hold_take(struct jz_core *core, uint32_t order, uint64_t points, struct jz_events *events)
{
    struct jz_balance *balance = jz_state_balance(core, jz_state_order(core, order)->give_balance);
    JZ_ASSERT(balance->available_points >= points);

    balance->available_points -= points;
    balance->held_orders_points += points;
    tell(core, order, points, false, events);
}

void jz_hold_release(struct jz_core *core, uint32_t order, uint64_t points,
                     struct jz_events *events)
{
    struct jz_balance *balance = jz_state_balance(core, jz_state_order(core, order)->give_balance);
    JZ_ASSERT(balance->held_orders_points >= points);

    if (points == 0) {
        return;
    }
    balance->held_orders_points -= points;
    balance->available_points += points;
    tell(core, order, points, true, events);
}
