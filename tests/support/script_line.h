/* script_line.h - what one line of a scenario file says: a struct per command, event, assertion.
 *
 * Words point into memory of the script. A number that the file does not give has its default, and
 * 0 where the notation says that 0 means not given.
 */
#ifndef JZ_TESTS_SCRIPT_LINE_H
#define JZ_TESTS_SCRIPT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define JZ_SCRIPT_DAY_MAX 213503u /* the last one whose nanoseconds fit 64 bits */

enum jz_script_kind {
    JZ_SCRIPT_EVENT = 1, /* > */
    JZ_SCRIPT_ASSERTION, /* = */
    JZ_SCRIPT_CURRENCY,  /* CUR, and so on: the commands */
    JZ_SCRIPT_PAIR,
    JZ_SCRIPT_DEPOSIT,
    JZ_SCRIPT_ORDER,  /* N */
    JZ_SCRIPT_BUDGET, /* BUY */
    JZ_SCRIPT_CANCEL,
    JZ_SCRIPT_REPLACE,
    JZ_SCRIPT_MASS,
    JZ_SCRIPT_DISCONNECT, /* COD */
    JZ_SCRIPT_CLOCK,      /* T */
    JZ_SCRIPT_STATE,
    JZ_SCRIPT_INDICATE,
    JZ_SCRIPT_UNCROSS,
    JZ_SCRIPT_IMPLIED,
    JZ_SCRIPT_SWAP,
};

enum jz_script_assertion_kind {
    JZ_SCRIPT_BALANCE = 1,
    JZ_SCRIPT_BOOK,
    JZ_SCRIPT_SUM,
    JZ_SCRIPT_VINTAGES,
    JZ_SCRIPT_ORDER_LIVES,
    JZ_SCRIPT_MARKET_STATE,
};

struct jz_script_market {
    const char *text; /* BASE/QUOTE */
    const char *base;
    const char *quote;
};

struct jz_script_currency {
    const char *currency;
    uint64_t life_days_min;
};

struct jz_script_pair {
    struct jz_script_market market;
    uint64_t lot_points;
    uint64_t quote_unit_points;
    uint64_t tick_price;
    uint64_t price_min;
    uint64_t price_max;
    uint64_t notional_min_points; /* this and all below: 0 is off */
    uint64_t band_bp;
    uint64_t breaker_bp;
    uint64_t protection_price;
    uint64_t reference_price;
    uint64_t maker_bp;
    uint64_t taker_bp;
    uint64_t rebate_bp;
    const char *state;
};

struct jz_script_deposit {
    const char *account;
    const char *currency;
    uint64_t amount_points;
    uint64_t expiry_day; /* 0: not given */
};

struct jz_script_order {
    const char *id;
    const char *account;
    struct jz_script_market market;
    char side;      /* B or S */
    bool has_price; /* else MKT */
    bool never_implied;
    uint64_t lots;
    uint64_t price;
    const char *time_in_force; /* "" (good till cancelled), IOC, FOK or GTD */
    const char *post;          /* "", rej or slide */
    const char *stp;           /* CN, CO, CB or DC */
    const char *oco;           /* "" or the other order's id */
    uint64_t deadline_day;     /* of GTD */
    uint64_t peak_lots;        /* 0: not given, as for the rest */
    uint64_t least_lots;
    uint64_t stop_price;
};

struct jz_script_budget {
    const char *id;
    const char *account;
    struct jz_script_market market;
    uint64_t quote_points;
    uint64_t price_max; /* 0: none */
};

struct jz_script_replace {
    const char *id;
    uint64_t lots;
    uint64_t price;
};

struct jz_script_mass {
    const char *account;
    struct jz_script_market market; /* text is NULL: all */
};

struct jz_script_state {
    struct jz_script_market market;
    const char *state;
};

struct jz_script_swap {
    const char *id;
    const char *account;
    const char *given;
    const char *wanted;
    bool is_send; /* else RECV */
    uint64_t send_max_points;
    uint64_t receive_points; /* SEND: least, RECV: wanted */
    uint64_t hops;
    uint64_t send_min_points;
    uint64_t taker_bp;
};

struct jz_script_assertion {
    uint32_t kind; /* enum jz_script_assertion_kind; says which of these are set */
    char side;
    const char *account;
    const char *currency;
    const char *id;
    struct jz_script_market market;
};

struct jz_script_line {
    uint32_t number;  /* in the file, from 1 */
    uint32_t kind;    /* enum jz_script_kind */
    const char *text; /* EVENT, ASSERTION: all words after the first, single blanks between them */
    union {
        struct jz_script_currency currency;
        struct jz_script_pair pair;
        struct jz_script_deposit deposit;
        struct jz_script_order order;
        struct jz_script_budget budget;
        const char *cancel; /* id */
        struct jz_script_replace replace;
        struct jz_script_mass mass; /* MASS, DISCONNECT */
        uint64_t clock_day;
        struct jz_script_state state;
        struct jz_script_market market; /* INDICATE, UNCROSS */
        bool implied_is_on;
        struct jz_script_swap swap;
        struct jz_script_assertion assertion;
    };
};

/* What of a line the core cannot do yet, as a word of the grammar; NULL if it can do all of it. */
const char *jz_script_line_unsupported(const struct jz_script_line *line);

#endif /* JZ_TESTS_SCRIPT_LINE_H */
