/* check.h - is what came in shaped as it must be? */
#ifndef JZ_CORE_CHECK_H
#define JZ_CORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* True if every byte is zero. */
static inline bool jz_check_is_zero(const void *from, size_t bytes)
{
    const unsigned char *byte = from;
    uint64_t any = 0;
    size_t at = 0;
    for (; at + sizeof(any) <= bytes; at += sizeof(any)) {
        uint64_t word;
        memcpy(&word, byte + at, sizeof(word));
        any |= word;
    }
    for (; at < bytes; at++) {
        any |= byte[at];
    }
    return any == 0;
}

/* Length of a text that is padded with NUL to a fixed size, a multiple of 8 up to bytes; bytes + 1
 * if something stands behind the first NUL. */
static inline size_t jz_check_text(const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof(word));
        /* The lowest set bit marks the lowest byte that is 0; the marks above it mean nothing. */
        const uint64_t ends =
            (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
        if (ends != 0) {
            const size_t used = (size_t)__builtin_ctzll(ends) / 8;
            const bool is_padded =
                word >> (8 * used) == 0 &&
                jz_check_is_zero(text + at + sizeof(word), bytes - at - sizeof(word));
            return is_padded ? at + used : bytes + 1;
        }
    }
    return bytes;
}

#endif /* JZ_CORE_CHECK_H */
