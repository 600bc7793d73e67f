/* entry.h - the three commands of a member about an order: place, cancel, replace.
 *
 * Every check comes before the first change, in the order of enum jz_result, so a refused order
 * leaves no trace. Entry also makes sure of every slot that the rest of the command can need.
 */
#ifndef JZ_CORE_ENTRY_H
#define JZ_CORE_ENTRY_H

#include "engine/core/state.h"

void jz_entry_place(struct jz_core *core, const struct jz_place_order *place,
                    struct jz_events *events, struct jz_outcome *outcome);

void jz_entry_cancel(struct jz_core *core, const struct jz_cancel_order *cancel,
                     struct jz_events *events, struct jz_outcome *outcome);

void jz_entry_replace(struct jz_core *core, const struct jz_replace_order *replace,
                      struct jz_events *events, struct jz_outcome *outcome);

/* Slot of the live order with this id, 0 if there is none. */
uint32_t jz_entry_find(const struct jz_core *core, struct jz_order_id order);

/* Slot of the account's live order with this client id, 0 if there is none. */
uint32_t jz_entry_find_client(const struct jz_core *core, uint32_t account, const char *client_id);

#endif /* JZ_CORE_ENTRY_H */
