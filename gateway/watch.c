/* watch.c - buckets of linked entries. */
#include "gateway/watch.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>

static uint32_t bucket_of(const struct jz_watch *watch, struct jz_account_id account)
{
    return (account.value * 2654435769u >> 7) & watch->bucket_mask; /* 2^32 / golden ratio */
}

/* From this entry on, itself included, the first one of the account. */
static uint32_t find_from(const struct jz_watch *watch, uint32_t entry,
                          struct jz_account_id account)
{
    while (entry != JZ_WATCH_NONE && watch->entries[entry].account.value != account.value) {
        entry = watch->entries[entry].next_in_bucket;
    }
    return entry;
}

int jz_watch_init(struct jz_watch *watch, uint32_t entries_max)
{
    uint32_t buckets = 64;
    while (buckets < entries_max) {
        buckets *= 2;
    }
    *watch = (struct jz_watch){
        .entries = calloc(entries_max, sizeof(*watch->entries)),
        .buckets = calloc(buckets, sizeof(*watch->buckets)),
        .bucket_mask = buckets - 1,
        .free = JZ_WATCH_NONE,
    };
    if (watch->entries == NULL || watch->buckets == NULL) {
        jz_watch_deinit(watch);
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i < buckets; i++) {
        watch->buckets[i] = JZ_WATCH_NONE;
    }
    for (uint32_t i = 0; i < entries_max; i++) {
        watch->entries[i].next_in_bucket = watch->free;
        watch->free = i;
    }
    return JZ_OK;
}

void jz_watch_deinit(struct jz_watch *watch)
{
    free(watch->entries);
    free(watch->buckets);
    *watch = (struct jz_watch){0};
}

void jz_watch_add(struct jz_watch *watch, struct jz_account_id account, uint32_t slot,
                  uint32_t *of_session)
{
    for (uint32_t i = *of_session; i != JZ_WATCH_NONE; i = watch->entries[i].next_of_session) {
        if (watch->entries[i].account.value == account.value) {
            return;
        }
    }
    const uint32_t index = watch->free;
    JZ_ASSERT(index != JZ_WATCH_NONE);

    struct jz_watch_entry *entry = &watch->entries[index];
    uint32_t *bucket = &watch->buckets[bucket_of(watch, account)];
    watch->free = entry->next_in_bucket;
    *entry = (struct jz_watch_entry){
        .account = account,
        .slot = slot,
        .next_in_bucket = *bucket,
        .next_of_session = *of_session,
    };
    *bucket = index;
    *of_session = index;
    watch->count++;
}

void jz_watch_drop(struct jz_watch *watch, uint32_t *of_session)
{
    uint32_t index = *of_session;
    while (index != JZ_WATCH_NONE) {
        struct jz_watch_entry *entry = &watch->entries[index];
        const uint32_t next = entry->next_of_session;
        uint32_t *link = &watch->buckets[bucket_of(watch, entry->account)];
        while (*link != index) {
            link = &watch->entries[*link].next_in_bucket;
        }
        *link = entry->next_in_bucket;
        entry->next_in_bucket = watch->free;
        watch->free = index;
        watch->count--;
        index = next;
    }
    *of_session = JZ_WATCH_NONE;
}

uint32_t jz_watch_first(const struct jz_watch *watch, struct jz_account_id account)
{
    return watch->count == 0 ? JZ_WATCH_NONE
                             : find_from(watch, watch->buckets[bucket_of(watch, account)], account);
}

uint32_t jz_watch_next(const struct jz_watch *watch, uint32_t entry)
{
    const struct jz_watch_entry *is = &watch->entries[entry];
    return find_from(watch, is->next_in_bucket, is->account);
}
