/* names.c - open addressing with linear probing, at most half full, so that a probe ends soon. */
#include "gateway/names.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64u

_Static_assert(sizeof(struct jz_name) == JZ_NAME_BYTES, "a key is compared as whole words");

static uint64_t hash_of(const struct jz_name *name)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < JZ_NAME_BYTES / 8; i++) {
        hash = (hash ^ name->word[i]) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
        hash ^= hash >> 32;
    }
    return hash;
}

static bool is_same(const struct jz_name *a, const struct jz_name *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The place of the name, or the empty place where it belongs. */
static struct jz_names_entry *place_of(struct jz_names_entry *entries, uint32_t capacity,
                                       const struct jz_name *name)
{
    const uint32_t mask = capacity - 1;
    uint32_t index = (uint32_t)hash_of(name) & mask;

    while (entries[index].number != 0 && !is_same(&entries[index].name, name)) {
        index = (index + 1) & mask;
    }
    return &entries[index];
}

static int grow(struct jz_names *names)
{
    const uint32_t capacity = names->capacity == 0 ? CAPACITY_MIN : names->capacity * 2;
    struct jz_names_entry *entries = calloc(capacity, sizeof(*entries));

    if (entries == NULL) {
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i < names->capacity; i++) {
        const struct jz_names_entry *entry = &names->entries[i];
        if (entry->number != 0) {
            *place_of(entries, capacity, &entry->name) = *entry;
        }
    }
    free(names->entries);
    names->entries = entries;
    names->capacity = capacity;
    return JZ_OK;
}

bool jz_name_make(struct jz_name *name, const char *text, size_t text_bytes)
{
    if (text_bytes > JZ_NAME_BYTES) {
        return false;
    }
    *name = (struct jz_name){0};
    memcpy(name->text, text, text_bytes);
    return true;
}

void jz_names_init(struct jz_names *names)
{
    *names = (struct jz_names){0};
}

void jz_names_deinit(struct jz_names *names)
{
    free(names->entries);
    *names = (struct jz_names){0};
}

int jz_names_put(struct jz_names *names, const struct jz_name *name, uint32_t number)
{
    JZ_ASSERT(number != 0);
    if (names->count >= names->capacity / 2) {
        const int status = grow(names);
        if (status != JZ_OK) {
            return status;
        }
    }
    struct jz_names_entry *entry = place_of(names->entries, names->capacity, name);
    names->count += entry->number == 0;
    *entry = (struct jz_names_entry){.name = *name, .number = number};
    return JZ_OK;
}

uint32_t jz_names_find(const struct jz_names *names, const struct jz_name *name)
{
    if (names->capacity == 0) {
        return 0;
    }
    return place_of(names->entries, names->capacity, name)->number;
}
