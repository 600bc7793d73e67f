/* inside.h - a client from within: one struct, and the parts of it that work on it.
 *
 *     connection.c the connection: DEALER, hello, and again when it is lost
 *     client.c     commands out: submit, window, poll
 *     hear.c       what comes in: answers, refusals, reports
 *     query.c      blocking calls and questions
 *     listen.c     the subscription: SUB, and again when it is lost
 *     subscribe.c  what the feed brings: trades and followed books
 *
 * All of it runs inside the caller's calls. While a callback runs, is_inside is set.
 */
#ifndef JZ_CLIENTS_C_INSIDE_H
#define JZ_CLIENTS_C_INSIDE_H

#include "clients/c/mirror.h"
#include "clients/c/window.h"
#include "gateway/wire/message.h"
#include "gateway/wire/socket.h"
#include "jiaozi/client.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_NS_PER_MS UINT64_C(1000000)

enum jz_connection_phase {
    JZ_PHASE_DOWN = 0, /* no socket; retry_ns says when to open one */
    JZ_PHASE_GREETING, /* hello is out, or waits to be said again */
    JZ_PHASE_UP,
};

/* The connection to the requests socket. */
struct jz_connection_inside {
    struct jz_socket socket;
    enum jz_connection_phase phase;
    bool is_said;         /* GREETING: hello is out and not answered */
    bool has_lane;        /* a lane was given once */
    bool is_lane_refused; /* it is taken: ask for any other if nothing is unanswered */
    uint32_t lane;
    uint32_t lane_window;
    uint64_t hello_ref;
    uint64_t retry_ns;  /* DOWN: when to connect; GREETING: when to say hello again */
    uint64_t heard_ns;  /* last sign of life, or when the wait for one began */
    uint64_t resume_ns; /* UP: after BUSY nothing goes out before this */
    uint64_t connect_count;
};

/* A market of the feed. */
struct jz_tape {
    char symbol[JZ_SYMBOL_MAX + 1];
    uint64_t trade_no; /* last one seen; 0: none yet */
};

/* The subscription socket. */
struct jz_feed_inside {
    struct jz_socket socket;
    bool is_open;
    bool is_connected;
    uint64_t retry_ns; /* not open: when to open it */
    struct jz_tape tapes[JZ_MIRRORS_MAX];
    uint32_t tape_count;
    struct jz_mirror *books[JZ_MIRRORS_MAX];
    uint32_t book_count;
};

/* Takes the reply to a question apart, into the caller's memory. JZ_OK or JZ_EPROTOCOL. */
typedef int (*jz_take_fn)(struct jz_client *client, const struct jz_message *heard, void *into);

/* What a blocking call waits for: the answer to one nonce, or the reply to one ref. */
struct jz_wait_inside {
    bool is_on;
    bool is_done;
    uint64_t nonce;           /* of a command, else 0 */
    uint64_t ref;             /* of a question, else 0 */
    struct jz_answer *answer; /* of a command */
    jz_take_fn take;          /* of a question */
    void *into;
    enum jz_result result;
    int status; /* of take */
};

struct jz_client {
    struct jz_client_options options; /* texts and lists point into this struct */
    char requests_endpoint[JZ_SOCKET_ENDPOINT_BYTES_MAX];
    char feed_endpoint[JZ_SOCKET_ENDPOINT_BYTES_MAX];
    struct jz_account_id accounts[JZ_CLIENT_ACCOUNTS_MAX];
    struct jz_socket_context context;
    struct jz_socket_frame frame;
    struct jz_message_reader *reader;
    struct jz_window window;
    struct jz_connection_inside connection;
    struct jz_feed_inside feed;
    struct jz_wait_inside wait;
    uint64_t next_ref;
    uint64_t now_ns; /* of the round under way */
    bool is_inside;  /* a callback runs */
};

/* The smaller of a wait (-1: no bound) and the time until due_ns, in milliseconds, rounded up. */
static inline int jz_wait_until(int wait_ms, uint64_t now_ns, uint64_t due_ns)
{
    const uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    const uint64_t left_ms = left_ns / JZ_NS_PER_MS + (left_ns % JZ_NS_PER_MS != 0 ? 1 : 0);
    return left_ms < (uint64_t)(uint32_t)wait_ms && left_ms < INT32_MAX ? (int)left_ms : wait_ms;
}

/* ---- connection.c ---- */

/* Opens, greets, gives up and tries again as time and the monitor say. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE int jz_connection_drive(struct jz_client *client);

/* How long a wait may last before jz_connection_drive has something to do, at most wait_ms (-1: no
 * bound). */
int jz_connection_wait_ms(const struct jz_client *client, int wait_ms);

/* The reply to hello, or its refusal. False: it is not about hello. */
bool jz_connection_heard(struct jz_client *client, const struct jz_message *heard);

/* Gives the connection up and makes another one after pause_ms. What is unanswered waits to go out
 * again. */
void jz_connection_drop(struct jz_client *client, uint64_t pause_ms);

/* Waits after BUSY before anything more goes out. */
void jz_connection_pause(struct jz_client *client, uint32_t pause_ms);

/* ---- client.c ---- */

/* Sends what the window has queued, as far as the socket takes it. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE int jz_client_flush(struct jz_client *client);

/* One round of everything: takes what has come, sends what waits, waits up to wait_ms (-1: without
 * end) if nothing has come. Returns how many messages it took, or JZ_ESYSTEM. */
JZ_MUST_USE int jz_client_round(struct jz_client *client, int wait_ms);

/* ---- hear.c ---- */

/* Takes a message part of the requests socket apart and acts on each map in it. */
void jz_hear_message(struct jz_client *client, const uint8_t *body, size_t body_bytes);

/* ---- listen.c ---- */

/* Subscribes to the topic of a symbol, now and on every later connection. JZ_OK, JZ_EINVAL (the
 * endpoint), JZ_ENOMEM or JZ_ESYSTEM. */
JZ_MUST_USE int jz_listen_to(struct jz_client *client, const char *kind, const char *symbol);

/* Connects as time and the monitor say, and takes what has come, at most messages_max. Returns how
 * many messages, or JZ_ESYSTEM. */
JZ_MUST_USE int jz_listen_drive(struct jz_client *client, uint32_t messages_max);

/* How long a wait may last before jz_listen_drive has something to do, at most wait_ms. */
int jz_listen_wait_ms(const struct jz_client *client, int wait_ms);

/* ---- subscribe.c ---- */

/* A message of the feed. */
void jz_subscribe_hear(struct jz_client *client, const struct jz_feed_message *heard);

/* The feed is connected anew, or lost: no book can be trusted. They are asked for after pause_ms.
 */
void jz_subscribe_lose(struct jz_client *client, uint64_t pause_ms);

/* Asks for the whole of each stale book, now and then until it comes. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE int jz_subscribe_ask(struct jz_client *client);

/* A reply or refusal to a request for a book. False: it is not about one. */
bool jz_subscribe_heard(struct jz_client *client, const struct jz_message *heard);

void jz_subscribe_close(struct jz_client *client);

#endif /* JZ_CLIENTS_C_INSIDE_H */
