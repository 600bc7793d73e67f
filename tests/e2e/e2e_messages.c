/* Messages of every shape: what is not a message of the protocol is MALFORMED or ends its
 * connection, a batch is answered item by item, and nobody else notices.
 *
 * Method: a real jiaozid; messages cut, stretched and filled to the bound and one beyond it.
 */
#include "tests/e2e/house.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"
#include "tests/support/raw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHOLE_MAX = 512 };

static struct house house;
static struct guest *const ana = &house.ana;
static struct guest bo;
static uint8_t message[2 * JZ_WIRE_MESSAGE_BYTES_MAX];

static int open_house(void **state)
{
    (void)state;
    house_open(&house, NULL);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* ---- cut ---------------------------------------------------------------------------------------
 */

/* Each beginning of the message but the whole must be malformed. */
static void expect_beginnings_malformed(struct guest *guest, const char *text)
{
    uint8_t packed[WHOLE_MAX];
    const size_t count = jz_packed_text(text, packed, sizeof(packed));
    for (size_t cut = 0; cut < count; cut++) {
        guest_say_bytes(guest, packed, cut);
        assert_string_equal(guest_verdict(guest), "MALFORMED");
    }
}

static void a_request_cut_at_any_length_is_malformed(void **state)
{
    (void)state;
    const struct jz_digest before = guest_status(ana).content_digest;
    expect_beginnings_malformed(
        ana, "{'v': 1, 'op': 'place_order', 'nonce': 100, 'account': 16, 'client_order_id': 'a', "
             "'symbol': 'BEANS/MILES', 'side': 'sell', 'lots': 300, 'price': 900}");
    expect_beginnings_malformed(ana, "{'v': 1, 'op': 'get_status', 'ref': 'x', 'digest': true}");
    expect_beginnings_malformed(
        ana, "[{'v': 1, 'op': 'cancel_order', 'nonce': 100, 'account': 16, 'order_id': 1}, "
             "{'v': 1, 'op': 'get_book', 'ref': 70000, 'symbol': 'BEANS/MILES'}]");
    guest_connect(&bo, house.daemon.requests); /* and without hello */
    expect_beginnings_malformed(&bo, "{'v': 1, 'op': 'hello', 'accounts': [16], 'ordered': true}");
    guest_leave(&bo);
    const struct jz_digest after = guest_status(ana).content_digest;
    assert_memory_equal(&after, &before, sizeof(after));
    house_expect_well(&house);
}

static void what_is_no_map_or_goes_on_behind_it_is_malformed(void **state)
{
    (void)state;
    static const char *const bytes[] = {
        "c0",
        "00",
        "a3 61 62 63",
        "90",
        "91 90",
        "91 c0",
        "80 80",
        "c1",
        "c4 00",
        "dd ff ff ff ff 80",
        "df ff ff ff ff",
        "81 a1 76",
        "84 01 02",
        /* nine deep: the limit is eight */
        "81 a1 78 91 91 91 91 91 91 91 91 90",
    };
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        uint8_t packed[64];
        guest_say_bytes(ana, packed, jz_packed_hex(bytes[i], packed, sizeof(packed)));
        assert_string_equal(guest_verdict(ana), "MALFORMED");
    }
    house_expect_well(&house);
}

/* ---- long --------------------------------------------------------------------------------------
 */

/* Writes {"v": 1, "x": "yyy..."} of so many bytes into message. */
static void fill_message(size_t bytes)
{
    static const char head[] = "\x82\xa1v\x01\xa1x\xdb";
    const size_t head_bytes = sizeof(head) - 1;
    const size_t text_bytes = bytes - head_bytes - 4;
    memcpy(message, head, head_bytes);
    for (size_t i = 0; i < 4; i++) {
        message[head_bytes + i] = (uint8_t)(text_bytes >> (8 * (3 - i)));
    }
    memset(message + head_bytes + 4, 'y', text_bytes);
}

static void the_largest_message_is_read_and_a_larger_one_ends_its_connection(void **state)
{
    (void)state;
    static uint8_t heard[4096];
    fill_message(JZ_WIRE_MESSAGE_BYTES_MAX);
    guest_say_bytes(ana, message, JZ_WIRE_MESSAGE_BYTES_MAX);
    assert_string_equal(guest_verdict(ana), "INVALID_PARAM op");

    const int fd = jz_raw_connect(house.daemon.requests, "DEALER", NULL);
    assert_true(jz_raw_say(fd, "'op': 'hello', 'ref': 1, 'lane': 9"));
    assert_true(jz_raw_hear(fd, heard, sizeof(heard), GUEST_WAIT_MS) > 0);
    fill_message(JZ_WIRE_MESSAGE_BYTES_MAX + 1);
    (void)jz_raw_part(fd, message, JZ_WIRE_MESSAGE_BYTES_MAX + 1, false);
    assert_int_equal(jz_raw_hear(fd, heard, sizeof(heard), GUEST_WAIT_MS), JZ_RAW_ENDED);
    assert_int_equal(close(fd), 0);

    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "'lane': 9"); /* it is free again */
    guest_leave(&bo);
    house_expect_well(&house);
}

static void a_length_of_many_gigabytes_ends_its_connection_at_once(void **state)
{
    (void)state;
    uint8_t heard[16];
    const int fd = jz_raw_connect(house.daemon.requests, "DEALER", NULL);
    assert_true(jz_raw_send(fd, "\x02\x7f\xff\xff\xff\xff\xff\xff\xff", 9));
    assert_int_equal(jz_raw_hear(fd, heard, sizeof(heard), GUEST_WAIT_MS), JZ_RAW_ENDED);
    assert_int_equal(close(fd), 0);
    house_expect_well(&house);
}

/* ---- batches -----------------------------------------------------------------------------------
 */

/* Writes a batch of count requests of this text with nonces from first on; returns its bytes. */
static size_t fill_batch(uint32_t count, uint64_t first, const char *fields)
{
    size_t used = 3;
    message[0] = 0xdc;
    message[1] = (uint8_t)(count >> 8);
    message[2] = (uint8_t)count;
    for (uint32_t i = 0; i < count; i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "{'v': 1, 'nonce': %" PRIu64 ", %s}", first + i, fields);
        used += jz_packed_text(text, message + used, sizeof(message) - used);
    }
    return used;
}

static void each_item_of_a_batch_has_its_own_answer(void **state)
{
    (void)state;
    const uint64_t first = ana->nonce + 1;
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "[{'v': 1, 'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 16, 'symbol': "
                   "'BEANS/MILES', 'side': 'sell', 'lots': 1, 'price': 900}, "
                   "{'v': 1, 'op': 'fly', 'ref': 'f'}, "
                   "{'v': 1, 'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 99, 'symbol': "
                   "'BEANS/MILES', 'side': 'sell', 'lots': 1, 'price': 900}, "
                   "{'v': 1, 'op': 'cancel_order', 'ref': 'm', 'account': 16, 'order_id': 1}, "
                   "{'v': 1, 'op': 'get_book', 'ref': 'b', 'symbol': 'BEANS/MILES'}, "
                   "{'v': 1, 'op': 'place_order', 'nonce': %" PRIu64 ", 'account': 17, 'symbol': "
                   "'BEANS/MILES', 'side': 'buy', 'lots': 1, 'price': 900}]",
                   first, first + 1, first + 2);
    guest_say_bytes(ana, message, jz_packed_text(text, message, sizeof(message)));

    uint32_t seen = 0;
    for (uint32_t i = 0; i < 6; i++) {
        const char *verdict = guest_verdict(ana);
        const struct jz_reply *reply = &ana->heard.reply;
        char told[96];
        (void)snprintf(told, sizeof(told), "%d%.*s %s",
                       reply->nonce == 0 ? 0 : (int)(reply->nonce - first + 1), reply->ref.length,
                       reply->ref.text, verdict);
        static const char *const expected[] = {
            "1 ok", "0f INVALID_PARAM op", "2 UNKNOWN account", "0m INVALID_PARAM nonce", "0b ok",
            "3 ok"};
        for (uint32_t j = 0; j < 6; j++) {
            seen |= strcmp(told, expected[j]) == 0 ? 1u << j : 0;
        }
    }
    assert_int_equal(seen, 0x3f);
    ana->nonce += 3;
    house_expect_well(&house);
}

static void a_batch_of_1024_is_answered_whole_and_one_more_is_malformed(void **state)
{
    (void)state;
    static const char fields[] = "'op': 'cancel_order', 'account': 16, 'order_id': 1";
    uint8_t answered[JZ_WIRE_BATCH_MAX] = {0};
    const uint64_t first = ana->nonce + 1;

    guest_say_bytes(ana, message, fill_batch(JZ_WIRE_BATCH_MAX + 1, first, fields));
    assert_string_equal(guest_verdict(ana), "MALFORMED");
    guest_say_bytes(ana, message, fill_batch(JZ_WIRE_BATCH_MAX, first, fields));
    for (uint32_t i = 0; i < JZ_WIRE_BATCH_MAX; i++) {
        assert_string_equal(guest_verdict(ana), "UNKNOWN order_id");
        assert_in_range(ana->heard.reply.nonce, first, first + JZ_WIRE_BATCH_MAX - 1);
        answered[ana->heard.reply.nonce - first]++;
    }
    for (uint32_t i = 0; i < JZ_WIRE_BATCH_MAX; i++) {
        assert_int_equal(answered[i], 1);
    }
    assert_null(guest_hear(ana, GUEST_QUIET_MS));
    ana->nonce += JZ_WIRE_BATCH_MAX;
    house_expect_well(&house);
}

static void one_item_that_is_not_well_formed_refuses_the_whole_batch(void **state)
{
    (void)state;
    const struct jz_digest before = guest_status(ana).content_digest;
    const size_t bytes = fill_batch(3, ana->nonce + 1,
                                    "'op': 'place_order', 'account': 16, 'symbol': 'BEANS/MILES', "
                                    "'side': 'sell', 'lots': 1, 'price': 900");
    message[bytes - 1] = 0xc1; /* what msgpack never uses, in the place of the last price */
    message[bytes - 2] = 0xc1;
    message[bytes - 3] = 0xc1;
    guest_say_bytes(ana, message, bytes);
    assert_string_equal(guest_verdict(ana), "MALFORMED");
    assert_null(guest_hear(ana, GUEST_QUIET_MS));
    const struct jz_digest after = guest_status(ana).content_digest;
    assert_memory_equal(&after, &before, sizeof(after));
    house_expect_well(&house);
}

/* ---- the answer's address ----------------------------------------------------------------------
 */

static void an_unknown_field_is_named_as_far_as_it_can_be_shown(void **state)
{
    (void)state;
    assert_string_equal(guest_query(ana, "'op': 'get_status', 'colour': 'red'"),
                        "INVALID_PARAM colour");
    assert_int_equal(ana->heard.reply.ref.length, 1); /* it still comes back to its question */
    assert_string_equal(guest_query(ana, "'op': 'get_status', 'co our\x7f': 1"),
                        "INVALID_PARAM co?our?");
    assert_string_equal(
        guest_query(ana, "'op': 'get_status', 'abcdefghijklmnopqrstuvwxyz0123456789': 1"),
        "INVALID_PARAM abcdefghijklmnopqrstuvwxyz012345");
    assert_string_equal(guest_query(ana, "'op': 'get_status', 7: 1"), "INVALID_PARAM ?");
    house_expect_well(&house);
}

static void a_thousand_faults_in_a_minute_and_the_peer_is_cut_off(void **state)
{
    (void)state;
    uint32_t refused = 0;
    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "'lane': 9");
    for (uint32_t i = 0; i < 1001; i++) {
        guest_say_bytes(&bo, "\x90", 1);
    }
    while (guest_hear(&bo, 5 * GUEST_QUIET_MS) != NULL) {
        refused++;
    }
    assert_int_equal(refused, 1000);
    guest_say(&bo, "'op': 'get_status', 'ref': 1");
    assert_null(guest_hear(&bo, GUEST_QUIET_MS));
    guest_leave(&bo);

    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "'lane': 9"); /* a new connection begins anew */
    guest_leave(&bo);
    house_expect_well(&house);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(a_request_cut_at_any_length_is_malformed),
        STORY(what_is_no_map_or_goes_on_behind_it_is_malformed),
        STORY(the_largest_message_is_read_and_a_larger_one_ends_its_connection),
        STORY(a_length_of_many_gigabytes_ends_its_connection_at_once),
        STORY(each_item_of_a_batch_has_its_own_answer),
        STORY(a_batch_of_1024_is_answered_whole_and_one_more_is_malformed),
        STORY(one_item_that_is_not_well_formed_refuses_the_whole_batch),
        STORY(an_unknown_field_is_named_as_far_as_it_can_be_shown),
        STORY(a_thousand_faults_in_a_minute_and_the_peer_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
