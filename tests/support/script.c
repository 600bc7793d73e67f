/* script.c - a scenario file line by line: what kind of line, and which scenario it belongs to. */
#include "tests/support/script.h"

#include "engine/base/assert.h"
#include "jiaozi/types.h"
#include "tests/support/script_parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the reader's files share ----------------------------------------------------------- */

bool jz_script_parser_refuse(struct jz_script_parser *parser, const char *fault, const char *word)
{
    struct jz_script *script = parser->script;
    if (script->error[0] == '\0') {
        (void)snprintf(script->error, sizeof(script->error), "%s:%u: %s%s%s", script->path,
                       parser->number, fault, word == NULL ? "" : ": ", word == NULL ? "" : word);
    }
    return false;
}

char *jz_script_parser_keep(struct jz_script_parser *parser, size_t bytes)
{
    struct jz_script *script = parser->script;
    JZ_ASSERT(bytes <= script->copies_room - script->copies_used);
    char *room = script->copies + script->copies_used;
    script->copies_used += bytes;
    return room;
}

void jz_script_parser_note(struct jz_script_names *names, const char *name)
{
    if (names->count == names->room) {
        names->room = names->room == 0 ? 16 : names->room * 2;
        names->names = realloc(names->names, names->room * sizeof(names->names[0]));
        JZ_ASSERT(names->names != NULL);
    }
    names->names[names->count++] = name;
}

bool jz_script_parser_market(struct jz_script_parser *parser, const char *word,
                             struct jz_script_market *market)
{
    const char *slash = strchr(word, '/');
    const size_t length = strlen(word);
    if (slash == NULL || !jz_script_words_is_name(word, (uint32_t)(slash - word)) ||
        !jz_script_words_is_name(slash + 1, (uint32_t)strlen(slash + 1))) {
        return jz_script_parser_refuse(parser, "a market is BASE/QUOTE", word);
    }
    char *copy = jz_script_parser_keep(parser, length + 1);
    memcpy(copy, word, length + 1);
    copy[slash - word] = '\0';
    *market =
        (struct jz_script_market){.text = word, .base = copy, .quote = copy + (slash - word) + 1};
    jz_script_parser_note(&parser->scenario->currencies, market->base);
    jz_script_parser_note(&parser->scenario->currencies, market->quote);
    return true;
}

bool jz_script_parser_is_listed(const struct jz_script_parser *parser, const char *base,
                                const char *quote)
{
    const struct jz_script_scenario *scenario = parser->scenario;
    for (uint32_t i = 0; i < scenario->line_count; i++) {
        const struct jz_script_line *line = &scenario->lines[i];
        if (line->kind == JZ_SCRIPT_PAIR && strcmp(line->pair.market.base, base) == 0 &&
            strcmp(line->pair.market.quote, quote) == 0) {
            return true;
        }
    }
    return false;
}

bool jz_script_parser_listed(struct jz_script_parser *parser, const char *word,
                             struct jz_script_market *market)
{
    if (!jz_script_parser_market(parser, word, market)) {
        return false;
    }
    return jz_script_parser_is_listed(parser, market->base, market->quote) ||
           jz_script_parser_refuse(parser, "this market is not listed", word);
}

/* ---- names ----------------------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void sort_names(struct jz_script_names *names)
{
    if (names->count == 0) {
        return;
    }
    qsort(names->names, names->count, sizeof(names->names[0]), compare_names);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < names->count; i++) {
        if (strcmp(names->names[i], names->names[kept - 1]) != 0) {
            names->names[kept++] = names->names[i];
        }
    }
    names->count = kept;
}

uint32_t jz_script_names_find(const struct jz_script_names *names, const char *name)
{
    uint32_t low = 0;
    uint32_t high = names->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = strcmp(name, names->names[middle]);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return UINT32_MAX;
}

/* ---- scenarios and lines --------------------------------------------------------------------- */

/* Deposits of one currency stay below 2^62, which no amount may reach. */
static bool check_deposits(struct jz_script_parser *parser)
{
    struct jz_script_scenario *scenario = parser->scenario;
    uint64_t *sums = calloc((size_t)scenario->currencies.count + 1, sizeof(sums[0]));
    JZ_ASSERT(sums != NULL);
    bool fits = true;
    for (uint32_t i = 0; i < scenario->line_count && fits; i++) {
        const struct jz_script_line *line = &scenario->lines[i];
        if (line->kind != JZ_SCRIPT_DEPOSIT) {
            continue;
        }
        const uint32_t currency =
            jz_script_names_find(&scenario->currencies, line->deposit.currency);
        if (line->deposit.amount_points > JZ_AMOUNT_MAX - sums[currency]) {
            parser->number = line->number;
            fits = jz_script_parser_refuse(parser, "deposits of a currency reach 2^62", NULL);
        } else {
            sums[currency] += line->deposit.amount_points;
        }
    }
    free(sums);
    return fits;
}

static bool end_scenario(struct jz_script_parser *parser)
{
    struct jz_script_scenario *scenario = parser->scenario;
    if (scenario == NULL) {
        return true;
    }
    sort_names(&scenario->accounts);
    sort_names(&scenario->currencies);
    sort_names(&scenario->ids);
    return check_deposits(parser);
}

/* == id title */
static bool begin_scenario(struct jz_script_parser *parser)
{
    struct jz_script *script = parser->script;
    const struct jz_script_words *words = &parser->words;
    if (!end_scenario(parser)) {
        return false;
    }
    if (words->count < 2) {
        return jz_script_parser_refuse(parser, "a scenario starts with == id title", NULL);
    }
    if (script->scenario_count == script->scenario_room) {
        script->scenario_room = script->scenario_room == 0 ? 16 : script->scenario_room * 2;
        script->scenarios =
            realloc(script->scenarios, script->scenario_room * sizeof(script->scenarios[0]));
        JZ_ASSERT(script->scenarios != NULL);
    }
    parser->scenario = &script->scenarios[script->scenario_count++];
    *parser->scenario =
        (struct jz_script_scenario){.id = words->words[1], .number = parser->number};
    return true;
}

static struct jz_script_line *add_line(struct jz_script_parser *parser)
{
    struct jz_script_scenario *scenario = parser->scenario;
    if (scenario->line_count == scenario->line_room) {
        scenario->line_room = scenario->line_room == 0 ? 64 : scenario->line_room * 2;
        scenario->lines =
            realloc(scenario->lines, scenario->line_room * sizeof(scenario->lines[0]));
        JZ_ASSERT(scenario->lines != NULL);
    }
    return &scenario->lines[scenario->line_count];
}

static bool parse_line(struct jz_script_parser *parser, char *text)
{
    jz_script_words_cut(&parser->words, text);
    if (parser->words.count == 0) {
        return true;
    }
    const char *first = parser->words.words[0];
    if (strcmp(first, "==") == 0) {
        return begin_scenario(parser);
    }
    if (parser->scenario == NULL) {
        return jz_script_parser_refuse(parser, "only comments may stand before the first ==", NULL);
    }
    struct jz_script_line line = {.number = parser->number};
    bool is_right = false;
    if (strcmp(first, ">") == 0) {
        is_right = jz_script_expect_event(parser, &line);
    } else if (strcmp(first, "=") == 0) {
        is_right = jz_script_expect_assertion(parser, &line);
    } else {
        is_right = jz_script_command_parse(parser, &line);
    }
    if (is_right) {
        *add_line(parser) = line;
        parser->scenario->line_count++;
    }
    return is_right;
}

static bool parse_text(struct jz_script *script, size_t bytes)
{
    struct jz_script_parser parser = {.script = script};
    bool is_right = strlen(script->text) == bytes ||
                    jz_script_parser_refuse(&parser, "the file holds a NUL", NULL);
    char *at = script->text;
    while (is_right && at != NULL) {
        char *end = strchr(at, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        parser.number++;
        is_right = parse_line(&parser, at);
        at = end;
    }
    is_right = is_right && end_scenario(&parser);
    jz_script_words_deinit(&parser.words);
    return is_right;
}

int jz_script_open_text(const char *path, const char *text, size_t bytes, struct jz_script *script)
{
    /* A line gives at most a copy of its words joined and one of its markets cut in two, each no
     * longer than the line with its end. */
    *script = (struct jz_script){.path = path, .copies_room = 2 * (bytes + 1)};
    script->text = malloc(bytes + 1);
    script->copies = malloc(script->copies_room);
    JZ_ASSERT(script->text != NULL && script->copies != NULL);
    memcpy(script->text, text, bytes);
    script->text[bytes] = '\0';
    return parse_text(script, bytes) ? JZ_OK : JZ_EINVAL;
}

int jz_script_open(const char *path, struct jz_script *script)
{
    *script = (struct jz_script){.path = path};
    FILE *file = fopen(path, "rbe");
    char *text = NULL;
    size_t bytes = 0;
    size_t count = 0;
    if (file != NULL) {
        do {
            bytes += count;
            text = realloc(text, bytes + 65536);
            JZ_ASSERT(text != NULL);
            count = fread(text + bytes, 1, 65536, file);
        } while (count > 0);
    }
    if (file == NULL || ferror(file) != 0) {
        (void)snprintf(script->error, sizeof(script->error), "%s: %s", path, strerror(errno));
    }
    const bool was_read = script->error[0] == '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
    const int status = was_read ? jz_script_open_text(path, text, bytes, script) : JZ_ESYSTEM;
    free(text);
    return status;
}

void jz_script_close(struct jz_script *script)
{
    for (uint32_t i = 0; i < script->scenario_count; i++) {
        struct jz_script_scenario *scenario = &script->scenarios[i];
        free(scenario->lines);
        free(scenario->accounts.names);
        free(scenario->currencies.names);
        free(scenario->ids.names);
    }
    free(script->scenarios);
    free(script->text);
    free(script->copies);
    *script = (struct jz_script){.path = NULL};
}
