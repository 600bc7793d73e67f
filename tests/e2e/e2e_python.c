/* The example client in Python does what it says against a real exchange, twice, and after the
 * gateway was killed in between.
 *
 * Method: the program itself, run by python3 of the distribution; skipped where pyzmq or msgpack
 * are not installed.
 */
#include "tests/support/cmocka.h"
#include "tests/support/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PYTHON "/usr/bin/python3"

static struct jz_daemon exchange;
static char said[16384];

/* Runs the example to its end, keeps what it said, and returns its exit status. */
static int run_example(void)
{
    char command[1024];
    (void)snprintf(command, sizeof(command),
                   "timeout 60 " PYTHON " " JZ_SOURCE_DIR "/clients/python/example.py %s %s 2>&1",
                   exchange.requests, exchange.feed);
    FILE *example = popen(command, "r");
    assert_non_null(example);
    const size_t bytes = fread(said, 1, sizeof(said) - 1, example);
    said[bytes] = '\0';
    const int status = pclose(example);
    if (status != 0) {
        print_message("%s", said);
    }
    return status;
}

static void assert_said(const char *text)
{
    assert_non_null(strstr(said, text));
}

static void the_example_trades_and_keeps_the_book(void **state)
{
    (void)state;
    assert_int_equal(run_example(), 0);
    assert_said("Bo's is filled");
    assert_said("a refusal is an answer: FUNDS");
    assert_said("trade 1: 10 lots at 32, 100 beans for 320 miles");
    assert_said("report 1 to 9001");
    assert_said("bids [(30, 5)], asks []; the exchange has the same");
}

static void the_example_goes_on_after_the_gateway_was_killed(void **state)
{
    (void)state;
    const pid_t gateway = jz_daemon_gateway(&exchange);
    assert_true(gateway > 0);
    assert_int_equal(kill(gateway, SIGKILL), 0);
    assert_int_equal(run_example(), 0);
    assert_said("trade 2: 10 lots at 32");
    assert_said("bids [(30, 10)], asks []; the exchange has the same");
}

static int start_exchange(void **state)
{
    (void)state;
    return !jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) || !jz_daemon_start(&exchange);
}

static int stop_exchange(void **state)
{
    (void)state;
    jz_daemon_destroy(&exchange);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_trades_and_keeps_the_book),
        cmocka_unit_test(the_example_goes_on_after_the_gateway_was_killed),
    };
    if (system(PYTHON " -c 'import msgpack, zmq' 2>/dev/null") != 0) {
        (void)fprintf(stderr, "skipped: python3 has no zmq or no msgpack\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, start_exchange, stop_exchange);
}
