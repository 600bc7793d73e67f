/* What the journal has acknowledged survives the death of its process; what it has not is wholly
 * there or wholly absent.
 *
 * Method: a child appends batches, says through a pipe what it is about to append and what was
 * acknowledged, and is killed with SIGKILL: at a random moment, or by the shim just before a chosen
 * step. Then the journal is opened here and must end at one of the two. Half of the random rounds
 * run over the shim, where everything that was not flushed dies with the process, in pieces too. A
 * last test shows that the same rounds find a journal that does not flush.
 *
 * The random rounds take a seed as the only argument, and print it first.
 */
#include "engine/base/limits.h"
#include "engine/journal/journal.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/scribe.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 60,
    ROUNDS_A_DIRECTORY = 6,
    FOR_EVER = 1000000,
    TEXT_BYTES = 64,
};

/* What the child says: the journal holds up to acknowledged, and goes on to tried. */
struct word {
    uint64_t acknowledged_seq;
    uint64_t tried_seq;
};

/* How a child runs. */
struct setting {
    bool over_shim;
    bool holds_nothing; /* the shim only counts steps */
    bool tears;
    bool never_flushes;
    bool buffered;
    uint32_t batches; /* to append; then it ends by itself */
    uint64_t kill_at; /* step; 0: none */
    uint64_t seed;    /* of the batches; 0: any */
};

static struct jz_scribe scribe;
static struct jz_journal journal;
static uint64_t random_state;
static uint64_t torn_count;

static uint64_t next_random(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

/* ---- the child ------------------------------------------------------------------------------- */

static void *make_segments(void *context)
{
    struct pollfd wake = {.fd = jz_journal_wake_fd(&journal), .events = POLLIN};
    uint64_t wakes = 0;

    (void)context;
    for (;;) {
        (void)poll(&wake, 1, -1);
        (void)!read(wake.fd, &wakes, sizeof(wakes));
        while (jz_journal_prepare(&journal) == 1) {
        }
    }
    return NULL;
}

static void say(int fd, uint64_t acknowledged_seq, uint64_t tried_seq)
{
    const struct word word = {acknowledged_seq, tried_seq};
    if (write(fd, &word, sizeof(word)) != (ssize_t)sizeof(word)) {
        _exit(3);
    }
}

/* Appends batches of random shape. argv: child DIRECTORY FD BUFFERED BATCHES SEED */
static int be_the_child(char **argv)
{
    const int fd = (int)strtol(argv[3], NULL, 10);
    const uint64_t batches = strtoull(argv[5], NULL, 10);
    struct jz_journal_report report;
    pthread_t thread;

    random_state = strtoull(argv[6], NULL, 10);
    scribe =
        (struct jz_scribe){.segment_bytes = JZ_SCRIBE_SEGMENT_BYTES, .buffered = argv[4][0] == '1'};
    (void)snprintf(scribe.directory, sizeof(scribe.directory), "%s", argv[2]);
    if (jz_batch_open(&scribe.batch, JZ_SCRIBE_SEGMENT_BYTES) != JZ_OK ||
        jz_scribe_try_open(&scribe, &journal, &report) != JZ_OK) {
        (void)fprintf(stderr, "child: %s\n", report.message);
        return 1;
    }
    if (batches == FOR_EVER && pthread_create(&thread, NULL, make_segments, NULL) != 0) {
        return 1;
    }
    uint64_t last_seq = report.last_seq;
    say(fd, last_seq, last_seq);
    for (uint64_t i = 0; i < batches; i++) {
        const uint32_t count = 1 + (uint32_t)next_random(30);
        const uint32_t bytes = 64 * (2 + (uint32_t)next_random(40));
        jz_scribe_gather(&scribe, last_seq + 1, count, bytes, next_random(3) == 0);
        say(fd, last_seq, last_seq + count);
        if (jz_log_append_if(&journal.log, last_seq, JZ_SCRIBE_EPOCH, &scribe.batch) !=
            JZ_APPEND_OK) {
            (void)fprintf(stderr, "child: %s\n", jz_journal_message(&journal));
            return 1;
        }
        last_seq += count;
        say(fd, last_seq, last_seq);
    }
    jz_journal_close(&journal);
    return 0;
}

static void set_shim(const struct setting *setting)
{
    char number[TEXT_BYTES];
    char steps[2 * JZ_SCRIBE_PATH_BYTES];

    (void)setenv("LD_PRELOAD", JZ_SHIM_PATH, 1);
    (void)setenv("JZ_SHIM_DIRECTORY", scribe.directory, 1);
    (void)snprintf(steps, sizeof(steps), "%s/steps", scribe.root);
    (void)setenv("JZ_SHIM_STEPS", steps, 1);
    if (setting->holds_nothing) {
        (void)setenv("JZ_SHIM_HOLD", "0", 1);
    }
    if (setting->never_flushes) {
        (void)setenv("JZ_SHIM_NO_FLUSH", "1", 1);
    }
    if (setting->tears) {
        (void)snprintf(number, sizeof(number), "%" PRIu64, next_random(1000000));
        (void)setenv("JZ_SHIM_TEAR", number, 1);
    }
    if (setting->kill_at != 0) {
        (void)snprintf(number, sizeof(number), "%" PRIu64, setting->kill_at);
        (void)setenv("JZ_SHIM_KILL_AT", number, 1);
    }
}

/* Starts a child whose words come out of *words. */
static pid_t start_child(const struct setting *setting, int *words)
{
    int ends[2];
    char fd[TEXT_BYTES];
    char batches[TEXT_BYTES];
    char seed[TEXT_BYTES];

    assert_int_equal(pipe(ends), 0);
    (void)snprintf(fd, sizeof(fd), "%d", ends[1]);
    (void)snprintf(batches, sizeof(batches), "%u", setting->batches);
    (void)snprintf(seed, sizeof(seed), "%" PRIu64,
                   setting->seed != 0 ? setting->seed : next_random(1u << 30));
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        if (setting->over_shim) {
            set_shim(setting);
        }
        (void)execl("/proc/self/exe", "crash_journal", "child", scribe.directory, fd,
                    setting->buffered ? "1" : "0", batches, seed, (char *)NULL);
        _exit(4);
    }
    assert_int_equal(close(ends[1]), 0);
    *words = ends[0];
    return child;
}

/* ---- killing and looking --------------------------------------------------------------------- */

static void sleep_us(uint64_t microseconds)
{
    const struct timespec span = {.tv_sec = 0, .tv_nsec = (long)microseconds * 1000};
    (void)nanosleep(&span, NULL);
}

/* All words that the child has said; the last one counts. Nothing said: nothing acknowledged. */
static struct word hear(int words)
{
    struct word last = {0, 0};
    struct word word;
    while (read(words, &word, sizeof(word)) == (ssize_t)sizeof(word)) {
        last = word;
    }
    assert_int_equal(close(words), 0);
    return last;
}

/* The end of the child: killed, or 0 if it ended by itself and all was well. */
static int end_of(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        return 0;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return SIGKILL;
}

/* Opens the journal here, where nothing is held back, and returns its last sequence. */
static uint64_t look(void)
{
    struct jz_journal_report report;
    const int status = jz_scribe_try_open(&scribe, &journal, &report);
    if (status != JZ_OK) {
        fail_msg("the journal does not open: %s", report.message);
    }
    torn_count += report.was_torn ? 1 : 0;
    jz_journal_close(&journal);
    assert_int_equal(report.last_seq, scribe.read_seq);
    return report.last_seq;
}

static bool is_kept(struct word word, uint64_t last_seq)
{
    return last_seq == word.acknowledged_seq || last_seq == word.tried_seq;
}

static void must_be_kept(struct word word, uint64_t last_seq)
{
    if (!is_kept(word, last_seq)) {
        fail_msg("acknowledged up to %" PRIu64 ", tried %" PRIu64 ", found %" PRIu64,
                 word.acknowledged_seq, word.tried_seq, last_seq);
    }
}

/* Lets a child append until it is killed: within its start, or some time after its first word. */
static struct word kill_at_random(const struct setting *setting)
{
    int words = -1;
    const pid_t child = start_child(setting, &words);
    if (next_random(4) != 0) {
        struct pollfd first = {.fd = words, .events = POLLIN};
        assert_int_equal(poll(&first, 1, 20000), 1);
    }
    sleep_us(next_random(20000));
    assert_int_equal(kill(child, SIGKILL), 0);
    const struct word word = hear(words);
    assert_int_equal(end_of(child), SIGKILL);
    return word;
}

/* Lets a child append a few batches, or die at the step of the setting. Returns how it ended. */
static int run_to_step(const struct setting *setting, struct word *word)
{
    int words = -1;
    const pid_t child = start_child(setting, &words);
    *word = hear(words);
    return end_of(child);
}

static void begin_directory(void)
{
    jz_scribe_deinit(&scribe);
    jz_scribe_init(&scribe);
}

static int begin(void **state)
{
    (void)state;
    jz_scribe_init(&scribe);
    torn_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    jz_scribe_deinit(&scribe);
    return 0;
}

/* Steps that a child takes which ends by itself. */
static uint64_t count_steps(const struct setting *setting)
{
    char path[2 * JZ_SCRIBE_PATH_BYTES];
    unsigned long long steps = 0;
    struct word word;

    assert_int_equal(run_to_step(setting, &word), 0);
    must_be_kept(word, look());
    (void)snprintf(path, sizeof(path), "%s/steps", scribe.root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu", &steps), 1);
    assert_int_equal(fclose(file), 0);
    return steps;
}

/* ---- stories --------------------------------------------------------------------------------- */

static void what_was_acknowledged_survives_kill_9_at_any_moment(void **state)
{
    (void)state;
    const struct setting settings[] = {
        {.batches = FOR_EVER},
        {.batches = FOR_EVER, .over_shim = true},
        {.batches = FOR_EVER, .buffered = true},
        {.batches = FOR_EVER, .over_shim = true, .tears = true},
        {.batches = FOR_EVER},
        {.batches = FOR_EVER, .over_shim = true, .buffered = true, .tears = true},
    };
    uint64_t acknowledged = 0;

    for (int round = 0; round < ROUNDS; round++) {
        if (round % ROUNDS_A_DIRECTORY == 0) {
            begin_directory();
        }
        const struct word word = kill_at_random(&settings[round % 6]);
        const uint64_t last_seq = look();
        if (word.tried_seq > 0) { /* else it was killed before it had read what is there */
            must_be_kept(word, last_seq);
        }
        acknowledged += word.acknowledged_seq;
    }
    assert_true(acknowledged > 0);
    print_message("%d rounds, %" PRIu64 " torn ends mended\n", ROUNDS, torn_count);
}

/* Kills a first start and the first appends at every step from `from` on, `stride` apart. */
static void kill_at_steps(struct setting setting, uint64_t from, uint64_t stride)
{
    struct word word;

    begin_directory();
    setting.seed = 1 + next_random(1u << 30); /* each run takes the same steps */
    const uint64_t steps = count_steps(&setting);
    assert_true(steps > 10);
    for (setting.kill_at = from; setting.kill_at <= steps; setting.kill_at += stride) {
        begin_directory();
        assert_int_equal(run_to_step(&setting, &word), SIGKILL);
        must_be_kept(word, look());
        jz_scribe_open(&scribe, &journal, scribe.read_seq); /* and goes on */
        jz_scribe_append(&scribe, &journal, 3, 128);
        jz_journal_close(&journal);
    }
    print_message("%" PRIu64 " steps, every %" PRIu64 ". from %" PRIu64 " on, %" PRIu64 " torn\n",
                  steps, stride, from, torn_count);
}

static void a_first_start_killed_at_any_step_goes_on_at_the_next(void **state)
{
    (void)state;
    kill_at_steps((struct setting){.over_shim = true, .batches = 3}, 1, 1);
    kill_at_steps((struct setting){.over_shim = true, .batches = 3, .buffered = true}, 1, 1);
    kill_at_steps((struct setting){.over_shim = true, .batches = 3, .holds_nothing = true}, 1, 1);
}

static void a_first_start_killed_between_two_sectors_goes_on_at_the_next(void **state)
{
    (void)state;
    kill_at_steps((struct setting){.over_shim = true, .batches = 1, .tears = true}, 1, 97);
}

static void an_append_killed_between_any_two_sectors_is_there_or_absent(void **state)
{
    (void)state;
    struct setting setting = {.over_shim = true, .batches = 1, .tears = true};
    struct word word;

    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 10, 128);
    jz_journal_close(&journal);
    int ended = SIGKILL;
    uint64_t last_seq = 10;
    for (setting.kill_at = 1; last_seq == 10; setting.kill_at++) {
        ended = run_to_step(&setting, &word);
        last_seq = look();
        must_be_kept(word.tried_seq == 0 ? (struct word){10, 10} : word, last_seq);
        assert_true(ended == SIGKILL || last_seq > 10);
    }
    assert_true(torn_count > 0);
    print_message("%" PRIu64 " steps, %" PRIu64 " torn\n", setting.kill_at - 2, torn_count);
}

static void mending_killed_at_any_step_is_done_at_the_next_start(void **state)
{
    (void)state;
    struct setting setting = {.over_shim = true};
    struct word word;
    int ended = SIGKILL;

    jz_scribe_open(&scribe, &journal, 0);
    jz_scribe_append(&scribe, &journal, 10, 128);
    jz_scribe_append(&scribe, &journal, 100, 128);
    jz_journal_close(&journal);
    static unsigned char torn[JZ_SCRIBE_SEGMENT_BYTES];
    jz_scribe_zero_file(&scribe, jz_scribe_segment(1), 512, JZ_BLOCK_BYTES + 2048);
    jz_scribe_read_file(&scribe, jz_scribe_segment(1), torn, sizeof(torn), 0);
    for (int tears = 0; tears < 2; tears++) {
        setting.tears = tears == 1;
        ended = SIGKILL;
        for (setting.kill_at = 1; ended == SIGKILL; setting.kill_at++) {
            jz_scribe_write_file(&scribe, jz_scribe_segment(1), torn, sizeof(torn), 0);
            ended = run_to_step(&setting, &word);
            assert_int_equal(look(), 10);
        }
        assert_true(setting.kill_at > 5);
    }
}

static void the_same_rounds_find_a_journal_that_does_not_flush(void **state)
{
    (void)state;
    for (int buffered = 0; buffered < 2; buffered++) {
        const struct setting setting = {.over_shim = true,
                                        .never_flushes = true,
                                        .buffered = buffered == 1,
                                        .batches = FOR_EVER};
        begin_directory();
        jz_scribe_open(&scribe, &journal, 0);
        jz_scribe_append(&scribe, &journal, 10, 128);
        jz_journal_close(&journal);
        bool is_found = false;
        for (int round = 0; round < 10 && !is_found; round++) {
            const struct word word = kill_at_random(&setting);
            is_found = word.tried_seq > 0 && !is_kept(word, look());
        }
        assert_true(is_found);
    }
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "child") == 0) {
        return be_the_child(argv);
    }
    random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 "\n", random_state);
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(what_was_acknowledged_survives_kill_9_at_any_moment),
        STORY(a_first_start_killed_at_any_step_goes_on_at_the_next),
        STORY(a_first_start_killed_between_two_sectors_goes_on_at_the_next),
        STORY(an_append_killed_between_any_two_sectors_is_there_or_absent),
        STORY(mending_killed_at_any_step_is_done_at_the_next_start),
        STORY(the_same_rounds_find_a_journal_that_does_not_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
