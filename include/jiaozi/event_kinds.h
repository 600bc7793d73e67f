/* event_kinds.h - the words of events: what kinds there are, what happened to an order, and why.
 * The structs that use them are in event.h.
 */
#ifndef JZ_EVENT_KINDS_H
#define JZ_EVENT_KINDS_H

/* Values are for ever. */
enum jz_event_kind {
    JZ_EVENT_RESULT = 1,
    JZ_EVENT_CURRENCY = 2,
    JZ_EVENT_ACCOUNT = 3,
    JZ_EVENT_MARKET = 4,
    JZ_EVENT_TRANSFER = 5,
    JZ_EVENT_HOLD = 6,
    JZ_EVENT_ORDER = 7,
    JZ_EVENT_TRADE = 8,
    JZ_EVENT_DEPTH = 9,
    JZ_EVENT_LANE = 10,        /* picture only */
    JZ_EVENT_PICTURE_END = 11, /* picture only */
};

/* X(value, NAME, wire word): what happened to the order an ORDER event names. */
#define JZ_EXEC_MAP(X)                                                                             \
    X(1, ACCEPTED, "accepted")                                                                     \
    X(2, RESTED, "rested")                                                                         \
    X(3, TRADE, "trade")                                                                           \
    X(4, DONE, "done")                                                                             \
    X(5, CANCELED, "canceled")                                                                     \
    X(6, REPLACED, "replaced")

enum jz_exec_type {
#define X(value, name, word) JZ_EXEC_##name = (value),
    JZ_EXEC_MAP(X)
#undef X
};

/* X(value, NAME): why an order was cancelled; the name is the word on the wire. 0: not cancelled.
 */
#define JZ_REASON_MAP(X)                                                                           \
    X(1, USER)                                                                                     \
    X(2, IOC)                                                                                      \
    X(3, STP)

enum jz_reason {
#define X(value, name) JZ_REASON_##name = (value),
    JZ_REASON_MAP(X)
#undef X
};

/* Why points moved. */
enum jz_cause {
    JZ_CAUSE_MINT = 1,
    JZ_CAUSE_TRANSFER_IN = 2,
    JZ_CAUSE_TRADE = 3,
};

enum jz_liquidity {
    JZ_LIQUIDITY_MAKER = 1,
    JZ_LIQUIDITY_TAKER = 2,
};

/* Flags of struct jz_event, by the kinds that use them. */
enum {
    JZ_EVENT_FLAG_SELL = 1,   /* ORDER: the side is sell, else buy */
    JZ_EVENT_FLAG_TAKER = 2,  /* ORDER with TRADE: this order was the taker, else the maker */
    JZ_EVENT_FLAG_KEEPS = 4,  /* ORDER with REPLACED: priority was kept */
    JZ_EVENT_FLAG_MORE = 8,   /* DEPTH: another event of the same depth_no follows */
    JZ_EVENT_FLAG_PART2 = 16, /* MARKET: the second of its two events */
};

#endif /* JZ_EVENT_KINDS_H */
