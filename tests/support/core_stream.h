/* core_stream.h - a long random stream of every command, good ones and bad ones, from one seed.
 *
 * Eight accounts trade in four markets at prices from 1 to 40, so that orders meet often. Some
 * commands repeat an earlier nonce with the same or another body, some name orders long gone, some
 * have a field out of range, some come over a lane that is not there. The stream listens to the
 * events to know which orders there are; apart from that it depends on nothing but its seed.
 */
#ifndef JZ_TESTS_CORE_STREAM_H
#define JZ_TESTS_CORE_STREAM_H

#include "tests/support/core_desk.h"

enum {
    STREAM_ACCOUNTS = 8,
    STREAM_MARKETS = 4,
    STREAM_PRICE_MAX = 40,
    STREAM_LANES = 4,
    STREAM_KNOWN = 256,
    STREAM_PAST = 16,
};

struct stream_command {
    struct jz_record record;
    unsigned char body[JZ_RECORD_UNIT_BYTES];
};

struct stream_order {
    uint64_t order;
    uint32_t account;
    char client_id[JZ_CLIENT_ID_BYTES];
};

struct stream {
    uint64_t random;
    uint32_t step; /* commands made so far */
    uint64_t time_ns;
    uint64_t nonces[STREAM_LANES];
    struct stream_order known[STREAM_KNOWN]; /* orders accepted of late */
    uint32_t known_count;
    struct stream_command past[STREAM_PAST]; /* commands of late, to repeat */
};

/* The small exchange with room for 200 orders on 100 levels, which is reached now and then. */
struct jz_genesis stream_genesis(void);

/* A stream for a core that has seen its genesis. */
void stream_open(struct stream *stream, uint64_t seed);

/* The next command, with everything but its sequence. The first ones list and open and fund. */
void stream_next(struct stream *stream, struct stream_command *command);

/* Learns from the events of the last command. */
void stream_hear(struct stream *stream, const struct jz_event *events, uint32_t event_count);

/* Makes the next command, applies it on the desk and listens. */
void stream_step(struct stream *stream, struct desk *desk, struct stream_command *command);

/* A number below the bound. */
uint64_t stream_below(struct stream *stream, uint64_t bound);

#endif /* JZ_TESTS_CORE_STREAM_H */
