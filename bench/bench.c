/* bench.c - options in, report out, the same way for every part. */
#include "bench/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __OPTIMIZE__
#define BUILD "optimised"
#else
#define BUILD "not optimised"
#endif

static void tell_options(const char *part, const struct jz_bench_option *options)
{
    printf("jz-bench %s\n", part);
    for (; options->name != NULL; options++) {
        printf("  %s%s\n      %s", options->name, options->flag == NULL ? " VALUE" : "",
               options->what);
        if (options->number != NULL) {
            printf(" [%" PRIu64 "]", *options->number);
        }
        printf("\n");
    }
}

static bool read_number(const struct jz_bench_option *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    const uint64_t most = option->number_max == 0 ? UINT64_MAX : option->number_max;
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < option->number_min ||
        value > most) {
        return false;
    }
    *option->number = value;
    return true;
}

int jz_bench_parse(int argc, char **argv, const struct jz_bench_option *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            tell_options(argv[0], options);
            return 0;
        }
        const struct jz_bench_option *option = options;
        while (option->name != NULL && strcmp(argv[i], option->name) != 0) {
            option++;
        }
        if (option->name == NULL) {
            (void)fprintf(stderr, "jz-bench %s: %s is no option of it; see --help\n", argv[0],
                          argv[i]);
            return 2;
        }
        if (option->flag != NULL) {
            *option->flag = true;
            continue;
        }
        if (i + 1 == argc) {
            (void)fprintf(stderr, "jz-bench %s: %s needs a value\n", argv[0], argv[i]);
            return 2;
        }
        i++;
        if (option->text != NULL) {
            *option->text = argv[i];
        } else if (!read_number(option, argv[i])) {
            (void)fprintf(stderr, "jz-bench %s: %s is no number in range for %s\n", argv[0],
                          argv[i], option->name);
            return 2;
        }
    }
    return -1;
}

static void put_name(struct jz_bench_report *report, const char *name)
{
    if (report->json) {
        printf("%s\"%s\": ", report->is_first ? "{" : ", ", name);
    } else {
        printf("  %-28s ", name);
    }
    report->is_first = false;
}

static void end_value(const struct jz_bench_report *report)
{
    if (!report->json) {
        printf("\n");
    }
}

void jz_bench_begin(struct jz_bench_report *report, const char *name, bool json)
{
    report->json = json;
    report->is_first = true;
    if (!json) {
        printf("%s\n", name);
    } else {
        jz_bench_text(report, "bench", name);
    }
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    jz_bench_count(report, "processors", processors > 0 ? (uint64_t)processors : 0);
    jz_bench_text(report, "compiler", __VERSION__);
    jz_bench_text(report, "build", BUILD);
}

void jz_bench_count(struct jz_bench_report *report, const char *name, uint64_t value)
{
    put_name(report, name);
    printf("%" PRIu64, value);
    end_value(report);
}

void jz_bench_real(struct jz_bench_report *report, const char *name, double value)
{
    put_name(report, name);
    printf("%.1f", value);
    end_value(report);
}

void jz_bench_text(struct jz_bench_report *report, const char *name, const char *value)
{
    put_name(report, name);
    if (!report->json) {
        printf("%s", value);
        end_value(report);
        return;
    }
    (void)putchar('"');
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            (void)putchar('\\');
        }
        if ((unsigned char)*at >= ' ') {
            (void)putchar(*at);
        }
    }
    (void)putchar('"');
}

static const struct {
    const char *name_us;
    const char *name_ns;
    uint32_t of_100000;
} points[] = {
    {"p50_us", "p50_ns", 50000},
    {"p99_us", "p99_ns", 99000},
    {"p999_us", "p999_ns", 99900},
    {"max_us", "max_ns", 100000},
};

#define POINTS_COUNT (sizeof(points) / sizeof(points[0]))

void jz_bench_latency(struct jz_bench_report *report, const struct jz_histogram *histogram_ns)
{
    for (size_t i = 0; i < POINTS_COUNT; i++) {
        const uint64_t value_ns = jz_histogram_percentile(histogram_ns, points[i].of_100000);
        jz_bench_real(report, points[i].name_us, (double)value_ns / 1000.0);
    }
}

void jz_bench_latency_ns(struct jz_bench_report *report, const struct jz_histogram *histogram_ns)
{
    for (size_t i = 0; i < POINTS_COUNT; i++) {
        jz_bench_count(report, points[i].name_ns,
                       jz_histogram_percentile(histogram_ns, points[i].of_100000));
    }
}

void jz_bench_end(struct jz_bench_report *report)
{
    if (report->json) {
        printf("}\n");
    }
    (void)fflush(stdout);
}

uint64_t jz_bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
