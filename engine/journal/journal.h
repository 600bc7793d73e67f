/* journal.h - the log of commands in files of this machine: the truth from which all else is built.
 *
 *     data directory | cluster      who this exchange is: format, random id, length of a segment
 *                    | journal/     0000000001.segment, 0000000002.segment, ...
 *
 * Segments are written with zeros ahead of use and never used twice, so an append changes nothing
 * but the bytes of its batch, and what is not zero was written by an append. FORMAT.md gives every
 * byte, and what a crash may leave.
 *
 *     open:    lock, identity, read and verify everything (records go to replay), mend a torn end,
 *              write the last batch again
 *     append:  through journal.log (log.h), by the journal thread
 *     prepare: zeroing segments, by a helper thread that sleeps on jz_journal_wake_fd
 *     close
 *
 * Without a helper thread everything works too; the append that needs a segment then makes it.
 *
 * Any error of a write or flush is final: the append that met it is UNKNOWN, so is every later one,
 * jz_journal_message says what happened, and the process stops. A restart reads what is on the
 * disk.
 *
 * Threads: as said at each call. Memory: the caller owns the struct; open takes the rest.
 */
#ifndef JZ_JOURNAL_JOURNAL_H
#define JZ_JOURNAL_JOURNAL_H

#include "engine/base/hash.h"
#include "engine/journal/ahead.h"
#include "engine/journal/fault.h"
#include "engine/journal/home.h"
#include "engine/journal/log.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_JOURNAL_MESSAGE_BYTES JZ_TEXT_BYTES /* one line, with its NUL */

struct jz_journal_options {
    const char *directory;  /* data directory; made if its parent exists. Good until close */
    uint64_t segment_bytes; /* 0: as the directory has it; JZ_SEGMENT_BYTES_DEFAULT */
    uint64_t reserve_bytes; /* free space below which new orders are to be refused */
    const struct jz_cluster_id *cluster; /* of a new directory; NULL: random */
    bool buffered;                       /* fdatasync even where O_DIRECT and O_DSYNC work */
    bool read_only;                      /* verify and replay; mend and write nothing */
    jz_log_record_fn replay;             /* gets every record, in order; NULL: nobody does */
    void *replay_context;
};

/* What open found and did. */
struct jz_journal_report {
    struct jz_cluster_id cluster;
    bool is_empty;         /* no batch yet: append genesis as sequence 1 */
    bool is_direct;        /* O_DIRECT | O_DSYNC; false: fdatasync */
    bool was_torn;         /* a batch that nobody was told of lay half written at the end ... */
    uint32_t torn_segment; /* ... here, and is zero now (not so if read_only) */
    uint64_t torn_offset;
    uint64_t torn_bytes;
    uint64_t last_seq; /* of the last command, 0 if empty */
    uint64_t batches;
    uint32_t segments;
    char message[JZ_JOURNAL_MESSAGE_BYTES]; /* after an error: what, where, what to do; else "" */
};

/* What was written since open; by the appending thread. */
struct jz_journal_counts {
    uint64_t batches;
    uint64_t flushes;          /* one per batch */
    uint64_t bytes_written;    /* whole extents */
    uint64_t bytes_of_records; /* what the caller gave */
};

/* All but `log` is private to the module. */
struct jz_journal {
    struct jz_log log; /* the interface; this group is constant after open */
    const char *directory;
    struct jz_home home;
    uint64_t reserve_bytes;
    bool read_only;

    bool is_direct;  /* this group is the appending thread's */
    int segment_fd;  /* of the segment being written */
    uint64_t offset; /* where the next batch goes if it fits */
    struct jz_log_tail tail;
    struct jz_hash hash;
    struct jz_journal_counts counts;

    struct jz_fault fault; /* shared with the helper thread, like the next */
    struct jz_ahead ahead;
};

/* Opens the journal of a data directory, which it makes if need be, and hands over every record.
 * The report is filled in any case. JZ_OK, or, with nothing held and a message in the report:
 *   JZ_EINVAL    segment_bytes out of range or other than what the directory was made with
 *   JZ_EINUSE    another process has the directory open
 *   JZ_EFOREIGN  segments without a cluster file, or of another cluster
 *   JZ_ECORRUPT  damage: bytes are not what was written; nothing was changed
 *   JZ_EDENIED, JZ_ENOMEM, JZ_ESYSTEM (errno is in the message), or what replay returned. */
JZ_MUST_USE
int jz_journal_open(struct jz_journal *journal, const struct jz_journal_options *options,
                    struct jz_journal_report *report);

/* Helper thread: makes the next segment if fewer than JZ_AHEAD_SEGMENTS are ready; blocks on the
 * disk. 1: made one, call again; 0: nothing to do, or no room on the disk (then try again when
 * woken or after a second); a negative status: final, stop the process. */
JZ_MUST_USE
int jz_journal_prepare(struct jz_journal *journal);

/* The eventfd (non-blocking, for jz_wait_sleep) that says that there is a segment to make. */
int jz_journal_wake_fd(const struct jz_journal *journal);

/* True while the disk has less free space than the reserve. A system call; any thread. */
bool jz_journal_is_below_reserve(const struct jz_journal *journal);

/* What was written since open. Appending thread. */
struct jz_journal_counts jz_journal_counts(const struct jz_journal *journal);

/* Why appends are UNKNOWN: one line; "" while they are not. Any thread. */
const char *jz_journal_message(const struct jz_journal *journal);

/* Lets go of everything. The helper thread must be done; what was acknowledged is durable. */
void jz_journal_close(struct jz_journal *journal);

#endif /* JZ_JOURNAL_JOURNAL_H */
