/* core_street.h - a street for tests of the core: Ana, Bo and Cy, who swap BEANS for MILES.
 *
 * The market is BEANS/MILES, 10 BEANS a lot, a price is MILES per lot, every price from 1 to 1,000
 * is allowed. Everybody owns 10,000 of both unless a test says otherwise.
 */
#ifndef JZ_TESTS_CORE_STREET_H
#define JZ_TESTS_CORE_STREET_H

#include "tests/support/core_desk.h"

enum { ANA = 16, BO = 17, CY = 18 };
enum { BEANS = 1, MILES = 2, STARS = 3 };
enum { MARKET = 1 };
enum { LOT = 10, PRICE_MAX = 1000, PURSE = 10000 };

/* One order in few words; tif 0 is GTC. */
struct wish {
    uint32_t account;
    uint8_t side;
    uint64_t lots;
    uint64_t price;
    const char *client_id; /* NULL: none */
    uint8_t tif;
};

/* Lists BEANS, MILES, STARS, opens the accounts and the market; nobody owns anything yet. */
void street_open(struct desk *desk, const struct jz_genesis *genesis);

/* The same, and everybody gets their purse. */
void street_open_rich(struct desk *desk);

/* Commands with only what matters; each returns the RESULT. */
const struct jz_event_result *street_mint(struct desk *desk, uint32_t account, uint32_t currency,
                                          uint64_t points);
const struct jz_event_result *street_place(struct desk *desk, struct wish wish);
const struct jz_event_result *street_cancel(struct desk *desk, uint32_t account, uint64_t order);
const struct jz_event_result *street_replace(struct desk *desk, uint32_t account, uint64_t order,
                                             uint64_t lots, uint64_t price);

/* Their bodies, for tests that change a field. */
struct jz_mint street_mint_body(uint32_t account, uint32_t currency, uint64_t points,
                                const char *source_id);
struct jz_place_order street_place_body(struct wish wish);
struct jz_put_market street_market_body(uint32_t base, uint32_t quote);
struct jz_put_currency street_currency_body(const char *code);

/* Places an order that must be accepted and returns its id. */
uint64_t street_order(struct desk *desk, struct wish wish);

void street_expect(const struct jz_event_result *result, enum jz_result wanted);
void street_expect_fault(const struct jz_event_result *result, enum jz_field wanted);

/* available/held_orders of a balance must be these. */
void street_expect_balance(const struct desk *desk, uint32_t account, uint32_t currency,
                           uint64_t available_points, uint64_t held_points);

/* A side of the market, as "lots@price lots@price", best first. */
void street_expect_book(const struct desk *desk, uint8_t side, const char *wanted);

#endif /* JZ_TESTS_CORE_STREET_H */
