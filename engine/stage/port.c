/* port.c - serving gateways from the engine thread. */
#include "engine/stage/port.h"

#include "engine/base/assert.h"
#include "engine/ring/wait.h"

#include <string.h>

enum { PICTURE_EVENTS_MAX = 256 }; /* of one slice, so that commands never wait for long */

static enum jz_port_state port_state(const struct jz_port *port)
{
    /* Acquire pairs with the release in set_state, see there. */
    return (enum jz_port_state)atomic_load_explicit(&port->state, memory_order_acquire);
}

static void set_state(struct jz_port *port, enum jz_port_state state)
{
    /* Release pairs with the other side's acquire in port_state: with ATTACHING come the fields
     * that the main thread filled in, with FREE it may unmap what the engine thread read. */
    atomic_store_explicit(&port->state, (uint32_t)state, memory_order_release);
}

static void wake_main(const struct jz_matcher *matcher)
{
    if (matcher->options.main_fd >= 0) {
        jz_wait_wake(matcher->options.main_fd);
    }
}

bool jz_port_is_live(const struct jz_port *port)
{
    return port_state(port) == JZ_PORT_LIVE;
}

bool jz_port_allows(const struct jz_port *port, const struct jz_record *record, uint32_t bytes)
{
    if (record->bytes != bytes || bytes != 2 * JZ_RECORD_UNIT_BYTES ||
        record->version != JZ_COMMAND_VERSION || record->sequence != 0 || record->time_ns != 0 ||
        record->day != 0 || record->rules != 0) {
        return false;
    }
    if (record->origin.epoch != port->epoch || record->key != 1 ||
        record->lane - port->lane_first >= port->lane_count) {
        return false;
    }
    switch (record->kind) {
#define X(value, name, body, op)                                                                   \
    case (value):                                                                                  \
        return (op)[0] != '\0';
        JZ_COMMAND_MAP(X)
#undef X
    default:
        return false;
    }
}

void jz_port_blame(struct jz_matcher *matcher, struct jz_port *port, enum jz_port_fault fault)
{
    uint32_t live = JZ_PORT_LIVE;
    /* Relaxed: the release below carries it. */
    atomic_store_explicit(&port->fault, (uint32_t)fault, memory_order_relaxed);
    port->is_walking = false;
    /* An exchange, because the main thread may have set LEAVING this moment, which stays. Release
     * pairs with its acquire in jz_matcher_port_fault: with FAULT it reads which one. */
    if (!atomic_compare_exchange_strong_explicit(&port->state, &live, JZ_PORT_FAULT,
                                                 memory_order_release, memory_order_relaxed)) {
        return;
    }
    wake_main(matcher);
}

void jz_port_blame_slowest(struct jz_matcher *matcher)
{
    uint32_t slowest = JZ_RING_READERS_MAX;

    for (uint32_t place = 0; place < JZ_RING_READERS_MAX; place++) {
        const bool is_reader = matcher->events.cursors[place] != NULL;
        if (is_reader && matcher->events.released_seen[place] == matcher->events.slowest) {
            slowest = place;
        }
    }
    if (slowest < JZ_GATEWAYS_MAX && jz_port_is_live(&matcher->ports[slowest])) {
        jz_port_blame(matcher, &matcher->ports[slowest], JZ_PORT_FAULT_SLOW);
    }
}

/* Rings of a gateway that the main thread hands over. */
static void take_in(struct jz_matcher *matcher, uint32_t place)
{
    struct jz_port *port = &matcher->ports[place];
    struct jz_share_gateway *share = port->share;

    jz_ring_reader_init(&port->inbox, &port->inbox_memory, &share->inbox_cursor);
    jz_ring_reader_init(&port->ask, &port->ask_memory, &share->ask_cursor);
    jz_ring_add_reader(&matcher->events, place, &share->event_cursor);
    port->is_walking = false;
    /* An exchange, because the main thread may have set LEAVING meanwhile, which stays. Release
     * pairs with its acquire in jz_matcher_port_is_taken: with LIVE come the cursors. */
    uint32_t attaching = JZ_PORT_ATTACHING;
    if (atomic_compare_exchange_strong_explicit(&port->state, &attaching, JZ_PORT_LIVE,
                                                memory_order_release, memory_order_relaxed)) {
        wake_main(matcher);
    }
}

/* Lets go of a gateway that is gone; it may have been taken back before it was taken in. */
static void let_go(struct jz_matcher *matcher, uint32_t place)
{
    struct jz_port *port = &matcher->ports[place];

    if (matcher->events.cursors[place] != NULL) {
        jz_ring_drop_reader(&matcher->events, place);
    }
    port->is_walking = false;
    set_state(port, JZ_PORT_FREE);
    wake_main(matcher);
}

void jz_port_tend(struct jz_matcher *matcher)
{
    const uint32_t faulty = matcher->events.fault;

    for (uint32_t place = 0; place < JZ_GATEWAYS_MAX; place++) {
        struct jz_port *port = &matcher->ports[place];
        const enum jz_port_state state = port_state(port);
        if (state == JZ_PORT_ATTACHING) {
            take_in(matcher, place);
        } else if (state == JZ_PORT_LEAVING) {
            let_go(matcher, place);
        } else if (state == JZ_PORT_LIVE && faulty == place + 1) {
            jz_port_blame(matcher, port, JZ_PORT_FAULT_RING);
        }
    }
}

void jz_port_wake_readers(struct jz_matcher *matcher)
{
    for (uint32_t place = 0; place < JZ_GATEWAYS_MAX; place++) {
        const struct jz_port *port = &matcher->ports[place];
        if (jz_port_is_live(port) && jz_ring_reader_is_waiting(&matcher->events, place)) {
            jz_wait_wake(port->gateway_fd);
        }
    }
}

/* Frame of an answer: unnumbered, true after the last command. */
static struct jz_record answer_frame(const struct jz_matcher *matcher, uint16_t kind,
                                     struct jz_origin origin)
{
    const struct jz_core *core = matcher->options.core;
    return (struct jz_record){
        .kind = kind,
        .version = JZ_EVENT_VERSION,
        .sequence = jz_core_sequence(core),
        .time_ns = jz_core_time_ns(core),
        .day = jz_core_day(core),
        .origin = origin,
    };
}

static void tell_status(struct jz_matcher *matcher, struct jz_origin origin)
{
    const struct jz_core *core = matcher->options.core;
    const struct jz_record frame = answer_frame(matcher, JZ_RECORD_STATUS, origin);
    const struct jz_core_status status = {
        .state = jz_core_digest(core),
        .content = jz_core_content_digest(core),
        .live_orders = jz_core_live_orders(core),
    };

    jz_matcher_tell(matcher, &frame);
    memcpy(matcher->sink.next++, &status, sizeof(status));
    jz_matcher_told(matcher);
}

static void tell_picture(struct jz_matcher *matcher, struct jz_port *port)
{
    const struct jz_record frame = answer_frame(matcher, JZ_RECORD_PICTURE, port->attach_origin);

    jz_matcher_tell(matcher, &frame);
    port->is_walking =
        jz_core_picture(matcher->options.core, &port->walk, PICTURE_EVENTS_MAX, &matcher->sink);
    jz_matcher_told(matcher);
}

static uint32_t answer_port(struct jz_matcher *matcher, struct jz_port *port)
{
    uint32_t done = 0;
    uint32_t bytes = 0;
    const struct jz_record *sent = jz_ring_peek(&port->ask, &bytes);

    if (sent != NULL) {
        struct jz_record ask; /* the gateway can change its own at any moment */
        memcpy(&ask, sent, sizeof(ask));
        const bool is_known = ask.kind == JZ_ASK_STATUS || ask.kind == JZ_ASK_ATTACH;
        if (ask.origin.epoch != port->epoch || !is_known) {
            jz_port_blame(matcher, port, JZ_PORT_FAULT_RECORD);
            return 0;
        }
        jz_ring_advance(&port->ask);
        jz_ring_release(&port->ask);
        if (ask.kind == JZ_ASK_STATUS) {
            tell_status(matcher, ask.origin);
        } else {
            port->walk = (struct jz_core_walk){0};
            port->attach_origin = ask.origin;
            port->is_walking = true;
        }
        done++;
    } else if (port->ask.fault) {
        jz_port_blame(matcher, port, JZ_PORT_FAULT_RING);
        return 0;
    }
    if (port->is_walking && jz_port_is_live(port)) {
        tell_picture(matcher, port);
        done++;
    }
    return done;
}

uint32_t jz_port_answer(struct jz_matcher *matcher)
{
    uint32_t done = 0;

    for (uint32_t place = 0; place < JZ_GATEWAYS_MAX; place++) {
        struct jz_port *port = &matcher->ports[place];
        if (jz_port_is_live(port)) {
            done += answer_port(matcher, port);
        }
    }
    if (done > 0) {
        jz_matcher_publish(matcher);
    }
    return done;
}

void jz_matcher_attach(struct jz_matcher *matcher, uint32_t place)
{
    JZ_ASSERT(place < JZ_GATEWAYS_MAX);
    JZ_ASSERT(port_state(&matcher->ports[place]) == JZ_PORT_FREE);
    set_state(&matcher->ports[place], JZ_PORT_ATTACHING);
    jz_matcher_wake(matcher);
}

void jz_matcher_detach(struct jz_matcher *matcher, uint32_t place)
{
    JZ_ASSERT(place < JZ_GATEWAYS_MAX);
    JZ_ASSERT(port_state(&matcher->ports[place]) != JZ_PORT_FREE);
    set_state(&matcher->ports[place], JZ_PORT_LEAVING);
    jz_matcher_wake(matcher);
}

bool jz_matcher_port_is_taken(const struct jz_matcher *matcher, uint32_t place)
{
    return port_state(&matcher->ports[place]) != JZ_PORT_ATTACHING;
}

bool jz_matcher_port_is_free(const struct jz_matcher *matcher, uint32_t place)
{
    return port_state(&matcher->ports[place]) == JZ_PORT_FREE;
}

enum jz_port_fault jz_matcher_port_fault(const struct jz_matcher *matcher, uint32_t place)
{
    const struct jz_port *port = &matcher->ports[place];
    if (port_state(port) != JZ_PORT_FAULT) {
        return JZ_PORT_FAULT_NONE;
    }
    /* Relaxed: came with the state. */
    return (enum jz_port_fault)atomic_load_explicit(&port->fault, memory_order_relaxed);
}
