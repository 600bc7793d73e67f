/* limits.h - every bound of the engine in one place, and what must hold between them. */
#ifndef JZ_BASE_LIMITS_H
#define JZ_BASE_LIMITS_H

#include "jiaozi/command.h"
#include "jiaozi/event.h"
#include "jiaozi/record.h"

/* Most that a genesis may ask for. */
#define JZ_CURRENCIES_MAX 65536u
#define JZ_MARKETS_MAX    (1u << 20)
#define JZ_ACCOUNTS_MAX   (1u << 26)
#define JZ_BALANCES_MAX   (1u << 27)
#define JZ_ORDERS_MAX     (1u << 26)
#define JZ_LEVELS_MAX     (1u << 26)
#define JZ_LANES_MAX      1024u
#define JZ_WINDOW_MAX     4096u

/* Source ids that the core remembers by itself; older ones are the ledger's. */
#define JZ_SOURCES_RECENT 65536u

/* Journal. */
#define JZ_SEGMENT_BYTES_DEFAULT (64u << 20)
#define JZ_SEGMENT_BYTES_MIN     (1u << 20)
#define JZ_SEGMENT_BYTES_MAX     (1u << 30)
#define JZ_BATCH_BYTES_MAX       (4u << 20)
#define JZ_BLOCK_BYTES           4096u /* a batch starts at a multiple of it */
#define JZ_SECTOR_BYTES          512u

/* Rings. */
#define JZ_INBOX_BYTES_DEFAULT      (8u << 20)
#define JZ_ASK_RING_BYTES           (64u << 10)
#define JZ_LOG_RING_BYTES_DEFAULT   (16u << 20)
#define JZ_EVENT_RING_BYTES_DEFAULT (256u << 20)
#define JZ_GATEWAYS_MAX             4u

_Static_assert((JZ_WINDOW_MAX & (JZ_WINDOW_MAX - 1)) == 0, "nonces find their slot by a mask");
_Static_assert(JZ_BATCH_BYTES_MAX % JZ_BLOCK_BYTES == 0, "batches are whole blocks");
_Static_assert(JZ_BLOCK_BYTES % JZ_SECTOR_BYTES == 0, "blocks are whole sectors");
_Static_assert(JZ_SEGMENT_BYTES_MIN % JZ_BLOCK_BYTES == 0, "segments are whole blocks");
_Static_assert(JZ_RECORD_BYTES_MAX % JZ_RECORD_UNIT_BYTES == 0, "records are whole units");

#endif /* JZ_BASE_LIMITS_H */
