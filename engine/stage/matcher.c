/* matcher.c - the engine thread. Ports and questions are served in port.c. */
#include "engine/stage/matcher.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ring/wait.h"
#include "engine/stage/port.h"
#include "jiaozi/status.h"

#include <string.h>

enum {
    LOG_PLACE = 0,           /* of the journal thread in the log ring */
    PARK_MS_MAX = 60 * 1000, /* an idle exchange still looks at the calendar this often */
};

static const uint64_t slow_reader_default_ns = UINT64_C(3) * 1000000000;

/* ---- events ------------------------------------------------------------------------------------
 */

/* A whole record's room in the event ring, or NULL while its readers leave none. */
static bool open_room(struct jz_matcher *matcher)
{
    unsigned char *room = jz_ring_claim(&matcher->events, JZ_RECORD_BYTES_MAX);
    if (room == NULL) {
        return false;
    }
    matcher->room = (struct jz_event *)(void *)(room + JZ_RECORD_UNIT_BYTES);
    matcher->sink.next = matcher->room;
    matcher->sink.end = matcher->room + JZ_EVENTS_PER_RECORD_MAX;
    return true;
}

/* Commits the events written so far under the frame of their command. */
static void close_room(struct jz_matcher *matcher)
{
    const uint32_t count = (uint32_t)(matcher->sink.next - matcher->room);
    struct jz_record *record = (struct jz_record *)(void *)matcher->room - 1;

    if (count == 0) {
        jz_ring_commit(&matcher->events, 0);
        return;
    }
    *record = matcher->frame;
    record->bytes = JZ_RECORD_UNIT_BYTES + (count * (uint32_t)sizeof(struct jz_event));
    jz_ring_commit(&matcher->events, record->bytes);
}

/* Seq_cst: see jz_matcher_publish. */
static uint64_t durable_seq(const struct jz_matcher *matcher)
{
    return atomic_load_explicit(&matcher->options.exchange->durable_seq, memory_order_seq_cst);
}

/* Tells the gateways whether to take new orders, by how full the event ring is. */
static void look_how_full(struct jz_matcher *matcher)
{
    const uint64_t used_bytes = jz_ring_used_bytes(&matcher->events);

    matcher->is_busy = used_bytes > matcher->events.memory.data_bytes / 4 * 3;
    /* Relaxed: a hint to gateways, nothing is read because of it. */
    atomic_store_explicit(&matcher->options.exchange->busy, matcher->is_busy, memory_order_relaxed);
}

void jz_matcher_publish(struct jz_matcher *matcher)
{
    jz_ring_publish(&matcher->events);

    /* Seq_cst, after the ring's seq_cst publish: of this look and the journal thread's store the
     * later one in the order of all such operations belongs to a side that sees the other's news,
     * so one of the two wakes the reader. What is not durable yet wakes nobody. */
    const uint64_t durable = durable_seq(matcher);
    if (durable >= matcher->frame.sequence || matcher->batch_count == 0 ||
        durable >= matcher->batch[0]->sequence) {
        jz_port_wake_readers(matcher);
    }

    look_how_full(matcher);
}

/* The event ring is full: sleeps until its slowest reader has made room. Readers get on meanwhile,
 * because the command whose events these are is with the journal already. As long as the disk is
 * behind, they have nothing that they may read, and it is not they who are slow. */
static void wait_for_room(struct jz_matcher *matcher)
{
    uint64_t since_ns = jz_clock_monotonic_ns();

    jz_matcher_publish(matcher);
    jz_port_wake_readers(matcher);
    while (!open_room(matcher)) {
        jz_port_tend(matcher);
        jz_ring_writer_waits(&matcher->events);
        if (!jz_ring_writer_sees(&matcher->events, JZ_RECORD_BYTES_MAX)) {
            (void)jz_wait_sleep(matcher->options.engine_fd, 100);
        }
        jz_ring_writer_wakes(&matcher->events);
        if (durable_seq(matcher) < matcher->frame.sequence) {
            since_ns = jz_clock_monotonic_ns();
        } else if (jz_clock_monotonic_ns() - since_ns > matcher->options.slow_reader_ns) {
            jz_port_blame_slowest(matcher);
        }
    }
}

static void turn_room(struct jz_events *sink)
{
    struct jz_matcher *matcher =
        (struct jz_matcher *)(void *)((unsigned char *)sink - offsetof(struct jz_matcher, sink));

    close_room(matcher);
    if (!open_room(matcher)) {
        wait_for_room(matcher);
    }
}

void jz_matcher_tell(struct jz_matcher *matcher, const struct jz_record *frame)
{
    matcher->frame = *frame;
    if (!open_room(matcher)) {
        wait_for_room(matcher);
    }
}

void jz_matcher_told(struct jz_matcher *matcher)
{
    close_room(matcher);
}

/* ---- commands ----------------------------------------------------------------------------------
 */

/* Gives the claimed record its number and time and makes it the next of the batch. */
static void number(struct jz_matcher *matcher, struct jz_record *record, uint64_t time_ns)
{
    const struct jz_genesis *genesis = jz_core_genesis(matcher->options.core);

    record->sequence = ++matcher->sequence;
    record->time_ns = time_ns;
    record->day = jz_stamp_day(time_ns, genesis->calendar_offset_s);
    record->rules = genesis->rules;
    matcher->day = record->day;
    matcher->batch[matcher->batch_count++] = record;
    jz_ring_commit(&matcher->log, record->bytes);
}

/* A command of the engine's own. False while the log ring has no room. */
static bool number_own(struct jz_matcher *matcher, uint16_t kind, const void *body,
                       uint64_t time_ns)
{
    struct jz_record *record = jz_ring_claim(&matcher->log, 2 * JZ_RECORD_UNIT_BYTES);
    if (record == NULL) {
        matcher->wants_log_room = true;
        return false;
    }
    *record = (struct jz_record){
        .bytes = 2 * JZ_RECORD_UNIT_BYTES, .kind = kind, .version = JZ_COMMAND_VERSION};
    memcpy(record + 1, body, JZ_RECORD_UNIT_BYTES);
    number(matcher, record, time_ns);
    return true;
}

/* One tick for each day that has begun since the last command. */
static bool number_ticks(struct jz_matcher *matcher, uint64_t time_ns)
{
    static const struct jz_tick nothing = {{0}};
    const int32_t offset_s = jz_core_genesis(matcher->options.core)->calendar_offset_s;
    const uint32_t today = jz_stamp_day(time_ns, offset_s);

    while (matcher->day < today) {
        if (matcher->batch_count == JZ_MATCHER_BATCH_MAX) {
            return false;
        }
        const uint64_t start_ns = jz_stamp_day_start_ns(matcher->day + 1, offset_s);
        if (!number_own(matcher, JZ_COMMAND_TICK, &nothing, start_ns)) {
            return false;
        }
    }
    return true;
}

/* Takes commands from one inbox until it is empty, the batch is full or the log ring is. */
static void take_from(struct jz_matcher *matcher, struct jz_port *port, uint64_t time_ns)
{
    while (matcher->batch_count < JZ_MATCHER_BATCH_MAX) {
        uint32_t bytes = 0;
        const struct jz_record *sent = jz_ring_peek(&port->inbox, &bytes);
        if (sent == NULL) {
            break;
        }
        struct jz_record *record = jz_ring_claim(&matcher->log, bytes);
        if (record == NULL) {
            matcher->wants_log_room = true;
            break;
        }
        /* Copy first, then judge the copy: the gateway can change its own at any moment. */
        memcpy(record, sent, bytes);
        if (!jz_port_allows(port, record, bytes)) {
            jz_ring_commit(&matcher->log, 0);
            jz_port_blame(matcher, port, JZ_PORT_FAULT_RECORD);
            return;
        }
        number(matcher, record, time_ns);
        jz_ring_advance(&port->inbox);
    }
    if (port->inbox.fault) {
        jz_port_blame(matcher, port, JZ_PORT_FAULT_RING);
        return;
    }
    jz_ring_release(&port->inbox);
}

static void take_batch(struct jz_matcher *matcher)
{
    const uint64_t monotonic_ns = jz_clock_monotonic_ns();
    if (jz_stamp_is_due(&matcher->stamp, monotonic_ns) &&
        jz_stamp_look(&matcher->stamp, jz_clock_real_ns(), monotonic_ns)) {
        jz_log_line("warning: the machine's clock is more than 5 s away from the exchange's; the "
                    "exchange keeps its own time. To follow the clock: stop, start --accept-time");
    }
    const uint64_t time_ns = jz_stamp_next(&matcher->stamp, monotonic_ns);

    if (!number_ticks(matcher, time_ns)) {
        return;
    }
    for (uint32_t i = 0; i < JZ_GATEWAYS_MAX; i++) {
        struct jz_port *port = &matcher->ports[(matcher->next_port + i) % JZ_GATEWAYS_MAX];
        if (jz_port_is_live(port)) {
            take_from(matcher, port, time_ns);
        }
    }
    matcher->next_port = (matcher->next_port + 1) % JZ_GATEWAYS_MAX;
}

static void run_batch(struct jz_matcher *matcher)
{
    if (matcher->batch_count == 0) {
        return;
    }
    jz_ring_publish(&matcher->log);
    if (jz_ring_reader_is_waiting(&matcher->log, LOG_PLACE)) {
        jz_wait_wake(matcher->options.journal_fd);
    }
    for (uint32_t i = 0; i < matcher->batch_count; i++) {
        const struct jz_record *record = matcher->batch[i];
        struct jz_record frame = *record;
        frame.kind = JZ_RECORD_EVENTS;
        frame.version = JZ_EVENT_VERSION;
        jz_matcher_tell(matcher, &frame);
        jz_core_apply(matcher->options.core, record, &matcher->sink);
        jz_matcher_told(matcher);
    }
    jz_matcher_publish(matcher);
    matcher->batch_count = 0;
}

/* ---- life --------------------------------------------------------------------------------------
 */

int jz_matcher_init(struct jz_matcher *matcher, const struct jz_matcher_options *options,
                    struct jz_ring_cursor *log_cursor)
{
    const uint64_t last_ns = jz_core_time_ns(options->core);
    const struct jz_ring_memory events = {
        .control = &options->exchange->events,
        .data = options->event_data,
        .data_bytes = options->exchange->event_data_bytes,
    };

    memset(matcher, 0, sizeof(*matcher));
    matcher->options = *options;
    if (matcher->options.slow_reader_ns == 0) {
        matcher->options.slow_reader_ns = slow_reader_default_ns;
    }
    matcher->sink.turn = turn_room;
    matcher->sequence = jz_core_sequence(options->core);
    matcher->day = jz_core_day(options->core);
    jz_stamp_init(&matcher->stamp, last_ns, options->real_ns, options->monotonic_ns);
    if (last_ns == 0) {
        const int32_t offset_s = jz_core_genesis(options->core)->calendar_offset_s;
        matcher->day = jz_stamp_day(options->real_ns, offset_s);
    }
    int status = jz_ring_writer_init(&matcher->log, &options->log);
    if (status != JZ_OK) {
        return status;
    }
    status = jz_ring_writer_init(&matcher->events, &events);
    if (status != JZ_OK) {
        return status;
    }
    jz_ring_add_reader(&matcher->log, LOG_PLACE, log_cursor);
    return JZ_OK;
}

void jz_matcher_submit(struct jz_matcher *matcher, uint16_t kind, const void *body)
{
    const uint64_t time_ns = jz_stamp_next(&matcher->stamp, jz_clock_monotonic_ns());
    const bool has_room = number_own(matcher, kind, body, time_ns);

    JZ_ASSERT(has_room);
    run_batch(matcher);
}

uint32_t jz_matcher_poll(void *self)
{
    struct jz_matcher *matcher = self;

    matcher->wants_log_room = false;
    if (matcher->is_busy) {
        look_how_full(matcher); /* no command may come to do it, since all are refused */
    }
    jz_port_tend(matcher);
    take_batch(matcher);
    uint32_t done = matcher->batch_count;
    run_batch(matcher);
    done += jz_port_answer(matcher);
    if (done == 0 && jz_core_touch_ahead(matcher->options.core)) {
        done = 1;
    }
    return done;
}

/* Milliseconds until the exchange's next day begins, at most PARK_MS_MAX. */
static int park_ms(struct jz_matcher *matcher)
{
    const int32_t offset_s = jz_core_genesis(matcher->options.core)->calendar_offset_s;
    const uint64_t now_ns = jz_stamp_next(&matcher->stamp, jz_clock_monotonic_ns());
    const uint64_t next_ns = jz_stamp_day_start_ns(matcher->day + 1, offset_s);

    if (next_ns <= now_ns) {
        return 0;
    }
    const uint64_t left_ms = ((next_ns - now_ns) / 1000000) + 1;
    return left_ms < PARK_MS_MAX ? (int)left_ms : PARK_MS_MAX;
}

void jz_matcher_park(void *self)
{
    struct jz_matcher *matcher = self;
    const bool was_busy = matcher->is_busy;
    bool sees = false;

    for (uint32_t i = 0; i < JZ_GATEWAYS_MAX; i++) {
        if (jz_port_is_live(&matcher->ports[i])) {
            jz_ring_reader_waits(&matcher->ports[i].inbox);
            jz_ring_reader_waits(&matcher->ports[i].ask);
        }
    }
    if (matcher->wants_log_room) {
        jz_ring_writer_waits(&matcher->log);
        sees = jz_ring_writer_sees(&matcher->log, JZ_RECORD_BYTES_MAX);
    }
    if (was_busy) { /* each release wakes us, to look again */
        jz_ring_writer_waits(&matcher->events);
        look_how_full(matcher);
    }
    for (uint32_t i = 0; i < JZ_GATEWAYS_MAX && !sees; i++) {
        struct jz_port *port = &matcher->ports[i];
        if (jz_port_is_live(port)) {
            const bool waits_for_log = matcher->wants_log_room;
            sees = (!waits_for_log && jz_ring_reader_sees(&port->inbox)) ||
                   jz_ring_reader_sees(&port->ask) || port->is_walking;
        }
    }
    if (!sees) {
        (void)jz_wait_sleep(matcher->options.engine_fd, park_ms(matcher));
    }
    for (uint32_t i = 0; i < JZ_GATEWAYS_MAX; i++) {
        if (jz_port_is_live(&matcher->ports[i])) {
            jz_ring_reader_wakes(&matcher->ports[i].inbox);
            jz_ring_reader_wakes(&matcher->ports[i].ask);
        }
    }
    if (matcher->wants_log_room) {
        jz_ring_writer_wakes(&matcher->log);
    }
    if (was_busy) {
        jz_ring_writer_wakes(&matcher->events);
    }
}

void jz_matcher_wake(void *self)
{
    const struct jz_matcher *matcher = self;
    jz_wait_wake(matcher->options.engine_fd);
}
