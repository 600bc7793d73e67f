/* script_words.c - cutting lines, and comparing words with the shape that they should have. */
#include "tests/support/script_words.h"

#include "engine/base/assert.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX  ((UINT64_C(1) << 63) - 1)
#define MARK_LENGTH 24u /* longest item of a pattern */

static void add_word(struct jz_script_words *words, char *word)
{
    if (words->count == words->room) {
        words->room = words->room == 0 ? 64 : words->room * 2;
        words->words = realloc(words->words, words->room * sizeof(words->words[0]));
        JZ_ASSERT(words->words != NULL);
    }
    words->words[words->count++] = word;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

void jz_script_words_cut(struct jz_script_words *words, char *line)
{
    words->count = 0;
    words->option_count = 0;
    char *comment = strchr(line, '#');
    if (comment != NULL) {
        *comment = '\0';
    }
    char *at = line;
    while (*at != '\0') {
        if (is_blank(*at)) {
            *at++ = '\0';
            continue;
        }
        add_word(words, at);
        while (*at != '\0' && !is_blank(*at)) {
            at++;
        }
    }
}

bool jz_script_words_take_options(struct jz_script_words *words)
{
    uint32_t kept = 1; /* the command itself */
    for (uint32_t i = 1; i < words->count; i++) {
        char *equals = strchr(words->words[i], '=');
        if (equals == NULL) {
            words->words[kept++] = words->words[i];
            continue;
        }
        *equals = '\0';
        for (uint32_t k = 0; k < words->option_count; k++) {
            if (strcmp(words->options[k].key, words->words[i]) == 0) {
                return false;
            }
        }
        if (words->option_count == JZ_SCRIPT_OPTIONS_MAX) {
            return false;
        }
        words->options[words->option_count++] =
            (struct jz_script_option){.key = words->words[i], .value = equals + 1};
    }
    words->count = kept;
    return true;
}

const char *jz_script_words_option(struct jz_script_words *words, const char *key)
{
    for (uint32_t i = 0; i < words->option_count; i++) {
        if (strcmp(words->options[i].key, key) == 0) {
            words->options[i].is_used = true;
            return words->options[i].value;
        }
    }
    return NULL;
}

const char *jz_script_words_unused(const struct jz_script_words *words)
{
    for (uint32_t i = 0; i < words->option_count; i++) {
        if (!words->options[i].is_used) {
            return words->options[i].key;
        }
    }
    return NULL;
}

void jz_script_words_deinit(struct jz_script_words *words)
{
    free(words->words);
    *words = (struct jz_script_words){.words = NULL};
}

/* ---- what a word may be ---------------------------------------------------------------------- */

static uint32_t digits_at(const char *text)
{
    return (uint32_t)strspn(text, "0123456789");
}

bool jz_script_words_is_id(const char *word)
{
    const uint32_t digits = digits_at(word);
    return digits > 0 && word[digits] == '\0';
}

bool jz_script_words_number(const char *word, uint64_t *number)
{
    if (!jz_script_words_is_id(word)) {
        return false;
    }
    uint64_t value = 0;
    for (; *word != '\0'; word++) {
        const uint64_t digit = (uint64_t)(*word - '0');
        if (value > (NUMBER_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

static bool is_letter(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

bool jz_script_words_is_name(const char *text, uint32_t length)
{
    if (length == 0 || !is_letter(text[0])) {
        return false;
    }
    for (uint32_t i = 1; i < length; i++) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_letter(text[i]) && !is_digit && text[i] != '_') {
            return false;
        }
    }
    return true;
}

bool jz_script_words_is_in(const char *list, const char *word)
{
    const size_t length = strlen(word);
    const char *at = list;
    while (length > 0 && *at != '\0') {
        const size_t item = strcspn(at, " ");
        if (item == length && memcmp(at, word, length) == 0) {
            return true;
        }
        at += item + (at[item] == ' ');
    }
    return false;
}

/* ---- patterns -------------------------------------------------------------------------------- */

static const char rej_reasons[] =
    "DUP_ID PAIR STATE QTY OPTION GTD STOP_NEEDS_LIMIT OCO PRICE BAND OVERFLOW MIN_NOTIONAL FUNDS "
    "UNKNOWN BAD NO_PATH TOO_COMPLEX MIN_RECEIVE MIN_SEND MAX_SEND CROSSED TIME";
static const char cxl_reasons[] =
    "USER MASS COD IOC FOK MIN_QTY POST_ONLY STP NO_LIQUIDITY OCO EXPIRED EXPIRY";

static bool is_name(const char *word)
{
    return jz_script_words_is_name(word, (uint32_t)strlen(word));
}

static bool is_market(const char *word)
{
    const char *slash = strchr(word, '/');
    return slash != NULL && jz_script_words_is_name(word, (uint32_t)(slash - word)) &&
           is_name(slash + 1);
}

/* Digits, a mark, digits. */
static bool is_pair(const char *word, char mark)
{
    const uint32_t digits = digits_at(word);
    return digits > 0 && word[digits] == mark && jz_script_words_is_id(word + digits + 1);
}

static bool fits_class(char class, const char *word)
{
    switch (class) {
    case 'i':
    case 'n':
        return jz_script_words_is_id(word);
    case 's':
        return jz_script_words_is_id(word[0] == '-' ? word + 1 : word);
    case '@':
        return is_pair(word, '@');
    case 'b':
        return is_pair(word, '/');
    case 'v':
        return is_pair(word, ':');
    case 'm':
        return is_market(word);
    case 'a':
    case 'c':
        return is_name(word);
    case 'A':
        return digits_at(word) > 0 && is_name(word + digits_at(word));
    case 'x':
        return jz_script_words_is_in(cxl_reasons, word);
    case 'r':
        return jz_script_words_is_in(rej_reasons, word);
    case 't':
        return jz_script_words_is_id(word) || is_market(word) || strcmp(word, "T") == 0;
    case 'k':
        return jz_script_words_is_in("keep lose", word);
    case 'S':
        return jz_script_words_is_in("B S", word);
    case 'Z':
        return jz_script_words_is_in("PRE AUC CONT HALT CLOSED", word);
    default:
        return false;
    }
}

/* One item of a pattern, without its ? or *. */
static bool fits_item(const char *item, const char *word)
{
    const char *equals = strchr(item, '=');
    if (equals != NULL) {
        const size_t key = (size_t)(equals - item) + 1;
        return strncmp(item, word, key) == 0 && fits_class(equals[1], word + key);
    }
    if (item[1] == '\0') {
        return fits_class(item[0], word);
    }
    return strcmp(item, word) == 0;
}

bool jz_script_words_fit(const struct jz_script_words *words, const char *pattern)
{
    uint32_t next = 1;
    while (*pattern != '\0') {
        char item[MARK_LENGTH];
        const size_t length = strcspn(pattern, " ");
        JZ_ASSERT(length < sizeof(item));
        memcpy(item, pattern, length);
        item[length] = '\0';
        pattern += length + (pattern[length] == ' ');

        const bool may_be_missing = item[0] == '?' || item[0] == '*';
        const char *bare = item + (may_be_missing ? 1 : 0);
        uint32_t found = 0;
        while (next < words->count && fits_item(bare, words->words[next]) &&
               (found == 0 || item[0] == '*')) {
            found++;
            next++;
        }
        if (found == 0 && !may_be_missing) {
            return false;
        }
    }
    return next == words->count;
}
