/* main.c - jz-bench: finds the part that was asked for and runs it. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    const char *what;
    int (*run)(int argc, char **argv);
} parts[] = {
#define X(word, what) {#word, what, jz_bench_##word},
    JZ_BENCH_MAP(X)
#undef X
};

#define PARTS_COUNT (sizeof(parts) / sizeof(parts[0]))

static void tell_parts(FILE *out)
{
    (void)fprintf(out,
                  "usage: jz-bench PART [OPTION...]; jz-bench PART --help tells its options\n\n");
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        (void)fprintf(out, "  %-10s %s\n", parts[i].word, parts[i].what);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        tell_parts(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0) {
        tell_parts(stdout);
        return 0;
    }
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        if (strcmp(argv[1], parts[i].word) == 0) {
            return parts[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "jz-bench: there is no part %s\n", argv[1]);
    tell_parts(stderr);
    return 2;
}
