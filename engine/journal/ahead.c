/* ahead.c - makes segments, one at a time, by whichever of two threads comes first. */
#include "engine/journal/ahead.h"

#include "engine/base/assert.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What making a segment came to. */
enum made {
    MADE_ONE = 1,
    MADE_NO_ROOM = 2,
    MADE_FAULT = 3,
};

static void signal_fd(int fd)
{
    const uint64_t one = 1;
    const ssize_t written = write(fd, &one, sizeof(one));
    JZ_ASSERT(written == (ssize_t)sizeof(one) || errno == EAGAIN); /* full: it is readable anyway */
}

static void drain_fd(int fd)
{
    uint64_t count = 0;
    const ssize_t taken = read(fd, &count, sizeof(count));
    JZ_ASSERT(taken == (ssize_t)sizeof(count) || errno == EAGAIN);
}

static bool start_making(struct jz_ahead *ahead)
{
    /* Acquire pairs with stop_making(): `ready` is as the other one left it. */
    return atomic_exchange_explicit(&ahead->making, 1, memory_order_acquire) == 0;
}

static void stop_making(struct jz_ahead *ahead)
{
    /* Release pairs with start_making(): else two could make the same segment. */
    atomic_store_explicit(&ahead->making, 0, memory_order_release);
    signal_fd(ahead->ready_fd); /* an append may be waiting for this */
}

/* Makes the segment behind the last one; the caller holds `making`. */
static enum made make_next(struct jz_ahead *ahead)
{
    /* Relaxed: whoever wrote it held `making` before us. */
    const uint32_t next = atomic_load_explicit(&ahead->ready, memory_order_relaxed) + 1;

    if (jz_segment_make(ahead->folder, next, ahead->segment_bytes) != JZ_OK) {
        if (errno == ENOSPC || errno == EDQUOT) {
            return MADE_NO_ROOM;
        }
        jz_fault_set(ahead->fault, "cannot make journal/%s", jz_segment_name(next).text);
        return MADE_FAULT;
    }
    /* Release pairs with is_ready(): the file has its name before the number says so. */
    atomic_store_explicit(&ahead->ready, next, memory_order_release);
    return MADE_ONE;
}

static bool is_ready(const struct jz_ahead *ahead, uint32_t segment)
{
    /* Acquire pairs with make_next(). */
    return atomic_load_explicit(&ahead->ready, memory_order_acquire) >= segment;
}

int jz_ahead_open(struct jz_ahead *ahead, struct jz_fault *fault)
{
    ahead->fault = fault;
    ahead->folder = -1;
    ahead->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ahead->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return ahead->wake_fd >= 0 && ahead->ready_fd >= 0 ? JZ_OK : JZ_ESYSTEM;
}

void jz_ahead_begin(struct jz_ahead *ahead, uint32_t current, uint32_t ready)
{
    /* Relaxed: whoever starts the helper hands these over with it. */
    atomic_store_explicit(&ahead->current, current, memory_order_relaxed);
    atomic_store_explicit(&ahead->ready, ready, memory_order_relaxed);
    signal_fd(ahead->wake_fd);
}

int jz_ahead_prepare(struct jz_ahead *ahead)
{
    enum made made = MADE_NO_ROOM;

    if (jz_fault_is_set(ahead->fault)) {
        return JZ_ESYSTEM;
    }
    if (!start_making(ahead)) {
        return 0; /* an append is making it, and wakes us when it takes it */
    }
    if (!is_ready(ahead, jz_ahead_current(ahead) + JZ_AHEAD_SEGMENTS)) {
        made = make_next(ahead);
    }
    stop_making(ahead);

    switch (made) {
    case MADE_ONE:
        return 1;
    case MADE_NO_ROOM:
        return 0;
    case MADE_FAULT:
        break;
    }
    return JZ_ESYSTEM;
}

int jz_ahead_await(struct jz_ahead *ahead)
{
    const uint32_t next = jz_ahead_current(ahead) + 1;
    struct pollfd stopped = {.fd = ahead->ready_fd, .events = POLLIN};

    for (;;) {
        drain_fd(ahead->ready_fd);
        if (is_ready(ahead, next)) {
            return JZ_OK;
        }
        if (jz_fault_is_set(ahead->fault)) {
            return JZ_ESYSTEM;
        }
        if (!start_making(ahead)) {
            (void)poll(&stopped, 1, -1); /* stop_making() ends it, even one before this call */
            continue;
        }
        const enum made made = is_ready(ahead, next) ? MADE_ONE : make_next(ahead);
        if (made == MADE_NO_ROOM) {
            jz_fault_set(ahead->fault, "the disk is full: there is no room for journal/%s",
                         jz_segment_name(next).text);
        }
        stop_making(ahead);
    }
}

void jz_ahead_take(struct jz_ahead *ahead)
{
    /* Relaxed: the helper only counts with it, and the wake-up makes it count again. */
    atomic_store_explicit(&ahead->current, jz_ahead_current(ahead) + 1, memory_order_relaxed);
    signal_fd(ahead->wake_fd);
}

uint32_t jz_ahead_current(const struct jz_ahead *ahead)
{
    /* Relaxed: see jz_ahead_take(). */
    return atomic_load_explicit(&ahead->current, memory_order_relaxed);
}

void jz_ahead_close(struct jz_ahead *ahead)
{
    if (ahead->wake_fd >= 0) {
        (void)close(ahead->wake_fd);
    }
    if (ahead->ready_fd >= 0) {
        (void)close(ahead->ready_fd);
    }
    ahead->wake_fd = -1;
    ahead->ready_fd = -1;
}
