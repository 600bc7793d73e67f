/* raw.c - ZMTP frames on a TCP socket. */
#include "tests/support/raw.h"

#include "engine/base/clock.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    GREETING_BYTES = 64,
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    STALL_MS = 1000,
    REST_S = 10, /* for the rest of what has begun to come */
    TEXT_MAX = 4096,
};

int jz_raw_dial(const char *endpoint)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const struct timeval rest = {.tv_sec = REST_S};
    const int small = 4096; /* what it does not read shall not hide in the kernel */
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &rest, sizeof(rest)), 0);
    address.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

bool jz_raw_send(int fd, const void *bytes, size_t count)
{
    const unsigned char *next = bytes;
    while (count > 0) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, STALL_MS) <= 0) {
            return false;
        }
        const ssize_t sent = send(fd, next, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            return false;
        }
        next += sent;
        count -= (size_t)sent;
    }
    return true;
}

static bool send_frame(int fd, uint8_t flags, const void *bytes, size_t count)
{
    uint8_t head[9] = {flags};
    size_t head_bytes = 2;
    if (count < 256) {
        head[1] = (uint8_t)count;
    } else {
        head[0] |= FLAG_LONG;
        for (uint32_t i = 0; i < 8; i++) {
            head[1 + i] = (uint8_t)(count >> (8 * (7 - i)));
        }
        head_bytes = sizeof(head);
    }
    return jz_raw_send(fd, head, head_bytes) && jz_raw_send(fd, bytes, count);
}

static size_t property(uint8_t *out, const char *name, const char *value)
{
    size_t count = 0;
    out[count++] = (uint8_t)strlen(name);
    for (const char *next = name; *next != '\0'; next++) {
        out[count++] = (uint8_t)*next;
    }
    for (uint32_t i = 4; i-- > 0;) {
        out[count++] = (uint8_t)(strlen(value) >> (8 * i));
    }
    for (const char *next = value; *next != '\0'; next++) {
        out[count++] = (uint8_t)*next;
    }
    return count;
}

static void read_all(int fd, void *bytes, size_t count)
{
    const ssize_t got = recv(fd, bytes, count, MSG_WAITALL);
    assert_int_equal(got, (ssize_t)count);
}

/* One frame, waiting for it: its flags. */
static uint8_t read_frame(int fd, void *bytes, size_t room, size_t *count)
{
    uint8_t head[9];
    read_all(fd, head, 2);
    *count = head[1];
    if ((head[0] & FLAG_LONG) != 0) {
        read_all(fd, head + 2, 7);
        *count = 0;
        for (uint32_t i = 1; i < sizeof(head); i++) {
            *count = *count << 8 | head[i];
        }
    }
    assert_in_range(*count, 0, room);
    read_all(fd, bytes, *count);
    return head[0];
}

int jz_raw_connect(const char *endpoint, const char *socket_type, const char *identity)
{
    uint8_t greeting[GREETING_BYTES] = {
        0xFF, [8] = 1, [9] = 0x7F, [10] = 3, [12] = 'N', 'U', 'L', 'L'};
    uint8_t theirs[GREETING_BYTES];
    uint8_t ready[512] = {5, 'R', 'E', 'A', 'D', 'Y'};
    size_t count = 6;
    const int fd = jz_raw_dial(endpoint);

    assert_true(jz_raw_send(fd, greeting, sizeof(greeting)));
    read_all(fd, theirs, sizeof(theirs));
    count += property(ready + count, "Socket-Type", socket_type);
    if (identity != NULL) {
        count += property(ready + count, "Identity", identity);
    }
    assert_true(send_frame(fd, FLAG_COMMAND, ready, count));
    const uint8_t flags = read_frame(fd, ready, sizeof(ready), &count);
    assert_true((flags & FLAG_COMMAND) != 0);
    return fd;
}

bool jz_raw_part(int fd, const void *bytes, size_t count, bool more)
{
    return send_frame(fd, more ? FLAG_MORE : 0, bytes, count);
}

bool jz_raw_say(int fd, const char *fields)
{
    char text[TEXT_MAX];
    uint8_t packed[TEXT_MAX];
    const int length = snprintf(text, sizeof(text), "{'v': 1, %s}", fields);
    assert_in_range(length, 1, TEXT_MAX - 1);
    return jz_raw_part(fd, packed, jz_packed_text(text, packed, sizeof(packed)), false);
}

long jz_raw_hear(int fd, void *bytes, size_t room, uint32_t ms)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    while (poll(&waiting, 1, (int)ms) > 0) {
        uint8_t first = 0;
        size_t count = 0;
        if (recv(fd, &first, 1, MSG_PEEK) <= 0) {
            return JZ_RAW_ENDED;
        }
        if ((read_frame(fd, bytes, room, &count) & FLAG_COMMAND) == 0) {
            return (long)count;
        }
    }
    return JZ_RAW_NONE;
}
