/* verify.h - the two invariants that matter most, by themselves.
 *
 * Per currency all balances sum to issued - burned, and what an account has in held_orders is what
 * its open orders need. The walk over everything else is jz_core_verify.
 */
#ifndef JZ_CORE_VERIFY_H
#define JZ_CORE_VERIFY_H

#include "engine/core/state.h"

/* Stops the process unless both hold. Takes balances * (orders + currencies) steps. */
void jz_verify_money(const struct jz_core *core);

/* True while the state is so small that jz_verify_money can run after every command. */
bool jz_verify_is_cheap(const struct jz_core *core);

#endif /* JZ_CORE_VERIFY_H */
