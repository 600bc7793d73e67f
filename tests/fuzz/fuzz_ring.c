/* The first byte says who is to be believed. If all are, the bytes behind it are the steps of a
 * writer and up to three readers, and a plain model (a list of records with their positions) must
 * agree after each. If the writer or a reader is not, the bytes are stored over the memory that it
 * shares; then no record may lie outside what was published, and the sound side must say so by its
 * fault flag rather than go on.
 */
#include "engine/ring/ring.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <string.h>

enum {
    UNIT = JZ_RECORD_UNIT_BYTES,
    RING = JZ_RING_DATA_BYTES_MIN,
    READERS = 3,
    RECORDS_MAX = 1 << 12 /* and bytes of an input; a step takes one or more */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[READERS];
static alignas(64) unsigned char ring_data[RING];
static const struct jz_ring_memory memory = {
    .control = &control, .data = ring_data, .data_bytes = RING};
static struct jz_ring_writer writer;
static struct jz_ring_reader readers[READERS];

/* The model: where each record begins and ends, padding before it not included. */
static struct {
    uint64_t begin[RECORDS_MAX];
    uint64_t end[RECORDS_MAX];
    uint64_t committed_count;
    uint64_t published_count;
    bool is_there[READERS];
    uint64_t next[READERS];     /* record that the reader gets next */
    uint64_t released[READERS]; /* position */
} model;

/* The bytes of the input, one after the other; 0 when they are used up. */
struct input {
    const uint8_t *data;
    size_t data_bytes;
    size_t used_bytes;
};

static uint8_t draw(struct input *input)
{
    return input->used_bytes < input->data_bytes ? input->data[input->used_bytes++] : 0;
}

static uint64_t end_of(uint64_t records_count)
{
    return records_count == 0 ? 0 : model.end[records_count - 1];
}

/* Position up to which all readers have released. */
static uint64_t slowest_of_model(void)
{
    uint64_t slowest = end_of(model.published_count);

    for (uint32_t place = 0; place < READERS; place++) {
        if (model.is_there[place] && model.released[place] < slowest) {
            slowest = model.released[place];
        }
    }
    return slowest;
}

static void fill(struct jz_record *record, uint32_t bytes)
{
    const uint64_t number = model.committed_count;

    *record = (struct jz_record){.bytes = bytes, .kind = 1, .sequence = number};
    memset(record + 1, (int)(number % 255), bytes - UNIT);
}

static void write_one(struct input *input)
{
    const uint32_t claimed_bytes = UNIT * (1 + draw(input) % 64U);
    const uint32_t bytes = UNIT * (draw(input) % (claimed_bytes / UNIT + 1));
    const uint64_t committed = end_of(model.committed_count);
    const uint64_t to_end_bytes = RING - committed % RING;
    const uint64_t begin = committed + (to_end_bytes < claimed_bytes ? to_end_bytes : 0);
    const bool fits = begin + claimed_bytes - slowest_of_model() <= RING;

    const bool can_claim = jz_ring_can_claim(&writer, claimed_bytes);
    struct jz_record *record = jz_ring_claim(&writer, claimed_bytes);
    JZ_ASSERT(can_claim == fits);
    JZ_ASSERT((record != NULL) == fits);
    if (record == NULL) {
        return;
    }
    JZ_ASSERT((unsigned char *)record == ring_data + begin % RING);
    if (bytes > 0) {
        fill(record, bytes);
        model.begin[model.committed_count] = begin;
        model.end[model.committed_count] = begin + bytes;
        model.committed_count++;
    }
    jz_ring_commit(&writer, bytes);
}

static void publish(void)
{
    model.published_count = model.committed_count;
    jz_ring_publish(&writer);
}

static void read_one(uint32_t place, bool steps)
{
    struct jz_ring_reader *reader = &readers[place];
    const uint64_t next = model.next[place];
    uint32_t bytes = 0;

    const struct jz_record *record = jz_ring_peek(reader, &bytes);
    JZ_ASSERT((record != NULL) == (next < model.published_count));
    if (record == NULL) {
        return;
    }
    JZ_ASSERT((const unsigned char *)record == ring_data + model.begin[next] % RING);
    JZ_ASSERT(bytes == model.end[next] - model.begin[next]);
    JZ_ASSERT(record->sequence == next);
    JZ_ASSERT(bytes == UNIT || ((const unsigned char *)record)[bytes - 1] == next % 255);
    if (steps) {
        jz_ring_advance(reader);
        model.next[place]++;
        JZ_ASSERT(jz_ring_position(reader) == model.end[next]);
    } else {
        const uint64_t ready_bytes = jz_ring_ready_bytes(reader);
        JZ_ASSERT(ready_bytes == end_of(model.published_count) - model.begin[next]);
    }
}

static void release(uint32_t place)
{
    jz_ring_release(&readers[place]);
    /* Padding is stepped over by the peek that looks behind it. */
    JZ_ASSERT(readers[place].released >= model.released[place]);
    model.released[place] = readers[place].position;
}

static void join_or_leave(uint32_t place)
{
    if (model.is_there[place]) {
        jz_ring_drop_reader(&writer, place);
    } else {
        jz_ring_add_reader(&writer, place, &cursors[place]);
        jz_ring_reader_init(&readers[place], &memory, &cursors[place]);
        model.next[place] = model.published_count;
        model.released[place] = end_of(model.published_count);
    }
    model.is_there[place] = !model.is_there[place];
}

static void step(struct input *input)
{
    const uint8_t choice = draw(input);
    const uint32_t place = choice / 8 % READERS;

    if (choice % 8 < 2) {
        write_one(input);
    } else if (choice % 8 == 2) {
        publish();
    } else if (choice % 8 == 7) {
        join_or_leave(place);
    } else if (model.is_there[place] && choice % 8 == 6) {
        release(place);
    } else if (model.is_there[place]) {
        read_one(place, choice % 8 != 5);
    }

    const uint64_t used_bytes = jz_ring_used_bytes(&writer);
    JZ_ASSERT(used_bytes == end_of(model.committed_count) - slowest_of_model());
    JZ_ASSERT(jz_ring_committed(&writer) == end_of(model.committed_count));
    JZ_ASSERT(writer.fault == 0);
    for (uint32_t i = 0; i < READERS; i++) {
        JZ_ASSERT(!model.is_there[i] || !readers[i].fault);
        JZ_ASSERT(!model.is_there[i] || jz_ring_behind_bytes(&writer, i) <= used_bytes);
    }
}

/* A position that may be right, near to right, or anything. */
static uint64_t draw_position(struct input *input, uint64_t near)
{
    const uint8_t choice = draw(input);
    const uint64_t units = draw(input);

    if (choice % 4 == 3) {
        uint64_t anything = 0;
        for (uint32_t i = 0; i < 8; i++) {
            anything = anything << 8 | draw(input);
        }
        return anything;
    }
    return near + (choice % 4 == 0 ? 0 - units : units) * (choice % 4 == 2 ? 1 : UNIT);
}

/* The reader may fault or not, but what it gets lies inside what was published, now or when it
 * looked last. */
static void read_from_liar(struct jz_ring_reader *reader)
{
    const bool was_dead = reader->fault;
    const uint64_t seen_before = reader->published_seen;
    uint32_t bytes = 0;

    const struct jz_record *record = jz_ring_peek(reader, &bytes);
    const uint64_t seen = reader->published_seen;
    JZ_ASSERT(seen == seen_before || seen == atomic_load(&control.published));
    JZ_ASSERT(seen - reader->released <= RING);
    JZ_ASSERT(record == NULL || !was_dead);
    if (record == NULL) {
        return;
    }
    const uint64_t at = (uint64_t)((const unsigned char *)record - ring_data);
    JZ_ASSERT(bytes > 0 && bytes % UNIT == 0 && bytes <= JZ_RECORD_BYTES_MAX);
    JZ_ASSERT(at % UNIT == 0 && at + bytes <= RING);
    JZ_ASSERT(bytes <= seen - jz_ring_position(reader));
    jz_ring_advance(reader);
}

static void play_lying_writer(struct input *input)
{
    struct jz_ring_reader *reader = &readers[0];

    while (input->used_bytes < input->data_bytes) {
        const uint8_t choice = draw(input) % 4;
        if (choice == 0) {
            atomic_store(&control.published, draw_position(input, reader->position));
        } else if (choice == 1) {
            const uint64_t at = draw_position(input, reader->position) / UNIT * UNIT % RING;
            const struct jz_record header = {
                .bytes = (uint32_t)draw_position(input, UNIT),
                .kind = draw(input) % 2 == 0 ? 1 : JZ_RECORD_PAD,
            };
            memcpy(ring_data + at, &header, sizeof(header));
        } else if (choice == 2) {
            jz_ring_release(reader);
        } else {
            read_from_liar(reader);
        }
    }
}

/* The writer may fault or not, but it never counts more room than there is in a ring. */
static void play_lying_reader(struct input *input)
{
    while (input->used_bytes < input->data_bytes) {
        const uint8_t choice = draw(input) % 4;
        const uint32_t place = draw(input) % READERS;
        if (choice == 0) {
            atomic_store(&cursors[place].released, draw_position(input, writer.published));
        } else if (choice == 1) {
            jz_ring_publish(&writer);
        } else if (choice == 2 && writer.fault != 0) {
            jz_ring_drop_reader(&writer, writer.fault - 1);
        } else {
            const uint32_t bytes = UNIT * (1 + draw(input) % 64U);
            const bool was_dead = writer.fault != 0;
            struct jz_record *record = jz_ring_claim(&writer, bytes);
            JZ_ASSERT(record == NULL || !was_dead);
            if (record != NULL) {
                *record = (struct jz_record){.bytes = bytes, .kind = 1};
                jz_ring_commit(&writer, bytes);
            }
        }
        const uint64_t used_bytes = jz_ring_used_bytes(&writer);
        JZ_ASSERT(used_bytes <= RING);
        JZ_ASSERT(used_bytes == RING || writer.fault == 0);
    }
}

static void open_ring(uint32_t readers_count)
{
    memset(&model, 0, sizeof(model));
    memset(ring_data, 0, sizeof(ring_data));
    const int status = jz_ring_writer_init(&writer, &memory);
    JZ_ASSERT(status == JZ_OK);
    for (uint32_t place = 0; place < readers_count; place++) {
        join_or_leave(place);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
    struct input input = {.data = data, .data_bytes = data_bytes};

    if (data_bytes > RECORDS_MAX) {
        return 0;
    }
    const uint8_t who = draw(&input) % 4;
    open_ring(READERS);
    if (who == 1) {
        play_lying_writer(&input);
    } else if (who == 2) {
        play_lying_reader(&input);
    } else {
        while (input.used_bytes < input.data_bytes) {
            step(&input);
        }
    }
    return 0;
}
