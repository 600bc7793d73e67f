/* stamp.c - slewing arithmetic on two clocks. */
#include "engine/stage/stamp.h"

#include "engine/base/assert.h"

static const uint64_t second_ns = UINT64_C(1000000000);
static const uint64_t day_s = 86400;
static const uint64_t slew_step_ns = 1000000; /* 1 ms: a step's slew in ppm is then in ns */

enum jz_stamp_start jz_stamp_judge(uint64_t last_ns, uint64_t real_ns)
{
    if (last_ns == 0) {
        return JZ_STAMP_START_OK;
    }
    if (real_ns > last_ns && real_ns - last_ns > JZ_STAMP_AHEAD_NS) {
        return JZ_STAMP_START_AHEAD;
    }
    if (real_ns < last_ns && last_ns - real_ns > JZ_STAMP_BEHIND_NS) {
        return JZ_STAMP_START_BEHIND;
    }
    return JZ_STAMP_START_OK;
}

void jz_stamp_init(struct jz_stamp *stamp, uint64_t last_ns, uint64_t real_ns,
                   uint64_t monotonic_ns)
{
    *stamp = (struct jz_stamp){
        .given_ns = real_ns > last_ns ? real_ns : last_ns,
        .time_ns = real_ns > last_ns ? real_ns : last_ns,
        .monotonic_ns = monotonic_ns,
        .looked_ns = monotonic_ns,
    };
}

uint64_t jz_stamp_next(struct jz_stamp *stamp, uint64_t monotonic_ns)
{
    JZ_ASSERT(monotonic_ns >= stamp->monotonic_ns);

    /* Slewing goes in whole milliseconds; what is left of one waits for the next call. */
    const uint64_t whole_ns = (monotonic_ns - stamp->monotonic_ns) / slew_step_ns * slew_step_ns;
    const int64_t most_ns = (int64_t)(whole_ns / slew_step_ns * JZ_STAMP_SLEW_PPM);
    int64_t slew_ns = stamp->slew_left_ns;

    slew_ns = slew_ns > most_ns ? most_ns : slew_ns;
    slew_ns = slew_ns < -most_ns ? -most_ns : slew_ns;
    stamp->slew_left_ns -= slew_ns;
    stamp->time_ns += (uint64_t)((int64_t)whole_ns + slew_ns);
    stamp->monotonic_ns += whole_ns;

    const uint64_t now_ns = stamp->time_ns + (monotonic_ns - stamp->monotonic_ns);
    stamp->given_ns = now_ns > stamp->given_ns ? now_ns : stamp->given_ns;
    return stamp->given_ns;
}

bool jz_stamp_is_due(const struct jz_stamp *stamp, uint64_t monotonic_ns)
{
    return monotonic_ns - stamp->looked_ns >= JZ_STAMP_INTERVAL_NS;
}

bool jz_stamp_look(struct jz_stamp *stamp, uint64_t real_ns, uint64_t monotonic_ns)
{
    const uint64_t time_ns = jz_stamp_next(stamp, monotonic_ns);
    const bool had_gap = stamp->has_gap;
    const int64_t difference_ns = (int64_t)(real_ns - time_ns);
    const uint64_t distance_ns = difference_ns < 0 ? time_ns - real_ns : real_ns - time_ns;

    stamp->looked_ns = monotonic_ns;
    stamp->has_gap = distance_ns > JZ_STAMP_GAP_NS;
    stamp->slew_left_ns = stamp->has_gap ? 0 : difference_ns;
    return stamp->has_gap && !had_gap;
}

uint32_t jz_stamp_day(uint64_t time_ns, int32_t offset_s)
{
    return (uint32_t)(((int64_t)(time_ns / second_ns) + offset_s) / (int64_t)day_s);
}

uint64_t jz_stamp_day_start_ns(uint32_t day, int32_t offset_s)
{
    return (uint64_t)((int64_t)(day * day_s) - offset_s) * second_ns;
}
