/* mix.h - fast integer hashing, the same on every machine: for indexes, contents and digests.
 *
 * Not cryptographic. What a digest proves against an attacker is the journal's chain of SHA-256;
 * here it compares two honest runs.
 *
 * Source: the multiply-and-fold step of wyhash (Wang Yi, public domain).
 */
#ifndef JZ_CORE_MIX_H
#define JZ_CORE_MIX_H

#include "engine/base/wide.h"
#include "jiaozi/event.h"

#include <stdint.h>
#include <string.h>

#define JZ_MIX_A UINT64_C(0xa0761d6478bd642f)
#define JZ_MIX_B UINT64_C(0xe7037ed1a0b428db)
#define JZ_MIX_C UINT64_C(0x8ebc6af09c88c6e3)

/* Two words folded into one: all bits of the answer depend on all bits of both. */
static inline uint64_t jz_mix(uint64_t a, uint64_t b)
{
    const jz_u128 product = (jz_u128)(a ^ JZ_MIX_A) * (b ^ JZ_MIX_B);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two words of a key under the core's seed. Without knowing the seed nobody can choose keys that
 * fall together in an index, nor a word that makes the product 0. */
static inline uint64_t jz_mix_key(uint64_t seed, uint64_t a, uint64_t b)
{
    const uint64_t turned = seed << 32 | seed >> 32;
    return jz_mix(a ^ seed, b ^ turned);
}

/* Adds one word to a fingerprint; order matters. */
static inline void jz_mix_word(struct jz_digest *digest, uint64_t word)
{
    digest->word[0] = jz_mix(digest->word[0] ^ word, JZ_MIX_C);
    digest->word[1] = jz_mix(digest->word[1] + word, digest->word[0]) + JZ_MIX_C;
}

/* Adds a block of 64 bytes. The products of one block do not wait for each other, which is what
 * makes this faster than word after word; each word still meets a constant of its own place. */
static inline void jz_mix_block(struct jz_digest *digest, const void *from)
{
    uint64_t word[8];
    memcpy(word, from, sizeof(word));
    const uint64_t a = jz_mix(word[0], word[1]) ^ jz_mix(word[2] + JZ_MIX_A, word[3]);
    const uint64_t b = jz_mix(word[4] + JZ_MIX_B, word[5]) ^ jz_mix(word[6] + JZ_MIX_C, word[7]);
    const uint64_t c = jz_mix(word[0] + JZ_MIX_C, word[4]) ^ jz_mix(word[1] + JZ_MIX_B, word[5]);
    const uint64_t d = jz_mix(word[2] ^ JZ_MIX_B, word[6]) ^ jz_mix(word[3] ^ JZ_MIX_A, word[7]);
    digest->word[0] = jz_mix(digest->word[0] ^ a, b);
    digest->word[1] = jz_mix(digest->word[1] ^ c, d);
}

/* Adds bytes, a multiple of 8, to a fingerprint. */
static inline void jz_mix_bytes(struct jz_digest *digest, const void *from, size_t bytes)
{
    const unsigned char *at = from;
    const unsigned char *const end = at + bytes;
    for (; end - at >= 64; at += 64) {
        jz_mix_block(digest, at);
    }
    for (; at < end; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        jz_mix_word(digest, word);
    }
}

/* Word number index, from 0, of a text of a fixed length. */
static inline uint64_t jz_mix_text_word(const char *text, size_t index)
{
    uint64_t word;
    memcpy(&word, text + (index * sizeof(word)), sizeof(word));
    return word;
}

#endif /* JZ_CORE_MIX_H */
