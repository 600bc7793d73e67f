/* Nobody sleeps over work: two threads hand records to each other in bursts and go to sleep after
 * spinning for a random time, so that again and again one is about to sleep just when the other
 * hands something over. Nothing else ever wakes a sleeper, so a missed wake-up stays one: a
 * watchdog ends every sleep after a while, and if there is work then and the wake-up does not come
 * within the grace time either, it is counted.
 *
 * As it should be, that count is 0. Without the sleeper's second look (the protocol is in wait.h)
 * it must not be: that part runs until it sees one, which shows that the test can see them. With
 * the argument `sound` only the first half runs, for sanitizers and slow machines.
 */
#include "engine/ring/ring.h"
#include "engine/ring/wait.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"
#include "tests/race/records.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    RING = JZ_RING_DATA_BYTES_MIN,
    LONGEST = JZ_RECORD_BYTES_MAX,
    WATCHDOG_MS = 50,
    GRACE_MS = 2000, /* a waker may be off its processor between its store and its wake-up */
    SPINS_MAX = 1 << 15,
    USUAL_SPINS_MAX = 1 << 11,
    READER = 0, /* the place of the only reader of each ring */
    BURST = 1,  /* kinds of records */
    BURST_END = 2,
    STOP = 3
};
static const uint64_t sound_rounds_max = 60 * 1000;
static const uint64_t unsound_rounds_max = 1000 * 1000;

struct ring {
    struct jz_ring_control control;
    struct jz_ring_cursor cursor;
    alignas(64) unsigned char data[RING];
};

/* What one thread has. */
struct side {
    struct jz_ring_writer writer;
    struct jz_ring_reader reader;
    int fd;
    int fd_of_other;
    bool looks_twice;
    uint64_t random;
    uint64_t usual_spins;   /* that a wait took lately */
    uint64_t parks_count;   /* sleeps */
    uint64_t rescued_count; /* sleeps that the second look prevented */
};

static struct ring rings[2];
static struct side sides[2];
static cpu_set_t processors;          /* that this test may use */
static _Atomic uint64_t missed_count; /* sleeps over work, with no wake-up, by either side */

/* Puts the calling thread on a processor of its own, the first or the second that we may use, where
 * there are two: the scheduler likes to put threads that wake each other on the same one, and there
 * they never meet. */
static void take_processor(const struct side *side)
{
    uint32_t passed_count = 0;

    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &processors) && passed_count++ == side - sides) {
            cpu_set_t own;
            CPU_ZERO(&own);
            CPU_SET(i, &own);
            (void)sched_setaffinity(0, sizeof(own), &own);
        }
    }
}

static uint64_t draw(struct side *side)
{
    return side->random = mix(side->random);
}

/* A random number below 2^bits, small ones as often as large ones. */
static uint64_t draw_turns(struct side *side, uint32_t bits)
{
    return draw(side) & ((UINT64_C(1) << (draw(side) % (bits + 1))) - 1);
}

/* Does nothing for a random while. */
static void dawdle(struct side *side)
{
    const uint64_t turns = draw_turns(side, 10);

    for (volatile uint64_t i = 0; i < turns; i++) {
    }
}

/* How often to look before going to sleep: every other time for longer than a sleeper takes to wake
 * up, so that both sides are awake; else about as often as it took lately, so that the wait ends
 * just when the work comes. */
static uint64_t draw_spins(struct side *side)
{
    return draw(side) % 2 == 0 ? SPINS_MAX : draw(side) % (2 * side->usual_spins + 8);
}

static void learn_spins(struct side *side, uint64_t spins, bool has_found)
{
    if (!has_found && side->usual_spins < USUAL_SPINS_MAX) {
        side->usual_spins += side->usual_spins / 8 + 1;
    } else if (has_found && spins < USUAL_SPINS_MAX) {
        side->usual_spins = (3 * side->usual_spins + spins) / 4;
    }
}

/* Adds to the missed wake-ups and returns how many there were. Relaxed: it is only a count, and
 * must not lend its order to the protocol under test. */
static uint64_t count_missed(uint64_t more)
{
    return more == 0 ? atomic_load_explicit(&missed_count, memory_order_relaxed)
                     : atomic_fetch_add_explicit(&missed_count, more, memory_order_relaxed);
}

static void sleep_under_watch(struct side *side, bool (*sees)(struct side *side))
{
    side->parks_count++;
    bool woken = jz_wait_sleep(side->fd, WATCHDOG_MS);
    if (!woken && sees(side)) {
        woken = jz_wait_sleep(side->fd, GRACE_MS);
        (void)count_missed(woken ? 0 : 1);
    }
}

static bool sees_record(struct side *side)
{
    return jz_ring_reader_sees(&side->reader);
}

static bool sees_room(struct side *side)
{
    return jz_ring_writer_sees(&side->writer, LONGEST);
}

/* The reader's part of the protocol. */
static void park_for_record(struct side *side)
{
    dawdle(side);
    jz_ring_reader_waits(&side->reader);
    if (side->looks_twice && sees_record(side)) {
        side->rescued_count++;
    } else {
        sleep_under_watch(side, sees_record);
    }
    jz_ring_reader_wakes(&side->reader);
}

/* The writer's part of the protocol. */
static void park_for_room(struct side *side)
{
    dawdle(side);
    jz_ring_writer_waits(&side->writer);
    if (side->looks_twice && sees_room(side)) {
        side->rescued_count++;
    } else {
        sleep_under_watch(side, sees_room);
    }
    jz_ring_writer_wakes(&side->writer);
}

/* Spins for a record, then parks for it; returns its kind. It is stepped over, not released. */
static uint16_t await_record(struct side *side)
{
    for (;;) {
        const uint64_t spins_max = draw_spins(side);
        for (uint64_t spins = 0; spins <= spins_max; spins++) {
            uint32_t bytes = 0;
            const struct jz_record *record = jz_ring_peek(&side->reader, &bytes);
            if (record != NULL) {
                const uint16_t kind = record->kind;
                jz_ring_advance(&side->reader);
                learn_spins(side, spins, true);
                return kind;
            }
        }
        learn_spins(side, spins_max, false);
        park_for_record(side);
    }
}

/* The same for room. */
static void await_room(struct side *side)
{
    for (;;) {
        const uint64_t spins_max = draw_spins(side);
        for (uint64_t spins = 0; spins <= spins_max; spins++) {
            if (jz_ring_can_claim(&side->writer, LONGEST)) {
                learn_spins(side, spins, true);
                return;
            }
        }
        learn_spins(side, spins_max, false);
        park_for_room(side);
    }
}

static void write_record(struct side *side, uint16_t kind, uint32_t bytes)
{
    struct jz_record *record = jz_ring_claim(&side->writer, bytes);

    JZ_ASSERT(record != NULL);
    *record = (struct jz_record){.bytes = bytes, .kind = kind};
    jz_ring_commit(&side->writer, bytes);
}

static void publish(struct side *side)
{
    jz_ring_publish(&side->writer);
    if (jz_ring_reader_is_waiting(&side->writer, READER)) {
        jz_wait_wake(side->fd_of_other);
    }
}

static void release(struct side *side)
{
    jz_ring_release(&side->reader);
    if (jz_ring_writer_is_waiting(&side->reader)) {
        jz_wait_wake(side->fd_of_other);
    }
}

/* Sends one to three records, the last of them of this kind, published one by one or together. */
static void send_burst(struct side *side, uint16_t last_kind)
{
    dawdle(side);
    for (uint64_t i = draw(side) % 3; i > 0; i--) {
        write_record(side, BURST, JZ_RECORD_UNIT_BYTES);
        if (draw(side) % 2 == 0) {
            publish(side);
        }
    }
    write_record(side, last_kind, JZ_RECORD_UNIT_BYTES);
    publish(side);
}

static uint16_t take_burst(struct side *side)
{
    uint16_t kind = BURST;

    while (kind == BURST) {
        kind = await_record(side);
    }
    release(side);
    return kind;
}

/* Answers every burst with a burst. */
static void *answer_bursts(void *argument)
{
    struct side *side = argument;

    take_processor(side);
    while (take_burst(side) != STOP) {
        send_burst(side, BURST_END);
    }
    return NULL;
}

static uint64_t play_bursts(struct side *side, uint64_t rounds_max)
{
    uint64_t rounds = 0;

    for (; rounds < rounds_max && count_missed(0) == 0; rounds++) {
        send_burst(side, BURST_END);
        const uint16_t kind = take_burst(side);
        JZ_ASSERT(kind == BURST_END);
    }
    send_burst(side, STOP);
    return rounds;
}

/* Gives room back only when there is nothing left to read: that is the only wake-up that the writer
 * of a full ring gets. */
static void *empty_the_ring(void *argument)
{
    struct side *side = argument;

    take_processor(side);
    for (;;) {
        const uint16_t kind = await_record(side);
        if (kind == STOP) {
            return NULL;
        }
        if (jz_ring_ready_bytes(&side->reader) == 0) {
            dawdle(side);
            release(side);
        }
    }
}

/* Writes the longest records, four of which fill the ring. */
static uint64_t fill_the_ring(struct side *side, uint64_t rounds_max)
{
    uint64_t rounds = 0;

    for (; rounds < rounds_max && count_missed(0) == 0; rounds++) {
        await_room(side);
        write_record(side, BURST, LONGEST);
        publish(side);
    }
    await_room(side);
    write_record(side, STOP, LONGEST);
    publish(side);
    return rounds;
}

/* Side 0 writes ring 0 and reads ring 1, side 1 the other way round. */
static void open_sides(bool looks_twice_for_records, bool looks_twice_for_room)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct ring *ring = &rings[i];
        const struct jz_ring_memory memory = {
            .control = &ring->control, .data = ring->data, .data_bytes = RING};
        int status = jz_ring_writer_init(&sides[i].writer, &memory);
        JZ_ASSERT(status == JZ_OK);
        jz_ring_add_reader(&sides[i].writer, READER, &ring->cursor);
        jz_ring_reader_init(&sides[1 - i].reader, &memory, &ring->cursor);
        status = jz_wait_open(&sides[i].fd);
        JZ_ASSERT(status == JZ_OK);
        sides[i].random = i;
        sides[i].usual_spins = 0;
        sides[i].parks_count = 0;
        sides[i].rescued_count = 0;
        sides[i].looks_twice = looks_twice_for_records && looks_twice_for_room;
    }
    atomic_store_explicit(&missed_count, 0, memory_order_relaxed); /* no thread runs */
    /* The side that empties the ring is sound in any case: it is the writer whose look is tried. */
    sides[1].looks_twice = looks_twice_for_records;
    sides[0].fd_of_other = sides[1].fd;
    sides[1].fd_of_other = sides[0].fd;
}

static uint64_t run(const char *what, uint64_t (*lead)(struct side *side, uint64_t rounds_max),
                    void *(*follow)(void *side), uint64_t rounds_max)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, follow, &sides[1]);
    JZ_ASSERT(error == 0);
    const uint64_t rounds = lead(&sides[0], rounds_max);
    error = pthread_join(thread, NULL);
    JZ_ASSERT(error == 0);

    const uint64_t parks_count = sides[0].parks_count + sides[1].parks_count;
    const uint64_t missed = count_missed(0);
    (void)printf("%s: %" PRIu64 " rounds, %" PRIu64 " sleeps, %" PRIu64
                 " prevented by the second look, %" PRIu64 " wake-ups missed\n",
                 what, rounds, parks_count, sides[0].rescued_count + sides[1].rescued_count,
                 missed);
    (void)fflush(stdout);
    JZ_ASSERT(parks_count > 0);
    (void)close(sides[0].fd);
    (void)close(sides[1].fd);
    return missed;
}

int main(int argc, char **argv)
{
    const int error = sched_getaffinity(0, sizeof(processors), &processors);
    JZ_ASSERT(error == 0);
    take_processor(&sides[0]);

    open_sides(true, true);
    const uint64_t record_missed =
        run("a reader that looks twice", play_bursts, answer_bursts, sound_rounds_max);
    JZ_ASSERT(record_missed == 0);
    open_sides(true, true);
    const uint64_t room_missed =
        run("a writer that looks twice", fill_the_ring, empty_the_ring, sound_rounds_max);
    JZ_ASSERT(room_missed == 0);
    if (argc > 1 && strcmp(argv[1], "sound") == 0) {
        return 0;
    }

    open_sides(false, true);
    const uint64_t record_missed_by_one_look =
        run("a reader that looks once", play_bursts, answer_bursts, unsound_rounds_max);
    JZ_ASSERT(record_missed_by_one_look > 0);
    open_sides(true, false);
    const uint64_t room_missed_by_one_look =
        run("a writer that looks once", fill_the_ring, empty_the_ring, unsound_rounds_max);
    JZ_ASSERT(room_missed_by_one_look > 0);
    return 0;
}
