/* script_expect.c - the lines that say what must come out: events and assertions. */
#include "tests/support/script_parser.h"

#include <string.h>

static const struct {
    const char *word;
    const char *pattern;
} events[] = {
    {"ACC", "i"},
    {"REJ", "t r"},
    {"RST", "i @"},
    {"TRD", "m @ m=i t=i ?tf=n ?rb=n ?mf=n"},
    {"TRD", "m @ b=i s=i"},
    {"DON", "i"},
    {"CXL", "i n x"},
    {"RPL", "i @ k"},
    {"SLD", "i n"},
    {"TRG", "i"},
    {"DEC", "i i n"},
    {"IMP", "i n spent=A recv=A via=c *dust=A ?tf=n"},
    {"SWP", "i spent=A recv=A unspent=n *dust=A ?tf=n"},
    {"BUD", "i lots=n spent=n unspent=n"},
    {"HLT", "m n"},
    {"AUC", "m @ surplus=s"},
    {"AUC", "m none"},
    {"EXR", "i n"},
    {"EXP", "a c n n"},
    {"IND", "m @ surplus=s"},
    {"IND", "m none"},
};

static const struct {
    const char *word;
    const char *pattern;
    uint32_t kind;
} assertions[] = {
    {"BOOK", "BOOK m S *@", JZ_SCRIPT_BOOK},      {"SUM", "SUM c n", JZ_SCRIPT_SUM},
    {"VINT", "VINT a c *v", JZ_SCRIPT_VINTAGES},  {"ORD", "ORD i @", JZ_SCRIPT_ORDER_LIVES},
    {"ORD", "ORD i dead", JZ_SCRIPT_ORDER_LIVES}, {"STATE", "STATE m Z", JZ_SCRIPT_MARKET_STATE},
};

/* The words after the first, single blanks between them. */
static const char *join(struct jz_script_parser *parser)
{
    const struct jz_script_words *words = &parser->words;
    size_t bytes = 1;
    for (uint32_t i = 1; i < words->count; i++) {
        bytes += strlen(words->words[i]) + 1;
    }
    char *text = jz_script_parser_keep(parser, bytes);
    size_t at = 0;
    for (uint32_t i = 1; i < words->count; i++) {
        const size_t length = strlen(words->words[i]);
        memcpy(text + at, words->words[i], length);
        at += length;
        text[at++] = ' ';
    }
    text[at == 0 ? 0 : at - 1] = '\0';
    return text;
}

bool jz_script_expect_event(struct jz_script_parser *parser, struct jz_script_line *line)
{
    const struct jz_script_scenario *scenario = parser->scenario;
    if (scenario->line_count == 0 ||
        scenario->lines[scenario->line_count - 1].kind == JZ_SCRIPT_ASSERTION) {
        return jz_script_parser_refuse(parser, "an event belongs right behind its command", NULL);
    }
    struct jz_script_words tail = parser->words;
    tail.words++; /* patterns start behind the word that names the event */
    tail.count--;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]) && tail.count > 0; i++) {
        if (strcmp(events[i].word, tail.words[0]) == 0 &&
            jz_script_words_fit(&tail, events[i].pattern)) {
            line->kind = JZ_SCRIPT_EVENT;
            line->text = join(parser);
            return true;
        }
    }
    return jz_script_parser_refuse(parser, "no command gives such an event", join(parser));
}

/* Names of an assertion whose shape is right. */
static bool take_names(struct jz_script_parser *parser, struct jz_script_assertion *assertion)
{
    char **words = parser->words.words;
    const bool is_balance = assertion->kind == JZ_SCRIPT_BALANCE;
    switch ((enum jz_script_assertion_kind)assertion->kind) {
    case JZ_SCRIPT_BALANCE:
    case JZ_SCRIPT_VINTAGES:
        assertion->account = words[is_balance ? 1 : 2];
        assertion->currency = words[is_balance ? 2 : 3];
        break;
    case JZ_SCRIPT_BOOK:
        assertion->side = words[3][0];
        return jz_script_parser_listed(parser, words[2], &assertion->market);
    case JZ_SCRIPT_SUM:
        assertion->currency = words[2];
        break;
    case JZ_SCRIPT_ORDER_LIVES:
        assertion->id = words[2];
        jz_script_parser_note(&parser->scenario->ids, assertion->id);
        return true;
    case JZ_SCRIPT_MARKET_STATE:
        return jz_script_parser_listed(parser, words[2], &assertion->market);
    }
    jz_script_parser_note(&parser->scenario->currencies, assertion->currency);
    if (assertion->account != NULL) {
        jz_script_parser_note(&parser->scenario->accounts, assertion->account);
    }
    return true;
}

bool jz_script_expect_assertion(struct jz_script_parser *parser, struct jz_script_line *line)
{
    const struct jz_script_words *words = &parser->words;
    struct jz_script_assertion *assertion = &line->assertion;
    line->kind = JZ_SCRIPT_ASSERTION;
    for (size_t i = 0; i < sizeof(assertions) / sizeof(assertions[0]) && words->count > 1; i++) {
        if (strcmp(assertions[i].word, words->words[1]) == 0 &&
            jz_script_words_fit(words, assertions[i].pattern)) {
            assertion->kind = assertions[i].kind;
        }
    }
    if (assertion->kind == 0 && jz_script_words_fit(words, "a c b")) {
        assertion->kind = JZ_SCRIPT_BALANCE;
    }
    line->text = join(parser);
    if (assertion->kind == 0) {
        return jz_script_parser_refuse(parser, "this asserts nothing", line->text);
    }
    return take_names(parser, assertion);
}
