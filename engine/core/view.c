/* view.c - looks for tests, the scenario runner and audits: nothing here changes the core. */
#include "engine/core/account.h"
#include "engine/core/book.h"
#include "engine/core/currency.h"
#include "engine/core/entry.h"
#include "engine/core/market.h"

#include <string.h>

struct jz_balance_view jz_core_balance(const struct jz_core *core, struct jz_account_id account,
                                       struct jz_currency_id currency)
{
    const uint32_t slot = jz_account_find_balance(core, account, currency);
    if (slot == 0) {
        return (struct jz_balance_view){0};
    }
    const struct jz_balance *balance = jz_state_balance(core, slot);
    return (struct jz_balance_view){
        .available_points = balance->available_points,
        .held_orders_points = balance->held_orders_points,
        .held_other_points = balance->held_other_points,
        .pending_points = balance->pending_points,
    };
}

uint64_t jz_core_outstanding(const struct jz_core *core, struct jz_currency_id currency)
{
    const struct jz_currency *listed = jz_currency_find(core, currency);
    return listed == NULL ? 0 : jz_currency_outstanding(listed);
}

static bool view_order(const struct jz_core *core, uint32_t slot, struct jz_order_view *view)
{
    if (slot == 0) {
        return false;
    }
    const struct jz_order *order = jz_state_order(core, slot);
    const struct jz_order_detail *detail = jz_state_detail(core, slot);
    *view = (struct jz_order_view){
        .order = jz_state_order_id(core, slot),
        .account = {order->account},
        .market = {order->market},
        .price = order->price,
        .side = order->side,
        .open_lots = order->open_lots,
        .displayed_lots = order->displayed_lots,
        .cum_lots = detail->cum_lots,
    };
    memcpy(view->client_id, detail->client_id, JZ_CLIENT_ID_BYTES);
    return true;
}

bool jz_core_find_order(const struct jz_core *core, struct jz_order_id order,
                        struct jz_order_view *view)
{
    return view_order(core, jz_entry_find(core, order), view);
}

bool jz_core_find_client_order(const struct jz_core *core, struct jz_account_id account,
                               const char client_id[JZ_CLIENT_ID_BYTES], struct jz_order_view *view)
{
    return view_order(core, jz_entry_find_client(core, account.value, client_id), view);
}

uint32_t jz_core_depth(const struct jz_core *core, struct jz_market_id market, uint8_t side,
                       struct jz_depth_level *levels, uint32_t levels_max)
{
    if (jz_market_find(core, market) == NULL) {
        return 0;
    }
    const struct jz_book_side at = {.market = market.value, .side = side};
    uint32_t count = 0;
    uint32_t level = jz_book_best(core, at);
    while (level != 0 && count < levels_max) {
        const struct jz_level *found = jz_state_level(core, level);
        levels[count++] = (struct jz_depth_level){
            .price = found->price, .side = side, .lots = found->displayed_lots};
        level = jz_book_next(core, at, found->price);
    }
    return count;
}
