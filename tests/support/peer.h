/* peer.h - a pipeline on a temporary directory, and the test in the place of its gateway: it writes
 * commands into the inbox and reads durable events, over the same shared memory as the real one.
 */
#ifndef JZ_TESTS_PEER_H
#define JZ_TESTS_PEER_H

#include "engine/stage/pipeline.h"

#define JZ_PEER_EPOCH UINT64_C(0x7e57)

struct jz_peer {
    char directory[64]; /* removed by jz_peer_close */
    struct jz_journal journal;
    struct jz_recovery recovery;
    struct jz_pipeline pipeline;
    int main_fd;
    struct jz_ring_writer inbox;
    struct jz_ring_writer ask;
    struct jz_ring_reader events;
    uint64_t nonce;          /* last one used, on lane 0 */
    struct jz_digest digest; /* of the state, at the last stop */
};

/* Makes a fresh directory. */
void jz_peer_open(struct jz_peer *peer);

/* Recovers the directory, starts the pipeline and attaches the test as its gateway. Small
 * capacities; event_ring_bytes a power of two. */
void jz_peer_start(struct jz_peer *peer, uint64_t event_ring_bytes);

/* Detaches, stops the threads and takes the digest; the directory stays. The core belongs to the
 * engine thread until then. */
void jz_peer_stop(struct jz_peer *peer);

/* Removes the directory. */
void jz_peer_close(struct jz_peer *peer);

/* Sends a command of 64 bytes of body with the next nonce. */
void jz_peer_send(struct jz_peer *peer, uint16_t kind, const void *body);

/* The next durable record of events, waiting for it; released by the next call. */
const struct jz_record *jz_peer_take(struct jz_peer *peer);

/* Takes records until the RESULT of the command with the last nonce sent; returns it. */
struct jz_event_result jz_peer_answer(struct jz_peer *peer);

#endif /* JZ_TESTS_PEER_H */
