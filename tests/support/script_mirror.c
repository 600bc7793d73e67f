/* script_mirror.c - events applied to plain tables. */
#include "tests/support/script_mirror.h"

#include "engine/base/assert.h"

#include <stdlib.h>

static void *zeroed(size_t count, size_t bytes)
{
    void *room = calloc(count, bytes);
    JZ_ASSERT(room != NULL);
    return room;
}

void jz_script_mirror_init(struct jz_script_mirror *mirror, const struct jz_genesis *genesis)
{
    *mirror = (struct jz_script_mirror){
        .account_count = genesis->accounts + 1,
        .currency_count = genesis->currencies + 1,
        .market_count = genesis->markets + 1,
        .order_count = genesis->orders + 2, /* slots may count from 0 or from 1 */
    };
    mirror->balances =
        zeroed((size_t)mirror->account_count * mirror->currency_count, sizeof(mirror->balances[0]));
    mirror->issued_points = zeroed(mirror->currency_count, sizeof(mirror->issued_points[0]));
    mirror->stream_seqs = zeroed(mirror->account_count, sizeof(mirror->stream_seqs[0]));
    mirror->markets = zeroed(mirror->market_count, sizeof(mirror->markets[0]));
    mirror->orders = zeroed(mirror->order_count, sizeof(mirror->orders[0]));
}

void jz_script_mirror_deinit(struct jz_script_mirror *mirror)
{
    for (uint32_t i = 0; i < mirror->market_count; i++) {
        free(mirror->markets[i].levels);
    }
    free(mirror->balances);
    free(mirror->issued_points);
    free(mirror->stream_seqs);
    free(mirror->markets);
    free(mirror->orders);
    *mirror = (struct jz_script_mirror){.account_count = 0};
}

/* ---- one event ------------------------------------------------------------------------------- */

/* NULL for ids that nobody was given. */
static struct jz_script_mirror_balance *balance_of(struct jz_script_mirror *mirror,
                                                   uint32_t account, uint32_t currency)
{
    if (account == 0 || account >= mirror->account_count || currency == 0 ||
        currency >= mirror->currency_count) {
        return NULL;
    }
    return &mirror->balances[(size_t)account * mirror->currency_count + currency];
}

static const char *apply_transfer(struct jz_script_mirror *mirror,
                                  const struct jz_event_transfer *transfer)
{
    struct jz_script_mirror_balance *credit =
        balance_of(mirror, transfer->credit.value, transfer->currency.value);
    struct jz_script_mirror_balance *debit =
        balance_of(mirror, transfer->debit.value, transfer->currency.value);
    if (credit == NULL || (debit == NULL && transfer->debit.value != 0)) {
        return "a transfer names nobody";
    }
    uint64_t *issued_points = &mirror->issued_points[transfer->currency.value];
    if (debit == NULL) {
        *issued_points += transfer->amount_points;
    } else {
        debit->held_points -= transfer->amount_points;
    }
    credit->available_points += transfer->amount_points;
    if (transfer->credit_available_points != credit->available_points ||
        transfer->debit_held_points != (debit == NULL ? 0 : debit->held_points) ||
        transfer->issued_points != *issued_points) {
        return "a transfer leaves other balances than it says";
    }
    return NULL;
}

static const char *apply_hold(struct jz_script_mirror *mirror, uint32_t account,
                              const struct jz_event_hold *hold)
{
    struct jz_script_mirror_balance *balance = balance_of(mirror, account, hold->currency.value);
    if (balance == NULL) {
        return "a hold names nobody";
    }
    if (hold->released == 1) {
        balance->held_points -= hold->amount_points;
        balance->available_points += hold->amount_points;
    } else {
        balance->available_points -= hold->amount_points;
        balance->held_points += hold->amount_points;
    }
    if (hold->amount_points == 0 || hold->released > 1 ||
        hold->available_points != balance->available_points ||
        hold->held_orders_points != balance->held_points) {
        return "a hold leaves another balance than it says";
    }
    return NULL;
}

/* A report of a fill belongs to the trade before it: first the maker's, then the taker's. */
static const char *apply_execution(struct jz_script_mirror *mirror, const struct jz_event *event,
                                   struct jz_script_mirror_order *order)
{
    const bool is_taker = (event->flags & JZ_EVENT_FLAG_TAKER) != 0;
    const uint64_t named =
        is_taker ? mirror->last_trade.taker.value : mirror->last_trade.maker.value;
    if (mirror->reports_due != (is_taker ? 1 : 2) || named != order->id) {
        return "a report of a fill without its trade";
    }
    mirror->reports_due--;
    order->open_lots -= mirror->last_trade.lots;
    order->cum_lots += mirror->last_trade.lots;
    return NULL;
}

static const char *apply_order(struct jz_script_mirror *mirror, const struct jz_event *event)
{
    const uint32_t slot = (uint32_t)event->order.order.value;
    const uint32_t account = event->account.value;
    if (slot >= mirror->order_count || account >= mirror->account_count) {
        return "a report names nobody";
    }
    struct jz_script_mirror_order *order = &mirror->orders[slot];
    const char *fault = NULL;
    if (event->number != ++mirror->stream_seqs[account]) {
        return "an account's reports have a gap";
    }
    if (event->exec_type == JZ_EXEC_ACCEPTED) {
        if (order->is_live) {
            return "an order takes the place of a live one";
        }
        *order = (struct jz_script_mirror_order){.id = event->order.order.value,
                                                 .account = account,
                                                 .is_live = true,
                                                 .open_lots = event->order.leaves_lots};
    }
    if (!order->is_live || order->id != event->order.order.value || order->account != account) {
        return "a report of an order that is not live";
    }
    switch ((enum jz_exec_type)event->exec_type) {
    case JZ_EXEC_TRADE:
        fault = apply_execution(mirror, event, order);
        break;
    case JZ_EXEC_REPLACED:
        order->open_lots = event->order.leaves_lots;
        break;
    case JZ_EXEC_DONE:
    case JZ_EXEC_CANCELED:
        order->is_live = false;
        break;
    case JZ_EXEC_ACCEPTED:
    case JZ_EXEC_RESTED:
        break;
    }
    if (fault == NULL && (order->open_lots != event->order.leaves_lots ||
                          order->cum_lots != event->order.cum_lots)) {
        return "a report leaves other lots than the fills do";
    }
    return fault;
}

static const char *apply_trade(struct jz_script_mirror *mirror, const struct jz_event *event)
{
    if (event->market.value >= mirror->market_count || mirror->reports_due != 0) {
        return "a trade stands where none belongs";
    }
    if (event->number != ++mirror->markets[event->market.value].trade_no) {
        return "trade numbers have a gap";
    }
    mirror->last_trade = event->trade;
    mirror->reports_due = 2;
    return NULL;
}

static const char *set_level(struct jz_script_mirror_market *market,
                             const struct jz_depth_level *level)
{
    uint32_t at = 0;
    while (at < market->level_count &&
           (market->levels[at].price != level->price || market->levels[at].side != level->side)) {
        at++;
    }
    const uint64_t lots = at < market->level_count ? market->levels[at].lots : 0;
    if (lots == level->lots) {
        return "a depth change that changes nothing";
    }
    if (level->lots == 0) {
        market->levels[at] = market->levels[--market->level_count];
        return NULL;
    }
    if (at == market->level_room) {
        market->level_room = at == 0 ? 16 : at * 2;
        market->levels = realloc(market->levels, market->level_room * sizeof(market->levels[0]));
        JZ_ASSERT(market->levels != NULL);
    }
    market->level_count += at == market->level_count ? 1 : 0;
    market->levels[at] = *level;
    return NULL;
}

static const char *apply_depth(struct jz_script_mirror *mirror, const struct jz_event *event)
{
    if (event->market.value >= mirror->market_count) {
        return "a depth change of no market";
    }
    struct jz_script_mirror_market *market = &mirror->markets[event->market.value];
    if (event->number != market->depth_no + 1) {
        return "depth numbers have a gap";
    }
    market->depth_no += (event->flags & JZ_EVENT_FLAG_MORE) == 0 ? 1 : 0;
    for (uint32_t i = 0; i < 3; i++) {
        const struct jz_depth_level *level = &event->depth.levels[i];
        const char *fault = level->side == 0 ? NULL : set_level(market, level);
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

const char *jz_script_mirror_apply(struct jz_script_mirror *mirror, const struct jz_event *event)
{
    switch ((enum jz_event_kind)event->kind) {
    case JZ_EVENT_TRANSFER:
        return apply_transfer(mirror, &event->transfer);
    case JZ_EVENT_HOLD:
        return apply_hold(mirror, event->account.value, &event->hold);
    case JZ_EVENT_ORDER:
        return apply_order(mirror, event);
    case JZ_EVENT_TRADE:
        return apply_trade(mirror, event);
    case JZ_EVENT_DEPTH:
        return apply_depth(mirror, event);
    case JZ_EVENT_MARKET:
        if (event->market.value >= mirror->market_count) {
            return "a market beyond the capacity";
        }
        if ((event->flags & JZ_EVENT_FLAG_PART2) != 0) {
            mirror->markets[event->market.value].state = event->state.state;
        }
        return NULL;
    case JZ_EVENT_RESULT:
        return mirror->reports_due == 0 ? NULL : "a trade without both of its reports";
    case JZ_EVENT_CURRENCY:
    case JZ_EVENT_ACCOUNT:
        return NULL;
    case JZ_EVENT_LANE:
    case JZ_EVENT_PICTURE_END:
        return "an event of a picture inside a command";
    }
    return "an event of no kind";
}

/* ---- the core against the mirror ------------------------------------------------------------- */

static bool has_same_balances(const struct jz_script_mirror *mirror, const struct jz_core *core)
{
    for (uint32_t account = 1; account < mirror->account_count; account++) {
        for (uint32_t currency = 1; currency < mirror->currency_count; currency++) {
            const struct jz_script_mirror_balance *balance =
                &mirror->balances[(size_t)account * mirror->currency_count + currency];
            const struct jz_balance_view view = jz_core_balance(
                core, (struct jz_account_id){account}, (struct jz_currency_id){currency});
            if (view.available_points != balance->available_points ||
                view.held_orders_points != balance->held_points || view.held_other_points != 0 ||
                view.pending_points != 0) {
                return false;
            }
        }
    }
    return true;
}

static bool has_same_orders(const struct jz_script_mirror *mirror, const struct jz_core *core)
{
    uint64_t live = 0;
    for (uint32_t slot = 0; slot < mirror->order_count; slot++) {
        const struct jz_script_mirror_order *order = &mirror->orders[slot];
        struct jz_order_view view;
        if (!order->is_live) {
            continue;
        }
        live++;
        if (!jz_core_find_order(core, (struct jz_order_id){order->id}, &view) ||
            view.open_lots != order->open_lots || view.cum_lots != order->cum_lots ||
            view.account.value != order->account) {
            return false;
        }
    }
    return live == jz_core_live_orders(core);
}

/* Each level of one side is in the mirror, and the mirror has no more. */
static const char *compare_side(const struct jz_script_mirror_market *market, uint8_t side,
                                const struct jz_depth_level *levels, uint32_t count)
{
    uint32_t expected = 0;
    for (uint32_t i = 0; i < market->level_count; i++) {
        expected += market->levels[i].side == side;
    }
    if (count != expected) {
        return "depth changes leave another number of levels";
    }
    for (uint32_t i = 0; i < count; i++) {
        bool is_there = false;
        for (uint32_t k = 0; k < market->level_count; k++) {
            is_there = is_there || (market->levels[k].side == side &&
                                    market->levels[k].price == levels[i].price &&
                                    market->levels[k].lots == levels[i].lots);
        }
        if (!is_there) {
            return "depth changes leave another level";
        }
        if (i > 0 && (side == JZ_SIDE_BUY) != (levels[i].price < levels[i - 1].price)) {
            return "the levels of a book are not in order";
        }
    }
    return NULL;
}

static const char *compare_book(const struct jz_script_mirror_market *market, uint32_t id,
                                const struct jz_core *core)
{
    const uint32_t room = market->level_count + 1; /* one more would be one too many */
    struct jz_depth_level *bids = zeroed(room, sizeof(bids[0]));
    struct jz_depth_level *asks = zeroed(room, sizeof(asks[0]));
    const uint32_t bid_count =
        jz_core_depth(core, (struct jz_market_id){id}, JZ_SIDE_BUY, bids, room);
    const uint32_t ask_count =
        jz_core_depth(core, (struct jz_market_id){id}, JZ_SIDE_SELL, asks, room);
    const char *fault = compare_side(market, JZ_SIDE_BUY, bids, bid_count);
    if (fault == NULL) {
        fault = compare_side(market, JZ_SIDE_SELL, asks, ask_count);
    }
    if (fault == NULL && market->state == JZ_MARKET_CONTINUOUS && bid_count > 0 && ask_count > 0 &&
        bids[0].price >= asks[0].price) {
        fault = "a continuous market is crossed";
    }
    free(bids);
    free(asks);
    return fault;
}

const char *jz_script_mirror_compare(const struct jz_script_mirror *mirror,
                                     const struct jz_core *core)
{
    if (!has_same_balances(mirror, core)) {
        return "transfers and holds leave other balances";
    }
    if (!has_same_orders(mirror, core)) {
        return "reports leave other orders";
    }
    for (uint32_t currency = 1; currency < mirror->currency_count; currency++) {
        if (jz_core_outstanding(core, (struct jz_currency_id){currency}) !=
            mirror->issued_points[currency]) {
            return "transfers leave another counter of points issued";
        }
    }
    for (uint32_t market = 1; market < mirror->market_count; market++) {
        const char *fault = mirror->markets[market].state == 0
                                ? NULL
                                : compare_book(&mirror->markets[market], market, core);
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}
