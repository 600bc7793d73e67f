/* trader.c - callbacks that remember, and waits that end. */
#include "tests/support/trader.h"

#include "engine/base/clock.h"
#include "tests/support/cmocka.h"

#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

static void hear_answer(void *context, const struct jz_answer *answer)
{
    struct trader *trader = context;
    assert_true(trader->answer_count < TRADER_ANSWERS);
    trader->answers[trader->answer_count++] = *answer;
    trader->duplicate_count += answer->duplicate ? 1 : 0;
    trader->inside_poll_status = jz_client_poll(trader->client, 0);
}

static void hear_report(void *context, const struct jz_execution *report)
{
    struct trader *trader = context;
    assert_true(trader->report_count < TRADER_REPORTS);
    trader->reports[trader->report_count++] = *report;
}

static void hear_trade(void *context, const struct jz_feed_trade *trade)
{
    struct trader *trader = context;
    assert_true(trader->trade_count < TRADER_TRADES);
    trader->trades[trader->trade_count++] = *trade;
}

static void hear_book(void *context, const struct jz_mirror_news *news)
{
    struct trader *trader = context;
    switch (news->news) {
    case JZ_MIRROR_CHANGED:
        trader->changed_count++;
        break;
    case JZ_MIRROR_LOST:
        trader->lost_count++;
        break;
    case JZ_MIRROR_TAKEN:
        trader->taken_count++;
        break;
    }
}

static void hear_connection(void *context, const struct jz_connection *connection)
{
    struct trader *trader = context;
    trader->connection = *connection;
    trader->up_count += connection->state == JZ_CONNECTION_UP ? 1 : 0;
    trader->down_count += connection->state == JZ_CONNECTION_DOWN ? 1 : 0;
    trader->refused_count += connection->state == JZ_CONNECTION_REFUSED ? 1 : 0;
}

void trader_open(struct trader *trader, const struct jz_daemon *daemon, struct trader_wish wish)
{
    static const struct jz_account_id accounts[] = {{TRADER_BUYER}, {TRADER_SELLER}};
    memset(trader, 0, sizeof(*trader));
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options),
        .window = wish.window,
        .requests = daemon->requests,
        .feed = daemon->feed,
        .accounts = wish.reports ? accounts : NULL,
        .account_count = wish.reports ? 2 : 0,
        .lane = wish.lane,
        .lane_wanted = wish.has_lane,
        .ordered = wish.ordered,
        .patience_ms = wish.patience_ms == 0 ? TRADER_WAIT_MS : wish.patience_ms,
        .silence_ms = wish.silence_ms,
        .context = trader,
        .on_answer = hear_answer,
        .on_report = hear_report,
        .on_trade = hear_trade,
        .on_book = hear_book,
        .on_connection = hear_connection,
    };
    assert_int_equal(jz_client_create(&options, &trader->client), JZ_OK);
    if (wish.patience_ms == 0) {
        assert_int_equal(jz_client_connect(trader->client), JZ_OK);
    }
}

void trader_close(struct trader *trader)
{
    jz_client_destroy(trader->client);
    trader->client = NULL;
}

struct jz_answer trader_calls(struct trader *trader, struct jz_command command)
{
    struct jz_answer answer;
    assert_int_equal(jz_client_call(trader->client, &command, &answer), JZ_OK);
    return answer;
}

/* A command that must be done. */
static void carries_out(struct trader *trader, struct jz_command command)
{
    const struct jz_answer answer = trader_calls(trader, command);
    assert_string_equal(jz_result_text((int)answer.result), jz_result_text(JZ_RESULT_DONE));
}

static void gives(struct trader *trader, uint32_t account, const char *currency, const char *id)
{
    struct jz_command command = mints(account, 1000000, id);
    command.credit.currency = currency;
    carries_out(trader, command);
}

void trader_sets_up(struct trader *trader)
{
    carries_out(trader, (struct jz_command){.kind = JZ_COMMAND_PUT_CURRENCY,
                                            .currency = {.code = "BEANS"}});
    carries_out(trader, (struct jz_command){.kind = JZ_COMMAND_PUT_CURRENCY,
                                            .currency = {.code = "MILES", .scale = 2}});
    carries_out(trader, (struct jz_command){.kind = JZ_COMMAND_PUT_MARKET,
                                            .market = {.base = "BEANS",
                                                       .quote = "MILES",
                                                       .lot_points = 1,
                                                       .quote_unit_points = 1}});
    carries_out(trader,
                (struct jz_command){.kind = JZ_COMMAND_PUT_ACCOUNT, .account = {TRADER_BUYER}});
    carries_out(trader, (struct jz_command){.kind = JZ_COMMAND_PUT_ACCOUNT,
                                            .account = {TRADER_SELLER},
                                            .role = JZ_ROLE_MARKET_MAKER});
    gives(trader, TRADER_BUYER, "BEANS", "a");
    gives(trader, TRADER_BUYER, "MILES", "b");
    gives(trader, TRADER_SELLER, "BEANS", "c");
    gives(trader, TRADER_SELLER, "MILES", "d");
}

static void polls(struct trader *trader, uint64_t end_ns)
{
    assert_true(jz_clock_monotonic_ns() < end_ns);
    assert_true(jz_client_poll(trader->client, 50) >= 0);
}

static uint64_t end_of_waiting_ns(void)
{
    return jz_clock_monotonic_ns() + TRADER_WAIT_MS * NS_PER_MS;
}

uint64_t trader_submits(struct trader *trader, struct jz_command command, uint64_t tag)
{
    const uint64_t end_ns = end_of_waiting_ns();
    uint64_t nonce = 0;
    int status = jz_client_submit(trader->client, &command, tag, &nonce);
    while (status == JZ_EAGAIN) {
        polls(trader, end_ns);
        status = jz_client_submit(trader->client, &command, tag, &nonce);
    }
    assert_int_equal(status, JZ_OK);
    return nonce;
}

void trader_hears_answers(struct trader *trader, uint32_t answer_count)
{
    const uint64_t end_ns = end_of_waiting_ns();
    while (trader->answer_count < answer_count) {
        polls(trader, end_ns);
    }
}

void trader_hears_books(struct trader *trader, uint32_t taken_count)
{
    const uint64_t end_ns = end_of_waiting_ns();
    while (trader->taken_count < taken_count) {
        polls(trader, end_ns);
    }
}

void trader_listens(struct trader *trader, int for_ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (uint64_t)for_ms * NS_PER_MS;
    while (jz_clock_monotonic_ns() < end_ns) {
        assert_true(jz_client_poll(trader->client, 10) >= 0);
    }
}

struct jz_exchange_status trader_asks_status(struct trader *trader, bool digest)
{
    struct jz_exchange_status status;
    enum jz_result result;
    assert_int_equal(jz_client_get_status(trader->client, digest, &status, &result), JZ_OK);
    assert_int_equal(result, JZ_RESULT_DONE);
    return status;
}

struct jz_command buys(uint64_t lots, uint64_t price, const char *client_id)
{
    return (struct jz_command){.kind = JZ_COMMAND_PLACE_ORDER,
                               .account = {TRADER_BUYER},
                               .place = {.symbol = TRADER_SYMBOL,
                                         .client_id = client_id,
                                         .lots = lots,
                                         .price = price,
                                         .side = JZ_SIDE_BUY}};
}

struct jz_command sells(uint64_t lots, uint64_t price, const char *client_id)
{
    struct jz_command command = buys(lots, price, client_id);
    command.account.value = TRADER_SELLER;
    command.place.side = JZ_SIDE_SELL;
    return command;
}

struct jz_command cancels(uint32_t account, const char *client_id)
{
    return (struct jz_command){
        .kind = JZ_COMMAND_CANCEL_ORDER, .account = {account}, .change = {.client_id = client_id}};
}

struct jz_command mints(uint32_t account, uint64_t amount, const char *source_id)
{
    return (struct jz_command){
        .kind = JZ_COMMAND_MINT,
        .account = {account},
        .credit = {.currency = "BEANS", .source_id = source_id, .amount_points = amount}};
}
