/* flow_file.h - a CSV file read line by line, packed with xz or not.
 *
 * The first bytes tell whether the file is packed. One line is in memory at a time: lines are at
 * most JZ_FLOW_LINE_BYTES - 1 long. A field is a run of characters between commas; there are no
 * quotes.
 */
#ifndef JZ_CLI_FLOW_FILE_H
#define JZ_CLI_FLOW_FILE_H

#include "jiaozi/status.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_FLOW_LINE_BYTES 1024u
#define JZ_FLOW_FIELDS_MAX 24u

struct jz_flow_file;

/* One line, cut at its commas. */
struct jz_flow_line {
    char *fields[JZ_FLOW_FIELDS_MAX]; /* NUL-terminated; good until the next line */
    uint32_t field_count;
    uint32_t number; /* of the line in the file, from 1 */
};

/* Opens a file and reads its first line, which must be the header. *file is the caller's to close
 * unless NULL, and tells the fault even if opening failed. JZ_ESYSTEM, JZ_ENOMEM, JZ_ECORRUPT. */
JZ_MUST_USE int jz_flow_file_open(const char *path, const char *header, struct jz_flow_file **file);

/* The next line; *has_line is false at the end. JZ_ESYSTEM: reading failed; JZ_ECORRUPT: damaged
 * packing, a line too long, or one with more fields than there is room for. */
JZ_MUST_USE int jz_flow_file_next(struct jz_flow_file *file, struct jz_flow_line *line,
                                  bool *has_line);

/* What went wrong, one sentence; the line at which the file stands. */
const char *jz_flow_file_fault(const struct jz_flow_file *file);
uint32_t jz_flow_file_line(const struct jz_flow_file *file);

/* How much of the stored bytes has been read, in thousandths. */
uint32_t jz_flow_file_permille(const struct jz_flow_file *file);

/* NULL is allowed. */
void jz_flow_file_close(struct jz_flow_file *file);

/* A field of decimal digits as a number; false if it is anything else or does not fit. */
JZ_MUST_USE bool jz_flow_file_number(const char *field, uint64_t *number);

#endif /* JZ_CLI_FLOW_FILE_H */
