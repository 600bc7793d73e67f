/* The requests of a lane: whatever is lost on the way, each is sent again under its first nonce and
 * no nonce leaves the span.
 *
 * Method: a window of four nonces, filled, answered out of order, sent again.
 */
#include "clients/c/window.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum { SPAN = 4, FIRST = 101 };

static struct jz_window window;

static int open_window(void **state)
{
    (void)state;
    const int status = jz_window_init(&window, SPAN);
    if (status == JZ_OK) {
        jz_window_start(&window, FIRST);
    }
    return status;
}

static int close_window(void **state)
{
    (void)state;
    jz_window_deinit(&window);
    return 0;
}

static uint64_t client_submits(const char *text)
{
    struct jz_window_slot *slot = jz_window_claim(&window);
    assert_non_null(slot);
    slot->bytes = (uint32_t)strlen(text);
    memcpy(slot->request, text, slot->bytes);
    jz_window_commit(&window, slot);
    return slot->nonce;
}

static void client_sends(uint64_t nonce)
{
    struct jz_window_slot *slot = jz_window_first_queued(&window);
    assert_non_null(slot);
    assert_int_equal(slot->nonce, nonce);
    jz_window_sent(&window, slot);
}

static void nothing_is_left_to_send(void)
{
    assert_null(jz_window_first_queued(&window));
}

static void exchange_answers(uint64_t nonce)
{
    struct jz_window_slot *slot = jz_window_find(&window, nonce);
    assert_non_null(slot);
    jz_window_answered(&window, slot);
}

static void exchange_is_busy_for(uint64_t nonce)
{
    struct jz_window_slot *slot = jz_window_find(&window, nonce);
    assert_non_null(slot);
    jz_window_again(&window, slot);
}

static void nonces_are_given_in_order_and_requests_go_out_in_order(void **state)
{
    (void)state;
    assert_int_equal(client_submits("a"), FIRST);
    assert_int_equal(client_submits("b"), FIRST + 1);
    client_sends(FIRST);
    client_sends(FIRST + 1);
    nothing_is_left_to_send();
}

static void the_span_ends_at_its_last_nonce_and_moves_with_the_lowest_unanswered(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SPAN; i++) {
        client_submits("x");
        client_sends(FIRST + i);
    }
    assert_null(jz_window_claim(&window));
    exchange_answers(FIRST + 1); /* one fewer under way, but the span is as long as before */
    exchange_answers(FIRST + 3);
    assert_null(jz_window_claim(&window));
    exchange_answers(FIRST);
    assert_int_equal(client_submits("y"), FIRST + SPAN);
    assert_int_equal(client_submits("z"), FIRST + SPAN + 1);
    assert_null(jz_window_claim(&window));
}

static void an_answer_that_comes_twice_finds_nothing(void **state)
{
    (void)state;
    client_submits("a");
    client_sends(FIRST);
    exchange_answers(FIRST);
    assert_null(jz_window_find(&window, FIRST));
    assert_null(jz_window_find(&window, FIRST - 1));
    assert_null(jz_window_find(&window, FIRST + 1));
}

static void
after_a_lost_connection_all_that_is_unanswered_goes_out_again_word_for_word(void **state)
{
    (void)state;
    client_submits("one");
    client_submits("two");
    client_submits("three");
    client_sends(FIRST);
    client_sends(FIRST + 1);
    exchange_answers(FIRST + 1);

    jz_window_again_from(&window, 0);
    struct jz_window_slot *slot = jz_window_first_queued(&window);
    assert_int_equal(slot->nonce, FIRST);
    assert_memory_equal(slot->request, "one", slot->bytes);
    assert_int_equal(slot->sends, 1);
    client_sends(FIRST);
    client_sends(FIRST + 2);
    nothing_is_left_to_send();
}

static void one_that_is_refused_as_busy_goes_out_before_later_ones(void **state)
{
    (void)state;
    client_submits("a");
    client_submits("b");
    client_sends(FIRST);
    client_sends(FIRST + 1);
    exchange_is_busy_for(FIRST);
    client_submits("c");
    client_sends(FIRST);
    client_sends(FIRST + 2);
    nothing_is_left_to_send();
}

static void busy_on_an_ordered_lane_takes_back_what_was_sent_behind_it(void **state)
{
    (void)state;
    client_submits("a");
    client_submits("b");
    client_submits("c");
    client_sends(FIRST);
    client_sends(FIRST + 1);
    client_sends(FIRST + 2);
    jz_window_again_from(&window, FIRST + 1);
    client_sends(FIRST + 1);
    client_sends(FIRST + 2);
    nothing_is_left_to_send();
}

static void an_answer_may_come_while_the_request_waits_to_go_out_again(void **state)
{
    (void)state;
    client_submits("a");
    client_submits("b");
    client_sends(FIRST);
    client_sends(FIRST + 1);
    jz_window_again_from(&window, 0);
    exchange_answers(FIRST);
    client_sends(FIRST + 1);
    nothing_is_left_to_send();
    exchange_answers(FIRST + 1);
    assert_int_equal(window.unanswered_count, 0);
}

static void a_smaller_lane_makes_the_span_smaller(void **state)
{
    (void)state;
    jz_window_limit(&window, 2);
    client_submits("a");
    client_submits("b");
    assert_null(jz_window_claim(&window));
}

static void a_thousand_rounds_keep_the_counts(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 1000; round++) {
        const uint64_t a = client_submits("a");
        const uint64_t b = client_submits("b");
        client_sends(a);
        exchange_is_busy_for(a);
        client_sends(a);
        client_sends(b);
        exchange_answers(b);
        exchange_answers(a);
    }
    assert_int_equal(window.unanswered_count, 0);
    assert_int_equal(window.queued_count, 0);
    assert_int_equal(window.next, FIRST + 2000);
    assert_int_equal(window.lowest, window.next);
}

static void a_span_of_nothing_or_of_too_much_is_no_window(void **state)
{
    (void)state;
    struct jz_window other;
    assert_int_equal(jz_window_init(&other, 0), JZ_EINVAL);
    assert_int_equal(jz_window_init(&other, JZ_WINDOW_SPAN_MAX + 1), JZ_EINVAL);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_window, close_window)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(nonces_are_given_in_order_and_requests_go_out_in_order),
        STORY(the_span_ends_at_its_last_nonce_and_moves_with_the_lowest_unanswered),
        STORY(an_answer_that_comes_twice_finds_nothing),
        STORY(after_a_lost_connection_all_that_is_unanswered_goes_out_again_word_for_word),
        STORY(one_that_is_refused_as_busy_goes_out_before_later_ones),
        STORY(busy_on_an_ordered_lane_takes_back_what_was_sent_behind_it),
        STORY(an_answer_may_come_while_the_request_waits_to_go_out_again),
        STORY(a_smaller_lane_makes_the_span_smaller),
        STORY(a_thousand_rounds_keep_the_counts),
        STORY(a_span_of_nothing_or_of_too_much_is_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
