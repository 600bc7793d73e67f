/* state.h - the whole state of the exchange as one range: where each table lies, and its head.
 *
 *     range | struct jz_core | table | table | ...
 *
 * Every table has its size from genesis and begins on a page. Nothing in the range knows an
 * address: tables lie at a distance from its start, records name each other by slot. So the range
 * can be copied anywhere, or written to a file, and goes on there.
 *
 * The functions below turn a slot into a record.
 */
#ifndef JZ_CORE_STATE_H
#define JZ_CORE_STATE_H

#include "engine/base/limits.h"
#include "engine/core/core.h"
#include "engine/core/index.h"
#include "engine/core/part.h"
#include "engine/core/records.h"
#include "engine/core/slab.h"

#define JZ_STATE_LAYOUT_VERSION 1u
#define JZ_STATE_PAGE_BYTES     4096u

/* X(NAME, noun, record, count). Slots count from 1, so most tables have one record more. The list
 * of touched levels has room for every level and the one that the command makes. */
#define JZ_STATE_TABLE_MAP(X)                                                                      \
    X(LANES, lane, struct jz_lane, genesis->lanes)                                                 \
    X(NONCES, nonce, struct jz_nonce_slot, (uint64_t)genesis->lanes * genesis->window)             \
    X(SOURCES, source, struct jz_source, JZ_SOURCES_RECENT + 1ull)                                 \
    X(CURRENCIES, currency, struct jz_currency, genesis->currencies + 1ull)                        \
    X(ACCOUNTS, account, struct jz_account, genesis->accounts + 1ull)                              \
    X(OPENED, opened, uint32_t, genesis->accounts + 1ull)                                          \
    X(BALANCES, balance, struct jz_balance, genesis->balances + 1ull)                              \
    X(MARKETS, market, struct jz_market, genesis->markets + 1ull)                                  \
    X(LEVELS, level, struct jz_level, genesis->levels + 1ull)                                      \
    X(ORDERS, order, struct jz_order, genesis->orders + 1ull)                                      \
    X(DETAILS, detail, struct jz_order_detail, genesis->orders + 1ull)                             \
    X(TOUCHED, touched, struct jz_touched, genesis->levels + 2ull)

enum jz_state_table {
#define X(name, noun, record, count) JZ_STATE_##name,
    JZ_STATE_TABLE_MAP(X)
#undef X
        JZ_STATE_TABLES
};

/* Rungs in a ladder chunk of the smallest class; each class doubles it. */
#define JZ_STATE_LADDER_RUNGS_MIN 4u
#define JZ_STATE_LADDER_CLASSES   25u
_Static_assert(((uint64_t)JZ_STATE_LADDER_RUNGS_MIN << (JZ_STATE_LADDER_CLASSES - 1)) >=
                   JZ_LEVELS_MAX,
               "one side of one market may have every level there is");

/* What is touched ahead of use: tables, five indexes, two slabs, ladder chunks. */
#define JZ_STATE_REGIONS ((uint32_t)JZ_STATE_TABLES + 7u + JZ_STATE_LADDER_CLASSES)

struct jz_core {
    uint32_t layout_version;
    uint32_t is_open; /* 1 once genesis was applied */
    uint64_t range_bytes;
    struct jz_genesis genesis;

    uint64_t sequence; /* of the last command */
    uint64_t time_ns;
    uint32_t day;
    uint32_t rules;
    uint64_t seed;      /* of all index hashes; from genesis, so that no sender knows it ahead */
    uint64_t order_seq; /* places in time given so far */

    uint32_t currency_count; /* slots below and this one are used; likewise the next three */
    uint32_t account_count;  /* of the list of opened accounts */
    uint32_t balance_count;
    uint32_t market_count;

    uint64_t source_count;       /* source ids ever used */
    uint64_t source_evicted_seq; /* the recent ones are complete after this sequence */

    uint32_t touched_count;  /* levels that the command under way has touched */
    uint32_t touched_is_new; /* 1: it has made a level */

    struct jz_slab orders;
    struct jz_slab levels;
    struct jz_slab ladders[JZ_STATE_LADDER_CLASSES];

    struct jz_index codes;    /* currency code -> currency */
    struct jz_index pairs;    /* two currencies in any order -> market */
    struct jz_index holdings; /* account and currency -> balance */
    struct jz_index clients;  /* account and client id -> order */
    struct jz_index recent;   /* account and source id -> source */

    uint64_t table_bytes[JZ_STATE_TABLES]; /* from the start of the range */
    uint64_t ladder_bytes[JZ_STATE_LADDER_CLASSES];

    uint64_t touched_bytes[JZ_STATE_REGIONS]; /* how far jz_core_touch_ahead got; no state */
};

#define X(name, noun, record, count)                                                               \
    static inline record *jz_state_##noun(const struct jz_core *core, uint64_t slot)               \
    {                                                                                              \
        return (record *)jz_part_at(core, core->table_bytes[JZ_STATE_##name]) + slot;              \
    }
JZ_STATE_TABLE_MAP(X)
#undef X

/* The rungs of a ladder chunk, JZ_STATE_LADDER_RUNGS_MIN << size_class of them. */
static inline struct jz_rung *jz_state_rungs(const struct jz_core *core, uint32_t size_class,
                                             uint32_t chunk)
{
    struct jz_rung *const first = jz_part_at(core, core->ladder_bytes[size_class]);
    return first + ((uint64_t)(chunk - 1) * JZ_STATE_LADDER_RUNGS_MIN << size_class);
}

static inline struct jz_order_id jz_state_order_id(const struct jz_core *core, uint32_t slot)
{
    const uint64_t generation = jz_state_order(core, slot)->generation;
    return (struct jz_order_id){generation << 32 | slot};
}

/* What a command has come to: what its RESULT event will say. */
struct jz_outcome {
    uint16_t result;         /* enum jz_result */
    uint16_t field;          /* enum jz_field, 0: none */
    uint8_t order_status;    /* enum jz_order_status or 0 */
    uint8_t is_duplicate;    /* 1: an outcome given before */
    uint64_t object;         /* id that the command was about */
    uint64_t amount;         /* lots or points */
    uint64_t leaves_lots;    /* orders: open afterwards */
    uint64_t first_sequence; /* the command's, or that of the first time */
};

/* Sets the outcome to a refusal, with the field at fault if there is one. */
static inline void jz_state_refuse(struct jz_outcome *outcome, enum jz_result result,
                                   uint16_t field)
{
    outcome->result = (uint16_t)result;
    outcome->field = field;
}

#endif /* JZ_CORE_STATE_H */
