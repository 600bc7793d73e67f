/* A line of the log is one line, whoever writes it, and a process that fails says why once.
 *
 * Method: a child process whose stderr is a pipe; several threads that fail at the same moment.
 */
#include "engine/base/log.h"
#include "tests/support/cmocka.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 20, TEXT_BYTES = 4096 };

static pthread_barrier_t start;

static void *fail_at_once(void *number)
{
    (void)pthread_barrier_wait(&start);
    jz_log_fatal("thread failed number=%d", *(const int *)number);
}

_Noreturn static void fail_in_all_threads(void)
{
    static int numbers[THREADS];
    pthread_t threads[THREADS];
    (void)pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        (void)pthread_create(&threads[i], NULL, fail_at_once, &numbers[i]);
    }
    (void)pthread_join(threads[0], NULL);
    _exit(99); /* not reached */
}

/* Runs it in a child: what it wrote on stderr, and its exit code. */
static int run_child(void (*run)(void), char text[TEXT_BYTES])
{
    int ends[2];
    int status = 0;
    size_t used = 0;
    ssize_t count = 0;

    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        run();
    }
    assert_int_equal(close(ends[1]), 0);
    while ((count = read(ends[0], text + used, TEXT_BYTES - 1 - used)) > 0) {
        used += (size_t)count;
    }
    text[used] = '\0';
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void of_threads_that_fail_at_once_one_says_why(void **state)
{
    (void)state;
    char text[TEXT_BYTES];
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(run_child(fail_in_all_threads, text), 1);
        assert_non_null(strstr(text, ": thread failed number="));
        assert_string_equal(strchr(text, '\n'), "\n");
    }
}

_Noreturn static void write_long_line(void)
{
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    jz_log_line("%s", text);
    _exit(0);
}

static void a_line_that_is_too_long_is_cut_and_still_one_line(void **state)
{
    (void)state;
    char text[TEXT_BYTES];
    assert_int_equal(run_child(write_long_line, text), 0);
    assert_int_equal(strlen(text), 1001);
    assert_string_equal(strchr(text, '\n'), "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_threads_that_fail_at_once_one_says_why),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_still_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
