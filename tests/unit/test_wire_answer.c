/* What the gateway writes, a client reads back to the same values; every map fits the room that its
 * bound names, also with the largest values; less room is refused and not overrun.
 *
 * Method: answers of random and of extreme values, written by the encoder into a block of exactly
 * the bound and read by the client's side, which is msgpack-c. The seed is printed first and is the
 * only argument.
 */
#include "gateway/wire/encode.h"
#include "gateway/wire/message.h"
#include "tests/support/cmocka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 2000 };

static uint64_t random_state;
static bool only_extremes;
static struct jz_message_reader *reader;
static uint8_t *room; /* a block of the bound that is under test */
static struct jz_level levels[2 * JZ_WIRE_LEVELS_MAX];

static uint32_t roll(uint32_t sides)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % sides);
}

/* A number of any width; the largest when only extremes are wanted. */
static uint64_t any(void)
{
    const uint64_t high = (uint64_t)roll(UINT32_MAX) << 32;
    return only_extremes ? UINT64_MAX : (high | roll(UINT32_MAX)) >> roll(64);
}

static uint32_t any_small(void)
{
    return only_extremes ? UINT32_MAX : (uint32_t)(any() & UINT32_MAX);
}

static struct jz_text any_text(uint32_t least, uint32_t most)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.";
    const uint32_t length = only_extremes ? most : least + roll(most - least + 1);
    return (struct jz_text){letters, length};
}

static struct jz_reply any_reply(void)
{
    struct jz_reply reply = {.nonce = any(), .seq = any(), .duplicate = only_extremes || roll(2)};
    reply.ref.kind = (uint8_t)(only_extremes ? JZ_REF_TEXT : roll(3));
    if (reply.ref.kind == JZ_REF_NUMBER) {
        reply.ref.number = any();
    } else if (reply.ref.kind == JZ_REF_TEXT) {
        const struct jz_text text = any_text(1, JZ_WIRE_REF_BYTES_MAX);
        reply.ref.length = (uint8_t)text.length;
        memcpy(reply.ref.text, text.bytes, text.length);
    }
    return reply;
}

static uint8_t *block(size_t bytes)
{
    free(room);
    room = malloc(bytes);
    assert_non_null(room);
    return room;
}

static void assert_same_text(struct jz_text a, struct jz_text b)
{
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
}

static void assert_same_reply(const struct jz_reply *a, const struct jz_reply *b)
{
    assert_true(a->nonce == b->nonce);
    assert_true(a->seq == b->seq);
    assert_int_equal(a->duplicate, b->duplicate);
    assert_int_equal(a->ref.kind, b->ref.kind);
    assert_true(a->ref.number == b->ref.number);
    assert_int_equal(a->ref.length, b->ref.length);
    assert_memory_equal(a->ref.text, b->ref.text, a->ref.length);
}

static struct jz_message heard;

/* Reads the one map that was written and checks its head. */
static void hear(size_t bytes, enum jz_message_kind kind, const struct jz_reply *reply)
{
    assert_true(bytes > 0);
    assert_int_equal(jz_message_open(reader, room, bytes), JZ_OK);
    assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
    assert_int_equal(heard.kind, kind);
    if (reply != NULL) {
        assert_same_reply(&heard.reply, reply);
    }
}

static void pass_order(void)
{
    const struct jz_reply reply = any_reply();
    const struct jz_order_answer sent = {
        .order_id = any(),
        .status = only_extremes ? JZ_ORDER_PARTIALLY_FILLED
                                : (enum jz_order_status)(JZ_ORDER_NEW + roll(4)),
        .cum_lots = any(),
        .leaves_lots = any(),
    };
    struct jz_order_answer got;
    hear(
        jz_encode_order(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply, &sent),
        JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_order(&heard, &got), JZ_OK);
    assert_true(got.order_id == sent.order_id && got.status == sent.status);
    assert_true(got.cum_lots == sent.cum_lots && got.leaves_lots == sent.leaves_lots);
}

static void pass_numbers(void)
{
    const struct jz_reply reply = any_reply();
    const uint64_t sent = any();
    uint64_t got = 0;
    hear(
        jz_encode_amount(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply, sent),
        JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_amount(&heard, &got), JZ_OK);
    assert_true(got == sent);
    hear(jz_encode_id(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply, sent),
         JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_id(&heard, &got), JZ_OK);
    assert_true(got == sent);
    assert_int_equal(jz_message_amount(&heard, &got), JZ_EPROTOCOL);
}

static void pass_hello(void)
{
    const struct jz_reply reply = any_reply();
    const struct jz_hello_answer sent = {any_small(), any_small(), any(), any_small()};
    struct jz_hello_answer got;
    hear(
        jz_encode_hello(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply, &sent),
        JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_hello(&heard, &got), JZ_OK);
    assert_true(got.key == sent.key && got.lane == sent.lane && got.window == sent.window);
    assert_true(got.highest_nonce == sent.highest_nonce);
}

static void pass_status(void)
{
    const struct jz_reply reply = any_reply();
    const struct jz_status_answer sent = {
        .ts = any(),
        .currencies = any(),
        .markets = any(),
        .accounts = any(),
        .connections = any(),
        .busy = roll(2),
        .storage_full = roll(2),
        .has_digest = true,
        .live_orders = any(),
        .state_digest = {{any(), any()}},
        .content_digest = {{any(), any()}},
    };
    struct jz_status_answer got;
    hear(jz_encode_status(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply,
                          &sent),
         JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_status(&heard, &got), JZ_OK);
    assert_true(got.ts == sent.ts && got.currencies == sent.currencies);
    assert_true(got.markets == sent.markets && got.accounts == sent.accounts);
    assert_true(got.connections == sent.connections && got.live_orders == sent.live_orders);
    assert_int_equal(got.busy, sent.busy);
    assert_int_equal(got.storage_full, sent.storage_full);
    assert_memory_equal(&got.state_digest, &sent.state_digest, sizeof(got.state_digest));
    assert_memory_equal(&got.content_digest, &sent.content_digest, sizeof(got.content_digest));
}

static void pass_refusal(void)
{
    static const int results[] = {
#define X(value, name, wire, scenario, sequenced, retry, text) value,
        JZ_RESULT_MAP(X)
#undef X
    };
    const struct jz_reply reply = any_reply();
    for (size_t i = 1; i < sizeof(results) / sizeof(results[0]); i++) { /* all but DONE */
        const struct jz_refusal sent = {
            .result = (enum jz_result)results[i],
            .field = any_text(0, JZ_WIRE_FIELD_BYTES_MAX),
            .detail = any_text(0, JZ_SYMBOL_MAX),
            .retry_after_ms = any_small(),
        };
        hear(jz_encode_refusal(block(JZ_ENCODE_REPLY_BYTES_MAX), JZ_ENCODE_REPLY_BYTES_MAX, &reply,
                               &sent),
             JZ_MESSAGE_REFUSAL, &reply);
        assert_int_equal(heard.refusal.result, sent.result);
        assert_int_equal(heard.refusal.retry_after_ms, sent.retry_after_ms);
        assert_same_text(heard.refusal.field, sent.field);
        assert_same_text(heard.refusal.detail, sent.detail);
        assert_int_equal(heard.explanation.length, strlen(jz_result_text(results[i])));
    }
}

static void pass_report(void)
{
    struct jz_report sent = {
        .stream_seq = any(),
        .seq = any(),
        .ts = any(),
        .exec_type = only_extremes ? JZ_EXEC_TRADE : (enum jz_exec_type)(1 + roll(6)),
        .account = any_small(),
        .order_id = any(),
        .client_order_id = any_text(0, JZ_CLIENT_ID_BYTES),
        .symbol = any_text(5, JZ_SYMBOL_MAX),
        .side = only_extremes ? JZ_SIDE_SELL : (enum jz_side)(1 + roll(2)),
        .price = any(),
        .status = only_extremes ? JZ_ORDER_PARTIALLY_FILLED : (enum jz_order_status)(1 + roll(4)),
        .lots = any(),
        .cum_lots = any(),
        .leaves_lots = any(),
    };
    if (sent.exec_type == JZ_EXEC_TRADE) {
        sent.last_lots = any();
        sent.last_price = any();
        sent.trade_no = any();
        sent.liquidity = (enum jz_liquidity)(1 + roll(2));
    } else if (sent.exec_type == JZ_EXEC_CANCELED) {
        sent.reason = (enum jz_reason)(1 + roll(3));
    }
    hear(jz_encode_report(block(JZ_ENCODE_REPORT_BYTES_MAX), JZ_ENCODE_REPORT_BYTES_MAX, &sent),
         JZ_MESSAGE_REPORT, NULL);
    const struct jz_report *got = &heard.report;
    assert_same_text(got->client_order_id, sent.client_order_id);
    assert_same_text(got->symbol, sent.symbol);
    assert_true(got->stream_seq == sent.stream_seq && got->seq == sent.seq && got->ts == sent.ts);
    assert_true(got->exec_type == sent.exec_type && got->account == sent.account);
    assert_true(got->order_id == sent.order_id && got->side == sent.side);
    assert_true(got->price == sent.price && got->status == sent.status);
    assert_true(got->lots == sent.lots && got->cum_lots == sent.cum_lots);
    assert_true(got->leaves_lots == sent.leaves_lots && got->last_lots == sent.last_lots);
    assert_true(got->last_price == sent.last_price && got->trade_no == sent.trade_no);
    assert_true(got->liquidity == sent.liquidity && got->reason == sent.reason);
}

static struct jz_feed_message told;

static void hear_feed(size_t bytes, const char *topic)
{
    assert_true(bytes > 0);
    assert_int_equal(jz_message_feed(reader, (struct jz_text){topic, (uint32_t)strlen(topic)}, room,
                                     bytes, &told),
                     JZ_OK);
}

static void pass_trade(void)
{
    const struct jz_trade sent = {
        .symbol = any_text(5, JZ_SYMBOL_MAX),
        .trade_no = any(),
        .price = any(),
        .lots = any(),
        .base_amount = any(),
        .quote_amount = any(),
        .ts = any(),
        .seq = any(),
        .taker_side = only_extremes ? JZ_SIDE_SELL : (enum jz_side)(1 + roll(2)),
    };
    hear_feed(jz_encode_trade(block(JZ_ENCODE_TRADE_BYTES_MAX), JZ_ENCODE_TRADE_BYTES_MAX, &sent),
              "md.trade.A/B");
    const struct jz_trade *got = &told.trade;
    assert_same_text(got->symbol, sent.symbol);
    assert_true(got->trade_no == sent.trade_no && got->price == sent.price);
    assert_true(got->lots == sent.lots && got->base_amount == sent.base_amount);
    assert_true(got->quote_amount == sent.quote_amount && got->ts == sent.ts);
    assert_true(got->seq == sent.seq && got->taker_side == sent.taker_side);
}

static struct jz_levels any_levels(uint32_t most)
{
    const uint32_t bids = only_extremes ? most : roll(most + 1);
    const uint32_t asks = only_extremes ? most : roll(most + 1);
    for (uint32_t i = 0; i < bids + asks; i++) {
        levels[i] = (struct jz_level){any(), any()};
    }
    return (struct jz_levels){levels, levels + bids, bids, asks};
}

static void assert_same_levels(const struct jz_levels *a, const struct jz_levels *b)
{
    assert_int_equal(a->bid_count, b->bid_count);
    assert_int_equal(a->ask_count, b->ask_count);
    assert_true(a->bid_count == 0 ||
                memcmp(a->bids, b->bids, a->bid_count * sizeof(struct jz_level)) == 0);
    assert_true(a->ask_count == 0 ||
                memcmp(a->asks, b->asks, a->ask_count * sizeof(struct jz_level)) == 0);
    assert_int_equal(jz_answer_crc32(a), jz_answer_crc32(b));
}

static size_t room_for(const struct jz_levels *some)
{
    return JZ_ENCODE_BOOK_BYTES_MAX +
           (size_t)(some->bid_count + some->ask_count) * JZ_ENCODE_LEVEL_BYTES_MAX;
}

static void pass_books(uint32_t most)
{
    const struct jz_reply reply = any_reply();
    const struct jz_depth_change change = {
        .symbol = any_text(5, JZ_SYMBOL_MAX),
        .first = any(),
        .last = any(),
        .seq = any(),
        .levels = any_levels(most),
        .crc32 = any_small(),
        .more = only_extremes || roll(2),
    };
    const size_t bytes = room_for(&change.levels);
    hear_feed(jz_encode_depth(block(bytes), bytes, &change), "md.depth.A/B");
    assert_same_text(told.depth.symbol, change.symbol);
    assert_same_levels(&told.depth.levels, &change.levels);
    assert_true(told.depth.first == change.first && told.depth.last == change.last);
    assert_true(told.depth.seq == change.seq && told.depth.crc32 == change.crc32);
    assert_int_equal(told.depth.more, change.more);

    const struct jz_book_answer book = {change.symbol, change.first, change.levels, change.crc32};
    struct jz_book_answer got;
    hear(jz_encode_book(block(bytes), bytes, &reply, &book), JZ_MESSAGE_REPLY, &reply);
    assert_int_equal(jz_message_book(reader, &heard, &got), JZ_OK);
    assert_same_text(got.symbol, book.symbol);
    assert_same_levels(&got.levels, &book.levels);
    assert_true(got.depth_no == book.depth_no && got.crc32 == book.crc32);
}

static void pass_markets(uint32_t count)
{
    static struct jz_market_answer sent[JZ_WIRE_MARKETS_MAX];
    const struct jz_reply reply = any_reply();
    const size_t bytes = JZ_ENCODE_MARKETS_BYTES_MAX + (size_t)count * JZ_ENCODE_MARKET_BYTES_MAX;
    const uint32_t next = any_small();
    struct jz_markets_answer got;
    for (uint32_t i = 0; i < count; i++) {
        sent[i] = (struct jz_market_answer){any_small(),
                                            any_text(5, JZ_SYMBOL_MAX),
                                            any(),
                                            any(),
                                            any(),
                                            any(),
                                            any(),
                                            any(),
                                            any_small(),
                                            any_small(),
                                            JZ_MARKET_CONTINUOUS,
                                            any(),
                                            any(),
                                            any()};
    }
    hear(jz_encode_markets(block(bytes), bytes, &reply, sent, count, next), JZ_MESSAGE_REPLY,
         &reply);
    assert_int_equal(jz_message_markets(reader, &heard, &got), JZ_OK);
    assert_int_equal(got.count, count);
    assert_int_equal(got.next, next);
    for (uint32_t i = 0; i < count; i++) {
        assert_same_text(got.markets[i].symbol, sent[i].symbol);
        struct jz_market_answer copy = got.markets[i];
        copy.symbol = sent[i].symbol; /* the same letters elsewhere */
        assert_int_equal(copy.market, sent[i].market);
        assert_true(copy.base_lot == sent[i].base_lot && copy.quote_unit == sent[i].quote_unit);
        assert_true(copy.tick == sent[i].tick && copy.price_min == sent[i].price_min);
        assert_true(copy.price_max == sent[i].price_max && copy.band == sent[i].band);
        assert_true(copy.min_notional == sent[i].min_notional && copy.state == sent[i].state);
        assert_true(copy.reference == sent[i].reference && copy.depth_no == sent[i].depth_no);
        assert_true(copy.trade_no == sent[i].trade_no && copy.last_price == sent[i].last_price);
    }
}

static void pass_everything(uint32_t most_levels, uint32_t markets)
{
    pass_order();
    pass_numbers();
    pass_hello();
    pass_status();
    pass_refusal();
    pass_report();
    pass_trade();
    pass_books(most_levels);
    pass_markets(markets);
}

static void random_answers_are_read_as_they_were_written(void **state)
{
    (void)state;
    only_extremes = false;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        pass_everything(20, roll(4));
    }
}

static void the_largest_answers_fit_their_bounds(void **state)
{
    (void)state;
    only_extremes = true;
    pass_everything(JZ_WIRE_LEVELS_MAX, JZ_WIRE_MARKETS_MAX);
    only_extremes = false;
    assert_true(JZ_ENCODE_BOOK_BYTES_MAX +
                    2 * JZ_WIRE_LEVELS_MAX * (size_t)JZ_ENCODE_LEVEL_BYTES_MAX <=
                JZ_WIRE_MESSAGE_BYTES_MAX);
    assert_true(JZ_ENCODE_MARKETS_BYTES_MAX +
                    JZ_WIRE_MARKETS_MAX * (size_t)JZ_ENCODE_MARKET_BYTES_MAX <=
                JZ_WIRE_MESSAGE_BYTES_MAX);
}

static void one_byte_less_than_the_bound_is_refused(void **state)
{
    (void)state;
    uint8_t out[1024];
    const struct jz_reply reply = {.nonce = 1, .seq = 1};
    const struct jz_order_answer order = {.order_id = 1, .status = JZ_ORDER_NEW};
    const struct jz_refusal refusal = {.result = JZ_RESULT_BUSY};
    const struct jz_book_answer book = {.symbol = {"A/B", 3}, .levels = {.bid_count = 1}};
    const struct jz_trade trade = {.symbol = {"A/B", 3}, .taker_side = JZ_SIDE_BUY};
    const struct jz_report report = {.exec_type = JZ_EXEC_DONE};
    const size_t less = JZ_ENCODE_REPLY_BYTES_MAX - 1;
    assert_int_equal(jz_encode_order(out, less, &reply, &order), 0);
    assert_int_equal(jz_encode_amount(out, less, &reply, 1), 0);
    assert_int_equal(jz_encode_id(out, less, &reply, 1), 0);
    assert_int_equal(jz_encode_hello(out, less, &reply, &(struct jz_hello_answer){1, 1, 1, 1}), 0);
    assert_int_equal(jz_encode_status(out, less, &reply, &(struct jz_status_answer){.ts = 1}), 0);
    assert_int_equal(jz_encode_refusal(out, less, &reply, &refusal), 0);
    assert_int_equal(jz_encode_report(out, JZ_ENCODE_REPORT_BYTES_MAX - 1, &report), 0);
    assert_int_equal(jz_encode_trade(out, JZ_ENCODE_TRADE_BYTES_MAX - 1, &trade), 0);
    assert_int_equal(jz_encode_book(out, JZ_ENCODE_BOOK_BYTES_MAX + JZ_ENCODE_LEVEL_BYTES_MAX - 1,
                                    &reply, &book),
                     0);
    assert_int_equal(jz_encode_markets(out, JZ_ENCODE_MARKETS_BYTES_MAX - 1, &reply, NULL, 0, 0),
                     0);
}

static void maps_for_one_peer_travel_as_an_array(void **state)
{
    (void)state;
    uint8_t out[4096];
    const struct jz_refusal busy = {.result = JZ_RESULT_BUSY, .retry_after_ms = 5};
    size_t bytes = JZ_ENCODE_ARRAY_BYTES;
    for (uint64_t nonce = 1; nonce <= 3; nonce++) {
        const struct jz_reply reply = {.nonce = nonce};
        bytes += jz_encode_refusal(out + bytes, sizeof(out) - bytes, &reply, &busy);
    }
    jz_encode_array(out, 3);
    assert_int_equal(jz_message_open(reader, out, bytes), JZ_OK);
    for (uint64_t nonce = 1; nonce <= 3; nonce++) {
        assert_int_equal(jz_message_next(reader, &heard), JZ_OK);
        assert_int_equal(heard.reply.nonce, nonce);
        assert_int_equal(heard.refusal.result, JZ_RESULT_BUSY);
    }
    assert_int_equal(jz_message_next(reader, &heard), JZ_EAGAIN);
}

static void the_checksum_covers_the_best_ten_levels_of_each_side(void **state)
{
    (void)state;
    struct jz_level bids[11];
    struct jz_level asks[11];
    for (uint32_t i = 0; i < 11; i++) {
        bids[i] = (struct jz_level){100 - i, 5 + i};
        asks[i] = (struct jz_level){101 + i, 7 + i};
    }
    const struct jz_levels ten = {bids, asks, 10, 10};
    const struct jz_levels eleven = {bids, asks, 11, 11};
    const struct jz_levels only_asks = {NULL, asks, 0, 1};
    const struct jz_levels none = {NULL, NULL, 0, 0};
    assert_int_equal(jz_answer_crc32(&ten), jz_answer_crc32(&eleven));
    assert_int_equal(jz_answer_crc32(&none), 0);
    /* zlib.crc32(struct.pack('<QQ', 101, 7)) */
    assert_int_equal(jz_answer_crc32(&only_asks), 0xA56612DD);
    const uint32_t before = jz_answer_crc32(&ten);
    asks[9].lots++;
    assert_int_not_equal(jz_answer_crc32(&ten), before);
}

static int begin(void **state)
{
    (void)state;
    return jz_message_reader_create(&reader);
}

static int end(void **state)
{
    (void)state;
    free(room);
    jz_message_reader_destroy(reader);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_answers_are_read_as_they_were_written),
        cmocka_unit_test(the_largest_answers_fit_their_bounds),
        cmocka_unit_test(one_byte_less_than_the_bound_is_refused),
        cmocka_unit_test(maps_for_one_peer_travel_as_an_array),
        cmocka_unit_test(the_checksum_covers_the_best_ten_levels_of_each_side),
    };
    random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    (void)fprintf(stderr, "seed %" PRIu64 "\n", random_state);
    return cmocka_run_group_tests(tests, begin, end);
}
