/* draw.h - a book as bars on a terminal, or as JSON. Pure: levels in, text out. */
#ifndef JZ_CLI_DRAW_H
#define JZ_CLI_DRAW_H

#include "jiaozi/feed.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JZ_DRAW_LEVELS_MAX 100u

/* The best levels of a book, best first. */
struct jz_draw_book {
    const char *symbol;
    uint64_t seq;
    uint64_t depth_no;
    uint32_t bid_count;
    uint32_t ask_count;
    struct jz_book_level bids[JZ_DRAW_LEVELS_MAX];
    struct jz_book_level asks[JZ_DRAW_LEVELS_MAX];
};

/* Asks above, best nearest to the middle, bids below; a bar as long as its lots, in relation to the
 * longest. width: columns of the terminal. Each line ends with line_end. */
void jz_draw_book(FILE *file, const struct jz_draw_book *book, uint32_t width, bool has_color,
                  const char *line_end);

/* {symbol, seq, depth_no, bids: [[price, lots]...], asks}, to be given up by the caller. */
json_t *jz_draw_json(const struct jz_draw_book *book);

/* Takes the best levels_max levels of a followed book. */
void jz_draw_take(struct jz_draw_book *drawn, const struct jz_mirror *book, uint32_t levels_max);

#endif /* JZ_CLI_DRAW_H */
