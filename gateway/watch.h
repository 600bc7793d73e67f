/* watch.h - which sessions get the execution reports of which account.
 *
 *     bucket of account -> entry {account, session} -> entry -> ...
 *     session           -> entry -> entry -> ...
 *
 * Each entry is in two lists, so that it is found by its account when a report comes, and by its
 * session when that ends.
 *
 * Threads: one at a time. Memory: all of it is taken by init.
 */
#ifndef JZ_GATEWAY_WATCH_H
#define JZ_GATEWAY_WATCH_H

#include "jiaozi/types.h"
#include "jiaozi/version.h"

#include <stdint.h>

#define JZ_WATCH_NONE UINT32_MAX

struct jz_watch_entry {
    struct jz_account_id account;
    uint32_t slot;            /* of the session */
    uint32_t next_in_bucket;  /* entry or JZ_WATCH_NONE; also links the free ones */
    uint32_t next_of_session; /* entry or JZ_WATCH_NONE */
};

struct jz_watch {
    struct jz_watch_entry *entries;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t free;
    uint32_t count; /* entries in use */
};

/* Room for so many pairs of account and session. JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_watch_init(struct jz_watch *watch, uint32_t entries_max);

/* Frees it. A zeroed watch is allowed. */
void jz_watch_deinit(struct jz_watch *watch);

/* The session of this slot watches the account. of_session is the head of the session's list,
 * JZ_WATCH_NONE when it is empty. There must be room; a pair that is there already stays one. */
void jz_watch_add(struct jz_watch *watch, struct jz_account_id account, uint32_t slot,
                  uint32_t *of_session);

/* The session watches nothing any more. */
void jz_watch_drop(struct jz_watch *watch, uint32_t *of_session);

/* The first entry of the account, and the next one behind an entry: JZ_WATCH_NONE if there is none.
 * Entries must not be dropped in between. */
uint32_t jz_watch_first(const struct jz_watch *watch, struct jz_account_id account);
uint32_t jz_watch_next(const struct jz_watch *watch, uint32_t entry);

#endif /* JZ_GATEWAY_WATCH_H */
