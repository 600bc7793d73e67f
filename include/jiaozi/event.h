/* event.h - everything that a command can change, said so that a reader needs no state of its own.
 *
 * The events of a command lie one behind the other in one or more records of kind JZ_RECORD_EVENTS,
 * whose header repeats sequence, time, day, key, lane, nonce and origin of the command. The last
 * event is its RESULT, and there is exactly one. Order inside a command: HOLD of what an arriving
 * order needs; ORDER accepted or replaced; for each fill the HOLD that a buying taker gets back,
 * its two TRANSFERs, TRADE, the reports of maker and taker, and the maker's DONE; the end of the
 * arriving order, a cancel after the HOLD that it releases; the DEPTH changes; the RESULT.
 *
 * The picture that an attaching gateway asks for is told in the same structs (JZ_RECORD_PICTURE,
 * header sequence = the command after which it is true): CURRENCY, ACCOUNT, MARKET, DEPTH and LANE
 * events, the last record of it ending with PICTURE_END.
 */
#ifndef JZ_EVENT_H
#define JZ_EVENT_H

#include "jiaozi/event_kinds.h"
#include "jiaozi/record.h"
#include "jiaozi/types.h"

#include <stdint.h>

#define JZ_EVENT_VERSION 1u /* layouts of this header; record.version of an events record */

/* The end of a command. A repeat of a nonce repeats result, object, amount and detail of the first
 * time and says so. */
struct jz_event_result {
    uint8_t duplicate;       /* 1: answered from the nonce window, nothing was changed */
    uint8_t order_status;    /* enum jz_order_status after place, cancel and replace, else 0 */
    uint16_t result;         /* enum jz_result */
    uint16_t command;        /* enum jz_command_kind */
    uint16_t field;          /* enum jz_field that is at fault, 0: none */
    uint64_t object;         /* order, account, currency or market id that the command was about */
    uint64_t amount;         /* orders: lots executed by the command (cancel: lots cancelled);
                                mint: points credited */
    uint64_t first_sequence; /* of the first time; the command's own sequence if not duplicate */
    uint64_t highest_nonce;  /* of the lane, after the command */
    uint64_t leaves_lots;    /* orders: open lots after the command */
};

struct jz_event_currency {
    struct jz_currency_id currency;
    struct jz_account_id merchant;
    char code[JZ_CODE_BYTES];
    uint32_t scale;
    uint32_t reserved;
    uint64_t supply_cap_points;
};

struct jz_event_account {
    uint32_t role; /* enum jz_role */
    uint32_t reserved[11];
};

/* A listed market is told in two events in a row: what it is, then (flag PART2) how it stands. */
struct jz_event_market_terms {
    struct jz_currency_id base;
    struct jz_currency_id quote;
    uint64_t lot_points;
    uint64_t quote_unit_points;
    uint64_t notional_min_points;
    uint32_t tick_price;
    uint32_t price_min;
    uint32_t price_max;
    uint32_t reserved;
};

struct jz_event_market_state {
    uint64_t depth_no; /* last one used, 0: none yet */
    uint64_t trade_no; /* last one used, 0: none yet */
    uint32_t state;    /* enum jz_market_state */
    uint32_t band_bp;
    uint32_t reference_price;
    uint32_t last_price; /* of the last trade, 0: none */
    uint64_t reserved[2];
};

/* Points move from the debit side to the credit side, a bucket of a balance or, as account 0, the
 * currency's counter `issued`. */
struct jz_event_transfer {
    uint32_t cause; /* enum jz_cause */
    struct jz_currency_id currency;
    struct jz_account_id debit; /* 0: issued */
    struct jz_account_id credit;
    uint64_t amount_points;
    uint64_t debit_held_points;       /* held_orders of the debit side afterwards; 0 for issued */
    uint64_t credit_available_points; /* available of the credit side afterwards */
    uint64_t issued_points;           /* of the currency, afterwards */
};

/* Points of the event's account change between available and held_orders. */
struct jz_event_hold {
    struct jz_currency_id currency;
    uint32_t released; /* 0: available -> held; 1: held -> available */
    struct jz_order_id order;
    uint64_t amount_points;
    uint64_t available_points;   /* afterwards */
    uint64_t held_orders_points; /* afterwards */
    uint64_t reserved;
};

/* One execution report: what happened to one order, with all of it that its owner sees. The event's
 * account owns the order and its number is the place in the account's stream of reports. With exec
 * TRADE the lots and price of the fill are those of the last TRADE event before it.
 */
struct jz_event_order {
    struct jz_order_id order;
    char client_id[JZ_CLIENT_ID_BYTES];
    uint64_t leaves_lots; /* open after this event; CANCELED: how many lots were cancelled */
    uint64_t cum_lots;    /* executed so far */
    struct jz_market_id market;
    uint32_t price; /* limit */
};

/* A fill; its number is the market's trade_no. Two ORDER events with exec TRADE follow, the maker's
 * and then the taker's (flag TAKER). */
struct jz_event_trade {
    struct jz_order_id maker;
    struct jz_order_id taker;
    uint64_t lots;
    uint32_t price;      /* the maker's */
    uint32_t taker_side; /* enum jz_side */
    uint64_t reserved[2];
};

struct jz_depth_level {
    uint32_t price;
    uint32_t side; /* enum jz_side; 0: this entry is not used */
    uint64_t lots; /* displayed, absolute; 0: the level is gone */
};

/* Levels of one market that the command changed, up to three an event, all under one depth_no, the
 * event's number (flag MORE: another follows under the same). In a picture: levels as they stand.
 */
struct jz_event_depth {
    struct jz_depth_level levels[3];
};

struct jz_event_lane {
    uint32_t key;
    uint32_t lane;
    uint64_t highest_nonce; /* 0: never used */
    uint32_t window;
    uint32_t reserved[7];
};

struct jz_event {
    uint8_t kind;      /* enum jz_event_kind */
    uint8_t exec_type; /* ORDER: enum jz_exec_type, else 0 */
    uint8_t reason;    /* ORDER with CANCELED: enum jz_reason, else 0 */
    uint8_t flags;     /* JZ_EVENT_FLAG_... */
    union {
        struct jz_account_id account; /* ACCOUNT, HOLD, ORDER */
        struct jz_market_id market;   /* MARKET, TRADE, DEPTH */
        uint32_t subject;             /* either; 0 where the kind has none */
    };
    uint64_t number; /* ORDER: stream_seq; TRADE: trade_no; DEPTH: depth_no; else 0 */
    union {
        struct jz_event_result result;
        struct jz_event_currency currency;
        struct jz_event_account account_opened;
        struct jz_event_market_terms terms; /* MARKET */
        struct jz_event_market_state state; /* MARKET with PART2 */
        struct jz_event_transfer transfer;
        struct jz_event_hold hold;
        struct jz_event_order order;
        struct jz_event_trade trade;
        struct jz_event_depth depth;
        struct jz_event_lane lane;
        uint64_t words[6];
    };
};

_Static_assert(sizeof(struct jz_event) == 64, "an event is one cache line");

#define JZ_EVENTS_PER_RECORD_MAX                                                                   \
    ((JZ_RECORD_BYTES_MAX - JZ_RECORD_UNIT_BYTES) / (uint32_t)sizeof(struct jz_event))

#endif /* JZ_EVENT_H */
