/* A client's requests reach the gateway with the values that it gave; what a gateway says, also a
 * newer or a broken one, is read or refused, and a fault in one map costs no other.
 *
 * Method: requests packed and decoded again; answers written as text.
 */
#include "gateway/wire/codec.h"
#include "gateway/wire/message.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

static struct jz_message_reader *reader;
static struct jz_message heard;
static uint8_t packed[JZ_WIRE_MESSAGE_BYTES_MAX + 64];

#define FIELD(name) (UINT64_C(1) << JZ_FIELD_##name)

/* What the gateway makes of the request that a client packs. */
static struct jz_request sent_and_decoded(const struct jz_request *request)
{
    struct jz_codec codec;
    struct jz_request decoded;
    struct jz_refusal refusal;
    const size_t bytes = jz_message_request(packed, JZ_MESSAGE_REQUEST_BYTES_MAX, request);
    assert_true(bytes > 0);
    assert_int_equal(jz_codec_open(&codec, packed, bytes), JZ_RESULT_DONE);
    assert_int_equal(jz_codec_next(&codec, &decoded, &refusal), JZ_RESULT_DONE);
    assert_int_equal(decoded.op, request->op);
    assert_true(decoded.present == (request->present | FIELD(V) | FIELD(OP)));
    return decoded;
}

static void assert_text(struct jz_text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static struct jz_text text_of(const char *letters)
{
    return (struct jz_text){letters, (uint32_t)strlen(letters)};
}

static void an_order_arrives_as_it_was_given(void **state)
{
    (void)state;
    const struct jz_request order = {
        .present = FIELD(NONCE) | FIELD(REF) | FIELD(ACCOUNT) | FIELD(SYMBOL) | FIELD(SIDE) |
                   FIELD(TYPE) | FIELD(LOTS) | FIELD(PRICE) | FIELD(TIME_IN_FORCE) |
                   FIELD(STP_MODE) | FIELD(CLIENT_ORDER_ID),
        .op = JZ_OP_PLACE_ORDER,
        .nonce = UINT64_MAX,
        .ref = {.kind = JZ_REF_TEXT, .length = 16, .text = "0123456789abcdef"},
        .account = UINT32_MAX,
        .symbol = text_of("ABCDEFGHIJKL/MNOPQRSTUVWX"),
        .side = JZ_SIDE_SELL,
        .type = JZ_ORDER_TYPE_LIMIT,
        .lots = UINT64_MAX,
        .price = 300,
        .time_in_force = JZ_TIF_IOC,
        .stp_mode = JZ_STP_CANCEL_NEWEST,
        .client_order_id = text_of("sixteen bytes..!"),
    };
    const struct jz_request got = sent_and_decoded(&order);
    assert_true(got.nonce == UINT64_MAX && got.account == UINT32_MAX && got.lots == UINT64_MAX);
    assert_int_equal(got.price, 300);
    assert_int_equal(got.side, JZ_SIDE_SELL);
    assert_int_equal(got.time_in_force, JZ_TIF_IOC);
    assert_text(got.symbol, "ABCDEFGHIJKL/MNOPQRSTUVWX");
    assert_text(got.client_order_id, "sixteen bytes..!");
    assert_int_equal(got.ref.length, 16);
    assert_memory_equal(got.ref.text, "0123456789abcdef", 16);
}

static void the_administrators_requests_arrive_as_they_were_given(void **state)
{
    (void)state;
    const struct jz_request market = {
        .present = FIELD(NONCE) | FIELD(BASE) | FIELD(QUOTE) | FIELD(BASE_LOT) | FIELD(QUOTE_UNIT) |
                   FIELD(TICK) | FIELD(PRICE_MIN) | FIELD(PRICE_MAX) | FIELD(MIN_NOTIONAL) |
                   FIELD(BAND) | FIELD(REFERENCE),
        .op = JZ_OP_PUT_MARKET,
        .nonce = 1,
        .base = text_of("BEANS"),
        .quote = text_of("MILES"),
        .base_lot = 10,
        .quote_unit = 2,
        .tick = 3,
        .price_min = 4,
        .price_max = 5,
        .min_notional = 6,
        .band = 7,
        .reference = 8,
    };
    const struct jz_request got = sent_and_decoded(&market);
    assert_text(got.base, "BEANS");
    assert_text(got.quote, "MILES");
    assert_true(got.base_lot == 10 && got.quote_unit == 2 && got.tick == 3 && got.price_min == 4);
    assert_true(got.price_max == 5 && got.min_notional == 6 && got.band == 7);
    assert_int_equal(got.reference, 8);

    const struct jz_request account = {
        .present = FIELD(NONCE) | FIELD(ACCOUNT) | FIELD(ROLE),
        .op = JZ_OP_PUT_ACCOUNT,
        .nonce = 2,
        .account = 17,
        .role = JZ_ROLE_MARKET_MAKER,
    };
    assert_int_equal(sent_and_decoded(&account).role, JZ_ROLE_MARKET_MAKER);
}

static void hello_and_queries_arrive_as_they_were_given(void **state)
{
    (void)state;
    const struct jz_request hello = {
        .present = FIELD(LANE) | FIELD(ACCOUNTS) | FIELD(ORDERED),
        .op = JZ_OP_HELLO,
        .lane = 5,
        .account_count = 2,
        .accounts = {17, UINT32_MAX},
        .ordered = true,
    };
    const struct jz_request got = sent_and_decoded(&hello);
    assert_int_equal(got.lane, 5);
    assert_true(got.ordered);
    assert_int_equal(got.account_count, 2);
    assert_true(got.accounts[0] == 17 && got.accounts[1] == UINT32_MAX);

    const struct jz_request book = {
        .present = FIELD(REF) | FIELD(SYMBOL) | FIELD(DEPTH),
        .op = JZ_OP_GET_BOOK,
        .ref = {.kind = JZ_REF_NUMBER, .number = 9},
        .symbol = text_of("A/B"),
        .depth = JZ_WIRE_LEVELS_MAX,
    };
    assert_int_equal(sent_and_decoded(&book).depth, JZ_WIRE_LEVELS_MAX);
}

static void a_request_that_does_not_fit_is_not_packed(void **state)
{
    (void)state;
    const struct jz_request request = {
        .present = FIELD(NONCE) | FIELD(ACCOUNT), .op = JZ_OP_CANCEL_ORDER, .nonce = 1};
    const size_t bytes = jz_message_request(packed, sizeof(packed), &request);
    assert_true(bytes > 0);
    for (size_t room = 0; room < bytes; room++) {
        assert_int_equal(jz_message_request(packed, room, &request), 0);
    }
    assert_int_equal(jz_message_request(packed, bytes, &request), bytes);
}

static void requests_travel_as_an_array(void **state)
{
    (void)state;
    struct jz_codec codec;
    struct jz_request request = {.op = JZ_OP_HELLO};
    struct jz_refusal refusal;
    size_t bytes = 3;
    jz_message_array(packed, 2);
    bytes += jz_message_request(packed + bytes, sizeof(packed) - bytes, &request);
    bytes += jz_message_request(packed + bytes, sizeof(packed) - bytes, &request);
    assert_int_equal(jz_codec_open(&codec, packed, bytes), JZ_RESULT_DONE);
    assert_int_equal(codec.count, 2);
    assert_int_equal(jz_codec_next(&codec, &request, &refusal), JZ_RESULT_DONE);
    assert_int_equal(jz_codec_next(&codec, &request, &refusal), JZ_RESULT_DONE);
}

static int open_text(const char *text)
{
    return jz_message_open(reader, packed, jz_packed_text(text, packed, sizeof(packed)));
}

static int open_hex(const char *hex)
{
    return jz_message_open(reader, packed, jz_packed_hex(hex, packed, sizeof(packed)));
}

/* Opens the message and reads its first map. */
static int hear(const char *text)
{
    const int status = open_text(text);
    return status == JZ_OK ? jz_message_next(reader, &heard) : status;
}

static void what_a_newer_gateway_adds_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(hear("{'mood':'good','v':1,'nonce':3,'ok':false,'code':'TOO_HAPPY',"
                          "'message':'calm down','detail':{'a':[1]}}"),
                     JZ_OK);
    assert_int_equal(heard.kind, JZ_MESSAGE_REFUSAL);
    assert_int_equal(heard.refusal.result, 0);
    assert_text(heard.code, "TOO_HAPPY");
    assert_text(heard.explanation, "calm down");

    assert_int_equal(hear("{'v':1,'ok':true,'seq':1,'result':{'order_id':1,'status':'sleeping',"
                          "'cum_lots':0,'leaves_lots':0,'dream':1}}"),
                     JZ_OK);
    struct jz_order_answer order;
    assert_int_equal(jz_message_order(&heard, &order), JZ_OK);
    assert_int_equal(order.status, 0);
}

static void maps_of_an_unknown_kind_are_skipped(void **state)
{
    (void)state;
    assert_int_equal(open_text("[{'greeting':'hi'},{'v':1,'ok':true,'seq':9,'result':{}},{}]"),
                     JZ_OK);
    assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
    assert_int_equal(heard.reply.seq, 9);
    assert_int_equal(jz_message_next(reader, &heard), JZ_EAGAIN);
}

static void a_fault_in_one_map_costs_no_other(void **state)
{
    (void)state;
    assert_int_equal(open_text("[{'ok':true},{'v':2,'ok':true,'seq':1,'result':{}},"
                               "{'v':1,'ok':1,'seq':1,'result':{}},7,"
                               "{'v':1,'ok':true,'seq':-1,'result':{}},"
                               "{'exec_type':'done'},"
                               "{'v':1,'ok':true,'seq':5,'result':{}}]"),
                     JZ_OK);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(jz_message_next(reader, &heard), JZ_EPROTOCOL);
    }
    assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
    assert_int_equal(heard.reply.seq, 5);
    assert_int_equal(jz_message_next(reader, &heard), JZ_EAGAIN);
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    assert_int_equal(open_hex(""), JZ_EPROTOCOL);
    assert_int_equal(open_hex("c0"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("90"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("80 00"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("dd 0fffffff"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("81 a1 76 dd 0fffffff 01"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("91 91 91 91 91 91 91 91 91 01"), JZ_EPROTOCOL);
    assert_int_equal(open_hex("81 a1 76"), JZ_EPROTOCOL);
    memset(packed, 0x80, sizeof(packed));
    packed[0] = 0xdc;
    packed[1] = 0x04;
    packed[2] = 0x01; /* 1,025 maps */
    assert_int_equal(jz_message_open(reader, packed, 3 + 1025), JZ_EPROTOCOL);
    packed[2] = 0x00;
    assert_int_equal(jz_message_open(reader, packed, 3 + 1024), JZ_OK);
    assert_int_equal(jz_message_open(reader, packed, JZ_WIRE_MESSAGE_BYTES_MAX + 1), JZ_EPROTOCOL);
}

static void a_result_of_another_kind_is_refused(void **state)
{
    (void)state;
    struct jz_order_answer order;
    struct jz_hello_answer hello;
    struct jz_status_answer status;
    struct jz_book_answer book;
    struct jz_markets_answer markets;
    uint64_t number = 0;
    assert_int_equal(hear("{'v':1,'ok':true,'seq':1,'result':{'amount':5}}"), JZ_OK);
    assert_int_equal(jz_message_amount(&heard, &number), JZ_OK);
    assert_int_equal(number, 5);
    assert_int_equal(jz_message_order(&heard, &order), JZ_EPROTOCOL);
    assert_int_equal(jz_message_hello(&heard, &hello), JZ_EPROTOCOL);
    assert_int_equal(jz_message_status(&heard, &status), JZ_EPROTOCOL);
    assert_int_equal(jz_message_book(reader, &heard, &book), JZ_EPROTOCOL);
    assert_int_equal(jz_message_markets(reader, &heard, &markets), JZ_EPROTOCOL);
    assert_int_equal(jz_message_id(&heard, &number), JZ_EPROTOCOL);
}

static void a_level_is_a_pair_of_numbers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"[1]", "[1,2,3]", "[1,-2]", "['1',2]", "7", "[1,2.5]"};
    struct jz_feed_message told;
    char text[256];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        strcpy(text, "{'symbol':'A/B','first':1,'last':1,'seq':1,'crc32':0,'asks':[],'bids':[");
        strcat(text, wrong[i]);
        strcat(text, "]}");
        const size_t bytes = jz_packed_text(text, packed, sizeof(packed));
        assert_int_equal(jz_message_feed(reader, text_of("md.depth.A/B"), packed, bytes, &told),
                         JZ_EPROTOCOL);
    }
}

static void a_topic_of_a_newer_gateway_is_skipped(void **state)
{
    (void)state;
    struct jz_feed_message told;
    const size_t bytes = jz_packed_text("{'seq':1,'ts':2}", packed, sizeof(packed));
    assert_int_equal(jz_message_feed(reader, text_of("sys.notice"), packed, bytes, &told),
                     JZ_EAGAIN);
    assert_int_equal(jz_message_feed(reader, text_of("sys.heartbeats"), packed, bytes, &told),
                     JZ_EAGAIN);
    assert_int_equal(jz_message_feed(reader, text_of("sys.heartbeat"), packed, bytes, &told),
                     JZ_OK);
    assert_int_equal(told.heartbeat.ts, 2);
    assert_int_equal(jz_message_feed(reader, text_of("sys.heartbeat"), packed, bytes - 1, &told),
                     JZ_EPROTOCOL);
}

/* The report of an ORDER event. */
static struct jz_report report_of(struct jz_event *event, enum jz_exec_type exec_type,
                                  uint64_t cum_lots, uint64_t leaves_lots)
{
    const struct jz_record record = {.sequence = 9, .time_ns = 77};
    const struct jz_event trade = {
        .kind = JZ_EVENT_TRADE, .number = 4, .trade = {.lots = 3, .price = 33}};
    struct jz_report report;
    event->kind = JZ_EVENT_ORDER;
    event->exec_type = (uint8_t)exec_type;
    event->order.cum_lots = cum_lots;
    event->order.leaves_lots = leaves_lots;
    jz_answer_report(&report, &record, event, exec_type == JZ_EXEC_TRADE ? &trade : NULL);
    assert_int_equal(report.seq, 9);
    assert_int_equal(report.ts, 77);
    return report;
}

static void an_event_becomes_the_report_that_its_owner_reads(void **state)
{
    (void)state;
    struct jz_event event = {
        .flags = JZ_EVENT_FLAG_SELL | JZ_EVENT_FLAG_TAKER,
        .account = {17},
        .number = 6,
        .order = {.order = {5}, .client_id = "sixteen bytes..", .price = 32},
    };
    struct jz_report report = report_of(&event, JZ_EXEC_ACCEPTED, 0, 10);
    assert_int_equal(report.status, JZ_ORDER_NEW);
    assert_int_equal(report.stream_seq, 6);
    assert_int_equal(report.account, 17);
    assert_int_equal(report.order_id, 5);
    assert_int_equal(report.side, JZ_SIDE_SELL);
    assert_int_equal(report.price, 32);
    assert_text(report.client_order_id, "sixteen bytes..");
    assert_true(report.lots == 10 && report.leaves_lots == 10 && report.cum_lots == 0);

    report = report_of(&event, JZ_EXEC_TRADE, 3, 7);
    assert_int_equal(report.status, JZ_ORDER_PARTIALLY_FILLED);
    assert_int_equal(report.liquidity, JZ_LIQUIDITY_TAKER);
    assert_true(report.last_lots == 3 && report.last_price == 33 && report.trade_no == 4);
    assert_true(report.lots == 10 && report.cum_lots == 3 && report.leaves_lots == 7);

    assert_int_equal(report_of(&event, JZ_EXEC_TRADE, 10, 0).status, JZ_ORDER_FILLED);
    assert_int_equal(report_of(&event, JZ_EXEC_DONE, 10, 0).status, JZ_ORDER_FILLED);
    assert_int_equal(report_of(&event, JZ_EXEC_RESTED, 3, 7).status, JZ_ORDER_PARTIALLY_FILLED);
    assert_int_equal(report_of(&event, JZ_EXEC_RESTED, 0, 7).status, JZ_ORDER_NEW);
    assert_int_equal(report_of(&event, JZ_EXEC_REPLACED, 3, 2).lots, 5);

    event.reason = JZ_REASON_IOC;
    report = report_of(&event, JZ_EXEC_CANCELED, 3, 7);
    assert_int_equal(report.status, JZ_ORDER_CANCELED);
    assert_int_equal(report.reason, JZ_REASON_IOC);
    assert_true(report.lots == 10 && report.cum_lots == 3 && report.leaves_lots == 0);
}

static int begin(void **state)
{
    (void)state;
    return jz_message_reader_create(&reader);
}

static int end(void **state)
{
    (void)state;
    jz_message_reader_destroy(reader);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_arrives_as_it_was_given),
        cmocka_unit_test(the_administrators_requests_arrive_as_they_were_given),
        cmocka_unit_test(hello_and_queries_arrive_as_they_were_given),
        cmocka_unit_test(a_request_that_does_not_fit_is_not_packed),
        cmocka_unit_test(requests_travel_as_an_array),
        cmocka_unit_test(what_a_newer_gateway_adds_is_ignored),
        cmocka_unit_test(maps_of_an_unknown_kind_are_skipped),
        cmocka_unit_test(a_fault_in_one_map_costs_no_other),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(a_result_of_another_kind_is_refused),
        cmocka_unit_test(a_level_is_a_pair_of_numbers),
        cmocka_unit_test(a_topic_of_a_newer_gateway_is_skipped),
        cmocka_unit_test(an_event_becomes_the_report_that_its_owner_reads),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
