/* listing.c - what an operator does: list currencies and markets, open accounts, issue points. */
#include "clients/cli/cli.h"
#include "clients/cli/table.h"
#include "gateway/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define WORDS_MAX      4
#define MARKETS_A_PAGE 256u

enum {
    KEY_SCALE = 0x200,
    KEY_MERCHANT,
    KEY_SUPPLY_CAP,
    KEY_LOT,
    KEY_QUOTE_UNIT,
    KEY_TICK,
    KEY_PRICE_MIN,
    KEY_PRICE_MAX,
    KEY_MIN_NOTIONAL,
    KEY_BAND,
    KEY_REFERENCE,
    KEY_ROLE,
    KEY_SOURCE_ID,
};

/* What the command line said, for any of the commands here. */
struct listing {
    struct jz_cli *cli;
    const char *words[WORDS_MAX]; /* arguments that are no options */
    int word_count;
    int words_min;
    int words_max;
    struct jz_new_currency currency;
    struct jz_new_market market;
    enum jz_role role;
    const char *source_id;
};

static uint64_t number_of(struct argp_state *state, const char *option, const char *text,
                          uint64_t max)
{
    uint64_t value = 0;
    if (!jz_cli_number(text, 0, max, &value)) {
        argp_error(state, "%s takes a whole number up to %" PRIu64 ", not '%s'", option, max, text);
    }
    return value;
}

static enum jz_role role_of(struct argp_state *state, const char *word)
{
    if (strcmp(word, "member") == 0) {
        return JZ_ROLE_MEMBER;
    }
    if (strcmp(word, "merchant") == 0) {
        return JZ_ROLE_MERCHANT;
    }
    if (strcmp(word, "market_maker") != 0) {
        argp_error(state, "--role takes member, merchant or market_maker, not '%s'", word);
    }
    return JZ_ROLE_MARKET_MAKER;
}

static error_t parse_word(struct listing *listing, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = listing->cli;
        return 0;
    case ARGP_KEY_ARG:
        if (listing->word_count == listing->words_max) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        listing->words[listing->word_count++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (listing->word_count < listing->words_min) {
            argp_error(state, "an argument is missing");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_currency(int key, char *arg, struct argp_state *state)
{
    struct listing *listing = state->input;
    switch (key) {
    case KEY_SCALE:
        listing->currency.scale = (uint32_t)number_of(state, "--scale", arg, JZ_SCALE_MAX);
        return 0;
    case KEY_MERCHANT:
        listing->currency.merchant.value =
            (uint32_t)number_of(state, "--merchant", arg, UINT32_MAX);
        return 0;
    case KEY_SUPPLY_CAP:
        listing->currency.supply_cap_points = number_of(state, "--supply-cap", arg, JZ_AMOUNT_MAX);
        return 0;
    default:
        return parse_word(listing, key, arg, state);
    }
}

static error_t parse_market(int key, char *arg, struct argp_state *state)
{
    struct listing *listing = state->input;
    struct jz_new_market *market = &listing->market;
    switch (key) {
    case KEY_LOT:
        market->lot_points = number_of(state, "--lot", arg, JZ_LOT_MAX);
        return 0;
    case KEY_QUOTE_UNIT:
        market->quote_unit_points = number_of(state, "--quote-unit", arg, JZ_LOT_MAX);
        return 0;
    case KEY_TICK:
        market->tick_price = number_of(state, "--tick", arg, JZ_PRICE_MAX);
        return 0;
    case KEY_PRICE_MIN:
        market->price_min = number_of(state, "--price-min", arg, JZ_PRICE_MAX);
        return 0;
    case KEY_PRICE_MAX:
        market->price_max = number_of(state, "--price-max", arg, JZ_PRICE_MAX);
        return 0;
    case KEY_MIN_NOTIONAL:
        market->notional_min_points = number_of(state, "--min-notional", arg, JZ_AMOUNT_MAX);
        return 0;
    case KEY_BAND:
        market->band_bp = (uint32_t)number_of(state, "--band", arg, UINT32_MAX);
        return 0;
    case KEY_REFERENCE:
        market->reference_price = (uint32_t)number_of(state, "--reference", arg, JZ_PRICE_MAX);
        return 0;
    default:
        return parse_word(listing, key, arg, state);
    }
}

static error_t parse_account(int key, char *arg, struct argp_state *state)
{
    struct listing *listing = state->input;
    if (key == KEY_ROLE) {
        listing->role = role_of(state, arg);
        return 0;
    }
    return parse_word(listing, key, arg, state);
}

static error_t parse_mint(int key, char *arg, struct argp_state *state)
{
    struct listing *listing = state->input;
    if (key == KEY_SOURCE_ID) {
        listing->source_id = arg;
        return 0;
    }
    return parse_word(listing, key, arg, state);
}

static const struct argp_child children[] = {{&jz_cli_argp, 0, NULL, 0}, {0}};

/* Runs a command and says in a line, or as JSON, which object it made. */
static int run_put(struct jz_cli *cli, const struct jz_command *command, const char *what,
                   const char *name)
{
    struct jz_answer answer;
    const int code = jz_cli_call(cli, command, &answer);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    if (cli->json) {
        json_t *object = jz_cli_json_answer(&answer);
        (void)json_object_set_new(object, what, json_string(name));
        (void)json_object_set_new(object, "id", jz_cli_json_number(answer.object));
        jz_cli_print_json(object);
    } else {
        printf("%s %s is listed, number %" PRIu64 " (seq %" PRIu64 ")\n", what, name, answer.object,
               answer.seq);
    }
    return JZ_EXIT_OK;
}

int jz_listing_currency(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"scale", KEY_SCALE, "DIGITS", 0, "decimal digits that people see, 0 to 6 (2)", 1},
        {"merchant", KEY_MERCHANT, "ACCOUNT", 0, "account of the merchant who issues it", 1},
        {"supply-cap", KEY_SUPPLY_CAP, "AMOUNT", 0, "most that may ever be out (no cap)", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_currency,
        .args_doc = "add CODE",
        .doc = "Lists a currency. CODE is 2 to 12 of A-Z and 0-9. Amounts everywhere are whole "
               "numbers of its smallest unit.",
        .children = children,
    };
    struct listing listing = {.cli = cli, .words_min = 2, .words_max = 2, .currency = {.scale = 2}};
    jz_cli_parse(cli, &argp, argc, argv, &listing);
    if (strcmp(listing.words[0], "add") != 0) {
        return jz_cli_usage(cli, "'%s' is unknown; it knows: add CODE", listing.words[0]);
    }
    listing.currency.code = listing.words[1];
    const struct jz_command command = {.kind = JZ_COMMAND_PUT_CURRENCY,
                                       .currency = listing.currency};
    return run_put(cli, &command, "currency", listing.words[1]);
}

static void print_market_json(const struct jz_market_listing *market)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "market", jz_cli_json_number(market->market.value));
    (void)json_object_set_new(object, "symbol", json_string(market->symbol));
    (void)json_object_set_new(object, "base_lot", jz_cli_json_number(market->lot_points));
    (void)json_object_set_new(object, "quote_unit", jz_cli_json_number(market->quote_unit_points));
    (void)json_object_set_new(object, "tick", jz_cli_json_number(market->tick_price));
    (void)json_object_set_new(object, "price_min", jz_cli_json_number(market->price_min));
    (void)json_object_set_new(object, "price_max", jz_cli_json_number(market->price_max));
    (void)json_object_set_new(object, "min_notional",
                              jz_cli_json_number(market->notional_min_points));
    (void)json_object_set_new(object, "band", jz_cli_json_number(market->band_bp));
    (void)json_object_set_new(object, "reference", jz_cli_json_number(market->reference_price));
    (void)json_object_set_new(object, "state",
                              json_string(jz_wire_market_state_word((int)market->state)));
    (void)json_object_set_new(object, "depth_no", jz_cli_json_number(market->depth_no));
    (void)json_object_set_new(object, "trade_no", jz_cli_json_number(market->trade_no));
    (void)json_object_set_new(object, "last_price", jz_cli_json_number(market->last_price));
    jz_cli_print_json(object);
}

static void print_markets(struct jz_cli *cli, const struct jz_market_listing *markets,
                          uint32_t count)
{
    static const char *const headings[] = {
        "market",   ">lot",       ">quote unit", ">tick",          ">from", ">to",
        ">band bp", ">reference", ">last",       ">trades so far", "state"};
    struct jz_table table;
    if (!jz_table_init(&table, headings, sizeof(headings) / sizeof(headings[0]),
                       jz_cli_has_color(cli))) {
        return;
    }
    for (uint32_t i = 0; i < count && jz_table_row(&table); i++) {
        const struct jz_market_listing *market = &markets[i];
        jz_table_text(&table, 0, market->symbol);
        jz_table_number(&table, 1, market->lot_points);
        jz_table_number(&table, 2, market->quote_unit_points);
        jz_table_number(&table, 3, market->tick_price);
        jz_table_number(&table, 4, market->price_min);
        jz_table_number(&table, 5, market->price_max);
        jz_table_number(&table, 6, market->band_bp);
        jz_table_number(&table, 7, market->reference_price);
        jz_table_number(&table, 8, market->last_price);
        jz_table_number(&table, 9, market->trade_no);
        jz_table_text(&table, 10, jz_wire_market_state_word((int)market->state));
    }
    jz_table_print(&table, stdout);
    jz_table_deinit(&table);
}

static int list_markets(struct jz_cli *cli)
{
    static struct jz_market_listing markets[MARKETS_A_PAGE];
    struct jz_market_page page = {.markets = markets, .markets_max = MARKETS_A_PAGE};
    const int code = jz_cli_connect(cli);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    do {
        enum jz_result result = JZ_RESULT_DONE;
        const int status = jz_client_get_markets(cli->client, &page, &result);
        if (status != JZ_OK) {
            return jz_cli_fault(cli, status);
        }
        if (result != JZ_RESULT_DONE) {
            return jz_cli_refused(cli, result, 0);
        }
        if (cli->json) {
            for (uint32_t i = 0; i < page.count; i++) {
                print_market_json(&markets[i]);
            }
        } else {
            print_markets(cli, markets, page.count);
        }
        page.from = page.next;
    } while (page.next != 0);
    return JZ_EXIT_OK;
}

int jz_listing_market(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"lot", KEY_LOT, "UNITS", 0, "units of BASE in a lot; needed", 1},
        {"quote-unit", KEY_QUOTE_UNIT, "UNITS", 0, "units of QUOTE in a price of 1 (1)", 1},
        {"tick", KEY_TICK, "STEP", 0, "prices are multiples of it (1)", 1},
        {"price-min", KEY_PRICE_MIN, "PRICE", 0, "lowest price (1)", 1},
        {"price-max", KEY_PRICE_MAX, "PRICE", 0, "highest price (2,147,483,647)", 1},
        {"min-notional", KEY_MIN_NOTIONAL, "UNITS", 0, "least QUOTE value of an order (0)", 1},
        {"band", KEY_BAND, "BP", 0, "how far from the reference, basis points (0: any)", 1},
        {"reference", KEY_REFERENCE, "PRICE", 0, "reference of the band (none)", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_market,
        .args_doc = "add BASE/QUOTE --lot UNITS\nlist",
        .doc = "Lists a market in which BASE is traded for QUOTE, or shows those that are listed. "
               "An order is for whole lots of BASE; its price is in quote units per lot.",
        .children = children,
    };
    struct listing listing = {.cli = cli, .words_min = 1, .words_max = 2};
    jz_cli_parse(cli, &argp, argc, argv, &listing);
    if (strcmp(listing.words[0], "list") == 0 && listing.word_count == 1) {
        return list_markets(cli);
    }
    if (strcmp(listing.words[0], "add") != 0 || listing.word_count != 2) {
        return jz_cli_usage(cli, "it knows: add BASE/QUOTE --lot UNITS, and list");
    }
    if (listing.market.lot_points == 0) {
        return jz_cli_usage(cli, "--lot is missing: how many units of BASE are a lot?");
    }
    char base[JZ_CODE_BYTES];
    char quote[JZ_CODE_BYTES];
    if (!jz_cli_symbol(listing.words[1], base, quote)) {
        return jz_cli_usage(cli, "'%s' is no market; write BASE/QUOTE, as BEANS/MILES",
                            listing.words[1]);
    }
    listing.market.base = base;
    listing.market.quote = quote;
    const struct jz_command command = {.kind = JZ_COMMAND_PUT_MARKET, .market = listing.market};
    return run_put(cli, &command, "market", listing.words[1]);
}

int jz_listing_account(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"role", KEY_ROLE, "ROLE", 0, "member, merchant or market_maker (member)", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_account,
        .args_doc = "open ID",
        .doc = "Opens an account under a number of your choice, 16 or higher.",
        .children = children,
    };
    struct listing listing = {.cli = cli, .words_min = 2, .words_max = 2};
    jz_cli_parse(cli, &argp, argc, argv, &listing);
    uint64_t account = 0;
    if (strcmp(listing.words[0], "open") != 0) {
        return jz_cli_usage(cli, "'%s' is unknown; it knows: open ID", listing.words[0]);
    }
    if (!jz_cli_number(listing.words[1], 1, UINT32_MAX, &account)) {
        return jz_cli_usage(cli, "'%s' is no account number", listing.words[1]);
    }
    const struct jz_command command = {
        .kind = JZ_COMMAND_PUT_ACCOUNT, .account = {(uint32_t)account}, .role = listing.role};
    struct jz_answer answer;
    const int code = jz_cli_call(cli, &command, &answer);
    if (code == JZ_EXIT_OK && cli->json) {
        json_t *object = jz_cli_json_answer(&answer);
        (void)json_object_set_new(object, "account", jz_cli_json_number(account));
        jz_cli_print_json(object);
    } else if (code == JZ_EXIT_OK) {
        printf("account %" PRIu64 " is open (seq %" PRIu64 ")\n", account, answer.seq);
    }
    return code;
}

/* 32 hex digits that nobody else draws. */
static bool draw_source_id(char source_id[JZ_SOURCE_ID_BYTES + 1])
{
    unsigned char bytes[JZ_SOURCE_ID_BYTES / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        (void)snprintf(source_id + 2 * i, 3, "%02x", bytes[i]);
    }
    return true;
}

int jz_listing_mint(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"source-id", KEY_SOURCE_ID, "ID", 0,
         "your permanent name for this payment, 1 to 32 bytes: sent twice, it counts once (random, "
         "and printed)",
         1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_mint,
        .args_doc = "ACCOUNT CURRENCY AMOUNT",
        .doc = "Issues points of a currency to an account.",
        .children = children,
    };
    struct listing listing = {.cli = cli, .words_min = 3, .words_max = 3};
    jz_cli_parse(cli, &argp, argc, argv, &listing);
    uint64_t account = 0;
    uint64_t amount = 0;
    if (!jz_cli_number(listing.words[0], 1, UINT32_MAX, &account)) {
        return jz_cli_usage(cli, "'%s' is no account number", listing.words[0]);
    }
    if (!jz_cli_number(listing.words[2], 0, UINT64_MAX, &amount)) {
        return jz_cli_usage(cli, "'%s' is no amount: a whole number of smallest units",
                            listing.words[2]);
    }
    char drawn[JZ_SOURCE_ID_BYTES + 1];
    if (listing.source_id == NULL) {
        if (!draw_source_id(drawn)) {
            return jz_cli_fault(cli, JZ_ESYSTEM);
        }
        listing.source_id = drawn;
    }
    const struct jz_command command = {.kind = JZ_COMMAND_MINT,
                                       .account = {(uint32_t)account},
                                       .credit = {.currency = listing.words[1],
                                                  .source_id = listing.source_id,
                                                  .amount_points = amount}};
    struct jz_answer answer;
    const int code = jz_cli_call(cli, &command, &answer);
    if (code == JZ_EXIT_UNREACHABLE) {
        jz_cli_tell(cli, "it may have happened: repeat with --source-id %s", listing.source_id);
    } else if (code == JZ_EXIT_OK && cli->json) {
        json_t *object = jz_cli_json_answer(&answer);
        (void)json_object_set_new(object, "amount", jz_cli_json_number(answer.amount_points));
        (void)json_object_set_new(object, "source_id", json_string(listing.source_id));
        jz_cli_print_json(object);
    } else if (code == JZ_EXIT_OK) {
        char text[JZ_NUMBER_BYTES];
        printf("%s %s for account %" PRIu64 ", source id %s (seq %" PRIu64 ")\n",
               jz_table_group(text, answer.amount_points), listing.words[1], account,
               listing.source_id, answer.seq);
    }
    return code;
}
