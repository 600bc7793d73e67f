/* record.h - the frame that every command and every event travels in, through rings and journal.
 *
 *     | struct jz_record, 64 bytes | body, a multiple of 64 bytes |
 *
 * A record is what a ring carries and what the journal stores, byte for byte, little-endian. The
 * body of a command is one struct of command.h; the body of an events record is a run of struct
 * jz_event. A command with more events than one record holds has several events records with the
 * same header; its last event is always JZ_EVENT_RESULT.
 */
#ifndef JZ_RECORD_H
#define JZ_RECORD_H

#include "jiaozi/version.h"

#include <stdint.h>

#define JZ_RECORD_UNIT_BYTES 64u   /* rings count in these */
#define JZ_RECORD_BYTES_MAX  4096u /* header included */

/* Kinds of records that are no commands; commands count from 1 (command.h). */
#define JZ_RECORD_PAD     0xFFFFu /* fills a ring up to its end; skipped by readers */
#define JZ_RECORD_EVENTS  0x8000u /* the events of the command that the header repeats */
#define JZ_RECORD_STATUS  0x8001u /* answer to JZ_ASK_STATUS: one struct jz_core_status */
#define JZ_RECORD_PICTURE 0x8002u /* part of the answer to JZ_ASK_ATTACH: a run of jz_event */

/* Questions to the engine. They come on a ring of their own, run between two commands, have no
 * number and leave no trace. */
#define JZ_ASK_STATUS 0x4000u
#define JZ_ASK_ATTACH 0x4001u

/* Where an answer goes. Opaque to the core: carried from the command into its events. */
struct jz_origin {
    uint64_t epoch;      /* random number of the gateway process; 0: the engine itself */
    uint32_t slot;       /* connection within the gateway */
    uint32_t generation; /* which connection in that slot */
};

struct jz_record {
    uint32_t bytes;    /* header and body, a multiple of JZ_RECORD_UNIT_BYTES */
    uint16_t kind;     /* enum jz_command_kind, or one of the kinds above */
    uint16_t version;  /* layout of the body, from 1 */
    uint32_t rules;    /* rules version that the command runs under */
    uint32_t day;      /* calendar day of the exchange, days since 1970-01-01 */
    uint64_t sequence; /* number of the command, from 1 without gaps; 0 before the engine */
    uint64_t time_ns;  /* since 1970 UTC, never going back */
    uint32_t key;      /* who sends; 1 is the local operator, 0 the engine itself */
    uint32_t lane;     /* nonces count per key and lane */
    uint64_t nonce;    /* from 1; 0 where the kind takes none */
    struct jz_origin origin;
};

_Static_assert(sizeof(struct jz_record) == JZ_RECORD_UNIT_BYTES, "a record header is one unit");

/* A 128-bit fingerprint of state, printed as 32 hex digits, word 0 first. */
struct jz_digest {
    uint64_t word[2];
};

/* The body of a JZ_RECORD_STATUS record; the header's sequence says after which command. */
struct jz_core_status {
    struct jz_digest state;   /* the whole core; equal for replays of one journal */
    struct jz_digest content; /* what members own and see; equal for the same requests */
    uint64_t live_orders;
    uint64_t reserved[3];
};

_Static_assert(sizeof(struct jz_core_status) == 64, "a status is one cache line");

#endif /* JZ_RECORD_H */
