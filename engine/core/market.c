/* market.c - listing markets, the entry band. */
#include "engine/core/market.h"

#include "engine/base/assert.h"
#include "engine/base/wide.h"
#include "engine/core/currency.h"
#include "engine/core/mix.h"

#define BASIS_POINTS 10000u

struct jz_market *jz_market_find(const struct jz_core *core, struct jz_market_id market)
{
    if (market.value == 0 || market.value > core->market_count) {
        return NULL;
    }
    return jz_state_market(core, market.value);
}

void jz_market_tell(const struct jz_core *core, uint32_t market, struct jz_events *events)
{
    const struct jz_market *listed = jz_state_market(core, market);
    struct jz_event *event = jz_events_add(events, JZ_EVENT_MARKET);
    event->market.value = market;
    event->terms = (struct jz_event_market_terms){
        .base = {listed->base},
        .quote = {listed->quote},
        .lot_points = listed->lot_points,
        .quote_unit_points = listed->quote_unit_points,
        .notional_min_points = listed->notional_min_points,
        .tick_price = listed->tick_price,
        .price_min = listed->price_min,
        .price_max = listed->price_max,
    };
    event = jz_events_add(events, JZ_EVENT_MARKET);
    event->flags = JZ_EVENT_FLAG_PART2;
    event->market.value = market;
    event->state = (struct jz_event_market_state){
        .depth_no = listed->depth_no,
        .trade_no = listed->trade_no,
        .state = listed->state,
        .band_bp = listed->band_bp,
        .reference_price = listed->reference_price,
        .last_price = listed->last_price,
    };
}

bool jz_market_is_in_band(const struct jz_market *market, uint8_t side, uint32_t price)
{
    if (market->band_bp == 0 || market->reference_price == 0) {
        return true;
    }
    const uint64_t reference = market->reference_price;
    const uint64_t wanted = (uint64_t)price * BASIS_POINTS;
    if (side == JZ_SIDE_BUY) {
        return wanted <= reference * (BASIS_POINTS + (uint64_t)market->band_bp);
    }
    return market->band_bp >= BASIS_POINTS ||
           wanted >= reference * (BASIS_POINTS - market->band_bp);
}

static uint64_t pair_hash(const struct jz_core *core, uint32_t a, uint32_t b)
{
    return a < b ? jz_mix_key(core->seed, a, b) : jz_mix_key(core->seed, b, a);
}

/* The market of two currencies, whichever of them is the base; 0 if there is none. */
static uint32_t find_pair(const struct jz_core *core, uint32_t a, uint32_t b)
{
    struct jz_probe probe = jz_index_probe(&core->pairs, pair_hash(core, a, b));
    uint32_t slot = jz_index_next(&core->pairs, &probe);
    while (slot != 0) {
        const struct jz_market *market = jz_state_market(core, slot);
        if ((market->base == a && market->quote == b) ||
            (market->base == b && market->quote == a)) {
            return slot;
        }
        slot = jz_index_next(&core->pairs, &probe);
    }
    return 0;
}

static uint16_t find_fault(const struct jz_put_market *put)
{
    uint64_t quote_per_lot = 0;
    if (put->base.value == put->quote.value) {
        return JZ_FIELD_QUOTE;
    }
    if (put->lot_points == 0 || put->lot_points > JZ_LOT_MAX) {
        return JZ_FIELD_BASE_LOT;
    }
    if (put->price_max == 0 || put->price_max > JZ_PRICE_MAX) {
        return JZ_FIELD_PRICE_MAX;
    }
    if (put->price_min == 0 || put->price_min > put->price_max) {
        return JZ_FIELD_PRICE_MIN;
    }
    if (put->tick_price == 0 || put->tick_price > JZ_PRICE_MAX) {
        return JZ_FIELD_TICK;
    }
    if (put->quote_unit_points == 0 ||
        !jz_wide_product_fits(put->price_max, put->quote_unit_points, &quote_per_lot) ||
        quote_per_lot > JZ_LOT_MAX) {
        return JZ_FIELD_QUOTE_UNIT;
    }
    if (put->notional_min_points > JZ_AMOUNT_MAX) {
        return JZ_FIELD_MIN_NOTIONAL;
    }
    if (put->reference_price > JZ_PRICE_MAX) {
        return JZ_FIELD_REFERENCE;
    }
    return 0;
}

static struct jz_market make_market(const struct jz_put_market *put)
{
    return (struct jz_market){
        .lot_points = put->lot_points,
        .quote_unit_points = put->quote_unit_points,
        .notional_min_points = put->notional_min_points,
        .base = put->base.value,
        .quote = put->quote.value,
        .tick_price = (uint32_t)put->tick_price,
        .price_min = (uint32_t)put->price_min,
        .price_max = (uint32_t)put->price_max,
        .band_bp = put->band_bp,
        .reference_price = put->reference_price,
        .state = JZ_MARKET_CONTINUOUS,
    };
}

static bool is_same(const struct jz_market *listed, const struct jz_put_market *put)
{
    const struct jz_market terms = make_market(put);
    return listed->base == terms.base && listed->quote == terms.quote &&
           listed->lot_points == terms.lot_points &&
           listed->quote_unit_points == terms.quote_unit_points &&
           listed->notional_min_points == terms.notional_min_points &&
           listed->tick_price == terms.tick_price && listed->price_min == terms.price_min &&
           listed->price_max == terms.price_max && listed->band_bp == terms.band_bp &&
           listed->reference_price == terms.reference_price;
}

void jz_market_put(struct jz_core *core, const struct jz_put_market *put, struct jz_events *events,
                   struct jz_outcome *outcome)
{
    const uint16_t fault = find_fault(put);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    if (jz_currency_find(core, put->base) == NULL) {
        jz_state_refuse(outcome, JZ_RESULT_UNKNOWN, JZ_FIELD_BASE);
        return;
    }
    if (jz_currency_find(core, put->quote) == NULL) {
        jz_state_refuse(outcome, JZ_RESULT_UNKNOWN, JZ_FIELD_QUOTE);
        return;
    }
    const uint32_t known = find_pair(core, put->base.value, put->quote.value);
    outcome->object = known;
    if (known != 0) {
        if (!is_same(jz_state_market(core, known), put)) {
            jz_state_refuse(outcome, JZ_RESULT_CONFLICT, 0);
        }
        return;
    }
    if (core->market_count == core->genesis.markets) {
        jz_state_refuse(outcome, JZ_RESULT_CAPACITY, 0);
        return;
    }
    const uint32_t slot = ++core->market_count;
    *jz_state_market(core, slot) = make_market(put);
    jz_index_insert(&core->pairs, pair_hash(core, put->base.value, put->quote.value), slot);
    outcome->object = slot;
    jz_market_tell(core, slot, events);
}
