/* wait.c - sleeping on an eventfd, and the flags that say so.
 *
 * wait.h has the argument. Its four steps are spread over two files: the positions are stored and
 * loaded in ring.c, the flags here, all of them sequentially consistent.
 */
#include "engine/ring/wait.h"

#include "jiaozi/status.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(sizeof(struct jz_wait_flag) == 128, "a flag keeps a pair of cache lines to itself");

int jz_wait_open(int *fd)
{
    const int opened = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (opened < 0) {
        return JZ_ESYSTEM;
    }
    *fd = opened;
    return JZ_OK;
}

void jz_wait_wake(int fd)
{
    const uint64_t one = 1;

    /* The only failure is a counter at its maximum: then the wake-up is there already. */
    const ssize_t written = write(fd, &one, sizeof(one));
    (void)written;
}

bool jz_wait_sleep(int fd, int timeout_ms)
{
    struct pollfd waited_for = {.fd = fd, .events = POLLIN};

    if (poll(&waited_for, 1, timeout_ms) <= 0) {
        return false;
    }
    uint64_t wakes_count = 0;
    return read(fd, &wakes_count, sizeof(wakes_count)) == (ssize_t)sizeof(wakes_count);
}

/* Seq_cst pairs with is_set() behind the other side's store of its position: without it the second
 * look could come before our flag is out, find nothing, and the other side find no flag. */
static void set(_Atomic uint32_t *waiting)
{
    atomic_store_explicit(waiting, 1, memory_order_seq_cst);
}

/* Relaxed: who still sees the old flag wakes us once too often, which harms nobody. */
static void clear(_Atomic uint32_t *waiting)
{
    atomic_store_explicit(waiting, 0, memory_order_relaxed);
}

/* Seq_cst pairs with set(): without it this look could come before the position that we stored is
 * out, find no flag, and the sleeper's second look find no position. */
static bool is_set(const _Atomic uint32_t *waiting)
{
    return atomic_load_explicit(waiting, memory_order_seq_cst) != 0;
}

void jz_wait_flag_set(struct jz_wait_flag *flag)
{
    set(&flag->waiting);
}

void jz_wait_flag_clear(struct jz_wait_flag *flag)
{
    clear(&flag->waiting);
}

bool jz_wait_flag_is_set(const struct jz_wait_flag *flag)
{
    return is_set(&flag->waiting);
}

void jz_ring_reader_waits(struct jz_ring_reader *reader)
{
    set(&reader->cursor->waiting);
}

bool jz_ring_reader_sees(struct jz_ring_reader *reader)
{
    return jz_ring_ready_bytes(reader) > 0 || reader->fault;
}

void jz_ring_reader_wakes(struct jz_ring_reader *reader)
{
    clear(&reader->cursor->waiting);
}

bool jz_ring_reader_is_waiting(const struct jz_ring_writer *writer, uint32_t place)
{
    return writer->cursors[place] != NULL && is_set(&writer->cursors[place]->waiting);
}

void jz_ring_writer_waits(struct jz_ring_writer *writer)
{
    set(&writer->memory.control->waiting);
}

bool jz_ring_writer_sees(struct jz_ring_writer *writer, uint32_t bytes)
{
    return jz_ring_can_claim(writer, bytes) || writer->fault != 0;
}

void jz_ring_writer_wakes(struct jz_ring_writer *writer)
{
    clear(&writer->memory.control->waiting);
}

bool jz_ring_writer_is_waiting(const struct jz_ring_reader *reader)
{
    return is_set(&reader->memory.control->waiting);
}
