/* feed.h - following trades and books: what the public feed says, and a book kept from it.
 *
 * A followed book is taken whole from the exchange once and then changed as the feed says. Numbers
 * without gaps and a checksum in every change prove that it is right; when one is missing or does
 * not fit, the book is taken whole again by itself.
 */
#ifndef JZ_FEED_H
#define JZ_FEED_H

#include "jiaozi/types.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_MIRRORS_MAX       64u   /* books, and as many tapes, that one client follows */
#define JZ_MIRROR_LEVELS_MAX 5000u /* per side of a book; what lies beyond is left out */

struct jz_client;
struct jz_mirror;

/* A trade on the public feed. */
struct jz_feed_trade {
    char symbol[JZ_SYMBOL_MAX + 1];
    uint64_t trade_no; /* per market, from 1 without gaps */
    uint64_t missed;   /* trades between the last one seen and this one that did not reach us */
    uint64_t price;    /* quote units per lot */
    uint64_t lots;
    uint64_t base_amount_points;
    uint64_t quote_amount_points;
    uint64_t time_ns;
    uint64_t seq;
    enum jz_side taker_side;
};

enum jz_mirror_event {
    JZ_MIRROR_CHANGED = 1, /* by one or more commands, in order, checked */
    JZ_MIRROR_LOST,  /* a change is missing or does not check: the book is stale until it is */
    JZ_MIRROR_TAKEN, /* taken whole from the exchange: at first, and after it was lost */
};

/* News of a followed book, which already shows it. */
struct jz_mirror_news {
    enum jz_mirror_event news;
    const struct jz_mirror *book;
    uint64_t first; /* CHANGED, LOST: depth numbers of the change */
    uint64_t last;
    uint64_t seq; /* CHANGED, TAKEN: the book is as it was after this command; LOST: it is not */
};

struct jz_book_level {
    uint64_t price; /* quote units per lot */
    uint64_t lots;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Follows the trades of a market on the feed: on_trade. JZ_EINVAL, JZ_ENOMEM: too many. */
JZ_API JZ_MUST_USE int jz_client_follow_trades(struct jz_client *client, const char *symbol);

/* Follows the book of a market on the feed: on_book. It is checked with every change, and taken
 * anew by itself when a change is missing. *book is good until destroy. JZ_EINVAL, JZ_ENOMEM: too
 * many. */
JZ_API JZ_MUST_USE int jz_client_follow_book(struct jz_client *client, const char *symbol,
                                             const struct jz_mirror **book);

/* A followed book. It is current from TAKEN until LOST; before that, and between, it is what was
 * last known. */
JZ_API const char *jz_mirror_symbol(const struct jz_mirror *book);
JZ_API bool jz_mirror_is_current(const struct jz_mirror *book);
JZ_API uint64_t jz_mirror_depth_no(const struct jz_mirror *book);
JZ_API uint64_t jz_mirror_seq(const struct jz_mirror *book);

/* The best levels of one side, best first: writes and returns up to levels_max. */
JZ_API uint32_t jz_mirror_levels(const struct jz_mirror *book, enum jz_side side,
                                 struct jz_book_level *levels, uint32_t levels_max);

#ifdef __cplusplus
}
#endif

#endif /* JZ_FEED_H */
