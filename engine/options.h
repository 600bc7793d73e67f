/* options.h - what jiaozid can be told on its command line, checked, in one struct.
 *
 * Two kinds: settings of this machine (where the data lies, which ports), which may differ at every
 * start; and settings that become part of the exchange (its capacities), which count for the first
 * start only. The second kind remembers whether it was given, so that a later start with another
 * value can be refused instead of ignored.
 */
#ifndef JZ_OPTIONS_H
#define JZ_OPTIONS_H

#include "jiaozi/command.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

enum jz_mode {
    JZ_MODE_SERVE = 1,     /* the exchange */
    JZ_MODE_DIGEST,        /* replay the journal, print the digests, end */
    JZ_MODE_GATEWAY_CHILD, /* started by jiaozid itself */
};

/* X(field of struct jz_genesis, option, default, what it bounds). */
#define JZ_CAPACITY_MAP(X)                                                                         \
    X(currencies, "currencies", 1024, "currencies listed")                                         \
    X(markets, "markets", 32768, "markets listed")                                                 \
    X(accounts, "accounts", 1048576, "highest account id")                                         \
    X(balances, "balances", 4194304, "pairs of account and currency")                              \
    X(orders, "orders", 1048576, "orders live at once")                                            \
    X(levels, "levels", 1048576, "price levels occupied at once")                                  \
    X(lanes, "lanes", 64, "connections of the operator's key at once")                             \
    X(window, "window", 4096, "nonces per lane, a power of two")

enum {
#define X(field, option, initial, text) JZ_GIVEN_##field,
    JZ_CAPACITY_MAP(X)
#undef X
        JZ_GIVEN_COUNT,
};

struct jz_options {
    enum jz_mode mode;
    const char *data; /* directory of the exchange; all strings point into argv or are static */
    const char *requests;
    const char *feed;
    uint64_t segment_bytes; /* 0: as the directory has it, 64 MiB in a new one */
    uint64_t reserve_bytes; /* free disk space below which new orders are refused */
    uint64_t event_ring_bytes;
    uint64_t gateway_bytes_max; /* memory of the gateway's process */
    bool gateway_in_thread;
    bool busy_poll;
    bool accept_time;
    struct jz_genesis genesis;
    bool given[JZ_GIVEN_COUNT]; /* capacities that stood on the command line */

    /* JZ_MODE_GATEWAY_CHILD */
    int files[5]; /* exchange, gateway, engine fd, gateway fd, ready pipe */
    uint64_t epoch;
    uint32_t lane_first;
    uint32_t lane_count;
    int parent;
};

/* Reads the command line. On a mistake it prints what is wrong and ends the process with exit code
 * 64; after --help and --version it ends it with 0. */
void jz_options_read(struct jz_options *options, int argc, char **argv);

/* True if only this machine can reach the endpoint: tcp on a loopback address, or ipc. */
bool jz_options_is_local(const char *endpoint);

#endif /* JZ_OPTIONS_H */
