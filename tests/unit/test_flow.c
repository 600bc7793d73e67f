/* Recorded order flow becomes commands, fills and books, and a damaged file is told by its line.
 *
 * Method: small files written for each test, plain or packed by xz itself; then the recorded
 * Nasdaq day, counted against what its description says, where shared data is there.
 */
#include "clients/cli/flow.h"
#include "clients/cli/flow_orders.h"

#include "tests/support/cmocka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMANDS "row,op,id,side,price,qty\n"
#define FILLS    "row,maker_id,price,qty\n"
#define BOOKS                                                                                      \
    "row,ask1_price,ask1_qty,bid1_price,bid1_qty,ask2_price,ask2_qty,bid2_price,bid2_qty,"         \
    "ask3_price,ask3_qty,bid3_price,bid3_qty,ask4_price,ask4_qty,bid4_price,bid4_qty,"             \
    "ask5_price,ask5_qty,bid5_price,bid5_qty\n"

static char folder[] = "/tmp/jz-flow-XXXXXX";
static struct jz_flow *flow;
static struct jz_flow_step step;

static void path_of(const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *text, size_t bytes)
{
    char path[256];
    path_of(name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void given(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

/* Packs a file of the folder; the plain one is gone afterwards. */
static void packed(const char *name)
{
    char line[300];
    (void)snprintf(line, sizeof(line), "xz %s/%s", folder, name);
    assert_int_equal(system(line), 0); /* NOLINT(cert-env33-c): a fixed command of the test */
}

static int opening(void)
{
    struct jz_flow_paths paths;
    assert_int_equal(jz_flow_find(folder, &paths), JZ_OK);
    return jz_flow_open(&paths, &flow);
}

static const struct jz_flow_command *next(void)
{
    bool has_step = false;
    assert_int_equal(jz_flow_next(flow, &step, &has_step), JZ_OK);
    assert_true(has_step);
    return &step.command;
}

static void next_is(uint8_t kind, uint64_t id, uint64_t lots)
{
    const struct jz_flow_command *command = next();
    assert_int_equal(command->kind, kind);
    assert_int_equal(command->id, id);
    assert_int_equal(command->lots, lots);
}

static void nothing_is_left(void)
{
    bool has_step = true;
    assert_int_equal(jz_flow_next(flow, &step, &has_step), JZ_OK);
    assert_false(has_step);
}

/* Reads on until a call fails, twice, and compares the end of what is told. */
static void reading_fails(int expected, const char *text)
{
    bool has_step = true;
    int status = opening();
    while (status == JZ_OK && has_step) {
        status = jz_flow_next(flow, &step, &has_step);
    }
    assert_int_equal(status, expected);
    assert_int_equal(jz_flow_next(flow, &step, &has_step), expected);
    assert_false(has_step);
    const char *error = jz_flow_error(flow);
    assert_true(strlen(error) >= strlen(text));
    assert_string_equal(error + strlen(error) - strlen(text), text);
}

static int open_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/jz-flow-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"cmds.csv",  "cmds.csv.xz",  "fills.csv", "fills.csv.xz",
                                        "book5.csv", "book5.csv.xz", "mine.csv"};
    jz_flow_close(flow);
    flow = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[256];
        path_of(names[i], path);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static void each_letter_becomes_the_command_it_stands_for(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "0,A,11,B,100,30\n0,A,12,S,105,7\n1,R,11,B,100,10\n2,F,11,B,100,5\n"
                               "3,T,13,S,100,4\n4,F,11,B,100,11\n5,C,12,S,105,7\n");
    given("fills.csv", FILLS "3,11,100,4\n");
    assert_int_equal(opening(), JZ_OK);

    next_is(JZ_FLOW_PLACE, 11, 30);
    assert_int_equal(step.command.side, JZ_SIDE_BUY);
    assert_int_equal(step.command.price, 100);
    assert_int_equal(step.command.time_in_force, JZ_TIF_GTC);
    assert_int_equal(step.command.line, 2);
    assert_false(step.ends_row);
    next_is(JZ_FLOW_PLACE, 12, 7);
    assert_int_equal(step.command.side, JZ_SIDE_SELL);
    assert_true(step.ends_row);
    next_is(JZ_FLOW_REPLACE, 11, 20); /* 30, less the 10 taken off */
    next_is(JZ_FLOW_REPLACE, 11, 15);
    next_is(JZ_FLOW_PLACE, 13, 4);
    assert_int_equal(step.command.time_in_force, JZ_TIF_IOC);
    assert_int_equal(step.fill_count, 1);
    assert_int_equal(step.fills[0].maker_id, 11);
    next_is(JZ_FLOW_CANCEL, 11, 11); /* 15, less the fill of 4: forced down to nothing */
    next_is(JZ_FLOW_CANCEL, 12, 7);
    assert_int_equal(jz_flow_progress_permille(flow), 1000);
    nothing_is_left();
}

static void books_are_handed_out_with_the_last_command_of_their_row(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "7,A,1,B,100,30\n7,A,2,S,105,7\n8,A,3,S,106,1\n9,C,2,S,105,7\n");
    given("book5.csv", BOOKS "7,105,7,100,30,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"
                             "9,106,1,100,30,0,0,0,0,0,0,0,0,0,0,0,0,0,0,9,8\n");
    assert_int_equal(opening(), JZ_OK);
    assert_true(jz_flow_has_books(flow));
    assert_false(jz_flow_has_fills(flow));

    next();
    assert_null(step.book);
    next();
    assert_non_null(step.book);
    assert_int_equal(step.book->asks[0].price, 105);
    assert_int_equal(step.book->bids[0].lots, 30);
    next();
    assert_null(step.book); /* row 8 has none */
    next();
    assert_int_equal(step.book->row, 9);
    assert_int_equal(step.book->bids[4].price, 9);
    assert_int_equal(step.book->bids[4].lots, 8);
    nothing_is_left();
}

static void packed_files_read_like_plain_ones(void **state)
{
    (void)state;
    static char text[400000] = COMMANDS;
    size_t at = strlen(text);
    for (uint64_t row = 0; row < 10000; row++) { /* more than one buffer, packed or not */
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%" PRIu64 ",A,%" PRIu64 ",B,100,%d\n",
                               row, 9000000000000 + row, 5);
    }
    given("cmds.csv", text);
    packed("cmds.csv");
    assert_int_equal(opening(), JZ_OK);
    for (uint64_t row = 0; row < 10000; row++) {
        next_is(JZ_FLOW_PLACE, 9000000000000 + row, 5);
        assert_int_equal(step.command.row, row);
    }
    nothing_is_left();
}

static void without_fills_the_caller_tells_what_was_executed(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "0,A,1,B,100,30\n1,T,2,S,100,12\n2,R,1,B,100,5\n3,A,3,B,100,4\n"
                               "4,T,4,S,100,4\n5,C,3,B,100,4\n");
    assert_int_equal(opening(), JZ_OK);
    next_is(JZ_FLOW_PLACE, 1, 30);
    next_is(JZ_FLOW_PLACE, 2, 12);
    jz_flow_note_fill(flow, 1, 12);
    jz_flow_note_fill(flow, 77, 1); /* of somebody else */
    next_is(JZ_FLOW_REPLACE, 1, 13);
}

static void a_file_is_found_with_its_neighbours_if_it_has_the_usual_name(void **state)
{
    (void)state;
    char path[256];
    struct jz_flow_paths paths;
    given("mine.csv", COMMANDS);
    given("fills.csv", FILLS);
    assert_int_equal(jz_flow_find(folder, &paths), JZ_EINVAL); /* no commands here */
    path_of("cmds.csv", path);
    assert_int_equal(jz_flow_find(path, &paths), JZ_EINVAL);

    path_of("mine.csv", path);
    assert_int_equal(jz_flow_find(path, &paths), JZ_OK);
    assert_string_equal(paths.commands, path);
    assert_string_equal(paths.fills, "");

    given("cmds.csv", COMMANDS);
    path_of("cmds.csv", path);
    assert_int_equal(jz_flow_find(path, &paths), JZ_OK);
    assert_string_equal(paths.commands, path);
    path_of("fills.csv", path);
    assert_string_equal(paths.fills, path);
    assert_string_equal(paths.books, "");
}

/* Each line is wrong in one way; the row before it is right. */
static void a_wrong_line_is_told_by_file_and_number(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *text;
    } cases[] = {
        {"1,A,2,B,100", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"1,A,2,B,100,1,1", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"1,A,2,B,1e2,1", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"1,A,2,B,,1", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"-1,A,2,B,1,1", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"1,A,2,B,18446744073709551616,1", "cmds.csv:3: a command is row,op,id,side,price,qty"},
        {"1,X,2,B,100,1", "cmds.csv:3: op must be A, R, F, C or T"},
        {"1,,2,B,100,1", "cmds.csv:3: op must be A, R, F, C or T"},
        {"1,A,2,b,100,1", "cmds.csv:3: side must be B or S"},
        {"0,A,2,B,100,1", "cmds.csv:3: rows must not go back"},
        {"1,A,0,B,100,1", "cmds.csv:3: an id has 1 to 16 digits and is not 0"},
        {"1,A,10000000000000000,B,100,1", "cmds.csv:3: an id has 1 to 16 digits and is not 0"},
        {"1,A,2,B,100,0", "cmds.csv:3: an order for 0 lots"},
        {"1,A,1,B,100,1", "cmds.csv:3: an order with this id is live"},
        {"1,C,2,B,100,1", "cmds.csv:3: no live order has this id, side and price"},
        {"1,R,1,S,100,1", "cmds.csv:3: no live order has this id, side and price"},
        {"1,R,1,B,101,1", "cmds.csv:3: no live order has this id, side and price"},
        {"1,R,1,B,100,10", "cmds.csv:3: qty does not fit what is left of the order"},
        {"1,C,1,B,100,8", "cmds.csv:3: qty does not fit what is left of the order"},
    };
    given("fills.csv", FILLS);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        (void)snprintf(text, sizeof(text), COMMANDS "1,A,1,B,100,9\n%s\n", cases[i].line);
        given("cmds.csv", text);
        reading_fails(JZ_ECORRUPT, cases[i].text);
        jz_flow_close(flow);
        flow = NULL;
    }
}

static void sixteen_digits_are_an_id_and_eighteen_quintillion_is_a_price(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "1,A,9999999999999999,B,18446744073709551615,1");
    assert_int_equal(opening(), JZ_OK);
    next_is(JZ_FLOW_PLACE, UINT64_C(9999999999999999), 1);
    assert_true(step.command.price == UINT64_MAX);
    nothing_is_left();
}

static void fills_that_do_not_fit_the_orders_are_told(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "0,A,1,B,100,9\n1,T,2,S,100,9\n2,A,3,B,100,9\n");
    given("fills.csv", FILLS "1,1,100,10\n");
    reading_fails(JZ_ECORRUPT, "fills.csv:2: the maker has not so many lots at this row");
    jz_flow_close(flow);
    given("fills.csv", FILLS "0,1,100,1\n");
    reading_fails(JZ_ECORRUPT, "fills.csv:2: this row has no T");
    jz_flow_close(flow);
    given("fills.csv", FILLS "1,1,100,9\n3,1,100,1\n");
    reading_fails(JZ_ECORRUPT, "fills.csv:3: this row has no T");
    jz_flow_close(flow);
    given("fills.csv", FILLS "1,1,100\n");
    reading_fails(JZ_ECORRUPT, "fills.csv:2: a fill is row,maker_id,price,qty");
    jz_flow_close(flow);
    given("fills.csv", FILLS);
    given("cmds.csv", COMMANDS "1,T,2,S,100,9\n1,T,3,S,100,9\n");
    reading_fails(JZ_ECORRUPT, "cmds.csv:3: a row can hold one T");
}

static void books_without_a_command_are_told(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "2,A,1,B,100,9\n");
    given("book5.csv", BOOKS "1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
    reading_fails(JZ_ECORRUPT, "book5.csv:2: this row has no command");
    jz_flow_close(flow);
    given("book5.csv", BOOKS "3,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
    reading_fails(JZ_ECORRUPT, "book5.csv:2: this row has no command");
    jz_flow_close(flow);
    given("book5.csv", BOOKS "2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
    reading_fails(JZ_ECORRUPT, "book5.csv:2: a book row is its number and five levels a side");
}

static void a_file_that_is_none_of_ours_is_refused(void **state)
{
    (void)state;
    given("cmds.csv", "time,price\n");
    reading_fails(JZ_ECORRUPT, "cmds.csv:1: the first line is not the header of such a file");
    jz_flow_close(flow);
    given("cmds.csv", "");
    reading_fails(JZ_ECORRUPT, "cmds.csv:0: the first line is not the header of such a file");
    jz_flow_close(flow);
    write_file("cmds.csv", "row\0op\n", 7);
    reading_fails(JZ_ECORRUPT, "cmds.csv:1: the line is too long or not text");
}

static void a_line_of_1023_characters_is_read_and_one_more_is_refused(void **state)
{
    (void)state;
    static char text[2000] = COMMANDS;
    const size_t header = strlen(text);
    memset(text + header, '1', 1024);
    text[header + 1023] = '\n';
    given("cmds.csv", text);
    reading_fails(JZ_ECORRUPT, "cmds.csv:2: a command is row,op,id,side,price,qty");
    jz_flow_close(flow);
    text[header + 1023] = '1';
    given("cmds.csv", text);
    reading_fails(JZ_ECORRUPT, "cmds.csv:2: the line is too long or not text");
}

static void a_packed_file_cut_short_or_damaged_is_told(void **state)
{
    (void)state;
    given("cmds.csv", COMMANDS "0,A,1,B,100,9\n1,A,2,S,200,9\n");
    packed("cmds.csv");
    char path[256];
    char bytes[1000];
    path_of("cmds.csv.xz", path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, sizeof(bytes), file);
    assert_int_equal(fclose(file), 0);
    for (size_t cut = 6; cut < count; cut += 9) { /* shorter than 6 it does not look packed */
        write_file("cmds.csv.xz", bytes, cut);
        bool has_step = true;
        int status = opening();
        while (status == JZ_OK && has_step) {
            status = jz_flow_next(flow, &step, &has_step);
        }
        assert_int_equal(status, JZ_ECORRUPT);
        assert_non_null(strstr(jz_flow_error(flow), "the packed file ends too early"));
        jz_flow_close(flow);
    }
    bytes[count / 2] ^= 1;
    write_file("cmds.csv.xz", bytes, count);
    reading_fails(JZ_ECORRUPT, "the packed file is damaged");
}

static void a_file_that_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct jz_flow_paths paths = {.commands = "/nowhere/cmds.csv"};
    assert_int_equal(jz_flow_open(&paths, &flow), JZ_ESYSTEM);
    assert_string_equal(jz_flow_error(flow), "/nowhere/cmds.csv:0: No such file or directory");
}

static void a_client_id_goes_there_and_back(void **state)
{
    (void)state;
    char client_id[JZ_CLIENT_ID_BYTES];
    assert_true(jz_flow_client_id(UINT64_C(9999999999999999), client_id));
    assert_memory_equal(client_id, "9999999999999999", JZ_CLIENT_ID_BYTES);
    assert_true(jz_flow_id(client_id) == UINT64_C(9999999999999999));
    assert_true(jz_flow_client_id(42, client_id));
    assert_memory_equal(client_id, "42\0\0\0\0\0\0\0\0\0\0\0\0\0", JZ_CLIENT_ID_BYTES);
    assert_int_equal(jz_flow_id(client_id), 42);
    assert_false(jz_flow_client_id(UINT64_C(10000000000000000), client_id));
    assert_int_equal(jz_flow_id("mine\0\0\0\0\0\0\0\0\0\0\0"), 0);
}

/* Half of the orders removed in another order than they came, against a plain array. */
static void the_table_of_live_orders_loses_none(void **state)
{
    (void)state;
    enum { ORDERS = 5000 };
    static uint64_t lots[ORDERS + 1];
    struct jz_flow_orders orders = {.slots = NULL};
    for (uint64_t id = 1; id <= ORDERS; id++) {
        const struct jz_flow_order order = {.id = id * id, .lots = id};
        assert_int_equal(jz_flow_orders_put(&orders, &order), JZ_OK);
        lots[id] = id;
    }
    for (uint64_t i = 1; i <= ORDERS / 2; i++) {
        const uint64_t id = i * 1777 % ORDERS + 1;
        struct jz_flow_order *order = jz_flow_orders_find(&orders, id * id);
        assert_non_null(order);
        jz_flow_orders_remove(&orders, order);
        lots[id] = 0;
    }
    assert_int_equal(orders.live_count, ORDERS / 2);
    for (uint64_t id = 1; id <= ORDERS; id++) {
        const struct jz_flow_order *order = jz_flow_orders_find(&orders, id * id);
        assert_int_equal(order == NULL ? 0 : order->lots, lots[id]);
    }
    jz_flow_orders_deinit(&orders);
    assert_null(jz_flow_orders_find(&orders, 1));
}

static void the_nasdaq_day_is_read_whole(void **state)
{
    (void)state;
    struct jz_flow_paths paths;
    if (jz_flow_find(JZ_SHARED_DIR "/data/lobster_amzn", &paths) != JZ_OK) {
        print_message("skipped: no shared data\n");
        skip();
    }
    assert_int_equal(jz_flow_open(&paths, &flow), JZ_OK);
    uint64_t commands = 0;
    uint64_t takers = 0;
    uint64_t fills = 0;
    uint64_t lots = 0;
    uint64_t books = 0;
    bool has_step = true;
    int status = jz_flow_next(flow, &step, &has_step);
    for (; status == JZ_OK && has_step; status = jz_flow_next(flow, &step, &has_step)) {
        commands++;
        takers += step.command.time_in_force == JZ_TIF_IOC;
        fills += step.fill_count;
        books += step.book != NULL;
        for (uint32_t i = 0; i < step.fill_count; i++) {
            lots += step.fills[i].lots;
        }
    }
    assert_string_equal(jz_flow_error(flow), "");
    assert_int_equal(commands, 229154);
    assert_int_equal(takers, 6571);
    assert_int_equal(fills, 8631);
    assert_int_equal(lots, 608789);
    assert_int_equal(books, 151108);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_letter_becomes_the_command_it_stands_for),
        TEST(books_are_handed_out_with_the_last_command_of_their_row),
        TEST(packed_files_read_like_plain_ones),
        TEST(without_fills_the_caller_tells_what_was_executed),
        TEST(a_file_is_found_with_its_neighbours_if_it_has_the_usual_name),
        TEST(a_wrong_line_is_told_by_file_and_number),
        TEST(sixteen_digits_are_an_id_and_eighteen_quintillion_is_a_price),
        TEST(fills_that_do_not_fit_the_orders_are_told),
        TEST(books_without_a_command_are_told),
        TEST(a_file_that_is_none_of_ours_is_refused),
        TEST(a_line_of_1023_characters_is_read_and_one_more_is_refused),
        TEST(a_packed_file_cut_short_or_damaged_is_told),
        TEST(a_file_that_cannot_be_opened_is_told),
        TEST(a_client_id_goes_there_and_back),
        TEST(the_table_of_live_orders_loses_none),
        TEST(the_nasdaq_day_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
