/* Peers that mean harm: whatever bytes they send to whichever socket, and however much, jiaozid and
 * its gateway stay the processes that they are, keep their size, and serve Ana.
 *
 * Method: a real jiaozid; peers that speak ZMTP by hand, so that they can lie, or bare TCP. Random
 * bytes come from one seed.
 *
 *     e2e_hostile [SEED]
 */
#include "tests/e2e/house.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"
#include "tests/support/raw.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 60,
    NOISE_BYTES = 4096,
    GREETING_BYTES = 64,
    CROWD = 300,
    PART_BYTES = 65536,
    LEVELS = 1000,
    GREEDY_QUERIES = 12000,
    GREEDY_PEERS = 2,
    TOPICS = 50000,
    TRADE_BATCHES = 20,
    GROWTH_KB_MAX = 64 << 10, /* of the gateway, by whatever a peer does in a story */
};

static struct house house;
static struct guest *const ana = &house.ana;
static uint64_t seed;
static uint64_t dice;
static uint8_t noise[NOISE_BYTES];
static uint64_t size_kb; /* of the gateway when the story began */

static uint64_t roll(uint64_t sides)
{
    dice += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = dice;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (x ^ (x >> 31)) % sides;
}

static size_t make_noise(size_t most)
{
    const size_t count = roll(most + 1);
    for (size_t i = 0; i < count; i++) {
        noise[i] = (uint8_t)roll(256);
    }
    return count;
}

static int open_house(void **state)
{
    (void)state;
    dice = seed;
    const char *const options[] = {"--gateway-bytes-max=256M", NULL};
    house_open(&house, options);
    size_kb = house_kilobytes(house.gateway, "VmRSS:");
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static const char *port(uint32_t which)
{
    return which % 2 == 0 ? house.daemon.requests : house.daemon.feed;
}

static void expect_size_kept(void)
{
    assert_in_range(house_kilobytes(house.gateway, "VmRSS:"), 1, size_kb + GROWTH_KB_MAX);
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

static void random_bytes_on_either_port_are_no_connection(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const int fd = jz_raw_dial(port(round));
        (void)jz_raw_send(fd, noise, make_noise(sizeof(noise))); /* it may be closed already */
        guest_expect_service(ana);
        assert_int_equal(close(fd), 0);
    }
    expect_size_kept();
    house_expect_well(&house);
}

static void a_handshake_that_ends_anywhere_holds_up_nobody(void **state)
{
    (void)state;
    static const uint8_t greeting[GREETING_BYTES] = {
        0xFF, [8] = 1, [9] = 0x7F, [10] = 3, [12] = 'N', 'U', 'L', 'L'};
    static int fds[2 * (GREETING_BYTES + 1)];
    for (uint32_t i = 0; i <= GREETING_BYTES; i++) { /* 0: nothing but silence */
        for (uint32_t which = 0; which < 2; which++) {
            const int fd = jz_raw_dial(port(which));
            assert_true(jz_raw_send(fd, greeting, i));
            fds[(2 * i) + which] = fd;
        }
    }
    guest_expect_service(ana);
    for (uint32_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
    expect_size_kept();
    house_expect_well(&house);
}

static void noise_behind_a_good_greeting_is_no_connection(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint8_t greeting[GREETING_BYTES] = {
            0xFF, [8] = 1, [9] = 0x7F, [10] = (uint8_t)roll(4), [11] = (uint8_t)roll(2)};
        static const char *const mechanisms[] = {"NULL", "PLAIN", "CURVE", "NONSENSE"};
        const char *mechanism = mechanisms[roll(4)];
        memcpy(greeting + 12, mechanism, strlen(mechanism));
        const int fd = jz_raw_dial(port(round));
        (void)jz_raw_send(fd, greeting, sizeof(greeting));
        (void)jz_raw_send(fd, noise, make_noise(256));
        guest_expect_service(ana);
        assert_int_equal(close(fd), 0);
    }
    expect_size_kept();
    house_expect_well(&house);
}

/* ---- frames ------------------------------------------------------------------------------------
 */

/* Random bytes behind a frame's head that is right more often than not. */
static void send_random_frame(int fd)
{
    uint8_t head[9] = {(uint8_t)(roll(4) > 0 ? roll(2) : roll(256))};
    const size_t count = make_noise(200);
    head[1] = (uint8_t)count;
    if ((head[0] & 2) != 0) { /* a long one, with a length that may be far off */
        for (uint32_t i = 1; i < sizeof(head); i++) {
            head[i] = (uint8_t)(roll(3) == 0 ? roll(256) : 0);
        }
        (void)jz_raw_send(fd, head, sizeof(head));
    } else {
        (void)jz_raw_send(fd, head, 2);
    }
    (void)jz_raw_send(fd, noise, count);
}

static void random_frames_change_nothing_on_either_socket(void **state)
{
    (void)state;
    const struct jz_digest before = guest_status(ana).content_digest;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const int fd = jz_raw_connect(port(round), round % 2 == 0 ? "DEALER" : "SUB", NULL);
        for (uint32_t i = 0; i < 20; i++) {
            send_random_frame(fd);
        }
        assert_int_equal(close(fd), 0);
        const struct jz_digest after = guest_status(ana).content_digest;
        assert_memory_equal(&after, &before, sizeof(after));
    }
    expect_size_kept();
    house_expect_well(&house);
}

static void random_messages_of_several_parts_are_malformed(void **state)
{
    (void)state;
    static uint8_t heard[4096];
    const int fd = jz_raw_connect(house.daemon.requests, "DEALER", NULL);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint64_t parts = 2 + roll(20);
        for (uint64_t i = 1; i <= parts; i++) {
            assert_true(jz_raw_part(fd, noise, make_noise(100), i < parts));
        }
        const long count = jz_raw_hear(fd, heard, sizeof(heard), GUEST_WAIT_MS);
        assert_true(count > 0);
        assert_non_null(memmem(heard, (size_t)count, "MALFORMED", 9));
    }
    assert_int_equal(close(fd), 0);
    house_expect_well(&house);
}

static void a_flood_of_topics_holds_up_nobody(void **state)
{
    (void)state;
    uint8_t subscription[32] = {1};
    const int fd = jz_raw_connect(house.daemon.feed, "SUB", NULL);
    for (uint32_t i = 0; i < TOPICS; i++) {
        const int count =
            snprintf((char *)subscription + 1, sizeof(subscription) - 1, "md.trade.%u", i);
        (void)jz_raw_part(fd, subscription, 1 + (size_t)count, false);
        if (i % 5000 == 0) {
            guest_expect_service(ana);
        }
    }
    assert_int_equal(close(fd), 0);
    expect_size_kept();
    house_expect_well(&house);
}

static void topics_that_no_message_has_take_no_room(void **state)
{
    (void)state;
    static uint8_t subscription[PART_BYTES];
    const int fd = jz_raw_connect(house.daemon.feed, "SUB", NULL);
    for (uint32_t i = 0; i < 200; i++) {
        memset(subscription, 'a' + (int)(i % 26), sizeof(subscription));
        subscription[0] = 1;
        subscription[1] = (uint8_t)(' ' + (i / 26));
        if (!jz_raw_part(fd, subscription, sizeof(subscription), false)) {
            break; /* the connection was ended */
        }
    }
    guest_expect_service(ana);
    expect_size_kept();
    assert_int_equal(close(fd), 0);
    house_expect_well(&house);
}

/* ---- crowds ------------------------------------------------------------------------------------
 */

static void a_crowd_that_says_nothing_holds_up_nobody(void **state)
{
    (void)state;
    static int fds[CROWD];
    for (uint32_t i = 0; i < CROWD; i++) {
        fds[i] = jz_raw_connect(port(i), i % 2 == 0 ? "DEALER" : "SUB", NULL);
    }
    guest_expect_service(ana);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
    expect_size_kept();
    house_expect_well(&house);
}

static void when_descriptors_run_out_who_is_there_is_served_and_later_others_too(void **state)
{
    (void)state;
    static int fds[100];
    struct guest bo;
    const struct rlimit few = {.rlim_cur = 40, .rlim_max = 4096};
    assert_int_equal(prlimit(house.gateway, RLIMIT_NOFILE, &few, NULL), 0);
    for (uint32_t i = 0; i < 100; i++) {
        fds[i] = jz_raw_dial(house.daemon.requests);
    }
    guest_expect_service(ana);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "");
    guest_leave(&bo);
    house_expect_well(&house);
}

/* ---- who sends without end ---------------------------------------------------------------------
 */

static void a_message_without_end_costs_no_more_than_a_new_gateway(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator has taken at the start whatever it will ever want */
#endif
    static uint8_t part[PART_BYTES];
    const uint64_t limit_kb = 256 << 10;
    const int fd = jz_raw_connect(house.daemon.requests, "DEALER", NULL);
    uint64_t most_kb = 0;
    bool is_taken = true;
    for (uint32_t i = 0; is_taken && i < 16384; i++) { /* a gigabyte */
        is_taken = jz_raw_part(fd, part, sizeof(part), true);
        const pid_t gateway = i % 64 == 0 ? jz_daemon_gateway(&house.daemon) : 0;
        if (gateway == house.gateway) {
            const uint64_t now_kb = house_kilobytes(gateway, "VmRSS:");
            most_kb = now_kb > most_kb ? now_kb : most_kb;
        }
    }
    assert_false(is_taken); /* the connection was ended */
    assert_in_range(most_kb, 1, limit_kb);
    assert_int_equal(close(fd), 0);

    house_return(&house); /* as any client does that loses its connection */
    guest_expect_service(ana);
    assert_int_equal(house.daemon.pid, house.pid);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
}

/* ---- who does not read -------------------------------------------------------------------------
 */

static void fill_book(void)
{
    static uint8_t batch[JZ_WIRE_MESSAGE_BYTES_MAX];
    size_t used = 3;
    jz_message_array(batch, LEVELS);
    for (uint32_t i = 1; i <= LEVELS; i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "{'v': 1, 'op': 'place_order', 'nonce': %llu, 'account': 16, 'symbol': "
                       "'BEANS/MILES', 'side': '%s', 'lots': 1, 'price': %u}",
                       (unsigned long long)++ana->nonce, i < LEVELS / 2 ? "buy" : "sell", i);
        used += jz_packed_text(text, batch + used, sizeof(batch) - used);
    }
    guest_say_bytes(ana, batch, used);
    for (uint32_t i = 0; i < LEVELS; i++) {
        assert_string_equal(guest_verdict(ana), "ok");
    }
}

/* Waits until the other side has ended the connection. */
static bool is_hung_up(int fd)
{
    struct pollfd ended = {.fd = fd, .events = POLLRDHUP};
    return poll(&ended, 1, GUEST_WAIT_MS) == 1;
}

static void who_asks_and_never_reads_is_hung_up_on(void **state)
{
    (void)state;
    static uint8_t heard[4096];
    int fds[GREEDY_PEERS];
    fill_book();
    for (uint32_t peer = 0; peer < GREEDY_PEERS; peer++) {
        fds[peer] = jz_raw_connect(house.daemon.requests, "DEALER", NULL);
        assert_true(jz_raw_say(fds[peer], "'op': 'hello', 'ref': 1, 'lane': 9"));
        assert_true(jz_raw_hear(fds[peer], heard, sizeof(heard), GUEST_WAIT_MS) > 0);
        assert_non_null(memmem(heard, sizeof(heard), "lane", 4)); /* it was welcome */
        for (uint32_t i = 0; i < GREEDY_QUERIES; i++) {
            (void)jz_raw_say(fds[peer], "'op': 'get_book', 'ref': 1, 'symbol': 'BEANS/MILES'");
        }
        guest_expect_service(ana);
        assert_true(is_hung_up(fds[peer]));
        expect_size_kept();
    }
    for (uint32_t peer = 0; peer < GREEDY_PEERS; peer++) {
        assert_int_equal(close(fds[peer]), 0);
    }
    house_expect_well(&house);
}

/* Bo sells to Ana a thousand times over, one lot each. */
static void trade_a_thousand_times(void)
{
    static uint8_t batch[JZ_WIRE_MESSAGE_BYTES_MAX];
    size_t used = 3;
    jz_message_array(batch, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "{'v': 1, 'op': 'place_order', 'nonce': %llu, 'account': %u, 'symbol': "
                       "'BEANS/MILES', 'side': '%s', 'lots': 1, 'price': %u}",
                       (unsigned long long)++ana->nonce, 16 + (i % 2), i % 2 == 0 ? "buy" : "sell",
                       10);
        used += jz_packed_text(text, batch + used, sizeof(batch) - used);
    }
    guest_say_bytes(ana, batch, used);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_string_equal(guest_verdict(ana), "ok");
    }
}

static void who_subscribes_and_never_reads_holds_up_nobody(void **state)
{
    (void)state;
    static uint8_t heard[4096];
    const int lazy = jz_raw_connect(house.daemon.feed, "SUB", NULL);
    const int keen = jz_raw_connect(house.daemon.feed, "SUB", NULL);
    assert_true(jz_raw_part(lazy, "\x01", 1, false)); /* everything */
    assert_true(jz_raw_part(keen, "\x01md.trade.", 10, false));
    assert_true(jz_raw_hear(keen, heard, sizeof(heard), 2 * GUEST_QUIET_MS) == JZ_RAW_NONE);
    for (uint32_t i = 0; i < TRADE_BATCHES; i++) {
        trade_a_thousand_times();
        for (uint32_t j = 0; j < 2 * 500; j++) { /* topic and body of each trade */
            assert_true(jz_raw_hear(keen, heard, sizeof(heard), GUEST_WAIT_MS) > 0);
        }
    }
    expect_size_kept();
    assert_int_equal(close(lazy), 0);
    assert_int_equal(close(keen), 0);
    house_expect_well(&house);
}

int main(int argc, char **argv)
{
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(random_bytes_on_either_port_are_no_connection),
        STORY(a_handshake_that_ends_anywhere_holds_up_nobody),
        STORY(noise_behind_a_good_greeting_is_no_connection),
        STORY(random_frames_change_nothing_on_either_socket),
        STORY(random_messages_of_several_parts_are_malformed),
        STORY(a_flood_of_topics_holds_up_nobody),
        STORY(topics_that_no_message_has_take_no_room),
        STORY(a_crowd_that_says_nothing_holds_up_nobody),
        STORY(when_descriptors_run_out_who_is_there_is_served_and_later_others_too),
        STORY(a_message_without_end_costs_no_more_than_a_new_gateway),
        STORY(who_asks_and_never_reads_is_hung_up_on),
        STORY(who_subscribes_and_never_reads_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
