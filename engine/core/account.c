/* account.c - opening accounts, finding and making balances. */
#include "engine/core/account.h"

#include "engine/base/assert.h"
#include "engine/core/check.h"
#include "engine/core/mix.h"

struct jz_account *jz_account_find(const struct jz_core *core, struct jz_account_id account)
{
    if (account.value == 0 || account.value > core->genesis.accounts) {
        return NULL;
    }
    struct jz_account *found = jz_state_account(core, account.value);
    return found->role != 0 ? found : NULL;
}

void jz_account_open(struct jz_core *core, struct jz_account_id account, uint32_t role,
                     struct jz_events *events)
{
    JZ_ASSERT(account.value <= core->genesis.accounts);
    JZ_ASSERT(jz_account_find(core, account) == NULL);

    jz_state_account(core, account.value)->role = role;
    *jz_state_opened(core, ++core->account_count) = account.value;
    struct jz_event *event = jz_events_add(events, JZ_EVENT_ACCOUNT);
    event->account = account;
    event->account_opened.role = role;
}

uint64_t jz_account_balance_hash(const struct jz_core *core, uint32_t account, uint32_t currency)
{
    return jz_mix_key(core->seed, account, currency);
}

uint32_t jz_account_find_balance(const struct jz_core *core, struct jz_account_id account,
                                 struct jz_currency_id currency)
{
    const uint64_t hash = jz_account_balance_hash(core, account.value, currency.value);
    struct jz_probe probe = jz_index_probe(&core->holdings, hash);
    uint32_t slot = jz_index_next(&core->holdings, &probe);
    while (slot != 0) {
        const struct jz_balance *balance = jz_state_balance(core, slot);
        if (balance->account == account.value && balance->currency == currency.value) {
            return slot;
        }
        slot = jz_index_next(&core->holdings, &probe);
    }
    return 0;
}

uint32_t jz_account_add_balance(struct jz_core *core, struct jz_account_id account,
                                struct jz_currency_id currency)
{
    JZ_ASSERT(jz_account_can_add_balance(core));

    const uint32_t slot = ++core->balance_count;
    *jz_state_balance(core, slot) =
        (struct jz_balance){.account = account.value, .currency = currency.value};
    jz_index_insert(&core->holdings, jz_account_balance_hash(core, account.value, currency.value),
                    slot);
    return slot;
}

static uint16_t find_fault(const struct jz_put_account *put)
{
    if (!jz_check_is_zero(put->reserved, sizeof(put->reserved))) {
        return JZ_FIELD_V;
    }
    if (put->account.value < JZ_ACCOUNT_FIRST) {
        return JZ_FIELD_ACCOUNT;
    }
    switch ((enum jz_role)put->role) {
    case JZ_ROLE_MEMBER:
    case JZ_ROLE_MERCHANT:
    case JZ_ROLE_MARKET_MAKER:
        return 0;
    case JZ_ROLE_SYSTEM:
        break;
    }
    return JZ_FIELD_ROLE;
}

void jz_account_put(struct jz_core *core, const struct jz_put_account *put,
                    struct jz_events *events, struct jz_outcome *outcome)
{
    const uint16_t fault = find_fault(put);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    outcome->object = put->account.value;
    if (put->account.value > core->genesis.accounts) {
        jz_state_refuse(outcome, JZ_RESULT_CAPACITY, 0);
        return;
    }
    const struct jz_account *account = jz_account_find(core, put->account);
    if (account == NULL) {
        jz_account_open(core, put->account, put->role, events);
    } else if (account->role != put->role) {
        jz_state_refuse(outcome, JZ_RESULT_CONFLICT, 0);
    }
}
