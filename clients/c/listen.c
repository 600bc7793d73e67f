/* listen.c - the subscription to the feed: a SUB socket that is made anew when its connection is
 * lost.
 *
 * Made anew and not left to libzmq, which waits longer and longer before it connects again: after a
 * restart of the exchange the books should be right within a moment, not within seconds.
 */
#include "clients/c/inside.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"

#include <stdio.h>

#define PAUSE_AFTER_LOSS_MS 50u
#define PAUSE_TO_TAKE_MS                                                                           \
    20u /* for the subscription to reach the gateway, before books are asked                       \
         */

static int subscribe_one(struct jz_client *client, const char *kind, const char *symbol)
{
    char topic[JZ_WIRE_TOPIC_BYTES_MAX + 1];
    const int length = snprintf(topic, sizeof(topic), "%s%s", kind, symbol);
    JZ_ASSERT(length > 0);
    JZ_ASSERT(length < (int)sizeof(topic));
    return jz_socket_subscribe(&client->feed.socket, topic);
}

/* Opens the socket and subscribes to all that is followed. */
static int open_feed(struct jz_client *client)
{
    struct jz_feed_inside *feed = &client->feed;
    const struct jz_socket_options options = {
        .kind = JZ_SOCKET_SUBSCRIBER,
        .endpoint = client->feed_endpoint,
        .monitored = true,
    };
    int status = jz_socket_open(&feed->socket, &client->context, &options);
    if (status != JZ_OK) {
        return status;
    }
    feed->is_open = true;
    feed->is_connected = false;
    for (uint32_t i = 0; i < feed->tape_count && status == JZ_OK; i++) {
        status = subscribe_one(client, JZ_TOPIC_TRADE, feed->tapes[i].symbol);
    }
    for (uint32_t i = 0; i < feed->book_count && status == JZ_OK; i++) {
        status = subscribe_one(client, JZ_TOPIC_DEPTH, feed->books[i]->symbol);
    }
    return status;
}

static void close_feed(struct jz_client *client)
{
    struct jz_feed_inside *feed = &client->feed;
    jz_socket_close(&feed->socket);
    feed->is_open = false;
    feed->is_connected = false;
    feed->retry_ns = client->now_ns + PAUSE_AFTER_LOSS_MS * JZ_NS_PER_MS;
    jz_subscribe_lose(client, 0);
}

int jz_listen_to(struct jz_client *client, const char *kind, const char *symbol)
{
    client->now_ns = jz_clock_monotonic_ns();
    if (!client->feed.is_open) {
        const int status = open_feed(client);
        if (status != JZ_OK) {
            return status;
        }
    }
    return subscribe_one(client, kind, symbol);
}

/* Looks at the monitor. JZ_OK or JZ_ESYSTEM. */
static int look(struct jz_client *client)
{
    struct jz_feed_inside *feed = &client->feed;
    struct jz_socket_event event;
    int status = JZ_OK;
    while (feed->is_open && (status = jz_socket_heard(&feed->socket, &event)) == JZ_OK) {
        switch (event.kind) {
        case JZ_SOCKET_CONNECTED:
            feed->is_connected = true;
            jz_subscribe_lose(client, PAUSE_TO_TAKE_MS);
            break;
        case JZ_SOCKET_LOST:
            close_feed(client);
            break;
        }
    }
    return status == JZ_EAGAIN ? JZ_OK : status;
}

/* Takes messages. Returns how many, or JZ_ESYSTEM. */
static int take(struct jz_client *client, uint32_t messages_max)
{
    int count = 0;
    while (count < (int)messages_max) {
        struct jz_socket_message message;
        const int status = jz_socket_receive(&client->feed.socket, &client->frame, &message);
        if (status == JZ_EAGAIN) {
            break;
        }
        if (status == JZ_ESYSTEM || status == JZ_ENOMEM) {
            return status;
        }
        count++;
        struct jz_feed_message heard;
        if (status == JZ_OK && jz_message_feed(client->reader, message.topic, message.body,
                                               message.body_bytes, &heard) == JZ_OK) {
            jz_subscribe_hear(client, &heard);
        }
    }
    return count;
}

int jz_listen_drive(struct jz_client *client, uint32_t messages_max)
{
    struct jz_feed_inside *feed = &client->feed;
    if (feed->tape_count + feed->book_count == 0) {
        return 0;
    }
    if (!feed->is_open) {
        return client->now_ns >= feed->retry_ns ? open_feed(client) : 0;
    }
    const int status = look(client);
    if (status != JZ_OK || !feed->is_open) {
        return status;
    }
    return take(client, messages_max);
}

int jz_listen_wait_ms(const struct jz_client *client, int wait_ms)
{
    const struct jz_feed_inside *feed = &client->feed;
    if (feed->tape_count + feed->book_count == 0) {
        return wait_ms;
    }
    if (!feed->is_open) {
        return jz_wait_until(wait_ms, client->now_ns, feed->retry_ns);
    }
    int bounded_ms = wait_ms;
    for (uint32_t i = 0; i < feed->book_count; i++) {
        const struct jz_mirror *book = feed->books[i];
        if (!book->is_current && feed->is_connected && client->connection.phase == JZ_PHASE_UP) {
            bounded_ms = jz_wait_until(bounded_ms, client->now_ns, book->ask_ns);
        }
    }
    return bounded_ms;
}
