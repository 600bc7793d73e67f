/* draw.c - bars in eighths of a cell, so that small differences show. */
#include "clients/cli/draw.h"

#include "clients/cli/cli.h"
#include "clients/cli/table.h"

#include <stdlib.h>
#include <string.h>

#define BAR_CELLS_MIN 10u
#define BAR_CELLS_MAX 60u
#define EIGHTHS       8u

static const char *const eighths[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

static uint64_t longest(const struct jz_book_level *levels, uint32_t count, uint64_t sofar)
{
    for (uint32_t i = 0; i < count; i++) {
        sofar = levels[i].lots > sofar ? levels[i].lots : sofar;
    }
    return sofar;
}

static int widest(const struct jz_book_level *levels, uint32_t count, int sofar, bool of_lots)
{
    for (uint32_t i = 0; i < count; i++) {
        char text[JZ_NUMBER_BYTES];
        const int width =
            (int)strlen(jz_table_group(text, of_lots ? levels[i].lots : levels[i].price));
        sofar = width > sofar ? width : sofar;
    }
    return sofar;
}

struct columns {
    int price;
    int lots;
    uint32_t bar; /* cells of the longest bar */
    uint64_t lots_max;
};

static void draw_level(FILE *file, const struct jz_book_level *level, const struct columns *columns,
                       const char *color, const char *line_end)
{
    char price[JZ_NUMBER_BYTES];
    char lots[JZ_NUMBER_BYTES];
    (void)fprintf(file, "  %*s  %*s  %s", columns->price, jz_table_group(price, level->price),
                  columns->lots, jz_table_group(lots, level->lots), color);
    /* Shifted down together where the product would not fit 64 bits. */
    const uint64_t scale = columns->lots_max / (UINT64_MAX / (BAR_CELLS_MAX * EIGHTHS)) + 1;
    const uint64_t most = columns->lots_max / scale;
    const uint64_t parts = most == 0 ? 0 : (level->lots / scale) * (columns->bar * EIGHTHS) / most;
    for (uint64_t i = 0; i < parts / EIGHTHS; i++) {
        (void)fputs("█", file);
    }
    (void)fprintf(file, "%s%s%s", eighths[parts % EIGHTHS], color[0] != '\0' ? "\033[0m" : "",
                  line_end);
}

static void draw_middle(FILE *file, const struct jz_draw_book *book, const char *line_end)
{
    char text[JZ_NUMBER_BYTES];
    if (book->bid_count == 0 || book->ask_count == 0) {
        (void)fprintf(file, "  %s%s",
                      book->bid_count + book->ask_count == 0 ? "the book is empty"
                                                             : "one side is empty",
                      line_end);
        return;
    }
    (void)fprintf(file, "  spread %s%s",
                  jz_table_group(text, book->asks[0].price - book->bids[0].price), line_end);
}

void jz_draw_book(FILE *file, const struct jz_draw_book *book, uint32_t width, bool has_color,
                  const char *line_end)
{
    struct columns columns = {
        .price = widest(book->asks, book->ask_count, widest(book->bids, book->bid_count, 5, false),
                        false),
        .lots =
            widest(book->asks, book->ask_count, widest(book->bids, book->bid_count, 4, true), true),
        .lots_max = longest(book->asks, book->ask_count, longest(book->bids, book->bid_count, 0)),
    };
    const uint32_t taken = (uint32_t)(columns.price + columns.lots) + 6;
    columns.bar = width > taken + BAR_CELLS_MIN ? width - taken : BAR_CELLS_MIN;
    columns.bar = columns.bar > BAR_CELLS_MAX ? BAR_CELLS_MAX : columns.bar;
    char seq[JZ_NUMBER_BYTES];
    char depth_no[JZ_NUMBER_BYTES];
    (void)fprintf(file, "%s%s%s  after command %s, change %s%s", has_color ? "\033[1m" : "",
                  book->symbol, has_color ? "\033[0m" : "", jz_table_group(seq, book->seq),
                  jz_table_group(depth_no, book->depth_no), line_end);
    (void)fprintf(file, "  %*s  %*s%s", columns.price, "price", columns.lots, "lots", line_end);
    for (uint32_t i = book->ask_count; i > 0; i--) {
        draw_level(file, &book->asks[i - 1], &columns, has_color ? "\033[31m" : "", line_end);
    }
    draw_middle(file, book, line_end);
    for (uint32_t i = 0; i < book->bid_count; i++) {
        draw_level(file, &book->bids[i], &columns, has_color ? "\033[32m" : "", line_end);
    }
}

static json_t *levels_json(const struct jz_book_level *levels, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_t *pair = json_array();
        (void)json_array_append_new(pair, jz_cli_json_number(levels[i].price));
        (void)json_array_append_new(pair, jz_cli_json_number(levels[i].lots));
        (void)json_array_append_new(list, pair);
    }
    return list;
}

json_t *jz_draw_json(const struct jz_draw_book *book)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "symbol", json_string(book->symbol));
    (void)json_object_set_new(object, "seq", jz_cli_json_number(book->seq));
    (void)json_object_set_new(object, "depth_no", jz_cli_json_number(book->depth_no));
    (void)json_object_set_new(object, "bids", levels_json(book->bids, book->bid_count));
    (void)json_object_set_new(object, "asks", levels_json(book->asks, book->ask_count));
    return object;
}

void jz_draw_take(struct jz_draw_book *drawn, const struct jz_mirror *book, uint32_t levels_max)
{
    const uint32_t max = levels_max < JZ_DRAW_LEVELS_MAX ? levels_max : JZ_DRAW_LEVELS_MAX;
    drawn->symbol = jz_mirror_symbol(book);
    drawn->seq = jz_mirror_seq(book);
    drawn->depth_no = jz_mirror_depth_no(book);
    drawn->bid_count = jz_mirror_levels(book, JZ_SIDE_BUY, drawn->bids, max);
    drawn->ask_count = jz_mirror_levels(book, JZ_SIDE_SELL, drawn->asks, max);
}
