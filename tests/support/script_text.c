/* script_text.c - the core's answers in the words of scenario files. */
#include "tests/support/script_core.h"

#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *reason_word(uint8_t reason)
{
    switch ((enum jz_reason)reason) {
#define X(value, name)                                                                             \
    case JZ_REASON_##name:                                                                         \
        return #name;
        JZ_REASON_MAP(X)
#undef X
    }
    return "?";
}

static void add_order(struct jz_script_core *run, const struct jz_event *event)
{
    const struct jz_event_order *order = &event->order;
    const char *id = jz_script_core_id_text(run, order->order);
    switch ((enum jz_exec_type)event->exec_type) {
    case JZ_EXEC_ACCEPTED:
        jz_script_found_add(&run->found, "ACC %s", id);
        break;
    case JZ_EXEC_RESTED:
        jz_script_found_add(&run->found, "RST %s %" PRIu64 "@%" PRIu32, id, order->leaves_lots,
                            order->price);
        break;
    case JZ_EXEC_TRADE: /* both sides of it stand in TRD */
        break;
    case JZ_EXEC_DONE:
        jz_script_found_add(&run->found, "DON %s", id);
        break;
    case JZ_EXEC_CANCELED:
        jz_script_found_add(&run->found, "CXL %s %" PRIu64 " %s", id, order->leaves_lots,
                            reason_word(event->reason));
        break;
    case JZ_EXEC_REPLACED:
        jz_script_found_add(&run->found, "RPL %s %" PRIu64 "@%" PRIu32 " %s", id,
                            order->leaves_lots, order->price,
                            (event->flags & JZ_EVENT_FLAG_KEEPS) != 0 ? "keep" : "lose");
        break;
    }
}

static void add_trade(struct jz_script_core *run, const struct jz_event *event)
{
    const char *market = "?";
    for (uint32_t i = 0; i < run->listing_count; i++) {
        if (run->listings[i].id.value == event->market.value) {
            market = run->listings[i].market.text;
        }
    }
    jz_script_found_add(&run->found, "TRD %s %" PRIu64 "@%" PRIu32 " m=%s t=%s", market,
                        event->trade.lots, event->trade.price,
                        jz_script_core_id_text(run, event->trade.maker),
                        jz_script_core_id_text(run, event->trade.taker));
}

void jz_script_text_events(struct jz_script_core *run, const char *target)
{
    const struct jz_event *end = run->events.next;
    for (const struct jz_event *event = run->room; event < end; event++) {
        if (event->kind == JZ_EVENT_ORDER) {
            add_order(run, event);
        } else if (event->kind == JZ_EVENT_TRADE) {
            add_trade(run, event);
        } else if (event->kind == JZ_EVENT_RESULT && event->result.result != JZ_RESULT_DONE) {
            const char *word = jz_result_scenario(event->result.result);
            jz_script_found_add(&run->found, "REJ %s %s", target,
                                word[0] == '\0' ? jz_result_wire(event->result.result) : word);
        }
    }
}

static void tell_balance(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    const struct jz_balance_view balance =
        jz_core_balance(run->core, jz_script_core_account(run, assertion->account),
                        jz_script_core_currency(run, assertion->currency));
    jz_script_found_add(&run->found, "%s %s %" PRIu64 "/%" PRIu64, assertion->account,
                        assertion->currency, balance.available_points + balance.pending_points,
                        balance.held_orders_points + balance.held_other_points);
}

static void tell_book(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    const struct jz_script_listing *listing = jz_script_core_listing(run, &assertion->market);
    const uint8_t side = assertion->side == 'B' ? JZ_SIDE_BUY : JZ_SIDE_SELL;
    const uint32_t room = run->scenario->ids.count + 1; /* no more levels than orders */
    struct jz_depth_level *levels = calloc(room, sizeof(levels[0]));
    JZ_ASSERT(levels != NULL && listing != NULL);
    const uint32_t count = jz_core_depth(run->core, listing->id, side, levels, room);
    jz_script_found_add(&run->found, "BOOK %s %c", assertion->market.text, assertion->side);
    for (uint32_t i = 0; i < count; i++) {
        jz_script_found_extend(&run->found, " %" PRIu64 "@%" PRIu32, levels[i].lots,
                               levels[i].price);
    }
    free(levels);
}

static void tell_sum(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    const struct jz_currency_id currency = jz_script_core_currency(run, assertion->currency);
    uint64_t sum = 0;
    for (uint32_t account = 1; account < run->mirror.account_count; account++) {
        const struct jz_balance_view balance =
            jz_core_balance(run->core, (struct jz_account_id){account}, currency);
        sum += balance.available_points + balance.held_orders_points + balance.held_other_points +
               balance.pending_points;
    }
    jz_script_found_add(&run->found, "SUM %s %" PRIu64, assertion->currency, sum);
}

static void tell_order(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    const uint32_t id = jz_script_names_find(&run->scenario->ids, assertion->id);
    struct jz_order_view view;
    if (jz_core_find_order(run->core, run->ids[id].order, &view)) {
        jz_script_found_add(&run->found, "ORD %s %" PRIu64 "@%" PRIu32, assertion->id,
                            view.open_lots, view.price);
    } else {
        jz_script_found_add(&run->found, "ORD %s dead", assertion->id);
    }
}

static void tell_state(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    const struct jz_script_listing *listing = jz_script_core_listing(run, &assertion->market);
    JZ_ASSERT(listing != NULL);
    const uint32_t state = run->mirror.markets[listing->id.value].state;
    jz_script_found_add(&run->found, "STATE %s %s", assertion->market.text,
                        state == JZ_MARKET_CONTINUOUS ? "CONT" : "?");
}

void jz_script_text_assertion(struct jz_script_core *run,
                              const struct jz_script_assertion *assertion)
{
    switch ((enum jz_script_assertion_kind)assertion->kind) {
    case JZ_SCRIPT_BALANCE:
        tell_balance(run, assertion);
        break;
    case JZ_SCRIPT_BOOK:
        tell_book(run, assertion);
        break;
    case JZ_SCRIPT_SUM:
        tell_sum(run, assertion);
        break;
    case JZ_SCRIPT_ORDER_LIVES:
        tell_order(run, assertion);
        break;
    case JZ_SCRIPT_MARKET_STATE:
        tell_state(run, assertion);
        break;
    case JZ_SCRIPT_VINTAGES: /* skipped before it comes here */
        break;
    }
}
