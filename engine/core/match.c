/* match.c - the walk of an arriving order, and the end of orders. */
#include "engine/core/match.h"

#include "engine/base/assert.h"
#include "engine/core/book.h"
#include "engine/core/hold.h"
#include "engine/core/mix.h"
#include "engine/core/report.h"
#include "engine/core/settle.h"

uint64_t jz_match_client_hash(const struct jz_core *core, uint32_t account, const char *client_id)
{
    const uint64_t hash = jz_mix_key(core->seed, account, jz_mix_text_word(client_id, 0));
    return jz_mix_key(core->seed, hash, jz_mix_text_word(client_id, 1));
}

void jz_match_forget(struct jz_core *core, uint32_t order)
{
    struct jz_order *gone = jz_state_order(core, order);
    const struct jz_order_detail *detail = jz_state_detail(core, order);
    JZ_ASSERT(gone->is_live == 1 && gone->level == 0);

    if (detail->client_id[0] != '\0') {
        jz_index_remove(&core->clients,
                        jz_match_client_hash(core, gone->account, detail->client_id), order);
    }
    struct jz_account *owner = jz_state_account(core, gone->account);
    JZ_ASSERT(owner->live_orders > 0);
    owner->live_orders--;
    gone->is_live = 0;
    jz_slab_give(&core->orders, order);
}

void jz_match_cancel(struct jz_core *core, uint32_t order, uint8_t reason, struct jz_events *events)
{
    const struct jz_order *gone = jz_state_order(core, order);
    JZ_ASSERT(gone->open_lots > 0);

    jz_hold_release(core, order, jz_hold_need(core, order, gone->open_lots), events);
    jz_report_order(core, order,
                    (struct jz_report){.exec_type = JZ_EXEC_CANCELED, .reason = reason}, events);
    if (gone->level != 0) {
        jz_book_remove(core, order);
    }
    jz_match_forget(core, order);
}

static void tell_trade(struct jz_core *core, struct jz_settle_fill fill, struct jz_events *events)
{
    const struct jz_order *taker = jz_state_order(core, fill.taker);
    struct jz_market *market = jz_state_market(core, taker->market);
    market->last_price = fill.price;
    struct jz_event *event = jz_events_add(events, JZ_EVENT_TRADE);
    event->market.value = taker->market;
    event->number = ++market->trade_no;
    event->trade = (struct jz_event_trade){
        .maker = jz_state_order_id(core, fill.maker),
        .taker = jz_state_order_id(core, fill.taker),
        .lots = fill.lots,
        .price = fill.price,
        .taker_side = taker->side,
    };
}

static void apply_fill(struct jz_core *core, struct jz_settle_fill fill, struct jz_events *events)
{
    struct jz_order *taker = jz_state_order(core, fill.taker);
    const struct jz_order *maker = jz_state_order(core, fill.maker);
    JZ_ASSERT(fill.lots > 0);

    jz_settle_apply(core, fill, events);
    jz_state_detail(core, fill.maker)->cum_lots += fill.lots;
    jz_state_detail(core, fill.taker)->cum_lots += fill.lots;
    taker->open_lots -= fill.lots;
    jz_book_reduce(core, fill.maker, fill.lots);

    tell_trade(core, fill, events);
    jz_report_order(core, fill.maker, (struct jz_report){.exec_type = JZ_EXEC_TRADE}, events);
    jz_report_order(core, fill.taker,
                    (struct jz_report){.exec_type = JZ_EXEC_TRADE, .flags = JZ_EVENT_FLAG_TAKER},
                    events);
    if (maker->open_lots == 0) {
        jz_report_order(core, fill.maker, (struct jz_report){.exec_type = JZ_EXEC_DONE}, events);
        jz_match_forget(core, fill.maker);
    }
}

static bool crosses(const struct jz_order *taker, uint32_t price)
{
    return taker->side == JZ_SIDE_BUY ? price <= taker->price : price >= taker->price;
}

/* Trades until nothing crosses. False if the order met its own owner. */
static bool walk_other_side(struct jz_core *core, uint32_t order, struct jz_events *events)
{
    const struct jz_order *taker = jz_state_order(core, order);
    const struct jz_book_side other = {
        .market = taker->market,
        .side = taker->side == JZ_SIDE_BUY ? JZ_SIDE_SELL : JZ_SIDE_BUY,
    };
    while (taker->open_lots > 0) {
        const uint32_t best = jz_book_best(core, other);
        if (best == 0 || !crosses(taker, jz_state_level(core, best)->price)) {
            return true;
        }
        const struct jz_level *level = jz_state_level(core, best);
        const struct jz_order *maker = jz_state_order(core, level->head);
        if (maker->account == taker->account) {
            return false;
        }
        const uint64_t shown_lots = maker->displayed_lots;
        const struct jz_settle_fill fill = {
            .maker = level->head,
            .taker = order,
            .lots = shown_lots < taker->open_lots ? shown_lots : taker->open_lots,
            .price = level->price,
        };
        apply_fill(core, fill, events);
    }
    return true;
}

void jz_match_enter(struct jz_core *core, uint32_t order, uint8_t time_in_force,
                    struct jz_events *events, struct jz_outcome *outcome)
{
    const struct jz_order *arrived = jz_state_order(core, order);
    const uint64_t open_lots = arrived->open_lots;
    JZ_ASSERT(arrived->level == 0 && open_lots > 0);

    const bool goes_on = walk_other_side(core, order, events);
    outcome->amount = open_lots - arrived->open_lots;
    if (!goes_on || (arrived->open_lots > 0 && time_in_force == JZ_TIF_IOC)) {
        jz_match_cancel(core, order, goes_on ? JZ_REASON_IOC : JZ_REASON_STP, events);
        outcome->order_status = JZ_ORDER_CANCELED;
        return;
    }
    if (arrived->open_lots == 0) {
        jz_report_order(core, order, (struct jz_report){.exec_type = JZ_EXEC_DONE}, events);
        jz_match_forget(core, order);
        outcome->order_status = JZ_ORDER_FILLED;
        return;
    }
    jz_book_append(core, order);
    jz_report_order(core, order, (struct jz_report){.exec_type = JZ_EXEC_RESTED}, events);
    outcome->leaves_lots = arrived->open_lots;
    outcome->order_status =
        jz_state_detail(core, order)->cum_lots > 0 ? JZ_ORDER_PARTIALLY_FILLED : JZ_ORDER_NEW;
}
