/* book.c - sorted ladders of levels, and the list of orders in each level. */
#include "engine/core/book.h"

#include "engine/base/assert.h"
#include "engine/core/depth.h"

#include <string.h>

static uint32_t side_index(uint8_t side)
{
    JZ_ASSERT(side == JZ_SIDE_BUY || side == JZ_SIDE_SELL);
    return side == JZ_SIDE_BUY ? 0 : 1;
}

/* Grows with the better price on both sides; its own inverse. */
static uint32_t key_of(uint8_t side, uint32_t price)
{
    return side == JZ_SIDE_BUY ? price : ~price;
}

static struct jz_ladder ladder_of(const struct jz_core *core, struct jz_book_side side)
{
    return jz_state_market(core, side.market)->ladder[side_index(side.side)];
}

static struct jz_rung *rungs_of(const struct jz_core *core, struct jz_book_side side)
{
    const struct jz_market *market = jz_state_market(core, side.market);
    const uint32_t index = side_index(side.side);
    return jz_state_rungs(core, market->ladder_class[index], market->ladder[index].chunk);
}

/* How many rungs have a key below the given one. */
static uint32_t rungs_below(const struct jz_rung *rungs, uint32_t count, uint32_t key)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + ((high - low) / 2);
        if (rungs[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t jz_book_best(const struct jz_core *core, struct jz_book_side side)
{
    const struct jz_ladder ladder = ladder_of(core, side);
    return ladder.count == 0 ? 0 : rungs_of(core, side)[ladder.count - 1].level;
}

uint32_t jz_book_find(const struct jz_core *core, struct jz_book_side side, uint32_t price)
{
    const struct jz_ladder ladder = ladder_of(core, side);
    if (ladder.count == 0) {
        return 0;
    }
    const struct jz_rung *rungs = rungs_of(core, side);
    const uint32_t key = key_of(side.side, price);
    const uint32_t at = rungs_below(rungs, ladder.count, key);
    return at < ladder.count && rungs[at].key == key ? rungs[at].level : 0;
}

uint32_t jz_book_next(const struct jz_core *core, struct jz_book_side side, uint32_t price)
{
    const struct jz_ladder ladder = ladder_of(core, side);
    if (price == 0 || ladder.count == 0) {
        return jz_book_best(core, side);
    }
    const struct jz_rung *rungs = rungs_of(core, side);
    const uint32_t below = rungs_below(rungs, ladder.count, key_of(side.side, price));
    return below == 0 ? 0 : rungs[below - 1].level;
}

uint32_t jz_book_count(const struct jz_core *core, struct jz_book_side side)
{
    return ladder_of(core, side).count;
}

/* Moves a ladder into a chunk of another size class. */
static void move_ladder(struct jz_core *core, struct jz_book_side side, uint8_t size_class)
{
    struct jz_market *market = jz_state_market(core, side.market);
    const uint32_t index = side_index(side.side);
    struct jz_ladder *ladder = &market->ladder[index];
    JZ_ASSERT(ladder->count <= (uint64_t)JZ_STATE_LADDER_RUNGS_MIN << size_class);

    const uint32_t chunk = jz_slab_take(&core->ladders[size_class]);
    memcpy(jz_state_rungs(core, size_class, chunk), rungs_of(core, side),
           ladder->count * sizeof(struct jz_rung));
    jz_slab_give(&core->ladders[market->ladder_class[index]], ladder->chunk);
    ladder->chunk = chunk;
    market->ladder_class[index] = size_class;
}

/* Makes room for one more rung, in a first or larger chunk where need be. */
static void grow_ladder(struct jz_core *core, struct jz_book_side side)
{
    struct jz_market *market = jz_state_market(core, side.market);
    const uint32_t index = side_index(side.side);
    struct jz_ladder *ladder = &market->ladder[index];

    if (ladder->count == 0) {
        ladder->chunk = jz_slab_take(&core->ladders[0]);
        market->ladder_class[index] = 0;
    } else if (ladder->count == JZ_STATE_LADDER_RUNGS_MIN << market->ladder_class[index]) {
        move_ladder(core, side, (uint8_t)(market->ladder_class[index] + 1));
    }
}

static void remove_rung(struct jz_core *core, struct jz_book_side side, uint32_t price)
{
    struct jz_market *market = jz_state_market(core, side.market);
    const uint32_t index = side_index(side.side);
    struct jz_ladder *ladder = &market->ladder[index];
    struct jz_rung *rungs = rungs_of(core, side);
    const uint32_t at = rungs_below(rungs, ladder->count, key_of(side.side, price));
    JZ_ASSERT(at < ladder->count && rungs[at].key == key_of(side.side, price));

    ladder->count--;
    memmove(&rungs[at], &rungs[at + 1], (ladder->count - at) * sizeof(*rungs));
    const uint8_t size_class = market->ladder_class[index];
    if (ladder->count == 0) {
        jz_slab_give(&core->ladders[size_class], ladder->chunk);
        ladder->chunk = 0;
        market->ladder_class[index] = 0;
    } else if (size_class > 0 && ladder->count <= UINT32_C(1) << size_class) {
        move_ladder(core, side, (uint8_t)(size_class - 1));
    }
}

/* Makes the level of a price; at is how many rungs of its side are worse. */
static uint32_t make_level(struct jz_core *core, struct jz_book_side side, uint32_t price,
                           uint32_t at)
{
    struct jz_ladder *ladder = &jz_state_market(core, side.market)->ladder[side_index(side.side)];
    const uint32_t level = jz_slab_take(&core->levels);
    *jz_state_level(core, level) = (struct jz_level){.price = price};

    grow_ladder(core, side);
    struct jz_rung *rungs = rungs_of(core, side);
    memmove(&rungs[at + 1], &rungs[at], (ladder->count - at) * sizeof(*rungs));
    rungs[at] = (struct jz_rung){.key = key_of(side.side, price), .level = level};
    ladder->count++;
    return level;
}

/* The level of a price, made if it is not there. */
static uint32_t get_level(struct jz_core *core, struct jz_book_side side, uint32_t price)
{
    const struct jz_ladder ladder = ladder_of(core, side);
    uint32_t at = 0;
    if (ladder.count > 0) {
        const struct jz_rung *rungs = rungs_of(core, side);
        const uint32_t key = key_of(side.side, price);
        at = rungs_below(rungs, ladder.count, key);
        if (at < ladder.count && rungs[at].key == key) {
            return rungs[at].level;
        }
    }
    return make_level(core, side, price, at);
}

static struct jz_book_side side_of(const struct jz_order *order)
{
    return (struct jz_book_side){.market = order->market, .side = order->side};
}

void jz_book_append(struct jz_core *core, uint32_t slot)
{
    struct jz_order *order = jz_state_order(core, slot);
    const struct jz_book_side side = side_of(order);
    JZ_ASSERT(order->level == 0);
    JZ_ASSERT(order->open_lots > 0);

    const uint32_t at = get_level(core, side, order->price);
    jz_depth_touch(core, side, at);
    struct jz_level *level = jz_state_level(core, at);
    order->level = at;
    order->next = 0;
    order->prev = level->tail;
    order->displayed_lots = order->open_lots;
    if (level->tail == 0) {
        level->head = slot;
    } else {
        jz_state_order(core, level->tail)->next = slot;
    }
    level->tail = slot;
    level->orders++;
    level->displayed_lots += order->displayed_lots;
}

void jz_book_remove(struct jz_core *core, uint32_t slot)
{
    struct jz_order *order = jz_state_order(core, slot);
    const uint32_t at = order->level;
    struct jz_level *level = jz_state_level(core, at);
    JZ_ASSERT(at != 0);
    JZ_ASSERT(level->displayed_lots >= order->displayed_lots);

    jz_depth_touch(core, side_of(order), at);
    if (order->prev == 0) {
        level->head = order->next;
    } else {
        jz_state_order(core, order->prev)->next = order->next;
    }
    if (order->next == 0) {
        level->tail = order->prev;
    } else {
        jz_state_order(core, order->next)->prev = order->prev;
    }
    level->displayed_lots -= order->displayed_lots;
    level->orders--;
    order->level = 0;
    order->next = 0;
    order->prev = 0;
    order->displayed_lots = 0;
    if (level->orders == 0) {
        JZ_ASSERT(level->displayed_lots == 0);
        remove_rung(core, side_of(order), order->price);
        level->touched = 0;
        jz_slab_give(&core->levels, at);
    }
}

void jz_book_reduce(struct jz_core *core, uint32_t slot, uint64_t lots)
{
    struct jz_order *order = jz_state_order(core, slot);
    JZ_ASSERT(order->level != 0);
    JZ_ASSERT(lots <= order->displayed_lots && lots <= order->open_lots);

    if (lots == order->open_lots) {
        jz_book_remove(core, slot);
        order->open_lots = 0;
        return;
    }
    jz_depth_touch(core, side_of(order), order->level);
    order->open_lots -= lots;
    order->displayed_lots -= lots;
    jz_state_level(core, order->level)->displayed_lots -= lots;
}

/* The list of one level agrees with its counts; returns nothing, stops where it does not. */
static void verify_level(const struct jz_core *core, struct jz_book_side side, uint32_t at)
{
    const struct jz_level *level = jz_state_level(core, at);
    uint64_t displayed_lots = 0;
    uint64_t seq = 0;
    uint32_t orders = 0;
    uint32_t prev = 0;
    JZ_ASSERT(jz_slab_is_taken(&core->levels, at));
    JZ_ASSERT(level->touched == 0);
    for (uint32_t slot = level->head; slot != 0; slot = jz_state_order(core, slot)->next) {
        const struct jz_order *order = jz_state_order(core, slot);
        JZ_ASSERT(order->is_live == 1 && order->level == at && order->prev == prev);
        JZ_ASSERT(order->market == side.market && order->side == side.side);
        JZ_ASSERT(order->price == level->price);
        JZ_ASSERT(order->displayed_lots > 0 && order->displayed_lots <= order->open_lots);
        JZ_ASSERT(order->seq > seq);
        displayed_lots += order->displayed_lots;
        seq = order->seq;
        prev = slot;
        orders++;
    }
    JZ_ASSERT(orders > 0 && orders == level->orders && prev == level->tail);
    JZ_ASSERT(displayed_lots == level->displayed_lots);
}

static void verify_side(const struct jz_core *core, struct jz_book_side side)
{
    const struct jz_market *market = jz_state_market(core, side.market);
    const struct jz_ladder ladder = ladder_of(core, side);
    const uint8_t size_class = market->ladder_class[side_index(side.side)];
    if (ladder.count == 0) {
        JZ_ASSERT(ladder.chunk == 0);
        return;
    }
    JZ_ASSERT(jz_slab_is_taken(&core->ladders[size_class], ladder.chunk));
    JZ_ASSERT(ladder.count <= JZ_STATE_LADDER_RUNGS_MIN << size_class);
    JZ_ASSERT(size_class == 0 || ladder.count > UINT32_C(1) << size_class);
    const struct jz_rung *rungs = rungs_of(core, side);
    for (uint32_t i = 0; i < ladder.count; i++) {
        const uint32_t price = jz_state_level(core, rungs[i].level)->price;
        JZ_ASSERT(i == 0 || rungs[i - 1].key < rungs[i].key);
        JZ_ASSERT(rungs[i].key == key_of(side.side, price));
        JZ_ASSERT(price >= market->price_min && price <= market->price_max);
        JZ_ASSERT(price % market->tick_price == 0);
        verify_level(core, side, rungs[i].level);
    }
}

void jz_book_verify(const struct jz_core *core, uint32_t market)
{
    const struct jz_book_side buys = {.market = market, .side = JZ_SIDE_BUY};
    const struct jz_book_side sells = {.market = market, .side = JZ_SIDE_SELL};
    const uint32_t bid = jz_book_best(core, buys);
    const uint32_t ask = jz_book_best(core, sells);

    verify_side(core, buys);
    verify_side(core, sells);
    if (bid != 0 && ask != 0) {
        JZ_ASSERT(jz_state_level(core, bid)->price < jz_state_level(core, ask)->price);
    }
}
