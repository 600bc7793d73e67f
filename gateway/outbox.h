/* outbox.h - what waits to be sent to one member: many small maps as one message.
 *
 *     | room for an array head | map | map | ... | free |
 *
 * Replies and reports of a turn are gathered and sent as one array, or bare if it is only one. A
 * peer whose queue is full is not waited for: its maps stay here until there is room. Who lets its
 * outbox run full, or its queue be full for long, is cut off.
 *
 * Threads: one at a time. Memory: taken by init.
 */
#ifndef JZ_GATEWAY_OUTBOX_H
#define JZ_GATEWAY_OUTBOX_H

#include "gateway/wire/encode.h"
#include "gateway/wire/socket.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_OUTBOX_BYTES        JZ_WIRE_MESSAGE_BYTES_MAX
#define JZ_OUTBOX_FLUSH_BYTES  (32u << 10) /* from here on it is sent without waiting for more */
#define JZ_OUTBOX_STUCK_MAX_MS 10000u      /* that a peer may leave its queue full */

struct jz_outbox {
    uint8_t *bytes;
    size_t used_bytes;       /* of bytes, the room for the head included */
    uint32_t map_count;      /* maps in it */
    uint64_t stuck_since_ns; /* monotonic; 0: the peer's queue was not full at the last try */
    bool is_listed;          /* waits for the end of the turn */
};

/* JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_outbox_init(struct jz_outbox *outbox);

/* Frees it. A zeroed outbox is allowed. */
void jz_outbox_deinit(struct jz_outbox *outbox);

/* Throws away what is in it. */
void jz_outbox_clear(struct jz_outbox *outbox);

/* Where the next map of up to map_bytes goes, or NULL if there is no room before a flush. commit
 * says how long it became. */
uint8_t *jz_outbox_claim(struct jz_outbox *outbox, size_t map_bytes);
void jz_outbox_commit(struct jz_outbox *outbox, size_t map_bytes);

/* Whether enough is in it to send it at once. */
bool jz_outbox_is_heavy(const struct jz_outbox *outbox);

/* Sends what is in it to the peer. JZ_OK: it is empty now; JZ_EAGAIN: the peer's queue is full, all
 * is still here; JZ_EGONE: there is no such peer; JZ_ESYSTEM. now_ns: monotonic. */
JZ_MUST_USE
int jz_outbox_flush(struct jz_outbox *outbox, struct jz_socket *socket,
                    const struct jz_socket_peer *peer, uint64_t now_ns);

/* Whether the peer's queue has been full for too long. */
bool jz_outbox_is_given_up(const struct jz_outbox *outbox, uint64_t now_ns);

#endif /* JZ_GATEWAY_OUTBOX_H */
