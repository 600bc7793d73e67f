/* batch.h - the commands that go to the log together: one write, one flush.
 *
 *     | header, 128 bytes | records | padding of 0xFF | CRC32C | SHA-256 |   a multiple of 4 KiB
 *
 * Records are copied once, to where they are written from; header, padding and trailer are the
 * log's (format.h). A batch holds records of consecutive sequences.
 *
 * Threads: one at a time. Memory: a mapping taken at open, aligned to a page.
 */
#ifndef JZ_JOURNAL_BATCH_H
#define JZ_JOURNAL_BATCH_H

#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

struct jz_batch {
    unsigned char *memory;  /* bytes_max long; read-only for all but batch.c and the log */
    uint32_t bytes_max;     /* longest extent */
    uint32_t records_bytes; /* added so far */
    uint32_t count;         /* records added so far */
    uint64_t first_seq;     /* of the first record; 0 while empty */
    uint64_t last_seq;      /* of the last record; 0 while empty */
};

/* Makes an empty batch of at most bytes_max, header and trailer included: a multiple of
 * JZ_BLOCK_BYTES up to JZ_BATCH_BYTES_MAX, and what the log takes (jz_log.batch_bytes_max). The
 * memory is touched now. JZ_OK, JZ_EINVAL or JZ_ENOMEM; nothing is held then. */
JZ_MUST_USE
int jz_batch_open(struct jz_batch *batch, uint32_t bytes_max);

/* Copies a record behind the others. bytes is its length, a multiple of 64 up to
 * JZ_RECORD_BYTES_MAX, and the same as record->bytes; its sequence follows the one before. False,
 * and nothing changes, if it does not fit: append the batch first. An empty batch of two blocks or
 * more takes any record. */
JZ_MUST_USE
bool jz_batch_add(struct jz_batch *batch, const struct jz_record *record, uint32_t bytes);

/* Empties the batch for the next records. */
void jz_batch_clear(struct jz_batch *batch);

/* Gives the memory back. */
void jz_batch_close(struct jz_batch *batch);

#endif /* JZ_JOURNAL_BATCH_H */
