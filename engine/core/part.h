/* part.h - from a struct to what lies at a distance behind it in the same range.
 *
 * The state has no addresses in it, so a struct knows its parts by distance. The part of a struct
 * that may only be read may only be read too: the type cannot say so without a second set of every
 * function here, so whoever gets a part by way of a const struct keeps to it.
 */
#ifndef JZ_CORE_PART_H
#define JZ_CORE_PART_H

#include <stdint.h>

static inline void *jz_part_at(const void *from, uint64_t distance_bytes)
{
    const union {
        const void *read_only;
        unsigned char *bytes;
    } whole = {.read_only = from};
    return whole.bytes + distance_bytes;
}

/* Where a part lies that is behind the struct: the distance that jz_part_at takes. */
static inline uint64_t jz_part_distance(const void *from, const void *part)
{
    return (uint64_t)((const unsigned char *)part - (const unsigned char *)from);
}

#endif /* JZ_CORE_PART_H */
