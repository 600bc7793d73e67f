/* ladder.c - a sorted array: found by a look at the end, then by halving. */
#include "gateway/ladder.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN   16u
#define NEAR_LEVEL_MAX 8u /* levels looked at one by one before halving */

/* Grows towards better prices on both sides. */
static uint64_t rank_of(const struct jz_ladder *ladder, uint64_t price)
{
    return ladder->side == JZ_SIDE_BUY ? price : UINT64_MAX - price;
}

/* Index of the first level that is not worse than the price, or count. */
static uint32_t index_of(const struct jz_ladder *ladder, uint32_t price)
{
    const uint64_t rank = rank_of(ladder, price);
    uint32_t high = ladder->count;
    uint32_t low = 0;

    for (uint32_t near = 0; near < NEAR_LEVEL_MAX && high > 0; near++) {
        if (rank_of(ladder, ladder->levels[high - 1].price) < rank) {
            return high;
        }
        high--;
    }
    while (low < high) {
        const uint32_t middle = low + ((high - low) / 2);
        if (rank_of(ladder, ladder->levels[middle].price) < rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int make_room(struct jz_ladder *ladder)
{
    if (ladder->count < ladder->capacity) {
        return JZ_OK;
    }
    const uint32_t capacity = ladder->capacity == 0 ? CAPACITY_MIN : ladder->capacity * 2;
    struct jz_level *levels = realloc(ladder->levels, (size_t)capacity * sizeof(*ladder->levels));
    if (levels == NULL) {
        return JZ_ENOMEM;
    }
    ladder->levels = levels;
    ladder->capacity = capacity;
    return JZ_OK;
}

void jz_ladder_init(struct jz_ladder *ladder, enum jz_side side)
{
    *ladder = (struct jz_ladder){.side = (uint32_t)side};
}

void jz_ladder_deinit(struct jz_ladder *ladder)
{
    free(ladder->levels);
    ladder->levels = NULL;
    ladder->count = 0;
    ladder->capacity = 0;
}

int jz_ladder_set(struct jz_ladder *ladder, uint32_t price, uint64_t lots)
{
    const uint32_t index = index_of(ladder, price);
    const bool is_there = index < ladder->count && ladder->levels[index].price == price;
    const size_t behind_bytes = (ladder->count - index) * sizeof(*ladder->levels);

    if (is_there && lots == 0) {
        ladder->count--;
        memmove(&ladder->levels[index], &ladder->levels[index + 1],
                behind_bytes - sizeof(*ladder->levels));
        return JZ_OK;
    }
    if (lots == 0) {
        return JZ_OK;
    }
    if (!is_there) {
        const int status = make_room(ladder);
        if (status != JZ_OK) {
            return status;
        }
        memmove(&ladder->levels[index + 1], &ladder->levels[index], behind_bytes);
        ladder->count++;
    }
    ladder->levels[index] = (struct jz_level){.price = price, .lots = lots};
    return JZ_OK;
}

uint32_t jz_ladder_best(const struct jz_ladder *ladder, struct jz_level *levels,
                        uint32_t levels_max)
{
    const uint32_t count = ladder->count < levels_max ? ladder->count : levels_max;
    for (uint32_t i = 0; i < count; i++) {
        levels[i] = ladder->levels[ladder->count - 1 - i];
    }
    return count;
}

void jz_ladder_verify(const struct jz_ladder *ladder)
{
    JZ_ASSERT(ladder->count <= ladder->capacity);
    for (uint32_t i = 0; i < ladder->count; i++) {
        JZ_ASSERT(ladder->levels[i].lots > 0);
        if (i > 0) {
            JZ_ASSERT(rank_of(ladder, ladder->levels[i - 1].price) <
                      rank_of(ladder, ladder->levels[i].price));
        }
    }
}
