/* stage.h - one thread with its duty cycle: do what is ready, say how much, sleep when nothing is.
 *
 * What a thread does is a struct of its own with a poll function, so that the same struct runs
 * without a thread in a test. This is the only file that starts threads.
 */
#ifndef JZ_STAGE_STAGE_H
#define JZ_STAGE_STAGE_H

#include "jiaozi/version.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Polls without work before a thread parks. A spin is a pause of some 40 ns: long enough to meet a
 * hand-over in flight, short against the 5-15 us that a sleep and a wake-up cost. */
#define JZ_STAGE_SPINS 64u

struct jz_stage_work {
    const char *name; /* at most 15 characters, shown by the system's tools */
    void *self;
    uint32_t (*poll)(void *self); /* does what is ready; how much that was, 0: nothing */
    void (*park)(void *self);     /* sleeps until there may be work or wake was called */
    void (*wake)(void *self);     /* ends a park from another thread */
    void (*run)(void *self);      /* jz_stage_run: instead of the cycle */
    uint32_t spins;               /* polls without work before a park */
    bool busy_poll;               /* never park */
};

struct jz_stage {
    struct jz_stage_work work;
    uint64_t thread;           /* the system's handle */
    _Atomic uint32_t stopping; /* 1: leave the cycle as soon as a poll finds nothing */
};

/* Starts the thread. JZ_OK or JZ_ESYSTEM. The struct outlives it. */
JZ_MUST_USE
int jz_stage_start(struct jz_stage *stage, const struct jz_stage_work *work);

/* Starts a thread that does one thing, run(self), and ends. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE
int jz_stage_run(struct jz_stage *stage, const char *name, void (*run)(void *self), void *self);

/* Waits until the thread of jz_stage_run has ended. */
void jz_stage_join(struct jz_stage *stage);

/* Asks the thread to finish what is ready, and waits until it has ended. */
void jz_stage_stop(struct jz_stage *stage);

#endif /* JZ_STAGE_STAGE_H */
