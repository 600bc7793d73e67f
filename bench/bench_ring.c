/* bench_ring.c - what it costs to hand a record from one thread to one and to three others, by how
 * many records are published in one step. The baseline is one thread that writes the same records
 * into the same room and reads them again: the work without the hand-over.
 */
#include "bench/bench.h"
#include "engine/base/assert.h"
#include "engine/ring/ring.h"
#include "jiaozi/status.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READERS_MAX = 3, SPINS_MAX = 1000, REPEATS = 3 };

struct setting {
    uint64_t records;
    uint64_t record_bytes;
    uint64_t ring_bytes;
    uint64_t batch; /* records published, and released, in one step */
    uint32_t readers_count;
};

struct reading {
    struct jz_ring_reader reader;
    const struct setting *setting;
};

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[READERS_MAX];
static struct jz_ring_writer writer;

/* Spins for a while, then lets others have the processor: there may be more threads than those. */
static void idle(uint32_t *spins)
{
    if (++*spins < SPINS_MAX) {
        return;
    }
    *spins = 0;
    (void)sched_yield();
}

static void fill(struct jz_record *record, uint32_t bytes, uint64_t number)
{
    *record = (struct jz_record){.bytes = bytes, .kind = 1, .sequence = number};
    memset(record + 1, (int)(number % 255), bytes - JZ_RECORD_UNIT_BYTES);
}

/* Reads a word of every line of a record, which must be the next. */
static uint64_t read_lines(const struct jz_record *record, uint32_t bytes, uint64_t number)
{
    const unsigned char *at = (const unsigned char *)record;
    uint64_t sum = 0;

    JZ_ASSERT(record->sequence == number);
    for (uint32_t i = 0; i < bytes; i += JZ_RECORD_UNIT_BYTES) {
        sum += at[i];
    }
    return sum;
}

static void *read_all(void *argument)
{
    struct reading *reading = argument;
    const struct setting *setting = reading->setting;
    uint64_t sum = 0;
    uint64_t held_count = 0;
    uint32_t spins = 0;

    for (uint64_t number = 1; number <= setting->records;) {
        uint32_t bytes = 0;
        const struct jz_record *record = jz_ring_peek(&reading->reader, &bytes);
        if (record != NULL) {
            sum += read_lines(record, bytes, number);
            jz_ring_advance(&reading->reader);
            number++;
            held_count++;
        }
        if (record == NULL || held_count == setting->batch) {
            jz_ring_release(&reading->reader);
            held_count = 0;
        }
        if (record == NULL) {
            idle(&spins);
        }
    }
    jz_ring_release(&reading->reader);
    JZ_ASSERT(sum > 0);
    return NULL;
}

static void write_all(const struct setting *setting)
{
    const uint32_t bytes = (uint32_t)setting->record_bytes;
    uint64_t unpublished_count = 0;
    uint32_t spins = 0;

    for (uint64_t number = 1; number <= setting->records;) {
        struct jz_record *record = jz_ring_claim(&writer, bytes);
        if (record != NULL) {
            fill(record, bytes, number);
            jz_ring_commit(&writer, bytes);
            number++;
            unpublished_count++;
        }
        if (record == NULL || unpublished_count == setting->batch) {
            jz_ring_publish(&writer);
            unpublished_count = 0;
        }
        if (record == NULL) {
            idle(&spins);
        }
    }
    jz_ring_publish(&writer);
}

/* Nanoseconds from the first record written to the last one read. */
static uint64_t hand_over(const struct setting *setting, const struct jz_ring_memory *memory)
{
    struct reading readings[READERS_MAX];
    pthread_t threads[READERS_MAX];

    const int status = jz_ring_writer_init(&writer, memory);
    JZ_ASSERT(status == JZ_OK);
    for (uint32_t place = 0; place < setting->readers_count; place++) {
        jz_ring_add_reader(&writer, place, &cursors[place]);
        jz_ring_reader_init(&readings[place].reader, memory, &cursors[place]);
        readings[place].setting = setting;
        const int error = pthread_create(&threads[place], NULL, read_all, &readings[place]);
        JZ_ASSERT(error == 0);
    }
    const uint64_t start_ns = jz_bench_now_ns();
    write_all(setting);
    for (uint32_t place = 0; place < setting->readers_count; place++) {
        const int error = pthread_join(threads[place], NULL);
        JZ_ASSERT(error == 0);
    }
    return jz_bench_now_ns() - start_ns;
}

/* The baseline: no other thread, no positions. */
static uint64_t write_and_read(const struct setting *setting, const struct jz_ring_memory *memory)
{
    const uint32_t bytes = (uint32_t)setting->record_bytes;
    const uint64_t slots_count = setting->ring_bytes / bytes;
    uint64_t sum = 0;

    const uint64_t start_ns = jz_bench_now_ns();
    for (uint64_t number = 1; number <= setting->records; number++) {
        void *slot = memory->data + number % slots_count * bytes;
        fill(slot, bytes, number);
        sum += read_lines(slot, bytes, number);
    }
    const uint64_t ns = jz_bench_now_ns() - start_ns;
    JZ_ASSERT(sum > 0);
    return ns;
}

/* Records per second of the median of some repeats. */
static uint64_t measure(uint64_t (*run)(const struct setting *setting,
                                        const struct jz_ring_memory *memory),
                        const struct setting *setting, const struct jz_ring_memory *memory)
{
    uint64_t sorted_ns[REPEATS];

    for (uint32_t i = 0; i < REPEATS; i++) {
        const uint64_t ns = run(setting, memory);
        uint32_t at = i;
        for (; at > 0 && sorted_ns[at - 1] > ns; at--) {
            sorted_ns[at] = sorted_ns[at - 1];
        }
        sorted_ns[at] = ns;
    }
    const uint64_t median_ns = sorted_ns[REPEATS / 2];
    return (uint64_t)((double)setting->records * 1e9 / (double)(median_ns > 0 ? median_ns : 1));
}

static void report_run(struct jz_bench_report *report, const char *what, uint64_t per_second,
                       uint64_t baseline)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s_per_second", what);
    jz_bench_count(report, name, per_second);
    (void)snprintf(name, sizeof(name), "%s_percent", what);
    jz_bench_real(report, name, 100.0 * (double)per_second / (double)baseline);
}

static void measure_all(struct jz_bench_report *report, struct setting *setting,
                        const struct jz_ring_memory *memory)
{
    static const uint64_t batches[] = {1, 16, 64};
    static const uint32_t readers_counts[] = {1, READERS_MAX};

    const uint64_t baseline = measure(write_and_read, setting, memory);
    jz_bench_count(report, "baseline_per_second", baseline);
    jz_bench_text(report, "percent_of", "baseline_per_second");
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            char name[32];
            setting->readers_count = readers_counts[i];
            setting->batch = batches[k];
            (void)snprintf(name, sizeof(name), "readers_%u_batch_%u", readers_counts[i],
                           (unsigned)batches[k]);
            report_run(report, name, measure(hand_over, setting, memory), baseline);
        }
    }
}

int jz_bench_ring(int argc, char **argv)
{
    bool json = false;
    struct setting setting = {.records = 2000000, .record_bytes = 128, .ring_bytes = 1U << 20};
    const struct jz_bench_option options[] = {
        {.name = "--records", .what = "how many", .number = &setting.records, .number_min = 1},
        {.name = "--record-bytes",
         .what = "length of each, a multiple of 64",
         .number = &setting.record_bytes,
         .number_min = 2 * JZ_RECORD_UNIT_BYTES,
         .number_max = JZ_RECORD_BYTES_MAX},
        {.name = "--ring-bytes",
         .what = "room, a power of two",
         .number = &setting.ring_bytes,
         .number_min = JZ_RING_DATA_BYTES_MIN,
         .number_max = UINT64_C(1) << 30},
        {.name = "--json", .what = "one object for programs", .flag = &json},
        {.name = NULL},
    };
    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }
    if (setting.record_bytes % JZ_RECORD_UNIT_BYTES != 0 ||
        (setting.ring_bytes & (setting.ring_bytes - 1)) != 0) {
        (void)fprintf(stderr, "jz-bench ring: --record-bytes is a multiple of 64, --ring-bytes a "
                              "power of two\n");
        return 2;
    }
    unsigned char *data = aligned_alloc(JZ_RECORD_UNIT_BYTES, setting.ring_bytes);
    if (data == NULL) {
        perror("jz-bench ring");
        return 1;
    }
    memset(data, 0, setting.ring_bytes); /* no page is touched for the first time under the clock */

    const struct jz_ring_memory memory = {
        .control = &control, .data = data, .data_bytes = setting.ring_bytes};

    struct jz_bench_report report;
    jz_bench_begin(&report, "ring", json);
    jz_bench_count(&report, "records", setting.records);
    jz_bench_count(&report, "record_bytes", setting.record_bytes);
    jz_bench_count(&report, "ring_bytes", setting.ring_bytes);
    jz_bench_count(&report, "repeats_median_of", REPEATS);
    jz_bench_text(&report, "idle_thread", "spins 1000 times, then yields");
    measure_all(&report, &setting, &memory);
    jz_bench_end(&report);
    free(data);
    return 0;
}
