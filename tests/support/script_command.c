/* script_command.c - the lines that do something: one function per command, and what they share. */
#include "tests/support/script_parser.h"

#include "jiaozi/types.h"

#include <string.h>

/* ---- words and options ----------------------------------------------------------------------- */

static bool has_places(struct jz_script_parser *parser, uint32_t least, uint32_t most,
                       const char *usage)
{
    const uint32_t count = parser->words.count - 1;
    return (count >= least && count <= most) || jz_script_parser_refuse(parser, usage, NULL);
}

static const char *place(const struct jz_script_parser *parser, uint32_t index)
{
    return parser->words.words[index];
}

static bool take_number(struct jz_script_parser *parser, const char *word, uint64_t *number)
{
    return jz_script_words_number(word, number) ||
           jz_script_parser_refuse(parser, "this is no number from 0 to 2^63-1", word);
}

static bool take_name(struct jz_script_parser *parser, const char *word, const char **name,
                      struct jz_script_names *names)
{
    if (!jz_script_words_is_name(word, (uint32_t)strlen(word))) {
        return jz_script_parser_refuse(parser, "a name is a letter, then letters, digits and _",
                                       word);
    }
    *name = word;
    jz_script_parser_note(names, word);
    return true;
}

static bool take_account(struct jz_script_parser *parser, const char *word, const char **account)
{
    return take_name(parser, word, account, &parser->scenario->accounts);
}

static bool take_currency(struct jz_script_parser *parser, const char *word, const char **currency)
{
    return take_name(parser, word, currency, &parser->scenario->currencies);
}

static bool take_id(struct jz_script_parser *parser, const char *word, const char **id)
{
    if (!jz_script_words_is_id(word)) {
        return jz_script_parser_refuse(parser, "an id is a word of digits", word);
    }
    *id = word;
    jz_script_parser_note(&parser->scenario->ids, word);
    return true;
}

/* A number option; not given, or given as 0, it has its default. */
static bool option_number(struct jz_script_parser *parser, const char *key, uint64_t otherwise,
                          uint64_t *number)
{
    const char *value = jz_script_words_option(&parser->words, key);
    *number = 0;
    if (value != NULL && !take_number(parser, value, number)) {
        return false;
    }
    if (*number == 0) {
        *number = otherwise;
    }
    return true;
}

/* A word option, one of a list; not given it has its default. */
static bool option_word(struct jz_script_parser *parser, const char *key, const char *list,
                        const char *otherwise, const char **word)
{
    const char *value = jz_script_words_option(&parser->words, key);
    *word = value == NULL ? otherwise : value;
    return value == NULL || jz_script_words_is_in(list, value) ||
           jz_script_parser_refuse(parser, "this option has no such value", value);
}

/* ---- currencies, markets, deposits ----------------------------------------------------------- */

static const struct jz_script_line *find_vintages(const struct jz_script_parser *parser,
                                                  const char *currency)
{
    const struct jz_script_scenario *scenario = parser->scenario;
    for (uint32_t i = 0; i < scenario->line_count; i++) {
        const struct jz_script_line *line = &scenario->lines[i];
        if (line->kind == JZ_SCRIPT_CURRENCY && strcmp(line->currency.currency, currency) == 0) {
            return line;
        }
    }
    return NULL;
}

static bool parse_currency(struct jz_script_parser *parser, struct jz_script_line *line)
{
    const struct jz_script_names *used = &parser->scenario->currencies;
    if (!has_places(parser, 1, 1, "CUR cur mind=<d>")) {
        return false;
    }
    for (uint32_t i = 0; i < used->count; i++) {
        if (strcmp(used->names[i], place(parser, 1)) == 0) {
            return jz_script_parser_refuse(parser, "CUR stands before the first use",
                                           used->names[i]);
        }
    }
    const char *least = jz_script_words_option(&parser->words, "mind");
    if (least == NULL) {
        return jz_script_parser_refuse(parser, "CUR cur mind=<d>", NULL);
    }
    return take_currency(parser, place(parser, 1), &line->currency.currency) &&
           take_number(parser, least, &line->currency.life_days_min);
}

/* Bounds that a listing must keep; there is no reason to refuse one with. */
static bool check_pair(struct jz_script_parser *parser, const struct jz_script_pair *pair)
{
    const struct jz_script_market *market = &pair->market;
    if (strcmp(market->base, market->quote) == 0 ||
        jz_script_parser_is_listed(parser, market->base, market->quote) ||
        jz_script_parser_is_listed(parser, market->quote, market->base)) {
        return jz_script_parser_refuse(parser, "this market cannot be listed", market->text);
    }
    if (pair->lot_points == 0 || pair->lot_points > JZ_LOT_MAX) {
        return jz_script_parser_refuse(parser, "lot lies outside 1..2^42-1", NULL);
    }
    if (pair->price_max > JZ_PRICE_MAX || pair->price_min > pair->price_max ||
        pair->tick_price > JZ_PRICE_MAX || pair->reference_price > JZ_PRICE_MAX) {
        return jz_script_parser_refuse(parser, "1 <= pmin <= pmax <= 2^31-1, so tick and ref",
                                       NULL);
    }
    if (pair->quote_unit_points > JZ_LOT_MAX / pair->price_max) {
        return jz_script_parser_refuse(parser, "pmax times qu reaches 2^42", NULL);
    }
    if (pair->notional_min_points > JZ_AMOUNT_MAX) {
        return jz_script_parser_refuse(parser, "minnot reaches 2^62", NULL);
    }
    const uint64_t rates_bp[] = {pair->band_bp, pair->breaker_bp, pair->maker_bp, pair->taker_bp,
                                 pair->rebate_bp};
    for (size_t i = 0; i < sizeof(rates_bp) / sizeof(rates_bp[0]); i++) {
        if (rates_bp[i] > UINT32_MAX) {
            return jz_script_parser_refuse(parser, "so many basis points", NULL);
        }
    }
    return true;
}

static bool parse_pair(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_pair *pair = &line->pair;
    return has_places(parser, 1, 1, "PAIR b/q lot=<Lb> [options]") &&
           jz_script_parser_market(parser, place(parser, 1), &pair->market) &&
           option_number(parser, "lot", 0, &pair->lot_points) &&
           option_number(parser, "qu", 1, &pair->quote_unit_points) &&
           option_number(parser, "tick", 1, &pair->tick_price) &&
           option_number(parser, "pmin", 1, &pair->price_min) &&
           option_number(parser, "pmax", JZ_PRICE_MAX, &pair->price_max) &&
           option_number(parser, "minnot", 0, &pair->notional_min_points) &&
           option_number(parser, "band", 0, &pair->band_bp) &&
           option_number(parser, "cb", 0, &pair->breaker_bp) &&
           option_number(parser, "prot", 0, &pair->protection_price) &&
           option_number(parser, "ref", 0, &pair->reference_price) &&
           option_number(parser, "maker", 0, &pair->maker_bp) &&
           option_number(parser, "taker", 0, &pair->taker_bp) &&
           option_number(parser, "rebate", 0, &pair->rebate_bp) &&
           option_word(parser, "state", "PRE AUC CONT HALT CLOSED", "CONT", &pair->state) &&
           check_pair(parser, pair);
}

static bool parse_deposit(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_deposit *deposit = &line->deposit;
    if (!has_places(parser, 3, 3, "DEP acct cur n [exp=<day>]") ||
        !take_account(parser, place(parser, 1), &deposit->account) ||
        !take_currency(parser, place(parser, 2), &deposit->currency) ||
        !take_number(parser, place(parser, 3), &deposit->amount_points) ||
        !option_number(parser, "exp", 0, &deposit->expiry_day)) {
        return false;
    }
    const bool is_dated = find_vintages(parser, deposit->currency) != NULL;
    return is_dated == (deposit->expiry_day != 0) ||
           jz_script_parser_refuse(parser, "a vintage-dated currency, and only it, needs exp",
                                   NULL);
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* IOC, FOK and noimpl behind the price. */
static bool parse_order_words(struct jz_script_parser *parser, struct jz_script_order *order)
{
    order->time_in_force = order->deadline_day == 0 ? "" : "GTD";
    for (uint32_t i = 7; i < parser->words.count; i++) {
        const char *word = place(parser, i);
        const bool is_implied = strcmp(word, "noimpl") == 0;
        if (!is_implied && !jz_script_words_is_in("IOC FOK", word)) {
            return jz_script_parser_refuse(parser, "this is no word of N", word);
        }
        if (is_implied ? order->never_implied : order->time_in_force[0] != '\0') {
            return jz_script_parser_refuse(parser, "IOC, FOK or GTD, one of them once", word);
        }
        if (is_implied) {
            order->never_implied = true;
        } else {
            order->time_in_force = word;
        }
    }
    return true;
}

static bool parse_order(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_order *order = &line->order;
    if (!has_places(parser, 6, 8, "N id acct market B|S lots price|MKT [options]") ||
        !take_id(parser, place(parser, 1), &order->id) ||
        !take_account(parser, place(parser, 2), &order->account) ||
        !jz_script_parser_market(parser, place(parser, 3), &order->market) ||
        !take_number(parser, place(parser, 5), &order->lots)) {
        return false;
    }
    if (!jz_script_words_is_in("B S", place(parser, 4))) {
        return jz_script_parser_refuse(parser, "a side is B or S", place(parser, 4));
    }
    order->side = place(parser, 4)[0];
    order->has_price = strcmp(place(parser, 6), "MKT") != 0;
    if (order->has_price && !take_number(parser, place(parser, 6), &order->price)) {
        return false;
    }
    order->oco = jz_script_words_option(&parser->words, "oco");
    if (order->oco == NULL || strcmp(order->oco, "0") == 0) {
        order->oco = "";
    } else if (!take_id(parser, order->oco, &order->oco)) {
        return false;
    }
    return option_number(parser, "GTD", 0, &order->deadline_day) &&
           option_word(parser, "post", "rej slide", "", &order->post) &&
           option_word(parser, "stp", "CN CO CB DC", "CN", &order->stp) &&
           option_number(parser, "peak", 0, &order->peak_lots) &&
           option_number(parser, "minq", 0, &order->least_lots) &&
           option_number(parser, "stop", 0, &order->stop_price) && parse_order_words(parser, order);
}

static bool parse_budget(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_budget *budget = &line->budget;
    const char *usage = "BUY id acct market quote=<n> [max=<price>]";
    if (!has_places(parser, 3, 3, usage) || !take_id(parser, place(parser, 1), &budget->id) ||
        !take_account(parser, place(parser, 2), &budget->account) ||
        !jz_script_parser_market(parser, place(parser, 3), &budget->market)) {
        return false;
    }
    const char *quote = jz_script_words_option(&parser->words, "quote");
    if (quote == NULL) {
        return jz_script_parser_refuse(parser, usage, NULL);
    }
    return take_number(parser, quote, &budget->quote_points) &&
           option_number(parser, "max", 0, &budget->price_max);
}

static bool parse_cancel(struct jz_script_parser *parser, struct jz_script_line *line)
{
    return has_places(parser, 1, 1, "X id") && take_id(parser, place(parser, 1), &line->cancel);
}

static bool parse_replace(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_replace *replace = &line->replace;
    return has_places(parser, 3, 3, "R id open price") &&
           take_id(parser, place(parser, 1), &replace->id) &&
           take_number(parser, place(parser, 2), &replace->lots) &&
           take_number(parser, place(parser, 3), &replace->price);
}

static bool parse_mass(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_mass *mass = &line->mass;
    const bool is_mass = line->kind == JZ_SCRIPT_MASS;
    if (!has_places(parser, 1, is_mass ? 2 : 1, is_mass ? "MASS acct [market]" : "COD acct") ||
        !take_account(parser, place(parser, 1), &mass->account)) {
        return false;
    }
    return parser->words.count == 2 ||
           jz_script_parser_listed(parser, place(parser, 2), &mass->market);
}

/* ---- the market's day, swaps ------------------------------------------------------------------
 */

static bool parse_clock(struct jz_script_parser *parser, struct jz_script_line *line)
{
    if (!has_places(parser, 1, 1, "T t") ||
        !take_number(parser, place(parser, 1), &line->clock_day)) {
        return false;
    }
    return line->clock_day <= JZ_SCRIPT_DAY_MAX ||
           jz_script_parser_refuse(parser, "the clock ends at day 213503", place(parser, 1));
}

static bool parse_state(struct jz_script_parser *parser, struct jz_script_line *line)
{
    if (!has_places(parser, 2, 2, "STATE market s") ||
        !jz_script_parser_listed(parser, place(parser, 1), &line->state.market)) {
        return false;
    }
    line->state.state = place(parser, 2);
    return jz_script_words_is_in("PRE AUC CONT HALT CLOSED", line->state.state) ||
           jz_script_parser_refuse(parser, "this is no state", line->state.state);
}

static bool parse_market(struct jz_script_parser *parser, struct jz_script_line *line)
{
    return has_places(parser, 1, 1, "a listed market must follow") &&
           jz_script_parser_listed(parser, place(parser, 1), &line->market);
}

static bool parse_implied(struct jz_script_parser *parser, struct jz_script_line *line)
{
    if (!has_places(parser, 1, 1, "IMPL on|off") ||
        !jz_script_words_is_in("on off", place(parser, 1))) {
        return jz_script_parser_refuse(parser, "IMPL on|off", NULL);
    }
    line->implied_is_on = strcmp(place(parser, 1), "on") == 0;
    return true;
}

static bool parse_swap(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_swap *swap = &line->swap;
    if (!has_places(parser, 7, 7, "SWAP id acct A Z SEND|RECV n n [options]") ||
        !take_id(parser, place(parser, 1), &swap->id) ||
        !take_account(parser, place(parser, 2), &swap->account) ||
        !take_currency(parser, place(parser, 3), &swap->given) ||
        !take_currency(parser, place(parser, 4), &swap->wanted)) {
        return false;
    }
    if (!jz_script_words_is_in("SEND RECV", place(parser, 5))) {
        return jz_script_parser_refuse(parser, "SEND or RECV", place(parser, 5));
    }
    swap->is_send = place(parser, 5)[0] == 'S';
    uint64_t *first = swap->is_send ? &swap->send_max_points : &swap->receive_points;
    uint64_t *second = swap->is_send ? &swap->receive_points : &swap->send_max_points;
    if (!take_number(parser, place(parser, 6), first) ||
        !take_number(parser, place(parser, 7), second) ||
        !option_number(parser, "hops", 3, &swap->hops) ||
        !option_number(parser, "taker", 0, &swap->taker_bp)) {
        return false;
    }
    return !swap->is_send || option_number(parser, "minsend", 0, &swap->send_min_points);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct {
    const char *word;
    bool (*parse)(struct jz_script_parser *parser, struct jz_script_line *line);
    uint32_t kind;
} commands[] = {
    {"CUR", parse_currency, JZ_SCRIPT_CURRENCY},  {"PAIR", parse_pair, JZ_SCRIPT_PAIR},
    {"DEP", parse_deposit, JZ_SCRIPT_DEPOSIT},    {"N", parse_order, JZ_SCRIPT_ORDER},
    {"BUY", parse_budget, JZ_SCRIPT_BUDGET},      {"X", parse_cancel, JZ_SCRIPT_CANCEL},
    {"R", parse_replace, JZ_SCRIPT_REPLACE},      {"MASS", parse_mass, JZ_SCRIPT_MASS},
    {"COD", parse_mass, JZ_SCRIPT_DISCONNECT},    {"T", parse_clock, JZ_SCRIPT_CLOCK},
    {"STATE", parse_state, JZ_SCRIPT_STATE},      {"IND", parse_market, JZ_SCRIPT_INDICATE},
    {"UNCROSS", parse_market, JZ_SCRIPT_UNCROSS}, {"IMPL", parse_implied, JZ_SCRIPT_IMPLIED},
    {"SWAP", parse_swap, JZ_SCRIPT_SWAP},
};

bool jz_script_command_parse(struct jz_script_parser *parser, struct jz_script_line *line)
{
    struct jz_script_words *words = &parser->words;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(words->words[0], commands[i].word) != 0) {
            continue;
        }
        line->kind = commands[i].kind;
        if (!jz_script_words_take_options(words)) {
            return jz_script_parser_refuse(parser, "an option stands here twice", NULL);
        }
        if (!commands[i].parse(parser, line)) {
            return false;
        }
        const char *unused = jz_script_words_unused(words);
        return unused == NULL ||
               jz_script_parser_refuse(parser, "this command has no such option", unused);
    }
    return jz_script_parser_refuse(parser, "this is no command", words->words[0]);
}
