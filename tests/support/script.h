/* script.h - scenario files (*.scn), read: one struct per line that means something.
 *
 *     == S201 a member cannot promise the same points twice
 *     PAIR BEANS/MILES lot=10
 *     N 1 Ana BEANS/MILES S 30 2       a command,
 *     > ACC 1                          the events it must give, in order,
 *     = Ana BEANS 100/300              and what must be true after it
 *
 * The reader knows the whole grammar, also what the core cannot do yet. It refuses a file that
 * breaks it, naming file and line: an unknown command, option or word, a number that is none, an
 * event that no command could give, a market that was never listed. jz_script_run plays the result.
 *
 * Words point into the text of the file, which the script owns.
 */
#ifndef JZ_TESTS_SCRIPT_H
#define JZ_TESTS_SCRIPT_H

#include "jiaozi/status.h"
#include "tests/support/script_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of names, in byte order once the file is read. */
struct jz_script_names {
    const char **names;
    uint32_t count;
    uint32_t room;
};

struct jz_script_scenario {
    const char *id;
    uint32_t number; /* of its line */
    struct jz_script_line *lines;
    uint32_t line_count;
    uint32_t line_room;
    struct jz_script_names accounts;
    struct jz_script_names currencies;
    struct jz_script_names ids; /* of orders and swaps */
};

struct jz_script {
    const char *path;
    char *text;         /* of the file, cut into words */
    char *copies;       /* words put together anew: never more than twice the text */
    size_t copies_room; /* bytes */
    size_t copies_used;
    struct jz_script_scenario *scenarios;
    uint32_t scenario_count;
    uint32_t scenario_room;
    char error[512]; /* path:line: what is wrong; "" if nothing is */
};

/* Reads a file. path must outlive the script, which is the caller's to close, also after an error.
 * JZ_ESYSTEM: it cannot be read; JZ_EINVAL: it breaks the grammar; the script's error says where.
 */
JZ_MUST_USE int jz_script_open(const char *path, struct jz_script *script);

/* The same for a text in memory, which is copied; path is what errors call it. */
JZ_MUST_USE int jz_script_open_text(const char *path, const char *text, size_t bytes,
                                    struct jz_script *script);

void jz_script_close(struct jz_script *script);

/* Place of a name in a set; UINT32_MAX if it is not there. */
uint32_t jz_script_names_find(const struct jz_script_names *names, const char *name);

#endif /* JZ_TESTS_SCRIPT_H */
