/* connection.c - the connection to the exchange: made, greeted, watched, and made again.
 *
 * Each connection is a DEALER of its own. libzmq would connect an old one again by itself, but the
 * exchange would then get commands before hello, from a connection that it does not know. So a
 * socket is closed when its connection is lost, and a fresh one says hello for the same lane and
 * sends everything unanswered again, lowest nonce first.
 *
 *     DOWN --- open ---> GREETING --- hello answered ---> UP
 *      ^                    |  refused: said again later   |
 *      '--------------------+--- lost, or silent too long -'
 *
 * The lane asked for is free as soon as the gateway has noticed that the old connection is gone;
 * until then hello is refused with BUSY and said again.
 */
#include "clients/c/inside.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"

#define PAUSE_AFTER_LOSS_MS 50u
#define PAUSE_AFTER_BUSY_MS 20u
#define PAUSE_MAX_MS        2000u

#define HAS(field) (UINT64_C(1) << JZ_FIELD_##field)

static void tell(struct jz_client *client, enum jz_connection_state state, enum jz_result result)
{
    if (client->options.on_connection == NULL) {
        return;
    }
    const struct jz_connection news = {
        .state = state,
        .result = result,
        .lane = client->connection.lane,
        .window = client->connection.lane_window,
        .unanswered = client->window.unanswered_count,
        .connect_count = client->connection.connect_count,
    };
    client->is_inside = true;
    client->options.on_connection(client->options.context, &news);
    client->is_inside = false;
}

static int say_hello(struct jz_client *client)
{
    struct jz_connection_inside *connection = &client->connection;
    const bool is_bound = client->window.unanswered_count > 0 || client->options.lane_wanted;
    struct jz_request request = {
        .op = JZ_OP_HELLO,
        .present = HAS(REF),
        .ref = {.kind = JZ_REF_NUMBER, .number = ++client->next_ref},
    };
    if (client->options.ordered) {
        request.present |= HAS(ORDERED);
        request.ordered = true;
    }
    if (client->options.account_count > 0) {
        request.present |= HAS(ACCOUNTS);
        request.account_count = client->options.account_count;
        for (uint32_t i = 0; i < client->options.account_count; i++) {
            request.accounts[i] = client->accounts[i].value;
        }
    }
    if (connection->has_lane ? !connection->is_lane_refused || is_bound
                             : client->options.lane_wanted) {
        request.present |= HAS(LANE);
        request.lane = connection->lane;
    }
    uint8_t bytes[JZ_MESSAGE_REQUEST_BYTES_MAX];
    const size_t count = jz_message_request(bytes, sizeof(bytes), &request);
    JZ_ASSERT(count > 0);
    connection->hello_ref = request.ref.number;
    connection->is_said = true;
    connection->heard_ns = client->now_ns;
    const int status = jz_socket_send(&connection->socket, bytes, count);
    return status == JZ_EAGAIN ? JZ_OK : status; /* not taken: silence leads to a new connection */
}

static int open_link(struct jz_client *client)
{
    struct jz_connection_inside *connection = &client->connection;
    const struct jz_socket_options options = {
        .kind = JZ_SOCKET_CLIENT,
        .endpoint = client->requests_endpoint,
        .monitored = true,
    };
    const int status = jz_socket_open(&connection->socket, &client->context, &options);
    if (status != JZ_OK) {
        return status;
    }
    connection->phase = JZ_PHASE_GREETING;
    return say_hello(client);
}

void jz_connection_drop(struct jz_client *client, uint64_t pause_ms)
{
    struct jz_connection_inside *connection = &client->connection;
    if (connection->phase == JZ_PHASE_DOWN) {
        return;
    }
    const bool was_up = connection->phase == JZ_PHASE_UP;
    jz_socket_close(&connection->socket);
    connection->phase = JZ_PHASE_DOWN;
    connection->is_said = false;
    connection->resume_ns = 0;
    connection->retry_ns = client->now_ns + pause_ms * JZ_NS_PER_MS;
    jz_window_again_from(&client->window, 0);
    if (was_up) {
        tell(client, JZ_CONNECTION_DOWN, (enum jz_result)0);
    }
}

void jz_connection_pause(struct jz_client *client, uint32_t pause_ms)
{
    const uint32_t asked_ms = pause_ms == 0 ? PAUSE_AFTER_BUSY_MS : pause_ms;
    const uint32_t bounded_ms = asked_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : asked_ms;
    client->connection.resume_ns = client->now_ns + bounded_ms * JZ_NS_PER_MS;
}

static void greeted(struct jz_client *client, const struct jz_hello_answer *hello)
{
    struct jz_connection_inside *connection = &client->connection;
    if (client->window.unanswered_count == 0) {
        jz_window_start(&client->window, hello->highest_nonce + 1);
    } else {
        jz_window_skip_to(&client->window, hello->highest_nonce + 1);
    }
    if (hello->window > 0) {
        jz_window_limit(&client->window, hello->window);
    }
    connection->has_lane = true;
    connection->is_lane_refused = false;
    connection->lane = hello->lane;
    connection->lane_window = hello->window;
    connection->phase = JZ_PHASE_UP;
    connection->connect_count++;
    tell(client, JZ_CONNECTION_UP, JZ_RESULT_DONE);
}

bool jz_connection_heard(struct jz_client *client, const struct jz_message *heard)
{
    struct jz_connection_inside *connection = &client->connection;
    if (connection->phase != JZ_PHASE_GREETING || heard->reply.ref.kind != JZ_REF_NUMBER ||
        heard->reply.ref.number != connection->hello_ref) {
        return false;
    }
    if (heard->kind == JZ_MESSAGE_REFUSAL) {
        const uint32_t asked_ms = heard->refusal.retry_after_ms;
        const uint32_t pause_ms =
            asked_ms == 0 || asked_ms > PAUSE_MAX_MS ? PAUSE_AFTER_LOSS_MS : asked_ms;
        connection->is_said = false;
        connection->is_lane_refused = heard->refusal.result == JZ_RESULT_BUSY;
        connection->retry_ns = client->now_ns + pause_ms * JZ_NS_PER_MS;
        tell(client, JZ_CONNECTION_REFUSED, heard->refusal.result);
        return true;
    }
    struct jz_hello_answer hello;
    if (jz_message_hello(heard, &hello) != JZ_OK) {
        jz_connection_drop(client, PAUSE_AFTER_LOSS_MS);
        return true;
    }
    greeted(client, &hello);
    return true;
}

/* Looks at the monitor. JZ_OK or JZ_ESYSTEM. */
static int look(struct jz_client *client)
{
    struct jz_connection_inside *connection = &client->connection;
    struct jz_socket_event event;
    int status = JZ_OK;
    while (connection->phase != JZ_PHASE_DOWN &&
           (status = jz_socket_heard(&connection->socket, &event)) == JZ_OK) {
        if (event.kind == JZ_SOCKET_LOST) {
            jz_connection_drop(client, PAUSE_AFTER_LOSS_MS);
        }
    }
    return status == JZ_EAGAIN ? JZ_OK : status;
}

static bool is_waiting(const struct jz_client *client)
{
    return client->window.unanswered_count > 0 || client->wait.is_on;
}

static uint64_t silence_ends_ns(const struct jz_client *client)
{
    return client->connection.heard_ns + client->options.silence_ms * JZ_NS_PER_MS;
}

int jz_connection_drive(struct jz_client *client)
{
    struct jz_connection_inside *connection = &client->connection;
    const int status = look(client);
    if (status != JZ_OK) {
        return status;
    }
    switch (connection->phase) {
    case JZ_PHASE_DOWN:
        return client->now_ns >= connection->retry_ns ? open_link(client) : JZ_OK;
    case JZ_PHASE_GREETING:
        if (!connection->is_said) {
            return client->now_ns >= connection->retry_ns ? say_hello(client) : JZ_OK;
        }
        if (client->now_ns >= silence_ends_ns(client)) {
            jz_connection_drop(client, 0);
        }
        return JZ_OK;
    case JZ_PHASE_UP:
        if (!is_waiting(client)) {
            connection->heard_ns = client->now_ns;
        } else if (client->now_ns >= silence_ends_ns(client)) {
            jz_connection_drop(client, 0);
        }
        return JZ_OK;
    }
    return JZ_OK;
}

int jz_connection_wait_ms(const struct jz_client *client, int wait_ms)
{
    const struct jz_connection_inside *connection = &client->connection;
    uint64_t due_ns = UINT64_MAX;
    switch (connection->phase) {
    case JZ_PHASE_DOWN:
        due_ns = connection->retry_ns;
        break;
    case JZ_PHASE_GREETING:
        due_ns = connection->is_said ? silence_ends_ns(client) : connection->retry_ns;
        break;
    case JZ_PHASE_UP:
        if (is_waiting(client)) {
            due_ns = silence_ends_ns(client);
        }
        if (connection->resume_ns != 0 && connection->resume_ns < due_ns) {
            due_ns = connection->resume_ns;
        }
        break;
    }
    return due_ns == UINT64_MAX ? wait_ms : jz_wait_until(wait_ms, client->now_ns, due_ns);
}
