/* core.h - the exchange as one pure function: a command in, its events out.
 *
 * No clock, no allocation, no I/O, no log, no float, no thread, and no pointer inside the state:
 * the state is one range of memory that the caller reserves, and everything in it refers by index.
 * Time, day, identity and every setting come inside commands, so the same commands in the same
 * order give the same events and the same state, byte for byte, on any machine.
 *
 *     range | head | lanes, nonces | accounts, balances | markets, levels, orders | indexes
 *
 * Threads: one at a time. Memory: the caller's, zeroed, page-aligned, until it stops using the
 * core.
 */
#ifndef JZ_CORE_CORE_H
#define JZ_CORE_CORE_H

#include "engine/core/events.h"
#include "jiaozi/command.h"
#include "jiaozi/event.h"
#include "jiaozi/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jz_core;

/* First field at fault if the genesis is not acceptable (a capacity of 0 or above its limit in
 * engine/base/limits.h, fewer accounts than JZ_ACCOUNT_FIRST, a window that is no power of two,
 * unknown rules), else 0. */
int jz_core_check_genesis(const struct jz_genesis *genesis);

/* Length of the range that a core of this genesis needs. The genesis must be acceptable. */
size_t jz_core_range_bytes(const struct jz_genesis *genesis);

/* Makes a core at the start of a range of jz_core_range_bytes(genesis) zeroed bytes. It holds
 * nothing yet: the first command to apply must be this same genesis. Touches only the pages of
 * small tables; the large ones cost memory as they are used. */
struct jz_core *jz_core_init(void *range, const struct jz_genesis *genesis);

/* Applies one command and adds its events, the last of them a RESULT. record is a header with its
 * body, checked for nothing but its length: whatever else is wrong with it is a result. The caller
 * gives consecutive sequences from 1, and time and day that do not go back (but for a tick, which
 * is answered TIMESTAMP).
 */
void jz_core_apply(struct jz_core *core, const struct jz_record *record, struct jz_events *events);

/* Touches memory that the core will use next, so that apply meets no page fault on first use.
 * Returns true if there is more to do. For idle moments of the engine thread. */
bool jz_core_touch_ahead(struct jz_core *core);

/* Sequence of the last command applied, 0 before genesis; its time and day. */
uint64_t jz_core_sequence(const struct jz_core *core);
uint64_t jz_core_time_ns(const struct jz_core *core);
uint32_t jz_core_day(const struct jz_core *core);

/* The genesis that the core was made with. Lives as long as the range. */
const struct jz_genesis *jz_core_genesis(const struct jz_core *core);

/* Fingerprint of the whole state: equal after equal journals. Walks all used memory. */
struct jz_digest jz_core_digest(const struct jz_core *core);

/* Fingerprint of what members own and see: currencies with issued and burned, balances, markets
 * with their state, orders per side in price-time order (account, client id, price, open,
 * displayed), trade_no and depth_no. Leaves out sequences, times, engine ids, stream numbers and
 * nonce windows: equal after runs of the same requests. */
struct jz_digest jz_core_content_digest(const struct jz_core *core);

/* Orders resting now. */
uint64_t jz_core_live_orders(const struct jz_core *core);

/* The picture for an attaching gateway, told in slices between commands. A walk starts zeroed. */
struct jz_core_walk {
    uint32_t stage; /* 0: not begun */
    uint32_t index; /* object of the stage */
    uint32_t side;  /* of the market under way, 0: its own events come next */
    uint32_t price; /* last level told of this side, 0: none yet */
};

/* Adds the next slice of the picture, at most events_max events (at least 8): CURRENCY, ACCOUNT,
 * MARKET (both parts) and then the DEPTH of its levels, and the LANEs of key 1. Commands may come
 * between two slices: levels are walked by price and told as they stand, so a reader that takes
 * slices and events in the order in which they were written has the right picture in the end.
 * Returns false after adding PICTURE_END. */
bool jz_core_picture(const struct jz_core *core, struct jz_core_walk *walk, uint32_t events_max,
                     struct jz_events *events);

/* All invariants of the state by walking it: sums per currency, holds against open orders, list and
 * index structure, no crossed book. Stops the process at the first that does not hold. Slow. */
void jz_core_verify(const struct jz_core *core);

/* Looks for tests, the scenario runner and audits; no command needs them. */
struct jz_balance_view {
    uint64_t available_points;
    uint64_t held_orders_points;
    uint64_t held_other_points;
    uint64_t pending_points;
};

struct jz_order_view {
    struct jz_order_id order;
    struct jz_account_id account;
    struct jz_market_id market;
    uint32_t price;
    uint8_t side;
    uint64_t open_lots;
    uint64_t displayed_lots;
    uint64_t cum_lots;
    char client_id[JZ_CLIENT_ID_BYTES];
};

/* Zeros for a pair never used. */
struct jz_balance_view jz_core_balance(const struct jz_core *core, struct jz_account_id account,
                                       struct jz_currency_id currency);

/* issued - burned of a currency, 0 for an unknown one. */
uint64_t jz_core_outstanding(const struct jz_core *core, struct jz_currency_id currency);

/* False if no such order is live. */
bool jz_core_find_order(const struct jz_core *core, struct jz_order_id order,
                        struct jz_order_view *view);

/* The live order of the account with this client id; false if there is none. */
bool jz_core_find_client_order(const struct jz_core *core, struct jz_account_id account,
                               const char client_id[JZ_CLIENT_ID_BYTES],
                               struct jz_order_view *view);

/* The best levels of one side, best first, with their displayed lots; returns how many were
 * written, at most levels_max. */
uint32_t jz_core_depth(const struct jz_core *core, struct jz_market_id market, uint8_t side,
                       struct jz_depth_level *levels, uint32_t levels_max);

#endif /* JZ_CORE_CORE_H */
