/* bench_flow.c - writes a generated flow to files, for replays where no recorded one is there. */
#include "bench/bench.h"
#include "bench/flow_gen.h"

#include "jiaozi/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int jz_bench_flow(int argc, char **argv)
{
    bool json = false;
    struct jz_flow_gen_options flow = {.seed = 1, .commands = 200000};
    uint64_t depth = 200;
    const char *out = NULL;
    const struct jz_bench_option options[] = {
        {.name = "--commands", .what = "how many", .number = &flow.commands},
        {.name = "--seed", .what = "another number, another flow", .number = &flow.seed},
        {.name = "--depth",
         .what = "orders that rest at a time, about",
         .number = &depth,
         .number_min = JZ_FLOW_GEN_DEPTH_MIN,
         .number_max = JZ_FLOW_GEN_DEPTH_MAX},
        {.name = "--out", .what = "directory for cmds.csv, fills.csv, book5.csv", .text = &out},
        {.name = "--json", .what = "one object for programs", .flag = &json},
        {.name = NULL},
    };
    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }
    if (out == NULL) {
        (void)fprintf(stderr, "jz-bench flow: say --out DIRECTORY\n");
        return 2;
    }
    flow.depth = (uint32_t)depth;
    const int status = jz_flow_gen_write(&flow, out);
    if (status != JZ_OK) {
        (void)fprintf(stderr, "jz-bench flow: cannot write to %s: %s\n", out,
                      status == JZ_ESYSTEM ? strerror(errno) : jz_status_text(status));
        return 1;
    }

    struct jz_bench_report report;
    jz_bench_begin(&report, "flow", json);
    jz_bench_count(&report, "commands", flow.commands);
    jz_bench_count(&report, "seed", flow.seed);
    jz_bench_count(&report, "depth", flow.depth);
    jz_bench_text(&report, "directory", out);
    jz_bench_end(&report);
    return 0;
}
