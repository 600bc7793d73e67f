/* cli.c - connection, errors and numbers for every subcommand. */
#include "clients/cli/cli.h"

#include "engine/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What to do about a refusal, for those where it can be said. */
#define ADVICE_MAP(X)                                                                              \
    X(BUSY, "try again in a moment")                                                               \
    X(STORAGE_FULL, "make room on the disk of the exchange")                                       \
    X(UNKNOWN, "check account, currency and order; an order may be filled or cancelled already")   \
    X(UNKNOWN_MARKET, "'jiaozi market list' shows the markets; a symbol is BASE/QUOTE")            \
    X(DUP_ID, "give another --id, or none")                                                        \
    X(CONFLICT, "'jiaozi market list' shows what is listed")                                       \
    X(QTY, "order at least one lot")                                                               \
    X(PRICE, "'jiaozi market list' shows tick and price range")                                    \
    X(BAND, "'jiaozi market list' shows band and reference")                                       \
    X(OVERFLOW, "order less")                                                                      \
    X(MIN_NOTIONAL, "order more; 'jiaozi market list' shows the least")                            \
    X(SUPPLY_CAP, "mint less, or list the currency with a larger --supply-cap")                    \
    X(CAPACITY, "cancel something, or start an exchange with larger capacities")                   \
    X(FUNDS, "order less, or mint to the account first")                                           \
    X(ID_REUSED, "give another --source-id")

#define NS_PER_MS     UINT64_C(1000000)
#define POLL_MS       100
#define TELL_AFTER_MS 1000u

static volatile sig_atomic_t interrupted;

enum { KEY_CONNECT = 0x100, KEY_FEED, KEY_JSON, KEY_COLOR, KEY_TIMEOUT };

static const struct argp_option shared_options[] = {
    {"connect", KEY_CONNECT, "ENDPOINT", 0, "requests socket (" JZ_REQUESTS_DEFAULT ")", 10},
    {"feed", KEY_FEED, "ENDPOINT", 0, "feed socket (" JZ_FEED_DEFAULT ")", 10},
    {"json", KEY_JSON, NULL, 0, "print JSON, one object a line", 10},
    {"color", KEY_COLOR, "WHEN", 0, "auto, always or never", 10},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "how long to wait for an answer (10)", 10},
    {0},
};

static error_t parse_shared(int key, char *arg, struct argp_state *state)
{
    struct jz_cli *cli = state->input;
    uint64_t seconds = 0;
    switch (key) {
    case KEY_CONNECT:
        cli->requests = arg;
        return 0;
    case KEY_FEED:
        cli->feed = arg;
        return 0;
    case KEY_JSON:
        cli->json = true;
        return 0;
    case KEY_COLOR:
        if (strcmp(arg, "auto") == 0) {
            cli->color = JZ_COLOR_AUTO;
        } else if (strcmp(arg, "always") == 0) {
            cli->color = JZ_COLOR_ALWAYS;
        } else if (strcmp(arg, "never") == 0) {
            cli->color = JZ_COLOR_NEVER;
        } else {
            argp_error(state, "--color takes auto, always or never");
        }
        return 0;
    case KEY_TIMEOUT:
        if (!jz_cli_number(arg, 1, 86400, &seconds)) {
            argp_error(state, "--timeout takes 1 to 86,400 seconds");
        }
        cli->patience_ms = (uint32_t)seconds * 1000;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp jz_cli_argp = {.options = shared_options, .parser = parse_shared};

void jz_cli_parse(const struct jz_cli *cli, const struct argp *argp, int argc, char **argv,
                  void *input)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s", cli->program);
    char *first = argv[0];
    argv[0] = name;
    const error_t error = argp_parse(argp, argc, argv, 0, NULL, input);
    argv[0] = first;
    if (error != 0) {
        exit(JZ_EXIT_USAGE);
    }
}

static void tell(const struct jz_cli *cli, const char *format, va_list arguments)
{
    char text[1024];
    (void)vsnprintf(text, sizeof(text), format, arguments);
    (void)fprintf(stderr, "%s: %s\n", cli->program, text);
}

void jz_cli_tell(const struct jz_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(cli, format, arguments);
    va_end(arguments);
}

int jz_cli_usage(const struct jz_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(cli, format, arguments);
    va_end(arguments);
    return JZ_EXIT_USAGE;
}

int jz_cli_fault(const struct jz_cli *cli, int status)
{
    if (status == JZ_ETIMEOUT && cli->refusal == JZ_RESULT_BUSY) {
        jz_cli_tell(cli,
                    "BUSY: %s has as many connections as it has lanes; close others, or start "
                    "a new exchange with more --lanes",
                    cli->requests);
    } else if (status == JZ_ETIMEOUT) {
        jz_cli_tell(cli,
                    "no answer from %s; is jiaozid running there? (--connect names another, "
                    "--timeout waits longer)",
                    cli->requests);
    } else if (status == JZ_EINVAL) {
        jz_cli_tell(cli, "a text is too long or empty, or an endpoint is not of the form %s",
                    JZ_REQUESTS_DEFAULT);
        return JZ_EXIT_USAGE;
    } else {
        jz_cli_tell(cli, "%s (%s)", jz_status_text(status), strerror(errno));
    }
    return JZ_EXIT_UNREACHABLE;
}

static const char *advice_for(enum jz_result result)
{
#define X(name, text)                                                                              \
    if (result == JZ_RESULT_##name) {                                                              \
        return text;                                                                               \
    }
    ADVICE_MAP(X)
#undef X
    return NULL;
}

int jz_cli_refused(const struct jz_cli *cli, enum jz_result result, enum jz_field field)
{
    const char *advice = advice_for(result);
    jz_cli_tell(cli, "%s: %s%s%s%s%s%s", jz_result_wire((int)result), jz_result_text((int)result),
                field != 0 ? " (" : "", jz_field_word((int)field), field != 0 ? ")" : "",
                advice != NULL ? "; " : "", advice != NULL ? advice : "");
    return JZ_EXIT_REFUSED;
}

bool jz_cli_has_color(const struct jz_cli *cli)
{
    return cli->color == JZ_COLOR_ALWAYS ||
           (cli->color == JZ_COLOR_AUTO && isatty(STDOUT_FILENO) == 1);
}

static void hear_connection(void *context, const struct jz_connection *connection)
{
    struct jz_cli *cli = context;
    cli->is_connected = connection->state == JZ_CONNECTION_UP;
    cli->refusal = connection->result;
}

/* Waits for the connection; says on a terminal that it does, when that takes longer than a second.
 */
static int await_connection(struct jz_cli *cli)
{
    const uint64_t start_ns = jz_clock_monotonic_ns();
    bool has_told = isatty(STDERR_FILENO) != 1;
    while (!cli->is_connected) {
        const int count = jz_client_poll(cli->client, POLL_MS);
        if (count < 0) {
            return count;
        }
        const uint64_t waited_ms = (jz_clock_monotonic_ns() - start_ns) / NS_PER_MS;
        if (waited_ms >= cli->patience_ms) {
            return JZ_ETIMEOUT;
        }
        if (waited_ms >= TELL_AFTER_MS && !has_told) {
            has_told = true;
            jz_cli_tell(cli, "waiting for %s, at most %u s", cli->requests,
                        (unsigned)(cli->patience_ms / 1000));
        }
    }
    return JZ_OK;
}

int jz_cli_connect(struct jz_cli *cli)
{
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options),
        .requests = cli->requests,
        .feed = cli->feed,
        .patience_ms = cli->patience_ms,
        .context = cli,
        .on_connection = hear_connection,
    };
    int status = jz_client_create(&options, &cli->client);
    if (status == JZ_OK) {
        status = await_connection(cli);
    }
    return status == JZ_OK ? JZ_EXIT_OK : jz_cli_fault(cli, status);
}

int jz_cli_call(struct jz_cli *cli, const struct jz_command *command, struct jz_answer *answer)
{
    if (cli->client == NULL) {
        const int code = jz_cli_connect(cli);
        if (code != JZ_EXIT_OK) {
            return code;
        }
    }
    const int status = jz_client_call(cli->client, command, answer);
    if (status != JZ_OK) {
        return jz_cli_fault(cli, status);
    }
    return answer->result == JZ_RESULT_DONE ? JZ_EXIT_OK
                                            : jz_cli_refused(cli, answer->result, answer->field);
}

json_t *jz_cli_json_number(uint64_t value)
{
    if (value <= INT64_MAX) {
        return json_integer((json_int_t)value);
    }
    return json_sprintf("%" PRIu64, value);
}

void jz_cli_print_json(json_t *object)
{
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
    json_decref(object);
}

json_t *jz_cli_json_answer(const struct jz_answer *answer)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "seq", jz_cli_json_number(answer->seq));
    (void)json_object_set_new(object, "duplicate", json_boolean(answer->duplicate));
    return object;
}

bool jz_cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;
    bool has_digit = false;
    for (; *text != '\0'; text++) {
        if ((*text == ',' || *text == '_') && has_digit) {
            continue;
        }
        if (*text < '0' || *text > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*text - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
        has_digit = true;
    }
    if (!has_digit || sum < min || sum > max) {
        return false;
    }
    *value = sum;
    return true;
}

bool jz_cli_symbol(const char *symbol, char base[JZ_CODE_BYTES], char quote[JZ_CODE_BYTES])
{
    const char *slash = strchr(symbol, '/');
    if (slash == NULL) {
        return false;
    }
    const size_t base_length = (size_t)(slash - symbol);
    const size_t quote_length = strlen(slash + 1);
    if (base_length == 0 || base_length > JZ_CURRENCY_CODE_MAX || quote_length == 0 ||
        quote_length > JZ_CURRENCY_CODE_MAX) {
        return false;
    }
    memset(base, 0, JZ_CODE_BYTES);
    memcpy(base, symbol, base_length);
    memset(quote, 0, JZ_CODE_BYTES);
    memcpy(quote, slash + 1, quote_length);
    return true;
}

static void note_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void jz_cli_catch_signals(void)
{
    const struct sigaction action = {.sa_handler = note_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool jz_cli_is_interrupted(void)
{
    return interrupted != 0;
}
