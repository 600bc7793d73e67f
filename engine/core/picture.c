/* picture.c - the picture for an attaching gateway. Objects are told in the order of their tables,
 * which only grow at their ends, and levels from the best price on; so whatever a command changes
 * between two slices is either still to come or told by that command's own events, with absolute
 * numbers. */
#include "engine/base/assert.h"
#include "engine/core/book.h"
#include "engine/core/currency.h"
#include "engine/core/market.h"

#define SLICE_EVENTS_MIN 8u
#define LEVELS_PER_EVENT 3u

enum stage {
    STAGE_BEGIN,
    STAGE_CURRENCIES,
    STAGE_ACCOUNTS,
    STAGE_MARKETS,
    STAGE_LANES,
    STAGE_END,
};

static void enter_stage(struct jz_core_walk *walk, uint32_t stage, uint32_t index)
{
    *walk = (struct jz_core_walk){.stage = stage, .index = index};
}

static void tell_account(const struct jz_core *core, uint32_t place, struct jz_events *events)
{
    const uint32_t account = *jz_state_opened(core, place);
    struct jz_event *event = jz_events_add(events, JZ_EVENT_ACCOUNT);
    event->account.value = account;
    event->account_opened.role = jz_state_account(core, account)->role;
}

static void tell_lane(const struct jz_core *core, uint32_t lane, struct jz_events *events)
{
    struct jz_event *event = jz_events_add(events, JZ_EVENT_LANE);
    event->lane = (struct jz_event_lane){
        .key = 1,
        .lane = lane,
        .highest_nonce = jz_state_lane(core, lane)->highest_nonce,
        .window = core->genesis.window,
    };
}

/* One event with the next levels of the side under way; goes on to the next side, or the next
 * market, where there are none left. Returns how many events it added. */
static uint32_t tell_levels(const struct jz_core *core, struct jz_core_walk *walk,
                            struct jz_events *events)
{
    const struct jz_book_side side = {.market = walk->index, .side = (uint8_t)walk->side};
    uint32_t level = jz_book_next(core, side, walk->price);
    if (level == 0) {
        walk->price = 0;
        if (walk->side == JZ_SIDE_BUY) {
            walk->side = JZ_SIDE_SELL;
        } else {
            walk->side = 0;
            walk->index++;
        }
        return 0;
    }
    struct jz_event *event = jz_events_add(events, JZ_EVENT_DEPTH);
    event->market.value = walk->index;
    event->number = jz_state_market(core, walk->index)->depth_no;
    for (uint32_t i = 0; i < LEVELS_PER_EVENT && level != 0; i++) {
        const struct jz_level *at = jz_state_level(core, level);
        event->depth.levels[i] = (struct jz_depth_level){
            .price = at->price, .side = walk->side, .lots = at->displayed_lots};
        walk->price = at->price;
        level = jz_book_next(core, side, at->price);
    }
    return 1;
}

/* The next step of a market: its own two events, or up to three levels. */
static uint32_t tell_market(const struct jz_core *core, struct jz_core_walk *walk,
                            struct jz_events *events)
{
    if (walk->side != 0) {
        return tell_levels(core, walk, events);
    }
    jz_market_tell(core, walk->index, events);
    walk->side = JZ_SIDE_BUY;
    return 2;
}

/* One step of the walk. Returns how many events it added, at most two. */
static uint32_t step(const struct jz_core *core, struct jz_core_walk *walk,
                     struct jz_events *events)
{
    switch ((enum stage)walk->stage) {
    case STAGE_BEGIN:
        enter_stage(walk, STAGE_CURRENCIES, 1);
        return 0;
    case STAGE_CURRENCIES:
        if (walk->index > core->currency_count) {
            enter_stage(walk, STAGE_ACCOUNTS, 1);
            return 0;
        }
        jz_currency_tell(core, walk->index++, events);
        return 1;
    case STAGE_ACCOUNTS:
        if (walk->index > core->account_count) {
            enter_stage(walk, STAGE_MARKETS, 1);
            return 0;
        }
        tell_account(core, walk->index++, events);
        return 1;
    case STAGE_MARKETS:
        if (walk->index > core->market_count) {
            enter_stage(walk, STAGE_LANES, 0);
            return 0;
        }
        return tell_market(core, walk, events);
    case STAGE_LANES:
        if (walk->index >= core->genesis.lanes) {
            enter_stage(walk, STAGE_END, 0);
            return 0;
        }
        tell_lane(core, walk->index++, events);
        return 1;
    case STAGE_END:
        break;
    }
    return 0;
}

bool jz_core_picture(const struct jz_core *core, struct jz_core_walk *walk, uint32_t events_max,
                     struct jz_events *events)
{
    JZ_ASSERT(events_max >= SLICE_EVENTS_MIN);
    JZ_ASSERT(walk->stage <= STAGE_END);

    /* A market that nobody uses takes three steps for its two events, so steps are bounded too. */
    uint32_t added = 0;
    for (uint32_t steps = 0; steps < 2 * events_max && added + 2 <= events_max; steps++) {
        if (walk->stage == STAGE_END) {
            (void)jz_events_add(events, JZ_EVENT_PICTURE_END);
            return false;
        }
        added += step(core, walk, events);
    }
    return true;
}
