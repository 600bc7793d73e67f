/* bench_clock.c - what measuring itself costs: how long one reading of the clock takes. */
#include "bench/bench.h"

#include <stddef.h>

int jz_bench_clock(int argc, char **argv)
{
    bool json = false;
    uint64_t readings = 1000000;
    const struct jz_bench_option options[] = {
        {.name = "--readings", .what = "how many", .number = &readings, .number_min = 1},
        {.name = "--json", .what = "one object for programs", .flag = &json},
        {.name = NULL},
    };
    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }

    static struct jz_histogram histogram_ns;
    const uint64_t start_ns = jz_bench_now_ns();
    uint64_t last_ns = start_ns;
    for (uint64_t i = 0; i < readings; i++) {
        const uint64_t now_ns = jz_bench_now_ns();
        jz_histogram_add(&histogram_ns, now_ns - last_ns);
        last_ns = now_ns;
    }

    struct jz_bench_report report;
    jz_bench_begin(&report, "clock", json);
    jz_bench_count(&report, "readings", readings);
    jz_bench_real(&report, "ns_per_reading", (double)(last_ns - start_ns) / (double)readings);
    jz_bench_latency_ns(&report, &histogram_ns);
    jz_bench_end(&report);
    return 0;
}
