/* core_desk.h - a core with someone at the desk: commands in, events kept to look at.
 *
 *     desk_open(&desk, NULL);                            genesis of a small exchange
 *     desk_place(&desk, &(struct jz_place_order){...})   one command, applied
 *     desk_result(&desk)                                 its RESULT event
 *
 * Commands get the next sequence, a nonce of lane 0 and the desk's time; a test that wants another
 * header changes desk.next before. All events of the last command are in desk.events.
 */
#ifndef JZ_TESTS_CORE_DESK_H
#define JZ_TESTS_CORE_DESK_H

#include "engine/core/core.h"

#include "tests/support/cmocka.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESK_EVENTS_MAX        65536u
#define DESK_CHECKED_BYTES_MAX (256u << 20) /* a larger core is not walked after each command */

struct desk {
    struct jz_core *core;
    void *range;
    size_t range_bytes;
    struct jz_record next; /* header of the next command; sequence and nonce count by themselves */
    struct jz_events room;
    struct jz_event *events; /* of the last command */
    uint32_t event_count;
    bool is_unchecked; /* leaves out jz_core_verify after each command */
};

/* A small exchange: 8 currencies, 8 markets, 64 accounts, 64 balances, 32 orders, 16 levels, 64
 * lanes with windows of 8. */
struct jz_genesis desk_genesis(void);

/* A core of this genesis (NULL: the small one) to which genesis was applied. */
void desk_open(struct desk *desk, const struct jz_genesis *genesis);

/* A core that has not seen its genesis yet. */
void desk_open_blank(struct desk *desk, const struct jz_genesis *genesis);

void desk_close(struct desk *desk);

/* Applies a command of a kind with its 64-byte body and verifies the core. Returns its RESULT. */
const struct jz_event_result *desk_apply(struct desk *desk, uint16_t kind, const void *body);

/* Applies a whole record as it is, sequence included; the desk's own numbers stay. */
const struct jz_event_result *desk_apply_record(struct desk *desk, const struct jz_record *record);

/* What the last command told, one word an event, in order: hold, free (a hold released), the word
 * of the execution type (maker or taker for the report of a fill), transfer, trade, depth,
 * currency, account, market, result. Good until the next call. */
const char *desk_told(const struct desk *desk);

/* Gives all tests the same way to open and to close. */
void desk_stories(struct CMUnitTest *tests, size_t count, CMFixtureFunction open,
                  CMFixtureFunction close);

/* The n-th event of a kind of the last command, from 0; NULL if there are fewer. */
const struct jz_event *desk_event(const struct desk *desk, uint8_t kind, uint32_t n);

uint32_t desk_count(const struct desk *desk, uint8_t kind);

#endif /* JZ_TESTS_CORE_DESK_H */
