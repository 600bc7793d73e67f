/* link.c - mapping, rings, and who has to be woken. */
#include "gateway/link.h"

#include "engine/base/assert.h"
#include "engine/base/memory.h"
#include "engine/ring/wait.h"
#include "jiaozi/command.h"
#include "jiaozi/status.h"

#include <string.h>

enum {
    PLACE = 0,         /* of the engine, the only reader of inbox and ask ring */
    MEET_MS = 10,      /* between two looks while the engine has not met us */
    CANCEL_SHARE = 16, /* one part in so many of the inbox is kept for cancels */
};

static bool lies_inside(uint64_t offset, uint64_t bytes, uint64_t file_bytes)
{
    return offset % JZ_SHARE_PAGE_BYTES == 0 && offset <= file_bytes &&
           bytes <= file_bytes - offset;
}

/* Maps a file whose first page says how long it is. */
static void *map_by_head(int file, bool writable, size_t head_bytes,
                         uint64_t (*whole_bytes)(const void *head), uint64_t *bytes)
{
    void *head = jz_memory_map(file, head_bytes, writable);
    if (head == NULL) {
        return NULL;
    }
    *bytes = whole_bytes(head);
    jz_memory_release(head, head_bytes);
    return *bytes < head_bytes ? NULL : jz_memory_map(file, *bytes, writable);
}

/* Length of the file by its head; 0 if this version does not know it. */
static uint64_t exchange_bytes(const void *head)
{
    const struct jz_share_exchange *exchange = head;
    if (exchange->version != JZ_SHARE_VERSION || exchange->event_data_offset < sizeof(*exchange)) {
        return 0;
    }
    return exchange->event_data_offset + exchange->event_data_bytes;
}

static uint64_t gateway_bytes(const void *head)
{
    const struct jz_share_gateway *gateway = head;
    const uint64_t inbox_end = gateway->inbox_data_offset + gateway->inbox_data_bytes;
    const uint64_t ask_end = gateway->ask_data_offset + gateway->ask_data_bytes;
    if (gateway->version != JZ_SHARE_VERSION || gateway->inbox_data_offset < sizeof(*gateway) ||
        gateway->ask_data_offset < sizeof(*gateway)) {
        return 0;
    }
    return inbox_end > ask_end ? inbox_end : ask_end;
}

static struct jz_ring_memory memory_of(struct jz_ring_control *control, void *base, uint64_t offset,
                                       uint64_t bytes)
{
    return (struct jz_ring_memory){
        .control = control, .data = (unsigned char *)base + offset, .data_bytes = bytes};
}

static int make_writers(struct jz_link *link)
{
    struct jz_share_gateway *share = link->gateway;
    const struct jz_ring_memory inbox =
        memory_of(&share->inbox, share, share->inbox_data_offset, share->inbox_data_bytes);
    const struct jz_ring_memory ask =
        memory_of(&share->ask, share, share->ask_data_offset, share->ask_data_bytes);

    int status = jz_ring_writer_init(&link->inbox, &inbox);
    if (status == JZ_OK) {
        status = jz_ring_writer_init(&link->ask, &ask);
    }
    if (status == JZ_OK) {
        jz_ring_add_reader(&link->inbox, PLACE, &share->inbox_cursor);
        jz_ring_add_reader(&link->ask, PLACE, &share->ask_cursor);
    }
    return status;
}

int jz_link_open(struct jz_link *link, const struct jz_gateway_options *options)
{
    *link = (struct jz_link){
        .engine_fd = options->engine_fd,
        .gateway_fd = options->gateway_fd,
        .epoch = options->epoch,
    };
    link->exchange = map_by_head(options->exchange_file, false, sizeof(*link->exchange),
                                 exchange_bytes, &link->exchange_bytes);
    link->gateway = map_by_head(options->gateway_file, true, sizeof(*link->gateway), gateway_bytes,
                                &link->gateway_bytes);

    int status = JZ_EINVAL;
    if (link->exchange != NULL && link->gateway != NULL &&
        lies_inside(link->exchange->event_data_offset, link->exchange->event_data_bytes,
                    link->exchange_bytes) &&
        lies_inside(link->gateway->inbox_data_offset, link->gateway->inbox_data_bytes,
                    link->gateway_bytes) &&
        lies_inside(link->gateway->ask_data_offset, link->gateway->ask_data_bytes,
                    link->gateway_bytes)) {
        status = make_writers(link);
    }
    if (status != JZ_OK) {
        jz_link_close(link);
    }
    return status;
}

void jz_link_close(struct jz_link *link)
{
    jz_memory_release(link->exchange, link->exchange_bytes);
    jz_memory_release(link->gateway, link->gateway_bytes);
    *link = (struct jz_link){0};
}

bool jz_link_meet(struct jz_link *link)
{
    const bool has_asked = jz_link_ask(link, JZ_ASK_ATTACH, 0, 0);
    JZ_ASSERT(has_asked);

    /* Whoever made the rings' cursors may have put the engine to sleep before our handles cleared
     * its flags, so this first time it is woken in any case. */
    jz_wait_wake(link->engine_fd);
    while (jz_ring_used_bytes(&link->ask) > 0) {
        if (jz_link_is_stopping(link)) {
            return false;
        }
        (void)jz_wait_sleep(link->gateway_fd, MEET_MS);
    }

    const struct jz_ring_memory events =
        memory_of(&link->exchange->events, link->exchange, link->exchange->event_data_offset,
                  link->exchange->event_data_bytes);
    jz_ring_reader_init(&link->events, &events, &link->gateway->event_cursor);
    return true;
}

bool jz_link_ask(struct jz_link *link, uint16_t kind, uint32_t slot, uint32_t generation)
{
    struct jz_record *ask = jz_ring_claim(&link->ask, sizeof(*ask));
    if (ask == NULL) {
        return false;
    }
    *ask = (struct jz_record){
        .bytes = sizeof(*ask),
        .kind = kind,
        .version = 1,
        .origin = {.epoch = link->epoch, .slot = slot, .generation = generation},
    };
    jz_ring_commit(&link->ask, sizeof(*ask));
    jz_ring_publish(&link->ask);
    if (jz_ring_reader_is_waiting(&link->ask, PLACE)) {
        jz_wait_wake(link->engine_fd);
    }
    return true;
}

void jz_link_look(struct jz_link *link)
{
    link->inbox_used = jz_ring_used_bytes(&link->inbox);
}

bool jz_link_has_room(const struct jz_link *link, bool is_cancel)
{
    const uint64_t all_bytes = link->gateway->inbox_data_bytes;
    const uint64_t kept_bytes = is_cancel ? 0 : all_bytes / CANCEL_SHARE;
    return link->inbox_used + JZ_LINK_COMMAND_BYTES + kept_bytes <= all_bytes;
}

struct jz_record *jz_link_claim(struct jz_link *link)
{
    struct jz_record *record = jz_ring_claim(&link->inbox, JZ_LINK_COMMAND_BYTES);
    if (record != NULL) {
        memset(record, 0, JZ_LINK_COMMAND_BYTES);
        record->bytes = JZ_LINK_COMMAND_BYTES;
        record->version = JZ_COMMAND_VERSION;
        record->origin.epoch = link->epoch;
    }
    return record;
}

void jz_link_commit(struct jz_link *link)
{
    jz_ring_commit(&link->inbox, JZ_LINK_COMMAND_BYTES);
    link->inbox_used += JZ_LINK_COMMAND_BYTES;
    link->has_commands = true;
}

void jz_link_forgo(struct jz_link *link)
{
    jz_ring_commit(&link->inbox, 0);
}

void jz_link_flush(struct jz_link *link)
{
    if (!link->has_commands) {
        return;
    }
    link->has_commands = false;
    jz_ring_publish(&link->inbox);
    if (jz_ring_reader_is_waiting(&link->inbox, PLACE)) {
        jz_wait_wake(link->engine_fd);
    }
}

const struct jz_record *jz_link_peek(struct jz_link *link, uint32_t *bytes)
{
    const struct jz_record *record = jz_ring_peek(&link->events, bytes);

    JZ_ASSERT(!link->events.fault);
    if (record == NULL) {
        return NULL;
    }
    if (record->sequence > link->durable_seq) {
        link->durable_seq = jz_link_durable_seq(link);
    }
    return record->sequence <= link->durable_seq ? record : NULL;
}

void jz_link_advance(struct jz_link *link)
{
    jz_ring_advance(&link->events);
}

void jz_link_release(struct jz_link *link)
{
    jz_ring_release(&link->events);
    if (jz_ring_writer_is_waiting(&link->events)) {
        jz_wait_wake(link->engine_fd);
    }
}

void jz_link_waits(struct jz_link *link)
{
    jz_ring_reader_waits(&link->events);
}

bool jz_link_sees(struct jz_link *link)
{
    uint32_t bytes = 0;
    return jz_link_peek(link, &bytes) != NULL || jz_link_is_stopping(link);
}

void jz_link_wakes(struct jz_link *link)
{
    jz_ring_reader_wakes(&link->events);
}

uint64_t jz_link_durable_seq(const struct jz_link *link)
{
    /* Seq_cst pairs with the journal thread's store, behind which it looks at our flag: without it
     * this look could miss a number that was out before we said that we sleep. */
    return atomic_load_explicit(&link->exchange->durable_seq, memory_order_seq_cst);
}

bool jz_link_is_busy(const struct jz_link *link)
{
    /* Relaxed: a hint, nothing is read because of it. */
    return atomic_load_explicit(&link->exchange->busy, memory_order_relaxed) != 0;
}

bool jz_link_is_storage_full(const struct jz_link *link)
{
    /* Relaxed: a hint, nothing is read because of it. */
    return atomic_load_explicit(&link->exchange->storage_full, memory_order_relaxed) != 0;
}

bool jz_link_is_stopping(const struct jz_link *link)
{
    /* Relaxed: nothing is read because of it, and the wake-up behind it makes us look again. */
    return atomic_load_explicit(&link->exchange->stopping, memory_order_relaxed) != 0;
}
