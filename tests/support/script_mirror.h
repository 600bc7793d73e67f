/* script_mirror.h - the exchange as a reader of its events sees it.
 *
 * Events claim to say everything that changed, with what stands afterwards. The mirror knows
 * nothing but events; after each command it must stand where the core stands: balances, counters,
 * displayed levels, open and executed lots of every order, and the numbers of trades, depth changes
 * and reports without a gap.
 *
 * Accounts and currencies are addressed by their ids, which are dense in a scenario.
 */
#ifndef JZ_TESTS_SCRIPT_MIRROR_H
#define JZ_TESTS_SCRIPT_MIRROR_H

#include "engine/core/core.h"
#include "jiaozi/event.h"

#include <stdint.h>

struct jz_script_mirror_balance {
    uint64_t available_points;
    uint64_t held_points;
};

struct jz_script_mirror_order {
    uint64_t id;
    uint32_t account;
    bool is_live;
    uint64_t open_lots;
    uint64_t cum_lots;
};

struct jz_script_mirror_market {
    uint64_t depth_no;
    uint64_t trade_no;
    uint32_t state;
    struct jz_depth_level *levels; /* of both sides, in no order, none with 0 lots */
    uint32_t level_count;
    uint32_t level_room;
};

struct jz_script_mirror {
    uint32_t account_count; /* 1 more than the highest id, as for the next two */
    uint32_t currency_count;
    uint32_t market_count;
    uint32_t order_count;                      /* 1 more than the highest slot */
    struct jz_script_mirror_balance *balances; /* account by account */
    uint64_t *issued_points;                   /* by currency */
    uint64_t *stream_seqs;                     /* by account */
    struct jz_script_mirror_market *markets;
    struct jz_script_mirror_order *orders; /* by slot */
    struct jz_event_trade last_trade;      /* whose two reports are still to come */
    uint32_t reports_due;
};

/* A mirror of an exchange of this genesis that has seen nothing. */
void jz_script_mirror_init(struct jz_script_mirror *mirror, const struct jz_genesis *genesis);

/* Takes in one event. NULL, or what about it contradicts the events before. Static text. */
const char *jz_script_mirror_apply(struct jz_script_mirror *mirror, const struct jz_event *event);

/* NULL, or where the core stands elsewhere than the mirror. Call after the last event of a command.
 */
const char *jz_script_mirror_compare(const struct jz_script_mirror *mirror,
                                     const struct jz_core *core);

void jz_script_mirror_deinit(struct jz_script_mirror *mirror);

#endif /* JZ_TESTS_SCRIPT_MIRROR_H */
