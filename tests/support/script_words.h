/* script_words.h - one line of a scenario file, cut into words.
 *
 * Words are separated by blanks, `#` starts a comment. In a command a word with `=` is an option,
 * key=value, and may stand anywhere; the others count by their place. Cutting writes NULs into the
 * line; words point into it.
 */
#ifndef JZ_TESTS_SCRIPT_WORDS_H
#define JZ_TESTS_SCRIPT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#define JZ_SCRIPT_OPTIONS_MAX 32u

struct jz_script_option {
    const char *key;
    const char *value;
    bool is_used; /* somebody asked for it */
};

struct jz_script_words {
    char **words; /* grows with the longest line */
    uint32_t count;
    uint32_t room;
    struct jz_script_option options[JZ_SCRIPT_OPTIONS_MAX];
    uint32_t option_count;
};

/* Cuts a line that ends with NUL. */
void jz_script_words_cut(struct jz_script_words *words, char *line);

/* Moves the options of a command out of its words. False: one is given twice, or too many. */
bool jz_script_words_take_options(struct jz_script_words *words);

/* The value of an option, which then counts as used; NULL if it is not given. */
const char *jz_script_words_option(struct jz_script_words *words, const char *key);

/* An option nobody asked for, NULL if there is none. */
const char *jz_script_words_unused(const struct jz_script_words *words);

void jz_script_words_deinit(struct jz_script_words *words);

/* 0..2^63-1 in decimal digits. */
bool jz_script_words_number(const char *word, uint64_t *number);

/* [A-Za-z][A-Za-z0-9_]*, the first `length` characters of text; digits only. */
bool jz_script_words_is_name(const char *text, uint32_t length);
bool jz_script_words_is_id(const char *word);

/* Whether a word is one of a list separated by blanks. */
bool jz_script_words_is_in(const char *list, const char *word);

/* Whether the words of an event or an assertion, from words[1] on, have the shape of a pattern:
 *
 *     i id   n number   @ lots@price   m market   a account, c currency: a name   x CXL reason
 *     r REJ reason   t id, market or T   k keep or lose   s number with sign   A number and name
 *     b number/number   v day:number   S a side   Z a market state   key=X a key and one of these
 *     ?X may be missing   *X any number of these   any other word stands for itself
 */
bool jz_script_words_fit(const struct jz_script_words *words, const char *pattern);

#endif /* JZ_TESTS_SCRIPT_WORDS_H */
