/* house.c - starting, looking after and stopping the jiaozid of a test. */
#include "tests/e2e/house.h"

#include "tests/support/cmocka.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint32_t house_furnish(struct jz_daemon *daemon)
{
    static const char *const options[] = {
        "--segment-bytes=1M", "--event-ring-bytes=4M", "--reserve-bytes=0", "--markets=64",
        "--accounts=1024",    "--balances=4096",       "--orders=16384",    "--levels=16384",
    };
    const uint32_t count = sizeof(options) / sizeof(options[0]);

    for (uint32_t i = 0; i < count; i++) {
        daemon->options[i] = options[i];
    }
    return count;
}

void house_open(struct house *house, const char *const *options)
{
    *house = (struct house){.pid = 0};
    assert_true(jz_daemon_create(&house->daemon, JZ_BIN_DIR, NULL));
    uint32_t count = house_furnish(&house->daemon);
    for (uint32_t i = 0; options != NULL && options[i] != NULL; i++) {
        house->daemon.options[count++] = options[i];
    }
    assert_true(count < JZ_DAEMON_OPTIONS_MAX);
    assert_true(jz_daemon_start(&house->daemon));
    house->pid = house->daemon.pid;
    house->gateway = jz_daemon_gateway(&house->daemon);
    assert_true(house->gateway > 0);
    guest_connect(&house->ana, house->daemon.requests);
    guest_hello(&house->ana, "");
    guest_open_market(&house->ana);
}

void house_expect_well(struct house *house)
{
    guest_expect_service(&house->ana);
    assert_int_equal(house->daemon.pid, house->pid);
    assert_int_equal(jz_daemon_gateway(&house->daemon), house->gateway);
    assert_int_equal(jz_daemon_stop(&house->daemon), 0);
    assert_false(jz_daemon_said(&house->daemon, "the gateway ended"));
}

/* A connection that is refused is not tried again by a guest. */
static void await_port(const char *endpoint)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    struct sockaddr_in address = {.sin_family = AF_INET};
    bool is_open = false;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    for (int i = 0; i < GUEST_WAIT_MS / 10 && !is_open; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        is_open = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
        assert_int_equal(close(fd), 0);
        if (!is_open) {
            (void)nanosleep(&moment, NULL);
        }
    }
    assert_true(is_open);
}

void house_return(struct house *house)
{
    char lane[32];

    await_port(house->daemon.requests);
    (void)snprintf(lane, sizeof(lane), "'lane': %u", house->ana.lane);
    guest_leave(&house->ana);
    guest_connect(&house->ana, house->daemon.requests);
    guest_hello(&house->ana, lane);
}

void house_close(struct house *house)
{
    if (house->ana.reader != NULL) {
        guest_leave(&house->ana);
    }
    jz_daemon_destroy(&house->daemon);
}

uint64_t house_kilobytes(pid_t pid, const char *line)
{
    char path[64];
    char text[256];
    uint64_t kilobytes = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(text, sizeof(text), file) != NULL) {
        if (strncmp(text, line, strlen(line)) == 0) {
            kilobytes = strtoull(text + strlen(line), NULL, 10);
        }
    }
    assert_int_equal(fclose(file), 0);
    return kilobytes;
}
