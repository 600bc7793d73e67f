/* table.h - aligned columns for people: cells are collected, then printed as wide as they need.
 *
 * Numbers are grouped by thousands and stand to the right. Colours only where asked for. Memory: a
 * table holds its cells until it is printed; rows are bounded by JZ_TABLE_ROWS_MAX.
 */
#ifndef JZ_CLI_TABLE_H
#define JZ_CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JZ_TABLE_COLUMNS_MAX 12u
#define JZ_TABLE_ROWS_MAX    1024u
#define JZ_TABLE_CELL_BYTES  64u
#define JZ_NUMBER_BYTES      28u /* 2^64 - 1 with its commas */

struct jz_table {
    uint32_t column_count;
    uint32_t row_count;
    bool is_right[JZ_TABLE_COLUMNS_MAX]; /* numbers */
    bool has_color;
    char (*cells)[JZ_TABLE_COLUMNS_MAX][JZ_TABLE_CELL_BYTES]; /* rows of cells; row 0: headings */
};

/* headings: column_count of them; one that begins with '>' is a column of numbers. False: no
 * memory. */
bool jz_table_init(struct jz_table *table, const char *const *headings, uint32_t column_count,
                   bool has_color);

/* Starts a row; false when the table is full. Its cells are empty. */
bool jz_table_row(struct jz_table *table);

/* Sets a cell of the row started last; longer text is cut. */
void jz_table_text(struct jz_table *table, uint32_t column, const char *text);
void jz_table_number(struct jz_table *table, uint32_t column, uint64_t value);

void jz_table_print(const struct jz_table *table, FILE *file);

void jz_table_deinit(struct jz_table *table);

/* A number with its thousands apart: 1,234,567. Returns text. */
const char *jz_table_group(char text[JZ_NUMBER_BYTES], uint64_t value);

#endif /* JZ_CLI_TABLE_H */
