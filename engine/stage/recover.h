/* recover.h - from a data directory to a core that stands where the last durable command left it.
 *
 * The journal is the truth: opening it hands over every command, and a core made from the first
 * one, genesis, applies them all. A directory without commands gives a core that waits for genesis.
 */
#ifndef JZ_STAGE_RECOVER_H
#define JZ_STAGE_RECOVER_H

#include "engine/core/core.h"
#include "engine/journal/journal.h"

#include <stdbool.h>
#include <stdint.h>

struct jz_recovery {
    struct jz_core *core;
    void *range;
    uint64_t range_bytes;
    struct jz_genesis genesis; /* what the core was made with: the journal's, or the wanted one */
    bool is_new;               /* no genesis in the journal yet: submit it as the first command */
    uint64_t commands;         /* replayed */
    uint64_t started_ns;       /* monotonic; for progress */
    uint64_t told_ns;
    struct jz_events sink; /* where the events of the replay go, to be forgotten */
    struct jz_event room[JZ_EVENTS_PER_RECORD_MAX];
    char message[JZ_JOURNAL_MESSAGE_BYTES]; /* after an error: what, and what to do */
};

/* Opens the journal and replays it. wanted is the genesis for a directory without one. Says on
 * stderr how far it is, once a second. JZ_OK; or with nothing held and a message: what
 * jz_journal_open returns, JZ_ECORRUPT for commands that cannot be (no genesis first, rules that
 * this program does not know), JZ_ENOMEM. */
JZ_MUST_USE
int jz_recover(struct jz_recovery *recovery, struct jz_journal *journal,
               const struct jz_journal_options *options, const struct jz_genesis *wanted);

/* Gives the core's memory back. */
void jz_recover_release(struct jz_recovery *recovery);

#endif /* JZ_STAGE_RECOVER_H */
