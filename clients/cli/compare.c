/* compare.c - four queues that are read side by side, each in its own order. */
#include "clients/cli/compare.h"

#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct jz_compare_expected *expected_at(const struct jz_compare *compare, uint64_t position)
{
    return &compare->expected[position % JZ_COMPARE_COMMANDS_MAX];
}

static struct jz_flow_fill *wanted_at(const struct jz_compare *compare, uint64_t position)
{
    return &compare->wanted_fills[position % JZ_COMPARE_FILLS_MAX];
}

static struct jz_compare_fill *seen_at(const struct jz_compare *compare, uint64_t position)
{
    return &compare->seen_fills[position % JZ_COMPARE_FILLS_MAX];
}

static struct jz_compare_book *book_at(const struct jz_compare *compare, uint64_t position)
{
    return &compare->books[position % JZ_COMPARE_BOOKS_MAX];
}

static void note(struct jz_compare *compare, const struct jz_compare_expected *expected,
                 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Describes a mismatch, if it is one of the first. */
static void note(struct jz_compare *compare, const struct jz_compare_expected *expected,
                 const char *format, ...)
{
    if (compare->note_count == JZ_COMPARE_NOTES_MAX) {
        return;
    }
    char *text = compare->notes[compare->note_count++];
    const struct jz_flow_command *command = &expected->command;
    const int count =
        snprintf(text, JZ_COMPARE_NOTE_BYTES,
                 "line %" PRIu32 ", row %" PRIu64 ", %c %" PRIu64 ", seq %" PRIu64 ": ",
                 command->line, command->row, command->op, command->id, expected->seq);
    if (count < 0 || count >= (int)JZ_COMPARE_NOTE_BYTES) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + count, JZ_COMPARE_NOTE_BYTES - (size_t)count, format, arguments);
    va_end(arguments);
}

int jz_compare_init(struct jz_compare *compare, bool has_fills)
{
    *compare = (struct jz_compare){.has_fills = has_fills};
    compare->expected = calloc(JZ_COMPARE_COMMANDS_MAX, sizeof(*compare->expected));
    compare->wanted_fills = calloc(JZ_COMPARE_FILLS_MAX, sizeof(*compare->wanted_fills));
    compare->seen_fills = calloc(JZ_COMPARE_FILLS_MAX, sizeof(*compare->seen_fills));
    compare->books = calloc(JZ_COMPARE_BOOKS_MAX, sizeof(*compare->books));
    if (compare->expected == NULL || compare->wanted_fills == NULL || compare->seen_fills == NULL ||
        compare->books == NULL) {
        jz_compare_deinit(compare);
        return JZ_ENOMEM;
    }
    return JZ_OK;
}

bool jz_compare_has_room(const struct jz_compare *compare, const struct jz_flow_step *step)
{
    return compare->expect_next - compare->row_next < JZ_COMPARE_COMMANDS_MAX &&
           compare->wanted_next - compare->wanted_from + step->fill_count <= JZ_COMPARE_FILLS_MAX;
}

void jz_compare_expect(struct jz_compare *compare, const struct jz_flow_step *step)
{
    JZ_ASSERT(jz_compare_has_room(compare, step));
    struct jz_compare_expected *expected = expected_at(compare, compare->expect_next++);
    *expected = (struct jz_compare_expected){
        .command = step->command,
        .fills_from = compare->wanted_next,
        .fill_count = step->fill_count,
        .has_book = step->book != NULL,
    };
    if (step->book != NULL) {
        expected->book = *step->book;
    }
    for (uint32_t i = 0; i < step->fill_count; i++) {
        *wanted_at(compare, compare->wanted_next++) = step->fills[i];
        expected->fill_lots += step->fills[i].lots;
    }
}

/* ---- fills ---- */

/* How many of the fills seen belong to the command; those of earlier numbers belong to nobody. */
static uint64_t seen_count(struct jz_compare *compare, uint64_t seq)
{
    while (compare->seen_from < compare->seen_next &&
           seen_at(compare, compare->seen_from)->seq < seq) {
        compare->seen_from++;
        compare->stray_fills++;
    }
    uint64_t count = 0;
    while (compare->seen_from + count < compare->seen_next &&
           seen_at(compare, compare->seen_from + count)->seq == seq) {
        count++;
    }
    return count;
}

/* The first fill that differs, or the smaller of both counts. */
static uint64_t equal_fills(const struct jz_compare *compare,
                            const struct jz_compare_expected *expected, uint64_t seen)
{
    const uint64_t count = seen < expected->fill_count ? seen : expected->fill_count;
    for (uint64_t i = 0; i < count; i++) {
        const struct jz_flow_fill *wanted = wanted_at(compare, expected->fills_from + i);
        const struct jz_compare_fill *got = seen_at(compare, compare->seen_from + i);
        if (wanted->maker_id != got->maker_id || wanted->price != got->price ||
            wanted->lots != got->lots) {
            return i;
        }
    }
    return count;
}

static void note_fills(struct jz_compare *compare, const struct jz_compare_expected *expected,
                       uint64_t seen, uint64_t equal)
{
    if (equal < seen && equal < expected->fill_count) {
        const struct jz_flow_fill *wanted = wanted_at(compare, expected->fills_from + equal);
        const struct jz_compare_fill *got = seen_at(compare, compare->seen_from + equal);
        note(compare, expected,
             "fill %" PRIu64 " is %" PRIu64 "@%" PRIu64 " of %" PRIu64 ", the venue had %" PRIu64
             "@%" PRIu64 " of %" PRIu64,
             equal + 1, got->lots, got->price, got->maker_id, wanted->lots, wanted->price,
             wanted->maker_id);
    } else {
        note(compare, expected,
             "%" PRIu64 " fills over %" PRIu64 " lots, the venue had %" PRIu32 " over %" PRIu64,
             seen, expected->executed_lots, expected->fill_count, expected->fill_lots);
    }
}

/* Judges the fills of the oldest answered command whose successor is answered too. */
static void judge_fills(struct jz_compare *compare)
{
    const struct jz_compare_expected *expected = expected_at(compare, compare->fill_next++);
    const uint64_t seen = expected->seq == 0 ? 0 : seen_count(compare, expected->seq);
    if (!compare->has_fills) {
        compare->fills.total += seen;
        compare->fills.unseen += seen;
        compare->seen_from += seen;
        return;
    }
    const uint64_t equal = equal_fills(compare, expected, seen);
    const bool is_taker = expected->fill_count > 0;
    const bool is_short = seen == equal && seen < expected->fill_count;
    compare->takers.total += is_taker ? 1 : 0;
    compare->fills.total += expected->fill_count;
    if (seen == equal && seen == expected->fill_count) {
        compare->takers.matched += is_taker ? 1 : 0;
        compare->fills.matched += seen;
    } else if (is_short && expected->is_duplicate &&
               expected->executed_lots == expected->fill_lots) {
        compare->takers.unseen++;
        compare->fills.matched += seen;
        compare->fills.unseen += expected->fill_count - seen;
    } else {
        note_fills(compare, expected, seen, equal);
        compare->takers.mismatched++;
        compare->fills.matched += equal;
        compare->fills.mismatched +=
            (seen > expected->fill_count ? seen : expected->fill_count) - equal;
    }
    compare->seen_from += seen;
    compare->wanted_from = expected->fills_from + expected->fill_count;
}

/* ---- books ---- */

static bool equal_levels(const struct jz_flow_level *a, const struct jz_flow_level *b,
                         uint32_t *where)
{
    for (uint32_t i = 0; i < JZ_FLOW_LEVELS; i++) {
        if (a[i].price != b[i].price || a[i].lots != b[i].lots) {
            *where = i;
            return false;
        }
    }
    return true;
}

static void judge_row(struct jz_compare *compare, const struct jz_compare_expected *expected,
                      const struct jz_flow_book *book)
{
    uint32_t where = 0;
    const bool has_asks = equal_levels(expected->book.asks, book->asks, &where);
    if (has_asks && equal_levels(expected->book.bids, book->bids, &where)) {
        compare->rows.matched++;
        return;
    }
    const struct jz_flow_level *wanted =
        has_asks ? &expected->book.bids[where] : &expected->book.asks[where];
    const struct jz_flow_level *got = has_asks ? &book->bids[where] : &book->asks[where];
    compare->rows.mismatched++;
    note(compare, expected,
         "%s %" PRIu32 " is %" PRIu64 "@%" PRIu64 ", the venue had %" PRIu64 "@%" PRIu64,
         has_asks ? "bid" : "ask", where + 1, got->lots, got->price, wanted->lots, wanted->price);
}

enum knowledge { KNOWN, UNKNOWN, NOT_YET };

/* Goes on to the book that counted after command seq. */
static enum knowledge reach(struct jz_compare *compare, uint64_t seq)
{
    while (compare->book_from + 1 < compare->book_next &&
           book_at(compare, compare->book_from + 1)->seq <= seq) {
        compare->book_from++;
    }
    if (compare->book_from == compare->book_next) {
        return NOT_YET;
    }
    const struct jz_compare_book *book = book_at(compare, compare->book_from);
    if (seq < book->seq) {
        return UNKNOWN;
    }
    const bool is_last = compare->book_from + 1 == compare->book_next;
    if (is_last && seq != book->seq && seq > compare->still_seq) {
        return NOT_YET;
    }
    return book->is_known ? KNOWN : UNKNOWN;
}

/* Judges the rows of answered commands, as far as the books are known. */
static void judge_rows(struct jz_compare *compare)
{
    while (compare->row_next < compare->fill_next) {
        const struct jz_compare_expected *expected = expected_at(compare, compare->row_next);
        if (expected->has_book) {
            const enum knowledge knowledge = reach(compare, expected->seq);
            if (knowledge == NOT_YET) {
                return;
            }
            compare->rows.total++;
            if (knowledge == KNOWN && expected->seq != 0) {
                judge_row(compare, expected, &book_at(compare, compare->book_from)->book);
            } else {
                compare->rows.unseen++;
            }
        }
        compare->row_next++;
    }
}

void jz_compare_answer(struct jz_compare *compare, uint64_t seq, enum jz_result result,
                       bool is_duplicate, uint64_t executed_lots)
{
    JZ_ASSERT(compare->answer_next < compare->expect_next);
    struct jz_compare_expected *expected = expected_at(compare, compare->answer_next);
    expected->seq = seq;
    expected->is_duplicate = is_duplicate;
    expected->executed_lots = executed_lots;
    compare->duplicates += is_duplicate ? 1 : 0;
    if (result != JZ_RESULT_DONE) {
        compare->refused++;
        note(compare, expected, "refused: %s", jz_result_wire((int)result));
    }
    while (compare->fill_next < compare->answer_next) {
        judge_fills(compare);
    }
    compare->answer_next++;
    judge_rows(compare);
}

void jz_compare_fill(struct jz_compare *compare, const struct jz_compare_fill *fill)
{
    if (compare->seen_next - compare->seen_from == JZ_COMPARE_FILLS_MAX) {
        compare->seen_from++; /* nobody's: the commands under way have far fewer */
        compare->stray_fills++;
    }
    *seen_at(compare, compare->seen_next++) = *fill;
}

static void add_book(struct jz_compare *compare, const struct jz_compare_book *book)
{
    if (compare->book_next - compare->book_from == JZ_COMPARE_BOOKS_MAX) {
        /* Too far ahead of the answers: what is not remembered is not known. */
        book_at(compare, compare->book_next - 1)->is_known = false;
        return;
    }
    *book_at(compare, compare->book_next++) = *book;
    judge_rows(compare);
}

void jz_compare_book(struct jz_compare *compare, uint64_t seq, const struct jz_flow_book *book)
{
    const struct jz_compare_book known = {.seq = seq, .book = *book, .is_known = true};
    add_book(compare, &known);
}

void jz_compare_lose_book(struct jz_compare *compare)
{
    if (compare->book_next == compare->book_from) {
        return;
    }
    const struct jz_compare_book *newest = book_at(compare, compare->book_next - 1);
    if (newest->is_known) {
        const struct jz_compare_book unknown = {.seq = newest->seq + 1};
        add_book(compare, &unknown);
    }
}

void jz_compare_still(struct jz_compare *compare, uint64_t seq)
{
    compare->still_seq = seq > compare->still_seq ? seq : compare->still_seq;
    judge_rows(compare);
}

void jz_compare_finish(struct jz_compare *compare)
{
    while (compare->fill_next < compare->answer_next) {
        judge_fills(compare);
    }
    judge_rows(compare);
    for (; compare->row_next < compare->fill_next; compare->row_next++) {
        if (expected_at(compare, compare->row_next)->has_book) {
            compare->rows.total++;
            compare->rows.unseen++;
        }
    }
    compare->stray_fills += compare->seen_next - compare->seen_from;
    compare->seen_from = compare->seen_next;
}

bool jz_compare_is_good(const struct jz_compare *compare)
{
    return compare->takers.mismatched == 0 && compare->fills.mismatched == 0 &&
           compare->rows.mismatched == 0 && compare->refused == 0 && compare->stray_fills == 0;
}

void jz_compare_deinit(struct jz_compare *compare)
{
    free(compare->expected);
    free(compare->wanted_fills);
    free(compare->seen_fills);
    free(compare->books);
    compare->expected = NULL;
    compare->wanted_fills = NULL;
    compare->seen_fills = NULL;
    compare->books = NULL;
}
