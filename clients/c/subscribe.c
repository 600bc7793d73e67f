/* subscribe.c - the feed: trades with their gaps, and books kept whole.
 *
 * A followed book begins stale: changes are kept from the moment of subscribing, and the whole book
 * is asked for once the feed is connected. The same way leads back after a loss, whatever its
 * cause: a subscriber that was too slow, a broken connection, a restart of the exchange.
 *
 * The feed and the answers come on two connections, so neither waits for the other: a change may be
 * heard before the answer to the command that made it.
 */
#include "clients/c/inside.h"

#include "engine/base/assert.h"

#include <stdlib.h>
#include <string.h>

#define ASK_AGAIN_AFTER_MS 1000u /* a request for a book without an answer */
#define ASK_PAUSE_MS       10u   /* between a book that did not fit and the next request */

#define HAS(field) (UINT64_C(1) << JZ_FIELD_##field)

static struct jz_tape *find_tape(struct jz_feed_inside *feed, struct jz_text symbol)
{
    for (uint32_t i = 0; i < feed->tape_count; i++) {
        struct jz_tape *tape = &feed->tapes[i];
        if (strlen(tape->symbol) == symbol.length &&
            memcmp(tape->symbol, symbol.bytes, symbol.length) == 0) {
            return tape;
        }
    }
    return NULL;
}

static struct jz_mirror *find_book(struct jz_feed_inside *feed, struct jz_text symbol)
{
    for (uint32_t i = 0; i < feed->book_count; i++) {
        struct jz_mirror *book = feed->books[i];
        if (strlen(book->symbol) == symbol.length &&
            memcmp(book->symbol, symbol.bytes, symbol.length) == 0) {
            return book;
        }
    }
    return NULL;
}

/* A symbol of the caller as text; length 0 if it is none. */
static struct jz_text symbol_of(const char *symbol)
{
    const size_t length = strnlen(symbol, JZ_SYMBOL_MAX + 1);
    return (struct jz_text){symbol, length > JZ_SYMBOL_MAX ? 0 : (uint32_t)length};
}

int jz_client_follow_trades(struct jz_client *client, const char *symbol)
{
    const struct jz_text text = symbol_of(symbol);
    if (text.length == 0) {
        return JZ_EINVAL;
    }
    if (find_tape(&client->feed, text) != NULL) {
        return JZ_OK;
    }
    if (client->feed.tape_count == JZ_MIRRORS_MAX) {
        return JZ_ENOMEM;
    }
    const int status = jz_listen_to(client, JZ_TOPIC_TRADE, symbol);
    if (status == JZ_OK) {
        struct jz_tape *tape = &client->feed.tapes[client->feed.tape_count++];
        *tape = (struct jz_tape){0};
        memcpy(tape->symbol, symbol, text.length);
    }
    return status;
}

int jz_client_follow_book(struct jz_client *client, const char *symbol,
                          const struct jz_mirror **book)
{
    struct jz_feed_inside *feed = &client->feed;
    const struct jz_text text = symbol_of(symbol);
    if (text.length == 0) {
        return JZ_EINVAL;
    }
    struct jz_mirror *found = find_book(feed, text);
    if (found != NULL) {
        *book = found;
        return JZ_OK;
    }
    if (feed->book_count == JZ_MIRRORS_MAX) {
        return JZ_ENOMEM;
    }
    struct jz_mirror *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return JZ_ENOMEM;
    }
    int status = jz_mirror_init(made, symbol);
    if (status == JZ_OK) {
        status = jz_listen_to(client, JZ_TOPIC_DEPTH, symbol);
        if (status != JZ_OK) {
            jz_mirror_deinit(made);
        }
    }
    if (status != JZ_OK) {
        free(made);
        return status;
    }
    feed->books[feed->book_count++] = made;
    *book = made;
    return JZ_OK;
}

static void tell_book(struct jz_client *client, const struct jz_mirror_news *news)
{
    if (client->options.on_book != NULL) {
        client->is_inside = true;
        client->options.on_book(client->options.context, news);
        client->is_inside = false;
    }
}

static void hear_trade(struct jz_client *client, const struct jz_trade *trade)
{
    struct jz_tape *tape = find_tape(&client->feed, trade->symbol);
    if (tape == NULL || client->options.on_trade == NULL) {
        return;
    }
    struct jz_feed_trade told = {
        .trade_no = trade->trade_no,
        .price = trade->price,
        .lots = trade->lots,
        .base_amount_points = trade->base_amount,
        .quote_amount_points = trade->quote_amount,
        .time_ns = trade->ts,
        .seq = trade->seq,
        .taker_side = trade->taker_side,
    };
    memcpy(told.symbol, tape->symbol, sizeof(told.symbol));
    if (tape->trade_no != 0 && trade->trade_no > tape->trade_no + 1) {
        told.missed = trade->trade_no - tape->trade_no - 1;
    }
    tape->trade_no = trade->trade_no;
    client->is_inside = true;
    client->options.on_trade(client->options.context, &told);
    client->is_inside = false;
}

/* Tells what came of a change; numbers are those of the change. */
static void tell_outcome(struct jz_client *client, enum jz_mirror_outcome outcome,
                         struct jz_mirror_news *numbers)
{
    switch (outcome) {
    case JZ_MIRROR_OUTCOME_APPLIED:
        numbers->news = JZ_MIRROR_CHANGED;
        tell_book(client, numbers);
        break;
    case JZ_MIRROR_OUTCOME_LOST:
        numbers->news = JZ_MIRROR_LOST;
        tell_book(client, numbers);
        break;
    case JZ_MIRROR_OUTCOME_OLD:
    case JZ_MIRROR_OUTCOME_PART:
    case JZ_MIRROR_OUTCOME_KEPT:
        break;
    }
}

static void hear_depth(struct jz_client *client, const struct jz_depth_change *change)
{
    struct jz_mirror *book = find_book(&client->feed, change->symbol);
    if (book == NULL) {
        return;
    }
    const enum jz_mirror_outcome outcome = jz_mirror_change(book, change);
    if (outcome == JZ_MIRROR_OUTCOME_LOST) {
        book->ask_ns = 0;
    }
    struct jz_mirror_news news = {
        .book = book, .first = change->first, .last = change->last, .seq = change->seq};
    tell_outcome(client, outcome, &news);
}

int jz_subscribe_ask(struct jz_client *client)
{
    for (uint32_t i = 0; i < client->feed.book_count; i++) {
        struct jz_mirror *book = client->feed.books[i];
        if (book->is_current || !client->feed.is_connected ||
            client->connection.phase != JZ_PHASE_UP || client->now_ns < book->ask_ns) {
            continue;
        }
        struct jz_request request = {
            .op = JZ_OP_GET_BOOK,
            .present = HAS(REF) | HAS(SYMBOL) | HAS(DEPTH),
            .ref = {.kind = JZ_REF_NUMBER, .number = ++client->next_ref},
            .symbol = symbol_of(book->symbol),
            .depth = JZ_MIRROR_LEVELS_MAX,
        };
        uint8_t bytes[JZ_MESSAGE_REQUEST_BYTES_MAX];
        const size_t count = jz_message_request(bytes, sizeof(bytes), &request);
        JZ_ASSERT(count > 0);
        const int status = jz_socket_send(&client->connection.socket, bytes, count);
        if (status != JZ_OK) {
            return status == JZ_EAGAIN ? JZ_OK : status;
        }
        book->asked_ref = request.ref.number;
        book->ask_ns = client->now_ns + ASK_AGAIN_AFTER_MS * JZ_NS_PER_MS;
    }
    return JZ_OK;
}

/* A whole book has come: tells of it and of the kept changes that follow on it. */
static void tell_taken(struct jz_client *client, struct jz_mirror *book)
{
    struct jz_mirror_news news = {
        .news = JZ_MIRROR_TAKEN, .book = book, .last = book->depth_no, .seq = book->seq};
    tell_book(client, &news);
    struct jz_mirror_kept kept;
    enum jz_mirror_outcome outcome;
    while (book->is_current && jz_mirror_apply_kept(book, &kept, &outcome)) {
        news.first = kept.first;
        news.last = kept.last;
        news.seq = kept.seq;
        tell_outcome(client, outcome, &news);
    }
}

bool jz_subscribe_heard(struct jz_client *client, const struct jz_message *heard)
{
    struct jz_mirror *book = NULL;
    for (uint32_t i = 0; i < client->feed.book_count && book == NULL; i++) {
        struct jz_mirror *candidate = client->feed.books[i];
        if (heard->reply.ref.kind == JZ_REF_NUMBER && candidate->asked_ref != 0 &&
            heard->reply.ref.number == candidate->asked_ref) {
            book = candidate;
        }
    }
    if (book == NULL) {
        return false;
    }
    book->asked_ref = 0;
    book->ask_ns = client->now_ns + ASK_PAUSE_MS * JZ_NS_PER_MS;
    struct jz_book_answer whole;
    if (heard->kind == JZ_MESSAGE_REPLY && !book->is_current &&
        jz_message_book(client->reader, heard, &whole) == JZ_OK &&
        jz_mirror_take(book, &whole, heard->reply.seq, JZ_MIRROR_LEVELS_MAX)) {
        tell_taken(client, book);
    }
    return true;
}

void jz_subscribe_hear(struct jz_client *client, const struct jz_feed_message *heard)
{
    switch (heard->kind) {
    case JZ_FEED_TRADE:
        hear_trade(client, &heard->trade);
        break;
    case JZ_FEED_DEPTH:
        hear_depth(client, &heard->depth);
        break;
    case JZ_FEED_HEARTBEAT:
        break;
    }
}

void jz_subscribe_lose(struct jz_client *client, uint64_t pause_ms)
{
    for (uint32_t i = 0; i < client->feed.book_count; i++) {
        struct jz_mirror *book = client->feed.books[i];
        book->ask_ns = client->now_ns + pause_ms * JZ_NS_PER_MS;
        if (jz_mirror_lose(book)) {
            tell_book(client, &(struct jz_mirror_news){.news = JZ_MIRROR_LOST, .book = book});
        }
    }
}

void jz_subscribe_close(struct jz_client *client)
{
    for (uint32_t i = 0; i < client->feed.book_count; i++) {
        jz_mirror_deinit(client->feed.books[i]);
        free(client->feed.books[i]);
    }
    client->feed.book_count = 0;
    if (client->feed.is_open) {
        jz_socket_close(&client->feed.socket);
        client->feed.is_open = false;
    }
}
