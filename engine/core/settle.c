/* settle.c - two transfers a fill. */
#include "engine/core/settle.h"

#include "engine/base/assert.h"
#include "engine/core/hold.h"

/* Held points of one order's owner become available points of the other's. */
static void move(struct jz_core *core, const struct jz_order *giver, const struct jz_order *getter,
                 uint64_t points, struct jz_events *events)
{
    struct jz_balance *debit = jz_state_balance(core, giver->give_balance);
    struct jz_balance *credit = jz_state_balance(core, getter->get_balance);
    JZ_ASSERT(debit->currency == credit->currency);
    JZ_ASSERT(debit->held_orders_points >= points);

    debit->held_orders_points -= points;
    credit->available_points += points;
    struct jz_event *event = jz_events_add(events, JZ_EVENT_TRANSFER);
    event->transfer = (struct jz_event_transfer){
        .cause = JZ_CAUSE_TRADE,
        .currency = {debit->currency},
        .debit = {debit->account},
        .credit = {credit->account},
        .amount_points = points,
        .debit_held_points = debit->held_orders_points,
        .credit_available_points = credit->available_points,
        .issued_points = jz_state_currency(core, debit->currency)->issued_points,
    };
}

void jz_settle_apply(struct jz_core *core, struct jz_settle_fill fill, struct jz_events *events)
{
    const struct jz_order *maker = jz_state_order(core, fill.maker);
    const struct jz_order *taker = jz_state_order(core, fill.taker);
    const bool taker_buys = taker->side == JZ_SIDE_BUY;
    struct jz_hold_amounts amounts;
    const bool fits =
        jz_hold_measure(jz_state_market(core, maker->market), fill.lots, fill.price, &amounts);
    JZ_ASSERT(fits);
    JZ_ASSERT(maker->side != taker->side);

    /* What the taker promised beyond the maker's price is free before anything is spent, and the
     * maker's side is spent first: with dated points this order decides who gets which date. */
    if (taker_buys) {
        const uint64_t promised = jz_hold_need(core, fill.taker, fill.lots);
        jz_hold_release(core, fill.taker, promised - amounts.quote_points, events);
    }
    move(core, maker, taker, taker_buys ? amounts.base_points : amounts.quote_points, events);
    move(core, taker, maker, taker_buys ? amounts.quote_points : amounts.base_points, events);
}
