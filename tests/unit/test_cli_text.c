/* What the command line reads and prints: numbers, symbols, tables and bars, at their edges. */
#include "clients/cli/cli.h"
#include "clients/cli/draw.h"
#include "clients/cli/table.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static void numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    uint64_t value = 0;
    assert_true(jz_cli_number("18446744073709551615", 0, UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(jz_cli_number("1,000_000", 0, UINT64_MAX, &value));
    assert_int_equal(value, 1000000);
    assert_true(jz_cli_number("16", 16, 16, &value));

    value = 7;
    const char *const bad[] = {"", "-1", "1.5", "0x10", "18446744073709551616", ",1", "1 ", "ten"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(jz_cli_number(bad[i], 0, UINT64_MAX, &value));
    }
    assert_false(jz_cli_number("15", 16, 20, &value));
    assert_false(jz_cli_number("21", 16, 20, &value));
    assert_int_equal(value, 7); /* untouched */
}

static void a_symbol_is_two_codes(void **state)
{
    (void)state;
    char base[JZ_CODE_BYTES];
    char quote[JZ_CODE_BYTES];
    assert_true(jz_cli_symbol("ABCDEFGHIJKL/MILES", base, quote));
    assert_string_equal(base, "ABCDEFGHIJKL");
    assert_string_equal(quote, "MILES");
    const char *const bad[] = {"BEANS", "/MILES", "BEANS/", "ABCDEFGHIJKLM/MILES", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(jz_cli_symbol(bad[i], base, quote));
    }
}

static void thousands_stand_apart(void **state)
{
    (void)state;
    char text[JZ_NUMBER_BYTES];
    assert_string_equal(jz_table_group(text, 0), "0");
    assert_string_equal(jz_table_group(text, 999), "999");
    assert_string_equal(jz_table_group(text, 1000), "1,000");
    assert_string_equal(jz_table_group(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void columns_are_as_wide_as_they_need(void **state)
{
    (void)state;
    static const char *const headings[] = {"market", ">lots"};
    struct jz_table table;
    assert_true(jz_table_init(&table, headings, 2, false));
    assert_true(jz_table_row(&table));
    jz_table_text(&table, 0, "A/B");
    jz_table_number(&table, 1, 1234567);
    assert_true(jz_table_row(&table));
    jz_table_text(&table, 0, "BEANS/MILES");
    jz_table_number(&table, 1, 5);
    char *out = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&out, &bytes);
    jz_table_print(&table, file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(out, "market            lots\n"
                             "A/B          1,234,567\n"
                             "BEANS/MILES          5\n");
    free(out);
    jz_table_deinit(&table);
}

static void a_table_takes_its_last_row_and_no_more(void **state)
{
    (void)state;
    static const char *const headings[] = {"x"};
    struct jz_table table;
    assert_true(jz_table_init(&table, headings, 1, false)); /* headings are the first row */
    for (uint32_t i = 1; i < JZ_TABLE_ROWS_MAX; i++) {
        assert_true(jz_table_row(&table));
    }
    assert_false(jz_table_row(&table));
    jz_table_deinit(&table);
}

/* Draws a book without colour, 80 columns wide; to be freed. */
static char *drawn(const struct jz_draw_book *book)
{
    char *out = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&out, &bytes);
    jz_draw_book(file, book, 80, false, "\n");
    assert_int_equal(fclose(file), 0);
    return out;
}

static void bars_are_as_long_as_their_lots(void **state)
{
    (void)state;
    const struct jz_draw_book book = {
        .symbol = "A/B",
        .seq = 7,
        .depth_no = 3,
        .bid_count = 1,
        .ask_count = 2,
        .bids = {{30, 1}},
        .asks = {{31, 60}, {32, 30}},
    };
    char *out = drawn(&book);
    assert_non_null(strstr(out, "A/B  after command 7, change 3\n"));
    assert_non_null(strstr(out, "  spread 1\n"));
    const char *second = strstr(out, "     32    30  ");
    const char *best = strstr(out, "     31    60  ");
    const char *bid = strstr(out, "     30     1  ");
    assert_non_null(second);
    assert_non_null(best);
    assert_non_null(bid);
    assert_true(second < best && best < bid); /* best prices meet in the middle */
    const size_t whole = strcspn(best + 15, "\n");
    assert_int_equal(whole, 60 * strlen("█"));
    assert_int_equal(strcspn(second + 15, "\n"), whole / 2);
    free(out);
}

static void lots_beyond_any_product_are_drawn_all_the_same(void **state)
{
    (void)state;
    const struct jz_draw_book book = {
        .symbol = "A/B",
        .bid_count = 2,
        .bids = {{2, UINT64_MAX}, {1, UINT64_MAX / 2}},
    };
    char *out = drawn(&book);
    assert_non_null(strstr(out, "18,446,744,073,709,551,615"));
    assert_non_null(strstr(out, "one side is empty"));
    free(out);
    const struct jz_draw_book empty = {.symbol = "A/B"};
    out = drawn(&empty);
    assert_non_null(strstr(out, "the book is empty"));
    free(out);
}

static void json_keeps_every_number_whole(void **state)
{
    (void)state;
    json_t *number = jz_cli_json_number(INT64_MAX);
    assert_true(json_is_integer(number));
    assert_true(json_integer_value(number) == INT64_MAX);
    json_decref(number);
    number = jz_cli_json_number(UINT64_MAX); /* more than jansson's integers hold */
    assert_string_equal(json_string_value(number), "18446744073709551615");
    json_decref(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(a_symbol_is_two_codes),
        cmocka_unit_test(thousands_stand_apart),
        cmocka_unit_test(columns_are_as_wide_as_they_need),
        cmocka_unit_test(a_table_takes_its_last_row_and_no_more),
        cmocka_unit_test(bars_are_as_long_as_their_lots),
        cmocka_unit_test(lots_beyond_any_product_are_drawn_all_the_same),
        cmocka_unit_test(json_keeps_every_number_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
