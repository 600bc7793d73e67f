/* A followed book: right after every change, and known to be wrong as soon as one is missing.
 *
 * Method: an exchange of a few lines that tells its changes with numbers and checksums, and a
 * mirror that hears all of them, some of them, or some twice.
 */
#include "clients/c/mirror.h"

#include "tests/support/cmocka.h"

#include <string.h>

enum { ROOM = 64, ALL = 5000 };

/* The exchange's own book, best first, and the number of its last change. */
static struct {
    struct jz_level bids[ROOM];
    struct jz_level asks[ROOM];
    struct jz_levels levels;
    uint64_t depth_no;
    uint64_t seq;
} exchange;

static struct jz_mirror mirror;

static int open_mirror(void **state)
{
    (void)state;
    memset(&exchange, 0, sizeof(exchange));
    exchange.levels.bids = exchange.bids;
    exchange.levels.asks = exchange.asks;
    exchange.seq = 100;
    return jz_mirror_init(&mirror, "BEANS/MILES");
}

static int close_mirror(void **state)
{
    (void)state;
    jz_mirror_deinit(&mirror);
    return 0;
}

/* Sets a level of the exchange's book: the slow way, by a list that is searched from its best. */
static void set_level(struct jz_level *levels, uint32_t *count, bool is_bid, struct jz_level level)
{
    uint32_t at = 0;
    while (at < *count &&
           (is_bid ? levels[at].price > level.price : levels[at].price < level.price)) {
        at++;
    }
    if (at < *count && levels[at].price == level.price) {
        memmove(&levels[at], &levels[at + 1], (*count - at - 1) * sizeof(*levels));
        (*count)--;
    }
    if (level.lots > 0) {
        memmove(&levels[at + 1], &levels[at], (*count - at) * sizeof(*levels));
        levels[at] = level;
        (*count)++;
    }
}

/* The exchange changes one level; the change as the feed tells it. */
static struct jz_depth_change exchange_sets(bool is_bid, uint64_t price, uint64_t lots)
{
    static struct jz_level told[ROOM];
    static uint32_t turn;
    struct jz_level *level = &told[turn++ % ROOM];
    *level = (struct jz_level){.price = price, .lots = lots};
    if (is_bid) {
        set_level(exchange.bids, &exchange.levels.bid_count, true, *level);
    } else {
        set_level(exchange.asks, &exchange.levels.ask_count, false, *level);
    }
    exchange.depth_no++;
    exchange.seq += 2;
    return (struct jz_depth_change){
        .first = exchange.depth_no,
        .last = exchange.depth_no,
        .seq = exchange.seq,
        .levels = {.bids = is_bid ? level : NULL,
                   .bid_count = is_bid ? 1 : 0,
                   .asks = is_bid ? NULL : level,
                   .ask_count = is_bid ? 0 : 1},
        .crc32 = jz_answer_crc32(&exchange.levels),
    };
}

static struct jz_depth_change exchange_bids(uint64_t price, uint64_t lots)
{
    return exchange_sets(true, price, lots);
}

static struct jz_depth_change exchange_asks(uint64_t price, uint64_t lots)
{
    return exchange_sets(false, price, lots);
}

static enum jz_mirror_outcome mirror_hears(struct jz_depth_change change)
{
    return jz_mirror_change(&mirror, &change);
}

static struct jz_book_answer whole_book(void)
{
    return (struct jz_book_answer){
        .depth_no = exchange.depth_no,
        .levels = exchange.levels,
        .crc32 = jz_answer_crc32(&exchange.levels),
    };
}

static bool mirror_takes(struct jz_book_answer whole)
{
    return jz_mirror_take(&mirror, &whole, exchange.seq, ALL);
}

/* Applies what was kept; true if all of it followed. */
static bool mirror_goes_on(void)
{
    struct jz_mirror_kept kept;
    enum jz_mirror_outcome outcome = JZ_MIRROR_OUTCOME_APPLIED;
    while (mirror.is_current && jz_mirror_apply_kept(&mirror, &kept, &outcome)) {
    }
    return mirror.is_current;
}

static void both_show_the_same(void)
{
    struct jz_book_level levels[ROOM];
    uint32_t count = jz_mirror_levels(&mirror, JZ_SIDE_BUY, levels, ROOM);
    assert_int_equal(count, exchange.levels.bid_count);
    assert_memory_equal(levels, exchange.bids, count * sizeof(levels[0]));
    count = jz_mirror_levels(&mirror, JZ_SIDE_SELL, levels, ROOM);
    assert_int_equal(count, exchange.levels.ask_count);
    assert_memory_equal(levels, exchange.asks, count * sizeof(levels[0]));
    assert_int_equal(jz_mirror_depth_no(&mirror), exchange.depth_no);
}

static void a_book_that_was_taken_follows_every_change(void **state)
{
    (void)state;
    (void)exchange_bids(30, 100);
    (void)exchange_asks(33, 7);
    assert_true(mirror_takes(whole_book()));
    assert_int_equal(mirror_hears(exchange_bids(31, 5)), JZ_MIRROR_OUTCOME_APPLIED);
    assert_int_equal(mirror_hears(exchange_bids(29, 9)), JZ_MIRROR_OUTCOME_APPLIED);
    assert_int_equal(mirror_hears(exchange_asks(33, 2)), JZ_MIRROR_OUTCOME_APPLIED);
    assert_int_equal(mirror_hears(exchange_bids(30, 0)), JZ_MIRROR_OUTCOME_APPLIED);
    both_show_the_same();
    assert_int_equal(jz_mirror_seq(&mirror), exchange.seq);
}

static void a_missing_change_is_noticed_with_the_next_one(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    (void)exchange_bids(30, 1); /* lost on the way */
    assert_int_equal(mirror_hears(exchange_bids(31, 1)), JZ_MIRROR_OUTCOME_LOST);
    assert_false(jz_mirror_is_current(&mirror));
    assert_int_equal(mirror_hears(exchange_bids(32, 1)), JZ_MIRROR_OUTCOME_KEPT);
}

static void a_checksum_that_differs_makes_the_book_stale(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    struct jz_depth_change change = exchange_bids(30, 1);
    change.crc32 ^= 1;
    assert_int_equal(mirror_hears(change), JZ_MIRROR_OUTCOME_LOST);
}

static void what_came_while_it_was_stale_follows_on_the_book_that_is_taken(void **state)
{
    (void)state;
    assert_int_equal(mirror_hears(exchange_bids(30, 1)), JZ_MIRROR_OUTCOME_KEPT); /* in the book */
    assert_int_equal(mirror_hears(exchange_bids(31, 1)), JZ_MIRROR_OUTCOME_KEPT); /* in the book */
    struct jz_level bids[ROOM];
    memcpy(bids, exchange.bids, sizeof(bids));
    struct jz_book_answer whole = whole_book();
    whole.levels.bids = bids; /* as it is now: the exchange goes on */
    assert_int_equal(mirror_hears(exchange_bids(32, 1)), JZ_MIRROR_OUTCOME_KEPT); /* not in it */
    assert_int_equal(mirror_hears(exchange_asks(35, 4)), JZ_MIRROR_OUTCOME_KEPT);
    assert_true(mirror_takes(whole));
    assert_true(mirror_goes_on());
    both_show_the_same();
}

static void a_book_older_than_the_kept_changes_is_no_use(void **state)
{
    (void)state;
    const struct jz_book_answer old = whole_book();
    (void)exchange_bids(30, 1); /* before the mirror listened */
    (void)mirror_hears(exchange_bids(31, 1));
    assert_true(mirror_takes(old));
    assert_false(mirror_goes_on());
    assert_true(mirror_takes(whole_book())); /* the next one is */
    assert_true(mirror_goes_on());
    both_show_the_same();
}

static void a_change_that_is_in_the_book_already_changes_nothing(void **state)
{
    (void)state;
    const struct jz_depth_change first = exchange_bids(30, 1);
    (void)exchange_bids(30, 2);
    assert_true(mirror_takes(whole_book()));
    assert_int_equal(mirror_hears(first), JZ_MIRROR_OUTCOME_OLD);
    both_show_the_same();
}

static void several_changes_in_one_message_count_as_one(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    (void)exchange_bids(30, 1);
    struct jz_depth_change both = exchange_bids(30, 2);
    both.first--;
    assert_int_equal(mirror_hears(both), JZ_MIRROR_OUTCOME_APPLIED);
    both_show_the_same();
}

static void a_change_in_two_messages_is_checked_after_the_second(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    struct jz_depth_change first = exchange_bids(30, 1);
    struct jz_depth_change second = exchange_bids(31, 2);
    first.more = true;
    second.first = first.first; /* both under the same numbers */
    first.last = second.last;
    first.crc32 = 0;
    assert_int_equal(mirror_hears(first), JZ_MIRROR_OUTCOME_PART);
    assert_int_equal(mirror_hears(second), JZ_MIRROR_OUTCOME_APPLIED);
    both_show_the_same();
}

static void a_change_whose_second_message_is_lost_is_noticed(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    struct jz_depth_change first = exchange_bids(30, 1);
    first.more = true;
    assert_int_equal(mirror_hears(first), JZ_MIRROR_OUTCOME_PART);
    assert_int_equal(mirror_hears(exchange_bids(31, 2)), JZ_MIRROR_OUTCOME_LOST);
}

static void a_book_that_is_not_in_order_is_not_taken(void **state)
{
    (void)state;
    (void)exchange_bids(30, 1);
    (void)exchange_bids(31, 1);
    const struct jz_level swapped[] = {{30, 1}, {31, 1}};
    struct jz_book_answer whole = whole_book();
    whole.levels.bids = swapped;
    whole.crc32 = jz_answer_crc32(&whole.levels);
    assert_false(mirror_takes(whole));
}

static void more_than_it_can_keep_costs_one_more_book_and_no_memory(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= JZ_MIRROR_KEPT_CHANGES_MAX; i++) {
        assert_int_equal(mirror_hears(exchange_bids(30, i + 1)), JZ_MIRROR_OUTCOME_KEPT);
    }
    assert_int_equal(mirror.kept_count, 1);
    assert_true(mirror_takes(whole_book()));
    assert_true(mirror_goes_on());
    both_show_the_same();
}

static void a_side_that_is_full_leaves_its_worst_levels_out(void **state)
{
    (void)state;
    assert_true(mirror_takes(whole_book()));
    static struct jz_level many[JZ_MIRROR_LEVELS_MAX];
    for (uint32_t i = 0; i < JZ_MIRROR_LEVELS_MAX; i++) {
        many[i] = (struct jz_level){.price = 100000 - i, .lots = 1}; /* best first */
    }
    struct jz_levels levels = {.bids = many, .bid_count = JZ_MIRROR_LEVELS_MAX};
    const struct jz_book_answer full = {.levels = levels, .crc32 = jz_answer_crc32(&levels)};
    assert_true(jz_mirror_take(&mirror, &full, 1, JZ_MIRROR_LEVELS_MAX));

    const struct jz_level better = {.price = 100001, .lots = 2};
    const struct jz_level worse = {.price = 1, .lots = 3};
    struct jz_level best[JZ_WIRE_CRC_LEVELS];
    best[0] = better;
    memcpy(&best[1], many, (JZ_WIRE_CRC_LEVELS - 1) * sizeof(best[0]));
    const struct jz_levels top = {.bids = best, .bid_count = JZ_WIRE_CRC_LEVELS};
    const struct jz_level both[] = {worse, better};
    const struct jz_depth_change change = {.first = 1,
                                           .last = 1,
                                           .seq = 2,
                                           .levels = {.bids = both, .bid_count = 2},
                                           .crc32 = jz_answer_crc32(&top)};
    assert_int_equal(jz_mirror_change(&mirror, &change), JZ_MIRROR_OUTCOME_APPLIED);
    assert_int_equal(mirror.bids.count, JZ_MIRROR_LEVELS_MAX);
    struct jz_book_level first;
    assert_int_equal(jz_mirror_levels(&mirror, JZ_SIDE_BUY, &first, 1), 1);
    assert_int_equal(first.price, better.price);
    assert_int_equal(mirror.bids.levels[0].price, 100000 - JZ_MIRROR_LEVELS_MAX + 2);
}

static void ten_thousand_random_changes_leave_both_the_same(void **state)
{
    (void)state;
    uint64_t seed = 7;
    assert_true(mirror_takes(whole_book()));
    for (uint32_t i = 0; i < 10000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t price = 100 + (seed >> 33) % 40;
        const uint64_t lots = (seed >> 40) % 3;
        const struct jz_depth_change change = exchange_sets((seed >> 50) % 2 == 0, price, lots);
        assert_int_equal(mirror_hears(change), JZ_MIRROR_OUTCOME_APPLIED);
    }
    both_show_the_same();
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_mirror, close_mirror)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_book_that_was_taken_follows_every_change),
        STORY(a_missing_change_is_noticed_with_the_next_one),
        STORY(a_checksum_that_differs_makes_the_book_stale),
        STORY(what_came_while_it_was_stale_follows_on_the_book_that_is_taken),
        STORY(a_book_older_than_the_kept_changes_is_no_use),
        STORY(a_change_that_is_in_the_book_already_changes_nothing),
        STORY(several_changes_in_one_message_count_as_one),
        STORY(a_change_in_two_messages_is_checked_after_the_second),
        STORY(a_change_whose_second_message_is_lost_is_noticed),
        STORY(a_book_that_is_not_in_order_is_not_taken),
        STORY(more_than_it_can_keep_costs_one_more_book_and_no_memory),
        STORY(a_side_that_is_full_leaves_its_worst_levels_out),
        STORY(ten_thousand_random_changes_leave_both_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
