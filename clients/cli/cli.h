/* cli.h - what the subcommands of jiaozi share: options, connection, errors, exit codes.
 *
 * A subcommand is a function of its own arguments that returns the exit code. What it found out
 * goes to stdout, as a table for people or with --json as one JSON object a line; everything else
 * goes to stderr, an error as one line that says what happened and what to do about it.
 */
#ifndef JZ_CLI_CLI_H
#define JZ_CLI_CLI_H

#include "jiaozi/jiaozi.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit codes, by class. */
enum jz_exit {
    JZ_EXIT_OK = 0,
    JZ_EXIT_REFUSED = 1,     /* the exchange said no; the line on stderr begins with its code */
    JZ_EXIT_USAGE = 2,       /* the command line makes no sense, or a file cannot be read */
    JZ_EXIT_UNREACHABLE = 3, /* no connection, or no answer in time: what became of it is unknown */
    JZ_EXIT_MISMATCH = 4,    /* replay: the exchange did not do what the venue did */
    JZ_EXIT_INTERRUPTED = 130, /* Ctrl-C, where that cuts work short */
};

enum jz_color { JZ_COLOR_AUTO = 0, JZ_COLOR_ALWAYS, JZ_COLOR_NEVER };

/* Options that every subcommand takes. */
struct jz_cli {
    const char *program; /* jiaozi SUBCOMMAND, for messages */
    const char *requests;
    const char *feed;
    bool json;
    enum jz_color color;
    uint32_t patience_ms;
    bool is_connected;
    enum jz_result refusal;   /* why hello was refused last, 0: it was not */
    struct jz_client *client; /* once jz_cli_connect was called */
};

/* X(word, function, arguments, what it does): one line per subcommand. */
#define JZ_CLI_MAP(X)                                                                              \
    X("currency", jz_listing_currency, "add CODE", "list a currency")                              \
    X("market", jz_listing_market, "add BASE/QUOTE | list", "list a market; show markets")         \
    X("account", jz_listing_account, "open ID", "open an account")                                 \
    X("mint", jz_listing_mint, "ACCOUNT CURRENCY AMOUNT", "issue points to an account")            \
    X("order", jz_order_place, "buy|sell ACCOUNT SYMBOL LOTS PRICE", "place an order")             \
    X("cancel", jz_order_cancel, "ACCOUNT [ORDER]", "cancel an order")                             \
    X("replace", jz_order_replace, "ACCOUNT [ORDER] LOTS PRICE", "change size or price of one")    \
    X("book", jz_show_book, "SYMBOL", "show a book, or watch it change")                           \
    X("trades", jz_show_trades, "SYMBOL", "watch trades as they happen")                           \
    X("status", jz_show_status, "", "how the exchange does")                                       \
    X("replay", jz_replay_run, "PATH", "send recorded order flow and compare what comes out")

#define X(word, function, arguments, what) int function(struct jz_cli *cli, int argc, char **argv);
JZ_CLI_MAP(X)
#undef X

/* The shared options as a child of a subcommand's argp; its input is the struct jz_cli. */
extern const struct argp jz_cli_argp;

/* Parses the arguments of a subcommand whose argp has jz_cli_argp as first child. input is what its
 * parser gets; the parser hands cli to the child at ARGP_KEY_INIT. A usage error ends the process.
 */
void jz_cli_parse(const struct jz_cli *cli, const struct argp *argp, int argc, char **argv,
                  void *input);

/* Makes a client for one command after the other, without reports, and connects it. JZ_EXIT_OK, or
 * the exit code after telling why not. */
int jz_cli_connect(struct jz_cli *cli);

/* Colours belong on stdout: asked for, or it is a terminal. */
bool jz_cli_has_color(const struct jz_cli *cli);

/* Sends one command and waits. JZ_EXIT_OK with the answer filled; else the exit code, with the
 * refusal or fault told. */
int jz_cli_call(struct jz_cli *cli, const struct jz_command *command, struct jz_answer *answer);

/* Tells a fault of the machine, or that the exchange cannot be reached; returns the exit code. */
int jz_cli_fault(const struct jz_cli *cli, int status);

/* Tells a refusal; returns JZ_EXIT_REFUSED. field may be 0. */
int jz_cli_refused(const struct jz_cli *cli, enum jz_result result, enum jz_field field);

/* Writes "program: text" as one line on stderr. */
void jz_cli_tell(const struct jz_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells a usage error and returns JZ_EXIT_USAGE. */
int jz_cli_usage(const struct jz_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a JSON object as one line on stdout and gives it up. */
void jz_cli_print_json(json_t *object);

/* A whole number of 64 bits as JSON. Beyond 2^63 - 1 a text of digits, since jansson has none. */
json_t *jz_cli_json_number(uint64_t value);

/* Adds an answer's seq, nonce and duplicate, and those of its results that are set. */
json_t *jz_cli_json_answer(const struct jz_answer *answer);

/* Reads a whole number in [min, max] written in decimal digits, grouped by nothing, ',' or '_'. */
bool jz_cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* BASE/QUOTE into its two codes; false if it is not of that shape. */
bool jz_cli_symbol(const char *symbol, char base[JZ_CODE_BYTES], char quote[JZ_CODE_BYTES]);

/* Set once Ctrl-C or SIGTERM came, after jz_cli_catch_signals. */
bool jz_cli_is_interrupted(void);
void jz_cli_catch_signals(void);

#endif /* JZ_CLI_CLI_H */
