/* A request is taken if every field is known, comes once, belongs to its op and fits; whatever else
 * somebody sends is refused with the right name on it, and nothing behind the message is read.
 *
 * Method: messages written as text, packed by msgpack-c, and decoded from a buffer of exactly their
 * length, so that the address sanitizer sees a look behind the end.
 */
#include "gateway/wire/codec.h"

#include "gateway/wire/fields.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = JZ_WIRE_MESSAGE_BYTES_MAX + 4096 };

static uint8_t packed[ROOM];
static uint8_t *message; /* a copy of exactly its length */
static struct jz_codec codec;
static struct jz_request request;
static struct jz_refusal refusal;

static enum jz_result open_bytes(const uint8_t *bytes, size_t count)
{
    free(message);
    message = malloc(count > 0 ? count : 1);
    assert_non_null(message);
    memcpy(message, bytes, count);
    return jz_codec_open(&codec, message, count);
}

static enum jz_result next(void)
{
    memset(&request, 0xEE, sizeof(request));
    return jz_codec_next(&codec, &request, &refusal);
}

static enum jz_result decode_bytes(const uint8_t *bytes, size_t count)
{
    const enum jz_result opened = open_bytes(bytes, count);
    return opened == JZ_RESULT_DONE ? next() : opened;
}

static enum jz_result decode(const char *text)
{
    return decode_bytes(packed, jz_packed_text(text, packed, sizeof(packed)));
}

static enum jz_result decode_hex(const char *hex)
{
    return decode_bytes(packed, jz_packed_hex(hex, packed, sizeof(packed)));
}

static void assert_text(struct jz_text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

/* The message is refused for this field. */
static void assert_refused(const char *text, const char *field)
{
    assert_int_equal(decode(text), JZ_RESULT_INVALID_PARAM);
    assert_int_equal(refusal.result, JZ_RESULT_INVALID_PARAM);
    assert_text(refusal.field, field);
}

#define ORDER_HEAD "{'v':1,'op':'place_order','nonce':7,'account':17,'symbol':'BEANS/MILES',"
#define ORDER      ORDER_HEAD "'side':'sell','lots':30,'price':32"

static void an_order_is_taken_with_all_its_fields(void **state)
{
    (void)state;
    assert_int_equal(decode(ORDER ",'client_order_id':'ana-1','type':'limit','stp_mode':"
                                  "'cancel_newest','time_in_force':'ioc','ref':'r1'}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.op, JZ_OP_PLACE_ORDER);
    assert_int_equal(request.nonce, 7);
    assert_int_equal(request.account, 17);
    assert_text(request.client_order_id, "ana-1");
    assert_text(request.symbol, "BEANS/MILES");
    assert_int_equal(request.side, JZ_SIDE_SELL);
    assert_int_equal(request.type, JZ_ORDER_TYPE_LIMIT);
    assert_int_equal(request.lots, 30);
    assert_int_equal(request.price, 32);
    assert_int_equal(request.time_in_force, JZ_TIF_IOC);
    assert_int_equal(request.stp_mode, JZ_STP_CANCEL_NEWEST);
    assert_int_equal(request.ref.kind, JZ_REF_TEXT);
    assert_int_equal(request.ref.length, 2);
    assert_memory_equal(request.ref.text, "r1", 2);
    assert_true(jz_request_has(&request, JZ_FIELD_CLIENT_ORDER_ID));
    assert_int_equal(codec.left, 0);
}

static void what_an_order_leaves_out_has_its_default(void **state)
{
    (void)state;
    assert_int_equal(decode(ORDER "}"), JZ_RESULT_DONE);
    assert_int_equal(request.time_in_force, JZ_TIF_GTC);
    assert_int_equal(request.stp_mode, JZ_STP_CANCEL_NEWEST);
    assert_int_equal(request.type, JZ_ORDER_TYPE_LIMIT);
    assert_text(request.client_order_id, "");
    assert_int_equal(request.ref.kind, JZ_REF_NONE);
    assert_false(jz_request_has(&request, JZ_FIELD_TYPE));
}

static void what_a_listing_leaves_out_has_its_default(void **state)
{
    (void)state;
    assert_int_equal(decode("{'v':1,'op':'put_market','nonce':1,'base':'AB','quote':'CD',"
                            "'base_lot':10}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.quote_unit, 1);
    assert_int_equal(request.tick, 1);
    assert_int_equal(request.price_min, 1);
    assert_int_equal(request.price_max, JZ_PRICE_MAX);
    assert_int_equal(request.min_notional, 0);
    assert_int_equal(request.band, 0);
    assert_int_equal(request.reference, 0);

    assert_int_equal(decode("{'v':1,'op':'put_currency','nonce':1,'code':'AB'}"), JZ_RESULT_DONE);
    assert_int_equal(request.merchant, 0);
    assert_int_equal(request.scale, 2);
    assert_true(request.supply_cap == JZ_AMOUNT_MAX);
}

static void what_a_query_leaves_out_has_its_default(void **state)
{
    (void)state;
    assert_int_equal(decode("{'v':1,'op':'get_book','ref':1,'symbol':'A/B'}"), JZ_RESULT_DONE);
    assert_int_equal(request.depth, JZ_WIRE_LEVELS_MAX);
    assert_int_equal(decode("{'v':1,'op':'get_markets','ref':1}"), JZ_RESULT_DONE);
    assert_int_equal(request.from, 1);
    assert_text(request.symbol, "");
    assert_int_equal(decode("{'v':1,'op':'get_status','ref':1}"), JZ_RESULT_DONE);
    assert_false(request.digest);
    assert_int_equal(decode("{'v':1,'op':'hello'}"), JZ_RESULT_DONE);
    assert_false(request.ordered);
    assert_false(jz_request_has(&request, JZ_FIELD_LANE));
    assert_int_equal(request.account_count, 0);
}

static void fields_may_come_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(decode("{'price':32,'lots':30,'side':'buy','symbol':'A/B','account':17,"
                            "'nonce':7,'op':'place_order','v':1}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.op, JZ_OP_PLACE_ORDER);
    assert_int_equal(request.lots, 30);
    assert_int_equal(request.side, JZ_SIDE_BUY);
}

/* get_book for ref 5 with a depth encoded as the hex says. */
static void assert_depth(const char *hex, uint32_t depth)
{
    char whole[256];
    (void)snprintf(whole, sizeof(whole),
                   "85 a176 01 a26f70 a86765745f626f6f6b a3726566 05 a673796d626f6c a3412f42 "
                   "a56465707468 %s",
                   hex);
    assert_int_equal(decode_hex(whole), depth == 0 ? JZ_RESULT_INVALID_PARAM : JZ_RESULT_DONE);
    if (depth == 0) {
        assert_text(refusal.field, "depth");
    } else {
        assert_int_equal(request.depth, depth);
    }
}

static void a_number_may_have_any_encoding_that_holds_it(void **state)
{
    (void)state;
    assert_depth("7f", 127);
    assert_depth("cc 05", 5);
    assert_depth("cd 0005", 5);
    assert_depth("ce 00000005", 5);
    assert_depth("cf 0000000000000005", 5);
    assert_depth("d0 05", 5);
    assert_depth("d1 0005", 5);
    assert_depth("d2 00000005", 5);
    assert_depth("d3 0000000000000005", 5);
    assert_depth("cd 1388", 5000);
}

static void what_is_no_number_of_the_range_is_refused_with_its_field(void **state)
{
    (void)state;
    assert_depth("00", 0);
    assert_depth("cd 1389", 0);             /* 5,001 */
    assert_depth("ff", 0);                  /* -1 */
    assert_depth("d0 80", 0);               /* -128 */
    assert_depth("d3 ffffffffffffffff", 0); /* -1 */
    assert_depth("ca 40a00000", 0);         /* 5.0 */
    assert_depth("cb 4014000000000000", 0); /* 5.0 */
    assert_depth("a1 35", 0);               /* "5" */
    assert_depth("c4 01 05", 0);            /* bin */
    assert_depth("d4 01 05", 0);            /* ext */
    assert_depth("c0", 0);                  /* nil */
    assert_depth("c3", 0);                  /* true */
    assert_depth("91 05", 0);               /* [5] */
    assert_depth("81 05 05", 0);            /* {5: 5} */
    assert_depth("cf ffffffffffffffff", 0);
}

static void the_largest_numbers_reach_the_exchange(void **state)
{
    (void)state;
    assert_int_equal(decode(ORDER_HEAD "'side':'buy','lots':18446744073709551615,"
                                       "'price':18446744073709551615}"),
                     JZ_RESULT_DONE);
    assert_true(request.lots == UINT64_MAX);
    assert_true(request.price == UINT64_MAX);
    assert_int_equal(decode("{'v':1,'op':'put_account','nonce':18446744073709551615,"
                            "'account':4294967295,'role':'merchant'}"),
                     JZ_RESULT_DONE);
    assert_true(request.account == UINT32_MAX);
    assert_true(request.nonce == UINT64_MAX);
    assert_int_equal(request.role, JZ_ROLE_MERCHANT);
    assert_refused("{'v':1,'op':'put_account','nonce':1,'account':4294967296,'role':'member'}",
                   "account");
}

static void an_unknown_field_is_named(void **state)
{
    (void)state;
    assert_refused(ORDER ",'colour':1}", "colour");
    assert_refused(ORDER ",'':1}", "");
    assert_refused(ORDER ",'pricf':1}", "pricf");
    assert_refused(ORDER ",'price_':[1,{'a':2}]}", "price_");
    assert_refused(ORDER ",'capacities':1}", "capacities");
    assert_refused(ORDER ",5:1}", "?");
    assert_refused(ORDER ",'an unknown field\twith more than 32 bytes':1}",
                   "an?unknown?field?with?more?than?");
}

static void a_field_that_comes_twice_is_refused(void **state)
{
    (void)state;
    assert_refused(ORDER ",'lots':30}", "lots");
    assert_refused(ORDER ",'nonce':8}", "nonce");
    assert_int_equal(request.nonce, 7);
}

static void a_field_of_another_op_is_refused(void **state)
{
    (void)state;
    assert_refused(ORDER ",'amount':1}", "amount");
    assert_refused("{'v':1,'op':'hello','nonce':1}", "nonce");
    assert_refused("{'v':1,'op':'get_status','ref':1,'nonce':1}", "nonce");
    assert_refused("{'v':1,'op':'get_status','ref':1,'account':1}", "account");
}

static void a_missing_field_is_refused(void **state)
{
    (void)state;
    assert_refused(ORDER_HEAD "'side':'sell','lots':30}", "price");
    assert_refused("{'v':1,'op':'place_order','account':17,'symbol':'A/B','side':'sell','lots':1,"
                   "'price':1}",
                   "nonce");
    assert_refused("{'v':1,'op':'get_status'}", "ref");
    assert_refused("{'v':1,'op':'mint','nonce':1,'account':17,'currency':'AB','amount':1}",
                   "source_id");
}

static void of_several_faults_the_first_in_the_order_is_told(void **state)
{
    (void)state;
    assert_refused("{}", "v");
    assert_refused("{'colour':1,'op':'swap','v':2}", "v");
    assert_refused("{'colour':1,'op':'swap','v':1}", "op");
    assert_refused("{'colour':1,'v':1}", "op");
    assert_refused("{'v':1,'op':'mint','lots':'x','colour':1}", "lots");
    assert_refused("{'v':1,'op':'mint','colour':1,'lots':'x'}", "colour");
    assert_refused("{'v':1,'op':'mint','lots':1,'depth':1}", "lots");
    assert_refused("{'v':1,'op':'mint','account':1}", "nonce");
}

static void an_order_is_named_in_exactly_one_way(void **state)
{
    (void)state;
    assert_int_equal(decode("{'v':1,'op':'cancel_order','nonce':1,'account':17,'order_id':9}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.order_id, 9);
    assert_text(request.client_order_id, "");
    assert_int_equal(decode("{'v':1,'op':'replace_order','nonce':1,'account':17,"
                            "'client_order_id':'a','lots':1,'price':2}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.order_id, 0);
    assert_text(request.client_order_id, "a");
    assert_refused("{'v':1,'op':'cancel_order','nonce':1,'account':17}", "order_id");
    assert_refused("{'v':1,'op':'cancel_order','nonce':1,'account':17,'order_id':0}", "order_id");
    assert_refused("{'v':1,'op':'cancel_order','nonce':1,'account':17,'order_id':9,"
                   "'client_order_id':'a'}",
                   "client_order_id");
}

static void a_refusal_can_be_addressed_wherever_the_fault_stands(void **state)
{
    (void)state;
    assert_refused("{'colour':1,'v':1,'op':'mint','ref':6,'nonce':9}", "colour");
    assert_int_equal(request.nonce, 9);
    assert_int_equal(request.ref.kind, JZ_REF_NUMBER);
    assert_int_equal(request.ref.number, 6);
    assert_int_equal(request.op, JZ_OP_MINT);
    assert_refused("{'v':1,'op':'mint','ref':[],'nonce':-1,'colour':1}", "ref");
    assert_int_equal(request.nonce, 0);
    assert_int_equal(request.ref.kind, JZ_REF_NONE);
    assert_int_equal(decode_hex("84 a176 01 a56e6f6e6365 09 a26f70"), JZ_RESULT_MALFORMED);
    assert_int_equal(request.nonce, 9);
}

static void a_text_has_one_to_so_many_bytes_of_utf8_without_nul(void **state)
{
    (void)state;
    assert_int_equal(decode(ORDER ",'client_order_id':'sixteen bytes..!'}"), JZ_RESULT_DONE);
    assert_text(request.client_order_id, "sixteen bytes..!");
    assert_refused(ORDER ",'client_order_id':'seventeen bytes.!'}", "client_order_id");
    assert_refused(ORDER ",'client_order_id':''}", "client_order_id");
    assert_int_equal(decode(ORDER ",'client_order_id':'\xe4\xba\xa4\xe5\xad\x90'}"),
                     JZ_RESULT_DONE);
    assert_refused(ORDER ",'client_order_id':'\xe4\xba'}", "client_order_id");
    assert_refused(ORDER ",'client_order_id':'12345678\xff'}", "client_order_id");
    assert_refused(ORDER ",'client_order_id':'\xc0\x80'}", "client_order_id");
    assert_refused(ORDER ",'client_order_id':'\xed\xa0\x80'}", "client_order_id");
    assert_refused(ORDER ",'client_order_id':'\xf4\x90\x80\x80'}", "client_order_id");
    assert_int_equal(decode_hex("84 a176 01 a26f70 a86765745f626f6f6b a3726566 a3410042 "
                                "a673796d626f6c a3412f42"),
                     JZ_RESULT_INVALID_PARAM);
    assert_text(refusal.field, "ref");
    assert_refused("{'v':1,'op':'get_book','ref':1,'symbol':'ABCDEFGHIJKLM/ABCDEFGHIJKL'}",
                   "symbol");
}

static void a_word_is_one_of_its_list(void **state)
{
    (void)state;
    assert_refused(ORDER_HEAD "'side':'long','lots':1,'price':1}", "side");
    assert_refused(ORDER_HEAD "'side':'SELL','lots':1,'price':1}", "side");
    assert_refused(ORDER_HEAD "'side':'sel','lots':1,'price':1}", "side");
    assert_refused(ORDER ",'type':'market'}", "type");
    assert_refused(ORDER ",'time_in_force':'a word of over 16 bytes'}", "time_in_force");
    assert_refused(ORDER ",'time_in_force':1}", "time_in_force");
    assert_refused("{'v':1,'op':'put_account','nonce':1,'account':17,'role':'system'}", "role");
}

static void truth_is_true_or_false_and_not_a_number(void **state)
{
    (void)state;
    assert_int_equal(decode("{'v':1,'op':'get_status','ref':1,'digest':true}"), JZ_RESULT_DONE);
    assert_true(request.digest);
    assert_int_equal(decode("{'v':1,'op':'get_status','ref':1,'digest':false}"), JZ_RESULT_DONE);
    assert_false(request.digest);
    assert_refused("{'v':1,'op':'get_status','ref':1,'digest':1}", "digest");
}

static void hello_names_up_to_sixteen_accounts(void **state)
{
    (void)state;
    assert_int_equal(decode("{'v':1,'op':'hello','lane':3,'ordered':true,'accounts':"
                            "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,4294967295]}"),
                     JZ_RESULT_DONE);
    assert_int_equal(request.lane, 3);
    assert_true(request.ordered);
    assert_int_equal(request.account_count, 16);
    assert_int_equal(request.accounts[0], 1);
    assert_true(request.accounts[15] == UINT32_MAX);
    assert_refused("{'v':1,'op':'hello','accounts':[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}",
                   "accounts");
    assert_refused("{'v':1,'op':'hello','accounts':[1,'2']}", "accounts");
    assert_refused("{'v':1,'op':'hello','accounts':[4294967296]}", "accounts");
    assert_refused("{'v':1,'op':'hello','accounts':17}", "accounts");
}

static void a_message_cut_anywhere_is_malformed(void **state)
{
    (void)state;
    const size_t bytes =
        jz_packed_text(ORDER ",'ref':'r','colour':[{'a':'b'},1.5]}", packed, sizeof(packed));
    for (size_t cut = 0; cut < bytes; cut++) {
        assert_int_equal(decode_bytes(packed, cut), JZ_RESULT_MALFORMED);
    }
    assert_int_equal(decode_bytes(packed, bytes), JZ_RESULT_INVALID_PARAM);
}

static void a_byte_behind_the_message_makes_it_malformed(void **state)
{
    (void)state;
    const size_t bytes = jz_packed_text(ORDER "}", packed, sizeof(packed));
    packed[bytes] = 0xc0;
    assert_int_equal(decode_bytes(packed, bytes + 1), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("91 80 c0"), JZ_RESULT_MALFORMED);
}

static void only_a_map_or_an_array_of_maps_is_a_message(void **state)
{
    (void)state;
    assert_int_equal(decode_hex(""), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("c0"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("c1"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("01"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("a3 616263"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("90"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("91 01"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("92 80 91 80"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a176 c1"), JZ_RESULT_MALFORMED);
}

static void a_length_that_is_not_there_costs_nothing(void **state)
{
    (void)state;
    assert_int_equal(decode_hex("dd 0fffffff"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("dd ffffffff"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("df ffffffff"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("df 80000000"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a176 db ffffffff"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a176 c6 ffffffff"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a176 c9 ffffffff 01"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a176 dd 0fffffff 91 91 91"), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_hex("81 a9 76"), JZ_RESULT_MALFORMED);
}

/* A request with an unknown field whose value is so many arrays inside each other. */
static enum jz_result decode_nested(bool in_batch, uint32_t arrays)
{
    uint8_t bytes[64] = {0x91, 0x81, 0xa1, 'x'};
    memset(bytes + 4, 0x91, arrays);
    bytes[4 + arrays] = 0x01;
    return decode_bytes(bytes + !in_batch, 5 + arrays - !in_batch);
}

static void eight_levels_are_read_and_nine_are_not(void **state)
{
    (void)state;
    assert_int_equal(decode_nested(false, 7), JZ_RESULT_INVALID_PARAM);
    assert_int_equal(decode_nested(false, 8), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_nested(true, 6), JZ_RESULT_INVALID_PARAM);
    assert_int_equal(decode_nested(true, 7), JZ_RESULT_MALFORMED);
    assert_int_equal(decode_nested(true, 40), JZ_RESULT_MALFORMED);
}

static void a_message_of_256_kib_is_read_and_one_byte_more_is_not(void **state)
{
    (void)state;
    for (uint32_t extra = 0; extra < 2; extra++) {
        const size_t bytes = JZ_WIRE_MESSAGE_BYTES_MAX + extra;
        memset(packed, 'x', bytes);
        memcpy(packed, "\x81\xa1x\xdb", 4); /* {"x": "xxx..."} */
        const uint32_t length = __builtin_bswap32((uint32_t)bytes - 8);
        memcpy(packed + 4, &length, 4);
        assert_int_equal(decode_bytes(packed, bytes),
                         extra == 0 ? JZ_RESULT_INVALID_PARAM : JZ_RESULT_MALFORMED);
    }
}

/* An array of so many times {"v": 1, "op": "hello"}. */
static size_t pack_batch(uint32_t count)
{
    static const uint8_t hello[] = "\x82\xa1v\x01\xa2op\xa5hello";
    packed[0] = 0xdc;
    packed[1] = (uint8_t)(count >> 8);
    packed[2] = (uint8_t)count;
    size_t bytes = 3;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(packed + bytes, hello, sizeof(hello) - 1);
        bytes += sizeof(hello) - 1;
    }
    return bytes;
}

static void a_batch_has_one_to_1024_items_each_on_its_own(void **state)
{
    (void)state;
    assert_int_equal(open_bytes(packed, pack_batch(1024)), JZ_RESULT_DONE);
    assert_int_equal(codec.count, 1024);
    for (uint32_t i = 0; i < 1024; i++) {
        assert_int_equal(codec.left, 1024 - i);
        assert_int_equal(next(), JZ_RESULT_DONE);
    }
    assert_int_equal(codec.left, 0);
    assert_int_equal(open_bytes(packed, pack_batch(1025)), JZ_RESULT_MALFORMED);
    assert_int_equal(codec.left, 0);

    const size_t bytes =
        jz_packed_text("[{'v':1,'op':'swap'},{'v':1,'op':'hello'}]", packed, sizeof(packed));
    assert_int_equal(open_bytes(packed, bytes), JZ_RESULT_DONE);
    assert_int_equal(next(), JZ_RESULT_INVALID_PARAM);
    assert_int_equal(next(), JZ_RESULT_DONE);
    assert_int_equal(codec.left, 0);
}

static void a_batch_with_one_bad_byte_is_refused_before_its_first_item(void **state)
{
    (void)state;
    const size_t bytes = pack_batch(3);
    for (size_t cut = 0; cut < bytes; cut++) {
        assert_int_equal(open_bytes(packed, cut), JZ_RESULT_MALFORMED);
        assert_int_equal(codec.left, 0);
    }
    packed[bytes - 6] = 0xc1; /* where the last op's text begins */
    assert_int_equal(open_bytes(packed, bytes), JZ_RESULT_MALFORMED);
}

static void every_word_lies_in_its_slot(void **state)
{
    (void)state;
#define X(value, name, word)                                                                       \
    if (jz_fields_rules[value].type != JZ_FIELDS_NONE) {                                           \
        const struct jz_text text = {word, sizeof(word) - 1};                                      \
        const uint8_t *const end = (const uint8_t *)text.bytes + text.length;                      \
        assert_int_equal(jz_fields_find(jz_fields_key(text, end)), value);                         \
    }
    JZ_FIELD_MAP(X)
#undef X
#define X(value, name, word)                                                                       \
    {                                                                                              \
        const struct jz_text text = {word, sizeof(word) - 1};                                      \
        const uint8_t *const end = (const uint8_t *)text.bytes + text.length;                      \
        assert_int_equal(jz_fields_find_op(jz_fields_key(text, end)), value);                      \
        assert_true(jz_fields_ops[value].needed != 0);                                             \
    }
    JZ_OP_MAP(X)
#undef X
}

static void the_numbers_of_commands_are_those_of_the_journal(void **state)
{
    (void)state;
#define X(value, name, body, word)                                                                 \
    if (sizeof(word) > 1) {                                                                        \
        assert_string_equal(jz_wire_op_word(value), word);                                         \
        assert_true(jz_op_is_command((enum jz_op)(value)));                                        \
    }
    JZ_COMMAND_MAP(X)
#undef X
}

static int give_back(void **state)
{
    (void)state;
    free(message);
    message = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_taken_with_all_its_fields),
        cmocka_unit_test(what_an_order_leaves_out_has_its_default),
        cmocka_unit_test(what_a_listing_leaves_out_has_its_default),
        cmocka_unit_test(what_a_query_leaves_out_has_its_default),
        cmocka_unit_test(fields_may_come_in_any_order),
        cmocka_unit_test(a_number_may_have_any_encoding_that_holds_it),
        cmocka_unit_test(what_is_no_number_of_the_range_is_refused_with_its_field),
        cmocka_unit_test(the_largest_numbers_reach_the_exchange),
        cmocka_unit_test(an_unknown_field_is_named),
        cmocka_unit_test(a_field_that_comes_twice_is_refused),
        cmocka_unit_test(a_field_of_another_op_is_refused),
        cmocka_unit_test(a_missing_field_is_refused),
        cmocka_unit_test(of_several_faults_the_first_in_the_order_is_told),
        cmocka_unit_test(an_order_is_named_in_exactly_one_way),
        cmocka_unit_test(a_refusal_can_be_addressed_wherever_the_fault_stands),
        cmocka_unit_test(a_text_has_one_to_so_many_bytes_of_utf8_without_nul),
        cmocka_unit_test(a_word_is_one_of_its_list),
        cmocka_unit_test(truth_is_true_or_false_and_not_a_number),
        cmocka_unit_test(hello_names_up_to_sixteen_accounts),
        cmocka_unit_test(a_message_cut_anywhere_is_malformed),
        cmocka_unit_test(a_byte_behind_the_message_makes_it_malformed),
        cmocka_unit_test(only_a_map_or_an_array_of_maps_is_a_message),
        cmocka_unit_test(a_length_that_is_not_there_costs_nothing),
        cmocka_unit_test(eight_levels_are_read_and_nine_are_not),
        cmocka_unit_test(a_message_of_256_kib_is_read_and_one_byte_more_is_not),
        cmocka_unit_test(a_batch_has_one_to_1024_items_each_on_its_own),
        cmocka_unit_test(a_batch_with_one_bad_byte_is_refused_before_its_first_item),
        cmocka_unit_test(every_word_lies_in_its_slot),
        cmocka_unit_test(the_numbers_of_commands_are_those_of_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, give_back);
}
