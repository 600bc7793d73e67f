/* depth.h - which price levels a command changed, told once at its end.
 *
 * While a command runs, each level is noted before its displayed lots change for the first time. At
 * the end those that then stand otherwise are told, under one new depth_no of their market; if none
 * does, no number is used up.
 */
#ifndef JZ_CORE_DEPTH_H
#define JZ_CORE_DEPTH_H

#include "engine/core/book.h"

/* Notes how a level stands; call before its displayed lots change. */
void jz_depth_touch(struct jz_core *core, struct jz_book_side side, uint32_t level);

/* Adds the DEPTH events of the command and empties the list. */
void jz_depth_tell(struct jz_core *core, struct jz_events *events);

#endif /* JZ_CORE_DEPTH_H */
