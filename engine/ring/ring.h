/* ring.h - records from exactly one writer to one or several readers, threads or processes.
 *
 * Three kinds of ring in the exchange are this one: the inbox (one reader), the log ring and the
 * event ring (several). Records are of any length, a multiple of 64 bytes, and lie in one piece: a
 * record that would cross the end is preceded by padding that no reader sees.
 *
 *     writer:  claim -> fill -> commit, as often as it likes -> publish
 *     reader:  peek -> read -> advance, as often as it likes -> release
 *
 * What is shared is three separate pieces without a pointer in them, so that they can lie in memory
 * that two processes map at different addresses and with different rights:
 *
 *     struct jz_ring_control   the writer's page: how far it has published
 *     struct jz_ring_cursor    one page for each reader: how far it has released
 *     data                     a power of two of bytes
 *
 * Everything else is private to a side and lies in its handle (struct jz_ring_writer, _reader), so
 * that the other side cannot change it. Neither side believes what the other one shares: a position
 * that cannot be is reported by the fault flag of the handle, and the ring is then dead for this
 * side: it is full for a writer, empty for a reader.
 *
 * A position counts bytes since init. It only grows, and 64 bits outlast the hardware.
 *
 * Invariant:  cursor <= published <= cursor + data_bytes, for every cursor.
 * Threads:    a handle belongs to one thread at a time. Every call is wait-free.
 * Memory:     the caller owns all of it, and it outlives the handles.
 * Source:     L. Lamport, "Specifying Concurrent Program Modules", TOPLAS 5(2), 1983; M. Thompson
 *             et al., "Disruptor", LMAX 2011, for several cursors over one ring; P. Lee, T. Bu, G.
 *             Chandranmenon, IPDPS 2010, for each side's private copy of the other's position.
 */
#ifndef JZ_RING_RING_H
#define JZ_RING_RING_H

#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_RING_READERS_MAX    8u
#define JZ_RING_DATA_BYTES_MIN (4u * JZ_RECORD_BYTES_MAX)

/* Shared, written by the writer only. */
struct jz_ring_control {
    alignas(128) _Atomic uint64_t published; /* position behind the last record that may be read */
    _Atomic uint32_t waiting;                /* 1 while the writer sleeps for room (see wait.h) */
};

/* Shared, written by one reader only. */
struct jz_ring_cursor {
    alignas(128) _Atomic uint64_t released; /* position up to which the room is free again */
    _Atomic uint32_t waiting;               /* 1 while the reader sleeps for records (see wait.h) */
};

/* Where a ring lies in this process. */
struct jz_ring_memory {
    struct jz_ring_control *control; /* a reader only loads from it */
    unsigned char *data;             /* a reader only reads it; aligned to 64 bytes */
    uint64_t data_bytes;             /* a power of two, at least JZ_RING_DATA_BYTES_MIN */
};

/* The writer's handle; fields are private to ring.c. */
struct jz_ring_writer {
    struct jz_ring_memory memory;
    struct jz_ring_cursor *cursors[JZ_RING_READERS_MAX]; /* NULL: no reader in this place */
    uint64_t released_seen[JZ_RING_READERS_MAX];         /* last look at each cursor */
    uint64_t published;                                  /* as shared */
    uint64_t committed;                                  /* behind the last committed record */
    uint64_t slowest;                                    /* least of released_seen */
    uint32_t claimed_bytes;                              /* room handed out by claim, 0: none */
    uint32_t fault; /* 1 + place of the reader whose cursor cannot be; 0: none */
};

/* A reader's handle; fields are private to ring.c. */
struct jz_ring_reader {
    struct jz_ring_memory memory;
    struct jz_ring_cursor *cursor;
    uint64_t position;       /* next record to peek at */
    uint64_t released;       /* as shared */
    uint64_t published_seen; /* last look at published */
    uint32_t peeked_bytes;   /* of the record under peek, 0: none */
    bool fault;              /* the writer published what cannot be */
};

/* Makes the ring empty and the handle its writer, without readers. control and data are the
 * caller's, at least until the last reader is done. JZ_OK, or JZ_EINVAL if data_bytes is no power
 * of two, too small, or data is not aligned to 64 bytes; nothing is touched then. */
JZ_MUST_USE
int jz_ring_writer_init(struct jz_ring_writer *writer, const struct jz_ring_memory *memory);

/* Gives a reader the place (0..JZ_RING_READERS_MAX-1), which must be empty. It will see what is
 * published from now on; from here on it keeps the writer from overwriting. Writer's thread. */
void jz_ring_add_reader(struct jz_ring_writer *writer, uint32_t place,
                        struct jz_ring_cursor *cursor);

/* The reader of this place holds the writer back no longer, and its fault is forgotten. Its
 * process must be gone or its thread must know: what it still reads may be overwritten. */
void jz_ring_drop_reader(struct jz_ring_writer *writer, uint32_t place);

/* The reader's handle over a cursor that jz_ring_add_reader was called with. */
void jz_ring_reader_init(struct jz_ring_reader *reader, const struct jz_ring_memory *memory,
                         struct jz_ring_cursor *cursor);

/* True if jz_ring_claim would now find room for a record of bytes. Looks at the cursors only if the
 * last look does not suffice. Writer's thread. */
bool jz_ring_can_claim(struct jz_ring_writer *writer, uint32_t bytes);

/* Room for a record of up to bytes (a multiple of 64, at most JZ_RECORD_BYTES_MAX), aligned to 64,
 * or NULL while the slowest reader leaves none. One record at a time: commit it before the next
 * claim. Old bytes are still in it, so fill all of it. */
void *jz_ring_claim(struct jz_ring_writer *writer, uint32_t bytes);

/* The claimed record is complete with this many bytes, a multiple of 64 and at most what was
 * claimed; its first four bytes must say the same number, and its kind must not be JZ_RECORD_PAD.
 * Not visible before publish. 0 gives the claim back. */
void jz_ring_commit(struct jz_ring_writer *writer, uint32_t bytes);

/* Hands all committed records to the readers in one step. */
void jz_ring_publish(struct jz_ring_writer *writer);

/* Bytes that the slowest reader has not released, padding and unpublished records included; all of
 * the ring after a fault. Looks at the cursors. Writer's thread. */
uint64_t jz_ring_used_bytes(struct jz_ring_writer *writer);

/* Bytes that the reader of this place had not released at the last look at the cursors, padding and
 * unpublished records included: tells who it is that keeps the ring full. */
uint64_t jz_ring_behind_bytes(const struct jz_ring_writer *writer, uint32_t place);

/* Position behind the last committed record; what a reader's position must reach to have read it.
 */
uint64_t jz_ring_committed(const struct jz_ring_writer *writer);

/* The next record, or NULL if there is none (or after a fault). *bytes is its length, read once and
 * checked: a multiple of 64 up to JZ_RECORD_BYTES_MAX that lies inside what was published. Take the
 * length from there: a writer in another process can change the record under your hands, so copy
 * first and check the copy. Peeking again returns the same record. Good until released. */
const struct jz_record *jz_ring_peek(struct jz_ring_reader *reader, uint32_t *bytes);

/* Steps behind the record under peek, which stays readable until release. */
void jz_ring_advance(struct jz_ring_reader *reader);

/* Gives the room of all records stepped over back to the writer in one step. */
void jz_ring_release(struct jz_ring_reader *reader);

/* Bytes published behind the reader's position, padding included; 0 after a fault. Looks at the
 * writer's position. Reader's thread. */
uint64_t jz_ring_ready_bytes(struct jz_ring_reader *reader);

/* Where the reader stands; what jz_ring_committed said when a record was committed, once it has
 * stepped behind that record. */
uint64_t jz_ring_position(const struct jz_ring_reader *reader);

#endif /* JZ_RING_RING_H */
