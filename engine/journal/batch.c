/* batch.c - gathers records where they will be written from. */
#include "engine/journal/batch.h"

#include "engine/base/assert.h"
#include "engine/base/memory.h"
#include "engine/journal/format.h"
#include "jiaozi/status.h"

#include <string.h>

int jz_batch_open(struct jz_batch *batch, uint32_t bytes_max)
{
    if (bytes_max == 0 || bytes_max > JZ_BATCH_BYTES_MAX || bytes_max % JZ_BLOCK_BYTES != 0) {
        return JZ_EINVAL;
    }
    unsigned char *memory = jz_memory_reserve(bytes_max);
    if (memory == NULL) {
        return JZ_ENOMEM;
    }
    memset(memory, 0, bytes_max); /* touched now, so that no append meets a page fault */
    *batch = (struct jz_batch){.memory = memory, .bytes_max = bytes_max};
    return JZ_OK;
}

bool jz_batch_add(struct jz_batch *batch, const struct jz_record *record, uint32_t bytes)
{
    JZ_ASSERT(bytes >= JZ_RECORD_UNIT_BYTES && bytes <= JZ_RECORD_BYTES_MAX);
    JZ_ASSERT(bytes % JZ_RECORD_UNIT_BYTES == 0);
    JZ_ASSERT(bytes == record->bytes);
    JZ_ASSERT(batch->count == 0 || record->sequence == batch->last_seq + 1);

    if (jz_format_extent_bytes(batch->records_bytes + bytes) > batch->bytes_max) {
        return false;
    }
    memcpy(batch->memory + JZ_FORMAT_HEADER_BYTES + batch->records_bytes, record, bytes);
    if (batch->count == 0) {
        batch->first_seq = record->sequence;
    }
    batch->last_seq = record->sequence;
    batch->records_bytes += bytes;
    batch->count++;
    return true;
}

void jz_batch_clear(struct jz_batch *batch)
{
    batch->records_bytes = 0;
    batch->count = 0;
    batch->first_seq = 0;
    batch->last_seq = 0;
}

void jz_batch_close(struct jz_batch *batch)
{
    jz_memory_release(batch->memory, batch->bytes_max);
    *batch = (struct jz_batch){0};
}
