/* gw_client.c - a DEALER and a SUB socket in the hands of a test. */
#include "tests/support/gw_client.h"

#include "engine/base/clock.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 4096, POLL_MS = 1 };

/* ---- requests ----------------------------------------------------------------------------------
 */

void gw_connect(struct gw_exchange *exchange, struct gw_client *client)
{
    const struct jz_socket_options options = {.kind = JZ_SOCKET_CLIENT,
                                              .endpoint = exchange->requests};
    *client = (struct gw_client){.exchange = exchange};
    jz_socket_frame_init(&client->frame);
    assert_int_equal(jz_socket_open(&client->socket, &exchange->context, &options), JZ_OK);
    assert_int_equal(jz_message_reader_create(&client->reader), JZ_OK);
}

void gw_leave(struct gw_client *client)
{
    jz_message_reader_destroy(client->reader);
    jz_socket_frame_deinit(&client->frame);
    jz_socket_close(&client->socket);
}

void gw_say_bytes(struct gw_client *client, const void *bytes, size_t count)
{
    assert_int_equal(jz_socket_send(&client->socket, bytes, count), JZ_OK);
}

void gw_say(struct gw_client *client, const char *fields)
{
    char text[TEXT_MAX];
    uint8_t packed[TEXT_MAX];
    const int length = snprintf(text, sizeof(text), "{'v': 1, %s}", fields);
    assert_in_range(length, 1, TEXT_MAX - 1);
    gw_say_bytes(client, packed, jz_packed_text(text, packed, sizeof(packed)));
}

/* Takes the next message off the socket, turning the exchange meanwhile. False: none came. */
static bool receive(struct gw_client *client, uint32_t ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (ms * UINT64_C(1000000));
    struct jz_socket_message message;

    for (;;) {
        gw_turn(client->exchange);
        const int status = jz_socket_receive(&client->socket, &client->frame, &message);
        if (status == JZ_OK) {
            assert_int_equal(jz_message_open(client->reader, message.body, message.body_bytes),
                             JZ_OK);
            client->is_open = true;
            return true;
        }
        assert_int_equal(status, JZ_EAGAIN);
        if (jz_clock_monotonic_ns() >= end_ns) {
            return false;
        }
        struct jz_socket_wait wait = {.socket = &client->socket};
        assert_int_equal(jz_socket_poll(&wait, 1, POLL_MS), JZ_OK);
    }
}

const struct jz_message *gw_hear_within(struct gw_client *client, uint32_t ms)
{
    for (;;) {
        if (client->is_open) {
            const int status = jz_message_next(client->reader, &client->heard);
            if (status == JZ_OK) {
                return &client->heard;
            }
            assert_int_equal(status, JZ_EAGAIN);
            client->is_open = false;
        }
        if (!receive(client, ms)) {
            return NULL;
        }
    }
}

const struct jz_message *gw_hear(struct gw_client *client)
{
    const struct jz_message *heard = gw_hear_within(client, GW_WAIT_MS);
    assert_non_null(heard);
    return heard;
}

const struct jz_message *gw_hear_reply(struct gw_client *client)
{
    const struct jz_message *heard = gw_hear(client);
    while (heard->kind == JZ_MESSAGE_REPORT) {
        heard = gw_hear(client);
    }
    return heard;
}

void gw_expect_silence(struct gw_client *client)
{
    assert_null(gw_hear_within(client, GW_QUIET_MS));
}

const struct jz_message *gw_expect_refusal(struct gw_client *client, const char *fields,
                                           enum jz_result result)
{
    gw_say(client, fields);
    const struct jz_message *heard = gw_hear_reply(client);
    assert_int_equal(heard->kind, JZ_MESSAGE_REFUSAL);
    assert_int_equal(heard->refusal.result, result);
    return heard;
}

struct jz_hello_answer gw_hello(struct gw_client *client, const char *fields)
{
    char text[TEXT_MAX];
    struct jz_hello_answer answer = {0};

    (void)snprintf(text, sizeof(text), "'op': 'hello', 'ref': 1%s%s", fields[0] != '\0' ? ", " : "",
                   fields);
    gw_say(client, text);
    const struct jz_message *heard = gw_hear_reply(client);
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_int_equal(jz_message_hello(heard, &answer), JZ_OK);
    client->nonce = answer.highest_nonce;
    return answer;
}

void gw_place(struct gw_client *client, struct wish wish)
{
    char text[TEXT_MAX];
    char id[64] = "";

    if (wish.client_id != NULL) {
        (void)snprintf(id, sizeof(id), ", 'client_order_id': '%s'", wish.client_id);
    }
    (void)snprintf(text, sizeof(text),
                   "'op': 'place_order', 'nonce': %llu, 'account': %u, 'symbol': 'BEANS/MILES', "
                   "'side': '%s', 'lots': %llu, 'price': %llu, 'time_in_force': '%s'%s",
                   (unsigned long long)++client->nonce, wish.account,
                   wish.side == JZ_SIDE_BUY ? "buy" : "sell", (unsigned long long)wish.lots,
                   (unsigned long long)wish.price, wish.tif == JZ_TIF_IOC ? "ioc" : "gtc", id);
    gw_say(client, text);
}

void gw_cancel(struct gw_client *client, uint32_t account, uint64_t order)
{
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof(text),
                   "'op': 'cancel_order', 'nonce': %llu, 'account': %u, 'order_id': %llu",
                   (unsigned long long)++client->nonce, account, (unsigned long long)order);
    gw_say(client, text);
}

struct jz_order_answer gw_hear_order(struct gw_client *client)
{
    struct jz_order_answer answer = {0};
    const struct jz_message *heard = gw_hear_reply(client);
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_int_equal(jz_message_order(heard, &answer), JZ_OK);
    return answer;
}

/* ---- feed --------------------------------------------------------------------------------------
 */

const struct jz_feed_message *gw_hear_feed(struct gw_listener *listener, uint32_t ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (ms * UINT64_C(1000000));
    struct jz_socket_message message;

    for (;;) {
        gw_turn(listener->exchange);
        const int status = jz_socket_receive(&listener->socket, &listener->frame, &message);
        if (status == JZ_OK) {
            assert_int_equal(jz_message_feed(listener->reader, message.topic, message.body,
                                             message.body_bytes, &listener->heard),
                             JZ_OK);
            return &listener->heard;
        }
        assert_int_equal(status, JZ_EAGAIN);
        if (jz_clock_monotonic_ns() >= end_ns) {
            return NULL;
        }
        struct jz_socket_wait wait = {.socket = &listener->socket};
        assert_int_equal(jz_socket_poll(&wait, 1, POLL_MS), JZ_OK);
    }
}

void gw_listen(struct gw_exchange *exchange, struct gw_listener *listener, const char *prefix)
{
    const struct jz_socket_options options = {.kind = JZ_SOCKET_SUBSCRIBER,
                                              .endpoint = exchange->feed};
    *listener = (struct gw_listener){.exchange = exchange};
    jz_socket_frame_init(&listener->frame);
    assert_int_equal(jz_message_reader_create(&listener->reader), JZ_OK);
    assert_int_equal(jz_socket_open(&listener->socket, &exchange->context, &options), JZ_OK);

    /* A connection's subscriptions are taken in order, so when the heartbeat comes, which was asked
     * for last, the prefix is known. */
    assert_int_equal(jz_socket_subscribe(&listener->socket, prefix), JZ_OK);
    assert_int_equal(jz_socket_subscribe(&listener->socket, JZ_TOPIC_HEARTBEAT), JZ_OK);
    const struct jz_feed_message *heard = gw_hear_feed(listener, GW_WAIT_MS);
    assert_non_null(heard);
    assert_int_equal(heard->kind, JZ_FEED_HEARTBEAT);
    if (strcmp(prefix, JZ_TOPIC_HEARTBEAT) != 0) {
        assert_int_equal(jz_socket_unsubscribe(&listener->socket, JZ_TOPIC_HEARTBEAT), JZ_OK);
    }
}

void gw_stop_listening(struct gw_listener *listener)
{
    jz_message_reader_destroy(listener->reader);
    jz_socket_frame_deinit(&listener->frame);
    jz_socket_close(&listener->socket);
}
