/* slab.h - which slots of a fixed pool are taken; the lowest free one goes first.
 *
 * A bit per slot, and above it tiers of bits that say "all 64 below are taken", so that the lowest
 * free slot is found by one look per tier. Zeroed memory is an empty slab: a large one costs pages
 * only as far as it was used. Lowest first keeps the used part dense and makes the slot a function
 * of nothing but the takes and gives before.
 *
 * Slots count from 1; 0 is no slot. The words lie at a distance from the struct, not at an
 * address, so both move together.
 */
#ifndef JZ_CORE_SLAB_H
#define JZ_CORE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_SLAB_TIERS 5u /* 64^5 slots */

struct jz_slab {
    uint64_t
        distance_bytes[JZ_SLAB_TIERS]; /* from this struct to the words; tier 0 has the slots */
    uint32_t tiers;
    uint32_t capacity;
    uint32_t used;    /* slots taken now */
    uint32_t highest; /* slot ever taken */
};

/* Length of the words for so many slots, a multiple of 8. */
size_t jz_slab_bytes(uint32_t capacity);

/* An empty slab over jz_slab_bytes(capacity) zeroed bytes, which lie behind it in one range. */
void jz_slab_init(struct jz_slab *slab, uint32_t capacity, void *words);

static inline bool jz_slab_is_full(const struct jz_slab *slab)
{
    return slab->used == slab->capacity;
}

/* The lowest free slot, taken. The slab must not be full. */
uint32_t jz_slab_take(struct jz_slab *slab);

/* Makes a taken slot free again. */
void jz_slab_give(struct jz_slab *slab, uint32_t slot);

/* True if the slot, 1..capacity, is taken. */
bool jz_slab_is_taken(const struct jz_slab *slab, uint32_t slot);

/* The lowest taken slot above the given one, 0 if there is none. */
uint32_t jz_slab_next(const struct jz_slab *slab, uint32_t slot);

/* Stops the process unless counts and tiers agree. Slow. */
void jz_slab_verify(const struct jz_slab *slab);

#endif /* JZ_CORE_SLAB_H */
