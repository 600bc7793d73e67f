/* flow.h - recorded order flow as commands of this exchange, with what the venue answered.
 *
 * A flow is up to three CSV files next to each other, plain or packed with xz (NAME.csv.xz):
 *
 *     cmds.csv    row,op,id,side,price,qty        what was sent, in order
 *     fills.csv   row,maker_id,price,qty          what each T of that row took, in order
 *     book5.csv   row, then five times ask_price,ask_qty,bid_price,bid_qty   after the row
 *
 * op is A (a new order), R (take qty off), F (the same, by force), C (cancel) or T (a new order
 * that never rests). The reader turns these into commands: A places GTC under the file's id as
 * client id, T places IOC, C cancels, R and F replace to what is left, or cancel if nothing is.
 * What is left follows from fills.csv; without that file the caller tells the fills (note_fill).
 *
 * The reader streams: memory grows with the orders that are live at once, not with the file.
 * Threads: one per flow.
 */
#ifndef JZ_CLI_FLOW_H
#define JZ_CLI_FLOW_H

#include "jiaozi/status.h"
#include "jiaozi/types.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_FLOW_LEVELS      5u
#define JZ_FLOW_PATH_BYTES  4096u
#define JZ_FLOW_ERROR_BYTES 512u

/* What to send. */
enum jz_flow_kind {
    JZ_FLOW_PLACE = 1,   /* GTC or IOC */
    JZ_FLOW_CANCEL = 2,  /* by client id */
    JZ_FLOW_REPLACE = 3, /* by client id: to `lots` at `price`, which is the old price */
};

/* One command, and which line of the file it comes from. */
struct jz_flow_command {
    uint64_t row;          /* of the file; several commands can share one */
    uint64_t id;           /* of the order, as in the file */
    uint64_t price;        /* limit, quote units per lot */
    uint64_t lots;         /* PLACE: size; REPLACE: new open size; CANCEL: what was left */
    uint32_t line;         /* of cmds.csv, from 1 */
    uint8_t kind;          /* enum jz_flow_kind */
    uint8_t side;          /* enum jz_side, of the order itself */
    uint8_t time_in_force; /* PLACE: enum jz_time_in_force, else 0 */
    char op;               /* letter of the file */
};

/* One execution that the venue reported. */
struct jz_flow_fill {
    uint64_t row;
    uint64_t maker_id;
    uint64_t price;
    uint64_t lots;
};

/* One level of a book row; price 0: there is no such level. */
struct jz_flow_level {
    uint64_t price;
    uint64_t lots;
};

/* The best five levels of both sides after all commands of a row, best first. */
struct jz_flow_book {
    uint64_t row;
    struct jz_flow_level asks[JZ_FLOW_LEVELS];
    struct jz_flow_level bids[JZ_FLOW_LEVELS];
};

/* A command with what is known to follow from it. */
struct jz_flow_step {
    struct jz_flow_command command;
    const struct jz_flow_fill *fills; /* fill_count of them, in order; good until the next call */
    uint32_t fill_count;              /* 0 unless op is T and fills.csv is there */
    bool ends_row;                    /* the last command of its row */
    const struct jz_flow_book *book;  /* the book after it; NULL: not known. Good until the next
                                         call */
};

/* Where the files lie; "" for one that is not there. */
struct jz_flow_paths {
    char commands[JZ_FLOW_PATH_BYTES];
    char fills[JZ_FLOW_PATH_BYTES];
    char books[JZ_FLOW_PATH_BYTES];
};

struct jz_flow;

/* Finds the files of a flow: path is a directory that holds cmds.csv or cmds.csv.xz, or that file
 * itself; fills and books are looked for beside it. A commands file of another name stands alone.
 * JZ_EINVAL: the path is too long, or there is no commands file; paths is then untouched.
 */
JZ_MUST_USE int jz_flow_find(const char *path, struct jz_flow_paths *paths);

/* Opens the files named; the commands must be there, the others may be "". The flow is the
 * caller's to close, also after a failure: *flow then still has the error's text, unless it is
 * NULL. JZ_ESYSTEM: a file cannot be opened; JZ_ENOMEM; JZ_ECORRUPT: no file of this kind.
 */
JZ_MUST_USE int jz_flow_open(const struct jz_flow_paths *paths, struct jz_flow **flow);

/* The next command. *has_step is false at the end of the file; what step points to stays good until
 * the next call. JZ_ECORRUPT: a line that cannot be understood, packed bytes that are damaged, an
 * order that is not there, fills that do not fit their order; JZ_ESYSTEM, JZ_ENOMEM. After an
 * error every further call gives the same one.
 */
JZ_MUST_USE int jz_flow_next(struct jz_flow *flow, struct jz_flow_step *step, bool *has_step);

/* Tells that so many lots of a live order were executed, in a flow without fills.csv; the next
 * R or F of this order counts from it. An order that the flow does not know is ignored. */
void jz_flow_note_fill(struct jz_flow *flow, uint64_t id, uint64_t lots);

/* Which of the optional files there are. */
bool jz_flow_has_fills(const struct jz_flow *flow);
bool jz_flow_has_books(const struct jz_flow *flow);

/* How far the commands file has been read, in thousandths of its bytes: 0..1000. */
uint32_t jz_flow_progress_permille(const struct jz_flow *flow);

/* What went wrong, with file and line; "" if nothing did. Good until close. */
const char *jz_flow_error(const struct jz_flow *flow);

/* Closes the files and gives all memory back. NULL is allowed. */
void jz_flow_close(struct jz_flow *flow);

/* An id of the file as client order id: its decimal digits, padded with NUL. False if it has more
 * than JZ_CLIENT_ID_BYTES digits. */
bool jz_flow_client_id(uint64_t id, char client_id[JZ_CLIENT_ID_BYTES]);

/* The id behind such a client order id; 0 if it is none. */
uint64_t jz_flow_id(const char client_id[JZ_CLIENT_ID_BYTES]);

#endif /* JZ_CLI_FLOW_H */
