/* summary.c - what came of a replay: how fast, how late, and how much of it as the venue had it. */
#include "clients/cli/replay.h"
#include "clients/cli/table.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

static const struct percentile {
    const char *name; /* in JSON */
    const char *text;
    uint32_t of_100000;
} percentiles[] = {
    {"p50_us", "p50", 50000},
    {"p99_us", "p99", 99000},
    {"p999_us", "p99.9", 99900},
    {"max_us", "longest", 100000},
};

#define PERCENTILE_COUNT (sizeof(percentiles) / sizeof(percentiles[0]))

static uint64_t run_ns(const struct jz_replay *replay)
{
    return replay->end_ns > replay->start_ns ? replay->end_ns - replay->start_ns : 1;
}

static uint64_t commands_per_second(const struct jz_replay *replay)
{
    return replay->answered * (NS_PER_S / NS_PER_US) / (run_ns(replay) / NS_PER_US + 1);
}

static json_t *count_json(const struct jz_compare_count *count)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "total", jz_cli_json_number(count->total));
    (void)json_object_set_new(object, "matched", jz_cli_json_number(count->matched));
    (void)json_object_set_new(object, "mismatched", jz_cli_json_number(count->mismatched));
    (void)json_object_set_new(object, "not_compared", jz_cli_json_number(count->unseen));
    return object;
}

static void print_json(const struct jz_replay *replay)
{
    const struct jz_compare *compare = &replay->compare;
    json_t *object = json_object();
    (void)json_object_set_new(object, "market", json_string(replay->options->symbol));
    (void)json_object_set_new(object, "commands", jz_cli_json_number(replay->submitted));
    (void)json_object_set_new(object, "answered", jz_cli_json_number(replay->answered));
    (void)json_object_set_new(object, "window", jz_cli_json_number(replay->options->window));
    (void)json_object_set_new(object, "milliseconds",
                              jz_cli_json_number(run_ns(replay) / NS_PER_MS));
    (void)json_object_set_new(object, "commands_per_second",
                              jz_cli_json_number(commands_per_second(replay)));
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        const uint64_t ns = jz_histogram_percentile(&replay->latency_ns, percentiles[i].of_100000);
        (void)json_object_set_new(object, percentiles[i].name, jz_cli_json_number(ns / NS_PER_US));
    }
    (void)json_object_set_new(object, "refused", jz_cli_json_number(compare->refused));
    (void)json_object_set_new(object, "resent", jz_cli_json_number(replay->resent));
    (void)json_object_set_new(object, "duplicates", jz_cli_json_number(compare->duplicates));
    (void)json_object_set_new(object, "connections", jz_cli_json_number(replay->connect_count));
    (void)json_object_set_new(object, "takers", count_json(&compare->takers));
    (void)json_object_set_new(object, "fills", count_json(&compare->fills));
    (void)json_object_set_new(object, "stray_fills", jz_cli_json_number(compare->stray_fills));
    (void)json_object_set_new(object, "book_rows", count_json(&compare->rows));
    json_t *notes = json_array();
    for (uint32_t i = 0; i < compare->note_count; i++) {
        (void)json_array_append_new(notes, json_string(compare->notes[i]));
    }
    (void)json_object_set_new(object, "mismatches", notes);
    if (replay->final_book.symbol != NULL) {
        (void)json_object_set_new(object, "book", jz_draw_json(&replay->final_book));
    }
    jz_cli_print_json(object);
}

/* A time in the unit in which it reads well. */
static const char *time_text(char text[JZ_NUMBER_BYTES], uint64_t ns)
{
    if (ns < NS_PER_MS) {
        (void)snprintf(text, JZ_NUMBER_BYTES, "%" PRIu64 " µs", ns / NS_PER_US);
    } else if (ns < NS_PER_S) {
        (void)snprintf(text, JZ_NUMBER_BYTES, "%" PRIu64 ".%02" PRIu64 " ms", ns / NS_PER_MS,
                       ns % NS_PER_MS / (NS_PER_MS / 100));
    } else {
        (void)snprintf(text, JZ_NUMBER_BYTES, "%" PRIu64 ".%02" PRIu64 " s", ns / NS_PER_S,
                       ns % NS_PER_S / (NS_PER_S / 100));
    }
    return text;
}

static void print_count(const char *what, const struct jz_compare_count *count, const char *as)
{
    char matched[JZ_NUMBER_BYTES];
    char total[JZ_NUMBER_BYTES];
    char other[JZ_NUMBER_BYTES];
    printf("%-10s %s of %s %s", what, jz_table_group(matched, count->matched),
           jz_table_group(total, count->total), as);
    if (count->mismatched > 0) {
        printf(", %s DIFFER", jz_table_group(other, count->mismatched));
    }
    if (count->unseen > 0) {
        printf(", %s not compared", jz_table_group(other, count->unseen));
    }
    printf("\n");
}

static void print_table(const struct jz_replay *replay)
{
    const struct jz_compare *compare = &replay->compare;
    char text[JZ_NUMBER_BYTES];
    char rate[JZ_NUMBER_BYTES];
    char time[JZ_NUMBER_BYTES];
    printf("commands   %s in %s: %s a second, %" PRIu32 " in flight, each durable before its "
           "answer\n",
           jz_table_group(text, replay->answered), time_text(time, run_ns(replay)),
           jz_table_group(rate, commands_per_second(replay)), replay->options->window);
    printf("answer in ");
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        const uint64_t ns = jz_histogram_percentile(&replay->latency_ns, percentiles[i].of_100000);
        printf(" %s %s%s", percentiles[i].text, time_text(time, ns),
               i + 1 < PERCENTILE_COUNT ? "," : "\n");
    }
    if (compare->has_fills) {
        print_count("takers", &compare->takers, "filled as the venue filled them");
        print_count("fills", &compare->fills, "with the same maker, price and lots");
    } else {
        printf("fills      %s (no file to compare them with)\n",
               jz_table_group(text, compare->fills.total));
    }
    if (compare->rows.total > 0) {
        print_count("book rows", &compare->rows, "with the same five levels on both sides");
    }
    if (compare->refused > 0 || compare->stray_fills > 0) {
        printf("refused    %s commands; %s fills belong to no command\n",
               jz_table_group(text, compare->refused), jz_table_group(rate, compare->stray_fills));
    }
    if (replay->connect_count > 1 || compare->duplicates > 0) {
        printf("sent again %s commands after a lost connection; %s of them had been done and were "
               "answered from memory\n",
               jz_table_group(text, replay->resent), jz_table_group(rate, compare->duplicates));
    }
    for (uint32_t i = 0; i < compare->note_count; i++) {
        printf("  differs: %s\n", compare->notes[i]);
    }
    if (replay->final_book.symbol != NULL) {
        printf("\n");
        jz_draw_book(stdout, &replay->final_book, 80, jz_cli_has_color(replay->cli), "\n");
    }
}

void jz_summary_print(const struct jz_replay *replay)
{
    if (replay->cli->json) {
        print_json(replay);
    } else {
        print_table(replay);
    }
    (void)fflush(stdout);
}
