/* index.c - inserting, removing with a backward shift, checking. */
#include "engine/core/index.h"

#include "engine/base/assert.h"

/* The power of two that leaves at least a quarter of the entries empty. */
static uint64_t entries_for(uint32_t capacity)
{
    const uint64_t wanted = ((uint64_t)capacity * 4 / 3) + 1;
    uint64_t count = 4;
    while (count < wanted) {
        count *= 2;
    }
    return count;
}

size_t jz_index_bytes(uint32_t capacity)
{
    return entries_for(capacity) * sizeof(struct jz_index_entry);
}

void jz_index_init(struct jz_index *index, uint32_t capacity, void *entries)
{
    JZ_ASSERT(capacity > 0);
    JZ_ASSERT((uintptr_t)entries > (uintptr_t)index);

    const uint64_t count = entries_for(capacity);
    JZ_ASSERT(count - 1 <= UINT32_MAX);
    *index = (struct jz_index){
        .distance_bytes = jz_part_distance(index, entries),
        .mask = (uint32_t)(count - 1),
        .capacity = capacity,
    };
}

void jz_index_insert(struct jz_index *index, uint64_t hash, uint32_t slot)
{
    JZ_ASSERT(slot != 0);
    JZ_ASSERT(index->used < index->capacity);

    struct jz_index_entry *entries = jz_index_entries(index);
    uint32_t at = (uint32_t)hash & index->mask;
    while (entries[at].slot != 0) {
        JZ_ASSERT(entries[at].slot != slot);
        at = (at + 1) & index->mask;
    }
    entries[at] = (struct jz_index_entry){.tag = (uint32_t)hash, .slot = slot};
    index->used++;
}

void jz_index_remove(struct jz_index *index, uint64_t hash, uint32_t slot)
{
    struct jz_index_entry *entries = jz_index_entries(index);
    uint32_t hole = (uint32_t)hash & index->mask;
    while (entries[hole].slot != slot) {
        JZ_ASSERT(entries[hole].slot != 0);
        hole = (hole + 1) & index->mask;
    }
    /* An entry may move back into the hole if that does not take it before its home. */
    uint32_t at = (hole + 1) & index->mask;
    while (entries[at].slot != 0) {
        const uint32_t from_home = (at - entries[at].tag) & index->mask;
        const uint32_t from_hole = (at - hole) & index->mask;
        if (from_home >= from_hole) {
            entries[hole] = entries[at];
            hole = at;
        }
        at = (at + 1) & index->mask;
    }
    entries[hole] = (struct jz_index_entry){0};
    index->used--;
}

void jz_index_verify(const struct jz_index *index)
{
    const struct jz_index_entry *entries = jz_index_entries(index);
    uint32_t used = 0;
    for (uint64_t at = 0; at <= index->mask; at++) {
        if (entries[at].slot == 0) {
            continue;
        }
        used++;
        for (uint32_t i = entries[at].tag & index->mask; i != at; i = (i + 1) & index->mask) {
            JZ_ASSERT(entries[i].slot != 0);
        }
    }
    JZ_ASSERT(used == index->used);
}
