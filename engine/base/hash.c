/* hash.c - SHA-256 by OpenSSL; the only file of engine/ that knows it. */
#include "engine/base/hash.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <openssl/evp.h>

/* OpenSSL can refuse only for want of memory or of the method, and both are there since open. */
static void must(int answer)
{
    JZ_ASSERT(answer == 1);
}

int jz_hash_open(struct jz_hash *hash)
{
    EVP_MD *method = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (method == NULL) {
        return JZ_ENOMEM;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, method, NULL) != 1) {
        EVP_MD_CTX_free(context);
        EVP_MD_free(method);
        return JZ_ENOMEM;
    }
    hash->method = method;
    hash->context = context;
    return JZ_OK;
}

void jz_hash_begin(struct jz_hash *hash)
{
    must(EVP_DigestInit_ex(hash->context, NULL, NULL)); /* the method stays */
}

void jz_hash_add(struct jz_hash *hash, const void *bytes, size_t bytes_count)
{
    must(EVP_DigestUpdate(hash->context, bytes, bytes_count));
}

struct jz_sha256 jz_hash_end(struct jz_hash *hash)
{
    struct jz_sha256 sum;
    unsigned int bytes_count = 0;

    must(EVP_DigestFinal_ex(hash->context, sum.bytes, &bytes_count));
    JZ_ASSERT(bytes_count == JZ_SHA256_BYTES);
    return sum;
}

struct jz_sha256 jz_hash_of(struct jz_hash *hash, const void *bytes, size_t bytes_count)
{
    jz_hash_begin(hash);
    jz_hash_add(hash, bytes, bytes_count);
    return jz_hash_end(hash);
}

void jz_hash_close(struct jz_hash *hash)
{
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->method);
    *hash = (struct jz_hash){0};
}
