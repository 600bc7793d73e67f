/* show.c - what anybody may see: a book, its trades, how the exchange does. */
#include "clients/cli/cli.h"
#include "clients/cli/draw.h"
#include "clients/cli/table.h"
#include "gateway/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_DEFAULT   10u
#define WIDTH_DEFAULT   80u
#define POLL_MS         100 /* also how often a watched book is drawn at most */
#define NS_PER_S        UINT64_C(1000000000)
#define TIME_TEXT_BYTES 40u

enum { KEY_WATCH = 0x200, KEY_DEPTH, KEY_COUNT, KEY_DIGEST };

struct show {
    struct jz_cli *cli;
    const char *symbol;
    bool has_symbol;
    bool is_watched;
    bool has_digest;
    uint32_t depth;
    uint64_t count; /* end after so many; 0: go on */
    uint64_t told;  /* trades or books printed */
    bool is_new;    /* the watched book has changed since it was drawn */
    bool is_terminal;
    bool has_color;
    const struct jz_mirror *book;
    struct jz_draw_book drawn;
};

static error_t parse_show(int key, char *arg, struct argp_state *state)
{
    struct show *show = state->input;
    uint64_t value = 0;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = show->cli;
        return 0;
    case KEY_WATCH:
        show->is_watched = true;
        return 0;
    case KEY_DIGEST:
        show->has_digest = true;
        return 0;
    case KEY_DEPTH:
        if (!jz_cli_number(arg, 1, JZ_DRAW_LEVELS_MAX, &value)) {
            argp_error(state, "--depth takes 1 to %u levels", JZ_DRAW_LEVELS_MAX);
        }
        show->depth = (uint32_t)value;
        return 0;
    case KEY_COUNT:
        if (!jz_cli_number(arg, 1, UINT64_MAX, &show->count)) {
            argp_error(state, "--count takes a whole number from 1 on");
        }
        return 0;
    case ARGP_KEY_ARG:
        if (!show->has_symbol || show->symbol != NULL) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        show->symbol = arg;
        return 0;
    case ARGP_KEY_END:
        if (show->has_symbol && show->symbol == NULL) {
            argp_error(state, "which market? a symbol is missing, as BEANS/MILES");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&jz_cli_argp, 0, NULL, 0}, {0}};

static void look_at_terminal(struct show *show)
{
    show->is_terminal = isatty(STDOUT_FILENO) == 1;
    show->has_color = jz_cli_has_color(show->cli);
}

static uint32_t terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : WIDTH_DEFAULT;
}

static void print_book(struct show *show)
{
    if (show->cli->json) {
        jz_cli_print_json(jz_draw_json(&show->drawn));
        return;
    }
    if (show->is_watched && show->is_terminal) {
        (void)fputs("\033[H", stdout);
        jz_draw_book(stdout, &show->drawn, terminal_width(), show->has_color, "\033[K\n");
        (void)fputs("\033[J", stdout);
    } else {
        jz_draw_book(stdout, &show->drawn, terminal_width(), show->has_color, "\n");
    }
    (void)fflush(stdout);
}

static int show_once(struct show *show)
{
    struct jz_draw_book *drawn = &show->drawn;
    struct jz_book_listing listing = {
        .bids = drawn->bids, .asks = drawn->asks, .levels_max = show->depth};
    enum jz_result result = JZ_RESULT_DONE;
    const int status = jz_client_get_book(show->cli->client, show->symbol, &listing, &result);
    if (status != JZ_OK) {
        return jz_cli_fault(show->cli, status);
    }
    if (result != JZ_RESULT_DONE) {
        return jz_cli_refused(show->cli, result, 0);
    }
    drawn->symbol = show->symbol;
    drawn->seq = listing.seq;
    drawn->depth_no = listing.depth_no;
    drawn->bid_count = listing.bid_count;
    drawn->ask_count = listing.ask_count;
    print_book(show);
    return JZ_EXIT_OK;
}

/* The callbacks of a client that watches; context is the struct show. */
static void hear_book(void *context, const struct jz_mirror_news *news)
{
    struct show *show = context;
    show->is_new = show->is_new || news->news != JZ_MIRROR_LOST;
}

static const char *time_text(char text[TIME_TEXT_BYTES], uint64_t time_ns)
{
    const time_t seconds = (time_t)(time_ns / NS_PER_S);
    struct tm parts;
    char day[24] = "";
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &parts);
    }
    (void)snprintf(text, TIME_TEXT_BYTES, "%s.%06" PRIu64, day, time_ns % NS_PER_S / 1000);
    return text;
}

static void print_trade(const struct jz_feed_trade *trade, bool has_color)
{
    char when[TIME_TEXT_BYTES];
    char lots[JZ_NUMBER_BYTES];
    char price[JZ_NUMBER_BYTES];
    char trade_no[JZ_NUMBER_BYTES];
    const bool is_buy = trade->taker_side == JZ_SIDE_BUY;
    const char *color = is_buy ? "\033[32m" : "\033[31m";
    printf("%s  %s%-4s%s  %12s lots  at %12s  trade %s", time_text(when, trade->time_ns),
           has_color ? color : "", jz_wire_side_word((int)trade->taker_side),
           has_color ? "\033[0m" : "", jz_table_group(lots, trade->lots),
           jz_table_group(price, trade->price), jz_table_group(trade_no, trade->trade_no));
    if (trade->missed > 0) {
        printf("  (%" PRIu64 " before it were missed)", trade->missed);
    }
    printf("\n");
    (void)fflush(stdout);
}

static void print_trade_json(const struct jz_feed_trade *trade)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "symbol", json_string(trade->symbol));
    (void)json_object_set_new(object, "trade_no", jz_cli_json_number(trade->trade_no));
    (void)json_object_set_new(object, "price", jz_cli_json_number(trade->price));
    (void)json_object_set_new(object, "lots", jz_cli_json_number(trade->lots));
    (void)json_object_set_new(object, "base_amount", jz_cli_json_number(trade->base_amount_points));
    (void)json_object_set_new(object, "quote_amount",
                              jz_cli_json_number(trade->quote_amount_points));
    (void)json_object_set_new(object, "ts", jz_cli_json_number(trade->time_ns));
    (void)json_object_set_new(object, "seq", jz_cli_json_number(trade->seq));
    (void)json_object_set_new(object, "taker_side",
                              json_string(jz_wire_side_word((int)trade->taker_side)));
    (void)json_object_set_new(object, "missed", jz_cli_json_number(trade->missed));
    jz_cli_print_json(object);
}

static void hear_trade(void *context, const struct jz_feed_trade *trade)
{
    struct show *show = context;
    if (show->count != 0 && show->told == show->count) {
        return;
    }
    show->told++;
    if (show->cli->json) {
        print_trade_json(trade);
    } else {
        print_trade(trade, show->has_color);
    }
}

static void hear_link(void *context, const struct jz_connection *link)
{
    const struct show *show = context;
    if (link->state == JZ_CONNECTION_DOWN) {
        jz_cli_tell(show->cli, "the connection was lost; trying again");
    } else if (link->state == JZ_CONNECTION_UP && link->connect_count > 1) {
        jz_cli_tell(show->cli, "connected again");
    }
}

/* A client that hears the feed. */
static int connect_to_watch(struct show *show)
{
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options),
        .requests = show->cli->requests,
        .feed = show->cli->feed,
        .patience_ms = show->cli->patience_ms,
        .context = show,
        .on_trade = hear_trade,
        .on_book = hear_book,
        .on_connection = hear_link,
    };
    int status = jz_client_create(&options, &show->cli->client);
    if (status == JZ_OK) {
        status = jz_client_connect(show->cli->client);
    }
    return status == JZ_OK ? JZ_EXIT_OK : jz_cli_fault(show->cli, status);
}

/* Refuses a symbol that is not listed: the feed would be silent for ever. */
static int check_symbol(struct show *show)
{
    struct jz_book_level level;
    struct jz_book_level other;
    struct jz_book_listing listing = {.bids = &level, .asks = &other, .levels_max = 1};
    enum jz_result result = JZ_RESULT_DONE;
    const int status = jz_client_get_book(show->cli->client, show->symbol, &listing, &result);
    if (status != JZ_OK) {
        return jz_cli_fault(show->cli, status);
    }
    return result == JZ_RESULT_DONE ? JZ_EXIT_OK : jz_cli_refused(show->cli, result, 0);
}

static bool is_enough(const struct show *show)
{
    return jz_cli_is_interrupted() || (show->count != 0 && show->told == show->count);
}

/* Draws the followed book as it changes, at most ten times a second. */
static int watch_book(struct show *show)
{
    if (show->is_terminal && !show->cli->json) {
        (void)fputs("\033[2J", stdout);
    }
    while (!is_enough(show)) {
        const int count = jz_client_poll(show->cli->client, POLL_MS);
        if (count < 0) {
            return jz_cli_fault(show->cli, count);
        }
        if (show->is_new && jz_mirror_is_current(show->book)) {
            show->is_new = false;
            show->told++;
            jz_draw_take(&show->drawn, show->book, show->depth);
            print_book(show);
            const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
            (void)nanosleep(&pause, NULL);
        }
    }
    return JZ_EXIT_OK;
}

int jz_show_book(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"watch", KEY_WATCH, NULL, 0, "go on as it changes; Ctrl-C ends it", 1},
        {"depth", KEY_DEPTH, "LEVELS", 0, "levels a side, up to 100 (10)", 1},
        {"count", KEY_COUNT, "N", 0, "with --watch: end after N pictures", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_show,
        .args_doc = "SYMBOL",
        .doc = "Shows the best levels of a book: asks above, bids below.",
        .children = children,
    };
    static struct show show;
    show = (struct show){.cli = cli, .has_symbol = true, .depth = DEPTH_DEFAULT};
    jz_cli_parse(cli, &argp, argc, argv, &show);
    look_at_terminal(&show);
    if (!show.is_watched) {
        const int code = jz_cli_connect(cli);
        return code == JZ_EXIT_OK ? show_once(&show) : code;
    }
    jz_cli_catch_signals();
    int code = connect_to_watch(&show);
    if (code == JZ_EXIT_OK) {
        code = check_symbol(&show);
    }
    if (code == JZ_EXIT_OK) {
        const int status = jz_client_follow_book(cli->client, show.symbol, &show.book);
        code = status == JZ_OK ? watch_book(&show) : jz_cli_fault(cli, status);
    }
    return code;
}

int jz_show_trades(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"watch", KEY_WATCH, NULL, 0, "as they happen; Ctrl-C ends it (always on so far)", 1},
        {"count", KEY_COUNT, "N", 0, "end after N trades", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_show,
        .args_doc = "SYMBOL",
        .doc = "Shows the trades of a market as they happen: when, which side took, lots, price.",
        .children = children,
    };
    static struct show show;
    show = (struct show){.cli = cli, .has_symbol = true};
    jz_cli_parse(cli, &argp, argc, argv, &show);
    look_at_terminal(&show);
    jz_cli_catch_signals();
    int code = connect_to_watch(&show);
    if (code == JZ_EXIT_OK) {
        code = check_symbol(&show);
    }
    if (code != JZ_EXIT_OK) {
        return code;
    }
    int status = jz_client_follow_trades(cli->client, show.symbol);
    while (status >= 0 && !is_enough(&show)) {
        status = jz_client_poll(cli->client, POLL_MS);
    }
    return status >= 0 ? JZ_EXIT_OK : jz_cli_fault(cli, status);
}

static json_t *digest_json(struct jz_digest digest)
{
    return json_sprintf("%016" PRIx64 "%016" PRIx64, digest.word[0], digest.word[1]);
}

static void print_status_json(const struct jz_exchange_status *status)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "seq", jz_cli_json_number(status->seq));
    (void)json_object_set_new(object, "ts", jz_cli_json_number(status->time_ns));
    (void)json_object_set_new(object, "currencies", jz_cli_json_number(status->currencies));
    (void)json_object_set_new(object, "markets", jz_cli_json_number(status->markets));
    (void)json_object_set_new(object, "accounts", jz_cli_json_number(status->accounts));
    (void)json_object_set_new(object, "connections", jz_cli_json_number(status->connections));
    (void)json_object_set_new(object, "busy", json_boolean(status->busy));
    (void)json_object_set_new(object, "storage_full", json_boolean(status->storage_full));
    if (status->has_digest) {
        (void)json_object_set_new(object, "live_orders", jz_cli_json_number(status->live_orders));
        (void)json_object_set_new(object, "state_digest", digest_json(status->state_digest));
        (void)json_object_set_new(object, "content_digest", digest_json(status->content_digest));
    }
    jz_cli_print_json(object);
}

static void print_status(const struct jz_exchange_status *status)
{
    char text[TIME_TEXT_BYTES];
    printf("commands        %s\n", jz_table_group(text, status->seq));
    printf("last one        %s UTC\n", time_text(text, status->time_ns));
    printf("currencies      %s\n", jz_table_group(text, status->currencies));
    printf("markets         %s\n", jz_table_group(text, status->markets));
    printf("accounts        %s\n", jz_table_group(text, status->accounts));
    printf("connections     %s\n", jz_table_group(text, status->connections));
    printf("takes orders    %s\n", status->storage_full ? "no: its disk is nearly full"
                                   : status->busy       ? "not for the moment: busy"
                                                        : "yes");
    if (status->has_digest) {
        printf("live orders     %s\n", jz_table_group(text, status->live_orders));
        printf("state digest    %016" PRIx64 "%016" PRIx64 "\n", status->state_digest.word[0],
               status->state_digest.word[1]);
        printf("content digest  %016" PRIx64 "%016" PRIx64 "\n", status->content_digest.word[0],
               status->content_digest.word[1]);
    }
}

int jz_show_status(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"digest", KEY_DIGEST, NULL, 0,
         "also two fingerprints of all that the exchange holds: equal for equal journals, and for "
         "equal requests",
         1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_show,
        .doc = "Shows how the exchange does.",
        .children = children,
    };
    struct show *show = &(struct show){.cli = cli};
    jz_cli_parse(cli, &argp, argc, argv, show);
    const int code = jz_cli_connect(cli);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    struct jz_exchange_status status;
    enum jz_result result = JZ_RESULT_DONE;
    const int fault = jz_client_get_status(cli->client, show->has_digest, &status, &result);
    if (fault != JZ_OK) {
        return jz_cli_fault(cli, fault);
    }
    if (result != JZ_RESULT_DONE) {
        return jz_cli_refused(cli, result, 0);
    }
    if (cli->json) {
        print_status_json(&status);
    } else {
        print_status(&status);
    }
    return JZ_EXIT_OK;
}
