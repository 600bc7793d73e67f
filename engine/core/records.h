/* records.h - what the tables of the core hold, one struct a record.
 *
 * Records refer to each other by slot, from 1; 0 is none. Whatever a record does not need yet is
 * zero. An order is two records with the same slot: what matching touches, one cache line, and the
 * rest of it.
 */
#ifndef JZ_CORE_RECORDS_H
#define JZ_CORE_RECORDS_H

#include "jiaozi/types.h"

#include <stdint.h>

struct jz_lane {
    uint64_t highest_nonce; /* 0: never used */
    uint64_t reserved;
};

/* One used nonce with the answer that a repeat gets. */
struct jz_nonce_slot {
    uint64_t nonce;      /* 0: the slot was never used */
    uint64_t content[2]; /* hash of kind and business fields */
    uint64_t sequence;   /* of the first time */
    uint8_t order_status;
    uint8_t reserved;
    uint16_t result;
    uint16_t command;
    uint16_t field;
    uint64_t object;
    uint64_t amount;
    uint64_t leaves_lots;
};

/* One source id used not long ago. */
struct jz_source {
    char source_id[JZ_SOURCE_ID_BYTES];
    uint64_t content[2];
    uint64_t sequence; /* of the command that used it */
    uint32_t account;
    uint32_t reserved;
};

struct jz_currency {
    char code[JZ_CODE_BYTES];
    uint32_t merchant; /* account, 0: nobody yet */
    uint32_t scale;
    uint64_t supply_cap_points;
    uint64_t issued_points;
    uint64_t burned_points;
    uint64_t reserved[2];
};

struct jz_account {
    uint32_t role;        /* enum jz_role, 0: not opened */
    uint32_t live_orders; /* count */
    uint64_t stream_seq;  /* reports told so far */
    uint64_t reserved[2];
};

struct jz_balance {
    uint32_t account;
    uint32_t currency;
    uint64_t available_points;
    uint64_t held_orders_points; /* what the account's open orders need */
    uint64_t held_other_points;
    uint64_t pending_points;
    uint64_t reserved[3];
};

/* Levels of one side, a sorted array in a chunk of some size class. */
struct jz_ladder {
    uint32_t chunk; /* slot within the class, 0: no levels */
    uint32_t count; /* levels */
};

struct jz_market {
    uint64_t lot_points;
    uint64_t quote_unit_points;
    uint64_t notional_min_points;
    uint64_t trade_no;
    uint64_t depth_no;
    uint32_t base;
    uint32_t quote;
    uint32_t tick_price;
    uint32_t price_min;
    uint32_t price_max;
    uint32_t band_bp;
    uint32_t reference_price;
    uint32_t last_price;        /* of the last trade, 0: none */
    struct jz_ladder ladder[2]; /* buys, sells: see jz_book_side_index */
    uint8_t ladder_class[2];
    uint8_t state; /* enum jz_market_state */
    uint8_t reserved[5];
};

/* Entry of a ladder. The key grows with the better price on both sides: the price of a buy, its
 * complement for a sell. */
struct jz_rung {
    uint32_t key;
    uint32_t level;
};

struct jz_level {
    uint32_t price;
    uint32_t orders;         /* count */
    uint32_t head;           /* order that is first in time */
    uint32_t tail;           /* order that is last in time */
    uint64_t displayed_lots; /* sum over its orders */
    uint32_t touched;        /* place + 1 in the command's list of touched levels */
    uint32_t reserved;
};

/* A level that the command under way has touched, and how it stood before. */
struct jz_touched {
    uint64_t before_lots; /* displayed; 0: there was no such level */
    uint64_t after_lots;
    uint32_t market;
    uint32_t price;
    uint32_t level;
    uint32_t side;
};

struct jz_order {
    uint32_t next; /* in the level, later in time */
    uint32_t prev;
    uint32_t level; /* 0: not in the book */
    uint32_t account;
    uint32_t market;
    uint32_t price;      /* limit */
    uint32_t generation; /* low half of the sequence of the command that placed it */
    uint8_t side;
    uint8_t is_live;
    uint16_t reserved;
    uint32_t give_balance; /* slots of the owner's two balances */
    uint32_t get_balance;
    uint64_t open_lots;
    uint64_t displayed_lots;
    uint64_t seq; /* place in time among all orders */
};

struct jz_order_detail {
    char client_id[JZ_CLIENT_ID_BYTES]; /* all NUL: none */
    uint64_t cum_lots;                  /* executed so far */
    uint64_t reserved[5];
};

_Static_assert(sizeof(struct jz_lane) == 16, "no hidden padding");
_Static_assert(sizeof(struct jz_nonce_slot) == 64, "a used nonce is one cache line");
_Static_assert(sizeof(struct jz_source) == 64, "a source id is one cache line");
_Static_assert(sizeof(struct jz_currency) == 64, "a currency is one cache line");
_Static_assert(sizeof(struct jz_account) == 32, "two accounts share a cache line");
_Static_assert(sizeof(struct jz_balance) == 64, "a balance is one cache line");
_Static_assert(sizeof(struct jz_market) == 96, "with its share of the index at most 128 bytes");
_Static_assert(sizeof(struct jz_rung) == 8, "no hidden padding");
_Static_assert(sizeof(struct jz_level) == 32, "two levels share a cache line");
_Static_assert(sizeof(struct jz_touched) == 32, "no hidden padding");
_Static_assert(sizeof(struct jz_order) == 64, "matching touches one cache line of an order");
_Static_assert(sizeof(struct jz_order_detail) == 64, "the rest of an order is one more");

#endif /* JZ_CORE_RECORDS_H */
