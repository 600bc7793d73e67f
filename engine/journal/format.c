/* format.c - seals a batch and judges one that was read. */
#include "engine/journal/format.h"

#include "engine/base/assert.h"
#include "engine/base/checksum.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs lie in memory as on the disk");

uint32_t jz_format_extent_bytes(uint32_t records_bytes)
{
    const uint32_t bytes = JZ_FORMAT_HEADER_BYTES + records_bytes + JZ_FORMAT_TRAILER_BYTES;
    return (bytes + JZ_BLOCK_BYTES - 1) / JZ_BLOCK_BYTES * JZ_BLOCK_BYTES;
}

bool jz_format_is_zero(const unsigned char *bytes, size_t bytes_count)
{
    static const unsigned char zeros[JZ_SECTOR_BYTES];

    for (size_t at = 0; at < bytes_count; at += JZ_SECTOR_BYTES) {
        if (memcmp(bytes + at, zeros, JZ_SECTOR_BYTES) != 0) {
            return false;
        }
    }
    return true;
}

static uint32_t count_zero_sectors(const unsigned char *extent, uint32_t bytes)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < bytes; at += JZ_SECTOR_BYTES) {
        count += jz_format_is_zero(extent + at, JZ_SECTOR_BYTES) ? 1 : 0;
    }
    return count;
}

static uint32_t header_crc32c(const struct jz_format_header *header)
{
    return jz_checksum_crc32c(0, header, offsetof(struct jz_format_header, crc32c));
}

struct jz_sha256 jz_format_seal(struct jz_format_header *header, unsigned char *extent,
                                struct jz_hash *hash)
{
    JZ_ASSERT(header->count > 0);
    const uint32_t bytes = jz_format_extent_bytes(header->records_bytes);
    const uint32_t records_end = JZ_FORMAT_HEADER_BYTES + header->records_bytes;
    const uint32_t crc_at = bytes - JZ_FORMAT_TRAILER_BYTES;
    const uint32_t hash_at = bytes - JZ_SHA256_BYTES;

    memset(extent, 0xFF, JZ_FORMAT_HEADER_BYTES); /* for the count: they will not be zero */
    memset(extent + records_end, 0xFF, bytes - records_end);
    memcpy(header->magic, JZ_FORMAT_MAGIC, JZ_FORMAT_MAGIC_BYTES);
    header->version = JZ_FORMAT_VERSION;
    header->bytes = bytes;
    header->zero_sectors = count_zero_sectors(extent, bytes);
    header->reserved0 = 0;
    memset(header->reserved, 0, sizeof(header->reserved));
    header->crc32c = header_crc32c(header);
    memcpy(extent, header, sizeof(*header));

    const uint32_t crc32c = jz_checksum_crc32c(0, extent, crc_at);
    memcpy(extent + crc_at, &crc32c, sizeof(crc32c));
    const struct jz_sha256 sum = jz_hash_of(hash, extent, hash_at);
    memcpy(extent + hash_at, &sum, sizeof(sum));
    return sum;
}

enum jz_format_verdict jz_format_judge_header(const unsigned char *sector,
                                              struct jz_format_header *header)
{
    struct jz_format_header found;

    if (jz_format_is_zero(sector, JZ_SECTOR_BYTES)) {
        return JZ_FORMAT_ZERO;
    }
    memcpy(&found, sector, sizeof(found));
    if (memcmp(found.magic, JZ_FORMAT_MAGIC, JZ_FORMAT_MAGIC_BYTES) != 0 ||
        found.crc32c != header_crc32c(&found) || found.version != JZ_FORMAT_VERSION) {
        return JZ_FORMAT_BAD;
    }
    if (found.count == 0 || found.bytes > JZ_BATCH_BYTES_MAX ||
        found.records_bytes > JZ_BATCH_BYTES_MAX ||
        found.bytes != jz_format_extent_bytes(found.records_bytes)) {
        return JZ_FORMAT_BAD;
    }
    *header = found;
    return JZ_FORMAT_GOOD;
}

static bool records_are_good(const unsigned char *extent, const struct jz_format_header *header)
{
    const uint32_t end = JZ_FORMAT_HEADER_BYTES + header->records_bytes;
    uint32_t at = JZ_FORMAT_HEADER_BYTES;
    uint32_t count = 0;

    for (; at < end && count < header->count; count++) {
        struct jz_record record;
        memcpy(&record, extent + at, sizeof(record)); /* the padding is longer than what is over */
        if (record.bytes < JZ_RECORD_UNIT_BYTES || record.bytes > JZ_RECORD_BYTES_MAX ||
            record.bytes % JZ_RECORD_UNIT_BYTES != 0 || record.bytes > end - at ||
            record.sequence != header->first_seq + count) {
            return false;
        }
        at += record.bytes;
    }
    return at == end && count == header->count;
}

enum jz_format_verdict jz_format_judge_extent(const unsigned char *extent,
                                              const struct jz_format_header *header,
                                              struct jz_hash *hash, struct jz_sha256 *sum)
{
    const uint32_t crc_at = header->bytes - JZ_FORMAT_TRAILER_BYTES;
    const uint32_t hash_at = header->bytes - JZ_SHA256_BYTES;
    const uint32_t zero_sectors = count_zero_sectors(extent, header->bytes);
    uint32_t crc32c = 0;

    if (zero_sectors > header->zero_sectors) {
        return JZ_FORMAT_TORN;
    }
    memcpy(&crc32c, extent + crc_at, sizeof(crc32c));
    if (zero_sectors < header->zero_sectors || crc32c != jz_checksum_crc32c(0, extent, crc_at)) {
        return JZ_FORMAT_BAD;
    }
    const struct jz_sha256 found = jz_hash_of(hash, extent, hash_at);
    if (memcmp(&found, extent + hash_at, sizeof(found)) != 0 || !records_are_good(extent, header)) {
        return JZ_FORMAT_BAD;
    }
    *sum = found;
    return JZ_FORMAT_GOOD;
}
