/* trader.h - somebody who trades through libjiaozi, with a memory of all that the client told.
 *
 * The verbs fail the test at once when something does not happen; what they return is what came of
 * it. Every trader has a connection and a lane of its own.
 */
#ifndef JZ_TESTS_TRADER_H
#define JZ_TESTS_TRADER_H

#include "jiaozi/jiaozi.h"
#include "tests/support/daemon.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TRADER_ANSWERS = 8192,
    TRADER_REPORTS = 8192,
    TRADER_TRADES = 256,
    TRADER_WAIT_MS = 20000, /* for anything that must come */
    TRADER_BUYER = 101,
    TRADER_SELLER = 102,
};

#define TRADER_SYMBOL "BEANS/MILES"

struct trader {
    struct jz_client *client;
    uint32_t answer_count;
    uint32_t duplicate_count;
    uint32_t report_count;
    uint32_t trade_count;
    uint32_t up_count; /* connections that came up */
    uint32_t down_count;
    uint32_t refused_count; /* times that hello was refused */
    uint32_t changed_count; /* news of followed books */
    uint32_t lost_count;
    uint32_t taken_count;
    struct jz_connection connection; /* as told last */
    struct jz_answer answers[TRADER_ANSWERS];
    struct jz_execution reports[TRADER_REPORTS];
    struct jz_feed_trade trades[TRADER_TRADES];
    int inside_poll_status; /* of a poll that a callback tried */
};

/* What a trader may ask for; zero is what most of them need. */
struct trader_wish {
    uint32_t window;
    bool ordered;
    bool reports; /* of buyer and seller */
    bool has_lane;
    uint32_t lane;
    uint32_t patience_ms;
    uint32_t silence_ms;
};

void trader_open(struct trader *trader, const struct jz_daemon *daemon, struct trader_wish wish);
void trader_close(struct trader *trader);

/* Lists BEANS, MILES and the market (lot 1, quote unit 1, tick 1), opens buyer and seller and gives
 * each a million of both. */
void trader_sets_up(struct trader *trader);

/* A command sent and waited for. */
struct jz_answer trader_calls(struct trader *trader, struct jz_command command);

/* A command sent, waiting only for room; returns its nonce. Tags count from 0. */
uint64_t trader_submits(struct trader *trader, struct jz_command command, uint64_t tag);

/* Polls until so many answers, or so many taken books, have come. */
void trader_hears_answers(struct trader *trader, uint32_t answer_count);
void trader_hears_books(struct trader *trader, uint32_t taken_count);

/* Polls for so long, whatever comes. */
void trader_listens(struct trader *trader, int for_ms);

struct jz_exchange_status trader_asks_status(struct trader *trader, bool digest);

struct jz_command buys(uint64_t lots, uint64_t price, const char *client_id);
struct jz_command sells(uint64_t lots, uint64_t price, const char *client_id);
struct jz_command cancels(uint32_t account, const char *client_id);
struct jz_command mints(uint32_t account, uint64_t amount, const char *source_id);

#endif /* JZ_TESTS_TRADER_H */
