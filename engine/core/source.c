/* source.c - a ring of the last source ids, found by hash. */
#include "engine/core/source.h"

#include "engine/base/assert.h"
#include "engine/core/mix.h"

uint64_t jz_source_hash(const struct jz_core *core, uint32_t account, const char *source_id)
{
    uint64_t hash = account;
    for (size_t i = 0; i < JZ_SOURCE_ID_BYTES / sizeof(uint64_t); i++) {
        hash = jz_mix_key(core->seed, hash, jz_mix_text_word(source_id, i));
    }
    return hash;
}

const struct jz_source *jz_source_find(const struct jz_core *core, uint32_t account,
                                       const char *source_id)
{
    struct jz_probe probe = jz_index_probe(&core->recent, jz_source_hash(core, account, source_id));
    uint32_t slot = jz_index_next(&core->recent, &probe);
    while (slot != 0) {
        const struct jz_source *source = jz_state_source(core, slot);
        if (source->account == account &&
            memcmp(source->source_id, source_id, JZ_SOURCE_ID_BYTES) == 0) {
            return source;
        }
        slot = jz_index_next(&core->recent, &probe);
    }
    return NULL;
}

bool jz_source_is_stale(const struct jz_core *core, uint64_t checked_seq)
{
    return checked_seq < core->source_evicted_seq;
}

void jz_source_add(struct jz_core *core, uint32_t account, const char *source_id,
                   const uint64_t content[2])
{
    JZ_ASSERT(jz_source_find(core, account, source_id) == NULL);

    const uint32_t slot = (uint32_t)(core->source_count % JZ_SOURCES_RECENT) + 1;
    struct jz_source *source = jz_state_source(core, slot);
    if (core->source_count >= JZ_SOURCES_RECENT) {
        jz_index_remove(&core->recent, jz_source_hash(core, source->account, source->source_id),
                        slot);
        JZ_ASSERT(source->sequence > core->source_evicted_seq);
        core->source_evicted_seq = source->sequence;
    }
    *source = (struct jz_source){
        .content = {content[0], content[1]},
        .sequence = core->sequence,
        .account = account,
    };
    memcpy(source->source_id, source_id, JZ_SOURCE_ID_BYTES);
    jz_index_insert(&core->recent, jz_source_hash(core, account, source_id), slot);
    core->source_count++;
}
