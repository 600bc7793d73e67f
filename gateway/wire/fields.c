/* fields.c - the tables of fields.h. */
#include "gateway/wire/fields.h"

/* A new word goes to the slot that jz_fields_slot gives for it. If that is taken, choose another
 * factor (any odd number under which no two words meet; a few hundred random ones will do) and move
 * all of them. test_codec finds every word that lies in a wrong slot. */
#define SLOT(slot, word, which) [slot] = {word, sizeof(word) - 1, which}
#define WORD(word, which)                                                                          \
    {                                                                                              \
        word, sizeof(word) - 1, which                                                              \
    }
#define END                                                                                        \
    {                                                                                              \
        "", 0, 0                                                                                   \
    }

const struct jz_fields_word jz_fields_slots[1u << JZ_FIELDS_SLOT_BITS] = {
    SLOT(2, "lane", JZ_FIELD_LANE),
    SLOT(9, "currency", JZ_FIELD_CURRENCY),
    SLOT(10, "account", JZ_FIELD_ACCOUNT),
    SLOT(16, "type", JZ_FIELD_TYPE),
    SLOT(18, "base_lot", JZ_FIELD_BASE_LOT),
    SLOT(19, "tick", JZ_FIELD_TICK),
    SLOT(21, "symbol", JZ_FIELD_SYMBOL),
    SLOT(22, "reference", JZ_FIELD_REFERENCE),
    SLOT(24, "code", JZ_FIELD_CODE),
    SLOT(28, "side", JZ_FIELD_SIDE),
    SLOT(33, "accounts", JZ_FIELD_ACCOUNTS),
    SLOT(34, "scale", JZ_FIELD_SCALE),
    SLOT(38, "quote_unit", JZ_FIELD_QUOTE_UNIT),
    SLOT(39, "band", JZ_FIELD_BAND),
    SLOT(41, "ordered", JZ_FIELD_ORDERED),
    SLOT(48, "depth", JZ_FIELD_DEPTH),
    SLOT(50, "stp_mode", JZ_FIELD_STP_MODE),
    SLOT(59, "from", JZ_FIELD_FROM),
    SLOT(63, "min_notional", JZ_FIELD_MIN_NOTIONAL),
    SLOT(64, "merchant", JZ_FIELD_MERCHANT),
    SLOT(65, "client_order_id", JZ_FIELD_CLIENT_ORDER_ID),
    SLOT(67, "price", JZ_FIELD_PRICE),
    SLOT(76, "time_in_force", JZ_FIELD_TIME_IN_FORCE),
    SLOT(77, "lots", JZ_FIELD_LOTS),
    SLOT(82, "quote", JZ_FIELD_QUOTE),
    SLOT(83, "supply_cap", JZ_FIELD_SUPPLY_CAP),
    SLOT(85, "ref", JZ_FIELD_REF),
    SLOT(86, "v", JZ_FIELD_V),
    SLOT(91, "order_id", JZ_FIELD_ORDER_ID),
    SLOT(93, "digest", JZ_FIELD_DIGEST),
    SLOT(94, "role", JZ_FIELD_ROLE),
    SLOT(97, "source_id", JZ_FIELD_SOURCE_ID),
    SLOT(98, "base", JZ_FIELD_BASE),
    SLOT(101, "nonce", JZ_FIELD_NONCE),
    SLOT(103, "amount", JZ_FIELD_AMOUNT),
    SLOT(106, "price_min", JZ_FIELD_PRICE_MIN),
    SLOT(107, "price_max", JZ_FIELD_PRICE_MAX),
    SLOT(118, "op", JZ_FIELD_OP),
};

const struct jz_fields_word jz_fields_op_slots[1u << JZ_FIELDS_OP_SLOT_BITS] = {
    SLOT(1, "put_currency", JZ_OP_PUT_CURRENCY),
    SLOT(2, "put_account", JZ_OP_PUT_ACCOUNT),
    SLOT(3, "place_order", JZ_OP_PLACE_ORDER),
    SLOT(4, "get_markets", JZ_OP_GET_MARKETS),
    SLOT(14, "put_market", JZ_OP_PUT_MARKET),
    SLOT(15, "cancel_order", JZ_OP_CANCEL_ORDER),
    SLOT(17, "replace_order", JZ_OP_REPLACE_ORDER),
    SLOT(20, "hello", JZ_OP_HELLO),
    SLOT(24, "mint", JZ_OP_MINT),
    SLOT(26, "get_book", JZ_OP_GET_BOOK),
    SLOT(27, "transfer_in", JZ_OP_TRANSFER_IN),
    SLOT(29, "get_status", JZ_OP_GET_STATUS),
};

static const struct jz_fields_word sides[] = {
    WORD("buy", JZ_SIDE_BUY),
    WORD("sell", JZ_SIDE_SELL),
    END,
};

static const struct jz_fields_word types[] = {
    WORD("limit", JZ_ORDER_TYPE_LIMIT),
    END,
};

static const struct jz_fields_word times_in_force[] = {
    WORD("gtc", JZ_TIF_GTC),
    WORD("ioc", JZ_TIF_IOC),
    END,
};

static const struct jz_fields_word stp_modes[] = {
    WORD("cancel_newest", JZ_STP_CANCEL_NEWEST),
    END,
};

static const struct jz_fields_word roles[] = {
    WORD("member", JZ_ROLE_MEMBER),
    WORD("merchant", JZ_ROLE_MERCHANT),
    WORD("market_maker", JZ_ROLE_MARKET_MAKER),
    END,
};

#define AT(member)    offsetof(struct jz_request, member)
#define BYTES(member) sizeof(((struct jz_request *)0)->member)

/* In order: field, member, least, most, what it is when left out. */
#define NUMBER(field, member, least, most, fallback)                                               \
    [JZ_FIELD_##field] = {JZ_FIELDS_NUMBER, BYTES(member), AT(member), least, most, fallback, NULL}
#define TEXT(field, member, most)                                                                  \
    [JZ_FIELD_##field] = {JZ_FIELDS_TEXT, 0, AT(member), 1, most, 0, NULL}
#define CHOICE(field, member, words, fallback)                                                     \
    [JZ_FIELD_##field] = {JZ_FIELDS_WORD, BYTES(member), AT(member), 0, 0, fallback, words}
#define TRUTH(field, member)                                                                       \
    [JZ_FIELD_##field] = {JZ_FIELDS_TRUTH, BYTES(member), AT(member), 0, 0, 0, NULL}

const struct jz_fields_rule jz_fields_rules[JZ_FIELDS_LAST + 1] = {
    NUMBER(V, v, JZ_WIRE_VERSION, JZ_WIRE_VERSION, 0),
    [JZ_FIELD_OP] = {JZ_FIELDS_OP, BYTES(op), AT(op), 0, 0, 0, NULL},
    NUMBER(NONCE, nonce, 1, UINT64_MAX, 0),
    [JZ_FIELD_REF] = {JZ_FIELDS_REF, 0, AT(ref), 1, JZ_WIRE_REF_BYTES_MAX, 0, NULL},
    NUMBER(ACCOUNT, account, 0, UINT32_MAX, 0),
    [JZ_FIELD_ACCOUNTS] = {JZ_FIELDS_ACCOUNTS, 0, AT(accounts), 0, UINT32_MAX, 0, NULL},
    NUMBER(LANE, lane, 0, UINT32_MAX, 0),
    TRUTH(ORDERED, ordered),
    TEXT(SYMBOL, symbol, JZ_SYMBOL_MAX),
    CHOICE(SIDE, side, sides, 0),
    CHOICE(TYPE, type, types, JZ_ORDER_TYPE_LIMIT),
    NUMBER(LOTS, lots, 0, UINT64_MAX, 0),
    NUMBER(PRICE, price, 0, UINT64_MAX, 0),
    CHOICE(TIME_IN_FORCE, time_in_force, times_in_force, JZ_TIF_GTC),
    CHOICE(STP_MODE, stp_mode, stp_modes, JZ_STP_CANCEL_NEWEST),
    TEXT(CLIENT_ORDER_ID, client_order_id, JZ_CLIENT_ID_BYTES),
    NUMBER(ORDER_ID, order_id, 1, UINT64_MAX, 0),
    TEXT(CURRENCY, currency, JZ_CURRENCY_CODE_MAX),
    NUMBER(AMOUNT, amount, 0, UINT64_MAX, 0),
    TEXT(SOURCE_ID, source_id, JZ_SOURCE_ID_BYTES),
    TEXT(CODE, code, JZ_CURRENCY_CODE_MAX),
    NUMBER(MERCHANT, merchant, 0, UINT32_MAX, 0),
    NUMBER(SCALE, scale, 0, UINT32_MAX, 2),
    NUMBER(SUPPLY_CAP, supply_cap, 0, UINT64_MAX, JZ_AMOUNT_MAX),
    CHOICE(ROLE, role, roles, 0),
    TEXT(BASE, base, JZ_CURRENCY_CODE_MAX),
    TEXT(QUOTE, quote, JZ_CURRENCY_CODE_MAX),
    NUMBER(BASE_LOT, base_lot, 0, UINT64_MAX, 0),
    NUMBER(QUOTE_UNIT, quote_unit, 0, UINT64_MAX, 1),
    NUMBER(TICK, tick, 0, UINT64_MAX, 1),
    NUMBER(PRICE_MIN, price_min, 0, UINT64_MAX, 1),
    NUMBER(PRICE_MAX, price_max, 0, UINT64_MAX, JZ_PRICE_MAX),
    NUMBER(MIN_NOTIONAL, min_notional, 0, UINT64_MAX, 0),
    NUMBER(BAND, band, 0, UINT32_MAX, 0),
    NUMBER(REFERENCE, reference, 0, UINT32_MAX, 0),
    NUMBER(DEPTH, depth, 1, JZ_WIRE_LEVELS_MAX, JZ_WIRE_LEVELS_MAX),
    TRUTH(DIGEST, digest),
    NUMBER(FROM, from, 1, UINT32_MAX, 1),
};

#define B(name) JZ_FIELDS_BIT(name)
#define COMMAND (B(V) | B(OP) | B(NONCE))
#define QUERY   (B(V) | B(OP) | B(REF))

const struct jz_fields_op jz_fields_ops[JZ_OP_GET_BOOK + 1] = {
    [JZ_OP_PUT_CURRENCY] = {COMMAND | B(CODE), B(REF) | B(MERCHANT) | B(SCALE) | B(SUPPLY_CAP)},
    [JZ_OP_PUT_ACCOUNT] = {COMMAND | B(ACCOUNT) | B(ROLE), B(REF)},
    [JZ_OP_PUT_MARKET] = {COMMAND | B(BASE) | B(QUOTE) | B(BASE_LOT),
                          B(REF) | B(QUOTE_UNIT) | B(TICK) | B(PRICE_MIN) | B(PRICE_MAX) |
                              B(MIN_NOTIONAL) | B(BAND) | B(REFERENCE)},
    [JZ_OP_MINT] = {COMMAND | B(ACCOUNT) | B(CURRENCY) | B(AMOUNT) | B(SOURCE_ID), B(REF)},
    [JZ_OP_TRANSFER_IN] = {COMMAND | B(ACCOUNT) | B(CURRENCY) | B(AMOUNT) | B(SOURCE_ID), B(REF)},
    [JZ_OP_PLACE_ORDER] = {COMMAND | B(ACCOUNT) | B(SYMBOL) | B(SIDE) | B(LOTS) | B(PRICE),
                           B(REF) | B(CLIENT_ORDER_ID) | B(TYPE) | B(TIME_IN_FORCE) | B(STP_MODE)},
    [JZ_OP_CANCEL_ORDER] = {COMMAND | B(ACCOUNT), B(REF) | B(ORDER_ID) | B(CLIENT_ORDER_ID)},
    [JZ_OP_REPLACE_ORDER] = {COMMAND | B(ACCOUNT) | B(LOTS) | B(PRICE),
                             B(REF) | B(ORDER_ID) | B(CLIENT_ORDER_ID)},
    [JZ_OP_HELLO] = {B(V) | B(OP), B(REF) | B(LANE) | B(ACCOUNTS) | B(ORDERED)},
    [JZ_OP_GET_STATUS] = {QUERY, B(DIGEST)},
    [JZ_OP_GET_MARKETS] = {QUERY, B(SYMBOL) | B(FROM)},
    [JZ_OP_GET_BOOK] = {QUERY | B(SYMBOL), B(DEPTH)},
};
