/* main.c - jiaozi, the command line of the exchange: finds the subcommand and runs it. */
#include "clients/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*subcommand_fn)(struct jz_cli *cli, int argc, char **argv);

struct subcommand {
    const char *word;
    subcommand_fn run;
    const char *arguments;
    const char *what;
};

static const struct subcommand subcommands[] = {
#define X(word, function, arguments, what) {word, function, arguments, what},
    JZ_CLI_MAP(X)
#undef X
};

#define SUBCOMMAND_COUNT (sizeof(subcommands) / sizeof(subcommands[0]))

/* What the top level has found out. */
struct top {
    struct jz_cli cli;
    const struct subcommand *subcommand;
    int rest; /* index of the subcommand's own arguments */
};

static const struct subcommand *find_subcommand(const char *word)
{
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        if (strcmp(subcommands[i].word, word) == 0) {
            return &subcommands[i];
        }
    }
    return NULL;
}

static error_t parse_top(int key, char *arg, struct argp_state *state)
{
    struct top *top = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &top->cli;
        return 0;
    case ARGP_KEY_ARG:
        top->subcommand = find_subcommand(arg);
        if (top->subcommand == NULL) {
            argp_error(state, "no command '%s'; 'jiaozi --help' lists them", arg);
        }
        top->rest = state->next;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a command is missing; 'jiaozi --help' lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *describe(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        char *same = NULL; /* argp wants back what it gave, without its const */
        memcpy(&same, &text, sizeof(same));
        return same;
    }
    char *out = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&out, &bytes);
    if (file == NULL) {
        return NULL;
    }
    (void)fputs("Commands ('jiaozi COMMAND --help' tells more of each):\n", file);
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        (void)fprintf(file, "  %-8s  %-38s  %s\n", subcommands[i].word, subcommands[i].arguments,
                      subcommands[i].what);
    }
    (void)fputs(
        "\nExit codes: 0 done; 1 refused by the exchange; 2 wrong usage; 3 not reachable or "
        "no answer in time, so what became of it is unknown; 4 a replay does not match; 130 "
        "interrupted.",
        file);
    (void)fclose(file);
    return out;
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&jz_cli_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse_top,
        .args_doc = "COMMAND ...",
        .doc = "Talks to an exchange for loyalty points.\v",
        .children = children,
        .help_filter = describe,
    };
    argp_err_exit_status = JZ_EXIT_USAGE;
    argp_program_version = "jiaozi 0.1.0";
    struct top top = {
        .cli = {.program = "jiaozi",
                .requests = JZ_REQUESTS_DEFAULT,
                .feed = JZ_FEED_DEFAULT,
                .patience_ms = 10000},
    };
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &top) != 0) {
        return JZ_EXIT_USAGE;
    }
    char program[64];
    (void)snprintf(program, sizeof(program), "jiaozi %s", top.subcommand->word);
    top.cli.program = program;
    /* The subcommand sees its own word as argv[0]. */
    const int code = top.subcommand->run(&top.cli, argc - top.rest + 1, argv + top.rest - 1);
    jz_client_destroy(top.cli.client);
    return code;
}
