/* currency.c - listing currencies, and points coming into the world. */
#include "engine/core/currency.h"

#include "engine/base/assert.h"
#include "engine/core/account.h"
#include "engine/core/check.h"
#include "engine/core/mix.h"
#include "engine/core/source.h"

#define CODE_MIN 2u

struct jz_currency *jz_currency_find(const struct jz_core *core, struct jz_currency_id currency)
{
    if (currency.value == 0 || currency.value > core->currency_count) {
        return NULL;
    }
    return jz_state_currency(core, currency.value);
}

void jz_currency_tell(const struct jz_core *core, uint32_t currency, struct jz_events *events)
{
    const struct jz_currency *listed = jz_state_currency(core, currency);
    struct jz_event *event = jz_events_add(events, JZ_EVENT_CURRENCY);
    event->currency = (struct jz_event_currency){
        .currency = {currency},
        .merchant = {listed->merchant},
        .scale = listed->scale,
        .supply_cap_points = listed->supply_cap_points,
    };
    memcpy(event->currency.code, listed->code, JZ_CODE_BYTES);
}

static uint64_t code_hash(const struct jz_core *core, const char *code)
{
    return jz_mix_key(core->seed, jz_mix_text_word(code, 0), jz_mix_text_word(code, 1));
}

static uint32_t find_code(const struct jz_core *core, const char *code)
{
    struct jz_probe probe = jz_index_probe(&core->codes, code_hash(core, code));
    uint32_t slot = jz_index_next(&core->codes, &probe);
    while (slot != 0 && memcmp(jz_state_currency(core, slot)->code, code, JZ_CODE_BYTES) != 0) {
        slot = jz_index_next(&core->codes, &probe);
    }
    return slot;
}

static bool is_code(const char *code)
{
    const size_t length = jz_check_text(code, JZ_CODE_BYTES);
    if (length < CODE_MIN || length > JZ_CURRENCY_CODE_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const bool is_letter = code[i] >= 'A' && code[i] <= 'Z';
        const bool is_digit = code[i] >= '0' && code[i] <= '9';
        if (!is_letter && !is_digit) {
            return false;
        }
    }
    return true;
}

static uint16_t find_put_fault(const struct jz_put_currency *put)
{
    if (!jz_check_is_zero(put->reserved, sizeof(put->reserved))) {
        return JZ_FIELD_V;
    }
    if (!is_code(put->code)) {
        return JZ_FIELD_CODE;
    }
    if (put->scale > JZ_SCALE_MAX) {
        return JZ_FIELD_SCALE;
    }
    if (put->supply_cap_points == 0 || put->supply_cap_points > JZ_AMOUNT_MAX) {
        return JZ_FIELD_SUPPLY_CAP;
    }
    return 0;
}

static bool is_same(const struct jz_currency *listed, const struct jz_put_currency *put)
{
    return listed->merchant == put->merchant.value && listed->scale == put->scale &&
           listed->supply_cap_points == put->supply_cap_points;
}

void jz_currency_put(struct jz_core *core, const struct jz_put_currency *put,
                     struct jz_events *events, struct jz_outcome *outcome)
{
    const uint16_t fault = find_put_fault(put);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    if (put->merchant.value != 0 && jz_account_find(core, put->merchant) == NULL) {
        jz_state_refuse(outcome, JZ_RESULT_UNKNOWN, JZ_FIELD_MERCHANT);
        return;
    }
    const uint32_t known = find_code(core, put->code);
    outcome->object = known;
    if (known != 0) {
        if (!is_same(jz_state_currency(core, known), put)) {
            jz_state_refuse(outcome, JZ_RESULT_CONFLICT, 0);
        }
        return;
    }
    if (core->currency_count == core->genesis.currencies) {
        jz_state_refuse(outcome, JZ_RESULT_CAPACITY, 0);
        return;
    }
    const uint32_t slot = ++core->currency_count;
    struct jz_currency *listed = jz_state_currency(core, slot);
    *listed = (struct jz_currency){
        .merchant = put->merchant.value,
        .scale = put->scale,
        .supply_cap_points = put->supply_cap_points,
    };
    memcpy(listed->code, put->code, JZ_CODE_BYTES);
    jz_index_insert(&core->codes, code_hash(core, put->code), slot);
    outcome->object = slot;
    jz_currency_tell(core, slot, events);
}

static uint16_t find_mint_fault(const struct jz_core *core, const struct jz_mint *mint)
{
    const size_t length = jz_check_text(mint->source_id, JZ_SOURCE_ID_BYTES);
    if (mint->reserved != 0) {
        return JZ_FIELD_V;
    }
    if (mint->amount_points == 0 || mint->amount_points > JZ_AMOUNT_MAX) {
        return JZ_FIELD_AMOUNT;
    }
    if (length == 0 || length > JZ_SOURCE_ID_BYTES || mint->checked_seq >= core->sequence) {
        return JZ_FIELD_SOURCE_ID;
    }
    return 0;
}

/* The checks of mint behind the look at the source id, in order. */
static enum jz_result check_issue(const struct jz_core *core, const struct jz_mint *mint,
                                  uint16_t *field)
{
    const struct jz_currency *currency = jz_currency_find(core, mint->currency);
    if (jz_account_find(core, mint->account) == NULL) {
        *field = JZ_FIELD_ACCOUNT;
        return JZ_RESULT_UNKNOWN;
    }
    if (currency == NULL) {
        *field = JZ_FIELD_CURRENCY;
        return JZ_RESULT_UNKNOWN;
    }
    if (mint->amount_points > currency->supply_cap_points - jz_currency_outstanding(currency)) {
        return JZ_RESULT_SUPPLY_CAP;
    }
    if (jz_account_find_balance(core, mint->account, mint->currency) == 0 &&
        !jz_account_can_add_balance(core)) {
        return JZ_RESULT_CAPACITY;
    }
    return JZ_RESULT_DONE;
}

static void credit_issue(struct jz_core *core, const struct jz_mint *mint, uint32_t cause,
                         struct jz_events *events)
{
    struct jz_currency *currency = jz_currency_find(core, mint->currency);
    uint32_t slot = jz_account_find_balance(core, mint->account, mint->currency);
    if (slot == 0) {
        slot = jz_account_add_balance(core, mint->account, mint->currency);
    }
    struct jz_balance *balance = jz_state_balance(core, slot);
    currency->issued_points += mint->amount_points;
    balance->available_points += mint->amount_points;
    JZ_ASSERT(jz_currency_outstanding(currency) <= currency->supply_cap_points);

    struct jz_event *event = jz_events_add(events, JZ_EVENT_TRANSFER);
    event->transfer = (struct jz_event_transfer){
        .cause = cause,
        .currency = mint->currency,
        .credit = mint->account,
        .amount_points = mint->amount_points,
        .credit_available_points = balance->available_points,
        .issued_points = currency->issued_points,
    };
}

void jz_currency_issue(struct jz_core *core, const struct jz_mint *mint, uint32_t cause,
                       const uint64_t content[2], struct jz_events *events,
                       struct jz_outcome *outcome)
{
    const uint16_t fault = find_mint_fault(core, mint);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    outcome->object = mint->account.value;
    const struct jz_source *source = jz_source_find(core, mint->account.value, mint->source_id);
    if (source != NULL) {
        if (source->content[0] != content[0] || source->content[1] != content[1]) {
            jz_state_refuse(outcome, JZ_RESULT_ID_REUSED, JZ_FIELD_SOURCE_ID);
            return;
        }
        outcome->is_duplicate = 1;
        outcome->first_sequence = source->sequence;
        outcome->amount = mint->amount_points;
        return;
    }
    if (jz_source_is_stale(core, mint->checked_seq)) {
        jz_state_refuse(outcome, JZ_RESULT_STALE_CHECK, JZ_FIELD_SOURCE_ID);
        return;
    }
    uint16_t field = 0;
    const enum jz_result refusal = check_issue(core, mint, &field);
    if (refusal != JZ_RESULT_DONE) {
        jz_state_refuse(outcome, refusal, field);
        return;
    }
    credit_issue(core, mint, cause, events);
    jz_source_add(core, mint->account.value, mint->source_id, content);
    outcome->amount = mint->amount_points;
}
