/* ahead.h - segments that are ready before anybody needs them.
 *
 *     helper thread:     sleeps on wake_fd -> prepare, until it says 0
 *     appending thread:  await the segment -> open it -> take it, which wakes the helper
 *
 * Whoever makes a segment holds `making`: that is the helper, or, if it is late or there is none,
 * an append that cannot go on. The other one waits for the same segment instead of making it twice.
 */
#ifndef JZ_JOURNAL_AHEAD_H
#define JZ_JOURNAL_AHEAD_H

#include "engine/journal/fault.h"
#include "jiaozi/version.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define JZ_AHEAD_SEGMENTS 2u /* ready behind the one being written */

/* Fields are private to ahead.c but for wake_fd. */
struct jz_ahead {
    int folder; /* of the segments; this group is constant after open */
    uint64_t segment_bytes;
    struct jz_fault *fault; /* borrowed */
    int wake_fd;            /* eventfd: a segment was taken */
    int ready_fd;           /* eventfd: whoever was making a segment has stopped */

    alignas(128) _Atomic uint32_t current; /* segment being written; by the appending thread */
    alignas(128) _Atomic uint32_t ready;   /* last segment made; by whoever holds `making` */
    _Atomic uint32_t making;               /* 1: somebody makes the segment behind `ready` */
};

/* Before anybody else knows of it. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE
int jz_ahead_open(struct jz_ahead *ahead, struct jz_fault *fault);

/* Segments up to `ready` are there, and `current` is being written. Wakes the helper. */
void jz_ahead_begin(struct jz_ahead *ahead, uint32_t current, uint32_t ready);

/* Helper thread: makes the next segment if fewer than JZ_AHEAD_SEGMENTS are ready. 1: made one; 0:
 * nothing to do, or no room on the disk; JZ_ESYSTEM: the fault is set. */
JZ_MUST_USE
int jz_ahead_prepare(struct jz_ahead *ahead);

/* Appending thread: returns when the segment behind the current one is there, and makes it if need
 * be. JZ_OK, or JZ_ESYSTEM: the fault is set, to the full disk if it is that. */
JZ_MUST_USE
int jz_ahead_await(struct jz_ahead *ahead);

/* Appending thread: the segment behind the current one is the current one now. */
void jz_ahead_take(struct jz_ahead *ahead);

/* Number of the segment being written. Any thread. */
uint32_t jz_ahead_current(const struct jz_ahead *ahead);

/* When nobody else uses it any longer. */
void jz_ahead_close(struct jz_ahead *ahead);

#endif /* JZ_JOURNAL_AHEAD_H */
