/* pipeline.c - building and taking down the threads of jiaozid. */
#include "engine/stage/pipeline.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/ring/wait.h"
#include "jiaozi/status.h"

#include <string.h>

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + JZ_SHARE_PAGE_BYTES - 1) / JZ_SHARE_PAGE_BYTES * JZ_SHARE_PAGE_BYTES;
}

static int make_exchange(struct jz_pipeline *pipeline)
{
    const uint64_t head_bytes = whole_pages(sizeof(struct jz_share_exchange));
    const uint64_t bytes = head_bytes + pipeline->options.event_ring_bytes;

    int status = jz_memory_file("jiaozi-exchange", bytes, &pipeline->exchange_file);
    if (status != JZ_OK) {
        return status;
    }
    struct jz_share_exchange *exchange = jz_memory_map(pipeline->exchange_file, bytes, true);
    if (exchange == NULL) {
        return JZ_ESYSTEM;
    }
    exchange->version = JZ_SHARE_VERSION;
    exchange->event_data_bytes = pipeline->options.event_ring_bytes;
    exchange->event_data_offset = head_bytes;
    pipeline->exchange = exchange;
    pipeline->exchange_bytes = bytes;
    return jz_memory_seal_writes(pipeline->exchange_file);
}

static int make_place(struct jz_pipeline_place *place)
{
    const uint64_t head_bytes = whole_pages(sizeof(struct jz_share_gateway));
    const uint64_t bytes = head_bytes + JZ_INBOX_BYTES_DEFAULT + JZ_ASK_RING_BYTES;

    int status = jz_memory_file("jiaozi-gateway", bytes, &place->file);
    if (status != JZ_OK) {
        return status;
    }
    status = jz_wait_open(&place->fd);
    if (status != JZ_OK) {
        return status;
    }
    place->share = jz_memory_map(place->file, bytes, true);
    place->share_bytes = bytes;
    return place->share == NULL ? JZ_ESYSTEM : JZ_OK;
}

void jz_pipeline_reset_place(struct jz_pipeline *pipeline)
{
    const uint64_t head_bytes = whole_pages(sizeof(struct jz_share_gateway));
    struct jz_share_gateway *share = pipeline->place.share;

    JZ_ASSERT(jz_matcher_port_is_free(&pipeline->matcher, 0));
    share->version = JZ_SHARE_VERSION;
    share->inbox_data_bytes = JZ_INBOX_BYTES_DEFAULT;
    share->inbox_data_offset = head_bytes;
    share->ask_data_bytes = JZ_ASK_RING_BYTES;
    share->ask_data_offset = head_bytes + JZ_INBOX_BYTES_DEFAULT;
    /* The engine takes lengths and places from here, not from pages that a gateway can write. */
    struct jz_port *port = &pipeline->matcher.ports[0];
    unsigned char *base = (unsigned char *)share;
    port->share = share;
    port->inbox_memory = (struct jz_ring_memory){
        .control = &share->inbox,
        .data = base + head_bytes,
        .data_bytes = JZ_INBOX_BYTES_DEFAULT,
    };
    port->ask_memory = (struct jz_ring_memory){
        .control = &share->ask,
        .data = base + head_bytes + JZ_INBOX_BYTES_DEFAULT,
        .data_bytes = JZ_ASK_RING_BYTES,
    };
    /* Relaxed: the port's state, set behind this, hands all of it over. The journal thread looks at
     * one flag of it at any time, and a needless wake-up does no harm. */
    atomic_store_explicit(&share->inbox.published, 0, memory_order_relaxed);
    atomic_store_explicit(&share->inbox.waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&share->inbox_cursor.released, 0, memory_order_relaxed);
    atomic_store_explicit(&share->inbox_cursor.waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&share->ask.published, 0, memory_order_relaxed);
    atomic_store_explicit(&share->ask.waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&share->ask_cursor.released, 0, memory_order_relaxed);
    atomic_store_explicit(&share->ask_cursor.waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&share->event_cursor.waiting, 0, memory_order_relaxed);
}

static int make_log(struct jz_pipeline *pipeline, struct jz_ring_memory *log,
                    struct jz_ring_cursor **cursor)
{
    const uint64_t head_bytes =
        whole_pages(sizeof(struct jz_ring_control) + sizeof(struct jz_ring_cursor));

    pipeline->log_memory_bytes = head_bytes + JZ_LOG_RING_BYTES_DEFAULT;
    pipeline->log_memory = jz_memory_reserve(pipeline->log_memory_bytes);
    if (pipeline->log_memory == NULL) {
        return JZ_ENOMEM;
    }
    *log = (struct jz_ring_memory){
        .control = (struct jz_ring_control *)(void *)pipeline->log_memory,
        .data = pipeline->log_memory + head_bytes,
        .data_bytes = JZ_LOG_RING_BYTES_DEFAULT,
    };
    *cursor =
        (struct jz_ring_cursor *)(void *)(pipeline->log_memory + sizeof(struct jz_ring_control));
    return JZ_OK;
}

static int make_states(struct jz_pipeline *pipeline)
{
    struct jz_ring_memory log;
    struct jz_ring_cursor *log_cursor = NULL;

    int status = make_log(pipeline, &log, &log_cursor);
    if (status != JZ_OK) {
        return status;
    }
    const struct jz_matcher_options matcher = {
        .core = pipeline->options.recovery->core,
        .exchange = pipeline->exchange,
        .event_data = (unsigned char *)pipeline->exchange + pipeline->exchange->event_data_offset,
        .log = log,
        .journal_fd = pipeline->journal_fd,
        .engine_fd = pipeline->engine_fd,
        .main_fd = pipeline->options.main_fd,
        .real_ns = jz_clock_real_ns(),
        .monotonic_ns = jz_clock_monotonic_ns(),
    };
    status = jz_matcher_init(&pipeline->matcher, &matcher, log_cursor);
    if (status != JZ_OK) {
        return status;
    }
    const struct jz_journaler_options journaler = {
        .journal = pipeline->options.journal,
        .exchange = pipeline->exchange,
        .log = log,
        .log_cursor = log_cursor,
        .journal_fd = pipeline->journal_fd,
        .engine_fd = pipeline->engine_fd,
        .listeners = {{&pipeline->place.share->event_cursor, pipeline->place.fd}},
        .listener_count = 1,
    };
    return jz_journaler_init(&pipeline->journaler, &journaler);
}

static int start_threads(struct jz_pipeline *pipeline)
{
    const bool busy_poll = pipeline->options.busy_poll;
    const struct jz_stage_work keeper = {
        .name = "jz-keeper",
        .self = &pipeline->journaler,
        .poll = jz_keeper_poll,
        .park = jz_keeper_park,
        .wake = jz_keeper_wake,
    };
    const struct jz_stage_work journaler = {
        .name = "jz-journal",
        .self = &pipeline->journaler,
        .poll = jz_journaler_poll,
        .park = jz_journaler_park,
        .wake = jz_journaler_wake,
        .spins = JZ_STAGE_SPINS,
        .busy_poll = busy_poll,
    };
    const struct jz_stage_work engine = {
        .name = "jz-engine",
        .self = &pipeline->matcher,
        .poll = jz_matcher_poll,
        .park = jz_matcher_park,
        .wake = jz_matcher_wake,
        .spins = JZ_STAGE_SPINS,
        .busy_poll = busy_poll,
    };

    int status = jz_stage_start(&pipeline->keeper_stage, &keeper);
    if (status == JZ_OK) {
        status = jz_stage_start(&pipeline->journal_stage, &journaler);
    }
    if (status == JZ_OK) {
        status = jz_stage_start(&pipeline->engine_stage, &engine);
    }
    return status;
}

int jz_pipeline_start(struct jz_pipeline *pipeline, const struct jz_pipeline_options *options)
{
    memset(pipeline, 0, sizeof(*pipeline));
    pipeline->options = *options;

    int status = jz_wait_open(&pipeline->engine_fd);
    if (status == JZ_OK) {
        status = jz_wait_open(&pipeline->journal_fd);
    }
    if (status == JZ_OK) {
        status = make_exchange(pipeline);
    }
    if (status == JZ_OK) {
        status = make_place(&pipeline->place);
    }
    if (status == JZ_OK) {
        status = make_states(pipeline);
    }
    if (status != JZ_OK) {
        return status;
    }
    if (options->recovery->is_new) {
        jz_matcher_submit(&pipeline->matcher, JZ_COMMAND_GENESIS, &options->recovery->genesis);
    }
    return start_threads(pipeline);
}

void jz_pipeline_stop(struct jz_pipeline *pipeline)
{
    jz_stage_stop(&pipeline->engine_stage);
    jz_stage_stop(&pipeline->journal_stage);
    jz_stage_stop(&pipeline->keeper_stage);
    JZ_ASSERT(pipeline->journaler.last_seq == pipeline->matcher.sequence);
    jz_journaler_deinit(&pipeline->journaler);
    jz_memory_release(pipeline->log_memory, pipeline->log_memory_bytes);
    jz_memory_release(pipeline->exchange, pipeline->exchange_bytes);
    jz_memory_release(pipeline->place.share, pipeline->place.share_bytes);
}
