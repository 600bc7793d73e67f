/* script_parser.h - what the files of the scenario reader share: where it stands, how it complains.
 *
 * Every parse function returns false after it has told what is wrong; the first complaint counts.
 */
#ifndef JZ_TESTS_SCRIPT_PARSER_H
#define JZ_TESTS_SCRIPT_PARSER_H

#include "tests/support/script.h"
#include "tests/support/script_words.h"

struct jz_script_parser {
    struct jz_script *script;
    struct jz_script_scenario *scenario; /* under way; NULL before the first one */
    struct jz_script_words words;        /* of the line under way */
    uint32_t number;                     /* of the line under way */
};

/* Tells what is wrong with the line under way; word may be NULL. Always false. */
bool jz_script_parser_refuse(struct jz_script_parser *parser, const char *fault, const char *word);

/* Room for so many bytes among the script's copies. */
char *jz_script_parser_keep(struct jz_script_parser *parser, size_t bytes);

/* Adds a name to a set of the scenario, once more if it is there already. */
void jz_script_parser_note(struct jz_script_names *names, const char *name);

/* Reads a word as a market, and notes its currencies. */
bool jz_script_parser_market(struct jz_script_parser *parser, const char *word,
                             struct jz_script_market *market);

/* The same for a market that must be listed by now. */
bool jz_script_parser_listed(struct jz_script_parser *parser, const char *word,
                             struct jz_script_market *market);

/* Whether the market was listed in the lines so far. */
bool jz_script_parser_is_listed(const struct jz_script_parser *parser, const char *base,
                                const char *quote);

/* Reads the command of the words into line. */
bool jz_script_command_parse(struct jz_script_parser *parser, struct jz_script_line *line);

/* Reads an expected event or an assertion of the words into line. */
bool jz_script_expect_event(struct jz_script_parser *parser, struct jz_script_line *line);
bool jz_script_expect_assertion(struct jz_script_parser *parser, struct jz_script_line *line);

#endif /* JZ_TESTS_SCRIPT_PARSER_H */
