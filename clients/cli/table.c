/* table.c - cells in a block, column widths measured when it is printed. */
#include "clients/cli/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *jz_table_group(char text[JZ_NUMBER_BYTES], uint64_t value)
{
    char digits[JZ_NUMBER_BYTES];
    const int count = snprintf(digits, sizeof(digits), "%" PRIu64, value);
    int at = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

bool jz_table_init(struct jz_table *table, const char *const *headings, uint32_t column_count,
                   bool has_color)
{
    *table = (struct jz_table){.column_count = column_count, .has_color = has_color};
    table->cells = calloc(JZ_TABLE_ROWS_MAX, sizeof(*table->cells));
    if (table->cells == NULL || column_count > JZ_TABLE_COLUMNS_MAX || !jz_table_row(table)) {
        jz_table_deinit(table);
        return false;
    }
    for (uint32_t i = 0; i < column_count; i++) {
        table->is_right[i] = headings[i][0] == '>';
        jz_table_text(table, i, headings[i] + (table->is_right[i] ? 1 : 0));
    }
    return true;
}

bool jz_table_row(struct jz_table *table)
{
    if (table->row_count == JZ_TABLE_ROWS_MAX) {
        return false;
    }
    table->row_count++;
    return true;
}

void jz_table_text(struct jz_table *table, uint32_t column, const char *text)
{
    char *cell = table->cells[table->row_count - 1][column];
    (void)snprintf(cell, JZ_TABLE_CELL_BYTES, "%s", text);
}

void jz_table_number(struct jz_table *table, uint32_t column, uint64_t value)
{
    char text[JZ_NUMBER_BYTES];
    jz_table_text(table, column, jz_table_group(text, value));
}

/* Bytes that begin no character are not shown: width in columns of a terminal. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    }
    return width;
}

static int column_width(const struct jz_table *table, uint32_t column)
{
    int widest = 0;
    for (uint32_t row = 0; row < table->row_count; row++) {
        const int width = width_of(table->cells[row][column]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void jz_table_print(const struct jz_table *table, FILE *file)
{
    int widths[JZ_TABLE_COLUMNS_MAX];
    for (uint32_t column = 0; column < table->column_count; column++) {
        widths[column] = column_width(table, column);
    }
    for (uint32_t row = 0; row < table->row_count; row++) {
        const bool is_dim = row == 0 && table->has_color;
        (void)fputs(is_dim ? "\033[2m" : "", file);
        for (uint32_t column = 0; column < table->column_count; column++) {
            const char *cell = table->cells[row][column];
            const int gap = widths[column] - width_of(cell);
            const bool is_last = column + 1 == table->column_count;
            (void)fprintf(file, "%*s%s%*s", table->is_right[column] ? gap : 0, "", cell,
                          table->is_right[column] || is_last ? 0 : gap, "");
            (void)fputs(is_last ? "" : "  ", file);
        }
        (void)fputs(is_dim ? "\033[0m\n" : "\n", file);
    }
}

void jz_table_deinit(struct jz_table *table)
{
    free(table->cells);
    *table = (struct jz_table){0};
}
