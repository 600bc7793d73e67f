/* scan.h - reads the batches of a journal one after the other, and says how it ends.
 *
 *     open -> next, as often as it says JZ_SCAN_BATCH -> close
 *
 * Reading is from the disk in large pieces. A batch is given out after its CRC32C, its hash, its
 * place in the chain and its records have been checked. Nothing is ever written.
 *
 * Threads: one at a time. Memory: a window taken at open.
 */
#ifndef JZ_JOURNAL_SCAN_H
#define JZ_JOURNAL_SCAN_H

#include "engine/base/hash.h"
#include "engine/journal/format.h"
#include "engine/journal/home.h"
#include "engine/journal/log.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_SCAN_WINDOW_BYTES (8u << 20) /* one read of the disk; two of the longest batches */

_Static_assert(JZ_SCAN_WINDOW_BYTES >= 2 * JZ_BATCH_BYTES_MAX, "a batch is seen in one piece");

/* A place in the journal. */
struct jz_scan_place {
    uint32_t segment; /* from 1 */
    uint64_t offset;  /* bytes from the segment's start */
};

/* What next found. */
enum jz_scan_found {
    JZ_SCAN_BATCH = 1, /* batch, header and extent are set */
    JZ_SCAN_END = 2,   /* all that follows is zero */
    JZ_SCAN_TORN = 3,  /* a batch that was never acknowledged: torn and torn_bytes are set */
    JZ_SCAN_FAULT = 4, /* status and text are set */
};

struct jz_scan {
    const struct jz_home *home; /* borrowed, as are the next two, until close */
    const char *directory;
    struct jz_hash *hash;
    uint32_t segments; /* highest number */

    struct jz_scan_place place; /* behind the last batch */
    struct jz_log_tail tail;    /* of the last batch */

    struct jz_scan_place batch; /* last batch: its place, */
    struct jz_format_header header;
    const unsigned char *extent; /* and its bytes, good until the next call */

    struct jz_scan_place torn; /* what is to be zeroed */
    uint64_t torn_bytes;

    int status;
    char *text;

    unsigned char *window;             /* what was read last, */
    struct jz_scan_place window_place; /* from where, */
    uint64_t window_bytes;             /* how much; 0: nothing */
    uint64_t read_bytes;               /* most to read at once */
    int fd;                            /* of segment window_place.segment; -1: none */
};

struct jz_scan_options {
    const struct jz_home *home; /* with journal_fd */
    const char *directory;      /* for messages */
    struct jz_hash *hash;
    uint32_t segments; /* highest number; each from 1 is there */
    char *text;        /* JZ_TEXT_BYTES long */
};

/* Stands before the first batch. JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_scan_open(struct jz_scan *scan, const struct jz_scan_options *options);

/* Goes to the batch that holds this sequence, or to the end if it is later, and takes on trust what
 * lies before it. Right after open. JZ_OK, or a status with its text. */
JZ_MUST_USE
int jz_scan_seek(struct jz_scan *scan, uint64_t sequence);

/* The next batch, or how the journal ends. */
enum jz_scan_found jz_scan_next(struct jz_scan *scan);

/* Gives the records of the last batch from from_seq on to take. JZ_OK or what take returned. */
JZ_MUST_USE
int jz_scan_deliver(const struct jz_scan *scan, uint64_t from_seq, jz_log_record_fn take,
                    void *context);

/* Reads the last batch, of which there must be one, once more: its extent is good again after other
 * calls. JZ_OK, or a status with its text, also if it is not the same any longer. */
JZ_MUST_USE
int jz_scan_again(struct jz_scan *scan);

/* Gives the window back. */
void jz_scan_close(struct jz_scan *scan);

#endif /* JZ_JOURNAL_SCAN_H */
