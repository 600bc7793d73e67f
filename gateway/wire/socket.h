/* socket.h - ZeroMQ as gateway and clients use it: opened with the right options, never blocking.
 *
 *     REQUESTS (ROUTER, binds) <------------------> CLIENT (DEALER, connects)   requests, replies
 *     FEED (XPUB, binds)       -------------------> SUBSCRIBER (SUB, connects)  topic + map
 *
 * What the options see to: replies to a peer that is gone or full come back as a status and are
 * never dropped in silence (mandatory routing); nobody takes over another peer's routing id
 * (handover off); a frame over JZ_WIRE_MESSAGE_BYTES_MAX, or to the feed over
 * JZ_SOCKET_SUBSCRIPTION_BYTES_MAX, ends its connection; a connection that
 * does not finish its handshake or stops answering heartbeats is closed; closing lingers no longer
 * than it was told to.
 *
 * A message is one part (behind the routing id, or the topic). One with more or fewer is taken off
 * the socket whole and reported as JZ_EPROTOCOL, so that the sender can be answered.
 *
 * Threads: one context per process; a socket belongs to the thread that uses it. No call waits but
 *          jz_socket_poll.
 * Memory:  the caller owns struct jz_socket; libzmq allocates behind it.
 */
#ifndef JZ_WIRE_SOCKET_H
#define JZ_WIRE_SOCKET_H

#include "gateway/wire/wire.h"
#include "jiaozi/status.h"

#include <stdalign.h>

#define JZ_SOCKET_PEER_BYTES_MAX         255u
#define JZ_SOCKET_ENDPOINT_BYTES_MAX     128u
#define JZ_SOCKET_SUBSCRIPTION_BYTES_MAX 1024 /* also of the handshake's frames */
#define JZ_SOCKET_HANDSHAKE_MS           3000
#define JZ_SOCKET_HEARTBEAT_MS           5000  /* a ping after so much silence */
#define JZ_SOCKET_HEARTBEAT_DEATH_MS     15000 /* closed after so much more */
#define JZ_SOCKET_HIGH_WATER_DEFAULT     8192  /* messages per peer and direction */
#define JZ_SOCKET_FEED_WATER_DEFAULT     65536 /* FEED and SUBSCRIBER; beyond it a subscriber loses */

struct jz_socket_context {
    void *handle; /* private to socket.c */
};

enum jz_socket_kind {
    JZ_SOCKET_REQUESTS = 1,
    JZ_SOCKET_CLIENT = 2,
    JZ_SOCKET_FEED = 3,
    JZ_SOCKET_SUBSCRIBER = 4,
};

struct jz_socket_options {
    enum jz_socket_kind kind;
    const char *endpoint; /* tcp://127.0.0.1:7010, ipc://PATH, inproc://NAME; a bound tcp port *
                             is a free one, see jz_socket.endpoint */
    int high_water;       /* messages per peer and direction; 0: the default of the kind */
    int reconnect_ms;     /* connecting kinds: pause before libzmq connects again by itself; 0:
                             never, the socket reports JZ_SOCKET_LOST and is to be closed */
    int linger_ms;        /* how long closing the context waits for what is not sent yet; 0: not */
    bool monitored;       /* report connections, see jz_socket_heard */
};

struct jz_socket {
    void *handle;  /* private to socket.c */
    void *monitor; /* private to socket.c; NULL: not monitored */
    enum jz_socket_kind kind;
    char endpoint[JZ_SOCKET_ENDPOINT_BYTES_MAX]; /* as bound, with the port that was picked */
};

/* A connection of a REQUESTS socket, by its routing id. */
struct jz_socket_peer {
    uint8_t length;
    uint8_t bytes[JZ_SOCKET_PEER_BYTES_MAX];
};

/* Room for a received message; private to socket.c. What a receive into it gave out is good until
 * the next one or jz_socket_frame_deinit. */
struct jz_socket_frame {
    alignas(8) unsigned char opaque[2][64]; /* body; topic */
};

void jz_socket_frame_init(struct jz_socket_frame *frame);
void jz_socket_frame_deinit(struct jz_socket_frame *frame);

struct jz_socket_message {
    struct jz_socket_peer peer; /* REQUESTS: from whom */
    int fd;                     /* REQUESTS: file descriptor of the connection, -1: none (inproc) */
    struct jz_text topic;       /* SUBSCRIBER */
    const uint8_t *body;
    size_t body_bytes;
};

/* JZ_OK, JZ_ENOMEM or JZ_ESYSTEM. */
JZ_MUST_USE int jz_socket_context_open(struct jz_socket_context *context);

/* All sockets of it are closed before. Waits until libzmq's threads have ended. */
void jz_socket_context_close(struct jz_socket_context *context);

/* Opens and binds or connects. JZ_OK; JZ_EINVAL: the endpoint is not understood or the address is
 * not on this machine; JZ_EINUSE: another process (or socket) holds the address; JZ_EDENIED: no
 * permission for it; JZ_ENOMEM; JZ_ESYSTEM, see errno. On any of these the socket is closed. That a
 * connection comes about is reported by jz_socket_heard, not here. */
JZ_MUST_USE
int jz_socket_open(struct jz_socket *socket, struct jz_socket_context *context,
                   const struct jz_socket_options *options);

/* What is not sent is dropped, after linger_ms. Again on a closed or zeroed socket: nothing
 * happens.
 */
void jz_socket_close(struct jz_socket *socket);

/* SUBSCRIBER: also take messages whose topic starts with the prefix; or no more. JZ_OK or
 * JZ_ESYSTEM. */
JZ_MUST_USE int jz_socket_subscribe(struct jz_socket *socket, const char *prefix);
JZ_MUST_USE int jz_socket_unsubscribe(struct jz_socket *socket, const char *prefix);

/* REQUESTS, CLIENT, SUBSCRIBER: the next message. JZ_OK; JZ_EAGAIN: there is none; JZ_EPROTOCOL:
 * there was one with too many or too few parts, it is gone, message->peer says whose it was and
 * body is NULL; JZ_EGONE: there was one of a peer whose routing id is longer than any may be, it is
 * gone and cannot be answered; JZ_ESYSTEM. */
JZ_MUST_USE
int jz_socket_receive(struct jz_socket *socket, struct jz_socket_frame *frame,
                      struct jz_socket_message *message);

/* REQUESTS: to one peer, the bytes are copied. JZ_OK: queued for it, also a moment after it left;
 * JZ_EAGAIN: its queue is full; JZ_EGONE: there is no such peer (any more); JZ_ESYSTEM. */
JZ_MUST_USE
int jz_socket_reply(struct jz_socket *socket, const struct jz_socket_peer *peer, const void *body,
                    size_t body_bytes);

/* REQUESTS: ends the connection with this descriptor, and with it what is queued for it. That it is
 * over is reported by jz_socket_heard. */
void jz_socket_hang_up(int fd);

/* CLIENT: the bytes are copied. JZ_OK: queued; JZ_EAGAIN: the queue is full; JZ_ESYSTEM. */
JZ_MUST_USE
int jz_socket_send(struct jz_socket *socket, const void *body, size_t body_bytes);

/* FEED: to whoever has subscribed to the topic; a subscriber whose queue is full loses it. JZ_OK or
 * JZ_ESYSTEM. */
JZ_MUST_USE
int jz_socket_publish(struct jz_socket *socket, struct jz_text topic, const void *body,
                      size_t body_bytes);

/* FEED: the next change of what is subscribed to: a first subscriber came to the topic prefix, or
 * the last one left. JZ_OK; JZ_EAGAIN: there is none; JZ_EPROTOCOL: a peer sent something else, it
 * is gone; JZ_ESYSTEM. The prefix lies in the frame. */
JZ_MUST_USE
int jz_socket_subscription(struct jz_socket *socket, struct jz_socket_frame *frame,
                           struct jz_text *prefix, bool *subscribed);

enum jz_socket_event_kind {
    JZ_SOCKET_CONNECTED = 1, /* the other side is there; its handshake may still fail */
    JZ_SOCKET_LOST = 2,      /* that connection is over, or an attempt to connect failed */
};

struct jz_socket_event {
    enum jz_socket_event_kind kind;
    int fd; /* which connection; -1: an attempt that failed */
};

/* The next thing that happened to connections of a monitored socket (tcp and ipc), in order. JZ_OK;
 * JZ_EAGAIN: nothing; JZ_ESYSTEM. Messages come on another way: a message may be received before
 * its connection is heard of, and after it was lost. */
JZ_MUST_USE
int jz_socket_heard(struct jz_socket *socket, struct jz_socket_event *event);

/* One thing to wait for: a socket's messages (and subscriptions), its monitor, or a descriptor. */
struct jz_socket_wait {
    struct jz_socket *socket; /* or NULL: fd */
    bool heard;               /* with socket: its monitor instead */
    int fd;
    bool ready; /* set by jz_socket_poll */
};

#define JZ_SOCKET_WAITS_MAX 8u

/* Waits until one of them can be read, or timeout_ms are over (0: looks only; -1: no time-out).
 * JZ_OK, also when nothing is ready or a signal came; JZ_ESYSTEM. count <= JZ_SOCKET_WAITS_MAX. */
JZ_MUST_USE
int jz_socket_poll(struct jz_socket_wait *waits, uint32_t count, int timeout_ms);

#endif /* JZ_WIRE_SOCKET_H */
