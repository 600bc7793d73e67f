/* script_core.h - a core of its own for one scenario, and the translation between the two.
 *
 * A scenario speaks of names, ids and days; the core of numbers, sequences and nanoseconds:
 *
 *     Ana, Bo            accounts 16, 17, ... in byte order of all names of the scenario
 *     BEANS, MILES       currencies 1, 2, ... in byte order
 *     order 7            client id "7", and the order id that the core gave it
 *     T 3                a tick with day 3 and the time 3 x 86,400 x 10^9 ns
 *
 * All commands go through jz_core_apply, each with the next nonce of lane 0; cancels and replaces
 * name their order by order id and by client id in turn. After each command the events are held
 * against the core (script_mirror.h), the core against itself (jz_core_verify), and the sum of each
 * currency against its deposits.
 */
#ifndef JZ_TESTS_SCRIPT_CORE_H
#define JZ_TESTS_SCRIPT_CORE_H

#include "engine/core/core.h"
#include "tests/support/script.h"
#include "tests/support/script_mirror.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines of text, one behind the other, each with its NUL. */
struct jz_script_found {
    char *text;
    size_t used; /* bytes */
    size_t room;
    uint32_t count; /* lines */
};

/* What became of an id of the scenario. */
struct jz_script_id {
    struct jz_order_id order; /* 0: never accepted */
    struct jz_account_id account;
};

struct jz_script_listing {
    struct jz_script_market market;
    struct jz_market_id id;
};

struct jz_script_core {
    struct jz_events events; /* first: its turn finds the rest */
    struct jz_event *room;   /* of the command under way, all of them */
    uint32_t room_count;

    const struct jz_script_scenario *scenario;
    void *range;
    size_t range_bytes;
    struct jz_core *core;
    uint64_t sequence;
    uint64_t nonce;
    uint64_t day;
    bool implied_is_on;

    uint32_t placing;         /* place in ids of the order under way; UINT32_MAX: none */
    struct jz_script_id *ids; /* like scenario->ids */
    uint32_t *ids_by_slot;    /* place in ids, by slot of the order id */
    uint32_t slot_count;
    uint64_t *deposited_points; /* like scenario->currencies */
    struct jz_script_listing *listings;
    uint32_t listing_count;
    struct jz_script_mirror mirror;

    struct jz_script_found found; /* events of the last command, or an assertion, as text */
    const char *fault;            /* first invariant that broke since the last command; static */
};

/* An empty exchange with the names of the scenario, which must outlive it. */
void jz_script_core_start(struct jz_script_core *run, const struct jz_script_scenario *scenario);

/* Runs a command that jz_script_line_unsupported has nothing against. Its events are in `found`
 * until the next call, a broken invariant in `fault`. */
void jz_script_core_apply(struct jz_script_core *run, const struct jz_script_line *line);

/* Writes into `found` the one line that an assertion should have been. */
void jz_script_core_tell(struct jz_script_core *run, const struct jz_script_assertion *assertion);

/* Three listed markets join three currencies while implied matching is on. */
bool jz_script_core_has_cycle(const struct jz_script_core *run);

void jz_script_core_stop(struct jz_script_core *run);

/* ---- for script_text.c ----------------------------------------------------------------------- */

/* Adds a line to `found`, or the end of the last one. */
void jz_script_found_add(struct jz_script_found *found, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void jz_script_found_extend(struct jz_script_found *found, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct jz_account_id jz_script_core_account(const struct jz_script_core *run, const char *name);
struct jz_currency_id jz_script_core_currency(const struct jz_script_core *run, const char *name);
const struct jz_script_listing *jz_script_core_listing(const struct jz_script_core *run,
                                                       const struct jz_script_market *market);

/* The scenario's id of an order, "?" if it has none. */
const char *jz_script_core_id_text(const struct jz_script_core *run, struct jz_order_id order);

/* Events of the last command as lines of the notation; target is what a refusal names. */
void jz_script_text_events(struct jz_script_core *run, const char *target);

/* What is true, in the words of the assertion. */
void jz_script_text_assertion(struct jz_script_core *run,
                              const struct jz_script_assertion *assertion);

#endif /* JZ_TESTS_SCRIPT_CORE_H */
