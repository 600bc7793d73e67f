/* gateways.h - the main thread's care for gateways: start, watch, restart, stop.
 *
 * A gateway is a child process of jiaozid's own binary. It gets memory and eventfds by number
 * (engine/ring/share.h), dies with its parent, and is started again when it dies, each time with a
 * new epoch, so that no reply meant for a peer of the old process reaches a peer of the new one. A
 * child that cannot start because of its settings (exit code 78) is not tried again.
 */
#ifndef JZ_GATEWAYS_H
#define JZ_GATEWAYS_H

#include "engine/options.h"
#include "engine/stage/pipeline.h"
#include "engine/stage/stage.h"
#include "gateway/gateway.h"

#include <stdatomic.h>
#include <sys/types.h>

#define JZ_GATEWAYS_ENDPOINT_BYTES 256u

struct jz_gateways {
    const struct jz_options *options;
    struct jz_pipeline *pipeline;
    pid_t child;          /* 0: none runs */
    int ready_fd;         /* our end of its ready pipe; -1 once it is ready */
    uint64_t started_ns;  /* monotonic, of the last start */
    uint64_t start_at_ns; /* monotonic, of the next start while none runs */
    uint32_t back_off_ms; /* grows with each early death */
    uint32_t starts;      /* so far */
    bool must_stop;       /* jiaozid is to end, with exit_code */
    int exit_code;
    char requests[JZ_GATEWAYS_ENDPOINT_BYTES]; /* as the first gateway came out */
    char feed[JZ_GATEWAYS_ENDPOINT_BYTES];
    struct jz_gateway_options thread_options; /* --gateway=thread */
    struct jz_stage thread;
    bool has_thread;
    int thread_exit;
    _Atomic uint32_t thread_ended;
};

/* Prepares; starts nothing. */
void jz_gateways_init(struct jz_gateways *gateways, const struct jz_options *options,
                      struct jz_pipeline *pipeline);

/* Does what is due: starts a gateway, reaps a dead one, reads from the ready pipe, kills one that
 * the engine thread blames. Returns milliseconds until something else is due, -1: nothing. */
int jz_gateways_tend(struct jz_gateways *gateways);

/* Waits for the gateways to deliver what is durable and end; kills what has not after 5 s. The
 * caller has set share.stopping before. */
void jz_gateways_stop(struct jz_gateways *gateways);

#endif /* JZ_GATEWAYS_H */
