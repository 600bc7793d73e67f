/* jiaozi as a person uses it: what each command prints, and the exit code that a script relies on.
 *
 * Method: the program itself against a real jiaozid; one exchange for all tests, in their order.
 */
#include "jiaozi/jiaozi.h"
#include "tests/support/cmocka.h"
#include "tests/support/daemon.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { OUT_BYTES = 1 << 16 };

static struct jz_daemon exchange;
static char out[OUT_BYTES]; /* what the last command wrote, stderr included */

/* Runs jiaozi with these arguments; returns its exit code. */
static int jiaozi(const char *arguments)
{
    char line[2048];
    (void)snprintf(line, sizeof(line), "%s/jiaozi %s --connect %s --feed %s 2>&1", JZ_BIN_DIR,
                   arguments, exchange.requests, exchange.feed);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    const size_t length = fread(out, 1, sizeof(out) - 1, pipe);
    out[length] = '\0';
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last command's output as JSON; to be given up. */
static json_t *json(void)
{
    json_error_t error;
    json_t *object = json_loads(out, 0, &error);
    assert_non_null(object);
    return object;
}

static void says(const char *text)
{
    if (strstr(out, text) == NULL) {
        fail_msg("'%s' is missing in: %s", text, out);
    }
}

static int open_exchange(void **state)
{
    (void)state;
    return jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) && jz_daemon_start(&exchange) ? 0 : -1;
}

static int close_exchange(void **state)
{
    (void)state;
    jz_daemon_destroy(&exchange);
    return 0;
}

static void an_operator_lists_and_funds(void **state)
{
    (void)state;
    assert_int_equal(jiaozi("currency add BEANS --scale 0"), 0);
    says("currency BEANS is listed, number 1");
    assert_int_equal(jiaozi("currency add MILES --json"), 0);
    says("\"id\":2");
    assert_int_equal(jiaozi("market add BEANS/MILES --lot 10 --tick 2 --price-max 1000000"), 0);
    assert_int_equal(jiaozi("account open 101"), 0);
    says("account 101 is open");
    assert_int_equal(jiaozi("account open 102 --role market_maker"), 0);
    assert_int_equal(jiaozi("mint 101 MILES 1,000,000"), 0);
    says("1,000,000 MILES for account 101, source id ");
    assert_int_equal(jiaozi("mint 102 BEANS 5000 --source-id first --json"), 0);
    json_t *object = json();
    assert_string_equal(json_string_value(json_object_get(object, "source_id")), "first");
    assert_int_equal(json_integer_value(json_object_get(object, "amount")), 5000);
    json_decref(object);
    assert_int_equal(jiaozi("market list"), 0);
    says("BEANS/MILES");
    says("continuous");
}

static void a_member_trades(void **state)
{
    (void)state;
    assert_int_equal(jiaozi("order sell 102 BEANS/MILES 20 30 --id ask1"), 0);
    says("is new: 0 lots executed, 20 open");
    assert_int_equal(jiaozi("order buy 101 BEANS/MILES 5 32 --json"), 0);
    json_t *object = json();
    assert_string_equal(json_string_value(json_object_get(object, "status")), "filled");
    assert_int_equal(json_integer_value(json_object_get(object, "cum_lots")), 5);
    json_decref(object);
    assert_int_equal(jiaozi("order buy 101 BEANS/MILES 50 28 --ioc"), 0);
    says("is canceled: 0 lots executed");
    assert_int_equal(jiaozi("replace 102 --id ask1 12 34"), 0);
    says("12 open");
    assert_int_equal(jiaozi("book BEANS/MILES"), 0);
    says("34    12  ");
    assert_int_equal(jiaozi("book BEANS/MILES --json"), 0);
    says("\"asks\":[[34,12]]");
    assert_int_equal(jiaozi("book BEANS/MILES --watch --count 1 --json"), 0);
    says("\"asks\":[[34,12]]");
    assert_int_equal(jiaozi("cancel 102 --id ask1"), 0);
    says("is canceled: 12 lots cancelled, 0 open");
}

static void a_refusal_is_one_line_with_its_code_and_what_to_do(void **state)
{
    (void)state;
    assert_int_equal(jiaozi("order buy 101 BEANS/MILES 1000000 1000000"), 1);
    says("jiaozi order: FUNDS: not enough available points; order less, or mint");
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    assert_int_equal(jiaozi("order buy 101 BEANS/MILES 1 31"), 1);
    says("PRICE: ");
    assert_int_equal(jiaozi("cancel 101 77"), 1);
    says("UNKNOWN: ");
    assert_int_equal(jiaozi("book STARS/MILES"), 1);
    says("UNKNOWN_MARKET: ");
    assert_int_equal(jiaozi("trades STARS/MILES"), 1);
    assert_int_equal(jiaozi("currency add BEANS --scale 3"), 1);
    says("CONFLICT: ");
    assert_int_equal(jiaozi("account open 3"), 1);
}

static void a_wrong_command_line_is_told_before_anything_is_sent(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "",
        "fly",
        "status now",
        "status --wings",
        "order hold 101 BEANS/MILES 1 30",
        "order buy 101 BEANS/MILES 1",
        "order buy me BEANS/MILES 1 30",
        "order buy 101 BEANS/MILES 1.5 30",
        "order buy 101 BEANS/MILES 1 30 --id 12345678901234567",
        "cancel 101",
        "cancel 101 5 6",
        "replace 101 5 6",
        "market add BEANS --lot 1",
        "market add BEANS/MILES",
        "mint 101 MILES -5",
        "book",
        "book BEANS/MILES --depth 101",
        "replay",
        "replay /nowhere",
        "replay /nowhere --window 4097",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (jiaozi(wrong[i]) != 2) {
            fail_msg("'%s' should be refused as usage: %s", wrong[i], out);
        }
        says("jiaozi");
    }
}

static void an_exchange_out_of_reach_has_its_own_exit_code(void **state)
{
    (void)state;
    assert_int_equal(jiaozi("status --timeout 1 --connect tcp://127.0.0.1:1 2>&1 #"), 3);
    says("is jiaozid running there?");
}

static void status_says_how_the_exchange_does(void **state)
{
    (void)state;
    assert_int_equal(jiaozi("status"), 0);
    says("takes orders    yes");
    assert_int_equal(jiaozi("status --digest --json"), 0);
    json_t *object = json();
    assert_int_equal(json_integer_value(json_object_get(object, "currencies")), 2);
    assert_true(json_is_integer(json_object_get(object, "seq")));
    assert_int_equal(json_integer_value(json_object_get(object, "live_orders")), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(object, "content_digest"))), 32);
    json_decref(object);
}

/* Writes a small flow below the exchange's own directory. */
static void write_file(const char *name, const char *text)
{
    char path[JZ_DAEMON_PATH_BYTES + 32];
    (void)snprintf(path, sizeof(path), "%.480s/%s", exchange.directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#define BOOK_HEAD                                                                                  \
    "row,ask1_price,ask1_qty,bid1_price,bid1_qty,ask2_price,ask2_qty,bid2_price,bid2_qty,"         \
    "ask3_price,ask3_qty,bid3_price,bid3_qty,ask4_price,ask4_qty,bid4_price,bid4_qty,"             \
    "ask5_price,ask5_qty,bid5_price,bid5_qty\n"
#define NO_LEVELS ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"

static void a_replay_that_matches_exits_0_and_one_that_differs_exits_4(void **state)
{
    (void)state;
    char line[1200];
    write_file("cmds.csv", "row,op,id,side,price,qty\n0,A,1,S,500,10\n1,A,2,B,400,7\n"
                           "2,T,10000000000002,B,500,4\n3,R,1,S,500,2\n4,C,2,B,400,7\n");
    write_file("fills.csv", "row,maker_id,price,qty\n2,1,500,4\n");
    write_file("book5.csv", BOOK_HEAD "0,500,10,0,0" NO_LEVELS "1,500,10,400,7" NO_LEVELS
                                      "2,500,6,400,7" NO_LEVELS "3,500,4,400,7" NO_LEVELS
                                      "4,500,4,0,0" NO_LEVELS);
    (void)snprintf(line, sizeof(line), "replay %s --setup --market X1/Y1 --json",
                   exchange.directory);
    assert_int_equal(jiaozi(line), 0);
    says("\"takers\":{\"total\":1,\"matched\":1,");
    says("\"book_rows\":{\"total\":5,\"matched\":5,");

    assert_int_equal(jiaozi(line), 2); /* its book is not empty any more */
    says("X1/Y1 already holds orders");

    write_file("fills.csv", "row,maker_id,price,qty\n2,1,501,4\n");
    (void)snprintf(line, sizeof(line), "replay %s --setup --market X2/Y2 --buyer 201 --seller 202",
                   exchange.directory);
    assert_int_equal(jiaozi(line), 4);
    says("fill 1 is 4@500 of 1, the venue had 4@501 of 1");
    says("0 of 1 filled as the venue filled them, 1 DIFFER");

    write_file("fills.csv", "row,maker_id,price,qty\n2,1,500,4\n");
    write_file("book5.csv", BOOK_HEAD "0,500,10,0,0" NO_LEVELS "4,500,5,0,0" NO_LEVELS);
    (void)snprintf(line, sizeof(line), "replay %s --setup --market X3/Y3 --buyer 301 --seller 302",
                   exchange.directory);
    assert_int_equal(jiaozi(line), 4);
    says("ask 1 is 4@500, the venue had 5@500");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_lists_and_funds),
        cmocka_unit_test(a_member_trades),
        cmocka_unit_test(a_refusal_is_one_line_with_its_code_and_what_to_do),
        cmocka_unit_test(a_wrong_command_line_is_told_before_anything_is_sent),
        cmocka_unit_test(an_exchange_out_of_reach_has_its_own_exit_code),
        cmocka_unit_test(status_says_how_the_exchange_does),
        cmocka_unit_test(a_replay_that_matches_exits_0_and_one_that_differs_exits_4),
    };
    return cmocka_run_group_tests(tests, open_exchange, close_exchange);
}
