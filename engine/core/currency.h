/* currency.h - what a merchant issues: listing it and bringing points of it into the world.
 *
 * Per currency the balances of all accounts sum to issued - burned.
 */
#ifndef JZ_CORE_CURRENCY_H
#define JZ_CORE_CURRENCY_H

#include "engine/core/state.h"

/* NULL if no such currency is listed. */
struct jz_currency *jz_currency_find(const struct jz_core *core, struct jz_currency_id currency);

/* The currency's counters: what all accounts have together. */
static inline uint64_t jz_currency_outstanding(const struct jz_currency *currency)
{
    return currency->issued_points - currency->burned_points;
}

/* Adds the event that tells a listed currency. */
void jz_currency_tell(const struct jz_core *core, uint32_t currency, struct jz_events *events);

/* The command put_currency. */
void jz_currency_put(struct jz_core *core, const struct jz_put_currency *put,
                     struct jz_events *events, struct jz_outcome *outcome);

/* The commands mint and transfer_in; cause is one of enum jz_cause. content is the command's hash,
 * two words, by which a source id is known again. */
void jz_currency_issue(struct jz_core *core, const struct jz_mint *mint, uint32_t cause,
                       const uint64_t content[2], struct jz_events *events,
                       struct jz_outcome *outcome);

#endif /* JZ_CORE_CURRENCY_H */
