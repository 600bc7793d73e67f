/* message.h - what a client says and hears: commands, their answers, execution reports. */
#ifndef JZ_MESSAGE_H
#define JZ_MESSAGE_H

#include "jiaozi/command.h"
#include "jiaozi/event.h"
#include "jiaozi/result.h"
#include "jiaozi/types.h"

#include <stdbool.h>
#include <stdint.h>

/* A new order. Zero in a field that says so stands for its default. */
struct jz_new_order {
    const char *symbol;    /* BASE/QUOTE */
    const char *client_id; /* own name of the order, 1..16 bytes; NULL: none */
    uint64_t lots;
    uint64_t price; /* limit, quote units per lot */
    enum jz_side side;
    enum jz_time_in_force time_in_force; /* 0: GTC */
};

/* Which order to cancel or replace, and by what. */
struct jz_order_change {
    struct jz_order_id order; /* 0: by client_id */
    const char *client_id;    /* NULL: by order */
    uint64_t lots;            /* replace: new open lots */
    uint64_t price;           /* replace: new limit, quote units per lot */
};

/* Points for an account, newly issued or taken in from the merchant's own system. */
struct jz_credit {
    const char *currency;  /* code */
    const char *source_id; /* the sender's id of this credit, unique for ever, 1..32 bytes */
    uint64_t amount_points;
};

struct jz_new_currency {
    const char *code;              /* [A-Z0-9]{2,12} */
    struct jz_account_id merchant; /* 0: nobody yet */
    uint32_t scale;                /* decimal digits shown */
    uint64_t supply_cap_points;    /* 0: JZ_AMOUNT_MAX */
};

struct jz_new_market {
    const char *base; /* codes */
    const char *quote;
    uint64_t lot_points;          /* base units per lot */
    uint64_t quote_unit_points;   /* quote units per step of price */
    uint64_t tick_price;          /* 0: 1 */
    uint64_t price_min;           /* 0: 1 */
    uint64_t price_max;           /* 0: JZ_PRICE_MAX */
    uint64_t notional_min_points; /* 0: none */
    uint32_t band_bp;             /* 0: off */
    uint32_t reference_price;     /* 0: none */
};

/* One command: kind, account where the kind has one, and the part that belongs to it. Texts end
 * with NUL and are borrowed until submit returns. */
struct jz_command {
    enum jz_command_kind kind;
    struct jz_account_id account; /* who orders, is opened or is credited */
    union {
        struct jz_new_order place;       /* PLACE_ORDER */
        struct jz_order_change change;   /* CANCEL_ORDER, REPLACE_ORDER */
        struct jz_credit credit;         /* MINT, TRANSFER_IN */
        struct jz_new_currency currency; /* PUT_CURRENCY */
        struct jz_new_market market;     /* PUT_MARKET */
        enum jz_role role;               /* PUT_ACCOUNT; 0: MEMBER */
    };
};

/* What became of a command. */
struct jz_answer {
    uint64_t tag;   /* as given to submit */
    uint64_t nonce; /* of the command in its lane */
    uint64_t seq;   /* number of the command; 0: refused before it had one, nothing was done */
    enum jz_command_kind kind;
    enum jz_result result;             /* DONE, or why not */
    enum jz_field field;               /* at fault with INVALID_PARAM; 0: none */
    enum jz_order_status order_status; /* orders, when DONE: how the order stands; else 0 */
    bool duplicate;                    /* the exchange had answered this nonce before */
    struct jz_order_id order;          /* orders, when DONE */
    uint64_t executed_lots;            /* orders: by this command; cancel: lots cancelled */
    uint64_t leaves_lots;              /* orders: open after it */
    uint64_t amount_points;            /* mint, transfer_in: credited */
    uint64_t object;                   /* put_...: number of currency, account or market */
};

/* An execution report: what happened to one order of an account that this client follows. */
struct jz_execution {
    uint64_t stream_seq; /* place in the account's reports, from 1 without gaps */
    uint64_t seq;        /* of the command that caused it */
    uint64_t time_ns;    /* since 1970 UTC */
    struct jz_account_id account;
    struct jz_order_id order;
    char client_id[JZ_CLIENT_ID_BYTES + 1]; /* "" if it has none */
    char symbol[JZ_SYMBOL_MAX + 1];
    enum jz_exec_type exec_type;
    enum jz_side side;
    enum jz_order_status order_status;
    enum jz_liquidity liquidity; /* exec TRADE, else 0 */
    enum jz_reason reason;       /* exec CANCELED, else 0 */
    uint64_t price;              /* limit, quote units per lot */
    uint64_t lots;               /* of the whole order */
    uint64_t cum_lots;           /* executed so far */
    uint64_t leaves_lots;        /* open */
    uint64_t last_lots;          /* exec TRADE: of this fill, and the next two */
    uint64_t last_price;
    uint64_t trade_no;
};

#endif /* JZ_MESSAGE_H */
