/* Nothing is lost and nothing is done twice, whatever breaks between client and exchange.
 *
 * Method: a real jiaozid that is killed, or whose gateway is killed, while commands are under way;
 * what it holds in the end is compared with an exchange that was left in peace, by content digest.
 */
#include "jiaozi/jiaozi.h"
#include "tests/support/cmocka.h"
#include "tests/support/trader.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { COMMANDS = 3000 };

static struct jz_daemon exchange;
static struct trader ana;
static struct trader bo;

static int open_exchange(void **state)
{
    (void)state;
    if (!jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) || !jz_daemon_start(&exchange)) {
        return -1;
    }
    trader_open(&bo, &exchange, (struct trader_wish){0});
    trader_sets_up(&bo);
    return 0;
}

static int close_exchange(void **state)
{
    (void)state;
    trader_close(&ana);
    trader_close(&bo);
    jz_daemon_destroy(&exchange);
    return 0;
}

/* The same stream of commands every time: mints that add up, orders that trade, cancels. */
static struct jz_command command_of(uint64_t number, char text[JZ_SOURCE_ID_BYTES])
{
    (void)snprintf(text, JZ_SOURCE_ID_BYTES, "n%u", (unsigned)number);
    switch (number % 4) {
    case 0:
        return mints(TRADER_BUYER, number, text);
    case 1:
        return buys(1 + number % 7, 20 + number % 5, text);
    case 2:
        return sells(1 + number % 5, 20 + number % 6, text);
    default:
        (void)snprintf(text, JZ_SOURCE_ID_BYTES, "n%u", (unsigned)number - 2);
        return cancels(TRADER_BUYER, text); /* of the buy: done, or UNKNOWN where it was filled */
    }
}

static void ana_submits(uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number < to; number++) {
        char text[JZ_SOURCE_ID_BYTES];
        trader_submits(&ana, command_of(number, text), number);
    }
}

/* Every command was answered once, in its order, and none for lack of its nonce. */
static void ana_has_every_answer_once(uint32_t count)
{
    assert_int_equal(ana.answer_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ana.answers[i].tag, i);
        assert_true(ana.answers[i].seq > 0);
        assert_int_not_equal(ana.answers[i].result, JZ_RESULT_NONCE);
        assert_int_not_equal(ana.answers[i].result, JZ_RESULT_ID_REUSED);
    }
}

/* The digest of an exchange that carried out the stream in peace. */
static struct jz_digest peaceful_digest(void)
{
    static struct jz_digest digest;
    static bool is_known;
    if (!is_known) {
        void *state = NULL;
        assert_int_equal(open_exchange(&state), 0);
        trader_open(&ana, &exchange, (struct trader_wish){.window = 64, .ordered = true});
        ana_submits(0, COMMANDS);
        trader_hears_answers(&ana, COMMANDS);
        digest = trader_asks_status(&ana, true).content_digest;
        close_exchange(&state);
        is_known = true;
    }
    return digest;
}

static void the_exchange_holds_what_it_would_hold_in_peace(void)
{
    const struct jz_digest digest = trader_asks_status(&ana, true).content_digest;
    const struct jz_digest peace = peaceful_digest();
    assert_int_equal(digest.word[0], peace.word[0]);
    assert_int_equal(digest.word[1], peace.word[1]);
}

static void kill_9_with_commands_under_way_loses_nothing(void **state)
{
    assert_true(peaceful_digest().word[0] != 0);
    assert_int_equal(open_exchange(state), 0);
    trader_open(&ana, &exchange, (struct trader_wish){.window = 64, .ordered = true});
    ana_submits(0, COMMANDS / 3);
    jz_daemon_kill(&exchange);
    assert_true(jz_daemon_start(&exchange));
    ana_submits(COMMANDS / 3, 2 * COMMANDS / 3);
    jz_daemon_kill(&exchange);
    assert_true(jz_daemon_start(&exchange));
    ana_submits(2 * COMMANDS / 3, COMMANDS);
    trader_hears_answers(&ana, COMMANDS);
    assert_int_equal(ana.up_count, 3);
    ana_has_every_answer_once(COMMANDS);
    the_exchange_holds_what_it_would_hold_in_peace();
    close_exchange(state);
}

static void a_gateway_that_dies_alone_loses_nothing(void **state)
{
    assert_true(peaceful_digest().word[0] != 0);
    assert_int_equal(open_exchange(state), 0);
    trader_open(&ana, &exchange, (struct trader_wish){.window = 64, .ordered = true});
    ana_submits(0, COMMANDS / 2);
    assert_int_equal(kill(jz_daemon_gateway(&exchange), SIGKILL), 0);
    ana_submits(COMMANDS / 2, COMMANDS);
    trader_hears_answers(&ana, COMMANDS);
    assert_int_equal(ana.up_count, 2);
    ana_has_every_answer_once(COMMANDS);
    the_exchange_holds_what_it_would_hold_in_peace();
    close_exchange(state);
}

static void what_was_done_but_not_heard_keeps_its_first_number(void **state)
{
    assert_int_equal(open_exchange(state), 0);
    trader_open(&ana, &exchange, (struct trader_wish){.window = 64});
    const uint64_t before = trader_asks_status(&bo, false).seq;
    for (uint64_t number = 0; number < 20; number++) {
        char text[JZ_SOURCE_ID_BYTES];
        trader_submits(&ana, mints(TRADER_BUYER, 1, command_of(number * 4, text).credit.source_id),
                       number);
    }
    while (trader_asks_status(&bo, false).seq < before + 20) { /* done, and Ana has not looked */
    }
    const struct jz_digest digest = trader_asks_status(&bo, true).content_digest;
    jz_daemon_kill(&exchange);
    assert_true(jz_daemon_start(&exchange));
    trader_hears_answers(&ana, 20);
    ana_has_every_answer_once(20);
    /* Answers that had reached her socket before the kill may be heard as they are, the others are
     * repeats: either way each says the number of the first time. */
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(ana.answers[i].seq, before + 1 + i);
        assert_int_equal(ana.answers[i].amount_points, 1);
    }
    const struct jz_digest again = trader_asks_status(&bo, true).content_digest;
    assert_int_equal(again.word[0], digest.word[0]);
    close_exchange(state);
}

static void a_call_outlives_the_exchange_it_was_made_to(void **state)
{
    assert_int_equal(open_exchange(state), 0);
    trader_open(&ana, &exchange, (struct trader_wish){0});
    jz_daemon_kill(&exchange);
    trader_submits(&ana, buys(1, 20, "late"), 7); /* nobody is there */
    trader_listens(&ana, 100);
    assert_int_equal(ana.answer_count, 0);
    assert_int_equal(ana.connection.state, JZ_CONNECTION_DOWN);
    assert_true(jz_daemon_start(&exchange));
    assert_int_equal(trader_calls(&ana, cancels(TRADER_BUYER, "late")).result, JZ_RESULT_DONE);
    assert_int_equal(ana.answer_count, 1);
    assert_int_equal(ana.answers[0].tag, 7);
    close_exchange(state);
}

static void on_an_ordered_lane_a_refusal_without_a_number_stops_only_its_own_command(void **state)
{
    assert_int_equal(open_exchange(state), 0);
    trader_open(&ana, &exchange, (struct trader_wish){.window = 64, .ordered = true});
    struct jz_command elsewhere = buys(1, 20, NULL);
    elsewhere.place.symbol = "STARS/MILES";
    for (uint64_t number = 0; number < 30; number++) {
        char text[JZ_SOURCE_ID_BYTES];
        trader_submits(&ana, number == 10 ? elsewhere : command_of(number, text), number);
    }
    trader_hears_answers(&ana, 30);
    uint64_t seqs[30] = {0};
    for (uint32_t i = 0; i < 30; i++) {
        const struct jz_answer *answer = &ana.answers[i];
        assert_int_equal(seqs[answer->tag], 0); /* answered once */
        seqs[answer->tag] = answer->seq;
        assert_true((answer->tag == 10) == (answer->result == JZ_RESULT_UNKNOWN_MARKET));
    }
    assert_int_equal(seqs[10], 0); /* it had no number: its answer may come before earlier ones */
    for (uint32_t i = 1; i < 30; i++) {
        const uint64_t earlier = i == 11 ? seqs[9] : seqs[i - 1];
        assert_true(i == 10 || seqs[i] > earlier); /* nothing else has overtaken */
    }
    close_exchange(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_9_with_commands_under_way_loses_nothing),
        cmocka_unit_test(a_gateway_that_dies_alone_loses_nothing),
        cmocka_unit_test(what_was_done_but_not_heard_keeps_its_first_number),
        cmocka_unit_test(a_call_outlives_the_exchange_it_was_made_to),
        cmocka_unit_test(on_an_ordered_lane_a_refusal_without_a_number_stops_only_its_own_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
