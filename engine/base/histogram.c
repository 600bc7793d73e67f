/* histogram.c - buckets found by the position of the highest bit. */
#include "engine/base/histogram.h"

#include "engine/base/assert.h"

#define SUB_BUCKETS (UINT64_C(1) << JZ_HISTOGRAM_BITS)

static uint32_t bucket_of(uint64_t value)
{
    if (value < SUB_BUCKETS) {
        return (uint32_t)value;
    }
    const uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - JZ_HISTOGRAM_BITS;
    const uint32_t within = (uint32_t)((value >> shift) & (SUB_BUCKETS - 1));
    return ((shift + 1) << JZ_HISTOGRAM_BITS) + within;
}

/* The largest value that falls into the bucket. */
static uint64_t edge_of(uint32_t bucket)
{
    if (bucket < SUB_BUCKETS) {
        return bucket;
    }
    const uint32_t shift = (bucket >> JZ_HISTOGRAM_BITS) - 1;
    const uint64_t within = bucket & (SUB_BUCKETS - 1);
    const uint64_t first = (SUB_BUCKETS + within) << shift;
    return first + ((UINT64_C(1) << shift) - 1);
}

void jz_histogram_add(struct jz_histogram *histogram, uint64_t value)
{
    if (histogram->count == 0 || value < histogram->value_min) {
        histogram->value_min = value;
    }
    if (value > histogram->value_max) {
        histogram->value_max = value;
    }
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
}

void jz_histogram_merge(struct jz_histogram *histogram, const struct jz_histogram *other)
{
    if (other->count == 0) {
        return;
    }
    if (histogram->count == 0 || other->value_min < histogram->value_min) {
        histogram->value_min = other->value_min;
    }
    if (other->value_max > histogram->value_max) {
        histogram->value_max = other->value_max;
    }
    histogram->count += other->count;
    for (uint32_t i = 0; i < JZ_HISTOGRAM_BUCKETS; i++) {
        histogram->buckets[i] += other->buckets[i];
    }
}

uint64_t jz_histogram_percentile(const struct jz_histogram *histogram, uint32_t of_100000)
{
    JZ_ASSERT(of_100000 <= 100000);
    const uint64_t wanted = histogram->count / 100000 * of_100000 +
                            (histogram->count % 100000 * of_100000 + 99999) / 100000;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < JZ_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0) {
            const uint64_t edge = edge_of(i);
            return edge < histogram->value_max ? edge : histogram->value_max;
        }
    }
    return 0;
}
