/* command.h - every command that can change the exchange, as it stands in rings and journal.
 *
 * A command is a struct jz_record followed by the body of its kind. Bodies are multiples of 64
 * bytes, have no hidden padding, and every reserved byte is zero. All integers are little-endian.
 * Values out of range are representable on purpose: the core refuses them with a result.
 */
#ifndef JZ_COMMAND_H
#define JZ_COMMAND_H

#include "jiaozi/record.h"
#include "jiaozi/types.h"

#include <stdint.h>

#define JZ_COMMAND_VERSION 1u /* body layouts of this header */
#define JZ_RULES_VERSION   1u /* newest behaviour that this code knows */

/* X(value, NAME, body struct, op on the wire; "" where no client may send it). Values are for
 * ever. */
#define JZ_COMMAND_MAP(X)                                                                          \
    X(1, GENESIS, jz_genesis, "")                                                                  \
    X(2, TICK, jz_tick, "")                                                                        \
    X(16, PUT_CURRENCY, jz_put_currency, "put_currency")                                           \
    X(17, PUT_ACCOUNT, jz_put_account, "put_account")                                              \
    X(18, PUT_MARKET, jz_put_market, "put_market")                                                 \
    X(32, MINT, jz_mint, "mint")                                                                   \
    X(33, TRANSFER_IN, jz_mint, "transfer_in")                                                     \
    X(48, PLACE_ORDER, jz_place_order, "place_order")                                              \
    X(49, CANCEL_ORDER, jz_cancel_order, "cancel_order")                                           \
    X(50, REPLACE_ORDER, jz_replace_order, "replace_order")

enum jz_command_kind {
#define X(value, name, body, op) JZ_COMMAND_##name = (value),
    JZ_COMMAND_MAP(X)
#undef X
};

/* The first command: what the core is made for. A capacity is a count of table entries. */
struct jz_genesis {
    uint32_t rules;            /* rules version to start with */
    int32_t calendar_offset_s; /* exchange calendar minus UTC, seconds; 28,800 is UTC+8 */
    uint32_t currencies;       /* capacities from here on */
    uint32_t markets;
    uint32_t accounts;
    uint32_t balances; /* pairs of account and currency ever used */
    uint32_t orders;   /* live at once */
    uint32_t levels;   /* price levels occupied at once, over all books */
    uint32_t lanes;    /* of key 1 */
    uint32_t window;   /* nonces per lane, a power of two */
    uint32_t reserved[6];
};

/* Time passes: sets day and time of its record; with a time behind the last one: TIMESTAMP. */
struct jz_tick {
    uint32_t reserved[16];
};

/* Lists a currency. Same code and same content again: done, nothing changes; else CONFLICT. */
struct jz_put_currency {
    char code[JZ_CODE_BYTES];      /* [A-Z0-9]{2,12} */
    struct jz_account_id merchant; /* who issues it; 0: nobody yet */
    uint32_t scale;                /* decimal digits shown, 0..JZ_SCALE_MAX */
    uint64_t supply_cap_points;    /* most that may be outstanding, 1..JZ_AMOUNT_MAX */
    uint32_t reserved[8];
};

/* Opens an account under an id of the operator's choice. Again with the same role: done. */
struct jz_put_account {
    struct jz_account_id account; /* JZ_ACCOUNT_FIRST..capacity */
    uint32_t role;                /* enum jz_role, not SYSTEM */
    uint32_t reserved[14];
};

/* Lists a market BASE/QUOTE. Lot and quote unit never change afterwards. */
struct jz_put_market {
    struct jz_currency_id base;
    struct jz_currency_id quote;
    uint64_t lot_points;          /* base units per lot, 1..JZ_LOT_MAX */
    uint64_t quote_unit_points;   /* quote units per step of price; price_max * it <= JZ_LOT_MAX */
    uint64_t tick_price;          /* step of prices */
    uint64_t price_min;           /* 1..price_max */
    uint64_t price_max;           /* ..JZ_PRICE_MAX */
    uint64_t notional_min_points; /* least lots * price * quote_unit of an order; 0: none */
    uint32_t band_bp;             /* entry band around the reference, basis points; 0: off */
    uint32_t reference_price;     /* 0: none, the band is off */
};

/* Issues points to an account (mint), or takes them in from the merchant's own system
 * (transfer_in). Counted in the currency's `issued`. */
struct jz_mint {
    struct jz_account_id account;
    struct jz_currency_id currency;
    uint64_t amount_points;
    char source_id[JZ_SOURCE_ID_BYTES]; /* permanent id of the sender, unique for ever */
    uint64_t checked_seq; /* the ledger held no such source id at this sequence; not content */
    uint64_t reserved;
};

struct jz_place_order {
    struct jz_account_id account;
    struct jz_market_id market;
    char client_id[JZ_CLIENT_ID_BYTES]; /* all NUL: none given */
    uint64_t lots;
    uint64_t price;        /* limit, quote units per lot */
    uint8_t side;          /* enum jz_side */
    uint8_t time_in_force; /* enum jz_time_in_force */
    uint8_t stp_mode;      /* enum jz_stp_mode */
    uint8_t reserved[21];
};

/* By order id, or by client id where the order id is 0; both or neither is INVALID_PARAM. */
struct jz_cancel_order {
    struct jz_account_id account;
    uint32_t reserved0;
    struct jz_order_id order;
    char client_id[JZ_CLIENT_ID_BYTES];
    uint8_t reserved[32];
};

/* By order id, or by client id where the order id is 0; both or neither is INVALID_PARAM. */
struct jz_replace_order {
    struct jz_account_id account;
    uint32_t reserved0;
    struct jz_order_id order;
    char client_id[JZ_CLIENT_ID_BYTES];
    uint64_t lots;  /* new open lots */
    uint64_t price; /* new limit, quote units per lot */
    uint8_t reserved[16];
};

#define X(value, name, body, op)                                                                   \
    _Static_assert(sizeof(struct body) == JZ_RECORD_UNIT_BYTES, #body " is one unit");
JZ_COMMAND_MAP(X)
#undef X

#endif /* JZ_COMMAND_H */
