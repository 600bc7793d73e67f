/* journaler.h - the journal thread: what waits in the log ring goes to the disk in one write and
 * one flush, and then everybody may see it.
 *
 *     log ring --copy--> batch --append--> durable_seq --wake--> gateways
 *
 * A batch is whatever has come while the last one was written: no timer, no tuning. Room in the log
 * ring is given back as soon as the records are copied. And the keeper: a second thread that makes
 * journal segments ahead of use and watches the disk's free space.
 */
#ifndef JZ_STAGE_JOURNALER_H
#define JZ_STAGE_JOURNALER_H

#include "engine/base/limits.h"
#include "engine/journal/batch.h"
#include "engine/journal/journal.h"
#include "engine/ring/ring.h"
#include "engine/ring/share.h"

#include <stdint.h>

/* Somebody who waits for durable_seq. The cursor stays mapped as long as the thread runs. */
struct jz_journaler_listener {
    const struct jz_ring_cursor *cursor;
    int fd;
};

struct jz_journaler_options {
    struct jz_journal *journal;
    struct jz_share_exchange *exchange;
    struct jz_ring_memory log;
    struct jz_ring_cursor *log_cursor;
    int journal_fd; /* the thread sleeps on it */
    int engine_fd;  /* wakes the engine thread when it waits for room in the log ring */
    struct jz_journaler_listener listeners[JZ_GATEWAYS_MAX];
    uint32_t listener_count;
};

struct jz_journaler {
    struct jz_journaler_options options;
    struct jz_ring_reader reader;
    struct jz_batch batch;
    uint64_t last_seq; /* of the last durable command */
    uint64_t epoch;
};

/* The thread's state behind an opened journal; durable_seq becomes the journal's last sequence.
 * JZ_OK or JZ_ENOMEM. The matcher has added log_cursor to the log ring before. */
JZ_MUST_USE
int jz_journaler_init(struct jz_journaler *journaler, const struct jz_journaler_options *options);

/* One round for struct jz_stage_work: one batch. Returns its records. A batch that cannot be made
 * durable ends the process with one line: what was not acknowledged is nobody's. */
uint32_t jz_journaler_poll(void *self);
void jz_journaler_park(void *self);
void jz_journaler_wake(void *self);

void jz_journaler_deinit(struct jz_journaler *journaler);

/* The keeper's round, park and wake; self is the same struct. */
uint32_t jz_keeper_poll(void *self);
void jz_keeper_park(void *self);
void jz_keeper_wake(void *self);

#endif /* JZ_STAGE_JOURNALER_H */
