/* check.h - is what came in shaped as it must be? */
#ifndef JZ_CORE_CHECK_H
#define JZ_CORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* True if every byte is zero. */
static inline bool jz_check_is_zero(const void *from, size_t bytes)
{
    const unsigned char *byte = from;
    unsigned char any = 0;
    for (size_t i = 0; i < bytes; i++) {
        any |= byte[i];
    }
    return any == 0;
}

/* Length of a text that is padded with NUL to a fixed size, up to bytes; bytes + 1 if something
 * stands behind the first NUL. */
static inline size_t jz_check_text(const char *text, size_t bytes)
{
    size_t length = 0;
    while (length < bytes && text[length] != '\0') {
        length++;
    }
    return jz_check_is_zero(text + length, bytes - length) ? length : bytes + 1;
}

#endif /* JZ_CORE_CHECK_H */
