/* bench_journal.c - how many commands a second the journal makes durable, alone on its thread.
 *
 * Records of 128 bytes, the length of an order, go into batches of a fixed count; each batch is one
 * write and one flush, made by jz_log_append_if as in the daemon, with a helper thread that zeroes
 * segments ahead. The time is that of the appending thread from the first record of a batch to its
 * acknowledgement.
 *
 * Then the journal is opened again, which reads and verifies all of it and hands over each record.
 *
 * Before and after that the same extents are written and flushed bare, without checksum, hash or
 * copy, into a segment that is zeroed already: what the disk gives in the same minute.
 */
#include "bench/bench.h"

#include "engine/base/limits.h"
#include "engine/journal/format.h"
#include "engine/journal/journal.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_BYTES  128u
#define PATH_BYTES    512u
#define RECORDS_MAX   32000u /* of a batch; 4 MiB hold more */
#define BARE_SEGMENT  UINT32_MAX
#define NS_PER_SECOND 1000000000u

struct setting {
    const char *parent; /* folder to work in */
    uint64_t batch_records;
    uint64_t seconds;
    uint64_t segment_mebibytes;
    bool buffered;
    bool json;
};

struct figures {
    uint64_t bare_ns; /* of bare_batches */
    uint64_t bare_batches;
    uint64_t ns;        /* of the journal's batches */
    uint64_t replay_ns; /* of reading all of it again */
    bool is_direct;
    struct jz_journal_counts counts;
};

struct helper {
    struct jz_journal *journal;
    _Atomic uint32_t stop;
    uint32_t segments_made;
};

static struct jz_histogram batch_ns;

static void *make_segments(void *context)
{
    struct helper *helper = context;
    struct pollfd wake = {.fd = jz_journal_wake_fd(helper->journal), .events = POLLIN};

    /* Relaxed: the thread is joined before anything it did is looked at. */
    while (atomic_load_explicit(&helper->stop, memory_order_relaxed) == 0) {
        uint64_t wakes = 0;
        if (poll(&wake, 1, 100) == 1 && read(wake.fd, &wakes, sizeof(wakes)) < 0) {
            return NULL;
        }
        while (jz_journal_prepare(helper->journal) == 1) {
            helper->segments_made++;
        }
    }
    return NULL;
}

static bool fill_batch(struct jz_batch *batch, uint64_t first_seq, uint64_t count)
{
    _Alignas(JZ_RECORD_UNIT_BYTES) unsigned char bytes[RECORD_BYTES] = {0};
    struct jz_record *record = (void *)bytes;

    *record = (struct jz_record){.bytes = RECORD_BYTES, .kind = 48, .version = 1, .rules = 1};
    memset(bytes + sizeof(*record), 0x5A, sizeof(bytes) - sizeof(*record));
    jz_batch_clear(batch);
    for (uint64_t i = 0; i < count; i++) {
        record->sequence = first_seq + i;
        record->nonce = first_seq + i;
        if (!jz_batch_add(batch, record, RECORD_BYTES)) {
            return false;
        }
    }
    return true;
}

/* Appends for this long; false after a fault, which it has told. */
static bool append_for(struct jz_journal *journal, const struct setting *setting, uint64_t span_ns,
                       struct figures *figures)
{
    struct jz_batch batch;
    if (jz_batch_open(&batch, journal->log.batch_bytes_max) != JZ_OK) {
        (void)fprintf(stderr, "jz-bench journal: no memory for a batch\n");
        return false;
    }
    const uint64_t start_ns = jz_bench_now_ns();
    uint64_t now_ns = start_ns;
    enum jz_append answer = JZ_APPEND_OK;
    while (now_ns - start_ns < span_ns && answer == JZ_APPEND_OK) {
        const uint64_t last_seq = jz_log_tail(&journal->log).sequence;
        if (!fill_batch(&batch, last_seq + 1, setting->batch_records)) {
            (void)fprintf(stderr, "jz-bench journal: so many records do not fit into a batch\n");
            answer = JZ_APPEND_MOVED;
            break;
        }
        answer = jz_log_append_if(&journal->log, last_seq, 1, &batch);
        const uint64_t end_ns = jz_bench_now_ns();
        jz_histogram_add(&batch_ns, end_ns - now_ns);
        now_ns = end_ns;
    }
    figures->ns = now_ns - start_ns;
    figures->counts = jz_journal_counts(journal);
    jz_batch_close(&batch);
    if (answer == JZ_APPEND_UNKNOWN) {
        (void)fprintf(stderr, "jz-bench journal: %s\n", jz_journal_message(journal));
    }
    return answer == JZ_APPEND_OK;
}

static bool measure_journal(const struct setting *setting, const char *directory,
                            struct figures *figures)
{
    const struct jz_journal_options options = {
        .directory = directory,
        .segment_bytes = setting->segment_mebibytes << 20,
        .buffered = setting->buffered,
    };
    static struct jz_journal journal;
    struct jz_journal_report report;
    struct helper helper = {.journal = &journal};
    pthread_t thread;

    if (jz_journal_open(&journal, &options, &report) != JZ_OK) {
        (void)fprintf(stderr, "jz-bench journal: %s\n", report.message);
        return false;
    }
    figures->is_direct = report.is_direct;
    while (jz_journal_prepare(&journal) == 1) { /* as many as a running daemon has */
    }
    bool is_good = pthread_create(&thread, NULL, make_segments, &helper) == 0;
    if (is_good) {
        is_good = append_for(&journal, setting, setting->seconds * NS_PER_SECOND, figures);
        atomic_store_explicit(&helper.stop, 1, memory_order_relaxed);
        (void)pthread_join(thread, NULL);
    }
    jz_journal_close(&journal);
    return is_good;
}

static int count_record(void *context, const struct jz_record *record)
{
    uint64_t *last_seq = context;
    *last_seq = record->sequence;
    return JZ_OK;
}

/* Opens what was written, which verifies and hands over every record. */
static bool measure_replay(const char *directory, struct figures *figures)
{
    static struct jz_journal journal;
    struct jz_journal_report report;
    uint64_t last_seq = 0;
    const struct jz_journal_options options = {
        .directory = directory,
        .read_only = true,
        .replay = count_record,
        .replay_context = &last_seq,
    };

    const uint64_t start_ns = jz_bench_now_ns();
    if (jz_journal_open(&journal, &options, &report) != JZ_OK || report.last_seq != last_seq) {
        (void)fprintf(stderr, "jz-bench journal: %s\n", report.message);
        return false;
    }
    figures->replay_ns = jz_bench_now_ns() - start_ns;
    jz_journal_close(&journal);
    return true;
}

/* Writes and flushes extents of the same length over a zeroed segment, round and round. */
static bool measure_bare(const struct setting *setting, const char *directory,
                         struct figures *figures)
{
    const uint32_t bytes = jz_format_extent_bytes((uint32_t)setting->batch_records * RECORD_BYTES);
    const uint64_t segment_bytes = setting->segment_mebibytes << 20;
    const uint64_t span_ns = setting->seconds * NS_PER_SECOND / 4;
    const enum jz_segment_mode mode = figures->is_direct ? JZ_SEGMENT_DIRECT : JZ_SEGMENT_BUFFERED;
    struct jz_batch batch; /* for its memory */
    uint64_t found_bytes = 0;
    int fd = -1;

    const int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || jz_batch_open(&batch, bytes) != JZ_OK) {
        return false;
    }
    memset(batch.memory, 0x5A, bytes);
    bool is_good = jz_segment_make(folder, BARE_SEGMENT, segment_bytes) == JZ_OK &&
                   jz_segment_open(folder, BARE_SEGMENT, mode, &fd, &found_bytes) == JZ_OK;
    const uint64_t start_ns = jz_bench_now_ns();
    uint64_t now_ns = start_ns;
    for (uint64_t at = 0; is_good && now_ns - start_ns < span_ns; at += bytes) {
        at = at + bytes > segment_bytes ? 0 : at;
        is_good = jz_segment_write(fd, figures->is_direct, batch.memory, bytes, at) == JZ_OK;
        figures->bare_batches++;
        now_ns = jz_bench_now_ns();
    }
    figures->bare_ns += now_ns - start_ns;
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)unlinkat(folder, jz_segment_name(BARE_SEGMENT).text, 0);
    (void)close(folder);
    jz_batch_close(&batch);
    return is_good;
}

static void tell(const struct setting *setting, const struct figures *figures)
{
    const double seconds = (double)figures->ns / NS_PER_SECOND;
    const double bare_seconds = (double)figures->bare_ns / NS_PER_SECOND;
    const double commands = (double)(figures->counts.batches * setting->batch_records);
    const double bare = (double)(figures->bare_batches * setting->batch_records) / bare_seconds;
    struct jz_bench_report report;

    jz_bench_begin(&report, "journal", setting->json);
    jz_bench_count(&report, "batch_records", setting->batch_records);
    jz_bench_count(&report, "record_bytes", RECORD_BYTES);
    jz_bench_count(&report, "segment_mebibytes", setting->segment_mebibytes);
    jz_bench_text(&report, "flush", figures->is_direct ? "O_DIRECT|O_DSYNC" : "fdatasync");
    jz_bench_real(&report, "seconds", seconds);
    jz_bench_count(&report, "commands_per_second", (uint64_t)(commands / seconds));
    jz_bench_count(&report, "batches", figures->counts.batches);
    jz_bench_count(&report, "flushes", figures->counts.flushes);
    jz_bench_count(&report, "bytes_written", figures->counts.bytes_written);
    jz_bench_count(&report, "bytes_of_commands", figures->counts.bytes_of_records);
    jz_bench_latency(&report, &batch_ns);
    jz_bench_count(&report, "replay_commands_per_second",
                   (uint64_t)(commands / ((double)figures->replay_ns / NS_PER_SECOND)));
    jz_bench_count(&report, "bare_commands_per_second", (uint64_t)bare);
    jz_bench_real(&report, "percent_of_bare", 100.0 * commands / seconds / bare);
    jz_bench_end(&report);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int jz_bench_journal(int argc, char **argv)
{
    struct setting setting = {
        .parent = ".", .batch_records = 256, .seconds = 4, .segment_mebibytes = 64};
    const struct jz_bench_option options[] = {
        {.name = "--batch",
         .what = "records of 128 bytes in a batch",
         .number = &setting.batch_records,
         .number_min = 1,
         .number_max = RECORDS_MAX},
        {.name = "--seconds",
         .what = "how long; half as long again for the bare writes",
         .number = &setting.seconds,
         .number_min = 1,
         .number_max = 3600},
        {.name = "--dir",
         .what = "folder on the disk to measure; cleaned up afterwards",
         .text = &setting.parent},
        {.name = "--segment",
         .what = "length of a segment in MiB",
         .number = &setting.segment_mebibytes,
         .number_min = JZ_BATCH_BYTES_MAX >> 20,
         .number_max = JZ_SEGMENT_BYTES_MAX >> 20},
        {.name = "--buffered",
         .what = "fdatasync where O_DIRECT would work",
         .flag = &setting.buffered},
        {.name = "--json", .what = "one object for programs", .flag = &setting.json},
        {.name = NULL},
    };
    struct figures figures = {0};
    char root[PATH_BYTES];
    char directory[PATH_BYTES];

    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }
    (void)snprintf(root, sizeof(root), "%.400s/jz-bench-XXXXXX", setting.parent);
    if (mkdtemp(root) == NULL) {
        (void)fprintf(stderr, "jz-bench journal: cannot make a folder in %s\n", setting.parent);
        return 1;
    }
    (void)snprintf(directory, sizeof(directory), "%.480s/data", root);
    figures.is_direct = !setting.buffered;
    const bool is_good =
        measure_bare(&setting, root, &figures) && measure_journal(&setting, directory, &figures) &&
        measure_replay(directory, &figures) && measure_bare(&setting, root, &figures);
    (void)nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!is_good) {
        (void)fprintf(stderr, "jz-bench journal: could not measure in %s\n", setting.parent);
        return 1;
    }
    tell(&setting, &figures);
    return 0;
}
