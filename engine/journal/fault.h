/* fault.h - the fault that ends a journal's life: the first one stays, and says why.
 *
 * After a failed write or flush nobody knows what the disk has, and asking again gives false hope:
 * a second flush can succeed without having written what the first one lost. So there is no way
 * back but a restart, which reads the disk.
 *
 * Threads: any. Zeroed is no fault. Source: A. Rebello et al., "Can Applications Recover from fsync
 * Failures?", USENIX ATC 2020.
 */
#ifndef JZ_JOURNAL_FAULT_H
#define JZ_JOURNAL_FAULT_H

#include "engine/journal/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Fields are private to fault.c. */
struct jz_fault {
    _Atomic uint32_t state;
    char text[JZ_TEXT_BYTES];
};

/* Makes this the fault if there is none yet: the line, and behind it what errno means. */
void jz_fault_set(struct jz_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool jz_fault_is_set(const struct jz_fault *fault);

/* Why; "" while there is no fault. Waits for the text if another thread is about to set it. Good as
 * long as the struct. */
const char *jz_fault_text(const struct jz_fault *fault);

#endif /* JZ_JOURNAL_FAULT_H */
