/* bench_core.c - what one command costs in the complete core: balances, holds, events and all.
 *
 * A generated flow is turned into records beforehand. Each round applies all of them to a core of
 * its own, whose memory was touched ahead, as the engine does in idle moments; one more round reads
 * the clock around every command for the percentiles, which therefore contain one reading.
 */
#include "bench/bench.h"
#include "bench/flow_gen.h"

#include "bench/flow_core.h"
#include "jiaozi/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 99u

struct setting {
    struct jz_flow_gen_options flow;
    struct jz_flow_core_options replay;
    uint64_t rounds;
    bool json;
};

struct run {
    struct jz_flow_core_command *commands;
    uint64_t fills_expected;
    uint64_t fills; /* of the last round, as are the next ones */
    uint64_t refused;
    uint64_t events;
    uint64_t live_orders;
    uint64_t round_ns[ROUNDS_MAX];
    uint64_t baseline_ns[ROUNDS_MAX];
    struct jz_histogram histogram_ns;
};

static struct jz_flow_core replay;
static struct run run;

/* All commands as records; they are the same for every core started with the same setting. */
static int prepare(const struct setting *setting)
{
    struct jz_flow_gen gen;
    struct jz_flow_step step;
    run.commands = malloc((setting->flow.commands + 1) * sizeof(run.commands[0]));
    if (run.commands == NULL) {
        return JZ_ENOMEM;
    }
    int status = jz_flow_gen_init(&gen, &setting->flow);
    if (status == JZ_OK) {
        status = jz_flow_core_start(&replay, &setting->replay);
        if (status == JZ_OK) {
            for (uint64_t i = 0; jz_flow_gen_next(&gen, &step); i++) {
                jz_flow_core_translate(&replay, &step.command, &run.commands[i]);
                run.fills_expected += step.fill_count;
            }
            jz_flow_core_stop(&replay);
        }
        jz_flow_gen_deinit(&gen);
    }
    return status;
}

static void count_events(void)
{
    run.events += replay.events_taken + (uint64_t)(replay.events.next - replay.room);
    for (const struct jz_event *event = replay.room; event < replay.events.next; event++) {
        run.fills += event->kind == JZ_EVENT_TRADE ? 1 : 0;
    }
    run.refused += replay.events.next[-1].result.result == JZ_RESULT_DONE ? 0 : 1;
}

/* What this thread has used of a processor: the core waits for nothing, so this is its time, and
 * what else runs on the machine counts less. */
static uint64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* One core from empty to the end of the flow. Returns the nanoseconds that all commands took. */
static uint64_t play(const struct setting *setting, bool by_command)
{
    if (jz_flow_core_start(&replay, &setting->replay) != JZ_OK) {
        return 0;
    }
    while (jz_core_touch_ahead(replay.core)) {
    }
    const uint64_t start_ns = cpu_ns();
    for (uint64_t i = 0; i < setting->flow.commands; i++) {
        if (by_command) {
            const uint64_t before_ns = jz_bench_now_ns();
            jz_flow_core_apply(&replay, &run.commands[i]);
            jz_histogram_add(&run.histogram_ns, jz_bench_now_ns() - before_ns);
            count_events();
        } else {
            jz_flow_core_apply(&replay, &run.commands[i]);
        }
    }
    const uint64_t spent_ns = cpu_ns() - start_ns;
    run.live_orders = jz_core_live_orders(replay.core);
    jz_flow_core_stop(&replay);
    return spent_ns;
}

/* Copies the records and clears the events of as many commands, and no more than that. */
static uint64_t move_bytes(const struct setting *setting)
{
    static struct jz_flow_core_command copy;
    const uint64_t events = run.events / setting->flow.commands + 1;
    const uint64_t start_ns = cpu_ns();
    for (uint64_t i = 0; i < setting->flow.commands; i++) {
        memcpy(&copy, &run.commands[i], sizeof(copy));
        for (uint64_t at = 0; at < events && at < JZ_FLOW_CORE_EVENTS; at++) {
            replay.room[at] = (struct jz_event){.kind = (uint8_t)copy.record.kind};
        }
        __asm__ volatile("" ::: "memory"); /* the compiler may not see that nobody reads it */
    }
    return cpu_ns() - start_ns;
}

static int compare_ns(const void *left, const void *right)
{
    const uint64_t one = *(const uint64_t *)left;
    const uint64_t two = *(const uint64_t *)right;
    return (one > two) - (one < two);
}

static void tell(const struct setting *setting)
{
    const double commands = (double)setting->flow.commands;
    const uint64_t middle = setting->rounds / 2;
    const double median_ns = (double)run.round_ns[middle];
    const double baseline_ns = (double)run.baseline_ns[middle];
    struct jz_bench_report report;
    jz_bench_begin(&report, "core", setting->json);
    jz_bench_count(&report, "commands", setting->flow.commands);
    jz_bench_count(&report, "seed", setting->flow.seed);
    jz_bench_count(&report, "accounts", 2 * (uint64_t)setting->replay.accounts);
    jz_bench_count(&report, "resting_orders", run.live_orders);
    jz_bench_count(&report, "rounds", setting->rounds);
    jz_bench_text(&report, "time", "processor time of one thread, median of the rounds");
    jz_bench_real(&report, "fills_per_100_commands", 100.0 * (double)run.fills / commands);
    jz_bench_real(&report, "events_per_command", (double)run.events / commands);
    jz_bench_real(&report, "ns_per_command", median_ns / commands);
    jz_bench_real(&report, "baseline_ns_per_command", baseline_ns / commands);
    jz_bench_real(&report, "times_baseline", median_ns / baseline_ns);
    jz_bench_real(&report, "ns_per_command_best", (double)run.round_ns[0] / commands);
    jz_bench_count(&report, "commands_per_second", (uint64_t)(commands * 1e9 / median_ns));
    jz_bench_latency_ns(&report, &run.histogram_ns);
    jz_bench_end(&report);
}

static int measure(const struct setting *setting)
{
    if (prepare(setting) != JZ_OK) {
        (void)fprintf(stderr, "jz-bench core: not enough memory for this setting\n");
        return 1;
    }
    (void)play(setting, true); /* warms up, and counts */
    for (uint64_t i = 0; i < setting->rounds; i++) {
        run.round_ns[i] = play(setting, false);
        run.baseline_ns[i] = move_bytes(setting);
    }
    if (run.refused != 0 || run.fills != run.fills_expected) {
        (void)fprintf(stderr,
                      "jz-bench core: the core refused commands or traded something else\n");
        return 1;
    }
    qsort(run.round_ns, setting->rounds, sizeof(run.round_ns[0]), compare_ns);
    qsort(run.baseline_ns, setting->rounds, sizeof(run.baseline_ns[0]), compare_ns);
    tell(setting);
    return 0;
}

int jz_bench_core(int argc, char **argv)
{
    struct setting setting = {.flow = {.seed = 1, .commands = 500000}, .rounds = 5};
    uint64_t depth = 1000;
    uint64_t accounts = 1000;
    const struct jz_bench_option options[] = {
        {.name = "--commands",
         .what = "how many a round",
         .number = &setting.flow.commands,
         .number_min = 1,
         .number_max = 100000000},
        {.name = "--seed", .what = "another number, another flow", .number = &setting.flow.seed},
        {.name = "--depth",
         .what = "orders that rest at a time, about",
         .number = &depth,
         .number_min = JZ_FLOW_GEN_DEPTH_MIN,
         .number_max = JZ_FLOW_GEN_DEPTH_MAX},
        {.name = "--accounts",
         .what = "how many buy, and how many sell",
         .number = &accounts,
         .number_min = 1,
         .number_max = 10000000},
        {.name = "--rounds",
         .what = "the median of them is told",
         .number = &setting.rounds,
         .number_min = 1,
         .number_max = ROUNDS_MAX},
        {.name = "--json", .what = "one object for programs", .flag = &setting.json},
        {.name = NULL},
    };
    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }
    setting.flow.depth = (uint32_t)depth;
    setting.replay = (struct jz_flow_core_options){.accounts = (uint32_t)accounts,
                                                   .orders = 2 * (uint32_t)depth};
    const int code = measure(&setting);
    free(run.commands);
    return code;
}
