/* options.c - jiaozid's command line, by argp. */
#include "engine/options.h"

#include "engine/base/limits.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_DATA = 'd',
    KEY_REQUESTS = 256,
    KEY_FEED,
    KEY_GATEWAY,
    KEY_BUSY_POLL,
    KEY_ACCEPT_TIME,
    KEY_DIGEST,
    KEY_SEGMENT_BYTES,
    KEY_RESERVE_BYTES,
    KEY_EVENT_RING_BYTES,
    KEY_GATEWAY_BYTES,
    KEY_CHILD,
    KEY_CAPACITY, /* and as many more as there are capacities */
};

/* Memory of a gateway's process: a peer that makes the network library take more loses its
 * connection, and at worst the gateway is started again; the books never feel it. */
#define GATEWAY_BYTES_DEFAULT (UINT64_C(1) << 30)
#define GATEWAY_BYTES_MIN     (UINT64_C(64) << 20) /* with less it could not hold its own buffers */

const char *argp_program_version = "jiaozid 0.1.0";
error_t argp_err_exit_status = 64;

static const char about[] =
    "The exchange: takes orders over ZeroMQ, matches them, and acknowledges each one when it is "
    "safe on disk. Stop it with Ctrl-C or SIGTERM; a kill -9 loses nothing that was acknowledged.";

static const struct argp_option choices[] = {
    {"data", KEY_DATA, "DIR", 0, "Directory of the exchange, made if missing [jiaozi-data]", 1},
    {"requests", KEY_REQUESTS, "ENDPOINT", 0, "Requests socket [tcp://127.0.0.1:7010]", 1},
    {"feed", KEY_FEED, "ENDPOINT", 0, "Feed socket [tcp://127.0.0.1:7011]", 1},
    {"accept-time", KEY_ACCEPT_TIME, NULL, 0,
     "Start although the clock is far from the last record's time", 1},
    {"digest", KEY_DIGEST, NULL, 0, "Replay the journal, print the state's digests, and end", 1},
    {"gateway", KEY_GATEWAY, "process|thread", 0,
     "Where the gateway runs; thread is for debuggers [process]", 2},
    {"busy-poll", KEY_BUSY_POLL, NULL, 0, "Never sleep: for machines with cores to spare", 2},
    {"segment-bytes", KEY_SEGMENT_BYTES, "N", 0, "Length of a journal segment [64M]", 2},
    {"reserve-bytes", KEY_RESERVE_BYTES, "N", 0,
     "Refuse new orders when less disk space is free [256M]", 2},
    {"event-ring-bytes", KEY_EVENT_RING_BYTES, "N", 0, "Memory for events under way [256M]", 2},
    {"gateway-bytes-max", KEY_GATEWAY_BYTES, "N", 0,
     "Most memory of the gateway's process; one that wants more is started afresh [1G]", 2},
    {"gateway-child", KEY_CHILD, "WORDS", OPTION_HIDDEN, NULL, 0},
    {NULL, 0, NULL, 0, "Capacities, fixed by the first start:", 3},
#define X(field, option, initial, text)                                                            \
    {option, KEY_CAPACITY + JZ_GIVEN_##field, "N", 0, "Most " text " [" #initial "]", 3},
    JZ_CAPACITY_MAP(X)
#undef X
        {0},
};

/* A whole number, with K, M or G for powers of 1,024. */
static bool read_number(const char *text, uint64_t *number)
{
    char *rest = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &rest, 10);
    if (errno != 0 || rest == text || text[0] < '0' || text[0] > '9') {
        return false;
    }
    uint64_t unit = 1;
    if (*rest == 'K' || *rest == 'M' || *rest == 'G') {
        unit = *rest == 'K' ? 1u << 10 : *rest == 'M' ? 1u << 20 : 1u << 30;
        rest++;
    }
    if (*rest != '\0' || value > UINT64_MAX / unit) {
        return false;
    }
    *number = value * unit;
    return true;
}

static uint64_t number_between(const char *text, uint64_t least, uint64_t most,
                               struct argp_state *state)
{
    uint64_t number = 0;
    if (!read_number(text, &number) || number < least || number > most) {
        argp_error(state, "%s: a whole number from %llu to %llu is wanted here", text,
                   (unsigned long long)least, (unsigned long long)most);
    }
    return number;
}

static const char *local_endpoint(const char *text, struct argp_state *state)
{
    if (!jz_options_is_local(text)) {
        argp_error(state,
                   "%s: only endpoints that this machine alone can reach are served without keys: "
                   "tcp://127.0.0.1:PORT, tcp://[::1]:PORT or ipc://PATH",
                   text);
    }
    return text;
}

static void set_capacity(struct jz_options *options, int which, const char *text,
                         struct argp_state *state)
{
    static const struct {
        uint32_t least;
        uint32_t most;
    } bounds[] = {
        [JZ_GIVEN_currencies] = {1, JZ_CURRENCIES_MAX},
        [JZ_GIVEN_markets] = {1, JZ_MARKETS_MAX},
        [JZ_GIVEN_accounts] = {JZ_ACCOUNT_FIRST, JZ_ACCOUNTS_MAX},
        [JZ_GIVEN_balances] = {1, JZ_BALANCES_MAX},
        [JZ_GIVEN_orders] = {1, JZ_ORDERS_MAX},
        [JZ_GIVEN_levels] = {1, JZ_LEVELS_MAX},
        [JZ_GIVEN_lanes] = {1, JZ_LANES_MAX},
        [JZ_GIVEN_window] = {1, JZ_WINDOW_MAX},
    };
    const uint32_t value =
        (uint32_t)number_between(text, bounds[which].least, bounds[which].most, state);
    if (which == JZ_GIVEN_window && (value & (value - 1)) != 0) {
        argp_error(state, "%s: a window is a power of two of nonces, such as 4096", text);
    }
    switch (which) {
#define X(field, option, initial, what)                                                            \
    case JZ_GIVEN_##field:                                                                         \
        options->genesis.field = value;                                                            \
        break;
        JZ_CAPACITY_MAP(X)
#undef X
    default:
        return;
    }
    options->given[which] = true;
}

static void read_child(struct jz_options *options, const char *text, struct argp_state *state)
{
    unsigned long long epoch = 0;
    const int count =
        sscanf(text, "%d,%d,%d,%d,%d,%llx,%u,%u,%d", &options->files[0], &options->files[1],
               &options->files[2], &options->files[3], &options->files[4], &epoch,
               &options->lane_first, &options->lane_count, &options->parent);
    if (count != 9) {
        argp_error(state, "--gateway-child is for jiaozid's own use");
    }
    options->epoch = epoch;
    options->mode = JZ_MODE_GATEWAY_CHILD;
}

static uint64_t ring_bytes(const char *text, struct argp_state *state)
{
    const uint64_t bytes = number_between(text, 1u << 20, UINT64_C(1) << 36, state);
    if ((bytes & (bytes - 1)) != 0) {
        argp_error(state, "%s: the event ring is a power of two of bytes, such as 256M", text);
    }
    return bytes;
}

static uint64_t segment_bytes(const char *text, struct argp_state *state)
{
    const uint64_t bytes = number_between(text, JZ_SEGMENT_BYTES_MIN, JZ_SEGMENT_BYTES_MAX, state);
    if (bytes % JZ_BLOCK_BYTES != 0) {
        argp_error(state, "%s: a segment is a multiple of 4K", text);
    }
    return bytes;
}

static error_t read_choice(int key, char *argument, struct argp_state *state)
{
    struct jz_options *options = state->input;

    switch (key) {
    case KEY_DATA:
        options->data = argument;
        return 0;
    case KEY_REQUESTS:
        options->requests = local_endpoint(argument, state);
        return 0;
    case KEY_FEED:
        options->feed = local_endpoint(argument, state);
        return 0;
    case KEY_GATEWAY:
        options->gateway_in_thread = strcmp(argument, "thread") == 0;
        if (!options->gateway_in_thread && strcmp(argument, "process") != 0) {
            argp_error(state, "--gateway takes process or thread, not %s", argument);
        }
        return 0;
    case KEY_BUSY_POLL:
        options->busy_poll = true;
        return 0;
    case KEY_ACCEPT_TIME:
        options->accept_time = true;
        return 0;
    case KEY_DIGEST:
        options->mode = JZ_MODE_DIGEST;
        return 0;
    case KEY_SEGMENT_BYTES:
        options->segment_bytes = segment_bytes(argument, state);
        return 0;
    case KEY_RESERVE_BYTES:
        options->reserve_bytes = number_between(argument, 0, UINT64_C(1) << 50, state);
        return 0;
    case KEY_EVENT_RING_BYTES:
        options->event_ring_bytes = ring_bytes(argument, state);
        return 0;
    case KEY_GATEWAY_BYTES:
        options->gateway_bytes_max =
            number_between(argument, GATEWAY_BYTES_MIN, UINT64_C(1) << 50, state);
        return 0;
    case KEY_CHILD:
        read_child(options, argument, state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: jiaozid takes options only", argument);
        return 0;
    default:
        if (key >= KEY_CAPACITY && key < KEY_CAPACITY + JZ_GIVEN_COUNT) {
            set_capacity(options, key - KEY_CAPACITY, argument, state);
            return 0;
        }
        return ARGP_ERR_UNKNOWN;
    }
}

void jz_options_read(struct jz_options *options, int argc, char **argv)
{
    static const struct argp parser = {choices, read_choice, NULL, about, NULL, NULL, NULL};

    *options = (struct jz_options){
        .mode = JZ_MODE_SERVE,
        .data = "jiaozi-data",
        .requests = "tcp://127.0.0.1:7010",
        .feed = "tcp://127.0.0.1:7011",
        .reserve_bytes = 256u << 20,
        .event_ring_bytes = JZ_EVENT_RING_BYTES_DEFAULT,
        .gateway_bytes_max = GATEWAY_BYTES_DEFAULT,
        .genesis = {.rules = JZ_RULES_VERSION,
                    .calendar_offset_s = 8 * 3600,
#define X(field, option, initial, text) .field = (initial),
                    JZ_CAPACITY_MAP(X)
#undef X
        },
    };
    (void)argp_parse(&parser, argc, argv, 0, NULL, options);
}

bool jz_options_is_local(const char *endpoint)
{
    static const char *const starts[] = {"tcp://127.",
                                         "tcp://localhost:", "tcp://[::1]:", "ipc://"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(endpoint, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}
