/* The examples of gateway/PROTOCOL.md are what happens: sent in their order to a real jiaozid, they
 * give the replies, refusals, reports and feed messages that stand behind them.
 *
 * Method: what differs from run to run (numbers of commands, times, order ids, digests) is masked
 * on both sides; all the rest must be equal. What the examples take for granted, such as somebody
 * to trade with, is arranged before.
 */
#include "tests/e2e/house.h"
#include "tests/support/cmocka.h"
#include "tests/support/examples.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEARD_MAX = 256, SHOWN_BYTES = 4096 };

static struct {
    struct jz_daemon daemon;
    struct guest operator; /* arranges what the examples take for granted */
    struct guest reader;   /* sends the examples */
    struct jz_socket feed;
    struct jz_socket_frame feed_frame;
    char heard[HEARD_MAX][SHOWN_BYTES]; /* not yet claimed by an example; "" where one was */
    uint32_t heard_count;
    uint32_t sent_count;  /* requests, those of batches one by one */
    uint32_t reply_count; /* heard */
    bool has_traded;
    bool has_book;
} story;

static int open_house(void **state)
{
    (void)state;
    static const char *const accounts[] = {"16, 'role': 'merchant'", "18, 'role': 'member'",
                                           "20, 'role': 'market_maker'"};
    assert_true(jz_daemon_create(&story.daemon, JZ_BIN_DIR, NULL));
    story.daemon.options[0] = "--segment-bytes=1M";
    story.daemon.options[1] = "--reserve-bytes=0";
    assert_true(jz_daemon_start(&story.daemon));
    guest_connect(&story.operator, story.daemon.requests);
    guest_hello(&story.operator, "'lane': 0");
    for (int i = 0; i < 3; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "'op': 'put_account', 'account': %s", accounts[i]);
        assert_string_equal(guest_order(&story.operator, text), "ok");
    }
    guest_connect(&story.reader, story.daemon.requests);
    const struct jz_socket_options feed = {.kind = JZ_SOCKET_SUBSCRIBER,
                                           .endpoint = story.daemon.feed};
    jz_socket_frame_init(&story.feed_frame);
    assert_int_equal(jz_socket_open(&story.feed, &story.reader.context, &feed), JZ_OK);
    assert_int_equal(jz_socket_subscribe(&story.feed, ""), JZ_OK);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    jz_socket_frame_deinit(&story.feed_frame);
    jz_socket_close(&story.feed);
    guest_leave(&story.reader);
    guest_leave(&story.operator);
    jz_daemon_destroy(&story.daemon);
    return 0;
}

/* ---- what differs from run to run --------------------------------------------------------------
 */

static const char *const masked[] = {
    "seq",          "ts",       "stream_seq",   "order_id",      "first",       "last",
    "trade_no",     "depth_no", "accounts",     "connections",   "live_orders", "busy",
    "storage_full", "next",     "state_digest", "content_digest"};

/* Puts # for the value behind "key"=>, wherever it stands. */
static void mask_key(char *shown, const char *key)
{
    char start[40];
    (void)snprintf(start, sizeof(start), "\"%s\"=>", key);
    char *at = strstr(shown, start);
    while (at != NULL) {
        char *const value = at + strlen(start);
        char *const end = value + strcspn(value, ",}");
        *value = '#';
        memmove(value + 1, end, strlen(end) + 1);
        at = strstr(value, start);
    }
}

/* A page of markets says where the next one begins only if there is one. */
static void drop(char *shown, const char *words)
{
    char *const at = strstr(shown, words);
    if (at != NULL) {
        memmove(at, at + strlen(words), strlen(at + strlen(words)) + 1);
    }
}

static bool show(const uint8_t *bytes, size_t count, uint32_t index, char *shown)
{
    if (!jz_packed_show(bytes, count, index, shown, SHOWN_BYTES)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
        mask_key(shown, masked[i]);
    }
    drop(shown, ", \"next\"=>#");
    return true;
}

/* ---- hearing -----------------------------------------------------------------------------------
 */

static void keep(const struct jz_socket_message *message)
{
    for (uint32_t i = 0;; i++) {
        assert_in_range(story.heard_count, 0, HEARD_MAX - 1);
        char *const shown = story.heard[story.heard_count];
        if (!show(message->body, message->body_bytes, i, shown)) {
            return;
        }
        story.reply_count += strstr(shown, "\"ok\"=>") != NULL;
        story.heard_count++;
    }
}

static bool receive(struct jz_socket *socket, struct jz_socket_frame *frame)
{
    struct jz_socket_message message;
    const int status = jz_socket_receive(socket, frame, &message);
    if (status == JZ_OK) {
        keep(&message);
    }
    return status == JZ_OK;
}

/* Takes what has come on both sockets, waiting up to so long for the first of it. */
static void listen_for(int ms)
{
    struct jz_socket_wait waits[] = {{.socket = &story.reader.socket}, {.socket = &story.feed}};
    assert_int_equal(jz_socket_poll(waits, 2, ms), JZ_OK);
    while (receive(&story.reader.socket, &story.reader.frame) ||
           receive(&story.feed, &story.feed_frame)) {
    }
}

/* Strikes out what equals the text; false if nothing does. */
static bool claim(const char *text)
{
    for (uint32_t i = 0; i < story.heard_count; i++) {
        if (strcmp(story.heard[i], text) == 0) {
            story.heard[i][0] = '\0';
            return true;
        }
    }
    return false;
}

static void expect(const char *text)
{
    bool is_there = claim(text);
    for (int waited = 0; !is_there && waited < 50; waited++) {
        listen_for(100);
        is_there = claim(text);
    }
    if (!is_there) {
        print_error("expected\n  %s\nand these came\n", text);
        for (uint32_t i = 0; i < story.heard_count; i++) {
            print_error("  %s\n", story.heard[i]);
        }
    }
    assert_true(is_there);
}

static void expect_all_answered(void)
{
    for (int waited = 0; story.reply_count < story.sent_count && waited < 50; waited++) {
        listen_for(100);
    }
    assert_int_equal(story.reply_count, story.sent_count);
}

/* ---- what the examples take for granted --------------------------------------------------------
 */

static void arrange(const char *const *requests, size_t count)
{
    expect_all_answered(); /* so that the orders come in the order of the document */
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(guest_order(&story.operator, requests[i]), "ok");
    }
}

/* Somebody who buys ten lots at 33 with all that is his. */
static void arrange_trade(void)
{
    static const char *const requests[] = {
        "'op': 'mint', 'account': 18, 'currency': 'MILES', 'amount': 330, 'source_id': 'm18'",
        "'op': 'place_order', 'account': 18, 'symbol': 'BEANS/MILES', 'side': 'buy', 'lots': 10, "
        "'price': 33",
    };
    if (!story.has_traded) {
        arrange(requests, sizeof(requests) / sizeof(requests[0]));
    }
    story.has_traded = true;
}

#define MAKER "'op': 'place_order', 'account': 20, 'symbol': 'BEANS/MILES', "

/* The market maker's quotes. */
static void arrange_quotes(void)
{
    static const char *const requests[] = {
        "'op': 'mint', 'account': 20, 'currency': 'MILES', 'amount': 40000, 'source_id': 'm20'",
        "'op': 'mint', 'account': 20, 'currency': 'BEANS', 'amount': 40000, 'source_id': 'b20'",
        MAKER "'side': 'buy', 'lots': 40, 'price': 31",
        MAKER "'side': 'buy', 'lots': 1000, 'price': 30",
        MAKER "'side': 'sell', 'lots': 7, 'price': 34",
        MAKER "'side': 'sell', 'lots': 300, 'price': 40",
    };
    arrange(requests, sizeof(requests) / sizeof(requests[0]));
}

/* The book of the example is that before Ana cancelled; so somebody steps into her place. */
static void arrange_book(void)
{
    static const char *const request = MAKER "'side': 'sell', 'lots': 20, 'price': 32";
    if (!story.has_book) {
        arrange(&request, 1);
    }
    story.has_book = true;
}

/* ---- the story ---------------------------------------------------------------------------------
 */

static void send(const struct jz_example *example, uint32_t items)
{
    guest_say_bytes(&story.reader, example->bytes, example->byte_count);
    story.sent_count += items;
}

/* Ana's order by its number, which only the exchange knows. */
static void send_cancel(const struct jz_example *example)
{
    struct guest *operator= & story.operator;
    char text[JZ_EXAMPLE_BYTES];
    uint8_t packed[JZ_EXAMPLE_BYTES];
    struct jz_order_answer answer = {0};

    expect_all_answered();
    /* A change to what it is already tells the number and alters nothing. */
    assert_string_equal(
        guest_order(operator, "'op': 'replace_order', 'account': 17, 'client_order_id': 'ana-1', "
                              "'lots': 15, 'price': 32"),
        "ok");
    assert_int_equal(jz_message_order(&operator->heard, &answer), JZ_OK);
    const char *const id = strstr(example->text, "\"order_id\": ");
    assert_non_null(id);
    (void)snprintf(text, sizeof(text), "%.*s\"order_id\": %llu}", (int)(id - example->text),
                   example->text, (unsigned long long)answer.order_id);
    guest_say_bytes(&story.reader, packed, jz_packed_text(text, packed, sizeof(packed)));
    story.sent_count++;
}

static void play_request(const struct jz_example *example)
{
    const char *op = example->about;
    if (strcmp(op, "place_order") == 0) {
        arrange_trade();
    } else if (strcmp(op, "get_book") == 0) {
        arrange_book();
    }
    if (strcmp(op, "cancel_order") == 0) {
        arrange_quotes();
        send_cancel(example);
    } else {
        send(example, 1);
    }
    if (strcmp(op, "mint") == 0) {
        send(example, 1); /* the example is the answer to the second time */
    }
}

static void expect_bad(const struct jz_example *example)
{
    char code[32];
    char expected[160];
    const char *const field = strchr(example->about, ' ') + 1;
    (void)snprintf(code, sizeof(code), "%.*s", (int)(field - example->about - 1), example->about);
    (void)snprintf(expected, sizeof(expected),
                   "\"code\"=>\"%s\", \"message\"=>\"%s\", \"field\"=>\"%s\"", code,
                   jz_result_text(jz_result_from_wire(code)), field);
    listen_for(1000);
    bool is_told = false;
    for (uint32_t i = 0; i < story.heard_count; i++) {
        is_told = is_told || strstr(story.heard[i], expected) != NULL;
    }
    assert_true(is_told);
}

/* True if the example shows what the story does not come to: a second piece of a large change, and
 * an exchange that is busy. */
static bool is_beyond(const struct jz_example *example)
{
    return strstr(example->text, "\"more\"") != NULL || strstr(example->text, "BUSY") != NULL;
}

static void play(const struct jz_example *example)
{
    char shown[SHOWN_BYTES];
    if (strcmp(example->kind, "request") == 0) {
        play_request(example);
    } else if (strcmp(example->kind, "batch") == 0) {
        send(example, 2);
    } else if (strcmp(example->kind, "malformed") == 0) {
        send(example, 1);
    } else if (strcmp(example->kind, "bad") == 0) {
        send(example, 1);
        expect_bad(example);
    } else if (!is_beyond(example)) {
        assert_true(show(example->bytes, example->byte_count, 0, shown));
        expect(shown);
    }
}

static void the_examples_are_what_happens(void **state)
{
    (void)state;
    static struct jz_example example;
    uint32_t count = 0;
    char *const document = jz_examples_read();
    const char *from = document;
    while ((from = jz_examples_next(from, &example)) != NULL) {
        play(&example);
        count++;
    }
    free(document);
    assert_true(count > 50);
    expect_all_answered();
    assert_true(story.sent_count > 30);
    assert_int_equal(jz_daemon_stop(&story.daemon), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_examples_are_what_happens, open_house, close_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
