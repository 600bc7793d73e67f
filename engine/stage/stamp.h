/* stamp.h - which time a command gets: never back, close to real time, indifferent to clock steps.
 *
 * While it runs, time advances by the monotonic clock and is slewed towards real time by at most
 * 500 ppm. A difference over 5 s that opens while running (somebody set the clock) is reported and
 * left alone: only an operator closes it, by a restart that accepts the time.
 *
 * A pure function of the two clock readings handed in, so that it is tested without waiting.
 */
#ifndef JZ_STAGE_STAMP_H
#define JZ_STAGE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define JZ_STAMP_SLEW_PPM    500u
#define JZ_STAMP_GAP_NS      (UINT64_C(5) * 1000000000)         /* more is not slewed away */
#define JZ_STAMP_AHEAD_NS    (UINT64_C(7) * 86400 * 1000000000) /* at a start, without asking */
#define JZ_STAMP_BEHIND_NS   (UINT64_C(5) * 1000000000)         /* at a start, without asking */
#define JZ_STAMP_INTERVAL_NS (UINT64_C(1) * 1000000000)         /* between looks at real time */

struct jz_stamp {
    uint64_t given_ns;     /* last stamp given */
    uint64_t time_ns;      /* time at monotonic_ns, slewed so far */
    uint64_t monotonic_ns; /* reading that slewing has got to */
    uint64_t looked_ns;    /* monotonic reading of the last look at real time */
    int64_t slew_left_ns;  /* still to be added (or held back) to meet real time */
    bool has_gap;          /* real time is more than JZ_STAMP_GAP_NS away */
};

enum jz_stamp_start {
    JZ_STAMP_START_OK = 1,
    JZ_STAMP_START_AHEAD,  /* real time is more than 7 days after the last record */
    JZ_STAMP_START_BEHIND, /* real time is more than 5 s before the last record */
};

/* Whether a start at this real time, with last_ns the time of the last command (0: none), needs the
 * operator's word. */
enum jz_stamp_start jz_stamp_judge(uint64_t last_ns, uint64_t real_ns);

/* Starts at real time, or at last_ns where real time lies before it. */
void jz_stamp_init(struct jz_stamp *stamp, uint64_t last_ns, uint64_t real_ns,
                   uint64_t monotonic_ns);

/* The time now, at or after every time given before. */
uint64_t jz_stamp_next(struct jz_stamp *stamp, uint64_t monotonic_ns);

/* True if it is time for jz_stamp_look. */
bool jz_stamp_is_due(const struct jz_stamp *stamp, uint64_t monotonic_ns);

/* Compares with real time and sets the slew. Returns true if a gap has just opened; the caller
 * reports it. */
bool jz_stamp_look(struct jz_stamp *stamp, uint64_t real_ns, uint64_t monotonic_ns);

/* Days since 1970-01-01 in a calendar that is offset_s ahead of UTC; and when a day begins. */
uint32_t jz_stamp_day(uint64_t time_ns, int32_t offset_s);
uint64_t jz_stamp_day_start_ns(uint32_t day, int32_t offset_s);

#endif /* JZ_STAGE_STAMP_H */
