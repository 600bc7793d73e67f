/* progress.h - how far long work is, on stderr: a bar on a terminal, now and then a line elsewhere.
 *
 * Nothing is shown for work that ends within a second.
 */
#ifndef JZ_CLI_PROGRESS_H
#define JZ_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct jz_progress {
    const char *what; /* borrowed; what is counted: "commands" */
    uint64_t start_ns;
    uint64_t shown_ns;
    bool is_terminal;
    bool is_shown; /* a bar stands on the terminal's line */
};

void jz_progress_init(struct jz_progress *progress, const char *what);

/* Shows it if it is time: done so many, which are so many thousandths of all. note, if not NULL,
 * stands behind it. Cheap enough for every thousandth item of work. */
void jz_progress_show(struct jz_progress *progress, uint64_t done, uint32_t permille,
                      const char *note);

/* Wipes the bar, before something else is written and at the end. */
void jz_progress_wipe(struct jz_progress *progress);

#endif /* JZ_CLI_PROGRESS_H */
