/* Real threads pass records of every length through the smallest ring: first one reader, then
 * three, each at a speed of its own. Every byte is checked, so a hand-over that lets a side see too
 * much shows as a wrong record; under the tsan preset a missing acquire or release is reported even
 * if the machine was kind. weaken.sh shows that it is.
 */
#include "engine/ring/ring.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"
#include "tests/race/records.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

enum { RING = JZ_RING_DATA_BYTES_MIN, READERS = 3 };
static const uint64_t records_max = 200 * 1000;

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[READERS];
static alignas(64) unsigned char data[RING];
static const struct jz_ring_memory memory = {.control = &control, .data = data, .data_bytes = RING};

struct reading {
    struct jz_ring_reader reader;
    uint64_t batch_max; /* records between two releases */
};

/* Takes up to batch_max records from this number on; returns how many. */
static uint64_t take_batch(struct reading *reading, uint64_t number)
{
    uint64_t count = 0;
    uint32_t bytes = 0;

    while (count < reading->batch_max) {
        const struct jz_record *record = jz_ring_peek(&reading->reader, &bytes);
        if (record == NULL) {
            break;
        }
        JZ_ASSERT(is_record(record, bytes, number + count));
        jz_ring_advance(&reading->reader);
        count++;
    }
    jz_ring_release(&reading->reader);
    return count;
}

static void *read_all(void *argument)
{
    struct reading *reading = argument;

    for (uint64_t number = 1; number <= records_max;) {
        const uint64_t count = take_batch(reading, number);
        JZ_ASSERT(!reading->reader.fault);
        if (count == 0) {
            (void)sched_yield();
        }
        number += count;
    }
    return NULL;
}

static bool write_one(struct jz_ring_writer *writer, uint64_t number)
{
    struct jz_record *record = jz_ring_claim(writer, JZ_RECORD_BYTES_MAX);

    /* Ask for the most at times, as a sender does who learns the length only when it has written
     * the record; else for what is needed. */
    if (record == NULL || number % 3 != 0) {
        if (record != NULL) {
            jz_ring_commit(writer, 0);
        }
        record = jz_ring_claim(writer, record_bytes(number));
    }
    if (record == NULL) {
        return false;
    }
    fill_record(record, number);
    jz_ring_commit(writer, record_bytes(number));
    return true;
}

/* Writes from this number on until the ring is full or all is written; returns the next number. */
static uint64_t write_until_full(struct jz_ring_writer *writer, uint64_t number)
{
    while (number <= records_max && write_one(writer, number)) {
        number++;
        if (mix(number) % 5 < 2) {
            jz_ring_publish(writer);
        }
    }
    jz_ring_publish(writer);
    JZ_ASSERT(writer->fault == 0);
    return number;
}

/* All records from one writer to this many readers. The ring is full before the first reader
 * starts, so there is back-pressure from the beginning. */
static void race(uint32_t readers_count)
{
    struct jz_ring_writer writer;
    struct reading readings[READERS];
    pthread_t threads[READERS];

    const int status = jz_ring_writer_init(&writer, &memory);
    JZ_ASSERT(status == JZ_OK);
    for (uint32_t place = 0; place < readers_count; place++) {
        jz_ring_add_reader(&writer, place, &cursors[place]);
        jz_ring_reader_init(&readings[place].reader, &memory, &cursors[place]);
        readings[place].batch_max = 1 + 3 * place;
    }

    uint64_t number = write_until_full(&writer, 1);
    JZ_ASSERT(number <= records_max);
    for (uint32_t place = 0; place < readers_count; place++) {
        const int error = pthread_create(&threads[place], NULL, read_all, &readings[place]);
        JZ_ASSERT(error == 0);
    }
    uint64_t refused_count = 0;
    while (number <= records_max) {
        number = write_until_full(&writer, number);
        refused_count++;
        (void)sched_yield();
    }
    for (uint32_t place = 0; place < readers_count; place++) {
        const int error = pthread_join(threads[place], NULL);
        JZ_ASSERT(error == 0);
    }
    JZ_ASSERT(refused_count > 1);
    const uint64_t used_bytes = jz_ring_used_bytes(&writer);
    JZ_ASSERT(used_bytes == 0);
}

int main(void)
{
    race(1);
    race(READERS);
    return 0;
}
