/* clock.h - the only file that reads the time. The core never calls it: time comes to it in
 * commands. Any thread; never fails.
 */
#ifndef JZ_BASE_CLOCK_H
#define JZ_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment in the past; never goes back, not even when the clock is set. */
uint64_t jz_clock_monotonic_ns(void);

/* Nanoseconds since 1970 UTC as the machine believes now. */
uint64_t jz_clock_real_ns(void);

#endif /* JZ_BASE_CLOCK_H */
