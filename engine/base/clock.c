/* clock.c - two system clocks. */
#include "engine/base/clock.h"

#include "engine/base/assert.h"

#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    const int error = clock_gettime(clock, &now);
    JZ_ASSERT(error == 0);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t jz_clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t jz_clock_real_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}
