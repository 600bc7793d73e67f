/* journal.c - opens, appends to and looks after the journal in files.
 *
 * Why the last good batch is written again at every start: the process that wrote it may have been
 * killed after its bytes were readable and before they were durable. Whoever reads it now and acts
 * on it would give out what the next power cut takes back.
 */
#include "engine/journal/journal.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/memory.h"
#include "engine/journal/format.h"
#include "engine/journal/scan.h"
#include "engine/journal/segment.h"
#include "jiaozi/status.h"

#include <inttypes.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEND_BYTES (1u << 20) /* of a torn extent, zeroed in one write */

/* Opens a segment for appending. */
static int open_for_append(struct jz_journal *journal, uint32_t segment, int *fd)
{
    uint64_t bytes = 0;
    int status = JZ_EINVAL;

    if (journal->is_direct) {
        status = jz_segment_open(journal->home.journal_fd, segment, JZ_SEGMENT_DIRECT, fd, &bytes);
    }
    if (status == JZ_EINVAL) { /* the file system does not know O_DIRECT */
        journal->is_direct = false;
        status =
            jz_segment_open(journal->home.journal_fd, segment, JZ_SEGMENT_BUFFERED, fd, &bytes);
    }
    return status;
}

/* Goes on to the next segment. */
static int advance(struct jz_journal *journal)
{
    const uint32_t next = jz_ahead_current(&journal->ahead) + 1;
    int fd = -1;

    const int status = jz_ahead_await(&journal->ahead);
    if (status != JZ_OK) {
        return status;
    }
    if (open_for_append(journal, next, &fd) != JZ_OK) {
        jz_fault_set(&journal->fault, "cannot open %s/journal/%s", journal->directory,
                     jz_segment_name(next).text);
        return JZ_ESYSTEM;
    }
    (void)close(journal->segment_fd);
    journal->segment_fd = fd;
    journal->offset = 0;
    jz_ahead_take(&journal->ahead);
    return JZ_OK;
}

/* ---- the log's methods ----------------------------------------------------------------------- */

static int write_batch(struct jz_journal *journal, const struct jz_batch *batch, uint32_t bytes)
{
    if (jz_segment_write(journal->segment_fd, journal->is_direct, batch->memory, bytes,
                         journal->offset) != JZ_OK) {
        jz_fault_set(&journal->fault,
                     "cannot write %s/journal/%s at offset %" PRIu64
                     " (what was acknowledged is safe; put this right and start again)",
                     journal->directory, jz_segment_name(jz_ahead_current(&journal->ahead)).text,
                     journal->offset);
        return JZ_ESYSTEM;
    }
    journal->offset += bytes;
    journal->counts.batches++;
    journal->counts.flushes++;
    journal->counts.bytes_written += bytes;
    journal->counts.bytes_of_records += batch->records_bytes;
    return JZ_OK;
}

static enum jz_append append_if(void *self, uint64_t previous_seq, uint64_t epoch,
                                struct jz_batch *batch)
{
    struct jz_journal *journal = self;
    const uint32_t bytes = jz_format_extent_bytes(batch->records_bytes);

    JZ_ASSERT(!journal->read_only);
    JZ_ASSERT(batch->count > 0);
    JZ_ASSERT(batch->first_seq == previous_seq + 1);
    JZ_ASSERT(bytes <= journal->log.batch_bytes_max);
    JZ_ASSERT(epoch > 0);

    if (jz_fault_is_set(&journal->fault)) {
        return JZ_APPEND_UNKNOWN;
    }
    if (journal->tail.sequence != previous_seq || epoch < journal->tail.epoch) {
        return JZ_APPEND_MOVED;
    }
    if (bytes > journal->home.segment_bytes - journal->offset && advance(journal) != JZ_OK) {
        return JZ_APPEND_UNKNOWN;
    }
    struct jz_format_header header = {
        .count = batch->count,
        .cluster = journal->home.cluster,
        .epoch = epoch,
        .batch = journal->tail.batch + 1,
        .first_seq = batch->first_seq,
        .records_bytes = batch->records_bytes,
        .previous_hash = journal->tail.hash,
    };
    const struct jz_sha256 sum = jz_format_seal(&header, batch->memory, &journal->hash);
    JZ_ASSERT(header.bytes == bytes);
    if (write_batch(journal, batch, bytes) != JZ_OK) {
        return JZ_APPEND_UNKNOWN;
    }
    journal->tail = (struct jz_log_tail){
        .sequence = batch->last_seq,
        .epoch = epoch,
        .batch = header.batch,
        .hash = sum,
    };
    return JZ_APPEND_OK;
}

static struct jz_log_tail find_tail(const void *self)
{
    const struct jz_journal *journal = self;
    return journal->tail;
}

static int read_from(void *self, uint64_t from_seq, jz_log_record_fn take, void *context)
{
    struct jz_journal *journal = self;
    char text[JZ_TEXT_BYTES];
    struct jz_scan scan;
    const struct jz_scan_options options = {
        .home = &journal->home,
        .directory = journal->directory,
        .hash = &journal->hash,
        .segments = jz_ahead_current(&journal->ahead),
        .text = text,
    };

    int status = jz_scan_open(&scan, &options);
    if (status != JZ_OK) {
        return status;
    }
    status = jz_scan_seek(&scan, from_seq);
    while (status == JZ_OK && scan.tail.batch < journal->tail.batch) {
        const enum jz_scan_found found = jz_scan_next(&scan);
        if (found != JZ_SCAN_BATCH) { /* what was appended is not there */
            status = found == JZ_SCAN_FAULT ? scan.status : JZ_ECORRUPT;
            break;
        }
        status = jz_scan_deliver(&scan, from_seq, take, context);
    }
    jz_scan_close(&scan);
    return status;
}

static const struct jz_log_methods methods = {
    .append_if = append_if,
    .read = read_from,
    .tail = find_tail,
};

/* ---- open and close -------------------------------------------------------------------------- */

/* Zeroes the torn extent from its end to its start, so that a crash meanwhile leaves something that
 * is torn by the same rules: the header goes last. */
static int mend(struct jz_journal *journal, const struct jz_scan *scan, char *text)
{
    uint64_t left = scan->torn_bytes;
    int fd = -1;

    unsigned char *zeros = jz_memory_reserve(MEND_BYTES);
    if (zeros == NULL) {
        return JZ_ENOMEM;
    }
    int status = open_for_append(journal, scan->torn.segment, &fd);
    while (status == JZ_OK && left > 0) {
        const uint64_t behind_header = left - JZ_BLOCK_BYTES;
        uint64_t piece = behind_header < MEND_BYTES ? behind_header : MEND_BYTES;
        piece = piece == 0 ? JZ_BLOCK_BYTES : piece;
        left -= piece;
        status = jz_segment_write(fd, journal->is_direct, zeros, piece, scan->torn.offset + left);
    }
    if (status != JZ_OK) {
        jz_text_say_errno(text, "cannot mend %s/journal/%s at offset %" PRIu64, journal->directory,
                          jz_segment_name(scan->torn.segment).text, scan->torn.offset);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    jz_memory_release(zeros, MEND_BYTES);
    return status;
}

/* Opens the segment where the journal goes on, and writes the last batch again. */
static int take_up(struct jz_journal *journal, struct jz_scan *scan, char *text)
{
    const uint32_t segment = scan->place.segment;

    int status = open_for_append(journal, segment, &journal->segment_fd);
    if (status == JZ_OK && scan->tail.batch > 0) {
        status = jz_scan_again(scan);
    }
    if (status == JZ_OK && scan->tail.batch > 0) {
        JZ_ASSERT(scan->batch.segment == segment);
        status = jz_segment_write(journal->segment_fd, journal->is_direct, scan->extent,
                                  scan->header.bytes, scan->batch.offset);
    }
    if (status != JZ_OK) {
        jz_text_say_errno(text, "cannot write %s/journal/%s", journal->directory,
                          jz_segment_name(segment).text);
        return status;
    }
    journal->offset = scan->place.offset;
    journal->tail = scan->tail;
    jz_ahead_begin(&journal->ahead, segment, scan->segments);
    return JZ_OK;
}

/* Brings the folder into order and counts its segments, of which it makes the first. */
static int find_segments(struct jz_journal *journal, uint32_t *segments, char *text)
{
    const int folder = journal->home.journal_fd;
    uint32_t missing = 0;
    int status = JZ_OK;

    *segments = 0;
    if (folder < 0) {
        return JZ_OK; /* read-only, and no segment was ever made */
    }
    if (!journal->read_only) {
        status = jz_segment_sweep(folder);
    }
    if (status == JZ_OK) {
        status = jz_segment_list(folder, segments, &missing);
    }
    if (status == JZ_OK && missing != 0) {
        jz_text_say(text,
                    "damage: %s/journal/%s is missing, and later segments are there. Nothing was "
                    "changed. Put it back from a backup, archive or replica",
                    journal->directory, jz_segment_name(missing).text);
        return JZ_ECORRUPT;
    }
    if (status == JZ_OK && *segments == 0 && !journal->read_only) {
        status = jz_segment_make(folder, 1, journal->home.segment_bytes);
        *segments = 1;
    }
    /* The name of the last one may be older than the last crash and yet not flushed. */
    if (status == JZ_OK && !journal->read_only && fsync(folder) != 0) {
        status = JZ_ESYSTEM;
    }
    if (status != JZ_OK) {
        jz_text_say_errno(text, "cannot prepare segments in %s/journal", journal->directory);
    }
    return status;
}

static void fill_report(const struct jz_journal *journal, const struct jz_scan *scan,
                        struct jz_journal_report *report)
{
    report->cluster = journal->home.cluster;
    report->is_empty = scan->tail.batch == 0;
    report->is_direct = journal->is_direct;
    report->last_seq = scan->tail.sequence;
    report->batches = scan->tail.batch;
    report->segments = scan->segments;
}

static int read_all(struct jz_scan *scan, const struct jz_journal_options *options,
                    struct jz_journal_report *report)
{
    enum jz_scan_found found = jz_scan_next(scan);

    while (found == JZ_SCAN_BATCH) {
        if (options->replay != NULL) {
            const int status = jz_scan_deliver(scan, 1, options->replay, options->replay_context);
            if (status != JZ_OK) {
                return status;
            }
        }
        found = jz_scan_next(scan);
    }
    if (found == JZ_SCAN_FAULT) {
        return scan->status;
    }
    if (found == JZ_SCAN_TORN) {
        report->was_torn = true;
        report->torn_segment = scan->torn.segment;
        report->torn_offset = scan->torn.offset;
        report->torn_bytes = scan->torn_bytes;
    }
    return JZ_OK;
}

static int recover(struct jz_journal *journal, const struct jz_journal_options *options,
                   struct jz_journal_report *report)
{
    struct jz_scan scan;
    struct jz_scan_options scan_options = {
        .home = &journal->home,
        .directory = journal->directory,
        .hash = &journal->hash,
        .text = report->message,
    };

    int status = find_segments(journal, &scan_options.segments, report->message);
    if (status != JZ_OK) {
        return status;
    }
    status = jz_scan_open(&scan, &scan_options);
    if (status != JZ_OK) {
        return status;
    }
    status = read_all(&scan, options, report);
    if (status == JZ_OK && report->was_torn && !journal->read_only) {
        status = mend(journal, &scan, report->message);
    }
    if (status == JZ_OK && !journal->read_only) {
        status = take_up(journal, &scan, report->message);
    }
    if (status == JZ_OK) {
        fill_report(journal, &scan, report);
    }
    jz_scan_close(&scan);
    return status;
}

static int open_parts(struct jz_journal *journal, char *text)
{
    const int status = jz_ahead_open(&journal->ahead, &journal->fault);
    if (status != JZ_OK) {
        jz_text_say_errno(text, "no descriptors to wake threads with");
        return status;
    }
    journal->ahead.folder = journal->home.journal_fd;
    journal->ahead.segment_bytes = journal->home.segment_bytes;
    return jz_hash_open(&journal->hash);
}

int jz_journal_open(struct jz_journal *journal, const struct jz_journal_options *options,
                    struct jz_journal_report *report)
{
    const struct jz_home_options home_options = {
        .directory = options->directory,
        .segment_bytes = options->segment_bytes,
        .cluster = options->cluster,
        .read_only = options->read_only,
    };

    *report = (struct jz_journal_report){0};
    *journal = (struct jz_journal){
        .directory = options->directory,
        .reserve_bytes = options->reserve_bytes,
        .read_only = options->read_only,
        .is_direct = !options->buffered,
        .segment_fd = -1,
        .ahead = {.wake_fd = -1, .ready_fd = -1},
    };
    int status = jz_home_open(&journal->home, &home_options, report->message);
    if (status == JZ_OK) {
        status = open_parts(journal, report->message);
    }
    if (status == JZ_OK) {
        status = recover(journal, options, report);
    }
    if (status != JZ_OK) {
        if (report->message[0] == '\0') {
            jz_text_say(report->message, "cannot open the journal in %s: %s", options->directory,
                        jz_status_text(status));
        }
        jz_journal_close(journal);
        return status;
    }
    const uint64_t segment_bytes = journal->home.segment_bytes;
    journal->log = (struct jz_log){
        .methods = &methods,
        .self = journal,
        .batch_bytes_max =
            segment_bytes < JZ_BATCH_BYTES_MAX ? (uint32_t)segment_bytes : JZ_BATCH_BYTES_MAX,
    };
    return JZ_OK;
}

bool jz_journal_is_below_reserve(const struct jz_journal *journal)
{
    struct statvfs disk;

    if (fstatvfs(journal->home.fd, &disk) != 0) {
        return true; /* who cannot tell does not take new work */
    }
    return (uint64_t)disk.f_bavail * disk.f_frsize < journal->reserve_bytes;
}

struct jz_journal_counts jz_journal_counts(const struct jz_journal *journal)
{
    return journal->counts;
}

int jz_journal_prepare(struct jz_journal *journal)
{
    return journal->read_only ? 0 : jz_ahead_prepare(&journal->ahead);
}

int jz_journal_wake_fd(const struct jz_journal *journal)
{
    return journal->ahead.wake_fd;
}

const char *jz_journal_message(const struct jz_journal *journal)
{
    return jz_fault_text(&journal->fault);
}

void jz_journal_close(struct jz_journal *journal)
{
    if (journal->segment_fd >= 0) {
        (void)close(journal->segment_fd);
        journal->segment_fd = -1;
    }
    jz_ahead_close(&journal->ahead);
    if (journal->hash.context != NULL) {
        jz_hash_close(&journal->hash);
    }
    jz_home_close(&journal->home);
}
