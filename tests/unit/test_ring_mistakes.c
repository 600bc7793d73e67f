/* A ring that is called wrongly by our own side: the process stops rather than hand over rubbish.
 *
 * Method: each mistake is made in a child process, which must die of it.
 */
#include "engine/ring/ring.h"

#include "tests/support/cmocka.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNIT = JZ_RECORD_UNIT_BYTES, RING = JZ_RING_DATA_BYTES_MIN, ANA = 0, BO = 1 };

static struct jz_ring_control control;
static struct jz_ring_cursor cursors[2];
static alignas(64) unsigned char data[RING];
static const struct jz_ring_memory memory = {.control = &control, .data = data, .data_bytes = RING};
static struct jz_ring_writer writer;
static struct jz_ring_reader ana;

static int open_ring_for_ana(void **state)
{
    (void)state;
    const int status = jz_ring_writer_init(&writer, &memory);
    jz_ring_add_reader(&writer, ANA, &cursors[ANA]);
    jz_ring_reader_init(&ana, &memory, &cursors[ANA]);
    return status;
}

static void stops_the_process(void (*mistake)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        mistake();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void claim(uint32_t bytes)
{
    (void)jz_ring_claim(&writer, bytes);
}

static void claim_nothing(void)
{
    claim(0);
}

static void claim_more_than_a_record(void)
{
    claim(JZ_RECORD_BYTES_MAX + UNIT);
}

static void claim_half_a_unit(void)
{
    claim(UNIT + UNIT / 2);
}

static void a_claim_of_no_record_stops_the_process(void **state)
{
    (void)state;
    stops_the_process(claim_nothing);
    stops_the_process(claim_more_than_a_record);
    stops_the_process(claim_half_a_unit);
}

static void claim_twice(void)
{
    claim(UNIT);
    claim(UNIT);
}

static void a_second_claim_before_the_commit_stops_the_process(void **state)
{
    (void)state;
    stops_the_process(claim_twice);
}

/* Claims two units, writes a header, and commits. */
static void commit(struct jz_record header, uint32_t bytes)
{
    struct jz_record *record = jz_ring_claim(&writer, 2 * UNIT);
    *record = header;
    jz_ring_commit(&writer, bytes);
}

static void commit_what_was_not_claimed(void)
{
    jz_ring_commit(&writer, UNIT);
}

static void commit_more_than_was_claimed(void)
{
    commit((struct jz_record){.bytes = 3 * UNIT, .kind = 1}, 3 * UNIT);
}

static void commit_another_length_than_the_record_says(void)
{
    commit((struct jz_record){.bytes = UNIT, .kind = 1}, 2 * UNIT);
}

static void commit_padding(void)
{
    commit((struct jz_record){.bytes = UNIT, .kind = JZ_RECORD_PAD}, UNIT);
}

static void a_commit_that_does_not_fit_its_record_stops_the_process(void **state)
{
    (void)state;
    stops_the_process(commit_what_was_not_claimed);
    stops_the_process(commit_more_than_was_claimed);
    stops_the_process(commit_another_length_than_the_record_says);
    stops_the_process(commit_padding);
}

static void advance_without_a_peek(void)
{
    jz_ring_advance(&ana);
}

static void a_step_over_an_unseen_record_stops_the_process(void **state)
{
    (void)state;
    stops_the_process(advance_without_a_peek);
}

static void add_a_reader_in_a_taken_place(void)
{
    jz_ring_add_reader(&writer, ANA, &cursors[BO]);
}

static void add_a_reader_too_many(void)
{
    jz_ring_add_reader(&writer, JZ_RING_READERS_MAX, &cursors[BO]);
}

static void drop_a_reader_that_is_not_there(void)
{
    jz_ring_drop_reader(&writer, BO);
}

static void a_wrong_place_stops_the_process(void **state)
{
    (void)state;
    stops_the_process(add_a_reader_in_a_taken_place);
    stops_the_process(add_a_reader_too_many);
    stops_the_process(drop_a_reader_that_is_not_there);
}

#define OPEN(test) cmocka_unit_test_setup(test, open_ring_for_ana)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(a_claim_of_no_record_stops_the_process),
        OPEN(a_second_claim_before_the_commit_stops_the_process),
        OPEN(a_commit_that_does_not_fit_its_record_stops_the_process),
        OPEN(a_step_over_an_unseen_record_stops_the_process),
        OPEN(a_wrong_place_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
