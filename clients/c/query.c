/* query.c - calls that wait: for the connection, for one command, for the answer to a question. */
#include "clients/c/inside.h"

#include "engine/base/clock.h"

#include <string.h>

#define PAUSE_MS 20u /* before a question is asked again */

#define HAS(field) (UINT64_C(1) << JZ_FIELD_##field)

static uint64_t patience_ends_ns(const struct jz_client *client)
{
    return jz_clock_monotonic_ns() + client->options.patience_ms * JZ_NS_PER_MS;
}

/* One round that lasts no longer than until end_ns. JZ_OK, JZ_ETIMEOUT or JZ_ESYSTEM. */
static int round_until(struct jz_client *client, uint64_t end_ns)
{
    const uint64_t now_ns = jz_clock_monotonic_ns();
    if (now_ns >= end_ns) {
        return JZ_ETIMEOUT;
    }
    const int count = jz_client_round(client, (int)((end_ns - now_ns) / JZ_NS_PER_MS) + 1);
    return count < 0 ? count : JZ_OK;
}

static int connect_until(struct jz_client *client, uint64_t end_ns)
{
    while (client->connection.phase != JZ_PHASE_UP) {
        const int status = round_until(client, end_ns);
        if (status != JZ_OK) {
            return status;
        }
    }
    return JZ_OK;
}

int jz_client_connect(struct jz_client *client)
{
    if (client->is_inside) {
        return JZ_EINVAL;
    }
    return connect_until(client, patience_ends_ns(client));
}

int jz_client_call(struct jz_client *client, const struct jz_command *command,
                   struct jz_answer *answer)
{
    if (client->is_inside) {
        return JZ_EINVAL;
    }
    const uint64_t end_ns = patience_ends_ns(client);
    uint64_t nonce = 0;
    int status = connect_until(client, end_ns);
    while (status == JZ_OK) {
        status = jz_client_submit(client, command, 0, &nonce);
        if (status != JZ_EAGAIN) {
            break;
        }
        status = round_until(client, end_ns);
    }
    if (status != JZ_OK) {
        return status;
    }
    client->wait = (struct jz_wait_inside){.is_on = true, .nonce = nonce, .answer = answer};
    while (status == JZ_OK && !client->wait.is_done) {
        status = round_until(client, end_ns);
    }
    client->wait = (struct jz_wait_inside){0};
    return status;
}

/* Sends a question once, on the connection that is up. JZ_OK; JZ_EAGAIN; JZ_EINVAL; JZ_ESYSTEM. */
static int say(struct jz_client *client, struct jz_request *request)
{
    uint8_t bytes[JZ_MESSAGE_REQUEST_BYTES_MAX];
    request->present |= HAS(REF);
    request->ref = (struct jz_ref){.kind = JZ_REF_NUMBER, .number = ++client->next_ref};
    const size_t count = jz_message_request(bytes, sizeof(bytes), request);
    if (count == 0) {
        return JZ_EINVAL;
    }
    client->wait.ref = request->ref.number;
    client->wait.is_done = false;
    client->connection.heard_ns = jz_clock_monotonic_ns();
    return jz_socket_send(&client->connection.socket, bytes, count);
}

/* JZ_OK: answered; JZ_EAGAIN: ask again, since the connection was lost or the exchange is busy;
 * JZ_ETIMEOUT, JZ_ESYSTEM. */
static int await_reply(struct jz_client *client, uint64_t end_ns)
{
    const uint64_t connection = client->connection.connect_count;
    while (!client->wait.is_done) {
        const int status = round_until(client, end_ns);
        if (status != JZ_OK) {
            return status;
        }
        if (client->connection.phase != JZ_PHASE_UP ||
            client->connection.connect_count != connection) {
            return JZ_EAGAIN;
        }
    }
    return client->wait.result == JZ_RESULT_BUSY ? JZ_EAGAIN : JZ_OK;
}

static int pause_until(struct jz_client *client, uint64_t end_ns)
{
    int status = JZ_OK;
    while (status == JZ_OK) {
        status = round_until(client, end_ns);
    }
    return status == JZ_ETIMEOUT ? JZ_OK : status;
}

/* Asks until it is answered: a question has no nonce, so it is asked again on a new connection and
 * after BUSY. */
static int ask(struct jz_client *client, struct jz_request *request, jz_take_fn take, void *into,
               enum jz_result *result)
{
    if (client->is_inside) {
        return JZ_EINVAL;
    }
    const uint64_t end_ns = patience_ends_ns(client);
    client->wait = (struct jz_wait_inside){.is_on = true, .take = take, .into = into};
    int status = connect_until(client, end_ns);
    while (status == JZ_OK) {
        status = say(client, request);
        if (status == JZ_OK) {
            status = await_reply(client, end_ns);
        }
        if (status != JZ_EAGAIN) {
            break;
        }
        status = pause_until(client, jz_clock_monotonic_ns() + PAUSE_MS * JZ_NS_PER_MS);
        if (status == JZ_OK) {
            status = connect_until(client, end_ns);
        }
    }
    *result = client->wait.result;
    if (status == JZ_OK) {
        status = client->wait.status;
    }
    client->wait = (struct jz_wait_inside){0};
    return status;
}

static int take_status(struct jz_client *client, const struct jz_message *heard, void *into)
{
    (void)client;
    struct jz_status_answer answer;
    const int status = jz_message_status(heard, &answer);
    if (status != JZ_OK) {
        return status;
    }
    *(struct jz_exchange_status *)into = (struct jz_exchange_status){
        .seq = heard->reply.seq,
        .time_ns = answer.ts,
        .currencies = answer.currencies,
        .markets = answer.markets,
        .accounts = answer.accounts,
        .connections = answer.connections,
        .busy = answer.busy,
        .storage_full = answer.storage_full,
        .has_digest = answer.has_digest,
        .live_orders = answer.live_orders,
        .state_digest = answer.state_digest,
        .content_digest = answer.content_digest,
    };
    return JZ_OK;
}

int jz_client_get_status(struct jz_client *client, bool digest, struct jz_exchange_status *status,
                         enum jz_result *result)
{
    struct jz_request request = {.op = JZ_OP_GET_STATUS, .digest = digest};
    request.present = digest ? HAS(DIGEST) : 0;
    return ask(client, &request, take_status, status, result);
}

static void copy_market(struct jz_market_listing *listing, const struct jz_market_answer *market)
{
    *listing = (struct jz_market_listing){
        .market = {market->market},
        .lot_points = market->base_lot,
        .quote_unit_points = market->quote_unit,
        .tick_price = market->tick,
        .price_min = market->price_min,
        .price_max = market->price_max,
        .notional_min_points = market->min_notional,
        .band_bp = market->band,
        .reference_price = market->reference,
        .state = market->state,
        .depth_no = market->depth_no,
        .trade_no = market->trade_no,
        .last_price = market->last_price,
    };
    const uint32_t length =
        market->symbol.length < JZ_SYMBOL_MAX ? market->symbol.length : JZ_SYMBOL_MAX;
    memcpy(listing->symbol, market->symbol.bytes, length);
}

static int take_markets(struct jz_client *client, const struct jz_message *heard, void *into)
{
    struct jz_market_page *page = into;
    struct jz_markets_answer answer;
    const int status = jz_message_markets(client->reader, heard, &answer);
    if (status != JZ_OK) {
        return status;
    }
    page->count = answer.count < page->markets_max ? answer.count : page->markets_max;
    page->next = page->count < answer.count ? answer.markets[page->count].market : answer.next;
    for (uint32_t i = 0; i < page->count; i++) {
        copy_market(&page->markets[i], &answer.markets[i]);
    }
    return JZ_OK;
}

int jz_client_get_markets(struct jz_client *client, struct jz_market_page *page,
                          enum jz_result *result)
{
    struct jz_request request = {
        .op = JZ_OP_GET_MARKETS,
        .present = HAS(FROM),
        .from = page->from == 0 ? 1 : page->from,
    };
    return ask(client, &request, take_markets, page, result);
}

static uint32_t copy_levels(struct jz_book_level *place, const struct jz_level *levels,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        place[i] = (struct jz_book_level){.price = levels[i].price, .lots = levels[i].lots};
    }
    return count;
}

static int take_book(struct jz_client *client, const struct jz_message *heard, void *into)
{
    struct jz_book_listing *book = into;
    struct jz_book_answer answer;
    const int status = jz_message_book(client->reader, heard, &answer);
    if (status != JZ_OK) {
        return status;
    }
    const struct jz_levels *levels = &answer.levels;
    const uint32_t max = book->levels_max;
    book->seq = heard->reply.seq;
    book->depth_no = answer.depth_no;
    book->bid_count =
        copy_levels(book->bids, levels->bids, levels->bid_count < max ? levels->bid_count : max);
    book->ask_count =
        copy_levels(book->asks, levels->asks, levels->ask_count < max ? levels->ask_count : max);
    return JZ_OK;
}

int jz_client_get_book(struct jz_client *client, const char *symbol, struct jz_book_listing *book,
                       enum jz_result *result)
{
    struct jz_request request = {
        .op = JZ_OP_GET_BOOK,
        .present = HAS(SYMBOL) | HAS(DEPTH),
        .symbol = {symbol, (uint32_t)strnlen(symbol, JZ_SYMBOL_MAX + 1)},
        .depth = book->levels_max,
    };
    if (request.symbol.length == 0 || request.symbol.length > JZ_SYMBOL_MAX) {
        return JZ_EINVAL;
    }
    return ask(client, &request, take_book, book, result);
}
