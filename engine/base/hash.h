/* hash.h - SHA-256, for what must be proof against intent: the chain over the journal, digests.
 *
 * The method is fetched and the context made once, at open; a hash then allocates nothing. One
 * handle makes one hash at a time.
 *
 * Threads: one at a time per handle. Source: FIPS 180-4, by OpenSSL's EVP.
 */
#ifndef JZ_BASE_HASH_H
#define JZ_BASE_HASH_H

#include "jiaozi/version.h"

#include <stddef.h>
#include <stdint.h>

#define JZ_SHA256_BYTES 32

struct jz_sha256 {
    unsigned char bytes[JZ_SHA256_BYTES];
};

/* Fields are private to hash.c. */
struct jz_hash {
    void *method;
    void *context;
};

/* Gets the method ready. JZ_OK, or JZ_ENOMEM if OpenSSL does not have it or has no memory; nothing
 * is held then. Allocates. */
JZ_MUST_USE
int jz_hash_open(struct jz_hash *hash);

/* Forgets what was added and begins a new hash. */
void jz_hash_begin(struct jz_hash *hash);

/* Adds bytes behind what was added since begin. */
void jz_hash_add(struct jz_hash *hash, const void *bytes, size_t bytes_count);

/* The hash of all that was added since begin. Begin again before the next add. */
struct jz_sha256 jz_hash_end(struct jz_hash *hash);

/* begin, add and end in one. */
struct jz_sha256 jz_hash_of(struct jz_hash *hash, const void *bytes, size_t bytes_count);

/* Gives everything back. */
void jz_hash_close(struct jz_hash *hash);

#endif /* JZ_BASE_HASH_H */
