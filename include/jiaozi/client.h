/* client.h - a client of the exchange: submit commands, get answers, follow orders and books.
 *
 *     create -> submit, submit, ... -> poll -> on_answer, on_report, ...      many in flight
 *            -> call                                                         one, and wait for it
 *            -> follow -> poll    -> on_trade, on_book                        the price feed
 *
 * Nothing is lost and nothing is done twice. Every command gets a nonce, and the client keeps a
 * copy of it until it is answered. After a lost connection, a restart of the exchange or BUSY it
 * sends what is unanswered again under the same nonces; the exchange answers a repeat with the
 * answer of the first time (answer.duplicate). What cannot be repeated is a report: those that were
 * under way when a connection broke do not come again, and show as a gap in stream_seq.
 *
 * A refusal without a number (answer.seq 0) did nothing, and comes at once: before the answers to
 * earlier commands. BUSY never comes: the client waits and sends again. Nor does STORAGE_FULL on an
 * ordered lane, where it waits until there is room.
 *
 * The client connects, and connects again, by itself while poll or a blocking call runs.
 *
 * Threads: a client belongs to one thread at a time; clients share nothing with each other.
 * Memory:  all of it is taken by create and follow; what callbacks point to is good until they
 *          return. A callback may submit; it may not poll, call, ask or destroy (JZ_EINVAL).
 */
#ifndef JZ_CLIENT_H
#define JZ_CLIENT_H

#include "jiaozi/feed.h"
#include "jiaozi/message.h"
#include "jiaozi/query.h"
#include "jiaozi/status.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_REQUESTS_DEFAULT      "tcp://127.0.0.1:7010"
#define JZ_FEED_DEFAULT          "tcp://127.0.0.1:7011"
#define JZ_CLIENT_WINDOW_MAX     4096u /* commands unanswered at once */
#define JZ_CLIENT_WINDOW_DEFAULT 64u
#define JZ_CLIENT_ACCOUNTS_MAX   16u /* whose reports one client follows */

struct jz_client;

enum jz_connection_state {
    JZ_CONNECTION_DOWN = 1, /* no connection that can carry commands; trying */
    JZ_CONNECTION_UP,       /* hello is answered; what was unanswered goes out again */
    JZ_CONNECTION_REFUSED,  /* hello was refused, see result; it is said again and again */
};

/* The other side's hello, and how often it was needed. */
struct jz_connection {
    enum jz_connection_state state;
    enum jz_result result; /* REFUSED: BUSY if the lane, or every lane, is taken */
    uint32_t lane;
    uint32_t window;        /* of the lane */
    uint32_t unanswered;    /* commands that go out again */
    uint64_t connect_count; /* connections that came up so far */
};

typedef void (*jz_answer_fn)(void *context, const struct jz_answer *answer);
typedef void (*jz_execution_fn)(void *context, const struct jz_execution *execution);
typedef void (*jz_feed_trade_fn)(void *context, const struct jz_feed_trade *trade);
typedef void (*jz_mirror_fn)(void *context, const struct jz_mirror_news *news);
typedef void (*jz_connection_fn)(void *context, const struct jz_connection *link);

/* Zeroed fields have the default that their line names. Texts and lists are copied. */
struct jz_client_options {
    uint32_t struct_bytes; /* sizeof(struct jz_client_options): which header the caller has */
    uint32_t window;       /* commands unanswered at once, ..JZ_CLIENT_WINDOW_MAX; 0: the default */
    const char *requests;  /* endpoint; NULL: JZ_REQUESTS_DEFAULT */
    const char *feed;      /* endpoint; NULL: JZ_FEED_DEFAULT */
    const struct jz_account_id *accounts; /* whose execution reports are wanted */
    uint32_t account_count;               /* ..JZ_CLIENT_ACCOUNTS_MAX */
    uint32_t lane;                        /* asked for, if lane_wanted; else the gateway chooses */
    bool lane_wanted;
    bool ordered;              /* nothing overtakes: also after BUSY, commands count in the order in
                                  which they were submitted */
    uint32_t silence_ms;       /* nothing heard for so long while waiting: connect anew; 0: 3,000 */
    uint32_t patience_ms;      /* how long a blocking call waits for its answer; 0: 10,000 */
    void *context;             /* first argument of the callbacks, each of which may be NULL */
    jz_answer_fn on_answer;    /* commands of submit; those of call are answered by call */
    jz_execution_fn on_report; /* of the accounts, also for commands of others */
    jz_feed_trade_fn on_trade;
    jz_mirror_fn on_book;
    jz_connection_fn on_connection;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a client; nothing is sent yet. *client is NULL after a failure. JZ_EINVAL: an option out of
 * range or an endpoint that ZeroMQ does not know; JZ_ENOMEM; JZ_ESYSTEM. */
JZ_API JZ_MUST_USE int jz_client_create(const struct jz_client_options *options,
                                        struct jz_client **client);

/* Waits until the exchange has answered hello. JZ_ETIMEOUT after the patience of the options: poll
 * goes on trying. Blocking calls do it by themselves. */
JZ_API JZ_MUST_USE int jz_client_connect(struct jz_client *client);

/* Hands over a command, to be sent now if the connection is up and later if not; on_answer tells
 * what became of it. The nonce is written where one is wanted. Never blocks. JZ_EAGAIN: poll first,
 * because the window is full or the lane is not known before the first connection. JZ_EINVAL: a
 * text too long, missing where it is needed or a kind that clients do not send. Neither leaves a
 * trace. */
JZ_API JZ_MUST_USE int jz_client_submit(struct jz_client *client, const struct jz_command *command,
                                        uint64_t tag, uint64_t *nonce);

/* Sends what waits, takes what has come and calls the callbacks; waits up to wait_ms (-1: without
 * end) if nothing has come. Returns how many messages it took, or JZ_ESYSTEM. */
JZ_API JZ_MUST_USE int jz_client_poll(struct jz_client *client, int wait_ms);

/* Commands that are not answered yet, and how many more submit takes now. */
JZ_API uint32_t jz_client_unanswered(const struct jz_client *client);
JZ_API uint32_t jz_client_room(const struct jz_client *client);

/* Submits one command and waits for its answer, calling callbacks for whatever else comes.
 * JZ_EAGAIN, JZ_EINVAL as submit; JZ_ESYSTEM. JZ_ETIMEOUT: what became of it is not known yet; the
 * client goes on repeating it, and its answer will come to on_answer with tag 0. */
JZ_API JZ_MUST_USE int jz_client_call(struct jz_client *client, const struct jz_command *command,
                                      struct jz_answer *answer);

/* Closes the connection and gives all memory back. What is unanswered may or may not be done. NULL
 * is allowed. */
JZ_API void jz_client_destroy(struct jz_client *client);

#ifdef __cplusplus
}
#endif

#endif /* JZ_CLIENT_H */
