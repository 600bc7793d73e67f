/* mirror.h - the local copy of one market's book, kept from the feed and proved with each change.
 *
 *     stale --- take(whole book) ---> current --- change, change, ... ---> current
 *       ^                               |
 *       '--- a change missing, or a checksum that differs: keep what comes, take again
 *
 * While it is stale the book keeps the changes that come, because those after the whole book that
 * it will be given must follow on it. What does not fit the room for them is a reason to take the
 * book once more, never to grow.
 *
 * Levels lie worst first, so that a change near the best price moves few of them.
 *
 * Pure: no clock, no I/O. Memory is taken once, by init. One thread at a time.
 */
#ifndef JZ_CLIENTS_C_MIRROR_H
#define JZ_CLIENTS_C_MIRROR_H

#include "gateway/wire/answer.h"
#include "jiaozi/feed.h"
#include "jiaozi/types.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_MIRROR_KEPT_LEVELS_MAX  16384u /* levels in changes kept while the book is stale */
#define JZ_MIRROR_KEPT_CHANGES_MAX 4096u

struct jz_mirror_side {
    struct jz_level *levels; /* worst first, JZ_MIRROR_LEVELS_MAX of room */
    uint32_t count;
    bool is_cut; /* there may be levels beyond the worst one here */
};

/* A change that came while the book was stale. */
struct jz_mirror_kept {
    uint64_t first;
    uint64_t last;
    uint64_t seq;
    uint32_t levels_from; /* in kept_levels: bids, then asks */
    uint32_t bid_count;
    uint32_t ask_count;
    uint32_t crc32;
    bool more;
};

struct jz_mirror {
    char symbol[JZ_SYMBOL_MAX + 1];
    struct jz_mirror_side bids;
    struct jz_mirror_side asks;
    uint64_t depth_no;
    uint64_t seq;
    bool is_current;
    uint64_t asked_ref;          /* its owner's: ref of a request for the whole book; 0: none */
    uint64_t ask_ns;             /* its owner's: not before this is the next one sent */
    struct jz_mirror_kept *kept; /* JZ_MIRROR_KEPT_CHANGES_MAX of room */
    struct jz_level *kept_levels;
    uint32_t kept_count;
    uint32_t kept_next; /* of these, the first that was not applied yet */
    uint32_t kept_level_count;
};

enum jz_mirror_outcome {
    JZ_MIRROR_OUTCOME_APPLIED = 1, /* the book is current and shows the change */
    JZ_MIRROR_OUTCOME_OLD,         /* the book had it already */
    JZ_MIRROR_OUTCOME_PART,        /* part of a change; its last part is still to come */
    JZ_MIRROR_OUTCOME_KEPT,        /* the book is stale and keeps it for later */
    JZ_MIRROR_OUTCOME_LOST,        /* the book has just become stale; the change is kept */
};

/* Takes memory for an empty, stale book. JZ_EINVAL: symbol too long or empty; JZ_ENOMEM. */
JZ_MUST_USE int jz_mirror_init(struct jz_mirror *book, const char *symbol);

/* A change from the feed, of this market. */
enum jz_mirror_outcome jz_mirror_change(struct jz_mirror *book,
                                        const struct jz_depth_change *change);

/* The whole book as it was after command seq. The book is current again if the answer checks; then
 * apply what was kept. levels_asked: how many levels a side the exchange was asked for, so that a
 * longer side counts as cut. */
bool jz_mirror_take(struct jz_mirror *book, const struct jz_book_answer *whole, uint64_t seq,
                    uint32_t levels_asked);

/* Applies the next kept change to a book that is current; false if there is none. Its numbers go to
 * *kept. With outcome LOST it and those after it stay kept: take the book once more, later. */
bool jz_mirror_apply_kept(struct jz_mirror *book, struct jz_mirror_kept *kept,
                          enum jz_mirror_outcome *outcome);

/* What comes next will not follow: forgets what was kept. True if the book was current until now.
 */
bool jz_mirror_lose(struct jz_mirror *book);

void jz_mirror_deinit(struct jz_mirror *book);

#endif /* JZ_CLIENTS_C_MIRROR_H */
