/* account.h - who takes part, and what each has of each currency.
 *
 * An account lies in the table at the id that its operator chose. A balance is made when an account
 * first gets a currency, or first places an order that would, and stays; it is found by account and
 * currency through the index `holdings`.
 */
#ifndef JZ_CORE_ACCOUNT_H
#define JZ_CORE_ACCOUNT_H

#include "engine/core/state.h"

/* NULL if no such account is open. */
struct jz_account *jz_account_find(const struct jz_core *core, struct jz_account_id account);

/* Opens an account, which must be free, and tells it. */
void jz_account_open(struct jz_core *core, struct jz_account_id account, uint32_t role,
                     struct jz_events *events);

/* Slot of the balance, 0 if the account never had the currency. */
uint32_t jz_account_find_balance(const struct jz_core *core, struct jz_account_id account,
                                 struct jz_currency_id currency);

static inline bool jz_account_can_add_balance(const struct jz_core *core)
{
    return core->balance_count < core->genesis.balances;
}

/* Makes an empty balance, which must not be there yet; there must be room. Returns its slot. */
uint32_t jz_account_add_balance(struct jz_core *core, struct jz_account_id account,
                                struct jz_currency_id currency);

/* Where the index `holdings` keeps a balance. */
uint64_t jz_account_balance_hash(const struct jz_core *core, uint32_t account, uint32_t currency);

/* The command put_account. */
void jz_account_put(struct jz_core *core, const struct jz_put_account *put,
                    struct jz_events *events, struct jz_outcome *outcome);

#endif /* JZ_CORE_ACCOUNT_H */
