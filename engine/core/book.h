/* book.h - price levels of every market, first come first served within each.
 *
 *     ladder of a side | rung | rung | ... | rung |     sorted, the best price at the end
 *                                             '-> level: head -> order -> order -> tail
 *
 * Looking at the best level and taking it away is O(1); a level in between costs a binary search
 * and a move of the rungs that are better. A ladder lies in a chunk of a size class, grows into the
 * next class when full and shrinks when only a quarter is used, so an unused side owns nothing. The
 * functions below speak of levels and orders only: what holds the rungs can become another
 * structure without its callers.
 *
 * A level that changes is noted for the depth events of the command (depth.h).
 */
#ifndef JZ_CORE_BOOK_H
#define JZ_CORE_BOOK_H

#include "engine/core/state.h"

/* One side of one market. */
struct jz_book_side {
    uint32_t market;
    uint8_t side; /* enum jz_side */
};

/* The best level of a side, 0 if it is empty. */
uint32_t jz_book_best(const struct jz_core *core, struct jz_book_side side);

/* The level at a price, 0 if there is none. */
uint32_t jz_book_find(const struct jz_core *core, struct jz_book_side side, uint32_t price);

/* The best level that is worse than a price, 0 if there is none. With price 0: the best one. */
uint32_t jz_book_next(const struct jz_core *core, struct jz_book_side side, uint32_t price);

/* Levels of a side. */
uint32_t jz_book_count(const struct jz_core *core, struct jz_book_side side);

/* Puts the order in a slot, all of it displayed, behind the others at its limit; makes the level if
 * there is none, for which there must be a free slot. */
void jz_book_append(struct jz_core *core, uint32_t slot);

/* Takes an order out of the book, and its level if that is then empty. */
void jz_book_remove(struct jz_core *core, uint32_t slot);

/* Takes lots off an order, which keeps its place; one without open lots leaves the book. */
void jz_book_reduce(struct jz_core *core, uint32_t slot, uint64_t lots);

/* Stops the process unless ladders, levels and lists of one market agree. Slow. */
void jz_book_verify(const struct jz_core *core, uint32_t market);

#endif /* JZ_CORE_BOOK_H */
