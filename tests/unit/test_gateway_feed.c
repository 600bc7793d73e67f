/* Market data: what is told of trades and depth is complete by its numbers and true, and a book
 * that was asked for equals the core's.
 *
 * Method: a gateway in a thread, a random flow of orders, a listener that keeps the book from the
 * feed alone and compares it with the core.
 */
#include "gateway/feed.h"
#include "gateway/ladder.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"
#include "tests/support/gw_client.h"

#include <stdio.h>
#include <string.h>

enum { EPOCH = 77, FLOW_STEPS = 2000, ROUNDS = 20, WIDE_LEVELS = 3000, LEVELS_MAX = 8192 };

static struct gw_exchange exchange;
static struct gw_client ana;
static struct gw_listener listener;
static uint64_t seed;

/* A book kept from the feed. */
static struct jz_ladder bids;
static struct jz_ladder asks;
static uint64_t depth_no;

static int open_gateway(void **state)
{
    (void)state;
    gw_open(&exchange);
    gw_start(&exchange, EPOCH);
    gw_connect(&exchange, &ana);
    (void)gw_hello(&ana, "");
    jz_ladder_init(&bids, JZ_SIDE_BUY);
    jz_ladder_init(&asks, JZ_SIDE_SELL);
    depth_no = 0;
    seed = 88172645463325252u;
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    jz_ladder_deinit(&bids);
    jz_ladder_deinit(&asks);
    gw_leave(&ana);
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

/* A random order of Ana or Bo, answered. */
static struct jz_order_answer one_order(void)
{
    gw_place(&ana, (struct wish){.account = roll(2) == 0 ? ANA : BO,
                                 .side = roll(2) == 0 ? JZ_SIDE_BUY : JZ_SIDE_SELL,
                                 .lots = 1 + roll(4),
                                 .price = 80 + roll(40),
                                 .tif = roll(5) == 0 ? JZ_TIF_IOC : JZ_TIF_GTC});
    return gw_hear_order(&ana);
}

static void expect_level_for_level(const struct jz_level *levels, uint32_t count,
                                   struct jz_market_id market, uint8_t side)
{
    static struct jz_depth_level wanted[LEVELS_MAX];
    const uint32_t wanted_count =
        jz_core_depth(exchange.desk.core, market, side, wanted, LEVELS_MAX);
    assert_int_equal(count, wanted_count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(levels[i].price, wanted[i].price);
        assert_int_equal(levels[i].lots, wanted[i].lots);
    }
}

static void expect_kept_book(struct jz_market_id market)
{
    static struct jz_level levels[LEVELS_MAX];
    expect_level_for_level(levels, jz_ladder_best(&bids, levels, LEVELS_MAX), market, JZ_SIDE_BUY);
    expect_level_for_level(levels, jz_ladder_best(&asks, levels, LEVELS_MAX), market, JZ_SIDE_SELL);
}

static void apply_change(const struct jz_depth_change *change)
{
    for (uint32_t i = 0; i < change->levels.bid_count; i++) {
        const struct jz_level *level = &change->levels.bids[i];
        assert_int_equal(jz_ladder_set(&bids, (uint32_t)level->price, level->lots), JZ_OK);
    }
    for (uint32_t i = 0; i < change->levels.ask_count; i++) {
        const struct jz_level *level = &change->levels.asks[i];
        assert_int_equal(jz_ladder_set(&asks, (uint32_t)level->price, level->lots), JZ_OK);
    }
}

static void expect_crc(uint32_t crc32)
{
    struct jz_level best_bids[JZ_WIRE_CRC_LEVELS];
    struct jz_level best_asks[JZ_WIRE_CRC_LEVELS];
    const struct jz_levels best = {
        .bids = best_bids,
        .asks = best_asks,
        .bid_count = jz_ladder_best(&bids, best_bids, JZ_WIRE_CRC_LEVELS),
        .ask_count = jz_ladder_best(&asks, best_asks, JZ_WIRE_CRC_LEVELS),
    };
    assert_int_equal(jz_answer_crc32(&best), crc32);
}

/* Applies every change that is there; each must follow the one before. Returns how many. */
static uint32_t follow(void)
{
    const struct jz_feed_message *heard = NULL;
    uint32_t changes = 0;
    while ((heard = gw_hear_feed(&listener, GW_QUIET_MS)) != NULL) {
        if (heard->kind != JZ_FEED_DEPTH) {
            continue;
        }
        assert_int_equal(heard->depth.first, depth_no + 1);
        assert_int_equal(heard->depth.last, depth_no + 1);
        apply_change(&heard->depth);
        if (!heard->depth.more) {
            expect_crc(heard->depth.crc32);
            depth_no++;
            changes++;
        }
    }
    return changes;
}

/* Asks for a book of the market; the answer is good until the next thing heard. */
static struct jz_book_answer ask_book(const char *symbol, uint32_t depth)
{
    char text[128];
    struct jz_book_answer book;
    (void)snprintf(text, sizeof(text), "'op': 'get_book', 'ref': 1, 'symbol': '%s', 'depth': %u",
                   symbol, depth);
    gw_say(&ana, text);
    const struct jz_message *heard = gw_hear_reply(&ana);
    /* An answer says how far its picture has come; ask until it is all that the core has done. */
    for (int i = 0; i < 1000 && heard->reply.seq < jz_core_sequence(exchange.desk.core); i++) {
        gw_say(&ana, text);
        heard = gw_hear_reply(&ana);
    }
    assert_int_equal(heard->kind, JZ_MESSAGE_REPLY);
    assert_int_equal(heard->reply.seq, jz_core_sequence(exchange.desk.core));
    assert_int_equal(jz_message_book(ana.reader, heard, &book), JZ_OK);
    return book;
}

/* ---- tests -------------------------------------------------------------------------------------
 */

static void a_book_kept_from_the_feed_alone_equals_the_cores(void **state)
{
    (void)state;
    gw_listen(&exchange, &listener, "md.depth.BEANS/MILES");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        for (uint32_t n = 0; n < FLOW_STEPS / ROUNDS; n++) {
            (void)one_order();
        }
        (void)follow();
        expect_kept_book((struct jz_market_id){MARKET});
    }
    assert_true(depth_no > FLOW_STEPS / 2);
    gw_stop_listening(&listener);
}

static void trades_are_numbered_without_a_gap_and_say_what_moved(void **state)
{
    (void)state;
    const struct jz_feed_message *heard = NULL;
    uint64_t trade_no = 0;
    uint64_t lots = 0;
    uint64_t executed = 0;

    gw_listen(&exchange, &listener, "md.trade.");
    for (uint32_t i = 0; i < 200; i++) {
        executed += one_order().cum_lots;
    }
    while ((heard = gw_hear_feed(&listener, GW_QUIET_MS)) != NULL) {
        if (heard->kind != JZ_FEED_TRADE) {
            continue;
        }
        trade_no++;
        assert_int_equal(heard->trade.trade_no, trade_no);
        assert_int_equal(heard->trade.base_amount, heard->trade.lots * LOT);
        assert_int_equal(heard->trade.quote_amount, heard->trade.lots * heard->trade.price);
        assert_int_equal(heard->trade.symbol.length, 11);
        lots += heard->trade.lots;
    }
    assert_true(trade_no > 20);
    assert_int_equal(lots, executed);
    gw_stop_listening(&listener);
}

static void nothing_is_told_of_other_markets_or_before_it_is_durable(void **state)
{
    (void)state;
    struct gw_listener other;
    gw_listen(&exchange, &other, "md.depth.MILES/STARS");
    gw_listen(&exchange, &listener, "md.depth.BEANS/MILES");
    exchange.disk_sleeps = true;
    gw_place(&ana, (struct wish){ANA, JZ_SIDE_SELL, 1, 100, NULL, 0});
    gw_turn_for(&exchange, GW_QUIET_MS);
    for (const struct jz_feed_message *heard = NULL;
         (heard = gw_hear_feed(&listener, GW_QUIET_MS)) != NULL;) {
        assert_int_equal(heard->kind, JZ_FEED_HEARTBEAT); /* one that was under way */
    }
    exchange.disk_sleeps = false;
    assert_int_equal(follow(), 1);
    assert_null(gw_hear_feed(&other, GW_QUIET_MS));
    gw_stop_listening(&other);
    gw_stop_listening(&listener);
}

static void the_heartbeat_says_how_far_the_feed_came(void **state)
{
    (void)state;
    gw_listen(&exchange, &listener, JZ_TOPIC_HEARTBEAT);
    (void)one_order();
    const struct jz_feed_message *heard = gw_hear_feed(&listener, GW_WAIT_MS);
    assert_non_null(heard);
    assert_int_equal(heard->kind, JZ_FEED_HEARTBEAT);
    assert_int_equal(heard->heartbeat.seq, jz_core_sequence(exchange.desk.core));
    assert_int_equal(heard->heartbeat.ts, exchange.desk.next.time_ns);
    gw_stop_listening(&listener);
}

static void get_book_shows_the_cores_depth_by_either_name(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < FLOW_STEPS / 4; i++) {
        (void)one_order();
    }
    const struct jz_book_answer book = ask_book("BEANS/MILES", JZ_WIRE_LEVELS_MAX);
    expect_level_for_level(book.levels.bids, book.levels.bid_count, (struct jz_market_id){MARKET},
                           JZ_SIDE_BUY);
    expect_level_for_level(book.levels.asks, book.levels.ask_count, (struct jz_market_id){MARKET},
                           JZ_SIDE_SELL);
    assert_int_equal(jz_answer_crc32(&book.levels), book.crc32);
    assert_true(book.depth_no > 0);

    const struct jz_book_answer shallow = ask_book("MILES/BEANS", 1);
    assert_memory_equal(shallow.symbol.bytes, "BEANS/MILES", 11);
    assert_int_equal(shallow.levels.bid_count, 1);
    assert_int_equal(shallow.levels.ask_count, 1);
    (void)gw_expect_refusal(&ana, "'op': 'get_book', 'ref': 1, 'symbol': 'BEANS/TEA'",
                            JZ_RESULT_UNKNOWN_MARKET);
}

static void a_gap_is_repaired_by_asking_for_the_book(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 50; i++) {
        (void)one_order();
    }
    gw_listen(&exchange, &listener, "md.depth.BEANS/MILES"); /* too late for the first ones */
    for (uint32_t i = 0; i < 50; i++) {
        (void)one_order();
    }
    const struct jz_book_answer book = ask_book("BEANS/MILES", JZ_WIRE_LEVELS_MAX);
    const struct jz_depth_change snapshot = {.levels = book.levels};
    apply_change(&snapshot);
    depth_no = book.depth_no;
    for (uint32_t i = 0; i < 50; i++) {
        (void)one_order();
    }
    const struct jz_feed_message *heard = NULL;
    while ((heard = gw_hear_feed(&listener, GW_QUIET_MS)) != NULL) {
        if (heard->kind == JZ_FEED_DEPTH && heard->depth.last > depth_no) {
            assert_int_equal(heard->depth.first, depth_no + 1);
            apply_change(&heard->depth);
            expect_crc(heard->depth.crc32);
            depth_no = heard->depth.last;
        }
    }
    expect_kept_book((struct jz_market_id){MARKET});
    gw_stop_listening(&listener);
}

/* Lists MILES/STARS with room for many prices and fills it with one lot at each. */
static struct jz_market_id fill_wide_market(void)
{
    struct jz_put_market body = street_market_body(MILES, STARS);
    struct jz_mint purse = street_mint_body(BO, STARS, JZ_AMOUNT_MAX / 4, "stars");
    purse.checked_seq = jz_core_sequence(exchange.desk.core);
    body.lot_points = 1;
    body.price_max = 1000000;
    gw_apply(&exchange, JZ_COMMAND_PUT_MARKET, &body);
    gw_apply(&exchange, JZ_COMMAND_MINT, &purse);
    for (uint32_t i = 0; i < WIDE_LEVELS; i++) {
        struct jz_place_order place =
            street_place_body((struct wish){ANA, JZ_SIDE_SELL, 1, 1000 + i, NULL, 0});
        place.market.value = 2;
        gw_apply(&exchange, JZ_COMMAND_PLACE_ORDER, &place);
    }
    return (struct jz_market_id){2};
}

static void a_change_of_thousands_of_levels_comes_in_pieces(void **state)
{
    (void)state;
    const struct jz_market_id wide = fill_wide_market();
    const struct jz_book_answer book = ask_book("MILES/STARS", JZ_WIRE_LEVELS_MAX);
    assert_int_equal(book.levels.ask_count, WIDE_LEVELS);
    const struct jz_depth_change snapshot = {.levels = book.levels};
    apply_change(&snapshot);
    depth_no = book.depth_no;

    gw_listen(&exchange, &listener, "md.depth.MILES/STARS");
    gw_say(&ana, "'op': 'place_order', 'nonce': 1, 'account': 17, 'symbol': 'MILES/STARS', "
                 "'side': 'buy', 'lots': 10000, 'price': 1000000");
    assert_int_equal(gw_hear_order(&ana).cum_lots, WIDE_LEVELS);
    const struct jz_feed_message *heard = gw_hear_feed(&listener, GW_WAIT_MS);
    while (heard->kind != JZ_FEED_DEPTH) {
        heard = gw_hear_feed(&listener, GW_WAIT_MS);
    }
    assert_true(heard->depth.more);
    assert_int_equal(heard->depth.levels.bid_count + heard->depth.levels.ask_count,
                     JZ_FEED_PIECE_LEVELS);
    apply_change(&heard->depth);
    assert_int_equal(follow(), 1);
    expect_kept_book(wide);
    gw_stop_listening(&listener);
}

static void a_new_gateway_has_the_same_picture(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        (void)one_order();
    }
    const uint64_t depth_before = ask_book("BEANS/MILES", 1).depth_no;
    gw_leave(&ana);
    assert_int_equal(gw_stop(&exchange), 0);
    gw_start(&exchange, EPOCH + 1);
    gw_connect(&exchange, &ana);
    (void)gw_hello(&ana, "");
    const struct jz_book_answer book = ask_book("BEANS/MILES", JZ_WIRE_LEVELS_MAX);
    assert_int_equal(book.depth_no, depth_before);
    expect_level_for_level(book.levels.bids, book.levels.bid_count, (struct jz_market_id){MARKET},
                           JZ_SIDE_BUY);
    expect_level_for_level(book.levels.asks, book.levels.ask_count, (struct jz_market_id){MARKET},
                           JZ_SIDE_SELL);
}

/* ---- status and markets ------------------------------------------------------------------------
 */

static void get_status_counts_and_brings_digests_when_asked(void **state)
{
    (void)state;
    struct jz_status_answer status;
    (void)one_order();
    gw_say(&ana, "'op': 'get_status', 'ref': 'plain'");
    const struct jz_message *heard = gw_hear(&ana);
    assert_int_equal(jz_message_status(heard, &status), JZ_OK);
    assert_int_equal(status.currencies, 3);
    assert_int_equal(status.markets, 1);
    assert_true(status.accounts >= 3);
    assert_int_equal(status.connections, 1);
    assert_false(status.busy);
    assert_false(status.has_digest);
    assert_int_equal(status.ts, exchange.desk.next.time_ns);

    gw_say(&ana, "'op': 'get_status', 'ref': 'whole', 'digest': true");
    heard = gw_hear(&ana);
    assert_int_equal(jz_message_status(heard, &status), JZ_OK);
    assert_true(status.has_digest);
    assert_int_equal(heard->reply.seq, jz_core_sequence(exchange.desk.core));
    const struct jz_digest state_digest = jz_core_digest(exchange.desk.core);
    const struct jz_digest content = jz_core_content_digest(exchange.desk.core);
    assert_memory_equal(&status.state_digest, &state_digest, sizeof(state_digest));
    assert_memory_equal(&status.content_digest, &content, sizeof(content));
    assert_int_equal(status.live_orders, jz_core_live_orders(exchange.desk.core));
}

static void more_digests_at_once_than_the_gateway_asks_for_are_busy(void **state)
{
    (void)state;
    uint32_t busy = 0;
    exchange.engine_sleeps = true;
    for (uint32_t i = 0; i < JZ_WIRE_REF_BYTES_MAX; i++) {
        gw_say(&ana, "'op': 'get_status', 'ref': 1, 'digest': true");
    }
    while (gw_hear_within(&ana, GW_QUIET_MS) != NULL) {
        assert_int_equal(ana.heard.refusal.result, JZ_RESULT_BUSY);
        busy++;
    }
    assert_int_equal(busy, 8);
    exchange.engine_sleeps = false;
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(gw_hear(&ana)->kind, JZ_MESSAGE_REPLY);
    }
}

static void get_markets_describes_them_by_page_or_by_name(void **state)
{
    (void)state;
    struct jz_markets_answer page;
    (void)fill_wide_market();
    (void)one_order();
    gw_say(&ana, "'op': 'get_markets', 'ref': 1");
    assert_int_equal(jz_message_markets(ana.reader, gw_hear(&ana), &page), JZ_OK);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.next, 0);
    assert_int_equal(page.markets[0].market, 1);
    assert_int_equal(page.markets[0].base_lot, LOT);
    assert_int_equal(page.markets[0].price_max, PRICE_MAX);
    assert_int_equal(page.markets[0].state, JZ_MARKET_CONTINUOUS);
    assert_int_equal(page.markets[0].depth_no, 1);
    assert_int_equal(page.markets[1].depth_no, WIDE_LEVELS);

    gw_say(&ana, "'op': 'get_markets', 'ref': 1, 'from': 2");
    assert_int_equal(jz_message_markets(ana.reader, gw_hear(&ana), &page), JZ_OK);
    assert_int_equal(page.count, 1);
    gw_say(&ana, "'op': 'get_markets', 'ref': 1, 'symbol': 'STARS/MILES'");
    assert_int_equal(jz_message_markets(ana.reader, gw_hear(&ana), &page), JZ_OK);
    assert_int_equal(page.count, 1);
    assert_memory_equal(page.markets[0].symbol.bytes, "MILES/STARS", 11);
    gw_say(&ana, "'op': 'get_markets', 'ref': 1, 'from': 4294967295");
    assert_int_equal(jz_message_markets(ana.reader, gw_hear(&ana), &page), JZ_OK);
    assert_int_equal(page.count, 0);
}

/* ---- who listens -------------------------------------------------------------------------------
 */

static void subscribe(struct jz_feed *feed, const char *prefix, bool subscribed)
{
    const struct jz_text text = {prefix, (uint32_t)strlen(prefix)};
    jz_feed_subscribe(feed, text, subscribed);
}

static bool is_wanted(const struct jz_feed *feed, const char *topic)
{
    const struct jz_text text = {topic, (uint32_t)strlen(topic)};
    return jz_feed_is_wanted(feed, text);
}

static void prefixes_come_and_go_and_too_many_count_as_everything(void **state)
{
    (void)state;
    struct jz_feed feed;
    char prefix[32];
    assert_int_equal(jz_feed_init(&feed), JZ_OK);
    assert_false(is_wanted(&feed, "md.trade.A/B"));
    subscribe(&feed, "md.trade.", true);
    assert_true(is_wanted(&feed, "md.trade.A/B"));
    assert_false(is_wanted(&feed, "md.depth.A/B"));
    subscribe(&feed, "", true);
    assert_true(is_wanted(&feed, "md.depth.A/B"));
    subscribe(&feed, "", false);
    subscribe(&feed, "md.trade.", false);
    assert_false(is_wanted(&feed, "md.trade.A/B"));

    for (uint32_t i = 0; i < JZ_FEED_PREFIXES_MAX; i++) {
        (void)snprintf(prefix, sizeof(prefix), "x%u", i);
        subscribe(&feed, prefix, true);
    }
    assert_false(is_wanted(&feed, "md.trade.A/B"));
    subscribe(&feed, "one more", true);
    assert_true(is_wanted(&feed, "md.trade.A/B"));
    subscribe(&feed, "one more", false);
    assert_false(is_wanted(&feed, "md.trade.A/B"));
    jz_feed_deinit(&feed);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)
    const struct CMUnitTest tests[] = {
        STORY(a_book_kept_from_the_feed_alone_equals_the_cores),
        STORY(trades_are_numbered_without_a_gap_and_say_what_moved),
        STORY(nothing_is_told_of_other_markets_or_before_it_is_durable),
        STORY(the_heartbeat_says_how_far_the_feed_came),
        STORY(get_book_shows_the_cores_depth_by_either_name),
        STORY(a_gap_is_repaired_by_asking_for_the_book),
        STORY(a_change_of_thousands_of_levels_comes_in_pieces),
        STORY(a_new_gateway_has_the_same_picture),
        STORY(get_status_counts_and_brings_digests_when_asked),
        STORY(more_digests_at_once_than_the_gateway_asks_for_are_busy),
        STORY(get_markets_describes_them_by_page_or_by_name),
        cmocka_unit_test(prefixes_come_and_go_and_too_many_count_as_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
