/* entry.c - the checks of place, cancel and replace, and what follows when they pass. */
#include "engine/core/entry.h"

#include "engine/base/assert.h"
#include "engine/core/account.h"
#include "engine/core/book.h"
#include "engine/core/check.h"
#include "engine/core/hold.h"
#include "engine/core/market.h"
#include "engine/core/match.h"
#include "engine/core/mix.h"
#include "engine/core/report.h"

/* What an order would be if it were accepted. */
struct terms {
    struct jz_book_side at;
    uint64_t lots;
    uint64_t price;
    bool skips_band; /* it keeps its place, so it was inside the band when it came */
};

uint32_t jz_entry_find(const struct jz_core *core, struct jz_order_id order)
{
    const uint32_t slot = (uint32_t)order.value;
    if (slot == 0 || slot > core->genesis.orders) {
        return 0;
    }
    const struct jz_order *found = jz_state_order(core, slot);
    return found->is_live == 1 && found->generation == order.value >> 32 ? slot : 0;
}

uint32_t jz_entry_find_client(const struct jz_core *core, uint32_t account, const char *client_id)
{
    struct jz_probe probe =
        jz_index_probe(&core->clients, jz_match_client_hash(core, account, client_id));
    uint32_t slot = jz_index_next(&core->clients, &probe);
    while (slot != 0) {
        if (jz_state_order(core, slot)->account == account &&
            memcmp(jz_state_detail(core, slot)->client_id, client_id, JZ_CLIENT_ID_BYTES) == 0) {
            return slot;
        }
        slot = jz_index_next(&core->clients, &probe);
    }
    return 0;
}

/* QTY, PRICE, BAND, OVERFLOW, MIN_NOTIONAL, in this order; amounts are those of the whole order. */
static enum jz_result check_terms(const struct jz_core *core, const struct terms *terms,
                                  struct jz_hold_amounts *amounts)
{
    const struct jz_market *market = jz_state_market(core, terms->at.market);
    if (terms->lots == 0) {
        return JZ_RESULT_QTY;
    }
    if (terms->price < market->price_min || terms->price > market->price_max ||
        terms->price % market->tick_price != 0) {
        return JZ_RESULT_PRICE;
    }
    const uint32_t price = (uint32_t)terms->price;
    if (!terms->skips_band && !jz_market_is_in_band(market, terms->at.side, price)) {
        return JZ_RESULT_BAND;
    }
    if (!jz_hold_measure(market, terms->lots, price, amounts)) {
        return JZ_RESULT_OVERFLOW;
    }
    if (amounts->quote_points < market->notional_min_points) {
        return JZ_RESULT_MIN_NOTIONAL;
    }
    return JZ_RESULT_DONE;
}

/* ---- place ------------------------------------------------------------------------------ */

/* A place command while it is checked. */
struct arrival {
    struct terms terms;
    struct jz_hold_amounts amounts;
    struct jz_currency_id gives;
    struct jz_currency_id gets;
    uint32_t give_balance; /* 0: the account never had that currency */
    uint32_t get_balance;
};

static uint16_t find_place_fault(const struct jz_place_order *place)
{
    if (!jz_check_is_zero(place->reserved, sizeof(place->reserved))) {
        return JZ_FIELD_V;
    }
    if (place->side != JZ_SIDE_BUY && place->side != JZ_SIDE_SELL) {
        return JZ_FIELD_SIDE;
    }
    if (place->time_in_force != JZ_TIF_GTC && place->time_in_force != JZ_TIF_IOC) {
        return JZ_FIELD_TIME_IN_FORCE;
    }
    if (place->stp_mode != JZ_STP_CANCEL_NEWEST) {
        return JZ_FIELD_STP_MODE;
    }
    if (jz_check_text(place->client_id, JZ_CLIENT_ID_BYTES) > JZ_CLIENT_ID_BYTES) {
        return JZ_FIELD_CLIENT_ORDER_ID;
    }
    return 0;
}

/* True if every slot is there that the order can need: its own, a level to rest at, the balance
 * that it receives on. Makers have theirs since they were accepted. */
static bool has_room(const struct jz_core *core, const struct jz_place_order *place,
                     const struct arrival *arrival)
{
    if (jz_slab_is_full(&core->orders)) {
        return false;
    }
    if (arrival->get_balance == 0 && !jz_account_can_add_balance(core)) {
        return false;
    }
    return place->time_in_force == JZ_TIF_IOC || !jz_slab_is_full(&core->levels) ||
           jz_book_find(core, arrival->terms.at, (uint32_t)place->price) != 0;
}

static enum jz_result check_place(const struct jz_core *core, const struct jz_place_order *place,
                                  struct arrival *arrival)
{
    if (jz_account_find(core, place->account) == NULL) {
        return JZ_RESULT_UNKNOWN;
    }
    if (place->client_id[0] != '\0' &&
        jz_entry_find_client(core, place->account.value, place->client_id) != 0) {
        return JZ_RESULT_DUP_ID;
    }
    const struct jz_market *market = jz_market_find(core, place->market);
    if (market == NULL) {
        return JZ_RESULT_UNKNOWN_MARKET;
    }
    arrival->terms = (struct terms){
        .at = {.market = place->market.value, .side = place->side},
        .lots = place->lots,
        .price = place->price,
    };
    const enum jz_result refusal = check_terms(core, &arrival->terms, &arrival->amounts);
    if (refusal != JZ_RESULT_DONE) {
        return refusal;
    }
    const bool buys = place->side == JZ_SIDE_BUY;
    arrival->gives.value = buys ? market->quote : market->base;
    arrival->gets.value = buys ? market->base : market->quote;
    arrival->give_balance = jz_account_find_balance(core, place->account, arrival->gives);
    arrival->get_balance = jz_account_find_balance(core, place->account, arrival->gets);
    if (!has_room(core, place, arrival)) {
        return JZ_RESULT_CAPACITY;
    }
    if (arrival->give_balance == 0 ||
        jz_state_balance(core, arrival->give_balance)->available_points <
            jz_hold_given(&arrival->amounts, place->side)) {
        return JZ_RESULT_FUNDS;
    }
    return JZ_RESULT_DONE;
}

/* Takes a slot for the order and fills it in; it is live, not held and not in the book. */
static uint32_t make_order(struct jz_core *core, const struct jz_place_order *place,
                           const struct arrival *arrival)
{
    const uint32_t slot = jz_slab_take(&core->orders);
    *jz_state_order(core, slot) = (struct jz_order){
        .account = place->account.value,
        .market = place->market.value,
        .price = (uint32_t)place->price,
        .generation = (uint32_t)core->sequence,
        .side = place->side,
        .is_live = 1,
        .give_balance = arrival->give_balance,
        .get_balance = arrival->get_balance != 0
                           ? arrival->get_balance
                           : jz_account_add_balance(core, place->account, arrival->gets),
        .open_lots = place->lots,
        .seq = ++core->order_seq,
    };
    struct jz_order_detail *detail = jz_state_detail(core, slot);
    *detail = (struct jz_order_detail){.cum_lots = 0};
    memcpy(detail->client_id, place->client_id, JZ_CLIENT_ID_BYTES);
    if (place->client_id[0] != '\0') {
        jz_index_insert(&core->clients,
                        jz_match_client_hash(core, place->account.value, place->client_id), slot);
    }
    jz_state_account(core, place->account.value)->live_orders++;
    return slot;
}

void jz_entry_place(struct jz_core *core, const struct jz_place_order *place,
                    struct jz_events *events, struct jz_outcome *outcome)
{
    const uint16_t fault = find_place_fault(place);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    struct arrival arrival;
    const enum jz_result refusal = check_place(core, place, &arrival);
    if (refusal != JZ_RESULT_DONE) {
        jz_state_refuse(outcome, refusal, refusal == JZ_RESULT_UNKNOWN ? JZ_FIELD_ACCOUNT : 0);
        return;
    }
    const uint32_t slot = make_order(core, place, &arrival);
    outcome->object = jz_state_order_id(core, slot).value;
    jz_hold_take(core, slot, jz_hold_given(&arrival.amounts, place->side), events);
    jz_report_order(core, slot, (struct jz_report){.exec_type = JZ_EXEC_ACCEPTED}, events);
    jz_match_enter(core, slot, place->time_in_force, events, outcome);
}

/* ---- cancel and replace ----------------------------------------------------------------- */

/* How a command names a live order: by the exchange's id or by the client's. */
struct name {
    struct jz_account_id account;
    struct jz_order_id order;
    const char *client_id;
};

static uint16_t find_name_fault(struct name name)
{
    const size_t length = jz_check_text(name.client_id, JZ_CLIENT_ID_BYTES);
    if (length > JZ_CLIENT_ID_BYTES || (length > 0 && name.order.value != 0)) {
        return JZ_FIELD_CLIENT_ORDER_ID;
    }
    return length == 0 && name.order.value == 0 ? JZ_FIELD_ORDER_ID : 0;
}

/* The order if it is live and the account's own; else 0, and the outcome is UNKNOWN: a foreign
 * order is as unknown as a dead one. */
static uint32_t find_named(const struct jz_core *core, struct name name, struct jz_outcome *outcome)
{
    uint16_t field = JZ_FIELD_ACCOUNT;
    if (jz_account_find(core, name.account) != NULL) {
        const bool by_id = name.order.value != 0;
        const uint32_t slot = by_id
                                  ? jz_entry_find(core, name.order)
                                  : jz_entry_find_client(core, name.account.value, name.client_id);
        if (slot != 0 && jz_state_order(core, slot)->account == name.account.value) {
            return slot;
        }
        field = by_id ? JZ_FIELD_ORDER_ID : JZ_FIELD_CLIENT_ORDER_ID;
    }
    jz_state_refuse(outcome, JZ_RESULT_UNKNOWN, field);
    return 0;
}

void jz_entry_cancel(struct jz_core *core, const struct jz_cancel_order *cancel,
                     struct jz_events *events, struct jz_outcome *outcome)
{
    const struct name name = {cancel->account, cancel->order, cancel->client_id};
    uint16_t fault = find_name_fault(name);
    if (cancel->reserved0 != 0 || !jz_check_is_zero(cancel->reserved, sizeof(cancel->reserved))) {
        fault = JZ_FIELD_V;
    }
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    outcome->object = cancel->order.value;
    const uint32_t slot = find_named(core, name, outcome);
    if (slot == 0) {
        return;
    }
    outcome->object = jz_state_order_id(core, slot).value;
    outcome->amount = jz_state_order(core, slot)->open_lots;
    outcome->order_status = JZ_ORDER_CANCELED;
    jz_match_cancel(core, slot, JZ_REASON_USER, events);
}

/* A replace command while it is checked. */
struct change {
    struct terms terms;
    uint32_t order;
    bool keeps_place;
    uint64_t held_points; /* before */
    uint64_t need_points; /* afterwards */
};

/* True if there is a level for the order at its new price, or will be one: the level that it leaves
 * may become free by that. */
static bool has_level(const struct jz_core *core, const struct change *change)
{
    if (change->keeps_place || !jz_slab_is_full(&core->levels)) {
        return true;
    }
    const struct jz_order *order = jz_state_order(core, change->order);
    return jz_state_level(core, order->level)->orders == 1 ||
           jz_book_find(core, change->terms.at, (uint32_t)change->terms.price) != 0;
}

static enum jz_result check_replace(const struct jz_core *core, struct change *change)
{
    const struct jz_order *order = jz_state_order(core, change->order);
    struct jz_hold_amounts amounts;
    const enum jz_result refusal = check_terms(core, &change->terms, &amounts);
    if (refusal != JZ_RESULT_DONE) {
        return refusal;
    }
    if (!has_level(core, change)) {
        return JZ_RESULT_CAPACITY;
    }
    change->held_points = jz_hold_need(core, change->order, order->open_lots);
    change->need_points = jz_hold_given(&amounts, order->side);
    const struct jz_balance *gives = jz_state_balance(core, order->give_balance);
    if (change->need_points > change->held_points &&
        change->need_points - change->held_points > gives->available_points) {
        return JZ_RESULT_FUNDS;
    }
    return JZ_RESULT_DONE;
}

/* Everything of an accepted replace up to its report: place in the book, hold, terms. */
static void apply_change(struct jz_core *core, const struct change *change,
                         struct jz_events *events)
{
    struct jz_order *order = jz_state_order(core, change->order);
    if (change->need_points > change->held_points) {
        jz_hold_take(core, change->order, change->need_points - change->held_points, events);
    } else {
        jz_hold_release(core, change->order, change->held_points - change->need_points, events);
    }
    if (change->keeps_place) {
        jz_book_reduce(core, change->order, order->open_lots - change->terms.lots);
    } else {
        jz_book_remove(core, change->order);
        order->price = (uint32_t)change->terms.price;
        order->open_lots = change->terms.lots;
        order->seq = ++core->order_seq;
    }
    const uint8_t flags = change->keeps_place ? JZ_EVENT_FLAG_KEEPS : 0;
    jz_report_order(core, change->order,
                    (struct jz_report){.exec_type = JZ_EXEC_REPLACED, .flags = flags}, events);
}

static uint16_t find_replace_fault(const struct jz_replace_order *replace, struct name name)
{
    if (replace->reserved0 != 0 ||
        !jz_check_is_zero(replace->reserved, sizeof(replace->reserved))) {
        return JZ_FIELD_V;
    }
    return find_name_fault(name);
}

void jz_entry_replace(struct jz_core *core, const struct jz_replace_order *replace,
                      struct jz_events *events, struct jz_outcome *outcome)
{
    const struct name name = {replace->account, replace->order, replace->client_id};
    const uint16_t fault = find_replace_fault(replace, name);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    outcome->object = replace->order.value;
    struct change change = {.order = find_named(core, name, outcome)};
    if (change.order == 0) {
        return;
    }
    const struct jz_order *order = jz_state_order(core, change.order);
    outcome->object = jz_state_order_id(core, change.order).value;
    change.keeps_place = replace->price == order->price && replace->lots <= order->open_lots;
    change.terms = (struct terms){
        .at = {.market = order->market, .side = order->side},
        .lots = replace->lots,
        .price = replace->price,
        .skips_band = change.keeps_place,
    };
    const enum jz_result refusal = check_replace(core, &change);
    if (refusal != JZ_RESULT_DONE) {
        jz_state_refuse(outcome, refusal, 0);
        return;
    }
    apply_change(core, &change, events);
    if (!change.keeps_place) {
        jz_match_enter(core, change.order, JZ_TIF_GTC, events, outcome);
        return;
    }
    outcome->leaves_lots = order->open_lots;
    outcome->order_status = jz_state_detail(core, change.order)->cum_lots > 0
                                ? JZ_ORDER_PARTIALLY_FILLED
                                : JZ_ORDER_NEW;
}
