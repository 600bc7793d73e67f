/* picture.h - what the gateway knows of the exchange: enough to answer without asking the engine.
 *
 *     currencies by id and code | markets by id and symbol: terms, state, depth | accounts | lanes
 *
 * It is made of events alone, each of them absolute: told first by the slices of the answer to
 * JZ_ASK_ATTACH, kept true by the events of later commands, and it does not matter that the two
 * come mixed, as long as they are applied in the order of the ring. Only what is durable is
 * applied.
 *
 * Threads: one at a time. Memory: grows with what is listed, is freed by deinit.
 */
#ifndef JZ_GATEWAY_PICTURE_H
#define JZ_GATEWAY_PICTURE_H

#include "gateway/ladder.h"
#include "gateway/names.h"
#include "jiaozi/event.h"
#include "jiaozi/record.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

struct jz_picture_currency {
    struct jz_event_currency is;
    uint32_t code_bytes; /* 0: not listed */
};

struct jz_picture_market {
    struct jz_event_market_terms is;
    struct jz_event_market_state stands; /* depth_no, trade_no and last_price kept up to date */
    struct jz_ladder bids;
    struct jz_ladder asks;
    char symbol[JZ_SYMBOL_MAX + 1]; /* BASE/QUOTE, ends with NUL */
    uint8_t symbol_bytes;           /* 0: not listed */
};

struct jz_picture_lane {
    uint64_t highest_nonce;
    uint32_t window; /* 0: no such lane */
    uint32_t reserved;
};

struct jz_picture {
    uint64_t sequence; /* of the last record applied */
    uint64_t time_ns;  /* of the last command applied */
    bool complete;     /* the end of the answer to attach has been applied */

    struct jz_picture_currency *currencies; /* by id */
    uint32_t currencies_room;               /* ids below it have a place */
    uint32_t currencies_count;

    struct jz_picture_market *markets; /* by id */
    uint32_t markets_room;
    uint32_t markets_count;

    uint64_t *accounts; /* a bit for each id */
    uint32_t accounts_room;
    uint32_t accounts_count;

    struct jz_picture_lane *lanes; /* of key 1, by lane */
    uint32_t lanes_room;

    struct jz_names codes;
    struct jz_names symbols;
};

/* A picture of nothing. */
void jz_picture_init(struct jz_picture *picture);

/* Frees all of it. */
void jz_picture_deinit(struct jz_picture *picture);

/* Applies one event of an events or picture record, which the header comes from. Kinds that the
 * picture does not show are let through. JZ_OK, or JZ_ENOMEM: the picture is no longer true. */
JZ_MUST_USE
int jz_picture_apply(struct jz_picture *picture, const struct jz_record *header,
                     const struct jz_event *event);

/* The currency or market of an id, NULL if it is not listed. Good until the next apply. */
const struct jz_picture_currency *jz_picture_find_currency(const struct jz_picture *picture,
                                                           struct jz_currency_id currency);
const struct jz_picture_market *jz_picture_find_market(const struct jz_picture *picture,
                                                       struct jz_market_id market);

/* The id of a code, or of a symbol as listed; value 0 if there is none. text need not end with
 * NUL. */
struct jz_currency_id jz_picture_currency_of(const struct jz_picture *picture, const char *text,
                                             size_t text_bytes);
struct jz_market_id jz_picture_market_of(const struct jz_picture *picture, const char *text,
                                         size_t text_bytes);

/* The market whose symbol is the text with its two codes exchanged, value 0 if there is none. */
struct jz_market_id jz_picture_market_reversed(const struct jz_picture *picture, const char *text,
                                               size_t text_bytes);

/* The lane of key 1, NULL if there is none. Good until the next apply. */
const struct jz_picture_lane *jz_picture_find_lane(const struct jz_picture *picture, uint32_t lane);

/* Stops the process unless tables and counts agree and every ladder is in order. Slow. */
void jz_picture_verify(const struct jz_picture *picture);

#endif /* JZ_GATEWAY_PICTURE_H */
