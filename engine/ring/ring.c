/* ring.c - records from one writer to several readers.
 *
 * Four strong operations carry the hand-over, and each pairs with one other:
 *
 *     jz_ring_publish  stores published  ->  look_at_published (reader) loads it
 *     jz_ring_release  stores released   ->  look_at_cursors   (writer) loads it
 *
 * Release and acquire would do for the bytes of the records. They are sequentially consistent
 * because they are also one half of the parking protocol of wait.h: a position that is stored and a
 * flag that is looked at next must not change places.
 *
 * Positions are compared by their distance, so that a number made up by the other side cannot turn
 * a comparison round by overflowing.
 */
#include "engine/ring/ring.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_LONG_LOCK_FREE == 2 &&
                   ATOMIC_INT_LOCK_FREE == 2,
               "a lock hidden in an atomic would not work between processes");
_Static_assert(sizeof(struct jz_ring_control) == 128 && sizeof(struct jz_ring_cursor) == 128,
               "what different threads write keeps a pair of cache lines to itself");
_Static_assert(JZ_RING_DATA_BYTES_MIN >= 2 * JZ_RECORD_BYTES_MAX,
               "an empty ring takes the longest record behind the longest padding");

static bool is_whole_units(uint64_t bytes)
{
    return bytes % JZ_RECORD_UNIT_BYTES == 0;
}

static bool is_record_bytes(uint64_t bytes)
{
    return bytes > 0 && bytes <= JZ_RECORD_BYTES_MAX && is_whole_units(bytes);
}

static bool is_good_memory(const struct jz_ring_memory *memory)
{
    const uint64_t bytes = memory->data_bytes;

    return bytes >= JZ_RING_DATA_BYTES_MIN && (bytes & (bytes - 1)) == 0 &&
           (uintptr_t)memory->data % JZ_RECORD_UNIT_BYTES == 0;
}

static void *data_at(const struct jz_ring_memory *memory, uint64_t position)
{
    return memory->data + (position & (memory->data_bytes - 1));
}

/* From a position to where the data end and begin again. */
static uint64_t bytes_to_end(const struct jz_ring_memory *memory, uint64_t position)
{
    return memory->data_bytes - (position & (memory->data_bytes - 1));
}

/* The writer's side. */

int jz_ring_writer_init(struct jz_ring_writer *writer, const struct jz_ring_memory *memory)
{
    if (!is_good_memory(memory)) {
        return JZ_EINVAL;
    }

    *writer = (struct jz_ring_writer){.memory = *memory};
    /* Relaxed: no reader exists yet, and whoever starts one hands the memory over. */
    atomic_store_explicit(&memory->control->published, 0, memory_order_relaxed);
    atomic_store_explicit(&memory->control->waiting, 0, memory_order_relaxed);
    return JZ_OK;
}

/* The least of released_seen; without a reader, all that is published counts as released. */
static void find_slowest(struct jz_ring_writer *writer)
{
    uint64_t behind_bytes = 0;

    for (uint32_t place = 0; place < JZ_RING_READERS_MAX; place++) {
        const uint64_t unreleased_bytes = writer->published - writer->released_seen[place];
        if (writer->cursors[place] != NULL && unreleased_bytes > behind_bytes) {
            behind_bytes = unreleased_bytes;
        }
    }
    writer->slowest = writer->published - behind_bytes;
    JZ_ASSERT(writer->committed - writer->slowest <= writer->memory.data_bytes);
}

/* A cursor never goes back, never passes what is published, and stands between two units; a
 * reader's process that stores anything else is faulty, and the ring is dead until it is dropped.
 */
static void look_at_cursors(struct jz_ring_writer *writer)
{
    for (uint32_t place = 0; place < JZ_RING_READERS_MAX; place++) {
        struct jz_ring_cursor *cursor = writer->cursors[place];
        if (cursor == NULL) {
            continue;
        }
        /* Acquire pairs with jz_ring_release(): without it we could overwrite a record that is
         * still being read. Seq_cst pairs with the reader's look at our flag: without it we could
         * miss the release that came before we said that we sleep. */
        const uint64_t released = atomic_load_explicit(&cursor->released, memory_order_seq_cst);
        const uint64_t unreleased_bytes = writer->published - released;

        if (unreleased_bytes > writer->published - writer->released_seen[place] ||
            !is_whole_units(unreleased_bytes)) {
            writer->fault = 1 + place;
            return;
        }
        writer->released_seen[place] = released;
    }
    find_slowest(writer);
}

void jz_ring_add_reader(struct jz_ring_writer *writer, uint32_t place,
                        struct jz_ring_cursor *cursor)
{
    JZ_ASSERT(place < JZ_RING_READERS_MAX);
    JZ_ASSERT(writer->cursors[place] == NULL);

    writer->cursors[place] = cursor;
    writer->released_seen[place] = writer->published;
    /* Relaxed: the reader starts later, and whoever starts it hands the cursor over. */
    atomic_store_explicit(&cursor->released, writer->published, memory_order_relaxed);
    atomic_store_explicit(&cursor->waiting, 0, memory_order_relaxed);
    find_slowest(writer);
}

void jz_ring_drop_reader(struct jz_ring_writer *writer, uint32_t place)
{
    JZ_ASSERT(place < JZ_RING_READERS_MAX);
    JZ_ASSERT(writer->cursors[place] != NULL);

    writer->cursors[place] = NULL;
    if (writer->fault == 1 + place) {
        writer->fault = 0;
    }
    find_slowest(writer);
}

/* Padding that must go before a record of this length, 0 if the record fits before the end. */
static uint64_t padding_bytes(const struct jz_ring_writer *writer, uint32_t bytes)
{
    const uint64_t to_end_bytes = bytes_to_end(&writer->memory, writer->committed);

    return to_end_bytes < bytes ? to_end_bytes : 0;
}

bool jz_ring_can_claim(struct jz_ring_writer *writer, uint32_t bytes)
{
    JZ_ASSERT(is_record_bytes(bytes));

    const uint64_t wanted = writer->committed + padding_bytes(writer, bytes) + bytes;

    if (writer->fault == 0 && wanted - writer->slowest > writer->memory.data_bytes) {
        look_at_cursors(writer);
    }
    return writer->fault == 0 && wanted - writer->slowest <= writer->memory.data_bytes;
}

void *jz_ring_claim(struct jz_ring_writer *writer, uint32_t bytes)
{
    JZ_ASSERT(writer->claimed_bytes == 0);

    if (!jz_ring_can_claim(writer, bytes)) {
        return NULL;
    }
    writer->claimed_bytes = bytes;
    return data_at(&writer->memory, writer->committed + padding_bytes(writer, bytes));
}

void jz_ring_commit(struct jz_ring_writer *writer, uint32_t bytes)
{
    const uint32_t claimed_bytes = writer->claimed_bytes;
    JZ_ASSERT(claimed_bytes > 0);
    JZ_ASSERT(bytes <= claimed_bytes);

    writer->claimed_bytes = 0;
    if (bytes == 0) {
        return;
    }

    /* The padding is written with the record and never alone, so that `committed` is always behind
     * a record. What decided about it was the room claimed, not what became of it. */
    const uint64_t padding = padding_bytes(writer, claimed_bytes);
    if (padding > 0) {
        struct jz_record *pad = data_at(&writer->memory, writer->committed);
        *pad = (struct jz_record){.bytes = (uint32_t)padding, .kind = JZ_RECORD_PAD};
    }

    const struct jz_record *record = data_at(&writer->memory, writer->committed + padding);
    JZ_ASSERT(is_record_bytes(bytes));
    JZ_ASSERT(record->bytes == bytes);
    JZ_ASSERT(record->kind != JZ_RECORD_PAD);
    writer->committed += padding + bytes;
}

void jz_ring_publish(struct jz_ring_writer *writer)
{
    if (writer->published == writer->committed) {
        return;
    }
    writer->published = writer->committed;
    /* Release pairs with look_at_published(): without it a reader could see the position before
     * the bytes of the records. Seq_cst pairs with the reader's store of its flag: without it we
     * could look at the flag before our position is out, and both sides would sleep. */
    atomic_store_explicit(&writer->memory.control->published, writer->published,
                          memory_order_seq_cst);
}

uint64_t jz_ring_used_bytes(struct jz_ring_writer *writer)
{
    if (writer->fault == 0) {
        look_at_cursors(writer);
    }
    return writer->fault == 0 ? writer->committed - writer->slowest : writer->memory.data_bytes;
}

uint64_t jz_ring_behind_bytes(const struct jz_ring_writer *writer, uint32_t place)
{
    JZ_ASSERT(place < JZ_RING_READERS_MAX);
    JZ_ASSERT(writer->cursors[place] != NULL);

    return writer->committed - writer->released_seen[place];
}

uint64_t jz_ring_committed(const struct jz_ring_writer *writer)
{
    return writer->committed;
}

/* The reader's side. */

void jz_ring_reader_init(struct jz_ring_reader *reader, const struct jz_ring_memory *memory,
                         struct jz_ring_cursor *cursor)
{
    JZ_ASSERT(is_good_memory(memory));

    /* Relaxed: whoever started this reader handed the cursor over. Looked at once and never again:
     * the writer's process may be able to change it. */
    const uint64_t released = atomic_load_explicit(&cursor->released, memory_order_relaxed);

    *reader = (struct jz_ring_reader){
        .memory = *memory,
        .cursor = cursor,
        .position = released,
        .released = released,
        .published_seen = released,
        .fault = !is_whole_units(released),
    };
}

/* The writer never goes back, never overruns what we have not released, and publishes whole units;
 * one that stores anything else is faulty, the ring is dead for us, and nothing new is seen. */
static void look_at_published(struct jz_ring_reader *reader)
{
    /* Acquire pairs with jz_ring_publish(): without it we could read a record before its bytes are
     * there. Seq_cst pairs with the writer's look at our flag: without it we could miss what was
     * published before we said that we sleep. */
    const uint64_t published =
        atomic_load_explicit(&reader->memory.control->published, memory_order_seq_cst);
    const uint64_t ahead_bytes = published - reader->released;

    if (ahead_bytes > reader->memory.data_bytes ||
        ahead_bytes < reader->published_seen - reader->released || !is_whole_units(ahead_bytes)) {
        reader->fault = true;
        return;
    }
    reader->published_seen = published;
}

uint64_t jz_ring_ready_bytes(struct jz_ring_reader *reader)
{
    look_at_published(reader);
    return reader->fault ? 0 : reader->published_seen - reader->position;
}

/* True if there is something at the position, with a look at the other side only if need be. */
static bool is_ready(struct jz_ring_reader *reader)
{
    if (reader->published_seen == reader->position) {
        look_at_published(reader);
    }
    return reader->published_seen != reader->position;
}

/* Length and kind of what lies at the position. Volatile, so that the compiler loads each of them
 * once: what we check is what we use, even if the writer's process changes it meanwhile. */
static uint32_t load_bytes(const struct jz_record *record)
{
    return *(const volatile uint32_t *)&record->bytes;
}

static bool is_padding(const struct jz_record *record)
{
    return *(const volatile uint16_t *)&record->kind == JZ_RECORD_PAD;
}

/* The record at the position with its checked length, or NULL on a fault. */
static const struct jz_record *check_record(struct jz_ring_reader *reader, uint32_t *bytes)
{
    const struct jz_record *record = data_at(&reader->memory, reader->position);
    const uint64_t to_end_bytes = bytes_to_end(&reader->memory, reader->position);
    const uint32_t record_bytes = load_bytes(record);

    if (!is_record_bytes(record_bytes) || record_bytes > to_end_bytes ||
        record_bytes > reader->published_seen - reader->position) {
        reader->fault = true;
        return NULL;
    }
    *bytes = record_bytes;
    return record;
}

const struct jz_record *jz_ring_peek(struct jz_ring_reader *reader, uint32_t *bytes)
{
    if (reader->fault) {
        return NULL;
    }
    if (reader->peeked_bytes > 0) {
        *bytes = reader->peeked_bytes;
        return data_at(&reader->memory, reader->position);
    }

    /* Padding reaches up to the end, so there is one at most: the next record is at the start of
     * the data, from where a length of at most a record does not reach the end. */
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t record_bytes = 0;
        const struct jz_record *record =
            is_ready(reader) ? check_record(reader, &record_bytes) : NULL;
        if (record == NULL) {
            return NULL;
        }
        if (!is_padding(record)) {
            reader->peeked_bytes = record_bytes;
            *bytes = record_bytes;
            return record;
        }
        if (record_bytes != bytes_to_end(&reader->memory, reader->position)) {
            break;
        }
        reader->position += record_bytes;
    }
    reader->fault = true;
    return NULL;
}

void jz_ring_advance(struct jz_ring_reader *reader)
{
    JZ_ASSERT(reader->peeked_bytes > 0);

    reader->position += reader->peeked_bytes;
    reader->peeked_bytes = 0;
}

void jz_ring_release(struct jz_ring_reader *reader)
{
    if (reader->released == reader->position) {
        return;
    }
    reader->released = reader->position;
    /* Release pairs with look_at_cursors(): without it the writer could write over a record that
     * we still read. Seq_cst pairs with the writer's store of its flag: without it we could look
     * at the flag before our position is out, and both sides would sleep. */
    atomic_store_explicit(&reader->cursor->released, reader->released, memory_order_seq_cst);
}

uint64_t jz_ring_position(const struct jz_ring_reader *reader)
{
    return reader->position;
}
