/* depth.c - why a level can be in the list twice: a command may take the last order of a level away
 * and later put one at the same price, which makes a new level. The first entry knows how the price
 * stood before the command, the last one's level knows how it stands after it; the ones between
 * were made and removed again. So an entry whose level is gone hands what it knows to the level
 * that now stands at its price, if there is one.
 */
#include "engine/core/depth.h"

#include "engine/base/assert.h"

#define LEVELS_PER_EVENT 3u

void jz_depth_touch(struct jz_core *core, struct jz_book_side side, uint32_t level)
{
    struct jz_level *touched = jz_state_level(core, level);
    if (touched->touched != 0) {
        return;
    }
    JZ_ASSERT(core->touched_count < core->genesis.levels + 2);

    const bool is_new = touched->orders == 0;
    JZ_ASSERT(is_new == (touched->displayed_lots == 0));
    *jz_state_touched(core, core->touched_count++) = (struct jz_touched){
        .before_lots = touched->displayed_lots,
        .market = side.market,
        .price = touched->price,
        .level = level,
        .side = side.side,
    };
    touched->touched = core->touched_count;
    core->touched_is_new |= is_new;
}

/* Lots that an entry has to tell as standing now; hands its `before` on where another entry of the
 * same price is the one to tell. Entry i carries mark i + 1 in its level, if that still stands. */
static uint64_t settle_entry(struct jz_core *core, uint32_t i)
{
    struct jz_touched *entry = jz_state_touched(core, i);
    struct jz_level *level = jz_state_level(core, entry->level);
    if (level->touched == i + 1) {
        level->touched = 0;
        return level->displayed_lots;
    }
    if (core->touched_is_new == 0) {
        return 0;
    }
    const struct jz_book_side side = {.market = entry->market, .side = (uint8_t)entry->side};
    const uint32_t again = jz_book_find(core, side, entry->price);
    if (again == 0) {
        return 0;
    }
    const uint32_t mark = jz_state_level(core, again)->touched;
    JZ_ASSERT(mark > i + 1);
    if (entry->before_lots != 0) {
        jz_state_touched(core, mark - 1)->before_lots = entry->before_lots;
    }
    return entry->before_lots; /* nothing to tell here */
}

void jz_depth_tell(struct jz_core *core, struct jz_events *events)
{
    uint32_t changed = 0;
    for (uint32_t i = 0; i < core->touched_count; i++) {
        const uint64_t after_lots = settle_entry(core, i);
        struct jz_touched entry = *jz_state_touched(core, i);
        if (after_lots != entry.before_lots) {
            entry.after_lots = after_lots;
            *jz_state_touched(core, changed++) = entry;
        }
    }
    core->touched_count = 0;
    core->touched_is_new = 0;
    if (changed == 0) {
        return;
    }
    const uint32_t market = jz_state_touched(core, 0)->market;
    const uint64_t depth_no = ++jz_state_market(core, market)->depth_no;
    for (uint32_t i = 0; i < changed; i += LEVELS_PER_EVENT) {
        struct jz_event *event = jz_events_add(events, JZ_EVENT_DEPTH);
        event->market.value = market;
        event->number = depth_no;
        event->flags = changed - i > LEVELS_PER_EVENT ? JZ_EVENT_FLAG_MORE : 0;
        for (uint32_t n = 0; n < LEVELS_PER_EVENT && i + n < changed; n++) {
            const struct jz_touched *entry = jz_state_touched(core, i + n);
            JZ_ASSERT(entry->market == market); /* a command changes one market's book */
            event->depth.levels[n] = (struct jz_depth_level){
                .price = entry->price, .side = entry->side, .lots = entry->after_lots};
        }
    }
}
