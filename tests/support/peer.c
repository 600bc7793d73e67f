/* peer.c - a test in the place of the gateway. */
#include "tests/support/peer.h"

#include "engine/ring/wait.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

static const struct jz_genesis genesis = {
    .rules = JZ_RULES_VERSION,
    .calendar_offset_s = 28800,
    .currencies = 8,
    .markets = 8,
    .accounts = 64,
    .balances = 128,
    .orders = 4096,
    .levels = 4096,
    .lanes = 4,
    .window = 64,
};

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void jz_peer_open(struct jz_peer *peer)
{
    memset(peer, 0, sizeof(*peer));
    (void)snprintf(peer->directory, sizeof(peer->directory), "/tmp/jiaozi-peer-XXXXXX");
    assert_non_null(mkdtemp(peer->directory));
}

void jz_peer_start(struct jz_peer *peer, uint64_t event_ring_bytes)
{
    const struct jz_journal_options journal = {
        .directory = peer->directory,
        .segment_bytes = JZ_SEGMENT_BYTES_MIN,
    };
    assert_int_equal(jz_recover(&peer->recovery, &peer->journal, &journal, &genesis), JZ_OK);
    assert_int_equal(jz_wait_open(&peer->main_fd), JZ_OK);
    const struct jz_pipeline_options options = {
        .recovery = &peer->recovery,
        .journal = &peer->journal,
        .event_ring_bytes = event_ring_bytes,
        .main_fd = peer->main_fd,
    };
    assert_int_equal(jz_pipeline_start(&peer->pipeline, &options), JZ_OK);

    struct jz_pipeline *pipeline = &peer->pipeline;
    struct jz_share_gateway *share = pipeline->place.share;
    jz_pipeline_reset_place(pipeline);
    unsigned char *base = (unsigned char *)share;
    const struct jz_ring_memory inbox = {&share->inbox, base + share->inbox_data_offset,
                                         share->inbox_data_bytes};
    const struct jz_ring_memory ask = {&share->ask, base + share->ask_data_offset,
                                       share->ask_data_bytes};
    const struct jz_ring_memory events = {
        &pipeline->exchange->events,
        (unsigned char *)pipeline->exchange + pipeline->exchange->event_data_offset,
        pipeline->exchange->event_data_bytes,
    };
    assert_int_equal(jz_ring_writer_init(&peer->inbox, &inbox), JZ_OK);
    assert_int_equal(jz_ring_writer_init(&peer->ask, &ask), JZ_OK);
    jz_ring_add_reader(&peer->inbox, 0, &share->inbox_cursor);
    jz_ring_add_reader(&peer->ask, 0, &share->ask_cursor);

    struct jz_port *port = &pipeline->matcher.ports[0];
    port->epoch = JZ_PEER_EPOCH;
    port->lane_first = 0;
    port->lane_count = genesis.lanes;
    port->gateway_fd = pipeline->place.fd;
    jz_matcher_attach(&pipeline->matcher, 0);
    while (!jz_matcher_port_is_taken(&pipeline->matcher, 0)) {
        assert_true(jz_wait_sleep(peer->main_fd, WAIT_MS));
    }
    jz_ring_reader_init(&peer->events, &events, &share->event_cursor);
}

void jz_peer_stop(struct jz_peer *peer)
{
    jz_matcher_detach(&peer->pipeline.matcher, 0);
    while (!jz_matcher_port_is_free(&peer->pipeline.matcher, 0)) {
        assert_true(jz_wait_sleep(peer->main_fd, WAIT_MS));
    }
    jz_pipeline_stop(&peer->pipeline);
    peer->digest = jz_core_digest(peer->recovery.core);
    jz_journal_close(&peer->journal);
    jz_recover_release(&peer->recovery);
    (void)close(peer->main_fd);
}

void jz_peer_close(struct jz_peer *peer)
{
    assert_int_equal(nftw(peer->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void publish(struct jz_peer *peer, struct jz_ring_writer *ring)
{
    jz_ring_publish(ring);
    if (jz_ring_reader_is_waiting(ring, 0)) {
        jz_wait_wake(peer->pipeline.engine_fd);
    }
}

void jz_peer_send(struct jz_peer *peer, uint16_t kind, const void *body)
{
    struct jz_record *record = jz_ring_claim(&peer->inbox, 2 * JZ_RECORD_UNIT_BYTES);
    assert_non_null(record);
    *record = (struct jz_record){
        .bytes = 2 * JZ_RECORD_UNIT_BYTES,
        .kind = kind,
        .version = JZ_COMMAND_VERSION,
        .key = 1,
        .nonce = ++peer->nonce,
        .origin = {.epoch = JZ_PEER_EPOCH},
    };
    memcpy(record + 1, body, JZ_RECORD_UNIT_BYTES);
    jz_ring_commit(&peer->inbox, record->bytes);
    publish(peer, &peer->inbox);
}

static const struct jz_record *peek_durable(struct jz_peer *peer)
{
    uint32_t bytes = 0;
    const struct jz_record *record = jz_ring_peek(&peer->events, &bytes);
    const uint64_t durable_seq =
        atomic_load_explicit(&peer->pipeline.exchange->durable_seq, memory_order_seq_cst);
    return record != NULL && record->sequence <= durable_seq ? record : NULL;
}

const struct jz_record *jz_peer_take(struct jz_peer *peer)
{
    jz_ring_release(&peer->events);
    if (jz_ring_writer_is_waiting(&peer->events)) {
        jz_wait_wake(peer->pipeline.engine_fd);
    }
    const struct jz_record *record = peek_durable(peer);
    while (record == NULL) {
        jz_ring_reader_waits(&peer->events);
        record = peek_durable(peer);
        if (record == NULL) {
            assert_true(jz_wait_sleep(peer->pipeline.place.fd, WAIT_MS));
            record = peek_durable(peer);
        }
        jz_ring_reader_wakes(&peer->events);
    }
    jz_ring_advance(&peer->events);
    return record;
}

struct jz_event_result jz_peer_answer(struct jz_peer *peer)
{
    for (;;) {
        const struct jz_record *record = jz_peer_take(peer);
        const struct jz_event *events = (const struct jz_event *)(const void *)(record + 1);
        const uint32_t count = (record->bytes / JZ_RECORD_UNIT_BYTES) - 1;
        if (record->kind == JZ_RECORD_EVENTS && record->nonce == peer->nonce && record->key == 1 &&
            events[count - 1].kind == JZ_EVENT_RESULT) {
            return events[count - 1].result;
        }
    }
}
