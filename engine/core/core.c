/* core.c - from a record to its handler: frame, lane, nonce, then what the kind asks for. */
#include "engine/core/core.h"

#include "engine/base/assert.h"
#include "engine/core/account.h"
#include "engine/core/check.h"
#include "engine/core/currency.h"
#include "engine/core/depth.h"
#include "engine/core/entry.h"
#include "engine/core/market.h"
#include "engine/core/mix.h"
#include "engine/core/nonce.h"
#include "engine/core/state.h"
#include "engine/core/verify.h"

#define ENGINE_KEY 0u

static bool is_known_kind(uint16_t kind)
{
    switch ((enum jz_command_kind)kind) {
#define X(value, name, body, op) case JZ_COMMAND_##name:
        JZ_COMMAND_MAP(X)
#undef X
        return true;
    }
    return false;
}

/* The part of the record that does not depend on its kind. */
static uint16_t find_frame_fault(const struct jz_core *core, const struct jz_record *record)
{
    if (!is_known_kind(record->kind)) {
        return JZ_FIELD_OP;
    }
    if (record->version != JZ_COMMAND_VERSION ||
        record->bytes != sizeof(*record) + JZ_RECORD_UNIT_BYTES) {
        return JZ_FIELD_V;
    }
    return record->rules != core->rules ? JZ_FIELD_RULES : 0;
}

/* The first command. It makes the core what its caller reserved the range for. */
static void apply_genesis(struct jz_core *core, const struct jz_record *record,
                          struct jz_events *events, struct jz_outcome *outcome)
{
    const struct jz_genesis *genesis = (const struct jz_genesis *)(record + 1);
    const int fault = jz_core_check_genesis(genesis);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, (uint16_t)fault);
        return;
    }
    if (memcmp(genesis, &core->genesis, sizeof(*genesis)) != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, JZ_FIELD_CAPACITIES);
        return;
    }
    core->seed = jz_mix(record->time_ns, JZ_MIX_C);
    core->is_open = 1;
    jz_account_open(core, (struct jz_account_id){JZ_ACCOUNT_FEE}, JZ_ROLE_SYSTEM, events);
    jz_account_open(core, (struct jz_account_id){JZ_ACCOUNT_EXPIRED}, JZ_ROLE_SYSTEM, events);
}

/* What the engine itself sends: genesis and tick, without a nonce. */
static void apply_engine(struct jz_core *core, const struct jz_record *record,
                         struct jz_events *events, struct jz_outcome *outcome)
{
    const bool is_genesis = record->kind == JZ_COMMAND_GENESIS && record->sequence == 1;
    if (!is_genesis && (record->kind != JZ_COMMAND_TICK || core->is_open == 0)) {
        jz_state_refuse(outcome, JZ_RESULT_FORBIDDEN, 0);
        return;
    }
    const uint16_t fault = find_frame_fault(core, record);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    if (is_genesis) {
        apply_genesis(core, record, events, outcome);
        return;
    }
    const struct jz_tick *tick = (const struct jz_tick *)(record + 1);
    if (!jz_check_is_zero(tick, sizeof(*tick))) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, JZ_FIELD_V);
    } else if (record->time_ns < core->time_ns || record->day < core->day) {
        jz_state_refuse(outcome, JZ_RESULT_TIMESTAMP, 0);
    }
}

/* What the holder of a key sends, its nonce found new. */
static void apply_keyed(struct jz_core *core, const struct jz_record *record,
                        const uint64_t content[2], struct jz_events *events,
                        struct jz_outcome *outcome)
{
    const uint16_t fault = find_frame_fault(core, record);
    if (fault != 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, fault);
        return;
    }
    const void *body = record + 1;
    switch ((enum jz_command_kind)record->kind) {
    case JZ_COMMAND_GENESIS:
    case JZ_COMMAND_TICK:
        jz_state_refuse(outcome, JZ_RESULT_FORBIDDEN, 0);
        return;
    case JZ_COMMAND_PUT_CURRENCY:
        jz_currency_put(core, body, events, outcome);
        return;
    case JZ_COMMAND_PUT_ACCOUNT:
        jz_account_put(core, body, events, outcome);
        return;
    case JZ_COMMAND_PUT_MARKET:
        jz_market_put(core, body, events, outcome);
        return;
    case JZ_COMMAND_MINT:
        jz_currency_issue(core, body, JZ_CAUSE_MINT, content, events, outcome);
        return;
    case JZ_COMMAND_TRANSFER_IN:
        jz_currency_issue(core, body, JZ_CAUSE_TRANSFER_IN, content, events, outcome);
        return;
    case JZ_COMMAND_PLACE_ORDER:
        jz_entry_place(core, body, events, outcome);
        return;
    case JZ_COMMAND_CANCEL_ORDER:
        jz_entry_cancel(core, body, events, outcome);
        return;
    case JZ_COMMAND_REPLACE_ORDER:
        jz_entry_replace(core, body, events, outcome);
        return;
    }
}

static void tell_result(const struct jz_core *core, const struct jz_record *record,
                        const struct jz_outcome *outcome, struct jz_events *events)
{
    struct jz_event *event = jz_events_add(events, JZ_EVENT_RESULT);
    event->result = (struct jz_event_result){
        .duplicate = outcome->is_duplicate,
        .order_status = outcome->order_status,
        .result = outcome->result,
        .command = record->kind,
        .field = outcome->field,
        .object = outcome->object,
        .amount = outcome->amount,
        .first_sequence = outcome->first_sequence,
        .highest_nonce = jz_nonce_highest(core, record),
        .leaves_lots = outcome->leaves_lots,
    };
}

void jz_core_apply(struct jz_core *core, const struct jz_record *record, struct jz_events *events)
{
    const bool is_late = record->time_ns < core->time_ns || record->day < core->day;
    JZ_ASSERT(record->sequence == core->sequence + 1);
    JZ_ASSERT(record->bytes >= sizeof(*record) && record->bytes <= JZ_RECORD_BYTES_MAX);
    JZ_ASSERT(record->bytes % JZ_RECORD_UNIT_BYTES == 0);
    JZ_ASSERT(!is_late || record->kind == JZ_COMMAND_TICK);

    struct jz_outcome outcome = {.result = JZ_RESULT_DONE, .first_sequence = record->sequence};
    core->sequence = record->sequence;
    if (record->key == ENGINE_KEY) {
        apply_engine(core, record, events, &outcome);
    } else if (core->is_open == 0) {
        jz_state_refuse(&outcome, JZ_RESULT_FORBIDDEN, 0);
    } else {
        uint64_t content[2];
        jz_nonce_hash(record, content);
        if (jz_nonce_check(core, record, content, &outcome)) {
            apply_keyed(core, record, content, events, &outcome);
            if (outcome.result != JZ_RESULT_STALE_CHECK) {
                jz_nonce_store(core, record, content, &outcome);
            }
        }
    }
    if (!is_late) {
        core->time_ns = record->time_ns;
        core->day = record->day;
    }
    jz_depth_tell(core, events);
    tell_result(core, record, &outcome, events);
#ifdef JZ_CHECKS
    if (jz_verify_is_cheap(core)) {
        jz_verify_money(core);
    }
#endif
}

uint64_t jz_core_sequence(const struct jz_core *core)
{
    return core->sequence;
}

uint64_t jz_core_time_ns(const struct jz_core *core)
{
    return core->time_ns;
}

uint32_t jz_core_day(const struct jz_core *core)
{
    return core->day;
}

const struct jz_genesis *jz_core_genesis(const struct jz_core *core)
{
    return &core->genesis;
}

uint64_t jz_core_live_orders(const struct jz_core *core)
{
    return core->orders.used;
}
