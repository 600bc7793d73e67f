/* flow_gen.h - an order flow that looks like a day at a stock exchange, made from one number.
 *
 * The flow has the shape of recorded ones (clients/cli/flow.h): orders that rest near the best
 * price and are mostly cancelled soon, reductions, and takers that fill completely, often from
 * several orders and now and then through several prices. Ids are neither dense nor sorted by side,
 * prices are multiples of 100. Fills and five-level books come from a book of its own: one sorted
 * array of orders a side, slow and obvious.
 *
 * The same options give the same flow on every machine. Memory: one block, taken at init.
 */
#ifndef JZ_BENCH_FLOW_GEN_H
#define JZ_BENCH_FLOW_GEN_H

#include "clients/cli/flow.h"
#include "jiaozi/status.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_FLOW_GEN_TICK      100u
#define JZ_FLOW_GEN_DEPTH_MIN 32u
#define JZ_FLOW_GEN_DEPTH_MAX 100000u

struct jz_flow_gen_options {
    uint64_t seed;
    uint64_t commands; /* how many; 0 is an empty flow */
    uint32_t depth;    /* orders that rest at a time, about; never more than twice as many */
};

struct jz_flow_gen_order {
    uint64_t id;
    uint64_t price;
    uint64_t lots; /* open */
};

/* One side, best first; within a price, first come first. */
struct jz_flow_gen_side {
    struct jz_flow_gen_order *orders;
    uint32_t count;
};

struct jz_flow_gen {
    struct jz_flow_gen_options options;
    uint64_t random;  /* state of the generator of numbers */
    uint64_t given;   /* commands so far */
    uint64_t row;     /* of the next command */
    uint64_t last_id; /* of a resting order */
    uint64_t middle_price;
    uint64_t file_qty;                /* of the last command, as its line in cmds.csv has it */
    struct jz_flow_gen_side sides[2]; /* buy, sell */
    struct jz_flow_fill *fills;       /* of the last command, room for all orders of a side */
    struct jz_flow_book book;
};

/* Starts a flow. JZ_EINVAL: depth outside its range; JZ_ENOMEM. */
JZ_MUST_USE int jz_flow_gen_init(struct jz_flow_gen *gen,
                                 const struct jz_flow_gen_options *options);

/* The next command with its fills and, at the end of a row, its book; false at the end. What step
 * points to is good until the next call. */
bool jz_flow_gen_next(struct jz_flow_gen *gen, struct jz_flow_step *step);

void jz_flow_gen_deinit(struct jz_flow_gen *gen);

/* Writes a whole flow into a directory, which is made if it is not there: cmds.csv, fills.csv and
 * book5.csv, for jz_flow_open to read. JZ_EINVAL, JZ_ENOMEM as for init; JZ_ESYSTEM: writing
 * failed, errno says why. */
JZ_MUST_USE int jz_flow_gen_write(const struct jz_flow_gen_options *options, const char *directory);

#endif /* JZ_BENCH_FLOW_GEN_H */
