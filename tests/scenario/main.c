/* main.c - jz-scenario FILE...: reads all files first, plays them, and says how many passed.
 *
 * Exit code: 0 if nothing failed, 1 if a scenario failed, 2 if a file breaks the grammar or cannot
 * be read; then nothing is played.
 */
#include "tests/support/script_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int play_all(const struct jz_script *scripts, int count)
{
    struct jz_script_totals totals = {.passed = 0};
    for (int i = 0; i < count; i++) {
        jz_script_run(&scripts[i], stdout, &totals);
    }
    jz_script_run_tell(&totals, stdout);
    return totals.failed > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        (void)fprintf(argc < 2 ? stderr : stdout, "usage: jz-scenario FILE...\n");
        return argc < 2 ? 2 : 0;
    }
    const int count = argc - 1;
    struct jz_script *scripts = calloc((size_t)count, sizeof(scripts[0]));
    if (scripts == NULL) {
        (void)fprintf(stderr, "jz-scenario: out of memory\n");
        return 2;
    }
    int code = 0;
    for (int i = 0; i < count; i++) {
        if (jz_script_open(argv[i + 1], &scripts[i]) != JZ_OK) {
            (void)fprintf(stderr, "%s\n", scripts[i].error);
            code = 2;
        }
    }
    if (code == 0) {
        code = play_all(scripts, count);
    }
    for (int i = 0; i < count; i++) {
        jz_script_close(&scripts[i]);
    }
    free(scripts);
    return code;
}
