/* result.h - what became of a command: done, or every way in which the exchange says no.
 *
 * A refusal is no fault: it is an answer with a stable code. The lines stand in the order of the
 * checks: the first that applies is the answer, so a refusal never depends on how code happens to
 * be arranged. Values are for ever; a new check goes to its line with the next free value. One code
 * has two places: a nonce is compared before anything else is looked at, a source id (also
 * ID_REUSED) only once the fields are known to be sound, next to STALE_CHECK.
 */
#ifndef JZ_RESULT_H
#define JZ_RESULT_H

#include "jiaozi/version.h"

#include <stdbool.h>

/* X(value, NAME, wire code, scenario word, sequenced, retry, text).
 *
 * sequenced: 'N' refused before it had a number, nothing was used up; 'Y' an answer of the core,
 * with its seq; 'B' either. retry: 'F' final, do not repeat unchanged; 'T' repeat later, with the
 * same nonce if the answer has no seq, with a new one if it has; 'Q' ask first. */
#define JZ_RESULT_MAP(X)                                                                           \
    X(1, DONE, "", "", 'Y', 'F', "done")                                                           \
    X(2, MALFORMED, "MALFORMED", "", 'N', 'F', "the message cannot be decoded")                    \
    X(3, BUSY, "BUSY", "", 'N', 'T', "no room at the moment; send the same again a little later")  \
    X(4, STORAGE_FULL, "STORAGE_FULL", "", 'N', 'T',                                               \
      "the disk is nearly full; cancels still work, new orders do not")                            \
    X(10, FORBIDDEN, "FORBIDDEN", "", 'B', 'F', "the key may not do this; say hello first")        \
    X(6, NONCE, "NONCE", "", 'Y', 'F',                                                             \
      "the nonce lies below the window; ask hello for the highest")                                \
    X(7, ID_REUSED, "ID_REUSED", "", 'Y', 'F', "this nonce or id was used with other content")     \
    X(5, INVALID_PARAM, "INVALID_PARAM", "", 'B', 'F',                                             \
      "a field is missing, unknown or out of range; see field")                                    \
    X(8, STALE_CHECK, "STALE_CHECK", "", 'Y', 'T', "the look-up of the source id is too old")      \
    X(9, TIMESTAMP, "TIMESTAMP", "TIME", 'B', 'F', "the time lies before the last command")        \
    X(11, UNKNOWN, "UNKNOWN", "UNKNOWN", 'B', 'F', "no such account, currency or live order")      \
    X(12, DUP_ID, "DUP_ID", "DUP_ID", 'Y', 'F', "a live order of the account has this client id")  \
    X(13, UNKNOWN_MARKET, "UNKNOWN_MARKET", "PAIR", 'B', 'F', "no such market")                    \
    X(14, CONFLICT, "CONFLICT", "", 'Y', 'F', "it exists already with other content")              \
    X(15, QTY, "QTY", "QTY", 'Y', 'F', "the size is 0 or too large")                               \
    X(16, PRICE, "PRICE", "PRICE", 'Y', 'F', "the price is off the tick or outside the range")     \
    X(17, BAND, "BAND", "BAND", 'Y', 'F', "the price is too far from the reference")               \
    X(18, OVERFLOW, "OVERFLOW", "OVERFLOW", 'Y', 'F', "size times price is 2^62 or more")          \
    X(19, MIN_NOTIONAL, "MIN_NOTIONAL", "MIN_NOTIONAL", 'Y', 'F',                                  \
      "size times price is below the least of the market")                                         \
    X(20, SUPPLY_CAP, "SUPPLY_CAP", "", 'Y', 'F', "more than the currency may ever have out")      \
    X(21, CAPACITY, "CAPACITY", "", 'Y', 'T', "a table of the exchange is full; nothing was done") \
    X(22, FUNDS, "FUNDS", "FUNDS", 'Y', 'F', "not enough available points")

enum jz_result {
#define X(value, name, wire, scenario, sequenced, retry, text) JZ_RESULT_##name = (value),
    JZ_RESULT_MAP(X)
#undef X
};

/* X(value, NAME, word): the field of a request that is at fault, as the wire names it. */
#define JZ_FIELD_MAP(X)                                                                            \
    X(1, V, "v")                                                                                   \
    X(2, OP, "op")                                                                                 \
    X(3, NONCE, "nonce")                                                                           \
    X(4, REF, "ref")                                                                               \
    X(5, ACCOUNT, "account")                                                                       \
    X(6, ACCOUNTS, "accounts")                                                                     \
    X(7, LANE, "lane")                                                                             \
    X(8, ORDERED, "ordered")                                                                       \
    X(9, SYMBOL, "symbol")                                                                         \
    X(10, SIDE, "side")                                                                            \
    X(11, TYPE, "type")                                                                            \
    X(12, LOTS, "lots")                                                                            \
    X(13, PRICE, "price")                                                                          \
    X(14, TIME_IN_FORCE, "time_in_force")                                                          \
    X(15, STP_MODE, "stp_mode")                                                                    \
    X(16, CLIENT_ORDER_ID, "client_order_id")                                                      \
    X(17, ORDER_ID, "order_id")                                                                    \
    X(18, CURRENCY, "currency")                                                                    \
    X(19, AMOUNT, "amount")                                                                        \
    X(20, SOURCE_ID, "source_id")                                                                  \
    X(21, CODE, "code")                                                                            \
    X(22, MERCHANT, "merchant")                                                                    \
    X(23, SCALE, "scale")                                                                          \
    X(24, SUPPLY_CAP, "supply_cap")                                                                \
    X(25, ROLE, "role")                                                                            \
    X(26, BASE, "base")                                                                            \
    X(27, QUOTE, "quote")                                                                          \
    X(28, BASE_LOT, "base_lot")                                                                    \
    X(29, QUOTE_UNIT, "quote_unit")                                                                \
    X(30, TICK, "tick")                                                                            \
    X(31, PRICE_MIN, "price_min")                                                                  \
    X(32, PRICE_MAX, "price_max")                                                                  \
    X(33, MIN_NOTIONAL, "min_notional")                                                            \
    X(34, BAND, "band")                                                                            \
    X(35, REFERENCE, "reference")                                                                  \
    X(36, DEPTH, "depth")                                                                          \
    X(37, DIGEST, "digest")                                                                        \
    X(38, CAPACITIES, "capacities")                                                                \
    X(39, RULES, "rules")                                                                          \
    X(40, FROM, "from")

enum jz_field {
#define X(value, name, word) JZ_FIELD_##name = (value),
    JZ_FIELD_MAP(X)
#undef X
};

#ifdef __cplusplus
extern "C" {
#endif

/* The code on the wire, "" for DONE, "?" for a value of a newer version. Static text; any thread.
 */
JZ_API const char *jz_result_wire(int result);

/* The word of scenario files, "" where there is none. Static text; any thread. */
JZ_API const char *jz_result_scenario(int result);

/* One sentence for people. Static text; any thread. */
JZ_API const char *jz_result_text(int result);

/* 'F', 'T' or 'Q' as in the table; 'Q' for a value of a newer version. Any thread. */
JZ_API char jz_result_retry(int result);

/* The result whose wire code is the text, 0 if none is. Any thread. */
JZ_API int jz_result_from_wire(const char *wire);

/* The word of a field on the wire, "" for 0 and for a value of a newer version. Any thread. */
JZ_API const char *jz_field_word(int field);

#ifdef __cplusplus
}
#endif

#endif /* JZ_RESULT_H */
