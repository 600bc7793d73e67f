/* clients/README.md says what is so: its commands print what it shows, its C program is the sample
 * that the build makes, and the sample places an order.
 *
 * Method: the document is read, its lines that begin with "$ jiaozi" are typed into a fresh
 * exchange, and what comes out is compared with the lines below them.
 */
#include "jiaozi/jiaozi.h"
#include "tests/support/cmocka.h"
#include "tests/support/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { FILE_BYTES = 1 << 16 };

static struct jz_daemon exchange;
static char readme[FILE_BYTES];
static char example[FILE_BYTES];
static char out[FILE_BYTES];

static void read_file(char text[FILE_BYTES], const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t length = fread(text, 1, FILE_BYTES - 1, file);
    text[length] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_true(length > 0);
}

static int open_exchange(void **state)
{
    (void)state;
    read_file(readme, JZ_SOURCE_DIR "/clients/README.md");
    read_file(example, JZ_SOURCE_DIR "/clients/c/example.c");
    return jz_daemon_create(&exchange, JZ_BIN_DIR, NULL) && jz_daemon_start(&exchange) ? 0 : -1;
}

static int close_exchange(void **state)
{
    (void)state;
    jz_daemon_destroy(&exchange);
    return 0;
}

/* Runs a program of the build; what it wrote is in out. Returns its exit code. */
static int run(const char *line)
{
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    const size_t length = fread(out, 1, sizeof(out) - 1, pipe);
    out[length] = '\0';
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Types one command of the document; answer points behind its line, to what it should print.
 * Returns where that ends. */
static const char *type(const char *command, const char *answer)
{
    char line[2048];
    const int length = (int)(answer - command) - 1;
    const char *next = strstr(answer, "$ jiaozi ");
    const char *fence = strstr(answer, "```");
    const char *end = next != NULL && next < fence ? next : fence;
    (void)snprintf(line, sizeof(line), "%s/%.*s --connect %s --feed %s 2>&1", JZ_BIN_DIR, length,
                   command, exchange.requests, exchange.feed);
    (void)run(line);
    if (strlen(out) != (size_t)(end - answer) || memcmp(out, answer, strlen(out)) != 0) {
        fail_msg("'%.*s' prints '%s', the document says '%.*s'", length, command, out,
                 (int)(end - answer), answer);
    }
    return end;
}

static void the_commands_print_what_the_document_shows(void **state)
{
    (void)state;
    uint32_t count = 0;
    const char *at = strstr(readme, "$ jiaozi ");
    while (at != NULL && count < 100) {
        at = type(at + 2, strchr(at, '\n') + 1);
        at = strncmp(at, "$ jiaozi ", 9) == 0 ? at : strstr(at, "$ jiaozi ");
        count++;
    }
    assert_true(count >= 9);
}

static void the_program_in_the_document_is_the_sample(void **state)
{
    (void)state;
    assert_non_null(strstr(readme, example));
}

static void the_sample_places_an_order_and_hears_of_it(void **state)
{
    (void)state;
    char line[1024];
    (void)snprintf(line, sizeof(line), "%s/jiaozi-example %s 2>&1", JZ_BIN_DIR, exchange.requests);
    assert_int_equal(run(line), 0);
    assert_non_null(strstr(out, "0 lots executed, 10 open"));
    assert_non_null(strstr(out, " in the journal\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commands_print_what_the_document_shows),
        cmocka_unit_test(the_program_in_the_document_is_the_sample),
        cmocka_unit_test(the_sample_places_an_order_and_hears_of_it),
    };
    return cmocka_run_group_tests(tests, open_exchange, close_exchange);
}
