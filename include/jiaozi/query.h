/* query.h - questions to the exchange, with their answers awaited.
 *
 * A question changes nothing and has no number. Each returns JZ_OK, JZ_ETIMEOUT or JZ_ESYSTEM (or
 * JZ_EINVAL, from inside a callback or with a text too long; JZ_EPROTOCOL, with a reply that cannot
 * be understood); with JZ_OK *result tells if the exchange refused, and the rest is filled only
 * with JZ_RESULT_DONE.
 */
#ifndef JZ_QUERY_H
#define JZ_QUERY_H

#include "jiaozi/event.h"
#include "jiaozi/feed.h"
#include "jiaozi/result.h"
#include "jiaozi/types.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

/* How the exchange does. */
struct jz_exchange_status {
    uint64_t seq;     /* newest command that the rest shows */
    uint64_t time_ns; /* of it */
    uint64_t currencies;
    uint64_t markets;
    uint64_t accounts;
    uint64_t connections;
    bool busy;         /* new orders are refused for the moment */
    bool storage_full; /* new orders are refused until there is room on the disk */
    bool has_digest;   /* the rest is filled in */
    uint64_t live_orders;
    struct jz_digest state_digest;   /* equal for replays of one journal */
    struct jz_digest content_digest; /* equal for runs of the same requests */
};

struct jz_market_listing {
    struct jz_market_id market;
    char symbol[JZ_SYMBOL_MAX + 1];
    uint64_t lot_points;
    uint64_t quote_unit_points;
    uint64_t tick_price;
    uint64_t price_min;
    uint64_t price_max;
    uint64_t notional_min_points;
    uint32_t band_bp;
    uint32_t reference_price;
    enum jz_market_state state;
    uint64_t depth_no;
    uint64_t trade_no;
    uint64_t last_price; /* 0: no trade yet */
};

/* A page of markets. The caller gives room, and where to begin. */
struct jz_market_page {
    struct jz_market_listing *markets; /* caller's, in order of their numbers */
    uint32_t markets_max;
    uint32_t from;  /* number of the first one; 0 and 1: all */
    uint32_t count; /* written */
    uint32_t next;  /* where the next page begins, 0: that was the last */
};

/* A book as it stood after command seq. The caller gives room for levels_max levels a side. */
struct jz_book_listing {
    uint64_t seq;
    uint64_t depth_no;
    struct jz_book_level *bids; /* caller's, best first */
    struct jz_book_level *asks;
    uint32_t levels_max; /* 1..JZ_MIRROR_LEVELS_MAX */
    uint32_t bid_count;
    uint32_t ask_count;
};

#ifdef __cplusplus
extern "C" {
#endif

/* digest: also walk all state for the two digests and live_orders. */
JZ_API JZ_MUST_USE int jz_client_get_status(struct jz_client *client, bool digest,
                                            struct jz_exchange_status *status,
                                            enum jz_result *result);
JZ_API JZ_MUST_USE int jz_client_get_markets(struct jz_client *client, struct jz_market_page *page,
                                             enum jz_result *result);
JZ_API JZ_MUST_USE int jz_client_get_book(struct jz_client *client, const char *symbol,
                                          struct jz_book_listing *book, enum jz_result *result);

#ifdef __cplusplus
}
#endif

#endif /* JZ_QUERY_H */
