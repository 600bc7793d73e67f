/* flow_core.h - an order flow as commands for the core, and what the core makes of it.
 *
 * Two currencies and one market with lot 1, quote unit 1 and tick 100; as many accounts a side as
 * asked for, buyers and sellers apart, so that nobody meets an own order. An order belongs to
 * account mix(id) of its side: cancels and replaces find it again without a table.
 *
 *     A  place GTC   T  place IOC   C  cancel   R, F  replace or cancel   all by client id
 */
#ifndef JZ_BENCH_FLOW_CORE_H
#define JZ_BENCH_FLOW_CORE_H

#include "clients/cli/flow.h"
#include "engine/core/core.h"
#include "jiaozi/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_FLOW_CORE_EVENTS 4096u

struct jz_flow_core_options {
    uint32_t accounts; /* a side, at least 1 */
    uint32_t orders;   /* capacity: orders that can rest at once */
};

/* A command as the core takes it. */
struct jz_flow_core_command {
    struct jz_record record;
    union {
        struct jz_genesis genesis;
        struct jz_put_currency put_currency;
        struct jz_put_account put_account;
        struct jz_put_market put_market;
        struct jz_mint mint;
        struct jz_place_order place;
        struct jz_cancel_order cancel;
        struct jz_replace_order replace;
    };
};

struct jz_flow_core {
    struct jz_events events;                   /* first: its turn finds the rest */
    struct jz_event room[JZ_FLOW_CORE_EVENTS]; /* of the last command */
    uint64_t events_taken; /* of earlier rooms: written over while a command had too many */
    struct jz_flow_core_options options;
    void *range;
    size_t range_bytes;
    struct jz_core *core;
    struct jz_market_id market;
    uint64_t sequence; /* of the last command */
    uint64_t nonce;
    uint64_t commands; /* steps played */
    uint64_t takers;
    uint64_t fills;
    uint64_t books;     /* rows compared */
    char mismatch[256]; /* the first one; "" if none */
};

/* A core with its currencies, its market and funded accounts. JZ_ENOMEM. */
JZ_MUST_USE int jz_flow_core_start(struct jz_flow_core *replay,
                                   const struct jz_flow_core_options *options);

/* The next command of the flow, numbered and stamped to be applied next. */
void jz_flow_core_translate(struct jz_flow_core *replay, const struct jz_flow_command *command,
                            struct jz_flow_core_command *translated);

/* Applies a translated command. Its events are in room, up to events.next. */
void jz_flow_core_apply(struct jz_flow_core *replay, const struct jz_flow_core_command *command);

/* Translates, applies and compares a step: done, fill for fill, and the book after the row. False
 * at the first difference, which `mismatch` then tells. */
bool jz_flow_core_step(struct jz_flow_core *replay, const struct jz_flow_step *step);

void jz_flow_core_stop(struct jz_flow_core *replay);

#endif /* JZ_BENCH_FLOW_CORE_H */
