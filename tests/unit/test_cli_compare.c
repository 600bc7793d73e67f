/* Comparing a replay with the venue: every difference is found, nothing unseen counts as matched.
 *
 * Method: a day of a few commands is told in the order in which answers, reports and feed may come,
 * early or late, once right and once with a fault planted in each place.
 */
#include "clients/cli/compare.h"

#include "tests/support/cmocka.h"

#include <string.h>

static struct jz_compare compare;

static int open_compare(void **state)
{
    (void)state;
    return jz_compare_init(&compare, true);
}

static int close_compare(void **state)
{
    (void)state;
    jz_compare_deinit(&compare);
    return 0;
}

/* A book with one bid; enough to tell books apart. */
static struct jz_flow_book book_with(uint64_t price, uint64_t lots)
{
    struct jz_flow_book book = {0};
    book.bids[0] = (struct jz_flow_level){price, lots};
    return book;
}

static void replay_sends(char op, uint64_t row, const struct jz_flow_book *book)
{
    const struct jz_flow_step step = {
        .command = {.row = row, .id = 1000 + row, .op = op, .line = (uint32_t)row + 2},
        .ends_row = book != NULL,
        .book = book,
    };
    assert_true(jz_compare_has_room(&compare, &step));
    jz_compare_expect(&compare, &step);
}

static void replay_sends_taker(uint64_t row, const struct jz_flow_fill *fills, uint32_t count)
{
    const struct jz_flow_step step = {
        .command = {.row = row, .id = 9000 + row, .op = 'T', .line = (uint32_t)row + 2},
        .fills = fills,
        .fill_count = count,
    };
    jz_compare_expect(&compare, &step);
}

static void exchange_answers(uint64_t seq, uint64_t executed_lots)
{
    jz_compare_answer(&compare, seq, JZ_RESULT_DONE, false, executed_lots);
}

static void exchange_answers_again(uint64_t seq, uint64_t executed_lots)
{
    jz_compare_answer(&compare, seq, JZ_RESULT_DONE, true, executed_lots);
}

static void maker_hears(uint64_t seq, uint64_t maker, uint64_t price, uint64_t lots)
{
    const struct jz_compare_fill fill = {seq, maker, price, lots};
    jz_compare_fill(&compare, &fill);
}

static void feed_shows(uint64_t seq, struct jz_flow_book book)
{
    jz_compare_book(&compare, seq, &book);
}

static const struct jz_flow_fill two_fills[] = {{7, 501, 30, 4}, {7, 502, 31, 6}};

static void fills_that_agree_are_matched_once_the_next_answer_is_there(void **state)
{
    (void)state;
    replay_sends_taker(7, two_fills, 2);
    replay_sends('C', 8, NULL);
    maker_hears(20, 501, 30, 4);
    maker_hears(20, 502, 31, 6);
    exchange_answers(20, 10);
    assert_int_equal(compare.takers.matched, 0); /* one more fill could still come */
    exchange_answers(21, 0);
    assert_int_equal(compare.takers.matched, 1);
    assert_int_equal(compare.fills.matched, 2);
    jz_compare_finish(&compare);
    assert_true(jz_compare_is_good(&compare));
}

static void a_fill_with_another_maker_price_or_size_differs(void **state)
{
    (void)state;
    const struct jz_compare_fill wrong[] = {{20, 999, 31, 6}, {20, 502, 32, 6}, {20, 502, 31, 5}};
    for (size_t i = 0; i < 3; i++) {
        close_compare(state);
        assert_int_equal(open_compare(state), JZ_OK);
        replay_sends_taker(7, two_fills, 2);
        maker_hears(20, 501, 30, 4);
        jz_compare_fill(&compare, &wrong[i]);
        exchange_answers(20, 10);
        jz_compare_finish(&compare);
        assert_int_equal(compare.takers.mismatched, 1);
        assert_int_equal(compare.fills.matched, 1);
        assert_int_equal(compare.fills.mismatched, 1);
        assert_int_equal(compare.note_count, 1);
        assert_non_null(strstr(compare.notes[0], "fill 2 is"));
        assert_false(jz_compare_is_good(&compare));
    }
}

static void fills_in_another_order_differ(void **state)
{
    (void)state;
    replay_sends_taker(7, two_fills, 2);
    maker_hears(20, 502, 31, 6);
    maker_hears(20, 501, 30, 4);
    exchange_answers(20, 10);
    jz_compare_finish(&compare);
    assert_int_equal(compare.takers.mismatched, 1);
}

static void a_fill_too_few_or_too_many_differs(void **state)
{
    (void)state;
    replay_sends_taker(7, two_fills, 2);
    replay_sends('A', 8, NULL);
    maker_hears(20, 501, 30, 4);
    exchange_answers(20, 4);
    maker_hears(21, 777, 30, 1); /* a new order of the file never trades */
    exchange_answers(21, 1);
    jz_compare_finish(&compare);
    assert_int_equal(compare.takers.mismatched, 2);
    assert_int_equal(compare.fills.mismatched, 2);
}

static void a_fill_of_nobodys_command_is_no_match(void **state)
{
    (void)state;
    replay_sends('A', 1, NULL);
    maker_hears(15, 501, 30, 4);
    exchange_answers(20, 0);
    jz_compare_finish(&compare);
    assert_int_equal(compare.stray_fills, 1);
    assert_false(jz_compare_is_good(&compare));
}

static void fills_that_were_lost_with_a_connection_are_unseen(void **state)
{
    (void)state;
    replay_sends_taker(7, two_fills, 2);
    exchange_answers_again(20, 10); /* done before, its reports do not come again */
    jz_compare_finish(&compare);
    assert_int_equal(compare.takers.unseen, 1);
    assert_int_equal(compare.takers.matched, 0);
    assert_int_equal(compare.fills.unseen, 2);
    assert_int_equal(compare.duplicates, 1);
    assert_true(jz_compare_is_good(&compare));
}

static void lost_fills_over_another_sum_of_lots_differ(void **state)
{
    (void)state;
    replay_sends_taker(7, two_fills, 2);
    exchange_answers_again(20, 9);
    jz_compare_finish(&compare);
    assert_int_equal(compare.takers.mismatched, 1);
}

static void a_row_is_judged_by_the_book_that_counted_after_its_command(void **state)
{
    (void)state;
    const struct jz_flow_book first = book_with(30, 1);
    const struct jz_flow_book second = book_with(31, 2);
    feed_shows(9, book_with(0, 0));
    replay_sends('A', 1, &first);
    replay_sends('A', 2, &second);
    replay_sends('C', 3, &second); /* changes nothing that shows */
    feed_shows(20, first);         /* the feed is ahead of the answers */
    feed_shows(21, second);
    exchange_answers(20, 0);
    exchange_answers(21, 0);
    assert_int_equal(compare.rows.matched,
                     1); /* the first; the second when the third is answered */
    exchange_answers(22, 0);
    assert_int_equal(compare.rows.matched, 2);
    jz_compare_still(&compare, 22);
    jz_compare_finish(&compare);
    assert_int_equal(compare.rows.matched, 3);
    assert_true(jz_compare_is_good(&compare));
}

static void a_feed_that_is_behind_is_waited_for(void **state)
{
    (void)state;
    const struct jz_flow_book first = book_with(30, 1);
    feed_shows(9, book_with(0, 0));
    replay_sends('A', 1, &first);
    replay_sends('A', 2, NULL);
    exchange_answers(20, 0);
    exchange_answers(21, 0);
    assert_int_equal(compare.rows.total, 0);
    feed_shows(20, first);
    assert_int_equal(compare.rows.matched, 1);
}

static void a_book_that_differs_is_found_on_either_side(void **state)
{
    (void)state;
    const struct jz_flow_book wanted = book_with(30, 1);
    struct jz_flow_book shown = wanted;
    shown.asks[4] = (struct jz_flow_level){50, 1}; /* one level too many, the fifth */
    feed_shows(9, book_with(0, 0));
    replay_sends('A', 1, &wanted);
    replay_sends('A', 2, &wanted);
    exchange_answers(20, 0);
    exchange_answers(21, 0);
    feed_shows(20, shown);
    feed_shows(21, book_with(30, 2));
    jz_compare_finish(&compare);
    assert_int_equal(compare.rows.mismatched, 2);
    assert_non_null(strstr(compare.notes[0], "ask 5 is 1@50"));
    assert_non_null(strstr(compare.notes[1], "bid 1 is 2@30"));
}

static void rows_of_the_time_without_a_feed_are_unseen(void **state)
{
    (void)state;
    const struct jz_flow_book wanted = book_with(30, 1);
    feed_shows(9, book_with(0, 0));
    replay_sends('A', 1, &wanted);
    replay_sends('A', 2, &wanted);
    replay_sends('A', 3, &wanted);
    feed_shows(20, wanted);
    jz_compare_lose_book(&compare);
    exchange_answers(20, 0);
    exchange_answers(21, 0);
    exchange_answers(22, 0);
    feed_shows(22, wanted); /* taken anew */
    jz_compare_finish(&compare);
    assert_int_equal(compare.rows.total, 3);
    assert_int_equal(compare.rows.matched, 2);
    assert_int_equal(compare.rows.unseen, 1);
    assert_true(jz_compare_is_good(&compare));
}

static void without_any_feed_every_row_is_unseen(void **state)
{
    (void)state;
    const struct jz_flow_book wanted = book_with(30, 1);
    replay_sends('A', 1, &wanted);
    exchange_answers(20, 0);
    jz_compare_finish(&compare);
    assert_int_equal(compare.rows.unseen, 1);
    assert_int_equal(compare.rows.matched, 0);
}

static void a_refused_command_is_a_difference(void **state)
{
    (void)state;
    replay_sends('A', 1, NULL);
    jz_compare_answer(&compare, 20, JZ_RESULT_FUNDS, false, 0);
    jz_compare_finish(&compare);
    assert_int_equal(compare.refused, 1);
    assert_non_null(strstr(compare.notes[0], "FUNDS"));
    assert_false(jz_compare_is_good(&compare));
}

static void the_room_ends_at_its_bound_and_comes_back(void **state)
{
    (void)state;
    const struct jz_flow_book wanted = book_with(30, 1);
    const struct jz_flow_step step = {.command = {.op = 'A'}, .book = &wanted, .ends_row = true};
    feed_shows(1, wanted);
    for (uint64_t i = 0; i < JZ_COMPARE_COMMANDS_MAX; i++) {
        replay_sends('A', i, &wanted);
    }
    assert_false(jz_compare_has_room(&compare, &step));
    for (uint64_t i = 0; i < JZ_COMPARE_COMMANDS_MAX; i++) {
        exchange_answers(2 + i, 0);
    }
    assert_false(jz_compare_has_room(&compare, &step)); /* the feed has not told */
    jz_compare_still(&compare, 2 + JZ_COMPARE_COMMANDS_MAX);
    assert_true(jz_compare_has_room(&compare, &step));
    assert_int_equal(compare.rows.matched, JZ_COMPARE_COMMANDS_MAX - 1);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_compare, close_compare)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(fills_that_agree_are_matched_once_the_next_answer_is_there),
        STORY(a_fill_with_another_maker_price_or_size_differs),
        STORY(fills_in_another_order_differ),
        STORY(a_fill_too_few_or_too_many_differs),
        STORY(a_fill_of_nobodys_command_is_no_match),
        STORY(fills_that_were_lost_with_a_connection_are_unseen),
        STORY(lost_fills_over_another_sum_of_lots_differ),
        STORY(a_row_is_judged_by_the_book_that_counted_after_its_command),
        STORY(a_feed_that_is_behind_is_waited_for),
        STORY(a_book_that_differs_is_found_on_either_side),
        STORY(rows_of_the_time_without_a_feed_are_unseen),
        STORY(without_any_feed_every_row_is_unseen),
        STORY(a_refused_command_is_a_difference),
        STORY(the_room_ends_at_its_bound_and_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
