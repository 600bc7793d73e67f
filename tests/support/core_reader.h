/* core_reader.h - what a gateway would know that attaches in the middle of the day.
 *
 * A reader takes the slices of a picture and the events of commands in the order in which they were
 * written, and keeps what they say with absolute numbers. It knows nothing else of the core.
 */
#ifndef JZ_TESTS_CORE_READER_H
#define JZ_TESTS_CORE_READER_H

#include "jiaozi/event.h"

#include <stdbool.h>
#include <stdint.h>

enum { READER_TABLE = 65, READER_PRICES = 41 };

struct reader_market {
    struct jz_event_market_terms terms;
    struct jz_event_market_state state;
    uint64_t lots[2][READER_PRICES]; /* buys, sells by price; 0: no such level */
};

struct reader {
    struct jz_event_currency currencies[READER_TABLE]; /* by id; zeroed where unknown */
    struct reader_market markets[READER_TABLE];
    uint32_t roles[READER_TABLE];          /* of accounts, 0: unknown */
    uint64_t highest_nonces[READER_TABLE]; /* of the lanes of key 1 */
    uint32_t lane_count;                   /* lanes told */
    bool is_whole;                         /* the end of the picture was told */
};

/* Takes one event of a picture or of a command. lane is the one of the command's record. */
void reader_take(struct reader *reader, const struct jz_event *event, uint32_t key, uint32_t lane);

#endif /* JZ_TESTS_CORE_READER_H */
