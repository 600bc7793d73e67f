/* Peers that mean harm, or do not know better: none of them stops the gateway, keeps others from
 * being served, or keeps what it should not have.
 *
 * Method: a gateway in a thread; bad peers on bare TCP connections or with bad bytes; after each
 * of them Ana, who behaves, is served as ever.
 */
#include "gateway/session.h"
#include "tests/support/cmocka.h"
#include "tests/support/gw_client.h"
#include "tests/support/packed.h"
#include "tests/support/raw.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    EPOCH = 77,
    RANDOM_MESSAGES = 400,
    PART_BYTES = 65536,
    ENDLESS_PARTS = 256,
    WIDE_LEVELS = 3000,
    GREEDY_QUERIES = 4000,
    FLOOD = 5000,
    CROWD = 400,
    ALMOST_REQUESTS = 3000,
};

static struct gw_exchange exchange;
static struct gw_client ana;
static struct gw_client bo;
static uint64_t seed;

static int open_gateway(void **state)
{
    (void)state;
    seed = 88172645463325252u;
    gw_open(&exchange);
    gw_start(&exchange, EPOCH);
    gw_connect(&exchange, &ana);
    gw_connect(&exchange, &bo);
    (void)gw_hello(&ana, "'lane': 1");
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    gw_leave(&ana);
    gw_leave(&bo);
    gw_close(&exchange);
    return 0;
}

static uint64_t roll(uint64_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % sides;
}

static void expect_ana_is_served(void)
{
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 900, NULL, JZ_TIF_IOC});
    assert_int_equal(gw_hear_order(&ana).status, JZ_ORDER_CANCELED);
}

/* The next message part for a peer by hand, while the exchange turns. */
static long hear_raw(int fd, void *bytes, size_t room, uint32_t ms)
{
    long count = JZ_RAW_NONE;
    for (uint32_t waited = 0; count == JZ_RAW_NONE && waited < ms; waited++) {
        gw_turn(&exchange);
        count = jz_raw_hear(fd, bytes, room, 1);
    }
    return count;
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

static void random_bytes_on_the_port_are_no_connection(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 20; round++) {
        uint8_t noise[512];
        const int fd = jz_raw_dial(exchange.requests);
        for (uint32_t i = 0; i < sizeof(noise); i++) {
            noise[i] = (uint8_t)roll(256);
        }
        const ssize_t sent = write(fd, noise, roll(sizeof(noise)));
        (void)sent; /* it may be closed already */
        gw_turn_for(&exchange, 2);
        (void)close(fd);
    }
    expect_ana_is_served();
}

static void random_messages_are_all_refused_and_nothing_is_done(void **state)
{
    (void)state;
    uint32_t refused = 0;
    for (uint32_t round = 0; round < RANDOM_MESSAGES; round++) {
        uint8_t noise[64];
        const size_t count = roll(sizeof(noise));
        for (size_t i = 0; i < count; i++) {
            noise[i] = (uint8_t)roll(256);
        }
        noise[0] = (uint8_t)(roll(2) == 0 ? 0x80 + roll(16) : roll(256));
        gw_say_bytes(&ana, noise, count);
    }
    while (refused < RANDOM_MESSAGES) {
        const struct jz_message *heard = gw_hear(&ana);
        assert_int_equal(heard->kind, JZ_MESSAGE_REFUSAL);
        assert_true(heard->refusal.result == JZ_RESULT_MALFORMED ||
                    heard->refusal.result == JZ_RESULT_INVALID_PARAM);
        refused++;
    }
    assert_int_equal(exchange.taken, 0);
    expect_ana_is_served();
}

static void an_order_cut_short_anywhere_is_malformed(void **state)
{
    (void)state;
    uint8_t packed[512];
    const size_t count = jz_packed_text(
        "{'v': 1, 'op': 'place_order', 'nonce': 1, 'account': 16, 'symbol': 'BEANS/MILES', "
        "'side': 'sell', 'lots': 300, 'price': 900}",
        packed, sizeof(packed));
    for (size_t cut = 0; cut < count; cut++) {
        gw_say_bytes(&ana, packed, cut);
        assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_MALFORMED);
    }
    assert_int_equal(exchange.taken, 0);
    gw_say_bytes(&ana, packed, count);
    (void)gw_hear_order(&ana);
}

static void an_unknown_field_is_named_and_its_nonce_is_still_good(void **state)
{
    (void)state;
    const struct jz_message *heard = gw_expect_refusal(
        &ana, "'op': 'cancel_order', 'nonce': 1, 'account': 16, 'order_id': 1, 'colour': 'red'",
        JZ_RESULT_INVALID_PARAM);
    assert_int_equal(heard->reply.nonce, 1);
    assert_int_equal(heard->refusal.field.length, 6);
    assert_memory_equal(heard->refusal.field.bytes, "colour", 6);
    expect_ana_is_served(); /* with the same nonce */
}

static void a_batch_is_answered_item_by_item(void **state)
{
    (void)state;
    uint8_t packed[512];
    gw_say_bytes(&ana, packed,
                 jz_packed_text("[{'v': 1, 'op': 'cancel_order', 'nonce': 1, 'account': 16, "
                                "'order_id': 9}, {'v': 1, 'op': 'fly', 'nonce': 2}, "
                                "{'v': 1, 'op': 'cancel_order', 'nonce': 2, 'account': 16, "
                                "'client_order_id': 'x'}]",
                                packed, sizeof(packed)));
    const struct jz_message *heard = gw_hear(&ana);
    assert_int_equal(heard->refusal.result, JZ_RESULT_INVALID_PARAM); /* needs no engine */
    assert_int_equal(heard->reply.nonce, 2);
    heard = gw_hear(&ana);
    assert_int_equal(heard->refusal.result, JZ_RESULT_UNKNOWN);
    assert_int_equal(heard->reply.nonce, 1);
    heard = gw_hear(&ana);
    assert_int_equal(heard->refusal.result, JZ_RESULT_UNKNOWN);
    assert_int_equal(heard->reply.nonce, 2);
}

static void the_largest_batch_gets_an_answer_to_each_item(void **state)
{
    (void)state;
    static uint8_t batch[JZ_WIRE_MESSAGE_BYTES_MAX];
    uint32_t numbered = 0;
    uint32_t busy = 0;
    size_t count = 3;

    jz_message_array(batch, JZ_WIRE_BATCH_MAX);
    for (uint32_t i = 1; i <= JZ_WIRE_BATCH_MAX; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text),
                       "{'v': 1, 'op': 'cancel_order', 'nonce': %u, 'account': 16, 'order_id': 1}",
                       i);
        count += jz_packed_text(text, batch + count, sizeof(batch) - count);
    }
    exchange.engine_sleeps = true;
    gw_say_bytes(&ana, batch, count);
    for (uint32_t i = 0; i < JZ_WIRE_BATCH_MAX - GW_WINDOW; i++) {
        busy += gw_hear(&ana)->refusal.result == JZ_RESULT_BUSY;
    }
    exchange.engine_sleeps = false;
    for (uint32_t i = 0; i < GW_WINDOW; i++) {
        numbered += gw_hear(&ana)->refusal.result == JZ_RESULT_UNKNOWN;
    }
    assert_int_equal(busy, JZ_WIRE_BATCH_MAX - GW_WINDOW);
    assert_int_equal(numbered, GW_WINDOW);
}

/* A request that could be meant: any op, values in and out of range, at times a byte changed. */
static size_t almost_a_request(uint64_t nonce, uint8_t *out, size_t room)
{
    static const char *const formats[] = {
        "{'v': 1, 'op': 'place_order', 'nonce': %llu, 'account': %u, 'symbol': 'BEANS/MILES', "
        "'side': 'buy', 'lots': %u, 'price': %u}",
        "{'v': 1, 'op': 'place_order', 'nonce': %llu, 'account': %u, 'symbol': 'BEANS/MILES', "
        "'side': 'sell', 'lots': %u, 'price': %u, 'time_in_force': 'ioc'}",
        "{'v': 1, 'op': 'replace_order', 'nonce': %llu, 'account': %u, 'client_order_id': 'x', "
        "'lots': %u, 'price': %u}",
        "{'v': 1, 'op': 'cancel_order', 'nonce': %llu, 'account': %u, 'order_id': %u%u}",
        "{'v': 1, 'op': 'put_account', 'nonce': %llu, 'account': %u, 'role': 'member', 'ref': "
        "%u%u}",
        "{'v': 1, 'op': 'mint', 'nonce': %llu, 'account': %u, 'currency': 'MILES', 'amount': %u, "
        "'source_id': '%u'}",
        "{'v': 1, 'op': 'get_book', 'ref': %llu, 'symbol': 'MILES/BEANS', 'depth': 1%u%u%u}",
        "{'v': 1, 'op': 'get_markets', 'ref': %llu, 'from': %u%u%u}",
        "{'v': 1, 'op': 'hello', 'ref': %llu, 'accounts': [%u, %u], 'lane': %u}",
    };
    const uint32_t wild = roll(50) == 0 ? UINT32_MAX : 30;
    char text[256];
    (void)snprintf(text, sizeof(text), formats[roll(sizeof(formats) / sizeof(formats[0]))],
                   (unsigned long long)nonce, (uint32_t)(14 + roll(6)), (uint32_t)roll(wild),
                   (uint32_t)roll(30));
    const size_t count = jz_packed_text(text, out, room);
    if (roll(5) == 0) {
        out[roll(count)] = (uint8_t)roll(256);
    }
    return count;
}

static void requests_that_are_almost_right_leave_the_books_sound(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ALMOST_REQUESTS; i++) {
        uint8_t bytes[512];
        const uint64_t nonce = ana.nonce + (roll(4) == 0 ? 0 : 1); /* some come twice */
        gw_say_bytes(&ana, bytes, almost_a_request(nonce + (nonce == 0), bytes, sizeof(bytes)));
        const struct jz_message *heard = gw_hear(&ana); /* each is answered once */
        assert_true(heard->kind != JZ_MESSAGE_REPORT);
        if (heard->reply.seq != 0 && heard->reply.nonce > ana.nonce) {
            ana.nonce = heard->reply.nonce;
        }
    }
    gw_expect_silence(&ana);
    assert_true(exchange.taken > ALMOST_REQUESTS / 3);
    assert_true(jz_core_live_orders(exchange.desk.core) > 10);
    jz_core_verify(exchange.desk.core);
    (void)gw_hello(&bo, "");
    gw_place(&bo, (struct wish){BO, JZ_SIDE_SELL, 1, 901, NULL, 0});
    (void)gw_hear_order(&bo);
}

/* ---- messages ----------------------------------------------------------------------------------
 */

static void a_message_of_several_parts_is_malformed_as_a_whole(void **state)
{
    (void)state;
    uint8_t heard[1024];
    const int fd = jz_raw_connect(exchange.requests, "DEALER", NULL);
    assert_true(jz_raw_part(fd, "", 0, true)); /* as a REQ socket sends it */
    assert_true(jz_raw_say(fd, "'op': 'hello', 'ref': 1"));
    const long count = hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS);
    assert_true(count > 0);
    assert_non_null(memmem(heard, (size_t)count, "MALFORMED", 9));
    assert_int_equal(hear_raw(fd, heard, sizeof(heard), GW_QUIET_MS), JZ_RAW_NONE);
    (void)close(fd);
    expect_ana_is_served();
}

static void a_part_over_the_limit_ends_the_connection_and_frees_the_lane(void **state)
{
    (void)state;
    static uint8_t large[JZ_WIRE_MESSAGE_BYTES_MAX + 1];
    uint8_t heard[1024];
    const int fd = jz_raw_connect(exchange.requests, "DEALER", NULL);
    assert_true(jz_raw_say(fd, "'op': 'hello', 'ref': 1, 'lane': 2"));
    assert_true(hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS) > 0);
    (void)jz_raw_part(fd, large, sizeof(large), false);
    assert_int_equal(hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS), JZ_RAW_ENDED);
    (void)close(fd);
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_hello(&bo, "'lane': 2").lane, 2);
    expect_ana_is_served();
}

static void a_message_without_end_holds_up_nobody(void **state)
{
    (void)state;
    static uint8_t part[PART_BYTES];
    const int fd = jz_raw_connect(exchange.requests, "DEALER", NULL);
    for (uint32_t i = 0; i < ENDLESS_PARTS; i++) {
        assert_true(jz_raw_part(fd, part, sizeof(part), true));
        if (i % 32 == 0) {
            expect_ana_is_served();
        }
    }
    (void)close(fd);
    expect_ana_is_served();
}

static void half_a_handshake_holds_up_nobody(void **state)
{
    (void)state;
    const int fd = jz_raw_dial(exchange.requests);
    assert_int_equal(write(fd, "\xff\0\0\0\0\0\0\0\x01\x7f\x03", 11), 11);
    expect_ana_is_served();
    (void)close(fd);
    expect_ana_is_served();
}

/* ---- manners -----------------------------------------------------------------------------------
 */

static void one_fault_too_many_in_a_minute_and_the_peer_is_cut_off(void **state)
{
    (void)state;
    uint32_t refused = 0;
    (void)gw_hello(&bo, "'lane': 2");
    for (uint32_t i = 0; i <= JZ_SESSION_FAULTS_MAX; i++) {
        gw_say_bytes(&bo, "\x90", 1);
        while (gw_hear_within(&bo, 0) != NULL) {
            refused++;
        }
    }
    while (gw_hear_within(&bo, GW_QUIET_MS) != NULL) {
        refused++;
    }
    assert_int_equal(refused, JZ_SESSION_FAULTS_MAX);
    gw_say(&bo, "'op': 'get_status', 'ref': 1");
    gw_expect_silence(&bo);
    gw_leave(&bo);

    gw_connect(&exchange, &bo); /* a new connection begins anew, and the lane is free */
    assert_int_equal(gw_hello(&bo, "'lane': 2").lane, 2);
    expect_ana_is_served();
}

static void a_stranger_with_too_many_faults_is_cut_off_too(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= JZ_SESSION_FAULTS_MAX; i++) {
        gw_say_bytes(&bo, "\x90", 1);
        while (gw_hear_within(&bo, 0) != NULL) {
        }
    }
    while (gw_hear_within(&bo, GW_QUIET_MS) != NULL) {
    }
    gw_say(&bo, "'op': 'hello', 'ref': 1");
    gw_expect_silence(&bo);
}

static void a_flood_of_one_does_not_starve_the_other(void **state)
{
    (void)state;
    (void)gw_hello(&bo, "'lane': 2");
    for (uint32_t i = 0; i < FLOOD; i++) {
        gw_say(&bo, "'op': 'get_book', 'ref': 1, 'symbol': 'BEANS/MILES'");
        if (i % 500 == 0) {
            expect_ana_is_served();
        }
    }
    expect_ana_is_served();
}

static void fill_book(void)
{
    struct jz_put_market body = street_market_body(MILES, STARS);
    body.price_max = 1000000;
    body.lot_points = 1;
    gw_apply(&exchange, JZ_COMMAND_PUT_MARKET, &body);
    for (uint32_t i = 0; i < WIDE_LEVELS; i++) {
        struct jz_place_order place =
            street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 1000 + i, NULL, 0});
        place.market.value = 2;
        gw_apply(&exchange, JZ_COMMAND_PLACE_ORDER, &place);
    }
}

static void who_asks_and_never_reads_is_cut_off_and_loses_the_lane(void **state)
{
    (void)state;
    uint8_t heard[1024];
    const int fd = jz_raw_connect(exchange.requests, "DEALER", NULL);
    fill_book();
    assert_true(jz_raw_say(fd, "'op': 'hello', 'ref': 1, 'lane': 2"));
    assert_true(hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS) > 0);
    for (uint32_t i = 0; i < GREEDY_QUERIES; i++) {
        (void)jz_raw_say(fd, "'op': 'get_book', 'ref': 1, 'symbol': 'MILES/STARS'");
        if (i % 100 == 0) {
            expect_ana_is_served();
        }
    }
    expect_ana_is_served();
    assert_int_equal(gw_hello(&bo, "'lane': 2").lane, 2); /* while the other still hangs there */
    (void)close(fd);
    gw_turn_for(&exchange, GW_QUIET_MS);
    gw_place(&bo, (struct wish){BO, JZ_SIDE_SELL, 1, 901, NULL, 0});
    (void)gw_hear_order(&bo);
}

static void a_crowd_that_only_stands_there_keeps_nobody_out(void **state)
{
    (void)state;
    static int crowd[CROWD];
    for (uint32_t i = 0; i < CROWD; i++) {
        crowd[i] = jz_raw_connect(exchange.requests, "DEALER", NULL);
    }
    expect_ana_is_served();
    (void)gw_hello(&bo, "");
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_int_equal(close(crowd[i]), 0);
    }
    expect_ana_is_served();
}

static void a_routing_id_chosen_again_does_not_bring_the_lane_of_before(void **state)
{
    (void)state;
    uint8_t heard[1024];
    for (uint32_t round = 0; round < 20; round++) {
        int fd = jz_raw_connect(exchange.requests, "DEALER", "bo");
        assert_true(jz_raw_say(fd, "'op': 'hello', 'ref': 1"));
        assert_true(hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS) > 0);
        (void)close(fd);
        gw_turn_for(&exchange, 5); /* or the socket still knows the id and takes no second one */

        fd = jz_raw_connect(exchange.requests, "DEALER", "bo");
        assert_true(
            jz_raw_say(fd, "'op': 'cancel_order', 'nonce': 1, 'account': 17, 'order_id': 1"));
        const long count = hear_raw(fd, heard, sizeof(heard), GW_WAIT_MS);
        assert_true(count > 0);
        assert_non_null(memmem(heard, (size_t)count, "FORBIDDEN", 9));
        (void)close(fd);
        gw_turn_for(&exchange, 5);
    }
    assert_int_equal(exchange.taken, 0);
    expect_ana_is_served();
}

static void a_routing_id_longer_than_any_may_be_is_not_heard_and_harms_nobody(void **state)
{
    (void)state;
    uint8_t heard[1024];
    char id[JZ_SOCKET_PEER_BYTES_MAX + 2] = "";
    memset(id, 'x', JZ_SOCKET_PEER_BYTES_MAX);
    const int longest = jz_raw_connect(exchange.requests, "DEALER", id);
    assert_true(jz_raw_say(longest, "'op': 'hello', 'ref': 1"));
    assert_true(hear_raw(longest, heard, sizeof(heard), GW_WAIT_MS) > 0);

    id[JZ_SOCKET_PEER_BYTES_MAX] = 'x';
    const int longer = jz_raw_connect(exchange.requests, "DEALER", id);
    assert_true(jz_raw_say(longer, "'op': 'hello', 'ref': 1"));
    assert_true(jz_raw_part(longer, "a", 1, true));
    assert_true(jz_raw_part(longer, "b", 1, false));
    assert_int_equal(hear_raw(longer, heard, sizeof(heard), GW_QUIET_MS), JZ_RAW_NONE);
    expect_ana_is_served();
    assert_int_equal(close(longest), 0);
    assert_int_equal(close(longer), 0);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)
    const struct CMUnitTest tests[] = {
        STORY(random_bytes_on_the_port_are_no_connection),
        STORY(random_messages_are_all_refused_and_nothing_is_done),
        STORY(an_order_cut_short_anywhere_is_malformed),
        STORY(an_unknown_field_is_named_and_its_nonce_is_still_good),
        STORY(a_batch_is_answered_item_by_item),
        STORY(the_largest_batch_gets_an_answer_to_each_item),
        STORY(requests_that_are_almost_right_leave_the_books_sound),
        STORY(a_message_of_several_parts_is_malformed_as_a_whole),
        STORY(a_part_over_the_limit_ends_the_connection_and_frees_the_lane),
        STORY(a_message_without_end_holds_up_nobody),
        STORY(half_a_handshake_holds_up_nobody),
        STORY(one_fault_too_many_in_a_minute_and_the_peer_is_cut_off),
        STORY(a_stranger_with_too_many_faults_is_cut_off_too),
        STORY(a_flood_of_one_does_not_starve_the_other),
        STORY(who_asks_and_never_reads_is_cut_off_and_loses_the_lane),
        STORY(a_crowd_that_only_stands_there_keeps_nobody_out),
        STORY(a_routing_id_chosen_again_does_not_bring_the_lane_of_before),
        STORY(a_routing_id_longer_than_any_may_be_is_not_heard_and_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
