/* An orderly stop, also under load, loses nothing: what was acknowledged is there, the digest that
 * the last line gives is that of --digest and of the next start, and what was not answered is done
 * once when it is sent again.
 *
 * Method: a real jiaozid; a client of libjiaozi that keeps its window full, so that some commands
 * are in each part of the way when the signal comes.
 */
#include "tests/e2e/house.h"
#include "tests/e2e/run.h"
#include "tests/support/cmocka.h"
#include "tests/support/raw.h"

#include "jiaozi/client.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WINDOW = 256,
    BEFORE = 1500, /* commands answered before the signal comes */
    MOST = 12000,  /* commands in all */
    WAIT_MS = 10000,
    STOP_MS_MAX = 4000, /* that peers who do not read can delay a stop */
};

static struct house house;
static struct guest *const ana = &house.ana;
static struct run run;

static struct {
    struct jz_client *client;
    uint64_t sent;
    uint64_t answered;
    uint64_t refused;
    uint64_t acknowledged_seq;
} load;

static int open_house(void **state)
{
    (void)state;
    house_open(&house, NULL);
    load.client = NULL;
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    jz_client_destroy(load.client);
    house_close(&house);
    return 0;
}

/* ---- load --------------------------------------------------------------------------------------
 */

static void on_answer(void *context, const struct jz_answer *answer)
{
    (void)context;
    load.answered++;
    load.refused += answer->result != JZ_RESULT_DONE;
    load.acknowledged_seq =
        answer->seq > load.acknowledged_seq ? answer->seq : load.acknowledged_seq;
}

static void open_client(void)
{
    const struct jz_client_options options = {.struct_bytes = sizeof(options),
                                              .window = WINDOW,
                                              .requests = house.daemon.requests,
                                              .feed = house.daemon.feed,
                                              .on_answer = on_answer};
    memset(&load, 0, sizeof(load));
    assert_int_equal(jz_client_create(&options, &load.client), JZ_OK);
    assert_int_equal(jz_client_connect(load.client), JZ_OK);
}

/* Hands over orders that rest, until the window is full or all are sent. */
static void fill_window(void)
{
    while (jz_client_room(load.client) > 0 && load.sent < MOST) {
        const struct jz_command command = {.kind = JZ_COMMAND_PLACE_ORDER,
                                           .account = {16},
                                           .place = {.symbol = "BEANS/MILES",
                                                     .lots = 1,
                                                     .price = 500 + (load.sent % 400),
                                                     .side = JZ_SIDE_SELL}};
        load.sent++;
        assert_int_equal(jz_client_submit(load.client, &command, load.sent, NULL), JZ_OK);
    }
}

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000) + ((uint64_t)now.tv_nsec / 1000000);
}

/* Keeps the window full until so many are answered. */
static void serve_until(uint64_t answered)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;
    while (load.answered < answered && now_ms() < end_ms) {
        fill_window();
        assert_true(jz_client_poll(load.client, 1) >= 0);
    }
    assert_true(load.answered >= answered);
}

static bool has_ended(void)
{
    siginfo_t ended = {.si_pid = 0};
    assert_int_equal(waitid(P_PID, (id_t)house.daemon.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    return ended.si_pid != 0;
}

/* Goes on sending until jiaozid is gone. */
static void serve_until_end(void)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;
    while (!has_ended() && now_ms() < end_ms) {
        fill_window();
        assert_true(jz_client_poll(load.client, 1) >= 0);
    }
    assert_true(has_ended());
    while (jz_client_poll(load.client, 0) > 0) {
    }
}

/* ---- digests -----------------------------------------------------------------------------------
 */

/* What the last line said: its sequence and digest. */
static uint64_t stopped_at(char digest[33])
{
    const char *const line = strstr(house.daemon.said, "stopped sequence=");
    uint64_t sequence = 0;
    assert_non_null(line);
    assert_int_equal(
        sscanf(line, "stopped sequence=%" SCNu64 " digest=%32[0-9a-f]", &sequence, digest), 2);
    return sequence;
}

static void expect_offline_digest(uint64_t sequence, const char *digest)
{
    char expected[128];
    (void)snprintf(expected, sizeof(expected), "sequence %" PRIu64 "\nstate %s\n", sequence,
                   digest);
    run_jiaozid(&run, house.daemon.data, "--digest");
    assert_int_equal(run.exit_code, 0);
    assert_non_null(strstr(run.said, expected));
}

/* The state's digest and its sequence, as the exchange tells them. */
static uint64_t status_now(char digest[33])
{
    const struct jz_status_answer status = guest_status(ana);
    (void)snprintf(digest, 33, "%016" PRIx64 "%016" PRIx64, status.state_digest.word[0],
                   status.state_digest.word[1]);
    return ana->heard.reply.seq;
}

/* ---- stories -----------------------------------------------------------------------------------
 */

static void stop_under_load(int signal_number)
{
    char stopped[33];
    char again[33];
    open_client();
    serve_until(BEFORE);
    assert_int_equal(kill(house.daemon.pid, signal_number), 0);
    serve_until_end();
    assert_int_equal(jz_daemon_wait(&house.daemon), 0);
    const uint64_t sequence = stopped_at(stopped);
    assert_true(sequence >= load.acknowledged_seq);
    assert_true(jz_client_unanswered(load.client) > 0); /* it was under load */
    expect_offline_digest(sequence, stopped);

    /* The client comes back by itself, so the digest is asked for at a start that it cannot find.
     */
    char requests[JZ_DAEMON_ENDPOINT_MAX];
    (void)snprintf(requests, sizeof(requests), "%s", house.daemon.requests);
    (void)snprintf(house.daemon.requests, sizeof(house.daemon.requests), "tcp://127.0.0.1:*");
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    assert_int_equal(status_now(again), sequence);
    assert_string_equal(again, stopped);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);

    (void)snprintf(house.daemon.requests, sizeof(house.daemon.requests), "%s", requests);
    assert_true(jz_daemon_start(&house.daemon));
    serve_until(MOST);
    assert_int_equal(load.sent, MOST);
    assert_int_equal(load.answered, MOST);
    assert_int_equal(load.refused, 0);
    house_return(&house);
    assert_int_equal(guest_status(ana).live_orders, MOST); /* each once */
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
}

static void stopped_under_load_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    stop_under_load(SIGTERM);
}

static void interrupted_under_load_it_is_the_same(void **state)
{
    (void)state;
    stop_under_load(SIGINT);
}

static void the_digest_before_a_stop_is_that_after_the_next_start(void **state)
{
    (void)state;
    char before[33];
    char stopped[33];
    char after[33];
    for (int i = 0; i < 3; i++) {
        guest_expect_service(ana);
        const uint64_t sequence = status_now(before);
        assert_int_equal(jz_daemon_stop(&house.daemon), 0);
        assert_int_equal(stopped_at(stopped), sequence);
        assert_string_equal(stopped, before);
        expect_offline_digest(sequence, before);
        assert_true(jz_daemon_start(&house.daemon));
        house_return(&house);
        assert_int_equal(status_now(after), sequence);
        assert_string_equal(after, before);
    }
}

static void signals_that_come_twice_stop_it_once(void **state)
{
    (void)state;
    char stopped[33];
    guest_expect_service(ana);
    for (int i = 0; i < 20; i++) {
        (void)kill(house.daemon.pid, i % 2 == 0 ? SIGTERM : SIGHUP);
    }
    assert_int_equal(jz_daemon_wait(&house.daemon), 0);
    (void)stopped_at(stopped);
}

static void peers_that_do_nothing_cannot_delay_a_stop(void **state)
{
    (void)state;
    const int fds[] = {
        jz_raw_dial(house.daemon.requests),
        jz_raw_dial(house.daemon.feed),
        jz_raw_connect(house.daemon.requests, "DEALER", NULL),
        jz_raw_connect(house.daemon.feed, "SUB", NULL),
        jz_raw_connect(house.daemon.requests, "DEALER", NULL),
    };
    assert_true(jz_raw_part(fds[3], "\x01", 1, false));
    assert_true(jz_raw_say(fds[4], "'op': 'hello', 'ref': 1"));
    for (int i = 0; i < 5000; i++) { /* and read nothing of the answers */
        (void)jz_raw_say(fds[4], "'op': 'get_markets', 'ref': 1");
    }
    guest_expect_service(ana);
    const uint64_t begin_ms = now_ms();
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_in_range(now_ms() - begin_ms, 0, STOP_MS_MAX);
    assert_false(jz_daemon_said(&house.daemon, "killing it"));
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(stopped_under_load_nothing_acknowledged_is_lost),
        STORY(interrupted_under_load_it_is_the_same),
        STORY(the_digest_before_a_stop_is_that_after_the_next_start),
        STORY(signals_that_come_twice_stop_it_once),
        STORY(peers_that_do_nothing_cannot_delay_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
