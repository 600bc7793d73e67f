/* stage.c - the duty cycle of every thread of jiaozid. */
#include "engine/stage/stage.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

_Static_assert(sizeof(pthread_t) <= sizeof(uint64_t), "the handle fits the struct");

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void *run_cycle(void *argument)
{
    struct jz_stage *stage = argument;
    const struct jz_stage_work *work = &stage->work;
    uint32_t idle = 0;

    for (;;) {
        /* Acquire pairs with jz_stage_stop: what was handed over before the stop is seen by the
         * poll below, so nothing is left behind. */
        const bool stopping = atomic_load_explicit(&stage->stopping, memory_order_acquire) != 0;
        if (work->poll(work->self) > 0) {
            idle = 0;
            continue;
        }
        if (stopping) {
            return NULL;
        }
        idle++;
        if (idle < work->spins || work->busy_poll) {
            relax();
            continue;
        }
        idle = 0;
        work->park(work->self);
    }
}

static void *run_once(void *argument)
{
    const struct jz_stage *stage = argument;
    stage->work.run(stage->work.self);
    return NULL;
}

static int start_thread(struct jz_stage *stage, void *(*entry)(void *))
{
    /* Signals are for the main thread only. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, entry, stage);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        errno = error;
        return JZ_ESYSTEM;
    }
    (void)pthread_setname_np(thread, stage->work.name);
    stage->thread = (uint64_t)thread;
    return JZ_OK;
}

int jz_stage_start(struct jz_stage *stage, const struct jz_stage_work *work)
{
    stage->work = *work;
    atomic_init(&stage->stopping, 0);
    return start_thread(stage, run_cycle);
}

int jz_stage_run(struct jz_stage *stage, const char *name, void (*run)(void *self), void *self)
{
    stage->work = (struct jz_stage_work){.name = name, .run = run, .self = self};
    return start_thread(stage, run_once);
}

void jz_stage_join(struct jz_stage *stage)
{
    const int error = pthread_join((pthread_t)stage->thread, NULL);
    JZ_ASSERT(error == 0);
}

void jz_stage_stop(struct jz_stage *stage)
{
    /* Release pairs with run_cycle: see there. */
    atomic_store_explicit(&stage->stopping, 1, memory_order_release);
    stage->work.wake(stage->work.self);
    jz_stage_join(stage);
}
