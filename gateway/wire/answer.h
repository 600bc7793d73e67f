/* answer.h - what the gateway says, as plain structs for both ends: replies, reports and the feed.
 *
 * The gateway fills them and encode.h writes them; message.h reads them back for a client. Texts
 * and lists are borrowed: from the caller when they are written, from the message when read.
 */
#ifndef JZ_WIRE_ANSWER_H
#define JZ_WIRE_ANSWER_H

#include "gateway/wire/wire.h"

/* The beginning of every reply. */
struct jz_reply {
    uint64_t nonce; /* 0: left out */
    struct jz_ref ref;
    uint64_t seq;   /* of the command (when duplicate: of the first time), or the state that a
                       query shows; 0: left out (a refusal without a number) */
    bool duplicate; /* the nonce had been answered before */
};

/* A refusal. field, where it concerns one, is its name as the wire has it. detail says more in a
 * word: with UNKNOWN_MARKET the symbol as it is listed, if only its codes are exchanged. */
struct jz_refusal {
    enum jz_result result;
    struct jz_text field;    /* length 0: none */
    struct jz_text detail;   /* up to JZ_SYMBOL_MAX bytes; length 0: none */
    uint32_t retry_after_ms; /* 0: left out */
};

struct jz_order_answer {
    uint64_t order_id;
    enum jz_order_status status;
    uint64_t cum_lots; /* executed by this command; cancel_order: lots cancelled */
    uint64_t leaves_lots;
};

struct jz_hello_answer {
    uint32_t key;
    uint32_t lane;
    uint64_t highest_nonce;
    uint32_t window;
};

struct jz_status_answer {
    uint64_t ts; /* of the newest command that the gateway knows */
    uint64_t currencies;
    uint64_t markets;
    uint64_t accounts;
    uint64_t connections; /* that said hello at this gateway */
    bool busy;
    bool storage_full;
    bool has_digest;      /* the rest was asked for */
    uint64_t live_orders; /* in all books */
    struct jz_digest state_digest;
    struct jz_digest content_digest;
};

struct jz_market_answer {
    uint32_t market; /* its number */
    struct jz_text symbol;
    uint64_t base_lot;
    uint64_t quote_unit;
    uint64_t tick;
    uint64_t price_min;
    uint64_t price_max;
    uint64_t min_notional;
    uint32_t band;
    uint32_t reference;
    enum jz_market_state state;
    uint64_t depth_no;
    uint64_t trade_no;
    uint64_t last_price; /* 0: no trade yet */
};

/* One price of one side of a book; two little-endian words, which is what crc32 runs over. */
struct jz_level {
    uint64_t price;
    uint64_t lots; /* displayed, absolute; in a depth change 0 takes the level away */
};

/* Best first: bids fall, asks rise. Each list at most JZ_WIRE_LEVELS_MAX. */
struct jz_levels {
    const struct jz_level *bids;
    const struct jz_level *asks;
    uint32_t bid_count;
    uint32_t ask_count;
};

/* get_book. */
struct jz_book_answer {
    struct jz_text symbol;
    uint64_t depth_no; /* the last change that is in it */
    struct jz_levels levels;
    uint32_t crc32;
};

/* Topic md.depth.<symbol>: the levels that changed, from depth number first to last. */
struct jz_depth_change {
    struct jz_text symbol;
    uint64_t first;
    uint64_t last;
    uint64_t seq;
    struct jz_levels levels; /* in any order */
    uint32_t crc32;          /* of the book once the change is applied whole */
    bool more;               /* the change goes on in the next message, under the same numbers */
};

/* Topic md.trade.<symbol>. */
struct jz_trade {
    struct jz_text symbol;
    uint64_t trade_no;
    uint64_t price;
    uint64_t lots;
    uint64_t base_amount;
    uint64_t quote_amount;
    uint64_t ts;
    uint64_t seq;
    enum jz_side taker_side;
};

/* Topic sys.heartbeat. */
struct jz_heartbeat {
    uint64_t seq; /* newest command whose events were sent */
    uint64_t ts;
};

/* Execution report. */
struct jz_report {
    uint64_t stream_seq; /* place in the account's stream, from 1 without gaps */
    uint64_t seq;
    uint64_t ts;
    enum jz_exec_type exec_type;
    uint32_t account;
    uint64_t order_id;
    struct jz_text client_order_id; /* length 0: none */
    struct jz_text symbol;
    enum jz_side side;
    uint64_t price; /* limit */
    enum jz_order_status status;
    uint64_t lots; /* executed + open; when canceled: executed + cancelled */
    uint64_t cum_lots;
    uint64_t leaves_lots; /* open; 0 when canceled */
    uint64_t last_lots;   /* exec_type trade, else left out: this and the next three */
    uint64_t last_price;
    uint64_t trade_no;
    enum jz_liquidity liquidity;
    enum jz_reason reason; /* exec_type canceled, else 0 and left out */
};

/* CRC-32 (IEEE 802.3, as zlib has it) over the best JZ_WIRE_CRC_LEVELS bids and then asks, each as
 * price and lots in 8 little-endian bytes. The lists are whole books or at least their best. */
uint32_t jz_answer_crc32(const struct jz_levels *levels);

/* Fills a report from its ORDER event: everything but symbol, and for exec TRADE all of it with the
 * TRADE event before it (else NULL). The client_order_id is borrowed from the event. */
void jz_answer_report(struct jz_report *report, const struct jz_record *record,
                      const struct jz_event *event, const struct jz_event *trade);

#endif /* JZ_WIRE_ANSWER_H */
