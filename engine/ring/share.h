/* share.h - what jiaozid and one gateway process have in common: two memory files and two eventfds.
 *
 *     exchange file   made by jiaozid, mapped read-only by every gateway:
 *                     | struct jz_share_exchange | event ring data |
 *     gateway file    one for each gateway, mapped by both; jiaozid believes nothing in it:
 *                     | struct jz_share_gateway | inbox data | ask data |
 *     engine fd       the gateway writes it to wake the engine thread
 *     gateway fd      engine and journal thread write it to wake the gateway
 *
 * The gateway wakes the engine after publishing to inbox or ask ring if that ring's reader is
 * waiting, and after releasing events if the event ring's writer is waiting. The gateway sleeps
 * with its event cursor's flag set; the journal thread looks at it after each new durable_seq, the
 * engine thread after publishing events that are durable already.
 */
#ifndef JZ_RING_SHARE_H
#define JZ_RING_SHARE_H

#include "engine/ring/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define JZ_SHARE_PAGE_BYTES 4096u
#define JZ_SHARE_VERSION    1u

struct jz_share_exchange {
    uint32_t version; /* constant after creation */
    uint32_t reserved;
    uint64_t event_data_bytes;
    uint64_t event_data_offset; /* from the start of the file, a multiple of a page */

    struct jz_ring_control events; /* by the engine thread */

    alignas(128) _Atomic uint64_t durable_seq; /* by the journal thread: nothing later leaves */

    alignas(128) _Atomic uint32_t busy; /* by the engine: 1 while the event ring is over 3/4 full */
    _Atomic uint32_t storage_full;      /* by the journal: 1 below the disk reserve */
    _Atomic uint32_t stopping; /* by the main thread: 1 = deliver what is durable, exit 0 */
};

struct jz_share_gateway {
    uint32_t version; /* constant after creation */
    uint32_t reserved;
    uint64_t inbox_data_bytes;
    uint64_t inbox_data_offset; /* from the start of the file, a multiple of a page */
    uint64_t ask_data_bytes;
    uint64_t ask_data_offset;

    alignas(JZ_SHARE_PAGE_BYTES) struct jz_ring_control inbox; /* by the gateway: commands */
    struct jz_ring_cursor inbox_cursor;                        /* by the engine */
    struct jz_ring_control ask;                                /* by the gateway: JZ_ASK_... */
    struct jz_ring_cursor ask_cursor;                          /* by the engine */
    struct jz_ring_cursor event_cursor;                        /* by the gateway */
};

#endif /* JZ_RING_SHARE_H */
