/* index.h - from a hashed key to the slot of its record: open addressing, linear probing.
 *
 * An entry is a slot and 32 bits of the key's hash, eight bytes in all; the key itself lies in the
 * record, so whoever looks compares it there:
 *
 *     struct jz_probe probe = jz_index_probe(index, hash);
 *     while ((slot = jz_index_next(index, &probe)) != 0 && !is_it(slot)) { }
 *
 * Three quarters of the entries are used at most, so a probe ends at an empty one. A removal shifts
 * the entries behind it back, so there are no graves to walk over.
 *
 * Source: D. Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R.
 */
#ifndef JZ_CORE_INDEX_H
#define JZ_CORE_INDEX_H

#include "engine/core/part.h"

#include <stddef.h>
#include <stdint.h>

struct jz_index_entry {
    uint32_t tag;  /* low half of the hash; its lowest bits are the entry's home */
    uint32_t slot; /* 0: the entry is empty */
};

struct jz_index {
    uint64_t distance_bytes; /* from this struct to the entries */
    uint32_t mask;           /* count of entries - 1 */
    uint32_t used;           /* entries that are not empty */
    uint32_t capacity;       /* most that may be used */
    uint32_t reserved;
};

struct jz_probe {
    uint32_t tag;
    uint32_t at; /* entry to look at next */
};

/* Length of the entries for so many keys. */
size_t jz_index_bytes(uint32_t capacity);

/* An empty index over jz_index_bytes(capacity) zeroed bytes, which lie behind it in one range. */
void jz_index_init(struct jz_index *index, uint32_t capacity, void *entries);

static inline struct jz_index_entry *jz_index_entries(const struct jz_index *index)
{
    return jz_part_at(index, index->distance_bytes);
}

/* A walk over the slots whose keys have this hash. */
static inline struct jz_probe jz_index_probe(const struct jz_index *index, uint64_t hash)
{
    return (struct jz_probe){.tag = (uint32_t)hash, .at = (uint32_t)hash & index->mask};
}

/* The next slot of the walk, 0 at its end. */
static inline uint32_t jz_index_next(const struct jz_index *index, struct jz_probe *probe)
{
    const struct jz_index_entry *entries = jz_index_entries(index);
    for (;;) {
        const struct jz_index_entry entry = entries[probe->at];
        if (entry.slot == 0) {
            return 0;
        }
        probe->at = (probe->at + 1) & index->mask;
        if (entry.tag == probe->tag) {
            return entry.slot;
        }
    }
}

/* Adds a slot under its key's hash. The index must not be full and not know the slot yet. */
void jz_index_insert(struct jz_index *index, uint64_t hash, uint32_t slot);

/* Takes a slot out again that was inserted under this hash. */
void jz_index_remove(struct jz_index *index, uint64_t hash, uint32_t slot);

/* Stops the process unless every entry can be reached from its home. Slow. */
void jz_index_verify(const struct jz_index *index);

#endif /* JZ_CORE_INDEX_H */
