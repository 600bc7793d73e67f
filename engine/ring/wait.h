/* wait.h - how a thread that has nothing to do sleeps without missing the work that comes
 * meanwhile.
 *
 * A sleeper owns an eventfd, and each ring that can give it work has a `waiting` flag on the
 * sleeper's side of it (jz_ring_cursor.waiting for a reader, jz_ring_control.waiting for a writer
 * that needs room; struct jz_wait_flag for anything else). The protocol:
 *
 *     sleeper                             waker
 *       flag = 1          (seq_cst)         position = new    (seq_cst)
 *       look again        (seq_cst)         flag is 1?        (seq_cst)
 *       nothing: sleep on the eventfd       yes: write the eventfd
 *       flag = 0
 *
 * All four steps are sequentially consistent operations, so they have one total order that both
 * sides agree on: if the waker's look at the flag came before the sleeper's store, then the
 * position was stored before the sleeper's second look, which sees it. Without the second look a
 * record published between the sleeper's last peek and its store of the flag is slept over.
 *
 * No fences: the thread sanitizer does not model them, operations it does.
 */
#ifndef JZ_RING_WAIT_H
#define JZ_RING_WAIT_H

#include "engine/ring/ring.h"

#include <stdbool.h>
#include <stdint.h>

/* A flag for a condition that is no ring position, such as a new durable sequence. */
struct jz_wait_flag {
    alignas(128) _Atomic uint32_t waiting;
};

/* Sleeper: says that it is about to sleep; then looks again at its condition, with a seq_cst load.
 * The waker stores the condition seq_cst before it asks jz_wait_flag_is_set. */
void jz_wait_flag_set(struct jz_wait_flag *flag);
void jz_wait_flag_clear(struct jz_wait_flag *flag);
bool jz_wait_flag_is_set(const struct jz_wait_flag *flag);

/* Opens an eventfd to sleep on (close-on-exec, non-blocking). JZ_OK, or JZ_ESYSTEM with *fd
 * untouched. The caller ends it with close(). */
JZ_MUST_USE
int jz_wait_open(int *fd);

/* Wakes the thread that sleeps on fd, or lets its next sleep end at once. Never blocks. */
void jz_wait_wake(int fd);

/* Sleeps until woken or until timeout_ms has passed (-1: for ever), and takes all wake-ups that
 * came. Returns true if woken. A signal ends the sleep early, as if the time had passed. */
bool jz_wait_sleep(int fd, int timeout_ms);

/* Reader: says that it is about to sleep. Then look again with jz_ring_reader_sees. */
void jz_ring_reader_waits(struct jz_ring_reader *reader);

/* The look again: true if something is published behind the reader's position (or a fault). */
bool jz_ring_reader_sees(struct jz_ring_reader *reader);

/* Reader: is awake again, or found something on the second look. */
void jz_ring_reader_wakes(struct jz_ring_reader *reader);

/* Writer, after publish: true if the reader in this place said that it is about to sleep; then wake
 * it through its fd. */
bool jz_ring_reader_is_waiting(const struct jz_ring_writer *writer, uint32_t place);

/* The same for a writer that waits until a claim of bytes can succeed; a fault counts as seen, so
 * look at it before going to sleep again: no wake-up follows it. */
void jz_ring_writer_waits(struct jz_ring_writer *writer);
bool jz_ring_writer_sees(struct jz_ring_writer *writer, uint32_t bytes);
void jz_ring_writer_wakes(struct jz_ring_writer *writer);

/* Reader, after release: true if the writer said that it is about to sleep for room. */
bool jz_ring_writer_is_waiting(const struct jz_ring_reader *reader);

#endif /* JZ_RING_WAIT_H */
