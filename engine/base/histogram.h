/* histogram.h - how often which latency occurred, in constant memory and constant time per value.
 *
 * Log-linear: below 128 each value has a bucket of its own, above that each power of two is cut
 * into 128 buckets of equal width, so that a value is known to 1 part in 128 over the whole range
 * of 64 bits. Percentiles are answered with the upper edge of their bucket, never too low.
 *
 * Memory: the caller's, zeroed is empty. Threads: one at a time; merge histograms of several.
 * Source: the scheme of Gil Tene's HdrHistogram, with binary instead of decimal precision.
 */
#ifndef JZ_BASE_HISTOGRAM_H
#define JZ_BASE_HISTOGRAM_H

#include <stdint.h>

#define JZ_HISTOGRAM_BITS    7u
#define JZ_HISTOGRAM_BUCKETS ((64u - JZ_HISTOGRAM_BITS + 1u) << JZ_HISTOGRAM_BITS)

struct jz_histogram {
    uint64_t count;     /* values added */
    uint64_t value_min; /* smallest of them; undefined while count is 0 */
    uint64_t value_max; /* largest of them */
    uint64_t buckets[JZ_HISTOGRAM_BUCKETS];
};

/* Adds one value. */
void jz_histogram_add(struct jz_histogram *histogram, uint64_t value);

/* Adds all values of another histogram. */
void jz_histogram_merge(struct jz_histogram *histogram, const struct jz_histogram *other);

/* The smallest value that at least so many of 100,000 values do not exceed, to 1 part in 128
 * upwards, and at most the largest value added: 50,000 is the median, 99,900 is p99.9. 0 if empty.
 */
uint64_t jz_histogram_percentile(const struct jz_histogram *histogram, uint32_t of_100000);

#endif /* JZ_BASE_HISTOGRAM_H */
