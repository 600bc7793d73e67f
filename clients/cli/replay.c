/* replay.c - recorded order flow through the exchange, many commands in flight, on one ordered
 * lane.
 *
 * The lane is ordered so that nothing overtakes, whatever has to be sent again: the exchange sees
 * the commands of the file in the order of the file. A kill of the exchange in the middle costs
 * waiting, nothing else: the client library repeats what was not answered under the same nonces.
 */
#include "clients/cli/replay.h"

#include "clients/cli/table.h"
#include "engine/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS         UINT64_C(1000000)
#define POLL_MS           100
#define BOOK_STALL_NS     (500 * NS_PER_MS) /* rows wait and nothing moves: ask where the book is */
#define BOOK_CATCH_UP_NS  (2000 * NS_PER_MS) /* how long the feed may be behind at the end */
#define BUYER_DEFAULT     101u
#define SELLER_DEFAULT    102u
#define TICK_DEFAULT      100u
#define LEVELS_SHOWN      5u
#define SUBMITS_PER_ROUND 64u /* then look for answers */

enum {
    KEY_MARKET = 0x200,
    KEY_BUYER,
    KEY_SELLER,
    KEY_WINDOW,
    KEY_LIMIT,
    KEY_FILLS,
    KEY_BOOK,
    KEY_TICK,
    KEY_SETUP,
};

/* ---- what the client tells ---- */

static void hear_answer(void *context, const struct jz_answer *answer)
{
    struct jz_replay *replay = context;
    const uint64_t now_ns = jz_clock_monotonic_ns();
    if (answer->seq == 0) {
        replay->refusal = *answer; /* comes at once, before the answers to earlier commands */
        return;
    }
    if (answer->tag != replay->answered) {
        replay->is_disordered = true;
        return;
    }
    const uint64_t sent_ns = replay->sent_ns[answer->tag % JZ_CLIENT_WINDOW_MAX];
    jz_histogram_add(&replay->latency_ns, now_ns - sent_ns);
    jz_compare_answer(&replay->compare, answer->seq, answer->result, answer->duplicate,
                      answer->executed_lots);
    replay->answered++;
    replay->moved_ns = now_ns;
}

static void hear_report(void *context, const struct jz_execution *report)
{
    struct jz_replay *replay = context;
    if (report->exec_type != JZ_EXEC_TRADE) {
        return;
    }
    const uint64_t id = jz_flow_id(report->client_id);
    jz_flow_note_fill(replay->flow, id, report->last_lots);
    if (report->liquidity == JZ_LIQUIDITY_MAKER) {
        const struct jz_compare_fill fill = {.seq = report->seq,
                                             .maker_id = id,
                                             .price = report->last_price,
                                             .lots = report->last_lots};
        jz_compare_fill(&replay->compare, &fill);
    }
}

static void take_side(const struct jz_mirror *mirror, enum jz_side side,
                      struct jz_flow_level levels[JZ_FLOW_LEVELS])
{
    struct jz_book_level best[JZ_FLOW_LEVELS];
    const uint32_t count = jz_mirror_levels(mirror, side, best, JZ_FLOW_LEVELS);
    for (uint32_t i = 0; i < count; i++) {
        levels[i] = (struct jz_flow_level){.price = best[i].price, .lots = best[i].lots};
    }
}

static void hear_book(void *context, const struct jz_mirror_news *news)
{
    struct jz_replay *replay = context;
    if (news->news == JZ_MIRROR_LOST) {
        jz_compare_lose_book(&replay->compare);
        return;
    }
    if (news->news == JZ_MIRROR_CHANGED && news->first != news->last) {
        jz_compare_lose_book(&replay->compare); /* several changes in one: none between is seen */
    }
    struct jz_flow_book book = {0};
    take_side(news->book, JZ_SIDE_BUY, book.bids);
    take_side(news->book, JZ_SIDE_SELL, book.asks);
    jz_compare_book(&replay->compare, news->seq, &book);
    replay->moved_ns = jz_clock_monotonic_ns();
}

static void hear_connection(void *context, const struct jz_connection *connection)
{
    struct jz_replay *replay = context;
    jz_progress_wipe(&replay->progress);
    if (connection->state == JZ_CONNECTION_DOWN) {
        replay->down_ns = jz_clock_monotonic_ns();
        jz_cli_tell(replay->cli, "the connection was lost after %" PRIu64 " answers; trying again",
                    replay->answered);
        return;
    }
    if (connection->state == JZ_CONNECTION_REFUSED) {
        return; /* the lane comes free when the exchange has noticed the loss */
    }
    replay->down_ns = 0;
    replay->connect_count = connection->connect_count;
    if (connection->connect_count > 1) {
        replay->resent += connection->unanswered;
        jz_cli_tell(replay->cli,
                    "connected again; %" PRIu32 " commands without an answer go out "
                    "once more under the same nonces",
                    connection->unanswered);
    }
}

/* ---- what is sent ---- */

static int send_step(struct jz_replay *replay)
{
    const struct jz_flow_command *from = &replay->step.command;
    char client_id[JZ_CLIENT_ID_BYTES + 1] = "";
    if (!jz_flow_client_id(from->id, client_id)) {
        return JZ_EINVAL;
    }
    struct jz_command command = {
        .account = from->side == JZ_SIDE_BUY ? replay->options->buyer : replay->options->seller,
    };
    switch ((enum jz_flow_kind)from->kind) {
    case JZ_FLOW_PLACE:
        command.kind = JZ_COMMAND_PLACE_ORDER;
        command.place = (struct jz_new_order){
            .symbol = replay->options->symbol,
            .client_id = client_id,
            .lots = from->lots,
            .price = from->price,
            .side = (enum jz_side)from->side,
            .time_in_force = (enum jz_time_in_force)from->time_in_force,
        };
        break;
    case JZ_FLOW_CANCEL:
        command.kind = JZ_COMMAND_CANCEL_ORDER;
        command.change = (struct jz_order_change){.client_id = client_id};
        break;
    case JZ_FLOW_REPLACE:
        command.kind = JZ_COMMAND_REPLACE_ORDER;
        command.change = (struct jz_order_change){
            .client_id = client_id, .lots = from->lots, .price = from->price};
        break;
    }
    replay->sent_ns[replay->submitted % JZ_CLIENT_WINDOW_MAX] = jz_clock_monotonic_ns();
    return jz_client_submit(replay->cli->client, &command, replay->submitted, NULL);
}

/* Reads the next command if there is none; false after telling what is wrong with the file. */
static bool read_step(struct jz_replay *replay)
{
    if (replay->has_step || replay->is_at_end) {
        return true;
    }
    const uint64_t limit = replay->options->limit;
    if (limit != 0 && replay->submitted == limit) {
        replay->is_at_end = true;
        return true;
    }
    if (jz_flow_next(replay->flow, &replay->step, &replay->has_step) != JZ_OK) {
        (void)jz_cli_usage(replay->cli, "%s", jz_flow_error(replay->flow));
        return false;
    }
    replay->is_at_end = !replay->has_step;
    return true;
}

/* After a loss the book is waited for, a moment at most, before anything new goes out: what changes
 * it in between could not be seen. */
static bool is_blind(const struct jz_replay *replay)
{
    return !jz_mirror_is_current(replay->mirror) &&
           jz_clock_monotonic_ns() - replay->moved_ns < BOOK_CATCH_UP_NS;
}

/* Submits what fits the window. JZ_EXIT_OK, or the exit code after telling. */
static int submit_some(struct jz_replay *replay)
{
    if (is_blind(replay)) {
        return JZ_EXIT_OK;
    }
    for (uint32_t i = 0; i < SUBMITS_PER_ROUND; i++) {
        if (!read_step(replay)) {
            return JZ_EXIT_USAGE;
        }
        if (!replay->has_step || jz_client_room(replay->cli->client) == 0 ||
            !jz_compare_has_room(&replay->compare, &replay->step)) {
            return JZ_EXIT_OK;
        }
        const int status = send_step(replay);
        if (status == JZ_EAGAIN) {
            return JZ_EXIT_OK;
        }
        if (status != JZ_OK) {
            return jz_cli_fault(replay->cli, status);
        }
        jz_compare_expect(&replay->compare, &replay->step);
        replay->has_step = false;
        replay->submitted++;
    }
    return JZ_EXIT_OK;
}

/* ---- the book at the end, and where the feed is ---- */

static int ask_book(struct jz_replay *replay, struct jz_draw_book *drawn)
{
    struct jz_book_listing listing = {
        .bids = drawn->bids, .asks = drawn->asks, .levels_max = LEVELS_SHOWN};
    enum jz_result result = JZ_RESULT_DONE;
    const int status =
        jz_client_get_book(replay->cli->client, replay->options->symbol, &listing, &result);
    if (status != JZ_OK) {
        return jz_cli_fault(replay->cli, status);
    }
    if (result != JZ_RESULT_DONE) {
        return jz_cli_refused(replay->cli, result, 0);
    }
    drawn->symbol = replay->options->symbol;
    drawn->seq = listing.seq;
    drawn->depth_no = listing.depth_no;
    drawn->bid_count = listing.bid_count;
    drawn->ask_count = listing.ask_count;
    return JZ_EXIT_OK;
}

/* Waits until the feed has told what the exchange's own book shows, so that the rows up to there
 * can be judged; a feed that does not get there has lost something. */
static int catch_up(struct jz_replay *replay)
{
    struct jz_draw_book *drawn = &replay->final_book;
    const int code = ask_book(replay, drawn);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    const uint64_t end_ns = jz_clock_monotonic_ns() + BOOK_CATCH_UP_NS;
    while (jz_mirror_depth_no(replay->mirror) < drawn->depth_no ||
           !jz_mirror_is_current(replay->mirror)) {
        if (jz_clock_monotonic_ns() >= end_ns) {
            jz_compare_lose_book(&replay->compare);
            return JZ_EXIT_OK;
        }
        const int count = jz_client_poll(replay->cli->client, POLL_MS);
        if (count < 0) {
            return jz_cli_fault(replay->cli, count);
        }
    }
    jz_compare_still(&replay->compare, drawn->seq);
    return JZ_EXIT_OK;
}

/* ---- the run ---- */

static bool is_done(const struct jz_replay *replay)
{
    return replay->is_at_end && !replay->has_step && replay->answered == replay->submitted;
}

/* Looks whether the run can go on. JZ_EXIT_OK, or the exit code after telling why not. */
static int check_on(struct jz_replay *replay)
{
    const uint64_t now_ns = jz_clock_monotonic_ns();
    if (jz_cli_is_interrupted()) {
        jz_progress_wipe(&replay->progress);
        jz_cli_tell(replay->cli, "interrupted; %" PRIu64 " commands have no answer yet",
                    replay->submitted - replay->answered);
        return JZ_EXIT_INTERRUPTED;
    }
    if (replay->refusal.result != 0) {
        jz_progress_wipe(&replay->progress);
        return jz_cli_refused(replay->cli, replay->refusal.result, replay->refusal.field);
    }
    if (replay->is_disordered) {
        jz_progress_wipe(&replay->progress);
        jz_cli_tell(replay->cli, "an answer overtook that to an earlier command");
        return JZ_EXIT_MISMATCH;
    }
    if (replay->down_ns != 0 && now_ns - replay->down_ns > replay->cli->patience_ms * NS_PER_MS) {
        jz_progress_wipe(&replay->progress);
        return jz_cli_fault(replay->cli, JZ_ETIMEOUT);
    }
    const bool is_stalled =
        replay->has_step && !jz_compare_has_room(&replay->compare, &replay->step);
    if (is_stalled && now_ns - replay->moved_ns > BOOK_STALL_NS) {
        replay->moved_ns = now_ns;
        return catch_up(replay);
    }
    return JZ_EXIT_OK;
}

static uint32_t permille_of(const struct jz_replay *replay)
{
    const uint64_t limit = replay->options->limit;
    if (limit == 0) {
        return jz_flow_progress_permille(replay->flow);
    }
    return (uint32_t)(replay->answered * 1000 / limit);
}

static int run(struct jz_replay *replay)
{
    replay->start_ns = jz_clock_monotonic_ns();
    replay->moved_ns = replay->start_ns;
    int code = JZ_EXIT_OK;
    while (code == JZ_EXIT_OK && !is_done(replay)) {
        const uint64_t submitted = replay->submitted;
        code = submit_some(replay);
        if (code != JZ_EXIT_OK) {
            break;
        }
        const bool is_full = replay->submitted == submitted;
        const int count = jz_client_poll(replay->cli->client, is_full ? POLL_MS : 0);
        if (count < 0) {
            return jz_cli_fault(replay->cli, count);
        }
        code = check_on(replay);
        jz_progress_show(&replay->progress, replay->answered, permille_of(replay), NULL);
    }
    replay->end_ns = jz_clock_monotonic_ns();
    jz_progress_wipe(&replay->progress);
    return code;
}

/* Connects, follows the book and makes sure that it is empty: the file begins with an empty one. */
static int begin(struct jz_replay *replay)
{
    const struct jz_replay_options *options = replay->options;
    struct jz_cli *cli = replay->cli;
    const struct jz_account_id accounts[] = {options->buyer, options->seller};
    const struct jz_client_options client_options = {
        .struct_bytes = sizeof(client_options),
        .window = options->window,
        .requests = cli->requests,
        .feed = cli->feed,
        .accounts = accounts,
        .account_count = 2,
        .ordered = true,
        .patience_ms = cli->patience_ms,
        .context = replay,
        .on_answer = hear_answer,
        .on_report = hear_report,
        .on_book = hear_book,
        .on_connection = hear_connection,
    };
    int status = jz_client_create(&client_options, &cli->client);
    if (status == JZ_OK) {
        status = jz_client_connect(cli->client);
    }
    if (status == JZ_OK) {
        status = jz_client_follow_book(cli->client, options->symbol, &replay->mirror);
    }
    if (status != JZ_OK) {
        return jz_cli_fault(cli, status);
    }
    int code = ask_book(replay, &replay->final_book);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    if (replay->final_book.bid_count + replay->final_book.ask_count > 0) {
        return jz_cli_usage(cli,
                            "%s already holds orders; replay into an exchange on a fresh data "
                            "directory, or into another market with other accounts (--setup "
                            "--market --buyer --seller)",
                            options->symbol);
    }
    code = catch_up(replay);
    if (code == JZ_EXIT_OK && !jz_mirror_is_current(replay->mirror)) {
        jz_cli_tell(cli, "nothing comes from the feed at %s: the books cannot be compared",
                    cli->feed);
    }
    return code;
}

/* Opens the files and compares; what is opened here is closed by jz_replay_run. */
static int replay_files(struct jz_replay *replay)
{
    struct jz_cli *cli = replay->cli;
    if (jz_flow_open(&replay->options->paths, &replay->flow) != JZ_OK) {
        return jz_cli_usage(
            cli, "%s", replay->flow == NULL ? "not enough memory" : jz_flow_error(replay->flow));
    }
    if (jz_compare_init(&replay->compare, jz_flow_has_fills(replay->flow)) != JZ_OK) {
        return jz_cli_fault(cli, JZ_ENOMEM);
    }
    int code = begin(replay);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    jz_progress_init(&replay->progress, "commands");
    code = run(replay);
    if (code == JZ_EXIT_OK) {
        code = catch_up(replay);
    }
    if (code == JZ_EXIT_INTERRUPTED) {
        replay->final_book = (struct jz_draw_book){0}; /* that of the beginning */
    } else if (code != JZ_EXIT_OK) {
        return code;
    }
    jz_compare_finish(&replay->compare);
    jz_summary_print(replay);
    return code == JZ_EXIT_OK && !jz_compare_is_good(&replay->compare) ? JZ_EXIT_MISMATCH : code;
}

/* ---- the command line ---- */

struct parse {
    struct jz_cli *cli;
    struct jz_replay_options options;
};

static void parse_number(struct argp_state *state, const char *text, uint64_t min, uint64_t max,
                         uint64_t *value)
{
    if (!jz_cli_number(text, min, max, value)) {
        argp_error(state, "'%s' is no whole number from %" PRIu64 " to %" PRIu64, text, min, max);
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct jz_replay_options *options = &parse->options;
    uint64_t value = 0;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = parse->cli;
        return 0;
    case KEY_MARKET:
        options->symbol = arg;
        return 0;
    case KEY_BUYER:
        parse_number(state, arg, 1, UINT32_MAX, &value);
        options->buyer.value = (uint32_t)value;
        return 0;
    case KEY_SELLER:
        parse_number(state, arg, 1, UINT32_MAX, &value);
        options->seller.value = (uint32_t)value;
        return 0;
    case KEY_WINDOW:
        parse_number(state, arg, 1, JZ_CLIENT_WINDOW_MAX, &value);
        options->window = (uint32_t)value;
        return 0;
    case KEY_LIMIT:
        parse_number(state, arg, 1, UINT64_MAX / 1000, &options->limit);
        return 0;
    case KEY_TICK:
        parse_number(state, arg, 1, JZ_PRICE_MAX, &options->tick_price);
        return 0;
    case KEY_FILLS:
        options->fills = arg;
        return 0;
    case KEY_BOOK:
        options->books = arg;
        return 0;
    case KEY_SETUP:
        options->has_setup = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->path != NULL) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        options->path = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which files? give a directory with cmds.csv, or that file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Copies the path of a file given by hand; false if it is too long. */
static bool override_path(char place[JZ_FLOW_PATH_BYTES], const char *given)
{
    return given == NULL ||
           snprintf(place, JZ_FLOW_PATH_BYTES, "%s", given) < (int)JZ_FLOW_PATH_BYTES;
}

static int find_files(struct jz_cli *cli, struct jz_replay_options *options)
{
    if (jz_flow_find(options->path, &options->paths) != JZ_OK) {
        return jz_cli_usage(cli,
                            "no order flow at %s: a directory with cmds.csv or cmds.csv.xz is "
                            "needed, or such a file",
                            options->path);
    }
    if (!override_path(options->paths.fills, options->fills) ||
        !override_path(options->paths.books, options->books)) {
        return jz_cli_usage(cli, "a path is longer than %u bytes", JZ_FLOW_PATH_BYTES - 1);
    }
    return JZ_EXIT_OK;
}

static const struct argp_option argp_options[] = {
    {"market", KEY_MARKET, "SYMBOL", 0, "market that takes the orders (AMZN/USD)", 1},
    {"setup", KEY_SETUP, NULL, 0,
     "first list its currencies and the market, open and fund both "
     "accounts",
     1},
    {"tick", KEY_TICK, "STEP", 0, "with --setup: tick of the market (100)", 1},
    {"buyer", KEY_BUYER, "ACCOUNT", 0, "account of all buys (101)", 1},
    {"seller", KEY_SELLER, "ACCOUNT", 0, "account of all sells (102)", 1},
    {"window", KEY_WINDOW, "N", 0, "commands in flight, 1 to 4,096 (256)", 2},
    {"limit", KEY_LIMIT, "N", 0, "end after N commands", 2},
    {"fills", KEY_FILLS, "FILE", 0, "fills to compare with (fills.csv beside the commands)", 3},
    {"book", KEY_BOOK, "FILE", 0, "books to compare with (book5.csv beside the commands)", 3},
    {0},
};

int jz_replay_run(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_child children[] = {{&jz_cli_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .args_doc = "PATH",
        .doc = "Sends recorded order flow through the exchange and compares every fill and every "
               "book row with what the venue had. PATH is a directory with cmds.csv and, if there, "
               "fills.csv and book5.csv (each plain or .xz), or the commands file.",
        .children = children,
    };
    struct parse parse = {
        .cli = cli,
        .options = {.symbol = "AMZN/USD",
                    .buyer = {BUYER_DEFAULT},
                    .seller = {SELLER_DEFAULT},
                    .tick_price = TICK_DEFAULT,
                    .window = JZ_REPLAY_WINDOW_DEFAULT},
    };
    jz_cli_parse(cli, &argp, argc, argv, &parse);
    int code = find_files(cli, &parse.options);
    if (code == JZ_EXIT_OK && parse.options.has_setup) {
        code = jz_setup_run(cli, &parse.options);
        jz_client_destroy(cli->client);
        cli->client = NULL;
    }
    if (code != JZ_EXIT_OK) {
        return code;
    }
    jz_cli_catch_signals();
    struct jz_replay *replay = calloc(1, sizeof(*replay));
    if (replay == NULL) {
        return jz_cli_fault(cli, JZ_ENOMEM);
    }
    replay->cli = cli;
    replay->options = &parse.options;
    code = replay_files(replay);
    jz_client_destroy(cli->client);
    cli->client = NULL;
    jz_compare_deinit(&replay->compare);
    jz_flow_close(replay->flow);
    free(replay);
    return code;
}
