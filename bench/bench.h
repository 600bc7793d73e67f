/* bench.h - what the parts of jz-bench share: their table, their options, the way they report.
 *
 * A part is a function of its own arguments that measures one thing and prints one report: a table
 * for people, or with --json one object. A figure never stands without its setting, so a report
 * opens with what the machine and the build were, and each part adds its own setting first.
 *
 *     jz_bench_begin(&report, "journal", json);
 *     jz_bench_count(&report, "batch_records", 256);        the setting
 *     jz_bench_count(&report, "commands_per_second", n);    what was measured
 *     jz_bench_end(&report);
 */
#ifndef JZ_BENCH_BENCH_H
#define JZ_BENCH_BENCH_H

#include "engine/base/histogram.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

/* X(word, what it does in one line): one line per part; part `word` is jz_bench_word(). */
#define JZ_BENCH_MAP(X)                                                                            \
    X(clock, "one reading of the clock, which every other figure contains")                        \
    X(codec, "one order decoded and one reply encoded, next to msgpack-c")                         \
    X(core, "the complete core in-process, on a generated flow")                                   \
    X(flow, "writes a generated flow with its fills and books to files")                           \
    X(journal, "commands made durable a second by the journal alone, one flush a batch")           \
    X(ring, "records from one thread to one and to three others")                                  \
    X(wire, "orders through jiaozid: gateway, engine, journal, and their durable answers")

/* Runs the part. argv[0] is its word, then its options. Returns the exit code: 0, 1 if it could not
 * measure, 2 if it does not understand an option. */
#define X(word, what) JZ_MUST_USE int jz_bench_##word(int argc, char **argv);
JZ_BENCH_MAP(X)
#undef X

/* One option: exactly one of flag, number and text is set and says where the value goes. What it
 * points to keeps its value, the default, if the option is not given. */
struct jz_bench_option {
    const char *name; /* with its two dashes */
    const char *what; /* one line for --help, with the unit */
    bool *flag;
    uint64_t *number;
    const char **text;
    uint64_t number_min; /* of number: range, checked */
    uint64_t number_max; /* 0: no bound */
};

/* Reads --name and --name VALUE into the options; the table ends with a name of NULL. Returns -1 to
 * go on, else the exit code to leave with: 0 after --help, 2 after an error, which it has told. */
JZ_MUST_USE int jz_bench_parse(int argc, char **argv, const struct jz_bench_option *options);

/* A report under way. */
struct jz_bench_report {
    bool json;
    bool is_first;
};

/* Opens the report of the part called name, with machine, compiler and build. */
void jz_bench_begin(struct jz_bench_report *report, const char *name, bool json);

/* Adds a figure: a whole number, one with one digit behind the point, or a word. */
void jz_bench_count(struct jz_bench_report *report, const char *name, uint64_t value);
void jz_bench_real(struct jz_bench_report *report, const char *name, double value);
void jz_bench_text(struct jz_bench_report *report, const char *name, const char *value);

/* Adds p50_us, p99_us, p999_us and max_us of a histogram of nanoseconds; or the same in _ns. */
void jz_bench_latency(struct jz_bench_report *report, const struct jz_histogram *histogram_ns);
void jz_bench_latency_ns(struct jz_bench_report *report, const struct jz_histogram *histogram_ns);

void jz_bench_end(struct jz_bench_report *report);

/* Monotonic clock, nanoseconds. */
uint64_t jz_bench_now_ns(void);

#endif /* JZ_BENCH_BENCH_H */
