/* format.h - the bytes of a batch, written and judged. FORMAT.md is the same for people.
 *
 *     offset            length
 *     0                 128     struct jz_format_header, with a CRC32C of its own
 *     128               ...     records, each a multiple of 64 bytes
 *     behind them       28..    padding of 0xFF
 *     bytes - 36        4       CRC32C of all before it
 *     bytes - 32        32      SHA-256 of all before it, and so, by previous_hash, of the chain
 *
 * No sector that carries header or trailer can be zero, so a sector that never reached the disk,
 * which was zero before, shows.
 *
 * Threads: any. Memory: the caller's.
 */
#ifndef JZ_JOURNAL_FORMAT_H
#define JZ_JOURNAL_FORMAT_H

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/journal/home.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_FORMAT_MAGIC         "JZbatch\n"
#define JZ_FORMAT_MAGIC_BYTES   8
#define JZ_FORMAT_VERSION       1u
#define JZ_FORMAT_HEADER_BYTES  128u
#define JZ_FORMAT_TRAILER_BYTES 36u

struct jz_format_header {
    char magic[JZ_FORMAT_MAGIC_BYTES];
    uint32_t version;               /* of this layout */
    uint32_t count;                 /* records, at least 1 */
    struct jz_cluster_id cluster;   /* whose batch it is */
    uint64_t epoch;                 /* of the writer, from 1, never going back */
    uint64_t batch;                 /* number of the batch, from 1 without gaps */
    uint64_t first_seq;             /* of the first record */
    uint32_t bytes;                 /* whole extent, a multiple of JZ_BLOCK_BYTES */
    uint32_t records_bytes;         /* length of the records together */
    uint32_t zero_sectors;          /* sectors of the extent that are zero by content */
    uint32_t reserved0;             /* zero */
    struct jz_sha256 previous_hash; /* of the batch before; zero for the first */
    uint32_t reserved[5];           /* zero */
    uint32_t crc32c;                /* of the 124 bytes before it */
};

_Static_assert(sizeof(struct jz_format_header) == JZ_FORMAT_HEADER_BYTES, "no hidden padding");
_Static_assert(JZ_FORMAT_HEADER_BYTES % JZ_RECORD_UNIT_BYTES == 0, "records stay aligned");
_Static_assert(JZ_FORMAT_HEADER_BYTES <= JZ_SECTOR_BYTES, "a header is whole or absent");
_Static_assert(JZ_FORMAT_TRAILER_BYTES == 4 + JZ_SHA256_BYTES, "a CRC32C and a SHA-256");

/* What a place where a batch may begin holds. */
enum jz_format_verdict {
    JZ_FORMAT_GOOD = 1, /* as it was written */
    JZ_FORMAT_ZERO = 2, /* its header sector is zero */
    JZ_FORMAT_TORN = 3, /* header good, and more sectors are zero than by content */
    JZ_FORMAT_BAD = 4,  /* anything else */
};

/* Length of the extent that holds so many bytes of records: whole blocks. */
uint32_t jz_format_extent_bytes(uint32_t records_bytes);

/* Completes an extent whose records stand at JZ_FORMAT_HEADER_BYTES. The header comes with epoch,
 * cluster, batch, first_seq, count, records_bytes and previous_hash; all else is filled in, here
 * and in the extent. Returns the batch's hash. */
struct jz_sha256 jz_format_seal(struct jz_format_header *header, unsigned char *extent,
                                struct jz_hash *hash);

/* Judges the first sector: GOOD, ZERO or BAD. If GOOD, *header is a copy whose lengths are such as
 * a batch can have: bytes at most JZ_BATCH_BYTES_MAX, records_bytes within. */
enum jz_format_verdict jz_format_judge_header(const unsigned char *sector,
                                              struct jz_format_header *header);

/* Judges an extent of header->bytes whose header is GOOD: GOOD, TORN or BAD. If GOOD, *sum is its
 * hash, and its records have been walked: lengths and sequences are right. */
enum jz_format_verdict jz_format_judge_extent(const unsigned char *extent,
                                              const struct jz_format_header *header,
                                              struct jz_hash *hash, struct jz_sha256 *sum);

/* True if all bytes are zero; bytes_count is a multiple of JZ_SECTOR_BYTES. */
bool jz_format_is_zero(const unsigned char *bytes, size_t bytes_count);

#endif /* JZ_JOURNAL_FORMAT_H */
