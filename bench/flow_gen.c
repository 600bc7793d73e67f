/* flow_gen.c - what to do next is drawn, what comes of it is worked out on the sorted arrays. */
#include "bench/flow_gen.h"

#include "engine/base/assert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIDDLE_FIRST   UINT64_C(2235000)
#define MIDDLE_MIN     UINT64_C(1000000)
#define MIDDLE_MAX     UINT64_C(4000000)
#define SPREAD_TICKS   64u /* furthest that a new order stands from the middle */
#define TAKER_ID_FIRST UINT64_C(10000000000000) /* as in recorded flows: 10^13 + row */
#define SIDE_MIN       12u                      /* orders that takers and cancels leave standing */

enum { BUY, SELL };

/* ---- numbers --------------------------------------------------------------------------------- */

/* Source: splitmix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators". */
static uint64_t draw(struct jz_flow_gen *gen)
{
    gen->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t value = gen->random;
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static uint64_t draw_below(struct jz_flow_gen *gen, uint64_t bound)
{
    return draw(gen) % bound;
}

/* 0 half of the time, 1 a quarter of it, and so on, up to most. */
static uint32_t draw_halving(struct jz_flow_gen *gen, uint32_t most)
{
    const uint32_t zeros = (uint32_t)__builtin_ctzll(draw(gen) | UINT64_C(1) << 63);
    return zeros < most ? zeros : most;
}

/* Round lots mostly, odd ones now and then. */
static uint64_t draw_lots(struct jz_flow_gen *gen)
{
    if (draw_below(gen, 4) == 0) {
        return 1 + draw_below(gen, 99);
    }
    return 100 * (1 + draw_halving(gen, 8));
}

/* ---- the book -------------------------------------------------------------------------------- */

static bool is_better(int side, uint64_t price, uint64_t other)
{
    return side == BUY ? price > other : price < other;
}

static void insert(struct jz_flow_gen_side *book, int side, struct jz_flow_gen_order order)
{
    uint32_t at = book->count;
    while (at > 0 && is_better(side, order.price, book->orders[at - 1].price)) {
        book->orders[at] = book->orders[at - 1];
        at--;
    }
    book->orders[at] = order;
    book->count++;
}

static void erase(struct jz_flow_gen_side *book, uint32_t at)
{
    book->count--;
    memmove(&book->orders[at], &book->orders[at + 1], (book->count - at) * sizeof(book->orders[0]));
}

static void write_levels(const struct jz_flow_gen_side *book,
                         struct jz_flow_level levels[JZ_FLOW_LEVELS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < book->count; i++) {
        if (count > 0 && levels[count - 1].price == book->orders[i].price) {
            levels[count - 1].lots += book->orders[i].lots;
        } else if (count < JZ_FLOW_LEVELS) {
            levels[count++] = (struct jz_flow_level){.price = book->orders[i].price,
                                                     .lots = book->orders[i].lots};
        } else {
            break;
        }
    }
    for (; count < JZ_FLOW_LEVELS; count++) {
        levels[count] = (struct jz_flow_level){.price = 0};
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

/* A new order behind the best price of the other side, most often close to it. */
static void add(struct jz_flow_gen *gen, struct jz_flow_command *command, int side)
{
    const struct jz_flow_gen_side *other = &gen->sides[1 - side];
    const uint64_t distance =
        JZ_FLOW_GEN_TICK * (1 + (draw_below(gen, 2) == 0 ? draw_halving(gen, SPREAD_TICKS - 1)
                                                         : draw_below(gen, SPREAD_TICKS)));
    uint64_t price = side == BUY ? gen->middle_price - distance : gen->middle_price + distance;
    if (other->count > 0 && !is_better(1 - side, price, other->orders[0].price)) { /* crosses */
        price = side == BUY ? other->orders[0].price - JZ_FLOW_GEN_TICK
                            : other->orders[0].price + JZ_FLOW_GEN_TICK;
    }
    gen->last_id += 1 + draw_below(gen, 9);
    *command = (struct jz_flow_command){.id = gen->last_id,
                                        .price = price,
                                        .lots = draw_lots(gen),
                                        .kind = JZ_FLOW_PLACE,
                                        .time_in_force = JZ_TIF_GTC,
                                        .op = 'A'};
    gen->file_qty = command->lots;
    insert(&gen->sides[side], side,
           (struct jz_flow_gen_order){.id = command->id, .price = price, .lots = command->lots});
}

/* One of the live orders, near the best price more often than far from it. */
static uint32_t pick(struct jz_flow_gen *gen, const struct jz_flow_gen_side *book)
{
    const uint64_t one = draw_below(gen, book->count);
    const uint64_t two = draw_below(gen, book->count);
    return (uint32_t)(one < two ? one : two);
}

static void cancel(struct jz_flow_gen *gen, struct jz_flow_command *command, int side)
{
    struct jz_flow_gen_side *book = &gen->sides[side];
    const uint32_t at = pick(gen, book);
    const struct jz_flow_gen_order order = book->orders[at];
    *command = (struct jz_flow_command){.id = order.id,
                                        .price = order.price,
                                        .lots = order.lots,
                                        .kind = JZ_FLOW_CANCEL,
                                        .op = 'C'};
    gen->file_qty = order.lots;
    erase(book, at);
}

/* Takes lots off an order; now and then all of them, which is a cancel under another letter. */
static void reduce(struct jz_flow_gen *gen, struct jz_flow_command *command, int side)
{
    struct jz_flow_gen_side *book = &gen->sides[side];
    const uint32_t at = pick(gen, book);
    struct jz_flow_gen_order *order = &book->orders[at];
    gen->file_qty = 1 + draw_below(gen, order->lots);
    const uint64_t left = order->lots - gen->file_qty;
    *command = (struct jz_flow_command){.id = order->id,
                                        .price = order->price,
                                        .lots = left == 0 ? order->lots : left,
                                        .kind = left == 0 ? JZ_FLOW_CANCEL : JZ_FLOW_REPLACE,
                                        .op = 'R'};
    order->lots = left;
    if (left == 0) {
        erase(book, at);
    }
}

/* An order that takes some of the other side's first orders, and never all of that side. */
static void take(struct jz_flow_gen *gen, struct jz_flow_step *step, int side)
{
    struct jz_flow_gen_side *book = &gen->sides[1 - side];
    uint64_t available = 0;
    for (uint32_t i = 0; i < book->count - SIDE_MIN; i++) {
        available += book->orders[i].lots;
    }
    const uint64_t drawn = draw_lots(gen) << draw_halving(gen, 6);
    const uint64_t wanted = drawn < available ? drawn : available;
    uint64_t left = wanted;
    uint64_t price = 0;
    while (left > 0) {
        struct jz_flow_gen_order *maker = &book->orders[0];
        const uint64_t lots = maker->lots < left ? maker->lots : left;
        price = maker->price;
        gen->fills[step->fill_count++] = (struct jz_flow_fill){
            .row = gen->row, .maker_id = maker->id, .price = price, .lots = lots};
        left -= lots;
        maker->lots -= lots;
        if (maker->lots == 0) {
            erase(book, 0);
        }
    }
    step->fills = gen->fills;
    step->command = (struct jz_flow_command){.id = TAKER_ID_FIRST + gen->row,
                                             .price = price,
                                             .lots = wanted,
                                             .kind = JZ_FLOW_PLACE,
                                             .time_in_force = JZ_TIF_IOC,
                                             .op = 'T'};
    gen->file_qty = wanted;
}

/* What kind of command comes next; depth is held by drawing adds more or less often. */
static char draw_op(struct jz_flow_gen *gen, int side)
{
    const uint32_t own = gen->sides[side].count;
    const uint32_t other = gen->sides[1 - side].count;
    const uint32_t wanted = gen->options.depth / 2;
    const uint64_t luck = draw_below(gen, 1000);
    if (own <= SIDE_MIN) {
        return 'A';
    }
    if (luck < 30 && other > SIDE_MIN) {
        return 'T';
    }
    if (luck < 60) {
        return 'R';
    }
    const uint64_t adds = own < wanted ? 700 : 300;
    if (own < gen->options.depth && luck < 60 + adds) {
        return 'A';
    }
    return 'C';
}

bool jz_flow_gen_next(struct jz_flow_gen *gen, struct jz_flow_step *step)
{
    if (gen->given == gen->options.commands) {
        return false;
    }
    const int side = (int)draw_below(gen, 2);
    const char op = draw_op(gen, side);
    *step = (struct jz_flow_step){.fills = NULL};
    if (op == 'A') {
        add(gen, &step->command, side);
    } else if (op == 'C') {
        cancel(gen, &step->command, side);
    } else if (op == 'R') {
        reduce(gen, &step->command, side);
    } else {
        take(gen, step, side);
    }
    gen->given++;
    step->command.row = gen->row;
    step->command.line = (uint32_t)gen->given + 1; /* the header is line 1 */
    step->command.side = side == BUY ? JZ_SIDE_BUY : JZ_SIDE_SELL;

    /* A tenth of the commands shares its row with the next; a taker ends its row. */
    step->ends_row = op == 'T' || gen->given == gen->options.commands || draw_below(gen, 10) != 0;
    if (step->ends_row) {
        gen->book.row = gen->row;
        write_levels(&gen->sides[BUY], gen->book.bids);
        write_levels(&gen->sides[SELL], gen->book.asks);
        step->book = &gen->book;
        gen->row += 1 + draw_halving(gen, 3);
    }
    if (draw_below(gen, 16) == 0) { /* the market moves */
        const uint64_t step_price = JZ_FLOW_GEN_TICK * (1 + draw_halving(gen, 5));
        gen->middle_price += draw_below(gen, 2) == 0 ? step_price : (uint64_t)0 - step_price;
        if (gen->middle_price < MIDDLE_MIN || gen->middle_price > MIDDLE_MAX) {
            gen->middle_price = MIDDLE_FIRST;
        }
    }
    return true;
}

int jz_flow_gen_init(struct jz_flow_gen *gen, const struct jz_flow_gen_options *options)
{
    if (options->depth < JZ_FLOW_GEN_DEPTH_MIN || options->depth > JZ_FLOW_GEN_DEPTH_MAX) {
        return JZ_EINVAL;
    }
    *gen = (struct jz_flow_gen){
        .options = *options,
        .random = options->seed,
        .last_id = 1000000,
        .middle_price = MIDDLE_FIRST,
    };
    const size_t room = (size_t)options->depth + 1;
    gen->sides[BUY].orders = calloc(room, sizeof(gen->sides[BUY].orders[0]));
    gen->sides[SELL].orders = calloc(room, sizeof(gen->sides[SELL].orders[0]));
    gen->fills = calloc(room, sizeof(gen->fills[0]));
    if (gen->sides[BUY].orders == NULL || gen->sides[SELL].orders == NULL || gen->fills == NULL) {
        jz_flow_gen_deinit(gen);
        return JZ_ENOMEM;
    }
    return JZ_OK;
}

void jz_flow_gen_deinit(struct jz_flow_gen *gen)
{
    free(gen->sides[BUY].orders);
    free(gen->sides[SELL].orders);
    free(gen->fills);
    *gen = (struct jz_flow_gen){.given = 0};
}

/* ---- files ----------------------------------------------------------------------------------- */

enum { COMMANDS, FILLS, BOOKS, FILES_COUNT };

static void write_step(FILE *const files[FILES_COUNT], const struct jz_flow_gen *gen,
                       const struct jz_flow_step *step)
{
    const struct jz_flow_command *command = &step->command;
    (void)fprintf(files[COMMANDS], "%" PRIu64 ",%c,%" PRIu64 ",%c,%" PRIu64 ",%" PRIu64 "\n",
                  command->row, command->op, command->id, command->side == JZ_SIDE_BUY ? 'B' : 'S',
                  command->price, gen->file_qty);
    for (uint32_t i = 0; i < step->fill_count; i++) {
        const struct jz_flow_fill *fill = &step->fills[i];
        (void)fprintf(files[FILLS], "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", fill->row,
                      fill->maker_id, fill->price, fill->lots);
    }
    if (step->book == NULL) {
        return;
    }
    (void)fprintf(files[BOOKS], "%" PRIu64, step->book->row);
    for (uint32_t i = 0; i < JZ_FLOW_LEVELS; i++) {
        (void)fprintf(files[BOOKS], ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
                      step->book->asks[i].price, step->book->asks[i].lots,
                      step->book->bids[i].price, step->book->bids[i].lots);
    }
    (void)fprintf(files[BOOKS], "\n");
}

static int open_files(const char *directory, FILE *files[FILES_COUNT])
{
    static const struct {
        const char *name;
        const char *header;
    } kinds[FILES_COUNT] = {
        {"cmds.csv", "row,op,id,side,price,qty"},
        {"fills.csv", "row,maker_id,price,qty"},
        {"book5.csv", "row"},
    };
    if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
        return JZ_ESYSTEM;
    }
    for (uint32_t i = 0; i < FILES_COUNT; i++) {
        char path[JZ_FLOW_PATH_BYTES];
        const int count = snprintf(path, sizeof(path), "%s/%s", directory, kinds[i].name);
        if (count < 0 || (size_t)count >= sizeof(path)) {
            return JZ_EINVAL;
        }
        files[i] = fopen(path, "we");
        if (files[i] == NULL) {
            return JZ_ESYSTEM;
        }
        (void)fputs(kinds[i].header, files[i]);
        for (uint32_t level = 1; i == BOOKS && level <= JZ_FLOW_LEVELS; level++) {
            (void)fprintf(files[i], ",ask%u_price,ask%u_qty,bid%u_price,bid%u_qty", level, level,
                          level, level);
        }
        (void)fputs("\n", files[i]);
    }
    return JZ_OK;
}

int jz_flow_gen_write(const struct jz_flow_gen_options *options, const char *directory)
{
    FILE *files[FILES_COUNT] = {NULL, NULL, NULL};
    struct jz_flow_gen gen;
    struct jz_flow_step step;
    int status = jz_flow_gen_init(&gen, options);
    if (status != JZ_OK) {
        return status;
    }
    status = open_files(directory, files);
    while (status == JZ_OK && jz_flow_gen_next(&gen, &step)) {
        write_step(files, &gen, &step);
    }
    jz_flow_gen_deinit(&gen);
    for (uint32_t i = 0; i < FILES_COUNT; i++) {
        if (files[i] == NULL) {
            continue;
        }
        const bool has_failed = ferror(files[i]) != 0;
        if (fclose(files[i]) != 0 || has_failed) {
            status = JZ_ESYSTEM;
        }
    }
    return status;
}
