/* scribe.h - keeps a journal in a directory of its own, for tests: writes records that say which
 * they are, reads them back, and lays hands on the files in between.
 *
 * A record of the scribe is filled with bytes that follow from its sequence and its length, so
 * that a reader knows whether it is the one that was written. Every call stops the test on an
 * error unless it says otherwise.
 */
#ifndef JZ_TESTS_SCRIBE_H
#define JZ_TESTS_SCRIBE_H

#include "engine/journal/journal.h"
#include "jiaozi/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_SCRIBE_PATH_BYTES    256u
#define JZ_SCRIBE_SEGMENT_BYTES (1u << 20)
#define JZ_SCRIBE_EPOCH         1u

struct jz_scribe {
    char root[JZ_SCRIBE_PATH_BYTES];      /* holds everything; removed at the end */
    char directory[JZ_SCRIBE_PATH_BYTES]; /* data directory in it; not made yet */
    uint64_t segment_bytes;
    bool buffered;
    struct jz_batch batch;
    uint64_t read_seq; /* last sequence that the last open or read gave */
};

/* Makes an empty folder for a data directory. */
void jz_scribe_init(struct jz_scribe *scribe);

/* Removes it with all that is in it. */
void jz_scribe_deinit(struct jz_scribe *scribe);

/* Fills a record with what the scribe writes for this sequence. With `hollow` its body is zero. */
void jz_scribe_fill(struct jz_record *record, uint64_t sequence, uint32_t bytes, bool hollow);

/* Opens the journal and checks every record that it gives: nothing but what a scribe wrote, in
 * order from 1. Any status may come back. */
int jz_scribe_try_open(struct jz_scribe *scribe, struct jz_journal *journal,
                       struct jz_journal_report *report);

/* The same, and it must be JZ_OK, with this last sequence. */
void jz_scribe_open(struct jz_scribe *scribe, struct jz_journal *journal, uint64_t last_seq);

/* Appends one batch of count records of this length behind the tail. Any answer may come back. */
enum jz_append jz_scribe_try_append(struct jz_scribe *scribe, struct jz_journal *journal,
                                    uint32_t count, uint32_t bytes);

/* The same, and it must be JZ_APPEND_OK. */
void jz_scribe_append(struct jz_scribe *scribe, struct jz_journal *journal, uint32_t count,
                      uint32_t bytes);

/* Puts records into the scribe's batch, which it empties before, without appending it. */
void jz_scribe_gather(struct jz_scribe *scribe, uint64_t first_seq, uint32_t count, uint32_t bytes,
                      bool hollow);

/* A fresh journal with one batch of each count, records of 128 bytes, closed again. */
void jz_scribe_write(struct jz_scribe *scribe, const uint32_t *counts, uint32_t batches);

/* A jz_log_record_fn with the scribe as context: checks the record and counts read_seq up. */
int jz_scribe_check(void *context, const struct jz_record *record);

/* Files by their name in the data directory, "journal/0000000001.segment". */
void jz_scribe_path(const struct jz_scribe *scribe, const char *name,
                    char path[2 * JZ_SCRIBE_PATH_BYTES]);
void jz_scribe_read_file(const struct jz_scribe *scribe, const char *name, void *bytes,
                         size_t bytes_count, uint64_t offset);
void jz_scribe_write_file(const struct jz_scribe *scribe, const char *name, const void *bytes,
                          size_t bytes_count, uint64_t offset);
void jz_scribe_zero_file(const struct jz_scribe *scribe, const char *name, size_t bytes_count,
                         uint64_t offset);
void jz_scribe_flip_bit(const struct jz_scribe *scribe, const char *name, uint64_t bit);
uint64_t jz_scribe_file_bytes(const struct jz_scribe *scribe, const char *name);

/* Name of the n-th segment for the calls above; good until the next call. */
const char *jz_scribe_segment(uint32_t number);

#endif /* JZ_TESTS_SCRIBE_H */
