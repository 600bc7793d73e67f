/* segment.h - one file of the journal: how it is made, named, opened and read.
 *
 *     0000000007.making      under way; deleted at the next start
 *     0000000007.segment     full length, zeroed, flushed, and its directory flushed: fit for use
 *
 * Numbers count from 1 without gaps. The name is given last, so a named segment of another length
 * was changed by somebody else. Making writes zeros for real: a file that is only reserved would
 * change the file system's own records at each append.
 *
 * Threads: any; calls on different segments do not meet. Errors leave errno as the system set it.
 */
#ifndef JZ_JOURNAL_SEGMENT_H
#define JZ_JOURNAL_SEGMENT_H

#include "jiaozi/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_SEGMENT_NAME_BYTES 24u

/* How a segment is opened. */
enum jz_segment_mode {
    JZ_SEGMENT_DIRECT = 1,   /* O_DIRECT | O_DSYNC: a write is durable when it returns */
    JZ_SEGMENT_BUFFERED = 2, /* jz_segment_write flushes with fdatasync */
    JZ_SEGMENT_READ = 3,     /* from the disk: O_DIRECT, or else without what the cache holds */
};

struct jz_segment_name {
    char text[JZ_SEGMENT_NAME_BYTES];
};

/* "0000000007.segment" */
struct jz_segment_name jz_segment_name(uint32_t number);

/* Highest number of the segments in the folder, 0 if there are none; *missing is the lowest number
 * below it that is not there, 0 if none is missing. Other names are not looked at. JZ_OK or
 * JZ_ESYSTEM. */
JZ_MUST_USE
int jz_segment_list(int folder, uint32_t *highest, uint32_t *missing);

/* Deletes what was under way when a process ended. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE
int jz_segment_sweep(int folder);

/* Makes a segment of this length (a multiple of JZ_BLOCK_BYTES). Blocks for as long as the disk
 * takes. JZ_OK, or JZ_ESYSTEM: it has no name then and takes no room. */
JZ_MUST_USE
int jz_segment_make(int folder, uint32_t number, uint64_t bytes);

/* Opens a named segment; its length goes to *bytes. JZ_OK; JZ_EINVAL if the file system knows no
 * O_DIRECT and the mode needs it; JZ_ESYSTEM. */
JZ_MUST_USE
int jz_segment_open(int folder, uint32_t number, enum jz_segment_mode mode, int *fd,
                    uint64_t *bytes);

/* Reads a piece whose offset and length are multiples of JZ_BLOCK_BYTES into page-aligned memory.
 * JZ_OK, or JZ_ESYSTEM, also where the file is shorter (errno EIO). */
JZ_MUST_USE
int jz_segment_read(int fd, void *bytes, size_t bytes_count, uint64_t offset);

/* Writes such a piece in one call and makes it durable. JZ_OK, or JZ_ESYSTEM: it may be there, in
 * part, or not. */
JZ_MUST_USE
int jz_segment_write(int fd, bool is_direct, const void *bytes, size_t bytes_count,
                     uint64_t offset);

#endif /* JZ_JOURNAL_SEGMENT_H */
