/* gateway.h - one gateway: the side of the exchange that faces peers.
 *
 * It knows the exchange as commands in, events out, over the memory of engine/ring/share.h; it sees
 * neither core nor journal. jiaozid runs it as a process of its own, because a network library may
 * abort or be made to take memory, and neither may take the books down.
 */
#ifndef JZ_GATEWAY_GATEWAY_H
#define JZ_GATEWAY_GATEWAY_H

#include <stdint.h>

/* Exit code of a gateway that cannot start (a port in use, no permission): do not try again. */
#define JZ_GATEWAY_EXIT_CONFIG 78

struct jz_gateway_options {
    int exchange_file; /* descriptors of engine/ring/share.h */
    int gateway_file;
    int engine_fd;
    int gateway_fd;
    uint64_t epoch;      /* random, not 0; marks the origins of this gateway's commands */
    uint32_t lane_first; /* the share of key 1's lanes that this gateway may give out */
    uint32_t lane_count;
    const char *requests; /* ZeroMQ endpoint of the requests socket, tcp://127.0.0.1:7010 */
    const char *feed;     /* ZeroMQ endpoint of the feed */
    int ready_fd;         /* -1, or a pipe: see jz_gateway_run */
    /* 0, or the most memory of its own that the process may take: an endless message of a peer is
     * kept by libzmq without a bound, and at this one the process ends and is started again. Only
     * for a process that is nothing but a gateway. */
    uint64_t memory_bytes_max;
};

/* Attaches, opens the sockets, serves until share.stopping, and returns the exit code of the
 * process: 0; JZ_GATEWAY_EXIT_CONFIG after one line on stderr that says what to change; 1 after one
 * line for any other fault. Blocks.
 *
 * Once both sockets are open it writes one line to ready_fd, with the endpoints as they came out
 * (a port given as `*` has a number now), and closes it:
 *     requests=tcp://127.0.0.1:7010 feed=tcp://127.0.0.1:7011
 */
int jz_gateway_run(const struct jz_gateway_options *options);

#endif /* JZ_GATEWAY_GATEWAY_H */
