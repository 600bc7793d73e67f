/* gw_exchange.h - a small exchange with one gateway in a thread, and clients on real sockets.
 *
 *     test thread:     client -> (libzmq) -> | gateway thread | -> inbox -> gw_turn: the core
 *                      client <- (libzmq) <- |                | <- events <------'
 *
 * The engine is the test thread itself, a real core turned by gw_turn, which every waiting call
 * here does. So a test can hold the engine or the disk back and see what the gateway makes of it.
 */
#ifndef JZ_TESTS_GW_EXCHANGE_H
#define JZ_TESTS_GW_EXCHANGE_H

#include "engine/ring/ring.h"
#include "engine/ring/share.h"
#include "engine/stage/stage.h"
#include "gateway/gateway.h"
#include "gateway/wire/message.h"
#include "gateway/wire/socket.h"
#include "tests/support/core_street.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    GW_LANES = 6,
    GW_WINDOW = 64,
    GW_INBOX_BYTES = 16384, /* 128 commands */
    GW_EVENT_BYTES = 65536,
    GW_WAIT_MS = 10000, /* for anything that must come */
    GW_QUIET_MS = 50,   /* for anything that must not */
};

struct gw_exchange {
    struct desk desk;   /* the core; set up with street_... before gw_start */
    bool engine_sleeps; /* takes no commands and no questions */
    bool disk_sleeps;   /* nothing more becomes durable */
    uint64_t taken;     /* commands taken from the inbox so far */

    struct jz_share_exchange *exchange;
    struct jz_share_gateway *share; /* of the gateway under way */
    size_t exchange_bytes;
    size_t share_bytes;
    int exchange_file;
    int gateway_file;
    int engine_fd;
    int gateway_fd;
    struct jz_ring_writer events;
    struct jz_ring_reader inbox;
    struct jz_ring_reader ask;
    struct jz_core_walk walk;
    struct jz_origin walk_origin;
    bool is_walking;

    struct jz_gateway_options options;
    struct jz_stage thread;
    int exit_code;
    char requests[JZ_SOCKET_ENDPOINT_BYTES_MAX];
    char feed[JZ_SOCKET_ENDPOINT_BYTES_MAX];
    struct jz_socket_context context; /* of the clients */
};

/* The street's market with Ana, Bo and Cy rich, on a core of 4,096 orders; no gateway yet. */
void gw_open(struct gw_exchange *exchange);

/* Starts a gateway with this epoch on free ports and waits until it is ready. */
void gw_start(struct gw_exchange *exchange, uint64_t epoch);

/* The same without waiting, on these endpoints. */
void gw_launch(struct gw_exchange *exchange, uint64_t epoch, const char *requests,
               const char *feed);

/* Tells the gateway to stop, and waits for its exit code. What was its own is dropped. */
int gw_stop(struct gw_exchange *exchange);

/* Waits for the exit code of a gateway that ends by itself. */
int gw_await_exit(struct gw_exchange *exchange);

void gw_close(struct gw_exchange *exchange);

/* The engine's turn: takes commands and questions, applies, tells, makes durable. */
void gw_turn(struct gw_exchange *exchange);

/* Turns for so long. */
void gw_turn_for(struct gw_exchange *exchange, uint32_t ms);

/* The engine's own command, applied and told to the gateway. */
void gw_apply(struct gw_exchange *exchange, uint16_t kind, const void *body);

#endif /* JZ_TESTS_GW_EXCHANGE_H */
