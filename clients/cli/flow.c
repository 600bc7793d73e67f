/* flow.c - three files read side by side: a command, the fills of its row, the book after it. */
#include "clients/cli/flow.h"

#include "clients/cli/flow_file.h"
#include "clients/cli/flow_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMANDS_HEADER "row,op,id,side,price,qty"
#define FILLS_HEADER    "row,maker_id,price,qty"
#define BOOKS_HEADER                                                                               \
    "row,ask1_price,ask1_qty,bid1_price,bid1_qty,ask2_price,ask2_qty,bid2_price,bid2_qty,"         \
    "ask3_price,ask3_qty,bid3_price,bid3_qty,ask4_price,ask4_qty,bid4_price,bid4_qty,"             \
    "ask5_price,ask5_qty,bid5_price,bid5_qty"
#define BOOK_FIELDS (1 + 4 * JZ_FLOW_LEVELS)

#define ID_MAX UINT64_C(9999999999999999) /* sixteen digits: what fits into a client order id */

enum { COMMANDS, FILLS, BOOKS, FILES_COUNT };

/* One line of cmds.csv. */
struct row_command {
    uint64_t row;
    uint64_t id;
    uint64_t price;
    uint64_t lots;
    uint32_t line;
    uint8_t side;
    char op;
};

struct jz_flow {
    struct jz_flow_file *files[FILES_COUNT]; /* NULL: not there */
    char names[FILES_COUNT][JZ_FLOW_PATH_BYTES];
    int status; /* first failure; nothing goes on after it */
    struct jz_flow_orders orders;
    struct row_command ahead; /* the next command; has_ahead */
    struct jz_flow_fill fill_ahead;
    struct jz_flow_book book_ahead;
    bool has_ahead;
    bool has_fill_ahead;
    bool has_book_ahead;
    bool row_has_taker;       /* a T came in the row under way */
    uint64_t row;             /* under way */
    struct jz_flow_book book; /* handed out */
    struct jz_flow_fill *fills;
    uint32_t fills_room;
    char error[JZ_FLOW_PATH_BYTES + JZ_FLOW_ERROR_BYTES];
};

static int fail(struct jz_flow *flow, uint32_t file, uint32_t line, const char *fault)
{
    (void)snprintf(flow->error, sizeof(flow->error), "%s:%" PRIu32 ": %s", flow->names[file], line,
                   fault);
    flow->status = JZ_ECORRUPT;
    return flow->status;
}

/* A fault of the file itself: what it says, at the line where it stands. */
static int fail_file(struct jz_flow *flow, uint32_t file, int status)
{
    const char *fault =
        flow->files[file] == NULL ? "out of memory" : jz_flow_file_fault(flow->files[file]);
    const uint32_t line = flow->files[file] == NULL ? 0 : jz_flow_file_line(flow->files[file]);
    (void)fail(flow, file, line, fault);
    flow->status = status;
    return status;
}

static int fail_memory(struct jz_flow *flow)
{
    (void)snprintf(flow->error, sizeof(flow->error), "out of memory");
    flow->status = JZ_ENOMEM;
    return flow->status;
}

/* ---- one line of each file ------------------------------------------------------------------- */

static bool parse_numbers(const struct jz_flow_line *line, uint32_t first, uint32_t count,
                          uint64_t *numbers)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!jz_flow_file_number(line->fields[first + i], &numbers[i])) {
            return false;
        }
    }
    return true;
}

static int read_command(struct jz_flow *flow)
{
    struct jz_flow_line line;
    int status = jz_flow_file_next(flow->files[COMMANDS], &line, &flow->has_ahead);
    if (status != JZ_OK) {
        return fail_file(flow, COMMANDS, status);
    }
    if (!flow->has_ahead) {
        return JZ_OK;
    }
    uint64_t tail[2];
    struct row_command *ahead = &flow->ahead;
    const uint64_t last_row = ahead->row;
    if (line.field_count != 6 || !jz_flow_file_number(line.fields[0], &ahead->row) ||
        !jz_flow_file_number(line.fields[2], &ahead->id) || !parse_numbers(&line, 4, 2, tail)) {
        return fail(flow, COMMANDS, line.number, "a command is row,op,id,side,price,qty");
    }
    if (strlen(line.fields[1]) != 1 || strchr("ARFCT", line.fields[1][0]) == NULL) {
        return fail(flow, COMMANDS, line.number, "op must be A, R, F, C or T");
    }
    if (strcmp(line.fields[3], "B") != 0 && strcmp(line.fields[3], "S") != 0) {
        return fail(flow, COMMANDS, line.number, "side must be B or S");
    }
    if (ahead->row < last_row) {
        return fail(flow, COMMANDS, line.number, "rows must not go back");
    }
    if (ahead->id == 0 || ahead->id > ID_MAX) {
        return fail(flow, COMMANDS, line.number, "an id has 1 to 16 digits and is not 0");
    }
    ahead->op = line.fields[1][0];
    ahead->side = line.fields[3][0] == 'B' ? JZ_SIDE_BUY : JZ_SIDE_SELL;
    ahead->price = tail[0];
    ahead->lots = tail[1];
    ahead->line = line.number;
    return JZ_OK;
}

static int read_fill(struct jz_flow *flow)
{
    struct jz_flow_line line;
    const int status = jz_flow_file_next(flow->files[FILLS], &line, &flow->has_fill_ahead);
    if (status != JZ_OK) {
        return fail_file(flow, FILLS, status);
    }
    uint64_t numbers[4];
    if (!flow->has_fill_ahead) {
        return JZ_OK;
    }
    if (line.field_count != 4 || !parse_numbers(&line, 0, 4, numbers)) {
        return fail(flow, FILLS, line.number, "a fill is row,maker_id,price,qty");
    }
    flow->fill_ahead = (struct jz_flow_fill){
        .row = numbers[0], .maker_id = numbers[1], .price = numbers[2], .lots = numbers[3]};
    return JZ_OK;
}

static int read_book(struct jz_flow *flow)
{
    struct jz_flow_line line;
    const int status = jz_flow_file_next(flow->files[BOOKS], &line, &flow->has_book_ahead);
    if (status != JZ_OK) {
        return fail_file(flow, BOOKS, status);
    }
    uint64_t numbers[BOOK_FIELDS];
    if (!flow->has_book_ahead) {
        return JZ_OK;
    }
    if (line.field_count != BOOK_FIELDS || !parse_numbers(&line, 0, BOOK_FIELDS, numbers)) {
        return fail(flow, BOOKS, line.number, "a book row is its number and five levels a side");
    }
    flow->book_ahead.row = numbers[0];
    for (uint32_t i = 0; i < JZ_FLOW_LEVELS; i++) {
        const uint64_t *level = &numbers[1 + 4 * i];
        flow->book_ahead.asks[i] = (struct jz_flow_level){.price = level[0], .lots = level[1]};
        flow->book_ahead.bids[i] = (struct jz_flow_level){.price = level[2], .lots = level[3]};
    }
    return JZ_OK;
}

/* ---- the files side by side ------------------------------------------------------------------ */

/* Takes lots off a live order; it is gone when nothing is left. */
static void execute(struct jz_flow *flow, struct jz_flow_order *order, uint64_t lots)
{
    order->lots -= lots;
    if (order->lots == 0) {
        jz_flow_orders_remove(&flow->orders, order);
    }
}

static int keep_fill(struct jz_flow *flow, uint32_t at)
{
    if (at == flow->fills_room) {
        const uint32_t room = flow->fills_room == 0 ? 16 : flow->fills_room * 2;
        struct jz_flow_fill *fills = realloc(flow->fills, room * sizeof(*fills));
        if (fills == NULL) {
            return fail_memory(flow);
        }
        flow->fills = fills;
        flow->fills_room = room;
    }
    flow->fills[at] = flow->fill_ahead;
    return JZ_OK;
}

/* The fills of the row of a T, each taken off its maker. */
static int take_fills(struct jz_flow *flow, uint64_t row, struct jz_flow_step *step)
{
    while (flow->has_fill_ahead && flow->fill_ahead.row == row) {
        const uint32_t line = jz_flow_file_line(flow->files[FILLS]);
        struct jz_flow_order *maker = jz_flow_orders_find(&flow->orders, flow->fill_ahead.maker_id);
        if (maker == NULL || maker->lots < flow->fill_ahead.lots) {
            return fail(flow, FILLS, line, "the maker has not so many lots at this row");
        }
        execute(flow, maker, flow->fill_ahead.lots);
        int status = keep_fill(flow, step->fill_count);
        if (status == JZ_OK) {
            step->fill_count++;
            status = read_fill(flow);
        }
        if (status != JZ_OK) {
            return status;
        }
    }
    step->fills = flow->fills;
    return JZ_OK;
}

/* The book row of the row that ends; and nothing may be left over of rows before. */
static int end_row(struct jz_flow *flow, uint64_t row, struct jz_flow_step *step)
{
    if (flow->has_fill_ahead && flow->fill_ahead.row <= row) {
        return fail(flow, FILLS, jz_flow_file_line(flow->files[FILLS]), "this row has no T");
    }
    if (!flow->has_book_ahead || flow->book_ahead.row > row) {
        return JZ_OK;
    }
    if (flow->book_ahead.row < row) {
        return fail(flow, BOOKS, jz_flow_file_line(flow->files[BOOKS]), "this row has no command");
    }
    flow->book = flow->book_ahead;
    step->book = &flow->book;
    return read_book(flow);
}

static int turn_into_place(struct jz_flow *flow, const struct row_command *line,
                           struct jz_flow_step *step)
{
    struct jz_flow_command *command = &step->command;
    command->kind = JZ_FLOW_PLACE;
    command->time_in_force = line->op == 'A' ? JZ_TIF_GTC : JZ_TIF_IOC;
    if (jz_flow_orders_find(&flow->orders, line->id) != NULL) {
        return fail(flow, COMMANDS, line->line, "an order with this id is live");
    }
    if (line->lots == 0) {
        return fail(flow, COMMANDS, line->line, "an order for 0 lots");
    }
    if (line->op == 'T') {
        if (flow->row_has_taker) {
            return fail(flow, COMMANDS, line->line, "a row can hold one T");
        }
        flow->row_has_taker = true;
        return take_fills(flow, line->row, step);
    }
    const struct jz_flow_order order = {
        .id = line->id, .price = line->price, .lots = line->lots, .side = line->side};
    return jz_flow_orders_put(&flow->orders, &order) == JZ_OK ? JZ_OK : fail_memory(flow);
}

/* R, F and C: a live order loses lots. */
static int turn_into_change(struct jz_flow *flow, const struct row_command *line,
                            struct jz_flow_step *step)
{
    struct jz_flow_order *order = jz_flow_orders_find(&flow->orders, line->id);
    if (order == NULL || order->side != line->side || order->price != line->price) {
        return fail(flow, COMMANDS, line->line, "no live order has this id, side and price");
    }
    const bool fills_are_known = flow->files[FILLS] != NULL;
    const bool is_cancel = line->op == 'C';
    if (fills_are_known && (is_cancel ? line->lots != order->lots : line->lots > order->lots)) {
        return fail(flow, COMMANDS, line->line, "qty does not fit what is left of the order");
    }
    struct jz_flow_command *command = &step->command;
    if (is_cancel || line->lots >= order->lots) {
        command->kind = JZ_FLOW_CANCEL;
        command->lots = order->lots;
        jz_flow_orders_remove(&flow->orders, order);
        return JZ_OK;
    }
    command->kind = JZ_FLOW_REPLACE;
    order->lots -= line->lots;
    command->lots = order->lots;
    return JZ_OK;
}

static int check_end(struct jz_flow *flow)
{
    if (flow->has_fill_ahead) {
        return fail(flow, FILLS, jz_flow_file_line(flow->files[FILLS]), "this row has no T");
    }
    if (flow->has_book_ahead) {
        return fail(flow, BOOKS, jz_flow_file_line(flow->files[BOOKS]), "this row has no command");
    }
    return JZ_OK;
}

int jz_flow_next(struct jz_flow *flow, struct jz_flow_step *step, bool *has_step)
{
    *has_step = false;
    *step = (struct jz_flow_step){.fills = NULL};
    if (flow->status != JZ_OK) {
        return flow->status;
    }
    if (!flow->has_ahead) {
        return check_end(flow);
    }
    const struct row_command line = flow->ahead;
    int status = read_command(flow);
    if (status != JZ_OK) {
        return status;
    }
    if (line.row != flow->row) {
        flow->row = line.row;
        flow->row_has_taker = false;
    }
    step->command = (struct jz_flow_command){.row = line.row,
                                             .id = line.id,
                                             .price = line.price,
                                             .lots = line.lots,
                                             .line = line.line,
                                             .side = line.side,
                                             .op = line.op};
    const bool is_new = line.op == 'A' || line.op == 'T';
    status = is_new ? turn_into_place(flow, &line, step) : turn_into_change(flow, &line, step);
    step->ends_row = !flow->has_ahead || flow->ahead.row != line.row;
    if (status == JZ_OK && step->ends_row) {
        status = end_row(flow, line.row, step);
    }
    *has_step = status == JZ_OK;
    return status;
}

void jz_flow_note_fill(struct jz_flow *flow, uint64_t id, uint64_t lots)
{
    struct jz_flow_order *order = jz_flow_orders_find(&flow->orders, id);
    if (order != NULL && flow->files[FILLS] == NULL) {
        execute(flow, order, lots < order->lots ? lots : order->lots);
    }
}

/* ---- finding, opening, closing --------------------------------------------------------------- */

static bool is_file(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode);
}

/* directory/name.csv or directory/name.csv.xz, whichever is there; "" if none. */
static int find_beside(const char *directory, const char *name, char path[JZ_FLOW_PATH_BYTES])
{
    static const char *const endings[] = {".csv", ".csv.xz"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const int count =
            snprintf(path, JZ_FLOW_PATH_BYTES, "%s/%s%s", directory, name, endings[i]);
        if (count < 0 || (size_t)count >= JZ_FLOW_PATH_BYTES) {
            path[0] = '\0';
            return JZ_EINVAL;
        }
        if (is_file(path)) {
            return JZ_OK;
        }
    }
    path[0] = '\0';
    return JZ_OK;
}

int jz_flow_find(const char *path, struct jz_flow_paths *out)
{
    struct jz_flow_paths paths = {.commands = ""};
    char directory[JZ_FLOW_PATH_BYTES];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof(directory)) {
        return JZ_EINVAL;
    }
    memcpy(directory, path, length + 1);
    bool has_neighbours = true;
    if (is_file(path)) {
        memcpy(paths.commands, path, length + 1);
        char *slash = strrchr(directory, '/');
        const char *name = slash == NULL ? path : path + (slash - directory) + 1;
        has_neighbours = strcmp(name, "cmds.csv") == 0 || strcmp(name, "cmds.csv.xz") == 0;
        if (slash == NULL) {
            memcpy(directory, ".", 2);
        } else {
            slash[slash == directory ? 1 : 0] = '\0';
        }
    } else if (find_beside(directory, "cmds", paths.commands) != JZ_OK ||
               paths.commands[0] == '\0') {
        return JZ_EINVAL;
    }
    if (has_neighbours && (find_beside(directory, "fills", paths.fills) != JZ_OK ||
                           find_beside(directory, "book5", paths.books) != JZ_OK)) {
        return JZ_EINVAL;
    }
    *out = paths;
    return JZ_OK;
}

int jz_flow_open(const struct jz_flow_paths *paths, struct jz_flow **out)
{
    static const char *const headers[FILES_COUNT] = {COMMANDS_HEADER, FILLS_HEADER, BOOKS_HEADER};
    const char *names[FILES_COUNT] = {paths->commands, paths->fills, paths->books};
    struct jz_flow *flow = calloc(1, sizeof(*flow));
    *out = flow;
    if (flow == NULL) {
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i < FILES_COUNT; i++) {
        if (names[i][0] == '\0' && i != COMMANDS) {
            continue;
        }
        (void)snprintf(flow->names[i], sizeof(flow->names[i]), "%s", names[i]);
        const int status = jz_flow_file_open(names[i], headers[i], &flow->files[i]);
        if (status != JZ_OK) {
            return fail_file(flow, i, status);
        }
    }
    int status = read_command(flow);
    if (status == JZ_OK && flow->files[FILLS] != NULL) {
        status = read_fill(flow);
    }
    if (status == JZ_OK && flow->files[BOOKS] != NULL) {
        status = read_book(flow);
    }
    return status;
}

bool jz_flow_has_fills(const struct jz_flow *flow)
{
    return flow->files[FILLS] != NULL;
}

bool jz_flow_has_books(const struct jz_flow *flow)
{
    return flow->files[BOOKS] != NULL;
}

uint32_t jz_flow_progress_permille(const struct jz_flow *flow)
{
    return flow->files[COMMANDS] == NULL ? 0 : jz_flow_file_permille(flow->files[COMMANDS]);
}

const char *jz_flow_error(const struct jz_flow *flow)
{
    return flow->error;
}

void jz_flow_close(struct jz_flow *flow)
{
    if (flow == NULL) {
        return;
    }
    for (uint32_t i = 0; i < FILES_COUNT; i++) {
        jz_flow_file_close(flow->files[i]);
    }
    jz_flow_orders_deinit(&flow->orders);
    free(flow->fills);
    free(flow);
}

/* ---- ids ------------------------------------------------------------------------------------- */

bool jz_flow_client_id(uint64_t id, char client_id[JZ_CLIENT_ID_BYTES])
{
    char digits[24];
    const int count = snprintf(digits, sizeof(digits), "%" PRIu64, id);
    if (count < 0 || (size_t)count > JZ_CLIENT_ID_BYTES) {
        return false;
    }
    memset(client_id, 0, JZ_CLIENT_ID_BYTES);
    memcpy(client_id, digits, (size_t)count);
    return true;
}

uint64_t jz_flow_id(const char client_id[JZ_CLIENT_ID_BYTES])
{
    char digits[JZ_CLIENT_ID_BYTES + 1] = "";
    memcpy(digits, client_id, JZ_CLIENT_ID_BYTES);
    uint64_t id = 0;
    return jz_flow_file_number(digits, &id) ? id : 0;
}
