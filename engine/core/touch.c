/* touch.c - a page that is used for the first time costs a fault of some microseconds in the middle
 * of a command; here it is paid in idle moments. Touching writes back what is there, so it changes
 * no state; how far it got is kept in the core, but is no part of any digest.
 */
#include "engine/base/assert.h"
#include "engine/core/state.h"

#define PAGES_PER_CALL 64u
#define AHEAD_BYTES    (1u << 20)  /* of a table that fills from its front */
#define WHOLE_BYTES    (64u << 20) /* of a table that is used all over: at most so much of it */

/* A part of the range, and how far it should be in memory. */
struct region {
    uint64_t at_bytes; /* from the start of the core */
    uint64_t target_bytes;
};

static struct region make_region(uint64_t at_bytes, uint64_t total_bytes, uint64_t wanted_bytes)
{
    return (struct region){
        .at_bytes = at_bytes,
        .target_bytes = wanted_bytes < total_bytes ? wanted_bytes : total_bytes,
    };
}

/* Bytes that a table should have in memory: what is used and some more, or all of it. */
static uint64_t wanted_of(const struct jz_core *core, enum jz_state_table table)
{
    switch (table) {
    case JZ_STATE_LANES:
    case JZ_STATE_NONCES:
    case JZ_STATE_SOURCES:
    case JZ_STATE_ACCOUNTS:
        return WHOLE_BYTES;
    case JZ_STATE_CURRENCIES:
        return (core->currency_count * sizeof(struct jz_currency)) + AHEAD_BYTES;
    case JZ_STATE_OPENED:
        return (core->account_count * sizeof(uint32_t)) + AHEAD_BYTES;
    case JZ_STATE_BALANCES:
        return (core->balance_count * sizeof(struct jz_balance)) + AHEAD_BYTES;
    case JZ_STATE_MARKETS:
        return (core->market_count * sizeof(struct jz_market)) + AHEAD_BYTES;
    case JZ_STATE_LEVELS:
        return (core->levels.highest * sizeof(struct jz_level)) + AHEAD_BYTES;
    case JZ_STATE_ORDERS:
    case JZ_STATE_DETAILS:
        return (core->orders.highest * sizeof(struct jz_order)) + AHEAD_BYTES;
    case JZ_STATE_TOUCHED:
        return AHEAD_BYTES;
    case JZ_STATE_TABLES:
        break;
    }
    return 0;
}

static uint64_t total_of(const struct jz_core *core, enum jz_state_table table)
{
    const struct jz_genesis *genesis = &core->genesis;
    switch (table) {
#define X(name, noun, record, count)                                                               \
    case JZ_STATE_##name:                                                                          \
        return (uint64_t)(count) * sizeof(record);
        JZ_STATE_TABLE_MAP(X)
#undef X
    case JZ_STATE_TABLES:
        break;
    }
    return 0;
}

static struct region index_region(const struct jz_core *core, const struct jz_index *index)
{
    const uint64_t at_bytes = jz_part_distance(core, jz_index_entries(index));
    return make_region(at_bytes, jz_index_bytes(index->capacity), WHOLE_BYTES);
}

static struct region slab_region(const struct jz_core *core, const struct jz_slab *slab)
{
    const uint64_t at_bytes = jz_part_distance(core, slab) + slab->distance_bytes[0];
    return make_region(at_bytes, jz_slab_bytes(slab->capacity), WHOLE_BYTES);
}

static struct region ladder_region(const struct jz_core *core, uint32_t size_class)
{
    const struct jz_slab *slab = &core->ladders[size_class];
    const uint64_t chunk_bytes =
        ((uint64_t)JZ_STATE_LADDER_RUNGS_MIN << size_class) * sizeof(struct jz_rung);
    return make_region(core->ladder_bytes[size_class], slab->capacity * chunk_bytes,
                       (slab->highest * chunk_bytes) + AHEAD_BYTES);
}

static struct region region_of(const struct jz_core *core, uint32_t number)
{
    if (number < JZ_STATE_TABLES) {
        const enum jz_state_table table = (enum jz_state_table)number;
        return make_region(core->table_bytes[table], total_of(core, table), wanted_of(core, table));
    }
    const uint32_t rest = number - JZ_STATE_TABLES;
    const struct jz_index *indexes[] = {&core->codes, &core->pairs, &core->holdings, &core->clients,
                                        &core->recent};
    const struct jz_slab *slabs[] = {&core->orders, &core->levels};
    if (rest < 5) {
        return index_region(core, indexes[rest]);
    }
    return rest < 7 ? slab_region(core, slabs[rest - 5]) : ladder_region(core, rest - 7);
}

bool jz_core_touch_ahead(struct jz_core *core)
{
    uint32_t pages = 0;
    for (uint32_t number = 0; number < JZ_STATE_REGIONS; number++) {
        const struct region region = region_of(core, number);
        uint64_t *done_bytes = &core->touched_bytes[number];
        JZ_ASSERT(region.at_bytes + region.target_bytes <= core->range_bytes);
        while (*done_bytes < region.target_bytes) {
            if (pages == PAGES_PER_CALL) {
                return true;
            }
            volatile unsigned char *byte =
                (volatile unsigned char *)core + region.at_bytes + *done_bytes;
            *byte = *byte;
            *done_bytes += JZ_STATE_PAGE_BYTES;
            pages++;
        }
    }
    return false;
}
