/* match.h - an arriving order walks the other side: price, then time, each maker at its price. */
#ifndef JZ_CORE_MATCH_H
#define JZ_CORE_MATCH_H

#include "engine/core/state.h"

/* Lets an accepted or replaced order, fully held and not in the book, arrive: it trades, and then
 * is done, cancelled (immediate-or-cancel, or it met its own owner) or rests. Adds all events of
 * that and sets order_status, amount (lots executed) and leaves_lots of the outcome. An order that
 * is not open any more has lost its slot.
 */
void jz_match_enter(struct jz_core *core, uint32_t order, uint8_t time_in_force,
                    struct jz_events *events, struct jz_outcome *outcome);

/* Ends an order that is not in the book: gives its slot and its client id back. */
void jz_match_forget(struct jz_core *core, uint32_t order);

/* Ends an order that may be in the book: frees its hold, tells why, forgets it. */
void jz_match_cancel(struct jz_core *core, uint32_t order, uint8_t reason,
                     struct jz_events *events);

/* Where the index `clients` keeps the client id of an account. */
uint64_t jz_match_client_hash(const struct jz_core *core, uint32_t account, const char *client_id);

#endif /* JZ_CORE_MATCH_H */
