/* journaler.c - the journal thread and the keeper of its segments. */
#include "engine/stage/journaler.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "engine/ring/wait.h"
#include "jiaozi/status.h"

enum { DISK_LOOK_MS = 1000 };

int jz_journaler_init(struct jz_journaler *journaler, const struct jz_journaler_options *options)
{
    const struct jz_log *log = &options->journal->log;
    const struct jz_log_tail tail = jz_log_tail(log);

    *journaler = (struct jz_journaler){
        .options = *options,
        .last_seq = tail.sequence,
        .epoch = tail.epoch == 0 ? 1 : tail.epoch,
    };
    jz_ring_reader_init(&journaler->reader, &options->log, options->log_cursor);
    /* Relaxed: no other thread runs yet. */
    atomic_store_explicit(&options->exchange->durable_seq, tail.sequence, memory_order_relaxed);
    const uint32_t bytes_max =
        log->batch_bytes_max < JZ_BATCH_BYTES_MAX ? log->batch_bytes_max : JZ_BATCH_BYTES_MAX;
    return jz_batch_open(&journaler->batch, bytes_max);
}

/* Copies what waits into the batch until either is exhausted. */
static void gather(struct jz_journaler *journaler)
{
    for (;;) {
        uint32_t bytes = 0;
        const struct jz_record *record = jz_ring_peek(&journaler->reader, &bytes);
        if (record == NULL || !jz_batch_add(&journaler->batch, record, bytes)) {
            break;
        }
        jz_ring_advance(&journaler->reader);
    }
    JZ_ASSERT(!journaler->reader.fault);
    jz_ring_release(&journaler->reader);
    if (jz_ring_writer_is_waiting(&journaler->reader)) {
        jz_wait_wake(journaler->options.engine_fd);
    }
}

static void announce(const struct jz_journaler *journaler)
{
    const struct jz_journaler_options *options = &journaler->options;

    /* Seq_cst, before the look at each flag: pairs with the listener, which sets its flag and then
     * looks at durable_seq again. One of the two sees the other, so nobody sleeps over it. */
    atomic_store_explicit(&options->exchange->durable_seq, journaler->last_seq,
                          memory_order_seq_cst);
    for (uint32_t i = 0; i < options->listener_count; i++) {
        const struct jz_journaler_listener *listener = &options->listeners[i];
        if (atomic_load_explicit(&listener->cursor->waiting, memory_order_seq_cst) != 0) {
            jz_wait_wake(listener->fd);
        }
    }
}

uint32_t jz_journaler_poll(void *self)
{
    struct jz_journaler *journaler = self;
    struct jz_journal *journal = journaler->options.journal;
    struct jz_batch *batch = &journaler->batch;

    gather(journaler);
    const uint32_t count = batch->count;
    if (count == 0) {
        return 0;
    }
    const enum jz_append outcome =
        jz_log_append_if(&journal->log, journaler->last_seq, journaler->epoch, batch);
    switch (outcome) {
    case JZ_APPEND_OK:
        break;
    case JZ_APPEND_MOVED:
        jz_log_fatal("the journal has moved on without this process; it stops, nothing is lost");
    case JZ_APPEND_UNKNOWN:
        jz_log_fatal("%s; the process stops, a restart reads what is on the disk",
                     jz_journal_message(journal));
    }
    journaler->last_seq = batch->last_seq;
    jz_batch_clear(batch);
    announce(journaler);
    return count;
}

void jz_journaler_park(void *self)
{
    struct jz_journaler *journaler = self;

    jz_ring_reader_waits(&journaler->reader);
    if (!jz_ring_reader_sees(&journaler->reader)) {
        (void)jz_wait_sleep(journaler->options.journal_fd, -1);
    }
    jz_ring_reader_wakes(&journaler->reader);
}

void jz_journaler_wake(void *self)
{
    const struct jz_journaler *journaler = self;
    jz_wait_wake(journaler->options.journal_fd);
}

void jz_journaler_deinit(struct jz_journaler *journaler)
{
    jz_batch_close(&journaler->batch);
}

uint32_t jz_keeper_poll(void *self)
{
    const struct jz_journaler *journaler = self;
    struct jz_journal *journal = journaler->options.journal;
    const int made = jz_journal_prepare(journal);

    if (made < 0) {
        jz_log_fatal("%s; the process stops, a restart reads what is on the disk",
                     jz_journal_message(journal));
    }
    const bool is_full = jz_journal_is_below_reserve(journal);
    /* Relaxed: a hint to gateways, nothing is read because of it. */
    const bool was_full = atomic_exchange_explicit(&journaler->options.exchange->storage_full,
                                                   is_full, memory_order_relaxed) != 0;
    if (is_full != was_full) {
        jz_log_line(is_full ? "warning: free disk space is below the reserve; new orders are "
                              "refused with STORAGE_FULL, cancels still work"
                            : "free disk space is above the reserve again");
    }
    return made > 0 ? 1 : 0;
}

void jz_keeper_park(void *self)
{
    const struct jz_journaler *journaler = self;
    (void)jz_wait_sleep(jz_journal_wake_fd(journaler->options.journal), DISK_LOOK_MS);
}

void jz_keeper_wake(void *self)
{
    const struct jz_journaler *journaler = self;
    jz_wait_wake(jz_journal_wake_fd(journaler->options.journal));
}
