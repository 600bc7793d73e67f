/* link.h - the gateway's end of the memory that it shares with the engine (engine/ring/share.h).
 *
 *     commands   claim -> fill -> commit ... -> flush        into the inbox ring
 *     questions  ask                                         into the ask ring
 *     events     peek -> read -> advance ... -> release      from the event ring
 *
 * The one rule of the exchange is kept here: peek gives out nothing that is not durable yet. So
 * whatever a gateway tells anybody has a command behind it that survives a power cut.
 *
 * Threads: the gateway's. Memory: mapped from open to close.
 */
#ifndef JZ_GATEWAY_LINK_H
#define JZ_GATEWAY_LINK_H

#include "engine/ring/ring.h"
#include "engine/ring/share.h"
#include "gateway/gateway.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_LINK_COMMAND_BYTES (2u * JZ_RECORD_UNIT_BYTES) /* every command: header and body */

struct jz_link {
    struct jz_share_exchange *exchange; /* mapped read-only */
    struct jz_share_gateway *gateway;
    uint64_t exchange_bytes;
    uint64_t gateway_bytes;
    int engine_fd;
    int gateway_fd;
    uint64_t epoch;
    struct jz_ring_writer inbox;
    struct jz_ring_writer ask;
    struct jz_ring_reader events;
    uint64_t durable_seq; /* at the last look */
    uint64_t inbox_used;  /* bytes of the inbox that are taken, at the last look and since */
    bool has_commands;    /* committed and not yet flushed */
};

/* Maps both files and makes the handles of inbox and ask ring; the event ring can be read after
 * jz_link_meet. JZ_OK; JZ_EINVAL: the files are not what this version of share.h describes;
 * JZ_ESYSTEM. On a failure nothing stays mapped. */
JZ_MUST_USE
int jz_link_open(struct jz_link *link, const struct jz_gateway_options *options);

/* Unmaps. A zeroed link is allowed. */
void jz_link_close(struct jz_link *link);

/* Sends the first question, JZ_ASK_ATTACH, and waits until the engine has taken it: only then has
 * it given this gateway its place in the event ring. False: the exchange stops instead. Blocks. */
bool jz_link_meet(struct jz_link *link);

/* Puts a question to the engine and wakes it. slot and generation come back in the origin of the
 * answer. False if there is no room for it at the moment. */
bool jz_link_ask(struct jz_link *link, uint16_t kind, uint32_t slot, uint32_t generation);

/* Looks how much of the inbox is taken. Once a turn, before the first claim. */
void jz_link_look(struct jz_link *link);

/* Whether there is room for another command that may use all of the inbox but its last sixteenth
 * (for cancels: all of it). Since the last look, so a full inbox may have room again already. */
bool jz_link_has_room(const struct jz_link *link, bool is_cancel);

/* Room for a command of JZ_LINK_COMMAND_BYTES, zeroed but for bytes, version and origin.epoch; NULL
 * if there is none. commit, or take it back with jz_link_forgo. */
struct jz_record *jz_link_claim(struct jz_link *link);
void jz_link_commit(struct jz_link *link);
void jz_link_forgo(struct jz_link *link);

/* Hands all commands of this turn to the engine in one step, and wakes it if it sleeps. */
void jz_link_flush(struct jz_link *link);

/* The next record of the event ring if it is durable, else NULL. Good until release. A fault of the
 * ring stops the process: the engine's side is broken. */
const struct jz_record *jz_link_peek(struct jz_link *link, uint32_t *bytes);
void jz_link_advance(struct jz_link *link);

/* Gives the room of everything stepped over back, and wakes the engine if it waits for that. */
void jz_link_release(struct jz_link *link);

/* Before a sleep on gateway_fd: says so. Then sees must look once more; wakes ends it. */
void jz_link_waits(struct jz_link *link);
bool jz_link_sees(struct jz_link *link);
void jz_link_wakes(struct jz_link *link);

/* Newest command that is durable, as of now. */
uint64_t jz_link_durable_seq(const struct jz_link *link);

/* The engine asks for mercy; the disk is nearly full; the exchange stops. */
bool jz_link_is_busy(const struct jz_link *link);
bool jz_link_is_storage_full(const struct jz_link *link);
bool jz_link_is_stopping(const struct jz_link *link);

#endif /* JZ_GATEWAY_LINK_H */
