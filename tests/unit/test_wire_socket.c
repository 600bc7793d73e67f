/* Messages get through, and everything else a peer or an operator can do to a socket comes back as
 * a status: nothing blocks, nothing is dropped in silence, no peer disturbs another.
 *
 * Method: real sockets on the loopback; where our own calls are too well-behaved, peers are bare
 * libzmq or bare TCP sockets.
 */
#include "gateway/wire/socket.h"

#include "tests/support/cmocka.h"

#include <zmq.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITHOUT_RIGHTS "--without-rights"

enum { PATIENCE_MS = 5000 };

static struct jz_socket_context context;
static struct jz_socket gateway; /* REQUESTS, monitored */
static struct jz_socket client;  /* CLIENT, monitored */
static struct jz_socket feed;    /* whatever else a story opens is closed behind it, */
static struct jz_socket guest;   /* also when it fails: a context waits for its sockets */
static void *strangers[2];
static struct jz_socket_frame frame;
static struct jz_socket_message message;
static uint8_t large[JZ_WIRE_MESSAGE_BYTES_MAX + 1];

static int open_socket(struct jz_socket *socket, enum jz_socket_kind kind, const char *endpoint)
{
    return jz_socket_open(
        socket, &context,
        &(struct jz_socket_options){.kind = kind, .endpoint = endpoint, .monitored = true});
}

static int open_gateway(void **state)
{
    (void)state;
    jz_socket_frame_init(&frame);
    return jz_socket_context_open(&context) != JZ_OK ||
           open_socket(&gateway, JZ_SOCKET_REQUESTS, "tcp://127.0.0.1:*") != JZ_OK ||
           open_socket(&client, JZ_SOCKET_CLIENT, gateway.endpoint) != JZ_OK;
}

static int close_gateway(void **state)
{
    (void)state;
    jz_socket_frame_deinit(&frame);
    for (uint32_t i = 0; i < 2; i++) {
        if (strangers[i] != NULL) {
            (void)zmq_close(strangers[i]);
            strangers[i] = NULL;
        }
    }
    jz_socket_close(&guest);
    jz_socket_close(&feed);
    jz_socket_close(&client);
    jz_socket_close(&gateway);
    jz_socket_context_close(&context);
    return 0;
}

static bool becomes_ready(struct jz_socket *socket, bool heard, int timeout_ms)
{
    struct jz_socket_wait wait = {.socket = socket, .heard = heard};
    assert_int_equal(jz_socket_poll(&wait, 1, timeout_ms), JZ_OK);
    return wait.ready;
}

static int receive(struct jz_socket *socket)
{
    return becomes_ready(socket, false, PATIENCE_MS) ? jz_socket_receive(socket, &frame, &message)
                                                     : JZ_EAGAIN;
}

static void assert_received(struct jz_socket *socket, const char *body)
{
    assert_int_equal(receive(socket), JZ_OK);
    assert_int_equal(message.body_bytes, strlen(body));
    assert_memory_equal(message.body, body, strlen(body));
}

static struct jz_socket_event next_event(struct jz_socket *socket)
{
    struct jz_socket_event event = {0};
    assert_true(becomes_ready(socket, true, PATIENCE_MS));
    assert_int_equal(jz_socket_heard(socket, &event), JZ_OK);
    return event;
}

/* libzmq tells of a lost connection a moment before it forgets it. */
static void pause_a_little(void)
{
    (void)poll(NULL, 0, 1);
}

/* A DEALER with options and habits of its own. */
static void *open_stranger(const char *routing_id)
{
    void *stranger = zmq_socket(context.handle, ZMQ_DEALER);
    assert_non_null(stranger);
    strangers[strangers[0] != NULL] = stranger;
    if (routing_id != NULL) {
        assert_int_equal(zmq_setsockopt(stranger, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)),
                         0);
    }
    assert_int_equal(zmq_setsockopt(stranger, ZMQ_LINGER, &(int){0}, sizeof(int)), 0);
    assert_int_equal(zmq_setsockopt(stranger, ZMQ_RCVTIMEO, &(int){500}, sizeof(int)), 0);
    assert_int_equal(zmq_connect(stranger, gateway.endpoint), 0);
    return stranger;
}

/* A TCP connection to the gateway that knows nothing of ZeroMQ. */
static int open_plain(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *const port = strrchr(gateway.endpoint, ':') + 1;
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Whether the other side closes the connection within the time; what it says before is read. */
static bool is_closed_within(int fd, int timeout_ms)
{
    char said[256];
    struct pollfd item = {.fd = fd, .events = POLLIN};
    while (poll(&item, 1, timeout_ms) == 1) {
        if (read(fd, said, sizeof(said)) <= 0) {
            return true;
        }
    }
    return false;
}

static void a_request_arrives_and_its_reply_comes_back(void **state)
{
    (void)state;
    assert_int_equal(jz_socket_send(&client, "ping", 4), JZ_OK);
    assert_received(&gateway, "ping");
    assert_true(message.peer.length > 0);
    assert_int_equal(jz_socket_reply(&gateway, &message.peer, "pong", 4), JZ_OK);
    assert_received(&client, "pong");
    assert_int_equal(jz_socket_receive(&client, &frame, &message), JZ_EAGAIN);
}

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, gateway.endpoint), JZ_EINUSE);
    assert_null(guest.handle);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_FEED, gateway.endpoint), JZ_EINUSE);
}

static void an_endpoint_that_cannot_be_is_told(void **state)
{
    (void)state;
    char longest[JZ_SOCKET_ENDPOINT_BYTES_MAX + 1] = "ipc:///tmp/";
    memset(longest + 11, 'x', sizeof(longest) - 12);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, "no endpoint"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, "carrier://pigeon"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, "tcp://127.0.0.1:65536"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_CLIENT, "tcp://127.0.0.1:99999"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, "ipc:///no/such/folder"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, "tcp://192.0.2.1:7010"), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_REQUESTS, longest), JZ_EINVAL);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_CLIENT, "tcp://127.0.0.1"), JZ_EINVAL);
}

/* What opening the endpoint answers to somebody without rights, as an exit code. */
static int open_without_rights(const char *endpoint)
{
    struct jz_socket_context own;
    struct jz_socket denied;
    const struct jz_socket_options options = {.kind = JZ_SOCKET_REQUESTS, .endpoint = endpoint};
    if ((geteuid() == 0 && setuid(65534) != 0) || jz_socket_context_open(&own) != JZ_OK) {
        return 100;
    }
    const int status = jz_socket_open(&denied, &own, &options);
    jz_socket_close(&denied);
    jz_socket_context_close(&own);
    return -status;
}

/* In a process of its own, this program once more, since it gives up its rights. */
static void missing_permission_is_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/jz-socket-XXXXXX";
    char endpoint[64];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0500), 0);
    (void)snprintf(endpoint, sizeof(endpoint), "ipc://%s/requests", folder);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "test_wire_socket", WITHOUT_RIGHTS, endpoint, NULL);
        _exit(101);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(rmdir(folder), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(-WEXITSTATUS(status), JZ_EDENIED);
}

static void a_message_of_several_parts_is_taken_off_whole_and_can_be_answered(void **state)
{
    (void)state;
    void *stranger = open_stranger(NULL);
    char answer[8];
    assert_int_equal(zmq_send(stranger, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(stranger, "two", 3, ZMQ_SNDMORE), 3);
    assert_int_equal(zmq_send(stranger, "three", 5, 0), 5);
    assert_int_equal(zmq_send(stranger, "one", 3, 0), 3);
    assert_int_equal(receive(&gateway), JZ_EPROTOCOL);
    assert_null(message.body);
    assert_int_equal(jz_socket_reply(&gateway, &message.peer, "no", 2), JZ_OK);
    assert_received(&gateway, "one");
    assert_int_equal(zmq_recv(stranger, answer, sizeof(answer), 0), 2);
}

static void an_empty_message_is_received_as_such(void **state)
{
    (void)state;
    assert_int_equal(jz_socket_send(&client, "", 0), JZ_OK);
    assert_received(&gateway, "");
}

static void a_message_of_256_kib_passes(void **state)
{
    (void)state;
    assert_int_equal(jz_socket_send(&client, large, JZ_WIRE_MESSAGE_BYTES_MAX), JZ_OK);
    assert_int_equal(receive(&gateway), JZ_OK);
    assert_int_equal(message.body_bytes, JZ_WIRE_MESSAGE_BYTES_MAX);
    assert_int_equal(jz_socket_reply(&gateway, &message.peer, large, message.body_bytes), JZ_OK);
    assert_int_equal(receive(&client), JZ_OK);
    assert_int_equal(message.body_bytes, JZ_WIRE_MESSAGE_BYTES_MAX);
}

static void a_larger_one_ends_its_connection_and_no_other(void **state)
{
    (void)state;
    void *stranger = open_stranger(NULL);
    assert_int_equal(next_event(&gateway).kind, JZ_SOCKET_CONNECTED); /* client */
    const struct jz_socket_event came = next_event(&gateway);
    assert_int_equal(came.kind, JZ_SOCKET_CONNECTED);
    assert_int_equal(zmq_send(stranger, large, sizeof(large), 0), sizeof(large));
    const struct jz_socket_event went = next_event(&gateway);
    assert_int_equal(went.kind, JZ_SOCKET_LOST);
    assert_int_equal(went.fd, came.fd);
    assert_int_equal(jz_socket_send(&client, "still here", 10), JZ_OK);
    assert_received(&gateway, "still here");
}

static void a_peer_that_is_gone_is_told(void **state)
{
    (void)state;
    assert_int_equal(jz_socket_reply(&gateway, &(struct jz_socket_peer){5, "nobody"}, "x", 1),
                     JZ_EGONE);
    assert_int_equal(jz_socket_send(&client, "bye", 3), JZ_OK);
    assert_received(&gateway, "bye");
    const struct jz_socket_peer peer = message.peer;
    const int fd = message.fd;
    assert_int_equal(next_event(&gateway).fd, fd);
    jz_socket_close(&client);
    const struct jz_socket_event went = next_event(&gateway);
    assert_int_equal(went.kind, JZ_SOCKET_LOST);
    assert_int_equal(went.fd, fd);
    int status = JZ_OK;
    for (uint32_t i = 0; i < PATIENCE_MS && status == JZ_OK; i++) {
        status = jz_socket_reply(&gateway, &peer, "x", 1);
        pause_a_little();
    }
    assert_int_equal(status, JZ_EGONE);
}

static void a_peer_that_does_not_read_fills_its_own_queue_only(void **state)
{
    (void)state;
    void *stranger = open_stranger(NULL);
    int status = JZ_OK;
    uint32_t sent = 0;
    assert_int_equal(zmq_send(stranger, "mute", 4, 0), 4);
    assert_received(&gateway, "mute");
    while (status == JZ_OK && sent < 100000) {
        status = jz_socket_reply(&gateway, &message.peer, large, 4096);
        sent++;
    }
    assert_int_equal(status, JZ_EAGAIN);
    assert_true(sent > JZ_SOCKET_HIGH_WATER_DEFAULT);
    assert_int_equal(jz_socket_send(&client, "ping", 4), JZ_OK);
    assert_received(&gateway, "ping");
    assert_int_equal(jz_socket_reply(&gateway, &message.peer, "pong", 4), JZ_OK);
    assert_received(&client, "pong");
}

static void nobody_takes_over_a_routing_id(void **state)
{
    (void)state;
    char answer[8];
    void *owner = open_stranger("same");
    assert_int_equal(zmq_send(owner, "mine", 4, 0), 4);
    assert_received(&gateway, "mine");
    const struct jz_socket_peer peer = message.peer;
    void *thief = open_stranger("same");
    assert_int_equal(zmq_send(thief, "mine!", 5, 0), 5);
    assert_false(becomes_ready(&gateway, false, 300));
    assert_int_equal(jz_socket_reply(&gateway, &peer, "yours", 5), JZ_OK);
    assert_int_equal(zmq_recv(owner, answer, sizeof(answer), 0), 5);
    assert_int_equal(zmq_recv(thief, answer, sizeof(answer), 0), -1);
}

static void a_client_hears_that_nobody_is_there(void **state)
{
    (void)state;
    /* A port that is taken, so that nobody else gets it, but not listened on. */
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    char endpoint[64];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    assert_int_equal(open_socket(&guest, JZ_SOCKET_CLIENT, endpoint), JZ_OK);
    const struct jz_socket_event event = next_event(&guest);
    assert_int_equal(event.kind, JZ_SOCKET_LOST);
    assert_int_equal(event.fd, -1);
    assert_int_equal(close(fd), 0);
}

static void a_client_hears_that_the_gateway_went(void **state)
{
    (void)state;
    assert_int_equal(next_event(&client).kind, JZ_SOCKET_CONNECTED);
    assert_int_equal(jz_socket_send(&client, "ping", 4), JZ_OK);
    assert_received(&gateway, "ping");
    jz_socket_close(&gateway);
    assert_int_equal(next_event(&client).kind, JZ_SOCKET_LOST);
    int status = JZ_OK;
    for (uint32_t i = 0; i < PATIENCE_MS && status == JZ_OK; i++) {
        status = jz_socket_send(&client, "ping", 4);
        pause_a_little();
    }
    assert_int_equal(status, JZ_EAGAIN);
}

static void random_bytes_end_their_connection_and_no_other(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (uint32_t round = 0; round < 20; round++) {
        uint8_t bytes[512];
        for (uint32_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        bytes[0] = 0xff; /* as ZeroMQ's own greeting starts, so that the rest is looked at */
        const int fd = open_plain();
        assert_true(send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0);
        assert_true(is_closed_within(fd, PATIENCE_MS));
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(jz_socket_send(&client, "ping", 4), JZ_OK);
    assert_received(&gateway, "ping");
}

static void a_connection_without_a_handshake_is_closed(void **state)
{
    (void)state;
    const int fd = open_plain();
    assert_true(is_closed_within(fd, JZ_SOCKET_HANDSHAKE_MS + PATIENCE_MS));
    assert_int_equal(close(fd), 0);
}

static void a_subscriber_gets_its_topics_and_no_others(void **state)
{
    (void)state;
    struct jz_text prefix;
    bool subscribed = false;
    assert_int_equal(open_socket(&feed, JZ_SOCKET_FEED, "tcp://127.0.0.1:*"), JZ_OK);
    assert_int_equal(open_socket(&guest, JZ_SOCKET_SUBSCRIBER, feed.endpoint), JZ_OK);
    assert_int_equal(jz_socket_subscribe(&guest, "md.trade."), JZ_OK);
    assert_true(becomes_ready(&feed, false, PATIENCE_MS));
    assert_int_equal(jz_socket_subscription(&feed, &frame, &prefix, &subscribed), JZ_OK);
    assert_true(subscribed);
    assert_int_equal(prefix.length, 9);
    assert_memory_equal(prefix.bytes, "md.trade.", 9);
    assert_int_equal(jz_socket_subscription(&feed, &frame, &prefix, &subscribed), JZ_EAGAIN);

    assert_int_equal(jz_socket_publish(&feed, (struct jz_text){"md.depth.A/B", 12}, "d", 1), JZ_OK);
    assert_int_equal(jz_socket_publish(&feed, (struct jz_text){"md.trade.A/B", 12}, "t", 1), JZ_OK);
    assert_received(&guest, "t");
    assert_int_equal(message.topic.length, 12);
    assert_memory_equal(message.topic.bytes, "md.trade.A/B", 12);

    assert_int_equal(jz_socket_unsubscribe(&guest, "md.trade."), JZ_OK);
    assert_true(becomes_ready(&feed, false, PATIENCE_MS));
    assert_int_equal(jz_socket_subscription(&feed, &frame, &prefix, &subscribed), JZ_OK);
    assert_false(subscribed);
}

static void a_subscriber_that_speaks_is_not_understood(void **state)
{
    (void)state;
    struct jz_text prefix;
    bool subscribed = false;
    assert_int_equal(open_socket(&feed, JZ_SOCKET_FEED, "tcp://127.0.0.1:*"), JZ_OK);
    void *talker = zmq_socket(context.handle, ZMQ_XSUB);
    strangers[0] = talker;
    assert_int_equal(zmq_setsockopt(talker, ZMQ_LINGER, &(int){0}, sizeof(int)), 0);
    assert_int_equal(zmq_connect(talker, feed.endpoint), 0);
    assert_int_equal(zmq_send(talker, "hello", 5, 0), 5);
    assert_true(becomes_ready(&feed, false, PATIENCE_MS));
    assert_int_equal(jz_socket_subscription(&feed, &frame, &prefix, &subscribed), JZ_EPROTOCOL);
}

static void waiting_ends_by_a_descriptor_a_message_or_the_clock(void **state)
{
    (void)state;
    const int fd = eventfd(0, EFD_NONBLOCK);
    assert_true(fd >= 0);
    struct jz_socket_wait waits[] = {{.socket = &gateway}, {.fd = fd}};
    assert_int_equal(jz_socket_poll(waits, 2, 10), JZ_OK);
    assert_false(waits[0].ready);
    assert_false(waits[1].ready);
    assert_int_equal(eventfd_write(fd, 1), 0);
    assert_int_equal(jz_socket_poll(waits, 2, PATIENCE_MS), JZ_OK);
    assert_false(waits[0].ready);
    assert_true(waits[1].ready);
    assert_int_equal(jz_socket_send(&client, "ping", 4), JZ_OK);
    assert_true(becomes_ready(&gateway, false, PATIENCE_MS));
    assert_int_equal(jz_socket_poll(waits, 2, PATIENCE_MS), JZ_OK);
    assert_true(waits[0].ready);
    assert_true(waits[1].ready);
    assert_int_equal(close(fd), 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY(a_request_arrives_and_its_reply_comes_back),
        STORY(an_address_in_use_is_told),
        STORY(an_endpoint_that_cannot_be_is_told),
        STORY(missing_permission_is_told),
        STORY(a_message_of_several_parts_is_taken_off_whole_and_can_be_answered),
        STORY(an_empty_message_is_received_as_such),
        STORY(a_message_of_256_kib_passes),
        STORY(a_larger_one_ends_its_connection_and_no_other),
        STORY(a_peer_that_is_gone_is_told),
        STORY(a_peer_that_does_not_read_fills_its_own_queue_only),
        STORY(nobody_takes_over_a_routing_id),
        STORY(a_client_hears_that_nobody_is_there),
        STORY(a_client_hears_that_the_gateway_went),
        STORY(random_bytes_end_their_connection_and_no_other),
        STORY(a_connection_without_a_handshake_is_closed),
        STORY(a_subscriber_gets_its_topics_and_no_others),
        STORY(a_subscriber_that_speaks_is_not_understood),
        STORY(waiting_ends_by_a_descriptor_a_message_or_the_clock),
    };
    if (argc == 3 && strcmp(argv[1], WITHOUT_RIGHTS) == 0) {
        return open_without_rights(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
