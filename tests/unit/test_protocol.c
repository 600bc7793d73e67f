/* gateway/PROTOCOL.md says what the code does: each example is the bytes that it claims to be, the
 * decoder takes the requests and refuses the bad ones for the named reason, the client reads the
 * answers and the encoder writes them again byte for byte; every op, report and topic has an
 * example; and the table of results is that of jiaozi/result.h.
 *
 * Method: the fenced blocks of the file, one after the other (tests/support/examples.h).
 */
#include "gateway/wire/codec.h"
#include "gateway/wire/encode.h"
#include "gateway/wire/message.h"
#include "tests/support/cmocka.h"
#include "tests/support/examples.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 4096 };

static char *document;
static struct jz_message_reader *reader;

static int read_document(void **state)
{
    (void)state;
    document = jz_examples_read();
    return jz_message_reader_create(&reader);
}

static int free_document(void **state)
{
    (void)state;
    free(document);
    jz_message_reader_destroy(reader);
    return 0;
}

/* Calls check for each example of the kind and returns how many there are. */
static uint32_t for_each(const char *kind, void (*check)(const struct jz_example *))
{
    static struct jz_example example;
    uint32_t count = 0;
    const char *from = document;
    while ((from = jz_examples_next(from, &example)) != NULL) {
        if (kind == NULL || strcmp(example.kind, kind) == 0) {
            check(&example);
            count++;
        }
    }
    return count;
}

static enum jz_result decode(const struct jz_example *example, struct jz_request *request,
                             struct jz_refusal *refusal)
{
    static struct jz_codec codec;
    const enum jz_result opened = jz_codec_open(&codec, example->bytes, example->byte_count);
    return opened == JZ_RESULT_DONE ? jz_codec_next(&codec, request, refusal) : opened;
}

static void check_bytes(const struct jz_example *example)
{
    uint8_t packed[ROOM];
    if (strcmp(example->kind, "malformed") == 0) {
        return;
    }
    const size_t bytes = jz_packed_text(example->text, packed, sizeof(packed));
    assert_int_equal(bytes, example->byte_count);
    assert_memory_equal(packed, example->bytes, bytes);
}

static void every_example_is_the_bytes_it_claims_to_be(void **state)
{
    (void)state;
    assert_true(for_each(NULL, check_bytes) > 50);
}

static uint64_t ops_seen; /* bit op: an example */

static uint64_t bit_of_op(const char *word)
{
#define X(value, name, text)                                                                       \
    if (strcmp(word, text) == 0) {                                                                 \
        return UINT64_C(1) << (value) % 63;                                                        \
    }
    JZ_OP_MAP(X)
#undef X
    return 0;
}

static uint64_t all_ops(void)
{
    uint64_t all = 0;
#define X(value, name, text) all |= bit_of_op(text);
    JZ_OP_MAP(X)
#undef X
    return all;
}

static void check_request(const struct jz_example *example)
{
    struct jz_request request;
    struct jz_refusal refusal;
    assert_int_equal(decode(example, &request, &refusal), JZ_RESULT_DONE);
    assert_string_equal(jz_wire_op_word((int)request.op), example->about);
    ops_seen |= bit_of_op(example->about);
}

static void every_request_is_taken_and_every_op_has_one(void **state)
{
    (void)state;
    ops_seen = 0;
    for_each("request", check_request);
    assert_true(ops_seen == all_ops());
}

static void check_batch(const struct jz_example *example)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    assert_int_equal(jz_codec_open(&codec, example->bytes, example->byte_count), JZ_RESULT_DONE);
    assert_int_equal(codec.left, 2);
    assert_int_equal(jz_codec_next(&codec, &request, &refusal), JZ_RESULT_DONE);
    assert_int_equal(jz_codec_next(&codec, &request, &refusal), JZ_RESULT_DONE);
}

static void the_batch_is_taken_item_by_item(void **state)
{
    (void)state;
    assert_int_equal(for_each("batch", check_batch), 1);
}

static void check_bad(const struct jz_example *example)
{
    struct jz_request request;
    struct jz_refusal refusal;
    char said[80];
    const enum jz_result result = decode(example, &request, &refusal);
    (void)snprintf(said, sizeof(said), "%s %.*s", jz_result_wire((int)result),
                   (int)refusal.field.length, refusal.field.bytes);
    assert_string_equal(said, example->about);
}

static void check_malformed(const struct jz_example *example)
{
    struct jz_request request;
    struct jz_refusal refusal;
    assert_int_equal(decode(example, &request, &refusal), JZ_RESULT_MALFORMED);
}

static void every_bad_request_is_refused_for_the_reason_given(void **state)
{
    (void)state;
    assert_true(for_each("bad", check_bad) >= 10);
    assert_true(for_each("malformed", check_malformed) >= 4);
}

static void hear(const struct jz_example *example, struct jz_message *heard)
{
    assert_int_equal(jz_message_open(reader, example->bytes, example->byte_count), JZ_OK);
    assert_int_equal(jz_message_next(reader, heard), JZ_OK);
}

static void assert_written(const struct jz_example *example, const uint8_t *out, size_t bytes)
{
    assert_int_equal(bytes, example->byte_count);
    assert_memory_equal(out, example->bytes, bytes);
}

/* Reads the result of a reply as the client does and writes it as the gateway does. */
static size_t echo_reply(const char *op, const struct jz_message *heard, uint8_t *out)
{
    const struct jz_reply *reply = &heard->reply;
    union {
        struct jz_hello_answer hello;
        struct jz_status_answer status;
        struct jz_order_answer order;
        struct jz_book_answer book;
        struct jz_markets_answer markets;
        uint64_t number;
    } answer;
    if (strcmp(op, "hello") == 0) {
        assert_int_equal(jz_message_hello(heard, &answer.hello), JZ_OK);
        return jz_encode_hello(out, ROOM, reply, &answer.hello);
    }
    if (strcmp(op, "get_status") == 0) {
        assert_int_equal(jz_message_status(heard, &answer.status), JZ_OK);
        return jz_encode_status(out, ROOM, reply, &answer.status);
    }
    if (strcmp(op, "get_markets") == 0) {
        assert_int_equal(jz_message_markets(reader, heard, &answer.markets), JZ_OK);
        return jz_encode_markets(out, ROOM, reply, answer.markets.markets, answer.markets.count,
                                 answer.markets.next);
    }
    if (strcmp(op, "get_book") == 0) {
        assert_int_equal(jz_message_book(reader, heard, &answer.book), JZ_OK);
        assert_int_equal(jz_answer_crc32(&answer.book.levels), answer.book.crc32);
        return jz_encode_book(out, ROOM, reply, &answer.book);
    }
    if (strstr(op, "_order") != NULL) {
        assert_int_equal(jz_message_order(heard, &answer.order), JZ_OK);
        return jz_encode_order(out, ROOM, reply, &answer.order);
    }
    if (strncmp(op, "put_", 4) == 0) {
        assert_int_equal(jz_message_id(heard, &answer.number), JZ_OK);
        return jz_encode_id(out, ROOM, reply, answer.number);
    }
    assert_int_equal(jz_message_amount(heard, &answer.number), JZ_OK);
    return jz_encode_amount(out, ROOM, reply, answer.number);
}

static void check_reply(const struct jz_example *example)
{
    struct jz_message heard;
    uint8_t out[ROOM];
    hear(example, &heard);
    assert_int_equal(heard.kind, JZ_MESSAGE_REPLY);
    assert_written(example, out, echo_reply(example->about, &heard, out));
    ops_seen |= bit_of_op(example->about);
}

static void check_refusal(const struct jz_example *example)
{
    struct jz_message heard;
    uint8_t out[ROOM];
    hear(example, &heard);
    assert_int_equal(heard.kind, JZ_MESSAGE_REFUSAL);
    assert_written(example, out, jz_encode_refusal(out, ROOM, &heard.reply, &heard.refusal));
    ops_seen |= bit_of_op(example->about);
}

static void every_reply_is_read_and_written_again_and_every_op_has_one(void **state)
{
    (void)state;
    ops_seen = 0;
    for_each("reply", check_reply);
    for_each("refusal", check_refusal);
    assert_true(ops_seen == all_ops());
}

static uint32_t exec_types_seen;

static void check_report(const struct jz_example *example)
{
    struct jz_message heard;
    uint8_t out[ROOM];
    hear(example, &heard);
    assert_int_equal(heard.kind, JZ_MESSAGE_REPORT);
    assert_written(example, out, jz_encode_report(out, ROOM, &heard.report));
    exec_types_seen |= 1u << heard.report.exec_type;
}

static void every_report_is_read_and_written_again_and_every_type_has_one(void **state)
{
    (void)state;
    uint32_t all = 0;
#define X(value, name, word) all |= 1u << (value);
    JZ_EXEC_MAP(X)
#undef X
    exec_types_seen = 0;
    for_each("report", check_report);
    assert_int_equal(exec_types_seen, all);
}

static uint32_t feeds_seen;

static void check_feed(const struct jz_example *example)
{
    struct jz_feed_message heard;
    uint8_t out[ROOM];
    size_t bytes = 0;
    const struct jz_text topic = {example->about, (uint32_t)strlen(example->about)};
    assert_int_equal(jz_message_feed(reader, topic, example->bytes, example->byte_count, &heard),
                     JZ_OK);
    switch (heard.kind) {
    case JZ_FEED_TRADE:
        bytes = jz_encode_trade(out, ROOM, &heard.trade);
        break;
    case JZ_FEED_DEPTH:
        bytes = jz_encode_depth(out, ROOM, &heard.depth);
        break;
    case JZ_FEED_HEARTBEAT:
        bytes = jz_encode_heartbeat(out, ROOM, &heard.heartbeat);
        break;
    }
    assert_written(example, out, bytes);
    feeds_seen |= 1u << heard.kind;
}

static void every_feed_message_is_read_and_written_again_and_every_topic_has_one(void **state)
{
    (void)state;
    feeds_seen = 0;
    for_each("feed", check_feed);
    assert_int_equal(feeds_seen,
                     1u << JZ_FEED_TRADE | 1u << JZ_FEED_DEPTH | 1u << JZ_FEED_HEARTBEAT);
}

static uint32_t table_rows(void)
{
    uint32_t rows = 0;
    const char *row = strstr(document, "| value | code |");
    assert_non_null(row);
    while (row[0] == '|') {
        rows++;
        row = strchr(row, '\n') + 1;
    }
    return rows - 2; /* the head and the line below it */
}

static void the_table_of_results_is_that_of_the_code(void **state)
{
    (void)state;
    uint32_t results = 0;
    char row[256];
#define X(value, name, wire, scenario, sequenced, retry, text)                                     \
    (void)snprintf(row, sizeof(row), "\n| %d | %s%s%s | %s | %c | %s |\n", value,                  \
                   (wire)[0] ? "`" : "", (wire)[0] ? (wire) : "-", (wire)[0] ? "`" : "",           \
                   (sequenced) == 'N'   ? "no"                                                     \
                   : (sequenced) == 'Y' ? "yes"                                                    \
                                        : "both",                                                  \
                   retry, text);                                                                   \
    assert_non_null(strstr(document, row));                                                        \
    results++;
    JZ_RESULT_MAP(X)
#undef X
    assert_int_equal(table_rows(), results);
}

static void every_field_and_every_op_is_explained(void **state)
{
    (void)state;
    char word_in_quotes[40];
#define X(value, name, word)                                                                       \
    (void)snprintf(word_in_quotes, sizeof(word_in_quotes), "`%s", word);                           \
    if ((value) != JZ_FIELD_CAPACITIES && (value) != JZ_FIELD_RULES) {                             \
        assert_non_null(strstr(document, word_in_quotes));                                         \
    }
    JZ_FIELD_MAP(X)
    JZ_OP_MAP(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_the_bytes_it_claims_to_be),
        cmocka_unit_test(every_request_is_taken_and_every_op_has_one),
        cmocka_unit_test(the_batch_is_taken_item_by_item),
        cmocka_unit_test(every_bad_request_is_refused_for_the_reason_given),
        cmocka_unit_test(every_reply_is_read_and_written_again_and_every_op_has_one),
        cmocka_unit_test(every_report_is_read_and_written_again_and_every_type_has_one),
        cmocka_unit_test(every_feed_message_is_read_and_written_again_and_every_topic_has_one),
        cmocka_unit_test(the_table_of_results_is_that_of_the_code),
        cmocka_unit_test(every_field_and_every_op_is_explained),
    };
    return cmocka_run_group_tests(tests, read_document, free_document);
}
