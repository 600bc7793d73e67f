/* scribe.c - journals for tests. */
#include "tests/support/scribe.h"

#include "engine/journal/segment.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_KIND 0x2Au

void jz_scribe_init(struct jz_scribe *scribe)
{
    const char *base = getenv("TMPDIR");

    *scribe = (struct jz_scribe){.segment_bytes = JZ_SCRIBE_SEGMENT_BYTES};
    (void)snprintf(scribe->root, sizeof(scribe->root), "%s/jz-scribe-XXXXXX",
                   base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(scribe->root));
    (void)snprintf(scribe->directory, sizeof(scribe->directory), "%.200s/data", scribe->root);
    assert_int_equal(jz_batch_open(&scribe->batch, JZ_SCRIBE_SEGMENT_BYTES), JZ_OK);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void jz_scribe_deinit(struct jz_scribe *scribe)
{
    jz_batch_close(&scribe->batch);
    (void)nftw(scribe->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void jz_scribe_fill(struct jz_record *record, uint64_t sequence, uint32_t bytes, bool hollow)
{
    unsigned char *body = (unsigned char *)record + sizeof(*record);

    *record = (struct jz_record){
        .bytes = bytes,
        .kind = RECORD_KIND,
        .version = 1,
        .rules = 1,
        .day = 20000,
        .sequence = sequence,
        .time_ns = sequence * 1000,
        .key = 1,
        .lane = hollow ? 1 : 0,
        .nonce = sequence,
    };
    for (uint32_t i = 0; i < bytes - sizeof(*record); i++) {
        const uint64_t mixed = (sequence + i) * 0x9E3779B97F4A7C15u + bytes;
        body[i] = hollow ? 0 : (unsigned char)((mixed >> 56) | 1u);
    }
}

int jz_scribe_check(void *context, const struct jz_record *record)
{
    struct jz_scribe *scribe = context;
    _Alignas(64) unsigned char expected[JZ_RECORD_BYTES_MAX];

    scribe->read_seq++;
    assert_int_equal(record->sequence, scribe->read_seq);
    assert_int_equal((uintptr_t)record % 64, 0);
    assert_true(record->bytes <= JZ_RECORD_BYTES_MAX);
    jz_scribe_fill((void *)expected, record->sequence, record->bytes, record->lane == 1);
    assert_memory_equal(record, expected, record->bytes);
    return JZ_OK;
}

int jz_scribe_try_open(struct jz_scribe *scribe, struct jz_journal *journal,
                       struct jz_journal_report *report)
{
    const struct jz_journal_options options = {
        .directory = scribe->directory,
        .segment_bytes = scribe->segment_bytes,
        .buffered = scribe->buffered,
        .replay = jz_scribe_check,
        .replay_context = scribe,
    };

    scribe->read_seq = 0;
    return jz_journal_open(journal, &options, report);
}

void jz_scribe_open(struct jz_scribe *scribe, struct jz_journal *journal, uint64_t last_seq)
{
    struct jz_journal_report report;

    const int status = jz_scribe_try_open(scribe, journal, &report);
    assert_string_equal(report.message, "");
    assert_int_equal(status, JZ_OK);
    assert_int_equal(scribe->read_seq, last_seq);
    assert_int_equal(report.last_seq, last_seq);
    assert_int_equal(jz_log_tail(&journal->log).sequence, last_seq);
}

void jz_scribe_gather(struct jz_scribe *scribe, uint64_t first_seq, uint32_t count, uint32_t bytes,
                      bool hollow)
{
    _Alignas(64) unsigned char room[JZ_RECORD_BYTES_MAX];
    struct jz_record *record = (void *)room;

    jz_batch_clear(&scribe->batch);
    for (uint32_t i = 0; i < count; i++) {
        jz_scribe_fill(record, first_seq + i, bytes, hollow);
        assert_true(jz_batch_add(&scribe->batch, record, bytes));
    }
}

enum jz_append jz_scribe_try_append(struct jz_scribe *scribe, struct jz_journal *journal,
                                    uint32_t count, uint32_t bytes)
{
    const uint64_t last_seq = jz_log_tail(&journal->log).sequence;

    jz_scribe_gather(scribe, last_seq + 1, count, bytes, false);
    return jz_log_append_if(&journal->log, last_seq, JZ_SCRIBE_EPOCH, &scribe->batch);
}

void jz_scribe_append(struct jz_scribe *scribe, struct jz_journal *journal, uint32_t count,
                      uint32_t bytes)
{
    assert_int_equal(jz_scribe_try_append(scribe, journal, count, bytes), JZ_APPEND_OK);
}

void jz_scribe_write(struct jz_scribe *scribe, const uint32_t *counts, uint32_t batches)
{
    struct jz_journal journal;

    jz_scribe_open(scribe, &journal, 0);
    for (uint32_t i = 0; i < batches; i++) {
        jz_scribe_append(scribe, &journal, counts[i], 128);
    }
    jz_journal_close(&journal);
}

void jz_scribe_path(const struct jz_scribe *scribe, const char *name,
                    char path[2 * JZ_SCRIBE_PATH_BYTES])
{
    (void)snprintf(path, 2 * JZ_SCRIBE_PATH_BYTES, "%s/%s", scribe->directory, name);
}

static int open_file(const struct jz_scribe *scribe, const char *name, int flags)
{
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    jz_scribe_path(scribe, name, path);
    const int fd = open(path, flags | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

void jz_scribe_read_file(const struct jz_scribe *scribe, const char *name, void *bytes,
                         size_t bytes_count, uint64_t offset)
{
    const int fd = open_file(scribe, name, O_RDONLY);
    assert_int_equal(pread(fd, bytes, bytes_count, (off_t)offset), bytes_count);
    assert_int_equal(close(fd), 0);
}

void jz_scribe_write_file(const struct jz_scribe *scribe, const char *name, const void *bytes,
                          size_t bytes_count, uint64_t offset)
{
    const int fd = open_file(scribe, name, O_WRONLY | O_CREAT);
    assert_int_equal(pwrite(fd, bytes, bytes_count, (off_t)offset), bytes_count);
    assert_int_equal(close(fd), 0);
}

void jz_scribe_zero_file(const struct jz_scribe *scribe, const char *name, size_t bytes_count,
                         uint64_t offset)
{
    void *zeros = calloc(1, bytes_count + 1);
    assert_non_null(zeros);
    jz_scribe_write_file(scribe, name, zeros, bytes_count, offset);
    free(zeros);
}

void jz_scribe_flip_bit(const struct jz_scribe *scribe, const char *name, uint64_t bit)
{
    unsigned char byte = 0;
    jz_scribe_read_file(scribe, name, &byte, 1, bit / 8);
    byte = (unsigned char)(byte ^ (1u << (bit % 8)));
    jz_scribe_write_file(scribe, name, &byte, 1, bit / 8);
}

uint64_t jz_scribe_file_bytes(const struct jz_scribe *scribe, const char *name)
{
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    struct stat status;
    jz_scribe_path(scribe, name, path);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

const char *jz_scribe_segment(uint32_t number)
{
    static char name[64];
    (void)snprintf(name, sizeof(name), "journal/%s", jz_segment_name(number).text);
    return name;
}
