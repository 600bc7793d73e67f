/* nonce.c - windows of nonces with their answers. */
#include "engine/core/nonce.h"

#include "engine/base/assert.h"
#include "engine/core/mix.h"

#define OPERATOR_KEY 1u

void jz_nonce_hash(const struct jz_record *record, uint64_t content[2])
{
    const size_t bytes = record->bytes - sizeof(*record);
    const unsigned char *body = (const unsigned char *)(record + 1);
    struct jz_digest digest = {{record->kind, bytes}};

    if ((record->kind == JZ_COMMAND_MINT || record->kind == JZ_COMMAND_TRANSFER_IN) &&
        bytes == sizeof(struct jz_mint)) {
        struct jz_mint mint;
        memcpy(&mint, body, sizeof(mint));
        mint.checked_seq = 0;
        jz_mix_block(&digest, &mint);
    } else {
        for (size_t at = 0; at < bytes; at += JZ_RECORD_UNIT_BYTES) {
            jz_mix_block(&digest, body + at);
        }
    }
    content[0] = digest.word[0];
    content[1] = digest.word[1];
}

static bool has_lane(const struct jz_core *core, const struct jz_record *record)
{
    return record->key == OPERATOR_KEY && record->lane < core->genesis.lanes;
}

bool jz_nonce_check(const struct jz_core *core, const struct jz_record *record,
                    const uint64_t content[2], struct jz_outcome *outcome)
{
    if (!has_lane(core, record)) {
        jz_state_refuse(outcome, JZ_RESULT_FORBIDDEN, JZ_FIELD_LANE);
        return false;
    }
    if (record->nonce == 0) {
        jz_state_refuse(outcome, JZ_RESULT_INVALID_PARAM, JZ_FIELD_NONCE);
        return false;
    }
    const uint64_t highest = jz_state_lane(core, record->lane)->highest_nonce;
    if (record->nonce <= highest && highest - record->nonce >= core->genesis.window) {
        jz_state_refuse(outcome, JZ_RESULT_NONCE, JZ_FIELD_NONCE);
        return false;
    }
    const struct jz_nonce_slot *slot = jz_nonce_slot(core, record->lane, record->nonce);
    if (slot->nonce != record->nonce) {
        JZ_ASSERT(slot->nonce < record->nonce);
        return true;
    }
    if (slot->content[0] != content[0] || slot->content[1] != content[1]) {
        jz_state_refuse(outcome, JZ_RESULT_ID_REUSED, JZ_FIELD_NONCE);
        return false;
    }
    *outcome = (struct jz_outcome){
        .result = slot->result,
        .field = slot->field,
        .order_status = slot->order_status,
        .is_duplicate = 1,
        .object = slot->object,
        .amount = slot->amount,
        .leaves_lots = slot->leaves_lots,
        .first_sequence = slot->sequence,
    };
    return false;
}

void jz_nonce_store(struct jz_core *core, const struct jz_record *record, const uint64_t content[2],
                    const struct jz_outcome *outcome)
{
    JZ_ASSERT(has_lane(core, record));
    JZ_ASSERT(record->nonce != 0);

    struct jz_lane *lane = jz_state_lane(core, record->lane);
    if (record->nonce > lane->highest_nonce) {
        lane->highest_nonce = record->nonce;
    }
    *jz_nonce_slot(core, record->lane, record->nonce) = (struct jz_nonce_slot){
        .nonce = record->nonce,
        .content = {content[0], content[1]},
        .sequence = outcome->first_sequence,
        .order_status = outcome->order_status,
        .result = outcome->result,
        .command = record->kind,
        .field = outcome->field,
        .object = outcome->object,
        .amount = outcome->amount,
        .leaves_lots = outcome->leaves_lots,
    };
}

uint64_t jz_nonce_highest(const struct jz_core *core, const struct jz_record *record)
{
    return has_lane(core, record) ? jz_state_lane(core, record->lane)->highest_nonce : 0;
}
