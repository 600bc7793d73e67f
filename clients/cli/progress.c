/* progress.c - a bar that is drawn over itself. */
#include "clients/cli/progress.h"

#include "clients/cli/table.h"
#include "engine/base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define NS_PER_S          UINT64_C(1000000000)
#define FIRST_SHOWN_NS    NS_PER_S
#define TERMINAL_EVERY_NS (NS_PER_S / 10)
#define LINE_EVERY_NS     (5 * NS_PER_S)
#define BAR_CELLS         30u

void jz_progress_init(struct jz_progress *progress, const char *what)
{
    *progress = (struct jz_progress){
        .what = what,
        .start_ns = jz_clock_monotonic_ns(),
        .is_terminal = isatty(STDERR_FILENO) == 1,
    };
}

static void draw_bar(uint32_t permille)
{
    const uint32_t full = permille * BAR_CELLS / 1000;
    for (uint32_t i = 0; i < BAR_CELLS; i++) {
        (void)fputs(i < full ? "█" : "░", stderr);
    }
}

void jz_progress_show(struct jz_progress *progress, uint64_t done, uint32_t permille,
                      const char *note)
{
    const uint64_t now_ns = jz_clock_monotonic_ns();
    const uint64_t every_ns = progress->is_terminal ? TERMINAL_EVERY_NS : LINE_EVERY_NS;
    const uint64_t run_ns = now_ns - progress->start_ns;
    if (run_ns < FIRST_SHOWN_NS || now_ns - progress->shown_ns < every_ns) {
        return;
    }
    progress->shown_ns = now_ns;
    char count[JZ_NUMBER_BYTES];
    char rate[JZ_NUMBER_BYTES];
    jz_table_group(count, done);
    jz_table_group(rate, done * 1000 / (run_ns / (NS_PER_S / 1000)));
    const uint32_t percent = permille / 10;
    if (progress->is_terminal) {
        (void)fputs("\r\033[K", stderr);
        draw_bar(permille);
        progress->is_shown = true;
    }
    (void)fprintf(stderr, "%s%3u %%  %s %s  %s/s%s%s%s", progress->is_terminal ? " " : "", percent,
                  count, progress->what, rate, note == NULL ? "" : "  ", note == NULL ? "" : note,
                  progress->is_terminal ? "" : "\n");
    (void)fflush(stderr);
}

void jz_progress_wipe(struct jz_progress *progress)
{
    if (progress->is_shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->is_shown = false;
    }
}
