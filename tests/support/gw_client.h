/* gw_client.h - a client of a test: says requests as text, hears what comes back.
 *
 *     gw_connect(&exchange, &ana);
 *     gw_hello(&ana, "'accounts': [16]");
 *     gw_say(&ana, "'op': 'place_order', 'nonce': 1, ...");
 *     const struct jz_message *heard = gw_hear_reply(&ana);
 *
 * While it waits, the exchange turns.
 */
#ifndef JZ_TESTS_GW_CLIENT_H
#define JZ_TESTS_GW_CLIENT_H

#include "tests/support/gw_exchange.h"

struct gw_client {
    struct gw_exchange *exchange;
    struct jz_socket socket;
    struct jz_socket_frame frame;
    struct jz_message_reader *reader;
    struct jz_message heard; /* the last one */
    bool is_open;            /* a message is under way in the reader */
    uint64_t nonce;          /* last one used by gw_place and gw_cancel */
};

/* Connects to the gateway; hello is still to be said. */
void gw_connect(struct gw_exchange *exchange, struct gw_client *client);

/* The connection ends. */
void gw_leave(struct gw_client *client);

/* Sends {"v": 1, fields}. */
void gw_say(struct gw_client *client, const char *fields);

/* Sends bytes as they are. */
void gw_say_bytes(struct gw_client *client, const void *bytes, size_t count);

/* The next map, waiting for it; good until the next one. Fails the test if none comes. */
const struct jz_message *gw_hear(struct gw_client *client);

/* The next map if one comes in so many milliseconds, else NULL. */
const struct jz_message *gw_hear_within(struct gw_client *client, uint32_t ms);

/* The next reply or refusal; reports before it are dropped. */
const struct jz_message *gw_hear_reply(struct gw_client *client);

/* Nothing comes for a while. */
void gw_expect_silence(struct gw_client *client);

/* Says and hears; the reply must be a refusal with this result. */
const struct jz_message *gw_expect_refusal(struct gw_client *client, const char *fields,
                                           enum jz_result result);

/* Says hello with these fields ("" for none), and is welcome. */
struct jz_hello_answer gw_hello(struct gw_client *client, const char *fields);

/* Sends an order with the next nonce, or a cancel; nothing is waited for. */
void gw_place(struct gw_client *client, struct wish wish);
void gw_cancel(struct gw_client *client, uint32_t account, uint64_t order);

/* The next reply must be to an order, done. */
struct jz_order_answer gw_hear_order(struct gw_client *client);

/* Hears the feed. */
struct gw_listener {
    struct gw_exchange *exchange;
    struct jz_socket socket;
    struct jz_socket_frame frame;
    struct jz_message_reader *reader;
    struct jz_feed_message heard;
};

/* Subscribes to a prefix, and waits until the gateway must know. */
void gw_listen(struct gw_exchange *exchange, struct gw_listener *listener, const char *prefix);
void gw_stop_listening(struct gw_listener *listener);

/* The next feed message if one comes in so many milliseconds, else NULL. */
const struct jz_feed_message *gw_hear_feed(struct gw_listener *listener, uint32_t ms);

#endif /* JZ_TESTS_GW_CLIENT_H */
