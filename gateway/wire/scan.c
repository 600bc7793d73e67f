/* scan.c - bounded steps over msgpack; see scan.h. */
#include "gateway/wire/scan.h"

#include "engine/base/assert.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are swapped to little-endian");

static size_t left_of(const struct jz_scan *scan)
{
    return (size_t)(scan->end - scan->next);
}

bool jz_scan_long_number(struct jz_scan *scan, uint64_t *value)
{
    if (left_of(scan) < 1) {
        return false;
    }
    /* 0xcc..0xcf are unsigned of 1, 2, 4 and 8 bytes, 0xd0..0xd3 the same signed. */
    const uint8_t head = scan->next[0];
    if (head < 0xcc || head > 0xd3) {
        return head < 0x80 ? (*value = head, scan->next++, true) : false;
    }
    const uint32_t width = 1u << ((head - 0xccu) & 3u);
    if (left_of(scan) < 1 + width) {
        return false;
    }
    const uint8_t *bytes = scan->next + 1;
    const uint64_t read = width == 8   ? jz_scan_be64(bytes)
                          : width == 4 ? jz_scan_be32(bytes)
                          : width == 2 ? jz_scan_be16(bytes)
                                       : bytes[0];
    const bool is_signed = head >= 0xd0;
    if (is_signed && read >> (8 * width - 1) != 0) {
        return false;
    }
    *value = read;
    scan->next += 1 + width;
    return true;
}

/* Steps over a head and reads the length of 0 (none), 1, 2 or 4 bytes behind it. False: cut. */
static bool take_length(struct jz_scan *scan, uint32_t width, uint32_t *length)
{
    if (left_of(scan) < 1 + width) {
        return false;
    }
    const uint8_t *bytes = scan->next + 1;
    *length = width == 4   ? jz_scan_be32(bytes)
              : width == 2 ? jz_scan_be16(bytes)
              : width == 1 ? bytes[0]
                           : 0;
    scan->next += 1 + width;
    return true;
}

bool jz_scan_long_text(struct jz_scan *scan, struct jz_text *text)
{
    const uint8_t *const start = scan->next;
    uint32_t length = 0;
    if (left_of(scan) < 1 || *start < 0xd9 || *start > 0xdb) {
        return false;
    }
    if (!take_length(scan, 1u << (*start - 0xd9u), &length) || length > left_of(scan)) {
        scan->next = start;
        return false;
    }
    *text = (struct jz_text){(const char *)scan->next, length};
    scan->next += length;
    return true;
}

/* A head whose short form is short_head with a mask of the count, its 2-byte form at long_head and
 * its 4-byte form right after; per bytes are the least that an entry has. */
static bool take_count(struct jz_scan *scan, uint8_t short_head, uint8_t long_head, uint32_t per,
                       uint32_t *count)
{
    const uint8_t *const start = scan->next;
    if (left_of(scan) < 1) {
        return false;
    }
    if ((*start & 0xf0) == short_head) {
        *count = *start & 0x0f;
        scan->next++;
    } else if (*start == long_head || *start == long_head + 1) {
        if (!take_length(scan, *start == long_head ? 2 : 4, count)) {
            return false;
        }
    } else {
        return false;
    }
    if ((uint64_t)*count * per > left_of(scan)) {
        scan->next = start;
        return false;
    }
    return true;
}

bool jz_scan_map(struct jz_scan *scan, uint32_t *count)
{
    return take_count(scan, 0x80, 0xde, 2, count);
}

bool jz_scan_array(struct jz_scan *scan, uint32_t *count)
{
    return take_count(scan, 0x90, 0xdc, 1, count);
}

#define FOUR(bytes)    bytes, bytes, bytes, bytes
#define SIXTEEN(bytes) FOUR(bytes), FOUR(bytes), FOUR(bytes), FOUR(bytes)
#define HALF(bytes)    SIXTEEN(bytes), SIXTEEN(bytes), SIXTEEN(bytes), SIXTEEN(bytes)

/* All bytes of a value by its head; 0 where the head alone does not say, or is none. */
static const uint8_t sizes[256] = {
    HALF(1),    HALF(1),    /* 0x00 small numbers */
    SIXTEEN(0), SIXTEEN(0), /* 0x80 small maps and arrays */
    1,          2,          3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, /* 0xa0 short
                                                                                       texts */
    17,         18,         19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 1,
    0,          1,          1,                     /* 0xc0 nil, never used, false, true */
    0,          0,          0,  0,  0,  0,         /* 0xc4 bin and ext */
    5,          9,                                 /* 0xca floats */
    2,          3,          5,  9,  2,  3,  5,  9, /* 0xcc numbers */
    3,          4,          6,  10, 18,            /* 0xd4 ext of fixed length */
    0,          0,          0,                     /* 0xd9 texts */
    0,          0,          0,  0,                 /* 0xdc arrays and maps */
    SIXTEEN(1), SIXTEEN(1),                        /* 0xe0 small negative numbers */
};

/* Steps over a text, bin or ext that has a length field. False also for any other head. */
static bool skip_long(struct jz_scan *scan)
{
    const uint8_t head = *scan->next;
    const bool is_bin = head >= 0xc4 && head <= 0xc6;
    const bool is_ext = head >= 0xc7 && head <= 0xc9;
    const bool is_text = head >= 0xd9 && head <= 0xdb;
    uint32_t length = 0;
    if (!is_bin && !is_ext && !is_text) {
        return false;
    }
    const uint32_t first = is_bin ? 0xc4 : is_ext ? 0xc7 : 0xd9;
    if (!take_length(scan, 1u << (head - first), &length)) {
        return false;
    }
    const uint64_t bytes = (uint64_t)length + is_ext; /* an ext has its type before its bytes */
    if (bytes > left_of(scan)) {
        return false;
    }
    scan->next += bytes;
    return true;
}

/* Steps over up to *count values that hold no others and whose head says their size; stops at the
 * first that is another one. False: the next one is cut. */
static bool skip_simple(struct jz_scan *scan, uint64_t *count)
{
    const uint8_t *at = scan->next;
    size_t bytes_left = left_of(scan);
    uint64_t left = *count;
    while (left > 0) {
        if (bytes_left == 0) {
            return false;
        }
        /* Small numbers and short texts are most of a request, and computing their size is quicker
         * than waiting for the table: the next head cannot be read before. */
        const uint8_t head = *at;
        const size_t bytes = head < 0x80               ? 1u
                             : (head & 0xe0u) == 0xa0u ? 1u + (head & 0x1fu)
                                                       : sizes[head];
        if (bytes > bytes_left) {
            return false;
        }
        if (bytes == 0) {
            break;
        }
        at += bytes;
        bytes_left -= bytes;
        left--;
    }
    scan->next = at;
    *count = left;
    return true;
}

bool jz_scan_skip(struct jz_scan *scan, uint32_t depth)
{
    JZ_ASSERT(depth <= JZ_WIRE_DEPTH_MAX);
    const uint8_t *const start = scan->next;
    uint64_t open[JZ_WIRE_DEPTH_MAX + 1]; /* values still to come, per level */
    uint32_t level = 0;
    open[0] = 1;
    while (skip_simple(scan, &open[level])) {
        if (open[level] == 0) {
            if (level == 0) {
                return true;
            }
            level--;
            continue;
        }
        open[level]--;
        const uint8_t head = *scan->next;
        const bool is_map = (head & 0xf0) == 0x80 || (head & 0xfe) == 0xde;
        const bool is_array = (head & 0xf0) == 0x90 || (head & 0xfe) == 0xdc;
        uint32_t count = 0;
        if (is_map || is_array) {
            if (level == depth ||
                !(is_map ? jz_scan_map(scan, &count) : jz_scan_array(scan, &count))) {
                break;
            }
            level++;
            open[level] = (uint64_t)count * (is_map ? 2 : 1);
        } else if (!skip_long(scan)) {
            break;
        }
    }
    scan->next = start;
    return false;
}

/* Bytes of the character at text, 0 if it is none (Unicode 15, table 3-7). */
static uint32_t character_bytes(const uint8_t *text, size_t left)
{
    const uint8_t head = text[0];
    if (head >= 0x01 && head <= 0x7f) {
        return 1;
    }
    const uint32_t bytes = head >= 0xc2 && head <= 0xdf   ? 2
                           : head >= 0xe0 && head <= 0xef ? 3
                           : head >= 0xf0 && head <= 0xf4 ? 4
                                                          : 0;
    if (bytes == 0 || bytes > left) {
        return 0;
    }
    const uint8_t low = head == 0xe0 ? 0xa0 : head == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = head == 0xed ? 0x9f : head == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (uint32_t i = 2; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return bytes;
}

bool jz_scan_is_text(struct jz_text text)
{
    const uint8_t *const bytes = (const uint8_t *)text.bytes;
    size_t at = 0;
    while (at < text.length) {
        const uint32_t step = character_bytes(bytes + at, text.length - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}
