/* layout.c - how long a range must be, and where each table lies in it. */
#include "engine/core/state.h"

#include "engine/base/assert.h"

/* Walks the range from front to back: add_ gives the offset of the next part and moves on. The
 * same walk measures a range (core NULL) and fills in a new one. */
struct walk {
    struct jz_core *core;
    uint64_t at_bytes;
};

static uint64_t add_part(struct walk *walk, uint64_t bytes)
{
    const uint64_t at_bytes = walk->at_bytes;
    const uint64_t pages = (bytes + JZ_STATE_PAGE_BYTES - 1) / JZ_STATE_PAGE_BYTES;
    walk->at_bytes += pages * JZ_STATE_PAGE_BYTES;
    return at_bytes;
}

static void *part_at(const struct walk *walk, uint64_t at_bytes)
{
    return (unsigned char *)walk->core + at_bytes;
}

static void add_slab(struct walk *walk, struct jz_slab *slab, uint32_t capacity)
{
    const uint64_t at_bytes = add_part(walk, jz_slab_bytes(capacity));
    if (walk->core != NULL) {
        jz_slab_init(slab, capacity, part_at(walk, at_bytes));
    }
}

static void add_index(struct walk *walk, struct jz_index *index, uint32_t capacity)
{
    const uint64_t at_bytes = add_part(walk, jz_index_bytes(capacity));
    if (walk->core != NULL) {
        jz_index_init(index, capacity, part_at(walk, at_bytes));
    }
}

/* Chunks of a size class that can be in use at once. A ladder keeps a chunk only while more than a
 * quarter of it is used (any rung in the smallest class), and takes the next larger one only when
 * its own is full, so it pays with that many levels of its own. */
static uint32_t chunk_count(const struct jz_genesis *genesis, uint32_t size_class)
{
    const uint32_t count = genesis->levels >> size_class;
    return count > 0 ? count : 1;
}

static void add_ladders(struct walk *walk, const struct jz_genesis *genesis)
{
    for (uint32_t i = 0; i < JZ_STATE_LADDER_CLASSES; i++) {
        const uint64_t rungs = (uint64_t)JZ_STATE_LADDER_RUNGS_MIN << i;
        if (i > 0 && rungs / 2 >= genesis->levels) {
            break; /* the class below holds every level there is */
        }
        const uint32_t count = chunk_count(genesis, i);
        add_slab(walk, walk->core == NULL ? NULL : &walk->core->ladders[i], count);
        const uint64_t at_bytes = add_part(walk, rungs * count * sizeof(struct jz_rung));
        if (walk->core != NULL) {
            walk->core->ladder_bytes[i] = at_bytes;
        }
    }
}

static void add_all(struct walk *walk, const struct jz_genesis *genesis)
{
    struct jz_core *core = walk->core;
    (void)add_part(walk, sizeof(struct jz_core));
#define X(name, noun, record, count)                                                               \
    {                                                                                              \
        const uint64_t at_bytes = add_part(walk, (uint64_t)(count) * sizeof(record));              \
        if (core != NULL) {                                                                        \
            core->table_bytes[JZ_STATE_##name] = at_bytes;                                         \
        }                                                                                          \
    }
    JZ_STATE_TABLE_MAP(X)
#undef X
    add_slab(walk, core == NULL ? NULL : &core->orders, genesis->orders);
    add_slab(walk, core == NULL ? NULL : &core->levels, genesis->levels);
    add_ladders(walk, genesis);
    add_index(walk, core == NULL ? NULL : &core->codes, genesis->currencies);
    add_index(walk, core == NULL ? NULL : &core->pairs, genesis->markets);
    add_index(walk, core == NULL ? NULL : &core->holdings, genesis->balances);
    add_index(walk, core == NULL ? NULL : &core->clients, genesis->orders);
    add_index(walk, core == NULL ? NULL : &core->recent, JZ_SOURCES_RECENT);
}

int jz_core_check_genesis(const struct jz_genesis *genesis)
{
    const struct {
        uint32_t value;
        uint32_t min;
        uint32_t max;
    } capacities[] = {
        {genesis->currencies, 1, JZ_CURRENCIES_MAX},
        {genesis->markets, 1, JZ_MARKETS_MAX},
        {genesis->accounts, JZ_ACCOUNT_FIRST, JZ_ACCOUNTS_MAX},
        {genesis->balances, 1, JZ_BALANCES_MAX},
        {genesis->orders, 1, JZ_ORDERS_MAX},
        {genesis->levels, 1, JZ_LEVELS_MAX},
        {genesis->lanes, 1, JZ_LANES_MAX},
        {genesis->window, 1, JZ_WINDOW_MAX},
    };
    if (genesis->rules != JZ_RULES_VERSION) {
        return JZ_FIELD_RULES;
    }
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        if (capacities[i].value < capacities[i].min || capacities[i].value > capacities[i].max) {
            return JZ_FIELD_CAPACITIES;
        }
    }
    if ((genesis->window & (genesis->window - 1)) != 0) {
        return JZ_FIELD_CAPACITIES;
    }
    for (size_t i = 0; i < sizeof(genesis->reserved) / sizeof(genesis->reserved[0]); i++) {
        if (genesis->reserved[i] != 0) {
            return JZ_FIELD_V;
        }
    }
    return 0;
}

size_t jz_core_range_bytes(const struct jz_genesis *genesis)
{
    JZ_ASSERT(jz_core_check_genesis(genesis) == 0);

    struct walk walk = {.core = NULL};
    add_all(&walk, genesis);
    return (size_t)walk.at_bytes;
}

struct jz_core *jz_core_init(void *range, const struct jz_genesis *genesis)
{
    JZ_ASSERT((uintptr_t)range % JZ_STATE_PAGE_BYTES == 0);
    JZ_ASSERT(jz_core_check_genesis(genesis) == 0);

    struct jz_core *core = range;
    *core = (struct jz_core){
        .layout_version = JZ_STATE_LAYOUT_VERSION,
        .genesis = *genesis,
        .rules = genesis->rules,
    };
    struct walk walk = {.core = core};
    add_all(&walk, genesis);
    core->range_bytes = walk.at_bytes;
    return core;
}
