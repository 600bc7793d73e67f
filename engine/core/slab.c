/* slab.c - tiers of bits: find the lowest zero, keep the summaries true. */
#include "engine/core/slab.h"

#include "engine/base/assert.h"
#include "engine/core/part.h"

#define WORD_BITS 64u

static uint32_t words_of(uint32_t bits)
{
    return (bits + WORD_BITS - 1) / WORD_BITS;
}

static uint64_t *words_at(const struct jz_slab *slab, uint32_t tier)
{
    return jz_part_at(slab, slab->distance_bytes[tier]);
}

size_t jz_slab_bytes(uint32_t capacity)
{
    size_t words = 0;
    uint32_t bits = capacity;
    do {
        bits = words_of(bits);
        words += bits;
    } while (bits > 1);
    return words * sizeof(uint64_t);
}

void jz_slab_init(struct jz_slab *slab, uint32_t capacity, void *words)
{
    JZ_ASSERT(capacity > 0);
    JZ_ASSERT((uintptr_t)words > (uintptr_t)slab);

    *slab = (struct jz_slab){.capacity = capacity};
    uint64_t distance_bytes = jz_part_distance(slab, words);
    uint32_t bits = capacity;
    do {
        JZ_ASSERT(slab->tiers < JZ_SLAB_TIERS);
        bits = words_of(bits);
        slab->distance_bytes[slab->tiers++] = distance_bytes;
        distance_bytes += bits * sizeof(uint64_t);
    } while (bits > 1);
}

uint32_t jz_slab_take(struct jz_slab *slab)
{
    JZ_ASSERT(!jz_slab_is_full(slab));

    uint32_t bit = 0;
    for (uint32_t tier = slab->tiers; tier-- > 0;) {
        const uint64_t word = words_at(slab, tier)[bit];
        JZ_ASSERT(word != UINT64_MAX);
        bit = (bit * WORD_BITS) + (uint32_t)__builtin_ctzll(~word);
    }
    const uint32_t slot = bit + 1;
    for (uint32_t tier = 0; tier < slab->tiers; tier++) {
        uint64_t *word = &words_at(slab, tier)[bit / WORD_BITS];
        *word |= UINT64_C(1) << (bit % WORD_BITS);
        if (*word != UINT64_MAX) {
            break;
        }
        bit /= WORD_BITS;
    }
    JZ_ASSERT(slot <= slab->capacity);
    slab->used++;
    slab->highest = slot > slab->highest ? slot : slab->highest;
    return slot;
}

void jz_slab_give(struct jz_slab *slab, uint32_t slot)
{
    JZ_ASSERT(jz_slab_is_taken(slab, slot));

    uint32_t bit = slot - 1;
    for (uint32_t tier = 0; tier < slab->tiers; tier++) {
        uint64_t *word = &words_at(slab, tier)[bit / WORD_BITS];
        const bool was_full = *word == UINT64_MAX;
        *word &= ~(UINT64_C(1) << (bit % WORD_BITS));
        if (!was_full) {
            break;
        }
        bit /= WORD_BITS;
    }
    slab->used--;
}

bool jz_slab_is_taken(const struct jz_slab *slab, uint32_t slot)
{
    JZ_ASSERT(slot >= 1 && slot <= slab->capacity);

    const uint32_t bit = slot - 1;
    return ((words_at(slab, 0)[bit / WORD_BITS] >> (bit % WORD_BITS)) & 1) != 0;
}

uint32_t jz_slab_next(const struct jz_slab *slab, uint32_t slot)
{
    if (slot >= slab->highest) {
        return 0;
    }
    const uint64_t *words = words_at(slab, 0);
    const uint32_t last = (slab->highest - 1) / WORD_BITS;
    uint32_t index = slot / WORD_BITS;
    uint64_t word = words[index] & (UINT64_MAX << (slot % WORD_BITS));
    while (word == 0 && index < last) {
        word = words[++index];
    }
    return word == 0 ? 0 : (index * WORD_BITS) + (uint32_t)__builtin_ctzll(word) + 1;
}

void jz_slab_verify(const struct jz_slab *slab)
{
    uint32_t used = 0;
    for (uint32_t slot = jz_slab_next(slab, 0); slot != 0; slot = jz_slab_next(slab, slot)) {
        used++;
    }
    JZ_ASSERT(used == slab->used);
    JZ_ASSERT(slab->highest <= slab->capacity);
    for (uint32_t tier = 1; tier < slab->tiers; tier++) {
        const uint64_t *below = words_at(slab, tier - 1);
        const uint64_t *above = words_at(slab, tier);
        uint32_t reach = slab->highest;
        for (uint32_t i = 0; i < tier; i++) {
            reach = words_of(reach);
        }
        for (uint32_t i = 0; i < reach; i++) {
            const bool says_full = ((above[i / WORD_BITS] >> (i % WORD_BITS)) & 1) != 0;
            JZ_ASSERT(says_full == (below[i] == UINT64_MAX));
        }
    }
}
