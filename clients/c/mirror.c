/* mirror.c - two sorted lists of levels, and the changes that wait for a whole book to follow on.
 */
#include "clients/c/mirror.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(JZ_MIRROR_LEVELS_MAX == JZ_WIRE_LEVELS_MAX, "a book takes what one answer can hold");

/* Prices as numbers that grow from the worst price of a side to its best. */
static uint64_t rank_of(enum jz_side side, uint64_t price)
{
    return side == JZ_SIDE_BUY ? price : ~price;
}

/* Index of the first level whose price is not worse. */
static uint32_t place_of(const struct jz_mirror_side *levels, enum jz_side side, uint64_t price)
{
    const uint64_t rank = rank_of(side, price);
    uint32_t low = 0;
    uint32_t high = levels->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (rank_of(side, levels->levels[middle].price) < rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void take_away(struct jz_mirror_side *levels, uint32_t index)
{
    memmove(&levels->levels[index], &levels->levels[index + 1],
            (levels->count - index - 1) * sizeof(levels->levels[0]));
    levels->count--;
}

static void set_level(struct jz_mirror_side *levels, enum jz_side side, struct jz_level level)
{
    uint32_t index = place_of(levels, side, level.price);
    if (index < levels->count && levels->levels[index].price == level.price) {
        if (level.lots == 0) {
            take_away(levels, index);
        } else {
            levels->levels[index].lots = level.lots;
        }
        return;
    }
    if (level.lots == 0 || (index == 0 && levels->is_cut)) {
        return; /* gone already, or beyond what this side knows */
    }
    if (levels->count == JZ_MIRROR_LEVELS_MAX) {
        levels->is_cut = true;
        if (index == 0) {
            return;
        }
        take_away(levels, 0);
        index--;
    }
    memmove(&levels->levels[index + 1], &levels->levels[index],
            (levels->count - index) * sizeof(levels->levels[0]));
    levels->levels[index] = level;
    levels->count++;
}

static void set_levels(struct jz_mirror *book, const struct jz_levels *levels)
{
    for (uint32_t i = 0; i < levels->bid_count; i++) {
        set_level(&book->bids, JZ_SIDE_BUY, levels->bids[i]);
    }
    for (uint32_t i = 0; i < levels->ask_count; i++) {
        set_level(&book->asks, JZ_SIDE_SELL, levels->asks[i]);
    }
}

/* Copies the best levels_max levels, best first; returns how many there are. */
static uint32_t copy_best(const struct jz_mirror_side *levels, struct jz_level *best,
                          uint32_t levels_max)
{
    const uint32_t count = levels->count < levels_max ? levels->count : levels_max;
    for (uint32_t i = 0; i < count; i++) {
        best[i] = levels->levels[levels->count - 1 - i];
    }
    return count;
}

static bool checks(const struct jz_mirror *book, uint32_t crc32)
{
    struct jz_level bids[JZ_WIRE_CRC_LEVELS];
    struct jz_level asks[JZ_WIRE_CRC_LEVELS];
    const struct jz_levels best = {
        .bids = bids,
        .asks = asks,
        .bid_count = copy_best(&book->bids, bids, JZ_WIRE_CRC_LEVELS),
        .ask_count = copy_best(&book->asks, asks, JZ_WIRE_CRC_LEVELS),
    };
    return jz_answer_crc32(&best) == crc32;
}

int jz_mirror_init(struct jz_mirror *book, const char *symbol)
{
    *book = (struct jz_mirror){0};
    const size_t length = strnlen(symbol, JZ_SYMBOL_MAX + 1);
    if (length == 0 || length > JZ_SYMBOL_MAX) {
        return JZ_EINVAL;
    }
    memcpy(book->symbol, symbol, length);
    book->bids.levels = calloc(JZ_MIRROR_LEVELS_MAX, sizeof(struct jz_level));
    book->asks.levels = calloc(JZ_MIRROR_LEVELS_MAX, sizeof(struct jz_level));
    book->kept = calloc(JZ_MIRROR_KEPT_CHANGES_MAX, sizeof(struct jz_mirror_kept));
    book->kept_levels = calloc(JZ_MIRROR_KEPT_LEVELS_MAX, sizeof(struct jz_level));
    if (book->bids.levels == NULL || book->asks.levels == NULL || book->kept == NULL ||
        book->kept_levels == NULL) {
        jz_mirror_deinit(book);
        return JZ_ENOMEM;
    }
    return JZ_OK;
}

static void keep(struct jz_mirror *book, const struct jz_depth_change *change)
{
    const uint32_t bid_count = change->levels.bid_count;
    const uint32_t ask_count = change->levels.ask_count;
    if (book->kept_count == JZ_MIRROR_KEPT_CHANGES_MAX ||
        book->kept_level_count + bid_count + ask_count > JZ_MIRROR_KEPT_LEVELS_MAX) {
        book->kept_next = 0;
        book->kept_count = 0;
        book->kept_level_count = 0;
    }
    JZ_ASSERT(bid_count <= JZ_WIRE_LEVELS_MAX);
    JZ_ASSERT(ask_count <= JZ_WIRE_LEVELS_MAX);
    book->kept[book->kept_count] = (struct jz_mirror_kept){
        .first = change->first,
        .last = change->last,
        .seq = change->seq,
        .levels_from = book->kept_level_count,
        .bid_count = bid_count,
        .ask_count = ask_count,
        .crc32 = change->crc32,
        .more = change->more,
    };
    struct jz_level *levels = &book->kept_levels[book->kept_level_count];
    if (bid_count > 0) {
        memcpy(levels, change->levels.bids, bid_count * sizeof(*levels));
    }
    if (ask_count > 0) {
        memcpy(levels + bid_count, change->levels.asks, ask_count * sizeof(*levels));
    }
    book->kept_level_count += bid_count + ask_count;
    book->kept_count++;
}

/* Applies a change to a current book; OLD, PART, APPLIED or LOST. */
static enum jz_mirror_outcome follow(struct jz_mirror *book, const struct jz_depth_change *change)
{
    if (change->last <= book->depth_no) {
        return JZ_MIRROR_OUTCOME_OLD;
    }
    if (change->first > book->depth_no + 1 || change->first > change->last) {
        book->is_current = false;
        return JZ_MIRROR_OUTCOME_LOST;
    }
    set_levels(book, &change->levels);
    if (change->more) {
        return JZ_MIRROR_OUTCOME_PART;
    }
    book->depth_no = change->last;
    book->seq = change->seq;
    book->is_current = checks(book, change->crc32);
    return book->is_current ? JZ_MIRROR_OUTCOME_APPLIED : JZ_MIRROR_OUTCOME_LOST;
}

enum jz_mirror_outcome jz_mirror_change(struct jz_mirror *book,
                                        const struct jz_depth_change *change)
{
    if (!book->is_current) {
        keep(book, change);
        return JZ_MIRROR_OUTCOME_KEPT;
    }
    const enum jz_mirror_outcome outcome = follow(book, change);
    if (outcome == JZ_MIRROR_OUTCOME_LOST) {
        keep(book, change);
    }
    return outcome;
}

/* Fills a side from a list that is best first. False if the list is not in order. */
static bool fill_side(struct jz_mirror_side *levels, enum jz_side side, const struct jz_level *best,
                      uint32_t count)
{
    JZ_ASSERT(count <= JZ_MIRROR_LEVELS_MAX);
    levels->count = count;
    for (uint32_t i = 0; i < count; i++) {
        levels->levels[count - 1 - i] = best[i];
        if (best[i].lots == 0 ||
            (i > 0 && rank_of(side, best[i].price) >= rank_of(side, best[i - 1].price))) {
            levels->count = 0;
            return false;
        }
    }
    return true;
}

bool jz_mirror_take(struct jz_mirror *book, const struct jz_book_answer *whole, uint64_t seq,
                    uint32_t levels_asked)
{
    const struct jz_levels *levels = &whole->levels;
    const bool is_sorted = fill_side(&book->bids, JZ_SIDE_BUY, levels->bids, levels->bid_count) &&
                           fill_side(&book->asks, JZ_SIDE_SELL, levels->asks, levels->ask_count);
    book->bids.is_cut = levels->bid_count >= levels_asked;
    book->asks.is_cut = levels->ask_count >= levels_asked;
    book->depth_no = whole->depth_no;
    book->seq = seq;
    book->is_current = is_sorted && checks(book, whole->crc32);
    return book->is_current;
}

bool jz_mirror_apply_kept(struct jz_mirror *book, struct jz_mirror_kept *kept,
                          enum jz_mirror_outcome *outcome)
{
    JZ_ASSERT(book->is_current);
    if (book->kept_next == book->kept_count) {
        book->kept_next = 0;
        book->kept_count = 0;
        book->kept_level_count = 0;
        return false;
    }
    *kept = book->kept[book->kept_next];
    const struct jz_level *levels = &book->kept_levels[kept->levels_from];
    const struct jz_depth_change change = {
        .first = kept->first,
        .last = kept->last,
        .seq = kept->seq,
        .levels = {.bids = levels,
                   .asks = levels + kept->bid_count,
                   .bid_count = kept->bid_count,
                   .ask_count = kept->ask_count},
        .crc32 = kept->crc32,
        .more = kept->more,
    };
    *outcome = follow(book, &change);
    if (*outcome != JZ_MIRROR_OUTCOME_LOST) {
        book->kept_next++;
    }
    return true;
}

bool jz_mirror_lose(struct jz_mirror *book)
{
    const bool was_current = book->is_current;
    book->is_current = false;
    book->kept_next = 0;
    book->kept_count = 0;
    book->kept_level_count = 0;
    return was_current;
}

const char *jz_mirror_symbol(const struct jz_mirror *book)
{
    return book->symbol;
}

bool jz_mirror_is_current(const struct jz_mirror *book)
{
    return book->is_current;
}

uint64_t jz_mirror_depth_no(const struct jz_mirror *book)
{
    return book->depth_no;
}

uint64_t jz_mirror_seq(const struct jz_mirror *book)
{
    return book->seq;
}

uint32_t jz_mirror_levels(const struct jz_mirror *book, enum jz_side side,
                          struct jz_book_level *levels, uint32_t levels_max)
{
    const struct jz_mirror_side *from = side == JZ_SIDE_BUY ? &book->bids : &book->asks;
    const uint32_t count = from->count < levels_max ? from->count : levels_max;
    for (uint32_t i = 0; i < count; i++) {
        const struct jz_level *level = &from->levels[from->count - 1 - i];
        levels[i] = (struct jz_book_level){.price = level->price, .lots = level->lots};
    }
    return count;
}

void jz_mirror_deinit(struct jz_mirror *book)
{
    free(book->bids.levels);
    free(book->asks.levels);
    free(book->kept);
    free(book->kept_levels);
    *book = (struct jz_mirror){0};
}
