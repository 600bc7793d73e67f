/* compare.h - what came out of the exchange, held against what the venue did.
 *
 *     expect(step)   in the order of submitting   -.
 *     answer(...)    in the order of the answers  -+-> each command's fills, then its row's book
 *     fill(...)      from the makers' reports     -|
 *     book(...)      from the depth feed          -'
 *
 * Answers, reports and feed come on their own ways and at their own pace; sequence numbers bring
 * them together. A command's fills are all there once the next command is answered, since reports
 * come before later answers. The book after a command is known once a change with a higher number
 * is there, or the exchange says that there was none.
 *
 * What could not be seen is counted as unseen, never as matched: reports do not come again when a
 * command is answered a second time, and a feed that was broken off does not show the books
 * between.
 *
 * Pure: no clock, no I/O. Memory is taken once, by init; has_room tells when to wait.
 */
#ifndef JZ_CLI_COMPARE_H
#define JZ_CLI_COMPARE_H

#include "clients/cli/flow.h"
#include "jiaozi/result.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_COMPARE_COMMANDS_MAX 16384u /* expected and not yet judged */
#define JZ_COMPARE_FILLS_MAX    65536u /* expected, and as many seen, not yet judged */
#define JZ_COMPARE_BOOKS_MAX    16384u /* seen and not yet passed */
#define JZ_COMPARE_NOTES_MAX    10u    /* mismatches described */
#define JZ_COMPARE_NOTE_BYTES   240u

struct jz_compare_count {
    uint64_t total;
    uint64_t matched;
    uint64_t mismatched;
    uint64_t unseen; /* could not be compared */
};

struct jz_compare_expected {
    struct jz_flow_command command;
    struct jz_flow_book book; /* after it, if it ends a row whose book is known */
    uint64_t fills_from;      /* place in the run of expected fills */
    uint64_t fill_lots;       /* their sum */
    uint64_t executed_lots;   /* as answered */
    uint64_t seq;             /* as answered */
    uint32_t fill_count;
    bool has_book;
    bool is_duplicate; /* as answered */
};

/* A fill that was seen. */
struct jz_compare_fill {
    uint64_t seq;
    uint64_t maker_id;
    uint64_t price;
    uint64_t lots;
};

/* The book from a command on. */
struct jz_compare_book {
    uint64_t seq;
    struct jz_flow_book book;
    bool is_known;
};

/* Positions count from init and only grow; a slot is position modulo the bound. */
struct jz_compare {
    bool has_fills; /* the flow says what fills there should be */
    struct jz_compare_expected *expected;
    uint64_t row_next;    /* its row is judged next */
    uint64_t fill_next;   /* its fills are judged next */
    uint64_t answer_next; /* it is answered next */
    uint64_t expect_next;
    struct jz_flow_fill *wanted_fills;
    uint64_t wanted_from;
    uint64_t wanted_next;
    struct jz_compare_fill *seen_fills;
    uint64_t seen_from;
    uint64_t seen_next;
    struct jz_compare_book *books;
    uint64_t book_from; /* the one that counts now */
    uint64_t book_next;
    uint64_t still_seq; /* the newest book counts at least up to this command */
    struct jz_compare_count takers;
    struct jz_compare_count fills;
    struct jz_compare_count rows;
    uint64_t refused;     /* commands that the exchange refused; none should be */
    uint64_t duplicates;  /* commands that were answered from the nonce window */
    uint64_t stray_fills; /* fills that belong to no command of the flow */
    uint32_t note_count;
    char notes[JZ_COMPARE_NOTES_MAX][JZ_COMPARE_NOTE_BYTES];
};

/* An empty comparison. JZ_ENOMEM. */
JZ_MUST_USE int jz_compare_init(struct jz_compare *compare, bool has_fills);

/* There is room for one more step. */
bool jz_compare_has_room(const struct jz_compare *compare, const struct jz_flow_step *step);

/* A command that is being submitted. There must be room. */
void jz_compare_expect(struct jz_compare *compare, const struct jz_flow_step *step);

/* The answer to the oldest command that has none. */
void jz_compare_answer(struct jz_compare *compare, uint64_t seq, enum jz_result result,
                       bool is_duplicate, uint64_t executed_lots);

/* A fill, as the maker's report tells it. In order of seq, and of execution within one. */
void jz_compare_fill(struct jz_compare *compare, const struct jz_compare_fill *fill);

/* The book as it is from command seq on. In order of seq. After conflated changes the books
 * between are unknown: say lose first. */
void jz_compare_book(struct jz_compare *compare, uint64_t seq, const struct jz_flow_book *book);

/* From now on the book is not known. */
void jz_compare_lose_book(struct jz_compare *compare);

/* The newest book told still counts after command seq. */
void jz_compare_still(struct jz_compare *compare, uint64_t seq);

/* Nothing more will come: judges all that is left; what could not be seen is unseen. */
void jz_compare_finish(struct jz_compare *compare);

/* Nothing differed, and no command was refused. Unseen things are no difference. */
bool jz_compare_is_good(const struct jz_compare *compare);

void jz_compare_deinit(struct jz_compare *compare);

#endif /* JZ_CLI_COMPARE_H */
