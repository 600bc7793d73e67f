/* The two readers of answers agree: the quick one for what a busy client hears, and msgpack-c's.
 *
 * Method: replies and reports with every number at its edges, written by the gateway's own encoder,
 * read both ways; then the same bytes damaged, where the quick reader may give up but not differ.
 */
#include "clients/c/quick.h"

#include "gateway/wire/encode.h"
#include "gateway/wire/message.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum { ROUNDS = 20000 };

static struct jz_message_reader *reader;
static uint64_t seed = 11;

static int open_reader(void **state)
{
    (void)state;
    return jz_message_reader_create(&reader);
}

static int close_reader(void **state)
{
    (void)state;
    jz_message_reader_destroy(reader);
    return 0;
}

static uint64_t draw(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 11;
}

/* A number of 0 to 64 bits: every encoding of msgpack comes up. */
static uint64_t draw_number(void)
{
    const uint64_t bits = draw() % 65;
    const uint64_t number = draw() << 32 ^ draw();
    return bits == 0 ? 0 : number >> (64 - bits);
}

static struct jz_order_answer draw_order(void)
{
    return (struct jz_order_answer){
        .order_id = draw_number(),
        .status = (enum jz_order_status)(1 + draw() % 4),
        .cum_lots = draw_number(),
        .leaves_lots = draw_number(),
    };
}

static struct jz_reply draw_reply(void)
{
    return (struct jz_reply){
        .nonce = draw_number() | 1, .seq = draw_number() | 1, .duplicate = draw() % 2 == 0};
}

static void both_read_order(const uint8_t *bytes, size_t count)
{
    struct jz_scan scan = {bytes, bytes + count};
    union jz_quick quick;
    struct jz_message heard;
    struct jz_order_answer order;
    assert_int_equal(jz_quick_read(&scan, &quick), JZ_QUICK_ORDER);
    assert_ptr_equal(scan.next, scan.end);
    assert_int_equal(jz_message_open(reader, bytes, count), JZ_OK);
    assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
    assert_int_equal(heard.kind, JZ_MESSAGE_REPLY);
    assert_int_equal(jz_message_order(&heard, &order), JZ_OK);
    assert_true(quick.order.nonce == heard.reply.nonce);
    assert_true(quick.order.seq == heard.reply.seq);
    assert_true((quick.order.duplicate != 0) == heard.reply.duplicate);
    assert_true(quick.order.order_id == order.order_id);
    assert_true(quick.order.status == order.status);
    assert_true(quick.order.cum_lots == order.cum_lots);
    assert_true(quick.order.leaves_lots == order.leaves_lots);
}

static void replies_to_orders_read_the_same_both_ways(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint8_t bytes[JZ_ENCODE_REPLY_BYTES_MAX];
        const struct jz_reply reply = draw_reply();
        const struct jz_order_answer answer = draw_order();
        const size_t count = jz_encode_order(bytes, sizeof(bytes), &reply, &answer);
        assert_true(count > 0);
        both_read_order(bytes, count);
    }
}

static struct jz_report draw_report(void)
{
    static const char id[] = "abcdefghijklmnop";
    struct jz_report report = {
        .stream_seq = draw_number(),
        .seq = draw_number(),
        .ts = draw_number(),
        .exec_type = (enum jz_exec_type)(1 + draw() % 6),
        .account = (uint32_t)draw_number(),
        .order_id = draw_number(),
        .client_order_id = {id, (uint32_t)(draw() % 17)},
        .symbol = {"BEANS/MILES", 11},
        .side = (enum jz_side)(1 + draw() % 2),
        .price = draw_number(),
        .status = (enum jz_order_status)(1 + draw() % 4),
        .lots = draw_number(),
        .cum_lots = draw_number(),
        .leaves_lots = draw_number(),
    };
    if (report.exec_type == JZ_EXEC_TRADE) {
        report.last_lots = draw_number();
        report.last_price = draw_number();
        report.trade_no = draw_number();
        report.liquidity = (enum jz_liquidity)(1 + draw() % 2);
    } else if (report.exec_type == JZ_EXEC_CANCELED) {
        report.reason = (enum jz_reason)(1 + draw() % 3);
    }
    return report;
}

static bool same_text(struct jz_text a, struct jz_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static void same_reports(const struct jz_report *a, const struct jz_report *b)
{
    assert_true(same_text(a->client_order_id, b->client_order_id));
    assert_true(same_text(a->symbol, b->symbol));
    struct jz_report left = *a;
    struct jz_report right = *b;
    left.client_order_id = right.client_order_id = (struct jz_text){NULL, 0};
    left.symbol = right.symbol = (struct jz_text){NULL, 0};
    assert_true(left.stream_seq == right.stream_seq && left.seq == right.seq);
    assert_true(left.ts == right.ts && left.order_id == right.order_id);
    assert_true(left.exec_type == right.exec_type && left.account == right.account);
    assert_true(left.side == right.side && left.status == right.status);
    assert_true(left.price == right.price && left.lots == right.lots);
    assert_true(left.cum_lots == right.cum_lots && left.leaves_lots == right.leaves_lots);
    assert_true(left.last_lots == right.last_lots && left.last_price == right.last_price);
    assert_true(left.trade_no == right.trade_no && left.liquidity == right.liquidity);
    assert_true(left.reason == right.reason);
}

static void reports_read_the_same_both_ways(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint8_t bytes[JZ_ENCODE_REPORT_BYTES_MAX];
        const struct jz_report report = draw_report();
        const size_t count = jz_encode_report(bytes, sizeof(bytes), &report);
        struct jz_scan scan = {bytes, bytes + count};
        union jz_quick quick;
        struct jz_message heard;
        assert_int_equal(jz_quick_read(&scan, &quick), JZ_QUICK_REPORT);
        assert_ptr_equal(scan.next, scan.end);
        assert_int_equal(jz_message_open(reader, bytes, count), JZ_OK);
        assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
        assert_int_equal(heard.kind, JZ_MESSAGE_REPORT);
        same_reports(&quick.report, &heard.report);
        same_reports(&quick.report, &report);
    }
}

static void other_answers_are_left_alone(void **state)
{
    (void)state;
    uint8_t bytes[JZ_ENCODE_REPLY_BYTES_MAX];
    const struct jz_reply reply = {.nonce = 5, .seq = 9};
    const struct jz_refusal refusal = {.result = JZ_RESULT_FUNDS};
    union jz_quick quick;
    size_t count = jz_encode_refusal(bytes, sizeof(bytes), &reply, &refusal);
    struct jz_scan scan = {bytes, bytes + count};
    assert_int_equal(jz_quick_read(&scan, &quick), JZ_QUICK_OTHER);
    assert_ptr_equal(scan.next, bytes);
    count = jz_encode_amount(bytes, sizeof(bytes), &reply, 70);
    scan = (struct jz_scan){bytes, bytes + count};
    assert_int_equal(jz_quick_read(&scan, &quick), JZ_QUICK_OTHER);
    assert_ptr_equal(scan.next, bytes);
}

static void damaged_bytes_are_read_as_msgpack_reads_them_or_not_at_all(void **state)
{
    (void)state;
    uint32_t read_count = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint8_t bytes[JZ_ENCODE_REPLY_BYTES_MAX];
        const struct jz_reply reply = draw_reply();
        const struct jz_order_answer answer = draw_order();
        const size_t whole = jz_encode_order(bytes, sizeof(bytes), &reply, &answer);
        bytes[draw() % whole] ^= (uint8_t)(1u << draw() % 8);
        const size_t count = draw() % 4 == 0 ? draw() % whole : whole;
        struct jz_scan scan = {bytes, bytes + count};
        union jz_quick quick;
        if (jz_quick_read(&scan, &quick) == JZ_QUICK_ORDER) {
            struct jz_message heard;
            struct jz_order_answer order;
            const size_t taken = (size_t)(scan.next - bytes);
            assert_int_equal(jz_message_open(reader, bytes, taken), JZ_OK);
            if (jz_message_next(reader, &heard) == JZ_OK && heard.kind == JZ_MESSAGE_REPLY &&
                jz_message_order(&heard, &order) == JZ_OK) {
                assert_true(quick.order.order_id == order.order_id);
                assert_true(quick.order.cum_lots == order.cum_lots);
                read_count++;
            }
        }
    }
    assert_true(read_count > ROUNDS / 10); /* a flipped bit in a number is another number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_to_orders_read_the_same_both_ways),
        cmocka_unit_test(reports_read_the_same_both_ways),
        cmocka_unit_test(other_answers_are_left_alone),
        cmocka_unit_test(damaged_bytes_are_read_as_msgpack_reads_them_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
