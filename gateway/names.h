/* names.h - finds a number by a short text: a currency by its code, a market by its symbol.
 *
 * A text is padded with NUL to one fixed key, so that hashing and comparing are a few word
 * operations. Entries are only added, never removed: what was listed stays listed.
 *
 * Threads: one at a time. Memory: grows by doubling and is freed by deinit.
 */
#ifndef JZ_GATEWAY_NAMES_H
#define JZ_GATEWAY_NAMES_H

#include "jiaozi/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_NAME_BYTES 32u /* longest text, and length of a key */

struct jz_name {
    union {
        char text[JZ_NAME_BYTES]; /* padded with NUL */
        uint64_t word[JZ_NAME_BYTES / 8];
    };
};

struct jz_names_entry {
    struct jz_name name;
    uint32_t number; /* 0: the place is empty */
    uint32_t reserved;
};

/* Fields are private to names.c. */
struct jz_names {
    struct jz_names_entry *entries; /* open addressing, linear probing */
    uint32_t capacity;              /* a power of two, 0 before the first entry */
    uint32_t count;
};

/* The key of a text of so many bytes; false if it is longer than a key. */
bool jz_name_make(struct jz_name *name, const char *text, size_t text_bytes);

/* An empty table. */
void jz_names_init(struct jz_names *names);

/* Frees the table. */
void jz_names_deinit(struct jz_names *names);

/* The name means this number (not 0) from now on, also if it meant another one before. JZ_OK, or
 * JZ_ENOMEM, and the table is as it was. */
JZ_MUST_USE
int jz_names_put(struct jz_names *names, const struct jz_name *name, uint32_t number);

/* The number of the name, 0 if there is none. */
uint32_t jz_names_find(const struct jz_names *names, const struct jz_name *name);

#endif /* JZ_GATEWAY_NAMES_H */
