/* Commands through the gateway: answered when durable, once, and to the one who asked; refused with
 * a reason when there is no room or no such name.
 *
 * Method: a gateway in a thread, a real core turned by the test, which can hold core or disk back.
 */
#include "tests/support/cmocka.h"
#include "tests/support/gw_client.h"

#include "engine/base/limits.h"

#include <stdio.h>
#include <string.h>

enum { EPOCH = 77, INBOX_COMMANDS = GW_INBOX_BYTES / 128 };

static struct gw_exchange exchange;
static struct gw_client ana;
static struct gw_client bo;

static int open_gateway(void **state)
{
    (void)state;
    gw_open(&exchange);
    gw_start(&exchange, EPOCH);
    gw_connect(&exchange, &ana);
    gw_connect(&exchange, &bo);
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

static const struct wish a_sell = {ANA, JZ_SIDE_SELL, 5, 100, "ana-1", 0};

static void set_flag(_Atomic uint32_t *flag, uint32_t value)
{
    /* Relaxed: a hint that the gateway looks at with every command. */
    atomic_store_explicit(flag, value, memory_order_relaxed);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static void an_order_is_answered_with_its_number_id_and_status(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    gw_place(&ana, a_sell);
    const struct jz_message *heard = gw_hear(&ana);
    struct jz_order_answer answer;
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_int_equal(jz_message_order(heard, &answer), JZ_OK);
    assert_int_equal(heard->reply.nonce, 1);
    assert_int_equal(heard->reply.seq, jz_core_sequence(exchange.desk.core));
    assert_false(heard->reply.duplicate);
    assert_int_equal(answer.status, JZ_ORDER_NEW);
    assert_int_equal(answer.leaves_lots, 5);

    struct jz_order_view view;
    assert_true(
        jz_core_find_order(exchange.desk.core, (struct jz_order_id){answer.order_id}, &view));
    assert_int_equal(view.price, 100);
    assert_memory_equal(view.client_id, "ana-1", 6);

    gw_cancel(&ana, ANA, answer.order_id);
    const struct jz_order_answer cancelled = gw_hear_order(&ana);
    assert_int_equal(cancelled.status, JZ_ORDER_CANCELED);
    assert_int_equal(cancelled.cum_lots, 5);
}

static void nothing_is_said_before_it_is_durable(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "'accounts': [16]");
    exchange.disk_sleeps = true;
    gw_place(&ana, a_sell);
    gw_turn_for(&exchange, GW_QUIET_MS);
    assert_int_equal(exchange.taken, 1); /* applied, but not on the disk */
    gw_expect_silence(&ana);
    exchange.disk_sleeps = false;
    assert_int_equal(gw_hear(&ana)->kind, JZ_MESSAGE_REPORT);
    assert_int_equal(gw_hear_order(&ana).leaves_lots, 5);
}

static void the_ref_comes_back_as_it_was(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    gw_say(&ana, "'op': 'put_account', 'nonce': 1, 'ref': 18446744073709551615, 'account': 30, "
                 "'role': 'member'");
    const struct jz_message *heard = gw_hear(&ana);
    uint64_t id = 0;
    assert_int_equal(jz_message_id(heard, &id), JZ_OK);
    assert_int_equal(id, 30);
    assert_int_equal(heard->reply.ref.kind, JZ_REF_NUMBER);
    assert_true(heard->reply.ref.number == UINT64_MAX);
    gw_say(&ana, "'op': 'put_account', 'nonce': 2, 'ref': 'sixteen bytes...', 'account': 31, "
                 "'role': 'merchant'");
    heard = gw_hear(&ana);
    assert_int_equal(heard->reply.ref.kind, JZ_REF_TEXT);
    assert_int_equal(heard->reply.ref.length, 16);
    assert_memory_equal(heard->reply.ref.text, "sixteen bytes...", 16);
}

static void a_whole_market_can_be_set_up_through_the_gateway(void **state)
{
    (void)state;
    uint64_t number = 0;
    (void)gw_hello(&ana, "");
    gw_say(&ana, "'op': 'put_currency', 'nonce': 1, 'code': 'TEA'");
    assert_int_equal(jz_message_id(gw_hear(&ana), &number), JZ_OK);
    assert_int_equal(number, 4);
    gw_say(&ana, "'op': 'put_market', 'nonce': 2, 'base': 'TEA', 'quote': 'MILES', 'base_lot': 1");
    assert_int_equal(jz_message_id(gw_hear(&ana), &number), JZ_OK);
    assert_int_equal(number, 2);
    gw_say(&ana, "'op': 'mint', 'nonce': 3, 'account': 16, 'currency': 'TEA', 'amount': 77, "
                 "'source_id': 'first'");
    assert_int_equal(jz_message_amount(gw_hear(&ana), &number), JZ_OK);
    assert_int_equal(number, 77);
    gw_say(&ana, "'op': 'place_order', 'nonce': 4, 'account': 16, 'symbol': 'TEA/MILES', "
                 "'side': 'sell', 'lots': 7, 'price': 3");
    assert_int_equal(gw_hear_order(&ana).leaves_lots, 7);
    gw_say(&ana, "'op': 'replace_order', 'nonce': 5, 'account': 16, 'client_order_id': 'none', "
                 "'lots': 7, 'price': 3");
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_UNKNOWN);
}

static void a_refusal_of_the_core_has_a_number_and_names_the_field(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    const struct jz_message *heard =
        gw_expect_refusal(&ana, "'op': 'put_account', 'nonce': 1, 'account': 1, 'role': 'member'",
                          JZ_RESULT_INVALID_PARAM);
    assert_int_equal(heard->reply.seq, jz_core_sequence(exchange.desk.core));
    assert_int_equal(heard->refusal.field.length, 7);
    assert_memory_equal(heard->refusal.field.bytes, "account", 7);
}

static void only_the_one_who_asked_hears_the_answer(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    (void)gw_hello(&bo, "");
    gw_place(&ana, a_sell);
    (void)gw_hear_order(&ana);
    gw_expect_silence(&bo);
}

static void reports_go_to_whoever_named_the_account(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    (void)gw_hello(&bo, "'accounts': [17, 16]");
    gw_place(&ana, a_sell);
    (void)gw_hear_order(&ana);
    const struct jz_message *heard = gw_hear(&bo);
    assert_int_equal(heard->kind, JZ_MESSAGE_REPORT);
    assert_int_equal(heard->report.exec_type, JZ_EXEC_ACCEPTED);
    assert_int_equal(heard->report.account, ANA);
    assert_int_equal(heard->report.stream_seq, 1);
    heard = gw_hear(&bo);
    assert_int_equal(heard->report.exec_type, JZ_EXEC_RESTED);
    assert_int_equal(heard->report.stream_seq, 2);

    gw_place(&bo, (struct wish){BO, JZ_SIDE_BUY, 2, 100, NULL, JZ_TIF_IOC});
    uint32_t trades = 0;
    while ((heard = gw_hear_within(&bo, GW_QUIET_MS)) != NULL) {
        if (heard->kind == JZ_MESSAGE_REPORT && heard->report.exec_type == JZ_EXEC_TRADE) {
            assert_int_equal(heard->report.last_lots, 2);
            assert_int_equal(heard->report.last_price, 100);
            assert_int_equal(heard->report.symbol.length, 11);
            trades++;
        }
    }
    assert_int_equal(trades, 2); /* Ana's side and Bo's */
    gw_expect_silence(&ana);
}

static void an_answer_to_another_gateway_is_delivered_to_nobody(void **state)
{
    (void)state;
    const struct jz_put_account body = {.account = {40}, .role = JZ_ROLE_MEMBER};
    (void)gw_hello(&ana, "'lane': 1");
    exchange.desk.next.lane = 1; /* as a gateway that is gone would have sent it */
    exchange.desk.next.origin = (struct jz_origin){.epoch = EPOCH + 1, .slot = 0, .generation = 1};
    gw_apply(&exchange, JZ_COMMAND_PUT_ACCOUNT, &body);
    gw_expect_silence(&ana);
}

/* ---- exactly once ------------------------------------------------------------------------------
 */

static void the_same_nonce_again_gets_the_first_answer_again(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    gw_place(&ana, a_sell);
    const uint64_t first_seq = gw_hear(&ana)->reply.seq;
    ana.nonce = 0;
    gw_place(&ana, a_sell);
    const struct jz_message *heard = gw_hear(&ana);
    assert_true(heard->reply.duplicate);
    assert_int_equal(heard->reply.seq, first_seq);
    assert_int_equal(jz_core_live_orders(exchange.desk.core), 1);
    ana.nonce = 0;
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 6, 100, NULL, 0});
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_ID_REUSED);
}

static void copies_sent_together_are_answered_each_with_its_own_ref(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    exchange.engine_sleeps = true;
    for (uint32_t i = 1; i <= 3; i++) {
        char text[160];
        (void)snprintf(text, sizeof(text),
                       "'op': 'put_account', 'nonce': 1, 'ref': %u, 'account': 30, "
                       "'role': 'member'",
                       i);
        gw_say(&ana, text);
    }
    gw_turn_for(&exchange, GW_QUIET_MS);
    exchange.engine_sleeps = false;
    for (uint32_t i = 1; i <= 3; i++) {
        const struct jz_message *heard = gw_hear(&ana);
        assert_int_equal(heard->reply.ref.number, i);
        assert_int_equal(heard->reply.duplicate, i > 1);
    }
}

static void a_nonce_a_window_ahead_of_the_lowest_unanswered_one_is_busy(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    exchange.engine_sleeps = true;
    ana.nonce = 9;
    gw_place(&ana, a_sell); /* 10 stays unanswered */
    ana.nonce = 10 + GW_WINDOW - 2;
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 101, NULL, 0});
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 102, NULL, 0}); /* 10 + window */
    const struct jz_message *heard = gw_hear(&ana);
    assert_int_equal(heard->refusal.result, JZ_RESULT_BUSY);
    assert_int_equal(heard->reply.nonce, 10 + GW_WINDOW);
    assert_int_equal(heard->reply.seq, 0);
    exchange.engine_sleeps = false;
    assert_int_equal(gw_hear(&ana)->reply.nonce, 10);
    assert_int_equal(gw_hear(&ana)->reply.nonce, 10 + GW_WINDOW - 1);
    ana.nonce--;
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 102, NULL, 0});
    assert_int_equal(gw_hear(&ana)->kind, JZ_MESSAGE_REPLY);
}

static void an_ordered_connection_owes_what_was_refused_before_anything_else(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "'ordered': true");
    set_flag(&exchange.exchange->storage_full, 1);
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_STORAGE_FULL);
    set_flag(&exchange.exchange->storage_full, 0);
    gw_place(&ana, a_sell); /* nonce 2 would overtake nonce 1 */
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);

    ana.nonce = 0;
    gw_place(&ana, a_sell);
    (void)gw_hear_order(&ana);
    ana.nonce = 2;
    gw_place(&ana, a_sell); /* 3 still overtakes 2 */
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    ana.nonce = 1;
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 90, NULL, 0});
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 91, NULL, 0});
    assert_int_equal(gw_hear(&ana)->reply.nonce, 2);
    assert_int_equal(gw_hear(&ana)->reply.nonce, 3);
    assert_int_equal(exchange.taken, 3);
}

static void an_ordered_connection_owes_a_nonce_refused_for_good_too(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "'ordered': true");
    (void)gw_expect_refusal(&ana,
                            "'op': 'put_market', 'nonce': 1, 'base': 'BEANS', 'quote': "
                            "'GOLD', 'base_lot': 1",
                            JZ_RESULT_UNKNOWN);
    (void)gw_expect_refusal(&ana, "'op': 'put_account', 'nonce': 2, 'account': 30, 'role': 'king'",
                            JZ_RESULT_INVALID_PARAM);
    ana.nonce = 2;
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    ana.nonce = 0;
    gw_place(&ana, a_sell); /* what it is used for now is the client's choice */
    (void)gw_hear_order(&ana);
    assert_int_equal(exchange.taken, 1);
}

static void without_ordered_a_nonce_given_up_for_good_shuts_nothing(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    set_flag(&exchange.exchange->storage_full, 1);
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_STORAGE_FULL);
    set_flag(&exchange.exchange->storage_full, 0);
    ana.nonce = 1 + GW_WINDOW;
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->reply.nonce, 2 + GW_WINDOW);
}

static void without_ordered_a_nonce_that_was_busy_holds_the_span_until_it_comes_again(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    set_flag(&exchange.exchange->busy, 1);
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    set_flag(&exchange.exchange->busy, 0);
    gw_cancel(&ana, ANA, 1); /* others go on */
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_UNKNOWN);
    ana.nonce = GW_WINDOW;
    gw_cancel(&ana, ANA, 1); /* nonce 1 + window */
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    ana.nonce = 0;
    gw_place(&ana, a_sell);
    (void)gw_hear_order(&ana);
    ana.nonce = GW_WINDOW;
    gw_cancel(&ana, ANA, 1);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_UNKNOWN);
}

static void a_look_up_that_is_too_old_is_repeated_unseen(void **state)
{
    (void)state;
    char source_id[JZ_SOURCE_ID_BYTES];
    uint64_t amount = 0;
    (void)gw_hello(&ana, "");
    exchange.engine_sleeps = true;
    gw_say(&ana, "'op': 'mint', 'nonce': 1, 'account': 16, 'currency': 'MILES', 'amount': 5, "
                 "'source_id': 'late'");
    gw_turn_for(&exchange, GW_QUIET_MS);
    for (uint32_t i = 0; i <= JZ_SOURCES_RECENT; i++) {
        (void)snprintf(source_id, sizeof(source_id), "flood-%u", i);
        struct jz_mint body = street_mint_body(BO, MILES, 1, source_id);
        body.checked_seq = jz_core_sequence(exchange.desk.core);
        assert_int_equal(desk_apply(&exchange.desk, JZ_COMMAND_MINT, &body)->result,
                         JZ_RESULT_DONE);
    }
    exchange.engine_sleeps = false;
    const struct jz_message *heard = gw_hear(&ana);
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_int_equal(jz_message_amount(heard, &amount), JZ_OK);
    assert_int_equal(amount, 5);
    assert_int_equal(exchange.taken, 2); /* once in vain */
}

/* ---- no room, no such name ---------------------------------------------------------------------
 */

static void a_full_inbox_is_busy_for_orders_while_cancels_still_pass(void **state)
{
    (void)state;
    uint32_t placed = 0;
    (void)gw_hello(&ana, "");
    (void)gw_hello(&bo, "");
    exchange.engine_sleeps = true;
    for (uint32_t i = 0; i < GW_WINDOW; i++) {
        gw_place(&ana, a_sell);
        gw_place(&bo, (struct wish){BO, JZ_SIDE_SELL, 1, 200, NULL, 0});
        placed += 2;
    }
    assert_int_equal(placed, INBOX_COMMANDS);
    const struct jz_message *heard = NULL;
    uint32_t busy = 0;
    while ((heard = gw_hear_within(&ana, GW_QUIET_MS)) != NULL ||
           (heard = gw_hear_within(&bo, GW_QUIET_MS)) != NULL) {
        assert_int_equal(heard->kind, JZ_MESSAGE_REFUSAL);
        assert_int_equal(heard->refusal.result, JZ_RESULT_BUSY);
        assert_int_equal(heard->reply.seq, 0);
        assert_true(heard->refusal.retry_after_ms > 0);
        busy++;
    }
    assert_int_equal(busy, INBOX_COMMANDS / 16);

    struct gw_client cy;
    gw_connect(&exchange, &cy);
    (void)gw_hello(&cy, "");
    for (uint32_t i = 0; i <= INBOX_COMMANDS / 16; i++) {
        gw_cancel(&cy, CY, 1);
    }
    heard = gw_hear(&cy); /* the last one finds nothing left at all */
    assert_int_equal(heard->refusal.result, JZ_RESULT_BUSY);
    assert_int_equal(heard->reply.nonce, INBOX_COMMANDS / 16 + 1);
    exchange.engine_sleeps = false;
    for (uint32_t i = 0; i < INBOX_COMMANDS / 16; i++) {
        assert_int_equal(gw_hear(&cy)->refusal.result, JZ_RESULT_UNKNOWN);
    }
    assert_int_equal(exchange.taken, INBOX_COMMANDS);
    gw_leave(&cy);
}

static void an_engine_that_asks_for_mercy_gets_cancels_only(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    set_flag(&exchange.exchange->busy, 1);
    gw_place(&ana, a_sell);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_BUSY);
    gw_cancel(&ana, ANA, 1);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_UNKNOWN);
    set_flag(&exchange.exchange->busy, 0);
}

static void a_nearly_full_disk_gets_cancels_only(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    set_flag(&exchange.exchange->storage_full, 1);
    (void)gw_expect_refusal(&ana, "'op': 'put_currency', 'nonce': 1, 'code': 'TEA'",
                            JZ_RESULT_STORAGE_FULL);
    gw_cancel(&ana, ANA, 1);
    assert_int_equal(gw_hear(&ana)->refusal.result, JZ_RESULT_UNKNOWN);
}

static void names_that_are_not_listed_are_refused_without_a_number(void **state)
{
    (void)state;
    (void)gw_hello(&ana, "");
    const struct jz_message *heard = gw_expect_refusal(
        &ana,
        "'op': 'place_order', 'nonce': 1, 'account': 16, 'symbol': 'BEANS/STARS', "
        "'side': 'buy', 'lots': 1, 'price': 1",
        JZ_RESULT_UNKNOWN_MARKET);
    assert_int_equal(heard->reply.seq, 0);
    assert_int_equal(heard->refusal.detail.length, 0);
    heard = gw_expect_refusal(&ana,
                              "'op': 'place_order', 'nonce': 2, 'account': 16, 'symbol': "
                              "'MILES/BEANS', 'side': 'buy', 'lots': 1, 'price': 1",
                              JZ_RESULT_UNKNOWN_MARKET);
    assert_int_equal(heard->refusal.detail.length, 11);
    assert_memory_equal(heard->refusal.detail.bytes, "BEANS/MILES", 11);
    heard = gw_expect_refusal(&ana,
                              "'op': 'mint', 'nonce': 3, 'account': 16, 'currency': 'GOLD', "
                              "'amount': 1, 'source_id': 's'",
                              JZ_RESULT_UNKNOWN);
    assert_memory_equal(heard->refusal.field.bytes, "currency", 8);
    heard = gw_expect_refusal(
        &ana, "'op': 'put_market', 'nonce': 4, 'base': 'BEANS', 'quote': 'GOLD', 'base_lot': 1",
        JZ_RESULT_UNKNOWN);
    assert_memory_equal(heard->refusal.field.bytes, "quote", 5);
    assert_int_equal(exchange.taken, 0);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)
    const struct CMUnitTest tests[] = {
        STORY(an_order_is_answered_with_its_number_id_and_status),
        STORY(nothing_is_said_before_it_is_durable),
        STORY(the_ref_comes_back_as_it_was),
        STORY(a_whole_market_can_be_set_up_through_the_gateway),
        STORY(a_refusal_of_the_core_has_a_number_and_names_the_field),
        STORY(only_the_one_who_asked_hears_the_answer),
        STORY(reports_go_to_whoever_named_the_account),
        STORY(an_answer_to_another_gateway_is_delivered_to_nobody),
        STORY(the_same_nonce_again_gets_the_first_answer_again),
        STORY(copies_sent_together_are_answered_each_with_its_own_ref),
        STORY(a_nonce_a_window_ahead_of_the_lowest_unanswered_one_is_busy),
        STORY(an_ordered_connection_owes_what_was_refused_before_anything_else),
        STORY(an_ordered_connection_owes_a_nonce_refused_for_good_too),
        STORY(without_ordered_a_nonce_given_up_for_good_shuts_nothing),
        STORY(without_ordered_a_nonce_that_was_busy_holds_the_span_until_it_comes_again),
        STORY(a_look_up_that_is_too_old_is_repeated_unseen),
        STORY(a_full_inbox_is_busy_for_orders_while_cancels_still_pass),
        STORY(an_engine_that_asks_for_mercy_gets_cancels_only),
        STORY(a_nearly_full_disk_gets_cancels_only),
        STORY(names_that_are_not_listed_are_refused_without_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
