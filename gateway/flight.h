/* flight.h - the commands that this gateway sent and that have no answer yet, in their order.
 *
 * There is one way to the engine and one way back, and both keep the order: the answer to the
 * oldest command in flight comes first. So what belongs to a command but does not travel with it,
 * the client's ref, waits here in a queue.
 *
 * A command that looked up a source id is kept whole besides, to be sent again if its look-up was
 * too old (STALE_CHECK).
 *
 * Threads: one at a time. Memory: all of it is taken by init.
 */
#ifndef JZ_GATEWAY_FLIGHT_H
#define JZ_GATEWAY_FLIGHT_H

#include "gateway/link.h"
#include "gateway/wire/wire.h"
#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_FLIGHT_COMMANDS_MAX 65536u /* a power of two; beyond it new commands are BUSY */
#define JZ_FLIGHT_KEPT_MAX     1024u  /* of them with a copy of the command */
#define JZ_FLIGHT_TRIES_MAX    3u     /* of one command before the client is told BUSY */

struct jz_flight_kept {
    unsigned char command[JZ_LINK_COMMAND_BYTES];
    uint32_t tries;
    uint32_t next; /* of the free ones, by index + 1 */
};

struct jz_flight_entry {
    uint64_t nonce;
    uint32_t slot; /* as in the origin of the command */
    uint32_t generation;
    uint32_t lane;
    uint32_t kept; /* index + 1 of the copy, 0: none */
    struct jz_ref ref;
};

struct jz_flight {
    struct jz_flight_entry *entries; /* JZ_FLIGHT_COMMANDS_MAX, a ring */
    struct jz_flight_kept *kept;     /* JZ_FLIGHT_KEPT_MAX */
    uint64_t first;                  /* positions, count up for ever */
    uint64_t last;                   /* behind the newest */
    uint32_t kept_free;              /* index + 1, 0: none */
};

/* JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_flight_init(struct jz_flight *flight);

/* Frees it. A zeroed flight is allowed. */
void jz_flight_deinit(struct jz_flight *flight);

/* Whether one more command may start: as in the inbox, cancels have a last sixteenth for themselves
 * and a command to be kept needs a place for its copy. */
bool jz_flight_has_room(const struct jz_flight *flight, bool is_cancel, bool is_kept);

/* Whether every command has its answer. */
bool jz_flight_is_empty(const struct jz_flight *flight);

/* A command starts; there is room. If it is to be kept, record and its body are copied; tries
 * counts how often it was sent, this time included. */
void jz_flight_start(struct jz_flight *flight, const struct jz_record *record,
                     const struct jz_ref *ref, uint32_t kept_tries);

/* The oldest command, which an answer with this header must be for. It stays the oldest one until
 * jz_flight_land. */
const struct jz_flight_entry *jz_flight_oldest(const struct jz_flight *flight,
                                               const struct jz_record *answer);

/* The copy kept with a command, NULL if none was. Good until land. */
const struct jz_flight_kept *jz_flight_kept_of(const struct jz_flight *flight,
                                               const struct jz_flight_entry *entry);

/* The oldest command has its answer. */
void jz_flight_land(struct jz_flight *flight);

#endif /* JZ_GATEWAY_FLIGHT_H */
