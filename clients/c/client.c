/* client.c - the life of a client: made from options, commands in, rounds of sending and hearing.
 */
#include "clients/c/inside.h"
#include "clients/c/pack.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"

#include <stdlib.h>
#include <string.h>

#define SILENCE_DEFAULT_MS  3000u
#define PATIENCE_DEFAULT_MS 10000u
#define MESSAGES_PER_ROUND  256u /* so that neither socket waits for ever on the other */

/* Copies an endpoint; false if it is too long. */
static bool copy_endpoint(char place[JZ_SOCKET_ENDPOINT_BYTES_MAX], const char *given,
                          const char *by_default)
{
    const char *endpoint = given == NULL ? by_default : given;
    const size_t length = strnlen(endpoint, JZ_SOCKET_ENDPOINT_BYTES_MAX);
    if (length == 0 || length == JZ_SOCKET_ENDPOINT_BYTES_MAX) {
        return false;
    }
    memcpy(place, endpoint, length + 1);
    return true;
}

static int take_options(struct jz_client *client, const struct jz_client_options *options)
{
    if (options->struct_bytes != sizeof(*options) || options->window > JZ_CLIENT_WINDOW_MAX ||
        options->account_count > JZ_CLIENT_ACCOUNTS_MAX ||
        (options->account_count > 0 && options->accounts == NULL) ||
        !copy_endpoint(client->requests_endpoint, options->requests, JZ_REQUESTS_DEFAULT) ||
        !copy_endpoint(client->feed_endpoint, options->feed, JZ_FEED_DEFAULT)) {
        return JZ_EINVAL;
    }
    client->options = *options;
    client->options.requests = client->requests_endpoint;
    client->options.feed = client->feed_endpoint;
    client->options.accounts = client->accounts;
    for (uint32_t i = 0; i < options->account_count; i++) {
        client->accounts[i] = options->accounts[i];
    }
    if (options->window == 0) {
        client->options.window = JZ_CLIENT_WINDOW_DEFAULT;
    }
    if (options->silence_ms == 0) {
        client->options.silence_ms = SILENCE_DEFAULT_MS;
    }
    if (options->patience_ms == 0) {
        client->options.patience_ms = PATIENCE_DEFAULT_MS;
    }
    client->connection.lane = options->lane;
    return JZ_OK;
}

int jz_client_create(const struct jz_client_options *options, struct jz_client **client)
{
    *client = NULL;
    struct jz_client *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return JZ_ENOMEM;
    }
    jz_socket_frame_init(&made->frame);
    int status = take_options(made, options);
    if (status == JZ_OK) {
        status = jz_socket_context_open(&made->context);
    }
    if (status == JZ_OK) {
        status = jz_message_reader_create(&made->reader);
    }
    if (status == JZ_OK) {
        status = jz_window_init(&made->window, made->options.window);
    }
    if (status == JZ_OK) {
        made->now_ns = jz_clock_monotonic_ns();
        status =
            jz_connection_drive(made); /* opens the socket, so a bad endpoint is told at once */
    }
    if (status != JZ_OK) {
        jz_client_destroy(made);
        return status;
    }
    *client = made;
    return JZ_OK;
}

void jz_client_destroy(struct jz_client *client)
{
    if (client == NULL || client->is_inside) {
        return;
    }
    jz_subscribe_close(client);
    jz_socket_close(&client->connection.socket);
    if (client->context.handle != NULL) {
        jz_socket_context_close(&client->context);
    }
    jz_socket_frame_deinit(&client->frame);
    jz_message_reader_destroy(client->reader);
    jz_window_deinit(&client->window);
    free(client);
}

int jz_client_submit(struct jz_client *client, const struct jz_command *command, uint64_t tag,
                     uint64_t *nonce)
{
    if (!client->connection.has_lane) {
        return JZ_EAGAIN;
    }
    struct jz_window_slot *slot = jz_window_claim(&client->window);
    if (slot == NULL) {
        return JZ_EAGAIN;
    }
    const size_t bytes = jz_pack_command(slot->request, command, slot->nonce);
    if (bytes == 0) {
        return JZ_EINVAL;
    }
    slot->bytes = (uint32_t)bytes;
    slot->tag = tag;
    slot->op = (uint32_t)command->kind;
    jz_window_commit(&client->window, slot);
    if (nonce != NULL) {
        *nonce = slot->nonce;
    }
    return jz_client_flush(client);
}

int jz_client_flush(struct jz_client *client)
{
    struct jz_connection_inside *connection = &client->connection;
    if (connection->phase != JZ_PHASE_UP) {
        return JZ_OK;
    }
    if (connection->resume_ns != 0) {
        if (jz_clock_monotonic_ns() < connection->resume_ns) {
            return JZ_OK;
        }
        connection->resume_ns = 0;
    }
    struct jz_window_slot *slot = jz_window_first_queued(&client->window);
    while (slot != NULL) {
        const int status = jz_socket_send(&connection->socket, slot->request, slot->bytes);
        if (status != JZ_OK) {
            return status == JZ_EAGAIN ? JZ_OK : status; /* the socket is full: next round */
        }
        jz_window_sent(&client->window, slot);
        slot = jz_window_first_queued(&client->window);
    }
    return JZ_OK;
}

/* Takes what the requests socket has. Returns how many messages, or JZ_ESYSTEM. */
static int hear(struct jz_client *client)
{
    int count = 0;
    while (client->connection.phase != JZ_PHASE_DOWN && count < (int)MESSAGES_PER_ROUND) {
        struct jz_socket_message message;
        const int status = jz_socket_receive(&client->connection.socket, &client->frame, &message);
        if (status == JZ_EAGAIN) {
            break;
        }
        if (status == JZ_ESYSTEM || status == JZ_ENOMEM) {
            return status;
        }
        count++;
        client->connection.heard_ns = client->now_ns;
        if (status == JZ_OK) {
            jz_hear_message(client, message.body, message.body_bytes);
        }
    }
    return count;
}

/* Waits until a socket has something or time is up. */
static int wait_for_news(struct jz_client *client, int wait_ms)
{
    struct jz_socket_wait waits[4];
    uint32_t count = 0;
    if (client->connection.phase != JZ_PHASE_DOWN) {
        waits[count++] = (struct jz_socket_wait){.socket = &client->connection.socket};
        waits[count++] =
            (struct jz_socket_wait){.socket = &client->connection.socket, .heard = true};
    }
    if (client->feed.is_open) {
        waits[count++] = (struct jz_socket_wait){.socket = &client->feed.socket};
        waits[count++] = (struct jz_socket_wait){.socket = &client->feed.socket, .heard = true};
    }
    const int bounded_ms = jz_listen_wait_ms(client, jz_connection_wait_ms(client, wait_ms));
    return jz_socket_poll(waits, count, bounded_ms);
}

/* Everything but waiting. */
static int take_turn(struct jz_client *client)
{
    client->now_ns = jz_clock_monotonic_ns();
    const int heard = hear(client);
    if (heard < 0) {
        return heard;
    }
    const int told = jz_listen_drive(client, MESSAGES_PER_ROUND);
    if (told < 0) {
        return told;
    }
    int status = jz_connection_drive(client);
    if (status == JZ_OK) {
        status = jz_subscribe_ask(client);
    }
    if (status == JZ_OK) {
        status = jz_client_flush(client);
    }
    return status == JZ_OK ? heard + told : status;
}

int jz_client_round(struct jz_client *client, int wait_ms)
{
    const int count = take_turn(client);
    if (count != 0 || wait_ms == 0) {
        return count;
    }
    const int status = wait_for_news(client, wait_ms);
    return status == JZ_OK ? take_turn(client) : status;
}

int jz_client_poll(struct jz_client *client, int wait_ms)
{
    if (client->is_inside) {
        return JZ_EINVAL;
    }
    return jz_client_round(client, wait_ms);
}

uint32_t jz_client_unanswered(const struct jz_client *client)
{
    return client->window.unanswered_count;
}

uint32_t jz_client_room(const struct jz_client *client)
{
    const uint64_t span = client->window.next - client->window.lowest;
    return client->connection.has_lane && span < client->window.span_max
               ? (uint32_t)(client->window.span_max - span)
               : 0;
}
