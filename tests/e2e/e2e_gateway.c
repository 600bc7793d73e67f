/* A gateway that dies takes nothing with it: jiaozid goes on, a new gateway serves the same ports
 * with the same picture, and an answer meant for a peer of the old one reaches nobody. A jiaozid
 * that is killed takes its gateway with it, so that the next start finds its ports free.
 *
 * Method: a real jiaozid and SIGKILL, with orders under way.
 */
#include "tests/e2e/house.h"
#include "tests/e2e/run.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 1000, MOMENT_US = 5000, MOMENTS_MAX = 2000, KILLS = 5, SETTING = 78 };

static struct house house;
static struct guest *const ana = &house.ana;
static struct guest bo;

static int open_house(void **state)
{
    (void)state;
    house_open(&house, NULL);
    return 0;
}

/* One with a small event ring. */
static int open_small_house(void **state)
{
    (void)state;
    static const char *const options[] = {"--event-ring-bytes=1M", NULL};
    house_open(&house, options);
    const char *const mint = "'op': 'mint', 'account': 17, 'currency': 'MILES', 'amount': "
                             "100000000, 'source_id': 'rich'";
    assert_string_equal(guest_order(ana, mint), "ok");
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* Kills the gateway and waits until there is a new one. */
static void kill_gateway(void)
{
    const pid_t old = jz_daemon_gateway(&house.daemon);
    pid_t now = old;
    assert_true(old > 0);
    assert_int_equal(kill(old, SIGKILL), 0);
    for (int i = 0; i < MOMENTS_MAX && (now == old || now == 0); i++) {
        (void)usleep(MOMENT_US);
        now = jz_daemon_gateway(&house.daemon);
    }
    assert_true(now > 0 && now != old);
    assert_true(is_alive(house.daemon.pid));
}

/* Packs a batch of Ana's orders: sells at rising prices, from this nonce on. */
static size_t pack_orders(uint8_t *batch, size_t room, uint64_t first)
{
    size_t used = 3;
    jz_message_array(batch, BATCH);
    for (uint32_t i = 0; i < BATCH; i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "{'v': 1, 'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 16, "
                       "'symbol': 'BEANS/MILES', 'side': 'sell', 'lots': %u, 'price': %u}",
                       first + i, 1 + (i % 3), 1 + i);
        used += jz_packed_text(text, batch + used, room - used);
    }
    return used;
}

static uint8_t batch[JZ_WIRE_MESSAGE_BYTES_MAX];
static char shown[2][JZ_WIRE_MESSAGE_BYTES_MAX];

/* The answer to a query as text. */
static void show_answer(const char *query, char *text, size_t room)
{
    struct jz_socket_message message;
    guest_say(ana, query);
    int status = JZ_EAGAIN;
    for (int i = 0; i < 100 && status == JZ_EAGAIN; i++) {
        struct jz_socket_wait wait = {.socket = &ana->socket};
        assert_int_equal(jz_socket_poll(&wait, 1, 100), JZ_OK);
        status = jz_socket_receive(&ana->socket, &ana->frame, &message);
    }
    assert_int_equal(status, JZ_OK);
    assert_true(jz_packed_show(message.body, message.body_bytes, 0, text, room));
}

/* ---- the gateway -------------------------------------------------------------------------------
 */

static void a_new_gateway_has_the_picture_of_the_old_one(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "'op': 'get_book', 'ref': 1, 'symbol': 'BEANS/MILES'",
        "'op': 'get_book', 'ref': 1, 'symbol': 'STARS/MILES'",
        "'op': 'get_markets', 'ref': 1",
        "'op': 'get_status', 'ref': 1, 'digest': true",
    };
    static const char *const listing[] = {
        "'op': 'put_currency', 'code': 'STARS'",
        "'op': 'put_market', 'base': 'STARS', 'quote': 'MILES', 'base_lot': 1, 'tick': 5",
        "'op': 'place_order', 'account': 17, 'symbol': 'STARS/MILES', 'side': 'buy', 'lots': 7, "
        "'price': 25",
    };
    for (size_t i = 0; i < sizeof(listing) / sizeof(listing[0]); i++) {
        assert_string_equal(guest_order(ana, listing[i]), "ok");
    }
    guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), ana->nonce + 1));
    for (uint32_t i = 0; i < BATCH; i++) {
        assert_string_equal(guest_verdict(ana), "ok");
    }
    ana->nonce += BATCH;
    guest_expect_service(ana); /* somebody has traded, too */
    const uint64_t nonce = ana->nonce;
    char requests[JZ_DAEMON_ENDPOINT_MAX];
    (void)snprintf(requests, sizeof(requests), "%s", house.daemon.requests);

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        show_answer(queries[i], shown[0], sizeof(shown[0]));
        kill_gateway();
        house_return(&house); /* at the same port, on the same lane */
        assert_int_equal(ana->nonce, nonce);
        show_answer(queries[i], shown[1], sizeof(shown[1]));
        assert_string_equal(shown[1], shown[0]);
    }
    guest_expect_service(ana);
    assert_int_equal(house.daemon.pid, house.pid);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_true(jz_daemon_said(&house.daemon, "the gateway ended (signal 9)"));
}

static void what_the_old_gateway_was_asked_is_answered_to_nobody_else(void **state)
{
    (void)state;
    const uint64_t first = ana->nonce + 1;
    guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), first));
    (void)guest_hear(ana, GUEST_WAIT_MS); /* the first answer: the others are under way */
    kill_gateway();

    house_return(&house);
    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "'lane': 33, 'accounts': [16]");
    assert_null(guest_hear(&bo, 5 * GUEST_QUIET_MS)); /* neither replies nor reports */
    assert_null(guest_hear(ana, 0));                  /* not even to her on her lane */

    guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), first));
    uint32_t anew = 0;
    for (uint32_t i = 0; i < BATCH; i++) {
        const char *const verdict = guest_verdict(ana);
        anew += strcmp(verdict, "ok") == 0;
        assert_int_equal(strncmp(verdict, "ok", 2), 0);
    }
    ana->nonce = first + BATCH - 1;
    assert_int_equal(guest_status(ana).live_orders, BATCH); /* each once, at whichever time */
    assert_in_range(anew, 0, BATCH - 1);
    guest_leave(&bo);
}

static void a_gateway_that_dies_again_and_again_comes_back_each_time(void **state)
{
    (void)state;
    for (int i = 0; i < KILLS - 1; i++) {
        kill_gateway();
    }
    house_return(&house);
    guest_expect_service(ana);
    assert_int_equal(house.daemon.pid, house.pid);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
}

/* Ten thousand orders of Ana rest, one of Bo takes them all: its events are more than the ring
 * holds. The gateway stands still as soon as it must have passed that order on. */
static void stand_still_during_a_sweep(useconds_t pause_us)
{
    for (int i = 0; i < 10; i++) {
        guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), ana->nonce + 1));
        for (uint32_t j = 0; j < BATCH; j++) {
            assert_string_equal(guest_verdict(ana), "ok");
        }
        ana->nonce += BATCH;
    }
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 17, 'symbol': "
                   "'BEANS/MILES', 'side': 'buy', 'lots': 20000, 'price': 1000, "
                   "'time_in_force': 'ioc'",
                   ++ana->nonce);
    guest_say(ana, text);
    (void)usleep(pause_us);
    assert_int_equal(kill(jz_daemon_gateway(&house.daemon), SIGSTOP), 0);
}

/* Whether there is another gateway in five seconds. */
static bool is_replaced(void)
{
    for (int i = 0; i < 1000 && jz_daemon_gateway(&house.daemon) == house.gateway; i++) {
        (void)usleep(MOMENT_US);
    }
    return jz_daemon_gateway(&house.daemon) != house.gateway;
}

static void a_gateway_that_stands_still_is_replaced_when_it_holds_up_the_engine(void **state)
{
    (void)state;
    useconds_t pause_us = 1000;
    stand_still_during_a_sweep(pause_us);
    for (int tries = 1; !is_replaced() && tries < 3; tries++) {
        /* It stood still before it had passed the order on. */
        assert_int_equal(kill(house.gateway, SIGCONT), 0);
        assert_string_equal(guest_verdict(ana), "ok");
        pause_us *= 4;
        stand_still_during_a_sweep(pause_us);
    }
    assert_true(is_replaced());
    house_return(&house);
    guest_expect_service(ana);
    assert_int_equal(house.daemon.pid, house.pid);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_true(jz_daemon_said(&house.daemon, "it alone kept the event ring full"));
}

/* Takes the port that a dead process leaves. */
static int take_port_of(const char *endpoint)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const int on = 1;
    int status = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    for (int i = 0; i < 1000000 && status != 0; i++) {
        status = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    }
    assert_int_equal(status, 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void a_gateway_that_cannot_come_back_stops_the_exchange_in_order(void **state)
{
    (void)state;
    const uint64_t nonce = ana->nonce;
    assert_int_equal(kill(house.gateway, SIGKILL), 0);
    const int fd = take_port_of(house.daemon.requests);
    assert_int_equal(jz_daemon_wait(&house.daemon), SETTING);
    assert_true(jz_daemon_said(&house.daemon, "is in use by another program"));
    assert_true(jz_daemon_said(&house.daemon, "stopped sequence="));
    assert_int_equal(close(fd), 0);
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    assert_int_equal(ana->nonce, nonce);
    guest_expect_service(ana);
}

/* ---- the exchange ------------------------------------------------------------------------------
 */

/* kill -9, without waiting for the gateway to go. */
static void kill_exchange(void)
{
    assert_int_equal(kill(house.daemon.pid, SIGKILL), 0);
    assert_int_equal(waitpid(house.daemon.pid, NULL, 0), house.daemon.pid);
    house.daemon.pid = 0;
}

static void a_gateway_does_not_outlive_its_exchange(void **state)
{
    (void)state;
    const pid_t gateway = jz_daemon_gateway(&house.daemon);
    kill_exchange();
    for (int i = 0; i < MOMENTS_MAX && is_alive(gateway); i++) {
        (void)usleep(MOMENT_US);
    }
    assert_false(is_alive(gateway));
}

static void after_kill_9_the_next_start_finds_its_ports_free(void **state)
{
    (void)state;
    for (int i = 0; i < KILLS; i++) {
        const uint64_t first = ana->nonce + 1;
        guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), first));
        (void)guest_hear(ana, GUEST_WAIT_MS);
        kill_exchange();
        if (!jz_daemon_start(&house.daemon)) {
            print_error("%s\n", house.daemon.said);
            fail();
        }
        house_return(&house);
        guest_say_bytes(ana, batch, pack_orders(batch, sizeof(batch), first));
        for (uint32_t j = 0; j < BATCH; j++) {
            assert_int_equal(strncmp(guest_verdict(ana), "ok", 2), 0);
        }
        ana->nonce = first + BATCH - 1;
        assert_int_equal(guest_status(ana).live_orders, (uint64_t)BATCH * (uint64_t)(i + 1));
    }
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(a_new_gateway_has_the_picture_of_the_old_one),
        STORY(what_the_old_gateway_was_asked_is_answered_to_nobody_else),
        STORY(a_gateway_that_dies_again_and_again_comes_back_each_time),
        cmocka_unit_test_setup_teardown(
            a_gateway_that_stands_still_is_replaced_when_it_holds_up_the_engine, open_small_house,
            close_house),
        STORY(a_gateway_that_cannot_come_back_stops_the_exchange_in_order),
        STORY(a_gateway_does_not_outlive_its_exchange),
        STORY(after_kill_9_the_next_start_finds_its_ports_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
