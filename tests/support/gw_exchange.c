/* gw_exchange.c - rings, memory files and an engine that is turned by hand. */
#include "tests/support/gw_exchange.h"

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/ring/wait.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLACE = 0, SLICE_EVENTS = 8, PAGE = JZ_SHARE_PAGE_BYTES };

static size_t pages(size_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static void make_exchange_file(struct gw_exchange *exchange)
{
    const size_t head = pages(sizeof(struct jz_share_exchange));
    exchange->exchange_bytes = head + GW_EVENT_BYTES;
    assert_int_equal(
        jz_memory_file("test-exchange", exchange->exchange_bytes, &exchange->exchange_file), JZ_OK);
    exchange->exchange = jz_memory_map(exchange->exchange_file, exchange->exchange_bytes, true);
    assert_non_null(exchange->exchange);
    exchange->exchange->version = JZ_SHARE_VERSION;
    exchange->exchange->event_data_bytes = GW_EVENT_BYTES;
    exchange->exchange->event_data_offset = head;

    const struct jz_ring_memory memory = {
        .control = &exchange->exchange->events,
        .data = (unsigned char *)exchange->exchange + head,
        .data_bytes = GW_EVENT_BYTES,
    };
    assert_int_equal(jz_ring_writer_init(&exchange->events, &memory), JZ_OK);
}

static void make_gateway_file(struct gw_exchange *exchange)
{
    const size_t head = pages(sizeof(struct jz_share_gateway));
    exchange->share_bytes = head + GW_INBOX_BYTES + JZ_RING_DATA_BYTES_MIN;
    assert_int_equal(jz_memory_file("test-gateway", exchange->share_bytes, &exchange->gateway_file),
                     JZ_OK);
    exchange->share = jz_memory_map(exchange->gateway_file, exchange->share_bytes, true);
    assert_non_null(exchange->share);
    exchange->share->version = JZ_SHARE_VERSION;
    exchange->share->inbox_data_bytes = GW_INBOX_BYTES;
    exchange->share->inbox_data_offset = head;
    exchange->share->ask_data_bytes = JZ_RING_DATA_BYTES_MIN;
    exchange->share->ask_data_offset = head + GW_INBOX_BYTES;

    unsigned char *base = (unsigned char *)exchange->share;
    const struct jz_ring_memory inbox = {
        .control = &exchange->share->inbox, .data = base + head, .data_bytes = GW_INBOX_BYTES};
    const struct jz_ring_memory ask = {.control = &exchange->share->ask,
                                       .data = base + head + GW_INBOX_BYTES,
                                       .data_bytes = JZ_RING_DATA_BYTES_MIN};
    jz_ring_reader_init(&exchange->inbox, &inbox, &exchange->share->inbox_cursor);
    jz_ring_reader_init(&exchange->ask, &ask, &exchange->share->ask_cursor);
    jz_ring_add_reader(&exchange->events, PLACE, &exchange->share->event_cursor);
    exchange->is_walking = false;
}

/* ---- the engine --------------------------------------------------------------------------------
 */

static void wake_gateway(struct gw_exchange *exchange)
{
    jz_ring_publish(&exchange->events);
    if (!exchange->disk_sleeps) {
        /* Seq_cst as the journal thread does it, see wait.h. */
        atomic_store_explicit(&exchange->exchange->durable_seq,
                              jz_core_sequence(exchange->desk.core), memory_order_seq_cst);
    }
    if (jz_ring_reader_is_waiting(&exchange->events, PLACE)) {
        jz_wait_wake(exchange->gateway_fd);
    }
}

/* A record of this header with these events, waiting for the gateway to make room. */
static void tell_record(struct gw_exchange *exchange, const struct jz_record *header,
                        const void *body, size_t body_bytes)
{
    const uint32_t bytes = (uint32_t)(sizeof(*header) + body_bytes);
    const uint64_t end_ns = jz_clock_monotonic_ns() + (GW_WAIT_MS * UINT64_C(1000000));
    struct jz_record *record = jz_ring_claim(&exchange->events, bytes);

    while (record == NULL) {
        assert_true(jz_clock_monotonic_ns() < end_ns);
        wake_gateway(exchange);
        jz_ring_writer_waits(&exchange->events);
        if (!jz_ring_writer_sees(&exchange->events, bytes)) {
            (void)jz_wait_sleep(exchange->engine_fd, 100);
        }
        jz_ring_writer_wakes(&exchange->events);
        record = jz_ring_claim(&exchange->events, bytes);
    }
    *record = *header;
    record->bytes = bytes;
    memcpy(record + 1, body, body_bytes);
    jz_ring_commit(&exchange->events, bytes);
}

static void tell_command(struct gw_exchange *exchange, const struct jz_record *command)
{
    struct jz_record header = *command;
    uint32_t told = 0;

    header.kind = JZ_RECORD_EVENTS;
    header.version = JZ_EVENT_VERSION;
    while (told < exchange->desk.event_count) {
        const uint32_t left = exchange->desk.event_count - told;
        const uint32_t count = left < JZ_EVENTS_PER_RECORD_MAX ? left : JZ_EVENTS_PER_RECORD_MAX;
        tell_record(exchange, &header, &exchange->desk.events[told],
                    count * sizeof(struct jz_event));
        told += count;
    }
}

static void take_command(struct gw_exchange *exchange, const struct jz_record *sent)
{
    struct {
        struct jz_record record;
        unsigned char body[JZ_RECORD_UNIT_BYTES];
    } command;

    assert_int_equal(sent->bytes, sizeof(command));
    memcpy(&command, sent, sizeof(command));
    assert_int_equal(command.record.origin.epoch, exchange->options.epoch);
    assert_int_equal(command.record.key, 1);
    assert_int_equal(command.record.sequence, 0);
    command.record.sequence = jz_core_sequence(exchange->desk.core) + 1;
    command.record.time_ns = exchange->desk.next.time_ns;
    command.record.day = exchange->desk.next.day;
    command.record.rules = exchange->desk.next.rules;
    (void)desk_apply_record(&exchange->desk, &command.record);
    tell_command(exchange, &command.record);
    exchange->taken++;
}

static struct jz_record answer_header(const struct gw_exchange *exchange, uint16_t kind,
                                      struct jz_origin origin)
{
    return (struct jz_record){
        .kind = kind,
        .version = JZ_EVENT_VERSION,
        .sequence = jz_core_sequence(exchange->desk.core),
        .time_ns = jz_core_time_ns(exchange->desk.core),
        .origin = origin,
    };
}

static void take_question(struct gw_exchange *exchange, const struct jz_record *ask)
{
    assert_int_equal(ask->origin.epoch, exchange->options.epoch);
    if (ask->kind == JZ_ASK_ATTACH) {
        exchange->walk = (struct jz_core_walk){0};
        exchange->walk_origin = ask->origin;
        exchange->is_walking = true;
        return;
    }
    assert_int_equal(ask->kind, JZ_ASK_STATUS);
    const struct jz_record header = answer_header(exchange, JZ_RECORD_STATUS, ask->origin);
    const struct jz_core_status status = {
        .state = jz_core_digest(exchange->desk.core),
        .content = jz_core_content_digest(exchange->desk.core),
        .live_orders = jz_core_live_orders(exchange->desk.core),
    };
    tell_record(exchange, &header, &status, sizeof(status));
}

static void tell_slice(struct gw_exchange *exchange)
{
    struct jz_event events[SLICE_EVENTS];
    struct jz_events room = {.next = events, .end = events + SLICE_EVENTS};
    const struct jz_record header =
        answer_header(exchange, JZ_RECORD_PICTURE, exchange->walk_origin);

    exchange->is_walking =
        jz_core_picture(exchange->desk.core, &exchange->walk, SLICE_EVENTS, &room);
    tell_record(exchange, &header, events, (size_t)(room.next - events) * sizeof(events[0]));
}

void gw_turn(struct gw_exchange *exchange)
{
    uint32_t bytes = 0;
    const struct jz_record *sent = NULL;

    if (exchange->gateway_file < 0) {
        return; /* between two gateways */
    }
    if (!exchange->engine_sleeps) {
        while ((sent = jz_ring_peek(&exchange->inbox, &bytes)) != NULL) {
            take_command(exchange, sent);
            jz_ring_advance(&exchange->inbox);
            jz_ring_release(&exchange->inbox);
        }
        while ((sent = jz_ring_peek(&exchange->ask, &bytes)) != NULL) {
            take_question(exchange, sent);
            jz_ring_advance(&exchange->ask);
            jz_ring_release(&exchange->ask);
        }
        if (exchange->is_walking) {
            tell_slice(exchange);
        }
        assert_false(exchange->inbox.fault);
        assert_false(exchange->ask.fault);
    }
    wake_gateway(exchange);
}

void gw_turn_for(struct gw_exchange *exchange, uint32_t ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (ms * UINT64_C(1000000));
    while (jz_clock_monotonic_ns() < end_ns) {
        gw_turn(exchange);
        (void)jz_wait_sleep(exchange->engine_fd, 1);
    }
}

void gw_apply(struct gw_exchange *exchange, uint16_t kind, const void *body)
{
    (void)desk_apply(&exchange->desk, kind, body);
    const struct jz_record header = {
        .sequence = jz_core_sequence(exchange->desk.core),
        .time_ns = exchange->desk.next.time_ns,
        .key = 1,
        .nonce = exchange->desk.next.nonce,
    };
    tell_command(exchange, &header);
    wake_gateway(exchange);
}

/* ---- life --------------------------------------------------------------------------------------
 */

void gw_open(struct gw_exchange *exchange)
{
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = 4096;
    genesis.levels = 4096;
    genesis.lanes = GW_LANES;
    genesis.window = GW_WINDOW;

    *exchange = (struct gw_exchange){.gateway_file = -1};
    street_open(&exchange->desk, &genesis);
    exchange->desk.is_unchecked = true;
    for (uint32_t account = ANA; account <= CY; account++) {
        (void)street_mint(&exchange->desk, account, BEANS, 1000000);
        (void)street_mint(&exchange->desk, account, MILES, 1000000);
    }
    make_exchange_file(exchange);
    assert_int_equal(jz_wait_open(&exchange->engine_fd), JZ_OK);
    assert_int_equal(jz_wait_open(&exchange->gateway_fd), JZ_OK);
    assert_int_equal(jz_socket_context_open(&exchange->context), JZ_OK);
}

static void run_gateway(void *self)
{
    struct gw_exchange *exchange = self;
    exchange->exit_code = jz_gateway_run(&exchange->options);
}

void gw_launch(struct gw_exchange *exchange, uint64_t epoch, const char *requests, const char *feed)
{
    const int ready_fd = exchange->options.ready_fd > 0 ? exchange->options.ready_fd : -1;

    make_gateway_file(exchange);
    /* Relaxed: the thread is started behind it. */
    atomic_store_explicit(&exchange->exchange->stopping, 0, memory_order_relaxed);
    exchange->options = (struct jz_gateway_options){
        .exchange_file = exchange->exchange_file,
        .gateway_file = exchange->gateway_file,
        .engine_fd = exchange->engine_fd,
        .gateway_fd = exchange->gateway_fd,
        .epoch = epoch,
        .lane_first = 1, /* lane 0 is the desk's own */
        .lane_count = GW_LANES - 1,
        .requests = requests,
        .feed = feed,
        .ready_fd = ready_fd,
    };
    assert_int_equal(jz_stage_run(&exchange->thread, "test-gateway", run_gateway, exchange), JZ_OK);
}

void gw_start(struct gw_exchange *exchange, uint64_t epoch)
{
    int ends[2];
    char line[2 * JZ_SOCKET_ENDPOINT_BYTES_MAX + 32] = "";

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    exchange->options.ready_fd = ends[1];
    gw_launch(exchange, epoch, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*");
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    const uint64_t end_ns = jz_clock_monotonic_ns() + (GW_WAIT_MS * UINT64_C(1000000));
    while (poll(&ready, 1, 0) == 0) {
        assert_true(jz_clock_monotonic_ns() < end_ns);
        gw_turn_for(exchange, 1);
    }
    assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
    assert_int_equal(sscanf(line, "requests=%127s feed=%127s", exchange->requests, exchange->feed),
                     2);
    (void)close(ends[0]);
}

int gw_await_exit(struct gw_exchange *exchange)
{
    jz_stage_join(&exchange->thread);
    jz_ring_drop_reader(&exchange->events, PLACE);
    jz_memory_release(exchange->share, exchange->share_bytes);
    (void)close(exchange->gateway_file);
    exchange->gateway_file = -1;
    exchange->options.ready_fd = -1;
    return exchange->exit_code;
}

int gw_stop(struct gw_exchange *exchange)
{
    /* Relaxed: the wake-up behind it is a system call, and the flag stays. */
    atomic_store_explicit(&exchange->exchange->stopping, 1, memory_order_relaxed);
    jz_wait_wake(exchange->gateway_fd);
    return gw_await_exit(exchange);
}

void gw_close(struct gw_exchange *exchange)
{
    if (exchange->gateway_file >= 0) {
        assert_int_equal(gw_stop(exchange), 0);
    }
    jz_socket_context_close(&exchange->context);
    jz_memory_release(exchange->exchange, exchange->exchange_bytes);
    (void)close(exchange->exchange_file);
    (void)close(exchange->engine_fd);
    (void)close(exchange->gateway_fd);
    desk_close(&exchange->desk);
}
