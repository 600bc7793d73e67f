/* A writer's process that changes a record under the reader's hands: one thread stores a good and a
 * bad length in turn, as fast as it can, while the other peeks. Whatever the reader gets must be
 * the good one: a length that is loaded once to be checked and once more to be used fails this
 * test. It races on purpose, so it is no test for the thread sanitizer.
 */
#include "engine/ring/ring.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <pthread.h>

enum { RING = JZ_RING_DATA_BYTES_MIN, GOOD_BYTES = 2 * JZ_RECORD_UNIT_BYTES };
static const uint64_t peeks_max = 1000 * 1000;
static const uint32_t bad_bytes = UINT32_MAX - JZ_RECORD_UNIT_BYTES + 1;

static struct jz_ring_control control;
static struct jz_ring_cursor cursor;
static alignas(64) unsigned char data[RING];
static atomic_bool is_over;

static void *lie(void *unused)
{
    volatile uint32_t *bytes = &((struct jz_record *)(void *)data)->bytes;

    (void)unused;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) { /* relaxed: only to end */
        *bytes = bad_bytes;
        *bytes = GOOD_BYTES;
    }
    return NULL;
}

int main(void)
{
    const struct jz_ring_memory memory = {.control = &control, .data = data, .data_bytes = RING};
    struct jz_ring_writer writer;
    const int status = jz_ring_writer_init(&writer, &memory);
    JZ_ASSERT(status == JZ_OK);
    jz_ring_add_reader(&writer, 0, &cursor);
    struct jz_record *record = jz_ring_claim(&writer, GOOD_BYTES);
    *record = (struct jz_record){.bytes = GOOD_BYTES, .kind = 1};
    jz_ring_commit(&writer, GOOD_BYTES);
    jz_ring_publish(&writer);

    pthread_t liar;
    const int create_error = pthread_create(&liar, NULL, lie, NULL);
    JZ_ASSERT(create_error == 0);
    uint64_t good_count = 0;
    uint64_t bad_count = 0;
    for (uint64_t i = 0; i < peeks_max || good_count == 0 || bad_count == 0; i++) {
        struct jz_ring_reader reader;
        uint32_t bytes = 0;
        jz_ring_reader_init(&reader, &memory, &cursor);
        if (jz_ring_peek(&reader, &bytes) != NULL) {
            JZ_ASSERT(bytes == GOOD_BYTES);
            good_count++;
        } else {
            JZ_ASSERT(reader.fault);
            bad_count++;
        }
    }
    atomic_store_explicit(&is_over, true, memory_order_relaxed);
    const int join_error = pthread_join(liar, NULL);
    JZ_ASSERT(join_error == 0);
    return 0;
}
