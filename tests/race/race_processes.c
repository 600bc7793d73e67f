/* Two processes over one memory file: the parent writes, the child reads. The child maps the file
 * once more, so at other addresses, and may write nothing but its cursor. Both sleep when they have
 * to wait. Every byte is checked in the child. A watchdog ends a process that sleeps for ever.
 */
#include "engine/ring/ring.h"
#include "engine/ring/wait.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"
#include "tests/race/records.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RING = JZ_RING_DATA_BYTES_MIN, READER = 0, WATCHDOG_S = 60 };
static const uint64_t records_max = 200 * 1000;

/* The file: | writer's page | reader's page | data |, as whole pages since rights are per page. */
enum { PAGE = 4096, CURSOR_AT = PAGE, DATA_AT = 2 * PAGE, FILE_BYTES = DATA_AT + RING };

static int memory_fd;
static int writer_fd; /* wakes the parent */
static int reader_fd; /* wakes the child */

static unsigned char *map(int offset, size_t bytes, int rights)
{
    void *address = mmap(NULL, bytes, rights, MAP_SHARED, memory_fd, offset);

    JZ_ASSERT(address != MAP_FAILED);
    return address;
}

/* The child. */
static void read_all(const unsigned char *data_of_parent)
{
    const struct jz_ring_memory memory = {
        .control = (void *)map(0, PAGE, PROT_READ),
        .data = map(DATA_AT, RING, PROT_READ),
        .data_bytes = RING,
    };
    struct jz_ring_reader reader;

    JZ_ASSERT(memory.data != data_of_parent);
    jz_ring_reader_init(&reader, &memory, (void *)map(CURSOR_AT, PAGE, PROT_READ | PROT_WRITE));
    for (uint64_t number = 1; number <= records_max;) {
        uint32_t bytes = 0;
        const struct jz_record *record = jz_ring_peek(&reader, &bytes);
        if (record != NULL) {
            JZ_ASSERT(is_record(record, bytes, number));
            jz_ring_advance(&reader);
            number++;
            continue;
        }
        jz_ring_release(&reader);
        if (jz_ring_writer_is_waiting(&reader)) {
            jz_wait_wake(writer_fd);
        }
        jz_ring_reader_waits(&reader);
        if (!jz_ring_reader_sees(&reader)) {
            (void)jz_wait_sleep(reader_fd, -1);
        }
        jz_ring_reader_wakes(&reader);
    }
    JZ_ASSERT(!reader.fault);
    jz_ring_release(&reader);
}

static void publish(struct jz_ring_writer *writer)
{
    jz_ring_publish(writer);
    if (jz_ring_reader_is_waiting(writer, READER)) {
        jz_wait_wake(reader_fd);
    }
}

/* The parent. */
static void write_all(struct jz_ring_writer *writer)
{
    for (uint64_t number = 1; number <= records_max;) {
        const uint32_t bytes = record_bytes(number);
        struct jz_record *record = jz_ring_claim(writer, bytes);
        if (record != NULL) {
            fill_record(record, number);
            jz_ring_commit(writer, bytes);
            number++;
            if (mix(number) % 5 == 0) {
                publish(writer);
            }
            continue;
        }
        publish(writer);
        jz_ring_writer_waits(writer);
        if (!jz_ring_writer_sees(writer, bytes)) {
            (void)jz_wait_sleep(writer_fd, -1);
        }
        jz_ring_writer_wakes(writer);
    }
    publish(writer);
}

int main(void)
{
    memory_fd = memfd_create("ring", MFD_CLOEXEC);
    JZ_ASSERT(memory_fd >= 0);
    const int truncate_error = ftruncate(memory_fd, FILE_BYTES);
    JZ_ASSERT(truncate_error == 0);
    const int writer_status = jz_wait_open(&writer_fd);
    const int reader_status = jz_wait_open(&reader_fd);
    JZ_ASSERT(writer_status == JZ_OK && reader_status == JZ_OK);

    struct jz_ring_writer writer;
    const struct jz_ring_memory memory = {
        .control = (void *)map(0, PAGE, PROT_READ | PROT_WRITE),
        .data = map(DATA_AT, RING, PROT_READ | PROT_WRITE),
        .data_bytes = RING,
    };
    const int status = jz_ring_writer_init(&writer, &memory);
    JZ_ASSERT(status == JZ_OK);
    jz_ring_add_reader(&writer, READER, (void *)map(CURSOR_AT, PAGE, PROT_READ | PROT_WRITE));

    const pid_t child = fork();
    JZ_ASSERT(child >= 0);
    (void)alarm(WATCHDOG_S); /* each process has its own */
    if (child == 0) {
        read_all(memory.data);
        _exit(0);
    }
    write_all(&writer);
    int exit_status = -1;
    const pid_t ended = waitpid(child, &exit_status, 0);
    JZ_ASSERT(ended == child);
    JZ_ASSERT(exit_status == 0);
    const uint64_t used_bytes = jz_ring_used_bytes(&writer);
    JZ_ASSERT(used_bytes == 0);
    return 0;
}
