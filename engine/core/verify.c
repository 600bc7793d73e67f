/* verify.c - all invariants of the state, by walking all of it. */
#include "engine/core/verify.h"

#include "engine/base/assert.h"
#include "engine/core/account.h"
#include "engine/core/book.h"
#include "engine/core/currency.h"
#include "engine/core/entry.h"
#include "engine/core/hold.h"
#include "engine/core/match.h"
#include "engine/core/nonce.h"
#include "engine/core/source.h"

#define CHEAP_STEPS 4096u /* of a walk after every command */

/* Per currency all balances together are what the currency says is out. */
static void verify_sums(const struct jz_core *core)
{
    for (uint32_t currency = 1; currency <= core->currency_count; currency++) {
        const struct jz_currency *listed = jz_state_currency(core, currency);
        uint64_t points = 0;
        for (uint32_t slot = 1; slot <= core->balance_count; slot++) {
            const struct jz_balance *balance = jz_state_balance(core, slot);
            if (balance->currency == currency) {
                points += balance->available_points + balance->held_orders_points +
                          balance->held_other_points + balance->pending_points;
                JZ_ASSERT(points < JZ_HOLD_SUM_END);
            }
        }
        JZ_ASSERT(points == jz_currency_outstanding(listed));
        JZ_ASSERT(points <= listed->supply_cap_points);
    }
}

static void verify_balances(const struct jz_core *core)
{
    JZ_ASSERT(core->balance_count <= core->genesis.balances);
    for (uint32_t slot = 1; slot <= core->balance_count; slot++) {
        const struct jz_balance *balance = jz_state_balance(core, slot);
        const struct jz_account_id account = {balance->account};
        const struct jz_currency_id currency = {balance->currency};
        JZ_ASSERT(jz_account_find(core, account) != NULL);
        JZ_ASSERT(jz_currency_find(core, currency) != NULL);
        JZ_ASSERT(jz_account_find_balance(core, account, currency) == slot);
    }
}

static void verify_order(const struct jz_core *core, uint32_t slot)
{
    const struct jz_order *order = jz_state_order(core, slot);
    const struct jz_order_detail *detail = jz_state_detail(core, slot);
    const struct jz_market *market = jz_state_market(core, order->market);
    const struct jz_balance *gives = jz_state_balance(core, order->give_balance);
    const struct jz_balance *gets = jz_state_balance(core, order->get_balance);
    const bool buys = order->side == JZ_SIDE_BUY;

    JZ_ASSERT(order->is_live == 1 && order->level != 0);
    JZ_ASSERT(jz_entry_find(core, jz_state_order_id(core, slot)) == slot);
    JZ_ASSERT(gives->account == order->account && gets->account == order->account);
    JZ_ASSERT(gives->currency == (buys ? market->quote : market->base));
    JZ_ASSERT(gets->currency == (buys ? market->base : market->quote));
    if (detail->client_id[0] != '\0') {
        JZ_ASSERT(jz_entry_find_client(core, order->account, detail->client_id) == slot);
    }
}

/* Points that the live orders of one balance need. */
static uint64_t need_of(const struct jz_core *core, uint32_t balance)
{
    uint64_t points = 0;
    for (uint32_t slot = jz_slab_next(&core->orders, 0); slot != 0;
         slot = jz_slab_next(&core->orders, slot)) {
        const struct jz_order *order = jz_state_order(core, slot);
        if (order->give_balance == balance) {
            points += jz_hold_need(core, slot, order->open_lots);
        }
    }
    return points;
}

static void verify_orders(const struct jz_core *core)
{
    uint32_t with_client_id = 0;
    for (uint32_t slot = jz_slab_next(&core->orders, 0); slot != 0;
         slot = jz_slab_next(&core->orders, slot)) {
        verify_order(core, slot);
        with_client_id += jz_state_detail(core, slot)->client_id[0] != '\0';
    }
    JZ_ASSERT(with_client_id == core->clients.used);
}

/* What is held for orders is what they need, to the point. */
static void verify_holds(const struct jz_core *core)
{
    for (uint32_t slot = 1; slot <= core->balance_count; slot++) {
        JZ_ASSERT(need_of(core, slot) == jz_state_balance(core, slot)->held_orders_points);
    }
}

static void verify_books(const struct jz_core *core)
{
    uint32_t levels = 0;
    for (uint32_t market = 1; market <= core->market_count; market++) {
        jz_book_verify(core, market);
        levels += jz_book_count(core, (struct jz_book_side){market, JZ_SIDE_BUY});
        levels += jz_book_count(core, (struct jz_book_side){market, JZ_SIDE_SELL});
    }
    JZ_ASSERT(levels == core->levels.used);
    JZ_ASSERT(core->touched_count == 0);
}

static void verify_accounts(const struct jz_core *core)
{
    uint64_t live_orders = 0;
    for (uint32_t i = 1; i <= core->account_count; i++) {
        const struct jz_account *account = jz_state_account(core, *jz_state_opened(core, i));
        JZ_ASSERT(account->role != 0);
        live_orders += account->live_orders;
    }
    JZ_ASSERT(live_orders == core->orders.used);
}

static void verify_nonces(const struct jz_core *core)
{
    for (uint32_t lane = 0; lane < core->genesis.lanes; lane++) {
        const uint64_t highest = jz_state_lane(core, lane)->highest_nonce;
        for (uint64_t i = 0; highest > 0 && i < core->genesis.window; i++) {
            const struct jz_nonce_slot *slot = jz_nonce_slot(core, lane, i);
            JZ_ASSERT(slot->nonce <= highest && slot->sequence <= core->sequence);
            JZ_ASSERT(slot->nonce == 0 || jz_nonce_slot(core, lane, slot->nonce) == slot);
        }
    }
}

void jz_verify_money(const struct jz_core *core)
{
    verify_sums(core);
    verify_holds(core);
}

bool jz_verify_is_cheap(const struct jz_core *core)
{
    const uint64_t objects = (uint64_t)core->orders.used + core->currency_count;
    return objects * core->balance_count <= CHEAP_STEPS;
}

void jz_core_verify(const struct jz_core *core)
{
    JZ_ASSERT(core->layout_version == JZ_STATE_LAYOUT_VERSION);
    jz_slab_verify(&core->orders);
    jz_slab_verify(&core->levels);
    jz_index_verify(&core->codes);
    jz_index_verify(&core->pairs);
    jz_index_verify(&core->holdings);
    jz_index_verify(&core->clients);
    jz_index_verify(&core->recent);
    JZ_ASSERT(core->codes.used == core->currency_count);
    JZ_ASSERT(core->pairs.used == core->market_count);
    JZ_ASSERT(core->holdings.used == core->balance_count);
    verify_accounts(core);
    verify_balances(core);
    verify_orders(core);
    jz_verify_money(core);
    verify_books(core);
    verify_nonces(core);
}
