/* outbox.c - gathering maps for one peer. */
#include "gateway/outbox.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>

static const uint64_t stuck_max_ns = JZ_OUTBOX_STUCK_MAX_MS * UINT64_C(1000000);

int jz_outbox_init(struct jz_outbox *outbox)
{
    *outbox = (struct jz_outbox){.bytes = malloc(JZ_OUTBOX_BYTES)};
    jz_outbox_clear(outbox);
    return outbox->bytes == NULL ? JZ_ENOMEM : JZ_OK;
}

void jz_outbox_deinit(struct jz_outbox *outbox)
{
    free(outbox->bytes);
    *outbox = (struct jz_outbox){0};
}

void jz_outbox_clear(struct jz_outbox *outbox)
{
    outbox->used_bytes = JZ_ENCODE_ARRAY_BYTES;
    outbox->map_count = 0;
    outbox->stuck_since_ns = 0;
}

uint8_t *jz_outbox_claim(struct jz_outbox *outbox, size_t map_bytes)
{
    if (map_bytes > JZ_OUTBOX_BYTES - outbox->used_bytes ||
        outbox->map_count == JZ_WIRE_BATCH_MAX) {
        return NULL;
    }
    return outbox->bytes + outbox->used_bytes;
}

void jz_outbox_commit(struct jz_outbox *outbox, size_t map_bytes)
{
    JZ_ASSERT(map_bytes > 0);
    JZ_ASSERT(map_bytes <= JZ_OUTBOX_BYTES - outbox->used_bytes);

    outbox->used_bytes += map_bytes;
    outbox->map_count++;
}

bool jz_outbox_is_heavy(const struct jz_outbox *outbox)
{
    return outbox->used_bytes >= JZ_OUTBOX_FLUSH_BYTES || outbox->map_count == JZ_WIRE_BATCH_MAX;
}

int jz_outbox_flush(struct jz_outbox *outbox, struct jz_socket *socket,
                    const struct jz_socket_peer *peer, uint64_t now_ns)
{
    const uint8_t *message = outbox->bytes;
    size_t message_bytes = outbox->used_bytes;

    if (outbox->map_count == 0) {
        return JZ_OK;
    }
    if (outbox->map_count == 1) {
        message += JZ_ENCODE_ARRAY_BYTES;
        message_bytes -= JZ_ENCODE_ARRAY_BYTES;
    } else {
        jz_encode_array(outbox->bytes, outbox->map_count);
    }
    const int status = jz_socket_reply(socket, peer, message, message_bytes);
    if (status == JZ_OK) {
        jz_outbox_clear(outbox);
    }
    if (status == JZ_EAGAIN && outbox->stuck_since_ns == 0) {
        outbox->stuck_since_ns = now_ns;
    }
    return status;
}

bool jz_outbox_is_given_up(const struct jz_outbox *outbox, uint64_t now_ns)
{
    return outbox->stuck_since_ns != 0 && now_ns - outbox->stuck_since_ns > stuck_max_ns;
}
