/* matcher.h - the engine thread: it numbers and stamps commands, hands them to the journal, applies
 * them, and writes their events.
 *
 *     inbox of each gateway --> number, stamp --> log ring --> (journal thread)
 *                                    |
 *                                    '--> core.apply --> event ring --> gateways, ledger
 *
 * A batch of commands is published to the log ring before the first of them is applied, so that
 * disk and core work on it at the same time. Events may be ahead of the disk; their readers wait
 * for durable_seq.
 *
 * Gateways come and go through ports. A port is handed over by its state: the main thread fills it
 * and sets ATTACHING, the engine thread takes it in and sets LIVE, or FAULT when the gateway behind
 * it breaks the rules of the rings; the main thread, when the process is gone, sets LEAVING, and
 * the engine thread lets go and sets FREE.
 */
#ifndef JZ_STAGE_MATCHER_H
#define JZ_STAGE_MATCHER_H

#include "engine/base/limits.h"
#include "engine/core/core.h"
#include "engine/ring/ring.h"
#include "engine/ring/share.h"
#include "engine/stage/stamp.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Commands that are numbered together and published in one step. */
#define JZ_MATCHER_BATCH_MAX 256u

/* Places of the readers of the event ring: gateways from 0 on, the ledger behind them. */
#define JZ_MATCHER_LEDGER_PLACE JZ_GATEWAYS_MAX

enum jz_port_state {
    JZ_PORT_FREE = 0,
    JZ_PORT_ATTACHING,
    JZ_PORT_LIVE,
    JZ_PORT_FAULT,
    JZ_PORT_LEAVING,
};

/* Why a gateway must go. */
enum jz_port_fault {
    JZ_PORT_FAULT_NONE = 0,
    JZ_PORT_FAULT_RING = 1, /* a position, length or cursor that cannot be */
    JZ_PORT_FAULT_RECORD,   /* a command that no gateway may send, or of another epoch or lane */
    JZ_PORT_FAULT_SLOW,     /* it alone kept the event ring full */
};

struct jz_port {
    _Atomic uint32_t state; /* enum jz_port_state: says whose the rest is */
    _Atomic uint32_t fault; /* enum jz_port_fault, by the engine with FAULT */

    /* By the main thread before ATTACHING (jz_pipeline_reset_place fills in the first three);
     * constant until FREE. */
    struct jz_share_gateway *share;
    struct jz_ring_memory inbox_memory; /* where its rings lie, by our own reckoning */
    struct jz_ring_memory ask_memory;
    uint64_t epoch;
    uint32_t lane_first;
    uint32_t lane_count;
    int gateway_fd;

    /* The engine thread's. */
    struct jz_ring_reader inbox;
    struct jz_ring_reader ask;
    struct jz_core_walk walk;
    struct jz_origin attach_origin;
    bool is_walking; /* a picture is being told */
};

struct jz_matcher_options {
    struct jz_core *core;
    struct jz_share_exchange *exchange;
    unsigned char *event_data;
    struct jz_ring_memory log; /* already initialised by nobody: the matcher is its writer */
    int journal_fd;            /* wakes the journal thread */
    int engine_fd;             /* the engine thread sleeps on it */
    int main_fd;      /* wakes the main thread when a port faults or comes free; -1: none */
    uint64_t real_ns; /* clock readings to start from */
    uint64_t monotonic_ns;
    uint64_t slow_reader_ns; /* that a gateway may keep the event ring full; 0: 3 s */
};

struct jz_matcher {
    struct jz_matcher_options options;
    struct jz_ring_writer log;
    struct jz_ring_writer events;
    struct jz_events sink;  /* room in the event ring for the command under way */
    struct jz_event *room;  /* first event of that room */
    struct jz_record frame; /* header that its records get */
    struct jz_stamp stamp;
    uint64_t sequence;                                   /* last number given */
    uint32_t day;                                        /* of that command */
    const struct jz_record *batch[JZ_MATCHER_BATCH_MAX]; /* in the log ring, numbered, to apply */
    uint32_t batch_count;
    uint32_t next_port; /* whose turn it is */
    bool wants_log_room;
    bool is_busy; /* the event ring is over three quarters full */
    struct jz_port ports[JZ_GATEWAYS_MAX];
};

/* Makes the engine thread's state over a core that is replayed up to its last command, and both
 * rings' writer. log_cursor is the journal thread's place in the log ring. JZ_OK or JZ_EINVAL. */
JZ_MUST_USE
int jz_matcher_init(struct jz_matcher *matcher, const struct jz_matcher_options *options,
                    struct jz_ring_cursor *log_cursor);

/* Sends the engine's own command, such as genesis, as the next in order. Before the thread starts.
 */
void jz_matcher_submit(struct jz_matcher *matcher, uint16_t kind, const void *body);

/* One round for struct jz_stage_work: takes in what waits, tells a slice of each picture asked for.
 * Returns commands and questions done. */
uint32_t jz_matcher_poll(void *self);

/* Sleeps until a gateway, the journal thread or the main thread wakes it, or the day ends. */
void jz_matcher_park(void *self);

/* Any thread. */
void jz_matcher_wake(void *self);

/* Main thread: hands a gateway to the engine thread. Epoch, lanes, rings and gateway_fd of the port
 * are filled in; its state is FREE. */
void jz_matcher_attach(struct jz_matcher *matcher, uint32_t place);

/* Main thread: the gateway's process is gone; once the port is FREE its memory may be unmapped. */
void jz_matcher_detach(struct jz_matcher *matcher, uint32_t place);

/* Main thread: true once the engine thread has taken the gateway in. */
bool jz_matcher_port_is_taken(const struct jz_matcher *matcher, uint32_t place);

/* Main thread: whether the engine thread has let go of the port, and what it blames on the gateway
 * there (NONE: nothing). */
bool jz_matcher_port_is_free(const struct jz_matcher *matcher, uint32_t place);
enum jz_port_fault jz_matcher_port_fault(const struct jz_matcher *matcher, uint32_t place);

#endif /* JZ_STAGE_MATCHER_H */
