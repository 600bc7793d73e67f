/* put.h - writes msgpack by hand: each call puts one value at `at` and returns the place behind it.
 *
 * Integers have their shortest form. Nothing is checked: the caller has room for the longest of
 * each (9 bytes a number, 2 and its length a text, 3 the head of a map or array).
 */
#ifndef JZ_WIRE_PUT_H
#define JZ_WIRE_PUT_H

#include "engine/base/assert.h"
#include "gateway/wire/wire.h"

/* A key or word that stands in the program, at most 31 characters. */
#define JZ_PUT_WORD(at, word) jz_put_short((at), (word), sizeof(word) - 1)

static inline uint8_t *jz_put_short(uint8_t *at, const char *bytes, size_t length)
{
    *at = (uint8_t)(0xa0 | length);
    memcpy(at + 1, bytes, length);
    return at + 1 + length;
}

/* memcpy() of up to 31 bytes, as two copies that overlap. The compiler makes of a bounded memcpy
 * one string instruction, which takes longer than the rest of the map. */
static inline void jz_put_copy(uint8_t *to, const char *from, size_t bytes)
{
    if (bytes >= 16) {
        memcpy(to, from, 16);
        memcpy(to + bytes - 16, from + bytes - 16, 16);
    } else if (bytes >= 8) {
        memcpy(to, from, 8);
        memcpy(to + bytes - 8, from + bytes - 8, 8);
    } else if (bytes >= 4) {
        memcpy(to, from, 4);
        memcpy(to + bytes - 4, from + bytes - 4, 4);
    } else {
        for (size_t i = 0; i < bytes; i++) {
            to[i] = (uint8_t)from[i];
        }
    }
}

static inline uint8_t *jz_put_text(uint8_t *at, struct jz_text text)
{
    JZ_ASSERT(text.length <= UINT8_MAX);
    if (text.length <= 31) {
        *at = (uint8_t)(0xa0 | text.length);
        jz_put_copy(at + 1, text.bytes, text.length);
        return at + 1 + text.length;
    }
    at[0] = 0xd9;
    at[1] = (uint8_t)text.length;
    memcpy(at + 2, text.bytes, text.length);
    return at + 2 + text.length;
}

static inline uint8_t *jz_put_string(uint8_t *at, const char *text)
{
    return jz_put_text(at, (struct jz_text){text, (uint32_t)strlen(text)});
}

static inline uint8_t *jz_put_be32(uint8_t *at, uint32_t value)
{
    const uint32_t swapped = __builtin_bswap32(value);
    memcpy(at, &swapped, 4);
    return at + 4;
}

static inline uint8_t *jz_put_be16(uint8_t *at, uint16_t value)
{
    const uint16_t swapped = __builtin_bswap16(value);
    memcpy(at, &swapped, 2);
    return at + 2;
}

static inline uint8_t *jz_put_number(uint8_t *at, uint64_t value)
{
    if (value < 0x80) {
        *at = (uint8_t)value;
        return at + 1;
    }
    if (value <= UINT16_MAX) {
        if (value <= UINT8_MAX) {
            at[0] = 0xcc;
            at[1] = (uint8_t)value;
            return at + 2;
        }
        *at = 0xcd;
        return jz_put_be16(at + 1, (uint16_t)value);
    }
    if (value <= UINT32_MAX) {
        *at = 0xce;
        return jz_put_be32(at + 1, (uint32_t)value);
    }
    const uint64_t swapped = __builtin_bswap64(value);
    *at = 0xcf;
    memcpy(at + 1, &swapped, 8);
    return at + 9;
}

static inline uint8_t *jz_put_truth(uint8_t *at, bool value)
{
    *at = value ? 0xc3 : 0xc2;
    return at + 1;
}

/* The head of a map. */
static inline uint8_t *jz_put_map(uint8_t *out, uint32_t fields)
{
    if (fields < 16) {
        *out = (uint8_t)(0x80 | fields);
        return out + 1;
    }
    *out = 0xde;
    return jz_put_be16(out + 1, (uint16_t)fields);
}

static inline uint8_t *jz_put_array(uint8_t *at, uint32_t count)
{
    JZ_ASSERT(count <= UINT16_MAX);
    if (count < 16) {
        *at = (uint8_t)(0x90 | count);
        return at + 1;
    }
    *at = 0xdc;
    return jz_put_be16(at + 1, (uint16_t)count);
}

#endif /* JZ_WIRE_PUT_H */
