/* The first request of a connection: lanes are given out, asked for, refused, and come back.
 *
 * Method: a gateway in a thread, clients on loopback sockets.
 */
#include "tests/support/cmocka.h"
#include "tests/support/gw_client.h"

#include <stdio.h>
#include <string.h>

enum { EPOCH = 77, SHARE = GW_LANES - 1, STORM = 200 };

static struct gw_exchange exchange;
static struct gw_client clients[GW_LANES + 1];

static int open_gateway(void **state)
{
    (void)state;
    gw_open(&exchange);
    gw_start(&exchange, EPOCH);
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    gw_close(&exchange);
    return 0;
}

static bool is_field(const struct jz_message *heard, const char *name)
{
    return heard->refusal.field.length == strlen(name) &&
           memcmp(heard->refusal.field.bytes, name, strlen(name)) == 0;
}

static void anything_before_hello_is_forbidden(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    const struct jz_message *heard = gw_expect_refusal(
        &clients[0], "'op': 'cancel_order', 'nonce': 4, 'account': 16, 'order_id': 1",
        JZ_RESULT_FORBIDDEN);
    assert_int_equal(heard->reply.nonce, 4);
    assert_int_equal(heard->reply.seq, 0);
    heard = gw_expect_refusal(&clients[0], "'op': 'get_status', 'ref': 'x'", JZ_RESULT_FORBIDDEN);
    assert_int_equal(heard->reply.ref.kind, JZ_REF_TEXT);
    assert_int_equal(exchange.taken, 0);
    (void)gw_hello(&clients[0], "");
    gw_leave(&clients[0]);
}

static void hello_tells_key_lane_highest_nonce_and_window(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    gw_say(&clients[0], "'op': 'hello', 'ref': 9");
    const struct jz_message *heard = gw_hear(&clients[0]);
    struct jz_hello_answer answer;
    assert_int_equal(jz_message_hello(heard, &answer), JZ_OK);
    assert_int_equal(heard->reply.ref.number, 9);
    assert_int_equal(heard->reply.seq, jz_core_sequence(exchange.desk.core));
    assert_int_equal(answer.key, 1);
    assert_int_equal(answer.lane, 1);
    assert_int_equal(answer.highest_nonce, 0);
    assert_int_equal(answer.window, GW_WINDOW);
    gw_leave(&clients[0]);
}

static void a_second_hello_is_forbidden_and_the_first_one_stays(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    (void)gw_hello(&clients[0], "");
    (void)gw_expect_refusal(&clients[0], "'op': 'hello', 'ref': 2", JZ_RESULT_FORBIDDEN);
    gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 1, 10, NULL, 0});
    (void)gw_hear_order(&clients[0]);
    gw_leave(&clients[0]);
}

static void a_lane_can_be_asked_for_unless_another_connection_holds_it(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    gw_connect(&exchange, &clients[1]);
    assert_int_equal(gw_hello(&clients[0], "'lane': 3").lane, 3);
    const struct jz_message *heard =
        gw_expect_refusal(&clients[1], "'op': 'hello', 'ref': 2, 'lane': 3", JZ_RESULT_BUSY);
    assert_true(heard->refusal.retry_after_ms > 0);
    assert_int_equal(gw_hello(&clients[1], "'lane': 4").lane, 4);
    gw_leave(&clients[0]);
    gw_leave(&clients[1]);
}

static void a_lane_that_is_not_this_gateways_is_an_invalid_param(void **state)
{
    (void)state;
    char text[64];
    gw_connect(&exchange, &clients[0]);
    assert_true(is_field(gw_expect_refusal(&clients[0], "'op': 'hello', 'ref': 2, 'lane': 0",
                                           JZ_RESULT_INVALID_PARAM),
                         "lane"));
    (void)snprintf(text, sizeof(text), "'op': 'hello', 'ref': 2, 'lane': %d", GW_LANES);
    assert_true(is_field(gw_expect_refusal(&clients[0], text, JZ_RESULT_INVALID_PARAM), "lane"));
    gw_leave(&clients[0]);
}

static void when_all_lanes_are_held_one_more_is_busy_until_one_leaves(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SHARE; i++) {
        gw_connect(&exchange, &clients[i]);
        assert_int_equal(gw_hello(&clients[i], "").lane, i + 1);
    }
    gw_connect(&exchange, &clients[SHARE]);
    (void)gw_expect_refusal(&clients[SHARE], "'op': 'hello', 'ref': 2", JZ_RESULT_BUSY);
    gw_leave(&clients[2]);
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_hello(&clients[SHARE], "").lane, 3);
    for (uint32_t i = 0; i <= SHARE; i++) {
        if (i != 2) {
            gw_leave(&clients[i]);
        }
    }
}

static void a_storm_of_reconnects_leaves_no_lane_behind(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < STORM; i++) {
        gw_connect(&exchange, &clients[0]);
        gw_say(&clients[0], "'op': 'hello', 'ref': 2");
        if (i % 3 == 0) {
            (void)gw_hear(&clients[0]); /* a welcome, or BUSY if the last ones are not gone yet */
        }
        gw_leave(&clients[0]); /* often before its hello is read */
        gw_turn(&exchange);
    }
    gw_turn_for(&exchange, 4 * GW_QUIET_MS);
    for (uint32_t i = 0; i < SHARE; i++) {
        gw_connect(&exchange, &clients[i]);
        (void)gw_hello(&clients[i], "");
    }
    for (uint32_t i = 0; i < SHARE; i++) {
        gw_leave(&clients[i]);
    }
}

static void the_next_holder_of_a_lane_learns_how_far_it_came(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    (void)gw_hello(&clients[0], "'lane': 2");
    clients[0].nonce = 41;
    gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 1, 10, NULL, 0});
    (void)gw_hear_order(&clients[0]);
    gw_leave(&clients[0]);
    gw_turn_for(&exchange, GW_QUIET_MS);
    gw_connect(&exchange, &clients[1]);
    assert_int_equal(gw_hello(&clients[1], "'lane': 2").highest_nonce, 42);
    gw_leave(&clients[1]);
}

static void a_lane_with_a_command_under_way_is_not_given_to_the_next(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    (void)gw_hello(&clients[0], "'lane': 2");
    exchange.disk_sleeps = true;
    gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 1, 10, NULL, 0});
    gw_turn_for(&exchange, GW_QUIET_MS);
    gw_leave(&clients[0]);
    gw_turn_for(&exchange, GW_QUIET_MS);

    gw_connect(&exchange, &clients[1]);
    (void)gw_expect_refusal(&clients[1], "'op': 'hello', 'ref': 2, 'lane': 2", JZ_RESULT_BUSY);
    exchange.disk_sleeps = false;
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_hello(&clients[1], "'lane': 2").highest_nonce, 1);
    gw_expect_silence(&clients[1]); /* the answer was for somebody else */
    gw_leave(&clients[1]);
}

static void it_stops_when_the_exchange_does_and_a_new_one_takes_over(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    (void)gw_hello(&clients[0], "'lane': 2");
    gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 3, 10, NULL, 0});
    (void)gw_hear_order(&clients[0]);
    assert_int_equal(gw_stop(&exchange), 0);
    gw_leave(&clients[0]);

    gw_start(&exchange, EPOCH + 1);
    gw_connect(&exchange, &clients[0]);
    assert_int_equal(gw_hello(&clients[0], "'lane': 2").highest_nonce, 1);
    clients[0].nonce = 0; /* the same again: done already */
    gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 3, 10, NULL, 0});
    const struct jz_message *heard = gw_hear(&clients[0]);
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_true(heard->reply.duplicate);
    gw_leave(&clients[0]);
}

static void what_is_answered_when_it_stops_still_arrives(void **state)
{
    (void)state;
    gw_connect(&exchange, &clients[0]);
    (void)gw_hello(&clients[0], "");
    exchange.disk_sleeps = true;
    for (uint32_t i = 0; i < GW_WINDOW; i++) {
        gw_place(&clients[0], (struct wish){ANA, JZ_SIDE_SELL, 1, 10, NULL, 0});
    }
    while (exchange.taken < GW_WINDOW) {
        gw_turn_for(&exchange, 1);
    }
    exchange.disk_sleeps = false;
    gw_turn(&exchange); /* durable, and stopped in the same moment */
    assert_int_equal(gw_stop(&exchange), 0);
    for (uint32_t i = 0; i < GW_WINDOW; i++) {
        assert_int_equal(gw_hear_order(&clients[0]).leaves_lots, 1);
    }
    gw_leave(&clients[0]);
}

static void a_port_in_use_is_one_line_and_the_exit_code_for_settings(void **state)
{
    (void)state;
    char taken[JZ_SOCKET_ENDPOINT_BYTES_MAX];
    struct jz_socket squatter;
    const struct jz_socket_options options = {.kind = JZ_SOCKET_REQUESTS,
                                              .endpoint = "tcp://127.0.0.1:*"};
    assert_int_equal(jz_socket_open(&squatter, &exchange.context, &options), JZ_OK);
    (void)snprintf(taken, sizeof(taken), "%s", squatter.endpoint);
    assert_int_equal(gw_stop(&exchange), 0);

    gw_launch(&exchange, EPOCH + 1, taken, "tcp://127.0.0.1:*");
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_await_exit(&exchange), JZ_GATEWAY_EXIT_CONFIG);
    gw_launch(&exchange, EPOCH + 2, "tcp://127.0.0.1:*", taken);
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_await_exit(&exchange), JZ_GATEWAY_EXIT_CONFIG);
    gw_launch(&exchange, EPOCH + 3, "carrier-pigeon://roof", "tcp://127.0.0.1:*");
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(gw_await_exit(&exchange), JZ_GATEWAY_EXIT_CONFIG);
    jz_socket_close(&squatter);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)
    const struct CMUnitTest tests[] = {
        STORY(anything_before_hello_is_forbidden),
        STORY(hello_tells_key_lane_highest_nonce_and_window),
        STORY(a_second_hello_is_forbidden_and_the_first_one_stays),
        STORY(a_lane_can_be_asked_for_unless_another_connection_holds_it),
        STORY(a_lane_that_is_not_this_gateways_is_an_invalid_param),
        STORY(when_all_lanes_are_held_one_more_is_busy_until_one_leaves),
        STORY(a_storm_of_reconnects_leaves_no_lane_behind),
        STORY(the_next_holder_of_a_lane_learns_how_far_it_came),
        STORY(a_lane_with_a_command_under_way_is_not_given_to_the_next),
        STORY(it_stops_when_the_exchange_does_and_a_new_one_takes_over),
        STORY(what_is_answered_when_it_stops_still_arrives),
        STORY(a_port_in_use_is_one_line_and_the_exit_code_for_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
