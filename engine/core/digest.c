/* digest.c - the two fingerprints. Tables are walked by slot where slots follow from the commands
 * alone; what is only a way to find records (indexes, bitmaps, ladders) is left to jz_core_verify.
 */
#include "engine/core/book.h"
#include "engine/core/mix.h"
#include "engine/core/nonce.h"
#include "engine/core/state.h"

static void add_head(struct jz_digest *digest, const struct jz_core *core)
{
    const uint64_t words[] = {
        core->layout_version,
        core->is_open,
        core->sequence,
        core->time_ns,
        core->day,
        core->rules,
        core->seed,
        core->order_seq,
        core->currency_count,
        core->account_count,
        core->balance_count,
        core->market_count,
        core->source_count,
        core->orders.used,
        core->orders.highest,
        core->levels.used,
        core->levels.highest,
        core->source_evicted_seq,
    };
    jz_mix_bytes(digest, &core->genesis, sizeof(core->genesis));
    jz_mix_bytes(digest, words, sizeof(words));
}

static void add_lanes(struct jz_digest *digest, const struct jz_core *core)
{
    for (uint32_t lane = 0; lane < core->genesis.lanes; lane++) {
        const uint64_t highest = jz_state_lane(core, lane)->highest_nonce;
        jz_mix_word(digest, highest);
        for (uint64_t i = 0; highest > 0 && i < core->genesis.window; i++) {
            const struct jz_nonce_slot *slot = jz_nonce_slot(core, lane, i);
            if (slot->nonce != 0) {
                jz_mix_bytes(digest, slot, sizeof(*slot));
            }
        }
    }
}

static void add_sources(struct jz_digest *digest, const struct jz_core *core)
{
    const uint64_t count =
        core->source_count < JZ_SOURCES_RECENT ? core->source_count : JZ_SOURCES_RECENT;
    jz_mix_bytes(digest, jz_state_source(core, 1), count * sizeof(struct jz_source));
}

static void add_accounts(struct jz_digest *digest, const struct jz_core *core)
{
    for (uint32_t i = 1; i <= core->account_count; i++) {
        const uint32_t account = *jz_state_opened(core, i);
        jz_mix_word(digest, account);
        jz_mix_bytes(digest, jz_state_account(core, account), sizeof(struct jz_account));
    }
}

static void add_orders(struct jz_digest *digest, const struct jz_core *core)
{
    for (uint32_t slot = jz_slab_next(&core->orders, 0); slot != 0;
         slot = jz_slab_next(&core->orders, slot)) {
        jz_mix_word(digest, slot);
        jz_mix_bytes(digest, jz_state_order(core, slot), sizeof(struct jz_order));
        jz_mix_bytes(digest, jz_state_detail(core, slot), sizeof(struct jz_order_detail));
    }
    for (uint32_t slot = jz_slab_next(&core->levels, 0); slot != 0;
         slot = jz_slab_next(&core->levels, slot)) {
        jz_mix_word(digest, slot);
        jz_mix_bytes(digest, jz_state_level(core, slot), sizeof(struct jz_level));
    }
}

struct jz_digest jz_core_digest(const struct jz_core *core)
{
    struct jz_digest digest = {{1, 1}};
    add_head(&digest, core);
    add_lanes(&digest, core);
    add_sources(&digest, core);
    jz_mix_bytes(&digest, jz_state_currency(core, 1),
                 core->currency_count * sizeof(struct jz_currency));
    add_accounts(&digest, core);
    jz_mix_bytes(&digest, jz_state_balance(core, 1),
                 core->balance_count * sizeof(struct jz_balance));
    jz_mix_bytes(&digest, jz_state_market(core, 1), core->market_count * sizeof(struct jz_market));
    add_orders(&digest, core);
    return digest;
}

/* Balances count by sum, since the order in which they were made is nobody's business. */
static void add_balance_contents(struct jz_digest *digest, const struct jz_core *core)
{
    struct jz_digest sum = {{0, 0}};
    for (uint32_t slot = 1; slot <= core->balance_count; slot++) {
        const struct jz_balance *balance = jz_state_balance(core, slot);
        const uint64_t words[] = {(uint64_t)balance->account << 32 | balance->currency,
                                  balance->available_points, balance->held_orders_points,
                                  balance->held_other_points, balance->pending_points};
        if ((words[1] | words[2] | words[3] | words[4]) == 0) {
            continue;
        }
        struct jz_digest one = {{2, 2}};
        jz_mix_bytes(&one, words, sizeof(words));
        sum.word[0] += one.word[0];
        sum.word[1] += one.word[1];
    }
    jz_mix_bytes(digest, sum.word, sizeof(sum.word));
}

static void add_side_contents(struct jz_digest *digest, const struct jz_core *core,
                              struct jz_book_side side)
{
    uint32_t level = jz_book_best(core, side);
    while (level != 0) {
        const struct jz_level *at = jz_state_level(core, level);
        for (uint32_t slot = at->head; slot != 0; slot = jz_state_order(core, slot)->next) {
            const struct jz_order *order = jz_state_order(core, slot);
            jz_mix_word(digest, (uint64_t)order->account << 32 | order->price);
            jz_mix_word(digest, order->open_lots);
            jz_mix_word(digest, order->displayed_lots);
            jz_mix_bytes(digest, jz_state_detail(core, slot)->client_id, JZ_CLIENT_ID_BYTES);
        }
        level = jz_book_next(core, side, at->price);
    }
    jz_mix_word(digest, side.side);
}

static void add_market_contents(struct jz_digest *digest, const struct jz_core *core, uint32_t slot)
{
    const struct jz_market *market = jz_state_market(core, slot);
    const uint64_t words[] = {
        (uint64_t)market->base << 32 | market->quote,
        market->lot_points,
        market->quote_unit_points,
        market->notional_min_points,
        market->trade_no,
        market->depth_no,
        (uint64_t)market->price_min << 32 | market->price_max,
        (uint64_t)market->tick_price << 32 | market->band_bp,
        (uint64_t)market->reference_price << 32 | market->last_price,
        market->state,
    };
    jz_mix_bytes(digest, words, sizeof(words));
    add_side_contents(digest, core, (struct jz_book_side){slot, JZ_SIDE_BUY});
    add_side_contents(digest, core, (struct jz_book_side){slot, JZ_SIDE_SELL});
}

struct jz_digest jz_core_content_digest(const struct jz_core *core)
{
    struct jz_digest digest = {{3, 3}};
    for (uint32_t slot = 1; slot <= core->currency_count; slot++) {
        const struct jz_currency *currency = jz_state_currency(core, slot);
        jz_mix_bytes(&digest, currency->code, JZ_CODE_BYTES);
        jz_mix_word(&digest, (uint64_t)currency->merchant << 32 | currency->scale);
        jz_mix_word(&digest, currency->supply_cap_points);
        jz_mix_word(&digest, currency->issued_points);
        jz_mix_word(&digest, currency->burned_points);
    }
    add_balance_contents(&digest, core);
    for (uint32_t slot = 1; slot <= core->market_count; slot++) {
        add_market_contents(&digest, core, slot);
    }
    return digest;
}
