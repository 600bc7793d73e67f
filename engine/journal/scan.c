/* scan.c - why what a crash left can be told from damage.
 *
 * A segment is zero on the disk before it gets its name, and it is never used twice. So a sector of
 * it is either zero or was written by an append, and one append is under way at a time. Let E be
 * the place behind the last good batch: the next block, or the next segment's start where the rest
 * of the segment is zero, because a batch that does not fit goes there. A crash during the append
 * at E leaves some of its sectors written and the others zero, and nothing behind it:
 *
 *   - no sector written: all is zero from E on, in every segment. That is the end.
 *   - the header's sector not written: it is zero, and something within the longest possible batch
 *     is not. Nobody knows how long it was, so the extent is the longest batch.
 *   - the header's sector written: the header checks out, and more sectors are zero than it says
 *     are zero by content. The extent is what it says.
 *
 * Whatever is torn was not acknowledged, because the write had not returned. An acknowledged batch
 * has no sector missing; if it is not what was written, some sector differs and is not zero, and
 * then the sectors count right or the header does not check out: damage. The one thing that looks
 * torn and is not is a sector of the last batch that a fault of the disk has turned into zeros.
 *
 * Behind the extent everything must be zero: one batch is under way at a time, so bytes beyond it
 * were written after it, and then it was acknowledged. For the same reason an extent without a
 * header must not hold the header of a batch after the next: that one would not have been begun.
 */
#include "engine/journal/scan.h"

#include "engine/base/assert.h"
#include "engine/base/memory.h"
#include "engine/journal/segment.h"
#include "engine/journal/text.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static enum jz_scan_found system_fault(struct jz_scan *scan, struct jz_scan_place place)
{
    jz_text_say_errno(scan->text, "cannot read %s/journal/%s at offset %" PRIu64, scan->directory,
                      jz_segment_name(place.segment).text, place.offset);
    scan->status = JZ_ESYSTEM;
    return JZ_SCAN_FAULT;
}

static enum jz_scan_found damage(struct jz_scan *scan, struct jz_scan_place place, const char *what)
{
    jz_text_say(scan->text,
                "damage: %s/journal/%s at offset %" PRIu64 ", behind sequence %" PRIu64
                ": %s. Nothing was changed. Keep a copy of the directory, check the disk, then put "
                "this segment back from a backup or replica; everything up to sequence %" PRIu64
                " is good",
                scan->directory, jz_segment_name(place.segment).text, place.offset,
                scan->tail.sequence, what, scan->tail.sequence);
    scan->status = JZ_ECORRUPT;
    return JZ_SCAN_FAULT;
}

static enum jz_scan_found foreign(struct jz_scan *scan, struct jz_scan_place place)
{
    jz_text_say(scan->text,
                "foreign: %s/journal/%s at offset %" PRIu64
                " is of another exchange than %s/cluster says. Nothing was changed. Put back the "
                "segments and the cluster file that belong together",
                scan->directory, jz_segment_name(place.segment).text, place.offset,
                scan->directory);
    scan->status = JZ_EFOREIGN;
    return JZ_SCAN_FAULT;
}

/* Opens the segment for reading unless it is open. */
static enum jz_scan_found enter_segment(struct jz_scan *scan, uint32_t segment)
{
    const struct jz_scan_place start = {.segment = segment, .offset = 0};
    uint64_t bytes = 0;

    if (scan->fd >= 0 && scan->window_place.segment == segment) {
        return JZ_SCAN_BATCH;
    }
    if (scan->fd >= 0) {
        (void)close(scan->fd);
        scan->fd = -1;
    }
    scan->window_bytes = 0;
    scan->window_place = start;
    if (jz_segment_open(scan->home->journal_fd, segment, JZ_SEGMENT_READ, &scan->fd, &bytes) !=
        JZ_OK) {
        return system_fault(scan, start);
    }
    if (bytes != scan->home->segment_bytes) {
        return damage(scan, start, "the segment does not have its full length");
    }
    return JZ_SCAN_BATCH;
}

/* Makes bytes_count bytes at the place visible in *bytes, all of them within the segment. */
static enum jz_scan_found view(struct jz_scan *scan, struct jz_scan_place place,
                               uint64_t bytes_count, const unsigned char **bytes)
{
    JZ_ASSERT(bytes_count <= scan->read_bytes);
    JZ_ASSERT(place.offset + bytes_count <= scan->home->segment_bytes);

    if (enter_segment(scan, place.segment) == JZ_SCAN_FAULT) {
        return JZ_SCAN_FAULT;
    }
    const uint64_t window_end = scan->window_place.offset + scan->window_bytes;
    if (place.offset < scan->window_place.offset || place.offset + bytes_count > window_end) {
        const uint64_t left = scan->home->segment_bytes - place.offset;
        const uint64_t wanted = left < scan->read_bytes ? left : scan->read_bytes;
        scan->window_bytes = 0;
        if (jz_segment_read(scan->fd, scan->window, wanted, place.offset) != JZ_OK) {
            return system_fault(scan, place);
        }
        scan->window_place = place;
        scan->window_bytes = wanted;
    }
    *bytes = scan->window + (place.offset - scan->window_place.offset);
    return JZ_SCAN_BATCH;
}

/* Looks from the place to the end of its segment: JZ_SCAN_END if all is zero there, JZ_SCAN_TORN if
 * not, with the first block that is not in *where. */
static enum jz_scan_found look_for_bytes(struct jz_scan *scan, struct jz_scan_place place,
                                         struct jz_scan_place *where)
{
    const unsigned char *bytes = NULL;

    for (; place.offset < scan->home->segment_bytes; place.offset += JZ_BLOCK_BYTES) {
        if (view(scan, place, JZ_BLOCK_BYTES, &bytes) == JZ_SCAN_FAULT) {
            return JZ_SCAN_FAULT;
        }
        if (!jz_format_is_zero(bytes, JZ_BLOCK_BYTES)) {
            *where = place;
            return JZ_SCAN_TORN;
        }
    }
    return JZ_SCAN_END;
}

/* All must be zero from the place to the end of the last segment. JZ_SCAN_END if so. */
static enum jz_scan_found expect_zeros(struct jz_scan *scan, struct jz_scan_place place)
{
    struct jz_scan_place where = place;

    for (;;) {
        const enum jz_scan_found found = look_for_bytes(scan, place, &where);
        if (found == JZ_SCAN_FAULT) {
            return found;
        }
        if (found == JZ_SCAN_TORN) {
            return damage(scan, where, "there are bytes behind the place where the journal ends");
        }
        if (place.segment == scan->segments) {
            return JZ_SCAN_END;
        }
        place = (struct jz_scan_place){.segment = place.segment + 1, .offset = 0};
    }
}

/* The extent at the place was being written when a crash came, if all behind it is zero. */
static enum jz_scan_found judge_torn(struct jz_scan *scan, struct jz_scan_place place,
                                     uint64_t bytes)
{
    const uint64_t left = scan->home->segment_bytes - place.offset;
    const uint64_t extent = bytes < left ? bytes : left;
    const struct jz_scan_place behind = {place.segment, place.offset + extent};

    if (expect_zeros(scan, behind) == JZ_SCAN_FAULT) {
        return JZ_SCAN_FAULT;
    }
    scan->torn = place;
    scan->torn_bytes = extent;
    return JZ_SCAN_TORN;
}

/* Looks for the header of a batch that was begun after the one at the place was acknowledged.
 * JZ_SCAN_END if there is none. A torn batch of records that look like such a header, with our id
 * and a right CRC32C at the start of a block, would be refused too: that loses nothing. */
static enum jz_scan_found expect_no_later_batch(struct jz_scan *scan, struct jz_scan_place place)
{
    const uint64_t left = scan->home->segment_bytes - place.offset;
    const uint64_t end =
        place.offset + (left < JZ_BATCH_BYTES_MAX ? left : (uint64_t)JZ_BATCH_BYTES_MAX);
    struct jz_scan_place at = place;
    const unsigned char *sector = NULL;
    struct jz_format_header header;

    for (at.offset += JZ_BLOCK_BYTES; at.offset < end; at.offset += JZ_BLOCK_BYTES) {
        if (view(scan, at, JZ_BLOCK_BYTES, &sector) == JZ_SCAN_FAULT) {
            return JZ_SCAN_FAULT;
        }
        if (jz_format_judge_header(sector, &header) == JZ_FORMAT_GOOD &&
            memcmp(&header.cluster, &scan->home->cluster, sizeof(header.cluster)) == 0 &&
            header.batch > scan->tail.batch + 1) {
            return damage(scan, place, "a batch is missing here, and later ones are there");
        }
    }
    return JZ_SCAN_END;
}

/* NULL if a good header is the next link of the chain, else what is wrong with it. */
static const char *find_broken_link(const struct jz_scan *scan, struct jz_scan_place place,
                                    const struct jz_format_header *header)
{
    const struct jz_log_tail *tail = &scan->tail;

    if (header->batch != tail->batch + 1) {
        return "the batch here does not have the next number";
    }
    if (header->first_seq != tail->sequence + 1) {
        return "the batch here does not begin with the next sequence";
    }
    if (memcmp(&header->previous_hash, &tail->hash, sizeof(tail->hash)) != 0) {
        return "the batch here does not continue the chain of hashes";
    }
    if (header->epoch == 0 || header->epoch < tail->epoch) {
        return "the batch here is of an earlier epoch than the one before";
    }
    if (header->bytes > scan->home->segment_bytes - place.offset) {
        return "the batch here is longer than the rest of the segment";
    }
    return NULL;
}

/* Reads a batch whose header is good. */
static enum jz_scan_found read_batch(struct jz_scan *scan, struct jz_scan_place place,
                                     const struct jz_format_header *header)
{
    struct jz_sha256 sum;

    if (memcmp(&header->cluster, &scan->home->cluster, sizeof(header->cluster)) != 0) {
        return foreign(scan, place);
    }
    const char *broken = find_broken_link(scan, place, header);
    if (broken != NULL) {
        return damage(scan, place, broken);
    }
    if (view(scan, place, header->bytes, &scan->extent) == JZ_SCAN_FAULT) {
        return JZ_SCAN_FAULT;
    }
    switch (jz_format_judge_extent(scan->extent, header, scan->hash, &sum)) {
    case JZ_FORMAT_GOOD:
        break;
    case JZ_FORMAT_TORN:
        return judge_torn(scan, place, header->bytes);
    case JZ_FORMAT_ZERO:
    case JZ_FORMAT_BAD:
        return damage(scan, place, "the bytes of the batch here do not match their checksums");
    }
    scan->batch = place;
    scan->header = *header;
    scan->place = (struct jz_scan_place){place.segment, place.offset + header->bytes};
    scan->tail = (struct jz_log_tail){
        .sequence = header->first_seq + header->count - 1,
        .epoch = header->epoch,
        .batch = header->batch,
        .hash = sum,
    };
    return JZ_SCAN_BATCH;
}

/* Judges the header at the place and goes on from there. JZ_SCAN_END only says that the segment is
 * zero from here on. */
static enum jz_scan_found read_place(struct jz_scan *scan, struct jz_scan_place place)
{
    const unsigned char *sector = NULL;
    struct jz_format_header header;
    struct jz_scan_place where;

    if (view(scan, place, JZ_BLOCK_BYTES, &sector) == JZ_SCAN_FAULT) {
        return JZ_SCAN_FAULT;
    }
    switch (jz_format_judge_header(sector, &header)) {
    case JZ_FORMAT_GOOD:
        return read_batch(scan, place, &header);
    case JZ_FORMAT_ZERO:
        break;
    case JZ_FORMAT_TORN:
    case JZ_FORMAT_BAD:
        return damage(scan, place, "here stands neither a batch nor zeros");
    }
    const enum jz_scan_found found = look_for_bytes(scan, place, &where);
    if (found != JZ_SCAN_TORN) {
        return found;
    }
    if (expect_no_later_batch(scan, place) == JZ_SCAN_FAULT) {
        return JZ_SCAN_FAULT;
    }
    return judge_torn(scan, place, JZ_BATCH_BYTES_MAX);
}

enum jz_scan_found jz_scan_next(struct jz_scan *scan)
{
    struct jz_scan_place place = scan->place;
    enum jz_scan_found found = JZ_SCAN_END;

    if (scan->segments == 0) {
        return JZ_SCAN_END;
    }
    if (place.offset < scan->home->segment_bytes) {
        found = read_place(scan, place);
    }
    if (found == JZ_SCAN_END && place.segment < scan->segments) {
        place = (struct jz_scan_place){.segment = place.segment + 1, .offset = 0};
        found = read_place(scan, place);
    }
    if (found == JZ_SCAN_END && place.segment < scan->segments) {
        place = (struct jz_scan_place){.segment = place.segment + 1, .offset = 0};
        found = expect_zeros(scan, place);
    }
    return found;
}

int jz_scan_deliver(const struct jz_scan *scan, uint64_t from_seq, jz_log_record_fn take,
                    void *context)
{
    const unsigned char *next = scan->extent + JZ_FORMAT_HEADER_BYTES;

    for (uint32_t i = 0; i < scan->header.count; i++) {
        const struct jz_record *record = (const void *)next;
        const int status = record->sequence < from_seq ? JZ_OK : take(context, record);
        if (status != JZ_OK) {
            return status;
        }
        next += record->bytes;
    }
    return JZ_OK;
}

int jz_scan_again(struct jz_scan *scan)
{
    struct jz_sha256 sum;

    JZ_ASSERT(scan->tail.batch > 0);
    if (view(scan, scan->batch, scan->header.bytes, &scan->extent) == JZ_SCAN_FAULT) {
        return scan->status;
    }
    if (jz_format_judge_extent(scan->extent, &scan->header, scan->hash, &sum) != JZ_FORMAT_GOOD ||
        memcmp(&sum, &scan->tail.hash, sizeof(sum)) != 0) {
        (void)damage(scan, scan->batch, "the disk does not give the same bytes twice");
        return scan->status;
    }
    return JZ_OK;
}

/* Reads the first header of a segment; false in *has_batch if there is none that is good. */
static int peek_header(struct jz_scan *scan, uint32_t segment, struct jz_format_header *header,
                       bool *has_batch)
{
    const unsigned char *sector = NULL;
    const struct jz_scan_place start = {.segment = segment, .offset = 0};

    if (view(scan, start, JZ_BLOCK_BYTES, &sector) == JZ_SCAN_FAULT) {
        return scan->status;
    }
    *has_batch = jz_format_judge_header(sector, header) == JZ_FORMAT_GOOD;
    return JZ_OK;
}

int jz_scan_seek(struct jz_scan *scan, uint64_t sequence)
{
    struct jz_format_header header;
    bool has_batch = false;
    int status = JZ_OK;

    scan->read_bytes = JZ_BLOCK_BYTES;
    for (uint32_t segment = scan->segments; segment > 1 && status == JZ_OK; segment--) {
        status = peek_header(scan, segment, &header, &has_batch);
        if (status == JZ_OK && has_batch && header.first_seq <= sequence) {
            scan->place = (struct jz_scan_place){.segment = segment, .offset = 0};
            scan->tail = (struct jz_log_tail){
                .sequence = header.first_seq - 1,
                .epoch = header.epoch,
                .batch = header.batch - 1,
                .hash = header.previous_hash,
            };
            break;
        }
    }
    scan->read_bytes = JZ_SCAN_WINDOW_BYTES;
    return status;
}

int jz_scan_open(struct jz_scan *scan, const struct jz_scan_options *options)
{
    unsigned char *window = jz_memory_reserve(JZ_SCAN_WINDOW_BYTES);
    if (window == NULL) {
        return JZ_ENOMEM;
    }
    *scan = (struct jz_scan){
        .home = options->home,
        .directory = options->directory,
        .hash = options->hash,
        .segments = options->segments,
        .place = {.segment = 1, .offset = 0},
        .status = JZ_OK,
        .text = options->text,
        .window = window,
        .read_bytes = JZ_SCAN_WINDOW_BYTES,
        .fd = -1,
    };
    return JZ_OK;
}

void jz_scan_close(struct jz_scan *scan)
{
    if (scan->fd >= 0) {
        (void)close(scan->fd);
    }
    jz_memory_release(scan->window, JZ_SCAN_WINDOW_BYTES);
    *scan = (struct jz_scan){.fd = -1};
}
