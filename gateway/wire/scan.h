/* scan.h - walks msgpack that anybody may have sent, inside its bounds and nowhere else.
 *
 * A reader holds a position and an end. Every call either moves the position behind what it took
 * and says yes, or leaves it and says no; none looks at a byte at or behind the end, allocates, or
 * believes a length: what a value claims to hold must be there.
 *
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
#ifndef JZ_WIRE_SCAN_H
#define JZ_WIRE_SCAN_H

#include "gateway/wire/wire.h"

struct jz_scan {
    const uint8_t *next;
    const uint8_t *end;
};

/* Steps over one value of any type with all that is in it. False: it is not well-formed, ends too
 * early, or holds maps and arrays more than depth deep (0: not even one). Uses constant stack and
 * time in proportion to the bytes that are there. */
JZ_MUST_USE bool jz_scan_skip(struct jz_scan *scan, uint32_t depth);

/* The head of a map or array: count entries follow. False also where fewer bytes are left than so
 * many entries need. */
JZ_MUST_USE bool jz_scan_map(struct jz_scan *scan, uint32_t *count);
JZ_MUST_USE bool jz_scan_array(struct jz_scan *scan, uint32_t *count);

/* Whether a text is UTF-8 (no surrogates, nothing over-long) and has no NUL. */
bool jz_scan_is_text(struct jz_text text);

/* Big-endian numbers of any alignment, as msgpack has them. */
static inline uint16_t jz_scan_be16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof(value));
    return __builtin_bswap16(value);
}

static inline uint32_t jz_scan_be32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return __builtin_bswap32(value);
}

static inline uint64_t jz_scan_be64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return __builtin_bswap64(value);
}

/* The long forms of jz_scan_number and jz_scan_text. */
JZ_MUST_USE bool jz_scan_long_number(struct jz_scan *scan, uint64_t *value);
JZ_MUST_USE bool jz_scan_long_text(struct jz_scan *scan, struct jz_text *text);

/* An integer from 0 to 2^64 - 1, in any encoding. False: it is something else, negative, or cut. */
JZ_MUST_USE
static inline bool jz_scan_number(struct jz_scan *scan, uint64_t *value)
{
    if (scan->next < scan->end && *scan->next < 0x80) {
        *value = *scan->next++;
        return true;
    }
    return jz_scan_long_number(scan, value);
}

/* A str, borrowed; any bytes, also none. False: it is something else, or cut. */
JZ_MUST_USE
static inline bool jz_scan_text(struct jz_scan *scan, struct jz_text *text)
{
    if (scan->next < scan->end && (*scan->next & 0xe0) == 0xa0) {
        const uint32_t length = *scan->next & 0x1f;
        if (length < (size_t)(scan->end - scan->next)) {
            *text = (struct jz_text){(const char *)scan->next + 1, length};
            scan->next += 1 + length;
            return true;
        }
        return false;
    }
    return jz_scan_long_text(scan, text);
}

#endif /* JZ_WIRE_SCAN_H */
