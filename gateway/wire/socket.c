/* socket.c - the only file that knows libzmq. */
#include "gateway/wire/socket.h"

#include "engine/base/assert.h"

#include <zmq.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

_Static_assert(sizeof(zmq_msg_t) == sizeof(((struct jz_socket_frame *)0)->opaque[0]),
               "a frame has room for two messages of libzmq");

enum {
    CONNECT_TIMEOUT_MS = 3000,
    RECONNECT_MS_MAX = 2000, /* libzmq doubles its pause up to here */
    BACKLOG = 1024,          /* connections that wait to be accepted */
};

static zmq_msg_t *body_of(struct jz_socket_frame *frame)
{
    return (zmq_msg_t *)(void *)frame->opaque[0];
}

static zmq_msg_t *topic_of(struct jz_socket_frame *frame)
{
    return (zmq_msg_t *)(void *)frame->opaque[1];
}

void jz_socket_frame_init(struct jz_socket_frame *frame)
{
    (void)zmq_msg_init(body_of(frame)); /* cannot fail */
    (void)zmq_msg_init(topic_of(frame));
}

void jz_socket_frame_deinit(struct jz_socket_frame *frame)
{
    (void)zmq_msg_close(body_of(frame)); /* fails only on what is no message */
    (void)zmq_msg_close(topic_of(frame));
}

int jz_socket_context_open(struct jz_socket_context *context)
{
    context->handle = zmq_ctx_new();
    if (context->handle == NULL) {
        return errno == ENOMEM ? JZ_ENOMEM : JZ_ESYSTEM;
    }
    return JZ_OK;
}

void jz_socket_context_close(struct jz_socket_context *context)
{
    if (context->handle == NULL) {
        return;
    }
    while (zmq_ctx_term(context->handle) != 0 && errno == EINTR) {
    }
    context->handle = NULL;
}

static bool set(void *handle, int option, int value)
{
    return zmq_setsockopt(handle, option, &value, sizeof(value)) == 0;
}

/* What every kind of socket has in common. */
static bool set_common(void *handle, int64_t message_bytes_max, int high_water, int linger_ms)
{
    return set(handle, ZMQ_LINGER, linger_ms) && set(handle, ZMQ_SNDHWM, high_water) &&
           set(handle, ZMQ_RCVHWM, high_water) &&
           zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &message_bytes_max, sizeof(message_bytes_max)) ==
               0 &&
           set(handle, ZMQ_HANDSHAKE_IVL, JZ_SOCKET_HANDSHAKE_MS) &&
           set(handle, ZMQ_HEARTBEAT_IVL, JZ_SOCKET_HEARTBEAT_MS) &&
           set(handle, ZMQ_HEARTBEAT_TIMEOUT, JZ_SOCKET_HEARTBEAT_DEATH_MS) &&
           set(handle, ZMQ_HEARTBEAT_TTL, JZ_SOCKET_HEARTBEAT_MS + JZ_SOCKET_HEARTBEAT_DEATH_MS);
}

static bool binds(enum jz_socket_kind kind)
{
    return kind == JZ_SOCKET_REQUESTS || kind == JZ_SOCKET_FEED;
}

static bool set_options(void *handle, const struct jz_socket_options *options)
{
    const bool is_feed = options->kind == JZ_SOCKET_FEED || options->kind == JZ_SOCKET_SUBSCRIBER;
    const int usual = is_feed ? JZ_SOCKET_FEED_WATER_DEFAULT : JZ_SOCKET_HIGH_WATER_DEFAULT;
    /* What subscribers send are topics, each byte of which libzmq keeps in a node of a tree. */
    const int64_t bytes_max = options->kind == JZ_SOCKET_FEED ? JZ_SOCKET_SUBSCRIPTION_BYTES_MAX
                                                              : JZ_WIRE_MESSAGE_BYTES_MAX;
    if (!set_common(handle, bytes_max, options->high_water > 0 ? options->high_water : usual,
                    options->linger_ms)) {
        return false;
    }
    if (binds(options->kind)) {
        const bool is_router = options->kind == JZ_SOCKET_REQUESTS;
        return set(handle, ZMQ_BACKLOG, BACKLOG) &&
               (!is_router ||
                (set(handle, ZMQ_ROUTER_MANDATORY, 1) && set(handle, ZMQ_ROUTER_HANDOVER, 0)));
    }
    const int pause = options->reconnect_ms > 0 ? options->reconnect_ms : -1;
    return set(handle, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS) &&
           set(handle, ZMQ_RECONNECT_IVL, pause) &&
           (pause < 0 || set(handle, ZMQ_RECONNECT_IVL_MAX,
                             pause < RECONNECT_MS_MAX ? RECONNECT_MS_MAX : pause));
}

/* The status for a bind or connect that failed with errno. */
static int fault(void)
{
    switch (errno) {
    case EADDRINUSE:
        return JZ_EINUSE;
    case EACCES:
    case EPERM:
        return JZ_EDENIED;
    case EINVAL:
    case ENOENT:
    case EADDRNOTAVAIL:
    case ENODEV:
    case ENOTDIR:
    case ENAMETOOLONG:
    case EPROTONOSUPPORT:
    case ENOCOMPATPROTO:
        return JZ_EINVAL;
    case ENOMEM:
        return JZ_ENOMEM;
    default:
        return JZ_ESYSTEM;
    }
}

/* A second socket on which libzmq tells of connections. */
static int open_monitor(struct jz_socket *socket, struct jz_socket_context *context)
{
    char endpoint[64];
    const int events =
        ZMQ_EVENT_DISCONNECTED |
        (binds(socket->kind) ? ZMQ_EVENT_ACCEPTED : ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED);
    (void)snprintf(endpoint, sizeof(endpoint), "inproc://jz-monitor-%p", socket->handle);
    if (zmq_socket_monitor(socket->handle, endpoint, events) != 0) {
        return fault();
    }
    socket->monitor = zmq_socket(context->handle, ZMQ_PAIR);
    if (socket->monitor == NULL || !set(socket->monitor, ZMQ_LINGER, 0) ||
        !set(socket->monitor, ZMQ_RCVHWM, 0) || zmq_connect(socket->monitor, endpoint) != 0) {
        return fault();
    }
    return JZ_OK;
}

static int attach(struct jz_socket *socket, struct jz_socket_context *context,
                  const struct jz_socket_options *options)
{
    if (!set_options(socket->handle, options)) {
        return fault();
    }
    /* Before the socket is attached, so that no connection is missed. */
    const int status = options->monitored ? open_monitor(socket, context) : JZ_OK;
    if (status != JZ_OK) {
        return status;
    }
    if (!binds(options->kind)) {
        (void)snprintf(socket->endpoint, sizeof(socket->endpoint), "%s", options->endpoint);
        return zmq_connect(socket->handle, options->endpoint) == 0 ? JZ_OK : fault();
    }
    size_t room = sizeof(socket->endpoint);
    if (zmq_bind(socket->handle, options->endpoint) != 0 ||
        zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, socket->endpoint, &room) != 0) {
        return fault();
    }
    return JZ_OK;
}

static int zmq_type_of(enum jz_socket_kind kind)
{
    switch (kind) {
    case JZ_SOCKET_REQUESTS:
        return ZMQ_ROUTER;
    case JZ_SOCKET_CLIENT:
        return ZMQ_DEALER;
    case JZ_SOCKET_FEED:
        return ZMQ_XPUB;
    case JZ_SOCKET_SUBSCRIBER:
        return ZMQ_SUB;
    }
    return -1;
}

/* libzmq takes a port modulo 2^16, and an endpoint of any length; we do not. */
static bool is_sane(const char *endpoint)
{
    if (strnlen(endpoint, JZ_SOCKET_ENDPOINT_BYTES_MAX) == JZ_SOCKET_ENDPOINT_BYTES_MAX) {
        return false;
    }
    if (strncmp(endpoint, "tcp://", 6) != 0) {
        return true;
    }
    const char *const port = strrchr(endpoint, ':') + 1; /* the colon of tcp: is one at least */
    if (strcmp(port, "*") == 0) {
        return true;
    }
    const size_t digits = strspn(port, "0123456789");
    return digits >= 1 && digits <= 5 && port[digits] == '\0' && strtoul(port, NULL, 10) <= 65535;
}

int jz_socket_open(struct jz_socket *socket, struct jz_socket_context *context,
                   const struct jz_socket_options *options)
{
    *socket = (struct jz_socket){.kind = options->kind};
    if (!is_sane(options->endpoint)) {
        return JZ_EINVAL;
    }
    socket->handle = zmq_socket(context->handle, zmq_type_of(options->kind));
    if (socket->handle == NULL) {
        return errno == ENOMEM ? JZ_ENOMEM : JZ_ESYSTEM;
    }
    const int status = attach(socket, context, options);
    if (status != JZ_OK) {
        const int cause = errno;
        jz_socket_close(socket);
        errno = cause;
    }
    return status;
}

void jz_socket_close(struct jz_socket *socket)
{
    if (socket->handle == NULL) {
        return;
    }
    if (socket->monitor != NULL) {
        (void)zmq_socket_monitor(socket->handle, NULL, 0);
        (void)zmq_close(socket->monitor);
    }
    (void)zmq_close(socket->handle); /* fails only on what is no socket */
    socket->handle = NULL;
    socket->monitor = NULL;
}

int jz_socket_subscribe(struct jz_socket *socket, const char *prefix)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_SUBSCRIBER);
    return zmq_setsockopt(socket->handle, ZMQ_SUBSCRIBE, prefix, strlen(prefix)) == 0 ? JZ_OK
                                                                                      : JZ_ESYSTEM;
}

int jz_socket_unsubscribe(struct jz_socket *socket, const char *prefix)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_SUBSCRIBER);
    return zmq_setsockopt(socket->handle, ZMQ_UNSUBSCRIBE, prefix, strlen(prefix)) == 0
               ? JZ_OK
               : JZ_ESYSTEM;
}

/* The next part that is there: JZ_OK, JZ_EAGAIN or JZ_ESYSTEM. */
static int take_part(void *handle, zmq_msg_t *part)
{
    while (zmq_msg_recv(part, handle, ZMQ_DONTWAIT) < 0) {
        if (errno == EAGAIN) {
            return JZ_EAGAIN;
        }
        if (errno != EINTR) {
            return JZ_ESYSTEM;
        }
    }
    return JZ_OK;
}

/* Takes the rest of a message off the socket; libzmq hands messages over whole, so it ends. */
static void drain(void *handle, zmq_msg_t *part)
{
    int status = JZ_OK;
    while (status == JZ_OK && zmq_msg_more(part)) {
        status = take_part(handle, part);
    }
}

/* Takes what stands before the body: the sender of a request, the topic of a feed message. A peer
 * chooses its routing id in the handshake, where libzmq takes one of any length. */
static int take_front(struct jz_socket *socket, zmq_msg_t *part, struct jz_socket_message *message)
{
    const int status = take_part(socket->handle, part);
    if (status != JZ_OK) {
        return status;
    }
    const size_t bytes = zmq_msg_size(part);
    if (socket->kind == JZ_SOCKET_REQUESTS) {
        if (bytes > JZ_SOCKET_PEER_BYTES_MAX) {
            drain(socket->handle, part);
            return JZ_EGONE;
        }
        message->peer.length = (uint8_t)bytes;
        memcpy(message->peer.bytes, zmq_msg_data(part), bytes);
    } else {
        message->topic = (struct jz_text){zmq_msg_data(part), (uint32_t)bytes};
    }
    return zmq_msg_more(part) ? JZ_OK : JZ_EPROTOCOL;
}

int jz_socket_receive(struct jz_socket *socket, struct jz_socket_frame *frame,
                      struct jz_socket_message *message)
{
    JZ_ASSERT(socket->kind != JZ_SOCKET_FEED);
    zmq_msg_t *const part = body_of(frame);
    message->fd = -1;
    message->body = NULL;
    message->body_bytes = 0;
    if (socket->kind != JZ_SOCKET_CLIENT) {
        const int status = take_front(socket, topic_of(frame), message);
        if (status != JZ_OK) {
            return status;
        }
    }
    const int status = take_part(socket->handle, part);
    if (status != JZ_OK) {
        return status;
    }
    if (socket->kind == JZ_SOCKET_REQUESTS) {
        message->fd = zmq_msg_get(part, ZMQ_SRCFD);
    }
    if (zmq_msg_more(part)) {
        drain(socket->handle, part);
        return JZ_EPROTOCOL;
    }
    message->body = zmq_msg_data(part);
    message->body_bytes = zmq_msg_size(part);
    return JZ_OK;
}

/* JZ_OK, JZ_EAGAIN, JZ_EGONE or JZ_ESYSTEM. */
static int put_part(void *handle, const void *bytes, size_t count, int flags)
{
    while (zmq_send(handle, bytes, count, ZMQ_DONTWAIT | flags) < 0) {
        if (errno == EAGAIN) {
            return JZ_EAGAIN;
        }
        if (errno == EHOSTUNREACH) {
            return JZ_EGONE;
        }
        if (errno != EINTR) {
            return JZ_ESYSTEM;
        }
    }
    return JZ_OK;
}

int jz_socket_reply(struct jz_socket *socket, const struct jz_socket_peer *peer, const void *body,
                    size_t body_bytes)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_REQUESTS);
    JZ_ASSERT(body_bytes <= JZ_WIRE_MESSAGE_BYTES_MAX);
    const int status = put_part(socket->handle, peer->bytes, peer->length, ZMQ_SNDMORE);
    if (status != JZ_OK) {
        return status;
    }
    return put_part(socket->handle, body, body_bytes, 0);
}

void jz_socket_hang_up(int fd)
{
    /* libzmq reads the end of the stream and closes the descriptor, which stays its own. Without
     * lingering the peer is reset at once: one that does not read would never see an orderly end.
     */
    const struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)shutdown(fd, SHUT_RDWR);
}

int jz_socket_send(struct jz_socket *socket, const void *body, size_t body_bytes)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_CLIENT);
    JZ_ASSERT(body_bytes <= JZ_WIRE_MESSAGE_BYTES_MAX);
    return put_part(socket->handle, body, body_bytes, 0);
}

int jz_socket_publish(struct jz_socket *socket, struct jz_text topic, const void *body,
                      size_t body_bytes)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_FEED);
    JZ_ASSERT(body_bytes <= JZ_WIRE_MESSAGE_BYTES_MAX);
    const int status = put_part(socket->handle, topic.bytes, topic.length, ZMQ_SNDMORE);
    if (status != JZ_OK) {
        return JZ_ESYSTEM;
    }
    return put_part(socket->handle, body, body_bytes, 0) == JZ_OK ? JZ_OK : JZ_ESYSTEM;
}

int jz_socket_subscription(struct jz_socket *socket, struct jz_socket_frame *frame,
                           struct jz_text *prefix, bool *subscribed)
{
    JZ_ASSERT(socket->kind == JZ_SOCKET_FEED);
    zmq_msg_t *const part = body_of(frame);
    const int status = take_part(socket->handle, part);
    if (status != JZ_OK) {
        return status;
    }
    const char *const bytes = zmq_msg_data(part);
    const size_t count = zmq_msg_size(part);
    const bool is_whole = !zmq_msg_more(part);
    drain(socket->handle, part);
    if (!is_whole || count < 1 || (bytes[0] != 0 && bytes[0] != 1)) {
        return JZ_EPROTOCOL;
    }
    *prefix = (struct jz_text){bytes + 1, (uint32_t)count - 1};
    *subscribed = bytes[0] == 1;
    return JZ_OK;
}

int jz_socket_heard(struct jz_socket *socket, struct jz_socket_event *event)
{
    JZ_ASSERT(socket->monitor != NULL);
    uint16_t kind = 0;
    int32_t value = 0;
    zmq_msg_t part;
    (void)zmq_msg_init(&part);
    int status = take_part(socket->monitor, &part);
    if (status == JZ_OK) {
        /* The first part: 16 bits of event and 32 of value; the second: the endpoint. */
        JZ_ASSERT(zmq_msg_size(&part) == sizeof(kind) + sizeof(value));
        memcpy(&kind, zmq_msg_data(&part), sizeof(kind));
        memcpy(&value, (const char *)zmq_msg_data(&part) + sizeof(kind), sizeof(value));
        drain(socket->monitor, &part);
        const bool is_up = kind == ZMQ_EVENT_ACCEPTED || kind == ZMQ_EVENT_CONNECTED;
        event->kind = is_up ? JZ_SOCKET_CONNECTED : JZ_SOCKET_LOST;
        event->fd = kind == ZMQ_EVENT_CLOSED ? -1 : value;
    }
    (void)zmq_msg_close(&part);
    return status;
}

int jz_socket_poll(struct jz_socket_wait *waits, uint32_t count, int timeout_ms)
{
    JZ_ASSERT(count <= JZ_SOCKET_WAITS_MAX);
    zmq_pollitem_t items[JZ_SOCKET_WAITS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        const struct jz_socket_wait *wait = &waits[i];
        items[i] = (zmq_pollitem_t){.events = ZMQ_POLLIN, .fd = wait->fd};
        if (wait->socket != NULL) {
            items[i].socket = wait->heard ? wait->socket->monitor : wait->socket->handle;
        }
        waits[i].ready = false;
    }
    if (zmq_poll(items, (int)count, timeout_ms) < 0) {
        return errno == EINTR ? JZ_OK : JZ_ESYSTEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        waits[i].ready = (items[i].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0;
    }
    return JZ_OK;
}
