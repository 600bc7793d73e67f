/* log.h - the one ordered run of commands, whoever keeps it.
 *
 * Behind this interface is the journal in files of this machine (journal.h); a replicated one can
 * come behind it later, and nobody who holds a struct jz_log would know. A batch goes in whole or
 * not at all, and only behind the sequence that the caller believes to be the last one: a deposed
 * writer is told that the tail has moved and appends nothing.
 *
 *     fill a jz_batch -> jz_log_append_if -> JZ_APPEND_OK: everything up to batch->last_seq is
 * durable
 *
 * Threads: one at a time. Memory: the backend's, until it is closed.
 */
#ifndef JZ_JOURNAL_LOG_H
#define JZ_JOURNAL_LOG_H

#include "engine/base/hash.h"
#include "engine/journal/batch.h"
#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdint.h>

/* What became of a batch. */
enum jz_append {
    JZ_APPEND_OK = 1,      /* it is durable */
    JZ_APPEND_MOVED = 2,   /* it is not in the log: the tail or its epoch is not what was named */
    JZ_APPEND_UNKNOWN = 3, /* it may or may not be in the log: stop the process, start anew */
};

/* The end of the log. All zero: it is empty. */
struct jz_log_tail {
    uint64_t sequence;     /* of the last command */
    uint64_t epoch;        /* of the writer who appended it */
    uint64_t batch;        /* number of the last batch, from 1 without gaps */
    struct jz_sha256 hash; /* of the last batch, and so of the chain up to it */
};

/* Takes one record of a read; it is aligned to 64 bytes and good during the call. JZ_OK to go on;
 * any other status ends the read with it. */
typedef int (*jz_log_record_fn)(void *context, const struct jz_record *record);

/* One per backend. self is the backend's; the comments of the calls below are the contract. */
struct jz_log_methods {
    enum jz_append (*append_if)(void *self, uint64_t previous_seq, uint64_t epoch,
                                struct jz_batch *batch);
    int (*read)(void *self, uint64_t from_seq, jz_log_record_fn take, void *context);
    struct jz_log_tail (*tail)(const void *self);
};

struct jz_log {
    const struct jz_log_methods *methods;
    void *self;
    uint32_t batch_bytes_max; /* longest batch it takes, for jz_batch_open */
};

/* Appends a batch of at least one record, whose first sequence is previous_seq + 1, if the log ends
 * at previous_seq and knows no higher epoch (from 1). One write and one flush; blocks for both. The
 * batch's header and trailer are filled in; its records stay the caller's. After UNKNOWN every
 * further append is UNKNOWN too. */
static inline enum jz_append jz_log_append_if(const struct jz_log *log, uint64_t previous_seq,
                                              uint64_t epoch, struct jz_batch *batch)
{
    return log->methods->append_if(log->self, previous_seq, epoch, batch);
}

/* Gives all records from from_seq on, in order, each batch verified before its first record.
 * JZ_OK at the tail; JZ_ECORRUPT, JZ_ESYSTEM or what take returned. */
JZ_MUST_USE
static inline int jz_log_read(const struct jz_log *log, uint64_t from_seq, jz_log_record_fn take,
                              void *context)
{
    return log->methods->read(log->self, from_seq, take, context);
}

/* Where the log ends now. */
static inline struct jz_log_tail jz_log_tail(const struct jz_log *log)
{
    return log->methods->tail(log->self);
}

#endif /* JZ_JOURNAL_LOG_H */
