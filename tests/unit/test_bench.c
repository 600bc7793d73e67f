/* jz-bench understands its options to the letter, and its reports are one JSON object each.
 *
 * Method: the program itself, run with small settings; what it measures is not looked at.
 */
#include "tests/support/cmocka.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[4000];

/* Runs jz-bench and keeps what it wrote. */
static int bench(const char *arguments)
{
    char line[300];
    (void)snprintf(line, sizeof(line), JZ_BIN_DIR "/jz-bench %s 2>&1", arguments);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c): a fixed command of the test */
    assert_non_null(pipe);
    output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static json_t *report(const char *arguments)
{
    assert_int_equal(bench(arguments), 0);
    json_error_t error;
    json_t *object = json_loads(output, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(object);
    assert_true(json_is_object(object));
    return object;
}

static void has_number(const json_t *object, const char *name, double least)
{
    const json_t *value = json_object_get(object, name);
    assert_true(json_is_number(value));
    assert_true(json_number_value(value) >= least);
}

static void unknown_parts_options_and_numbers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(bench(""), 2);
    assert_int_equal(bench("nothing"), 2);
    assert_non_null(strstr(output, "there is no part nothing"));
    assert_int_equal(bench("core --colour"), 2);
    assert_non_null(strstr(output, "--colour is no option of it"));
    assert_int_equal(bench("core --commands"), 2);
    assert_non_null(strstr(output, "--commands needs a value"));
    static const char *const numbers[] = {"0", "-1",  "1x",       "", "18446744073709551616",
                                          "x", "1.5", "100000001"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char arguments[80];
        (void)snprintf(arguments, sizeof(arguments), "core --commands '%s'", numbers[i]);
        assert_int_equal(bench(arguments), 2);
        assert_non_null(strstr(output, "is no number in range for --commands"));
    }
    assert_int_equal(bench("flow"), 2);
    assert_non_null(strstr(output, "say --out DIRECTORY"));
}

static void help_lists_parts_and_options(void **state)
{
    (void)state;
    assert_int_equal(bench("--help"), 0);
    assert_non_null(strstr(output, "core"));
    assert_int_equal(bench("core --help"), 0);
    assert_non_null(strstr(output, "--depth VALUE"));
    assert_non_null(strstr(output, "[1000]")); /* the default */
}

static void the_core_s_report_has_its_figures_and_its_setting(void **state)
{
    (void)state;
    json_t *object = report("core --commands 2000 --depth 100 --accounts 10 --rounds 2 --json");
    assert_string_equal(json_string_value(json_object_get(object, "bench")), "core");
    has_number(object, "processors", 1);
    has_number(object, "commands", 2000);
    has_number(object, "accounts", 20);
    has_number(object, "ns_per_command", 1);
    has_number(object, "baseline_ns_per_command", 0);
    has_number(object, "commands_per_second", 1);
    has_number(object, "p50_ns", 1);
    has_number(object, "p999_ns", 1);
    json_decref(object);
}

static void a_flow_is_written_where_it_was_asked_for(void **state)
{
    (void)state;
    char folder[] = "/tmp/jz-bench-XXXXXX";
    char arguments[120];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(arguments, sizeof(arguments), "flow --commands 100 --seed 3 --out %s/new --json",
                   folder);
    json_t *object = report(arguments);
    has_number(object, "commands", 100);
    json_decref(object);
    static const char *const names[] = {"new/cmds.csv", "new/fills.csv", "new/book5.csv"};
    for (size_t i = 0; i < 3; i++) {
        char path[120];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    char path[120];
    (void)snprintf(path, sizeof(path), "%s/new", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(bench("flow --out /nowhere/at/all"), 1);
    assert_non_null(strstr(output, "cannot write to /nowhere/at/all: No such file or directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_parts_options_and_numbers_are_refused),
        cmocka_unit_test(help_lists_parts_and_options),
        cmocka_unit_test(the_core_s_report_has_its_figures_and_its_setting),
        cmocka_unit_test(a_flow_is_written_where_it_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
