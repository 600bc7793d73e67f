/* wire.h - bounds and words of gateway/PROTOCOL.md, and a request as a plain struct for both ends.
 *
 *     client:   struct jz_request -> message.h packs it            gateway: codec.h decodes it
 *     gateway:  structs of answer.h -> encode.h writes them        client: message.h unpacks them
 *
 * Texts that were decoded are borrowed from the message they came in.
 */
#ifndef JZ_WIRE_WIRE_H
#define JZ_WIRE_WIRE_H

#include "jiaozi/command.h"
#include "jiaozi/event.h"
#include "jiaozi/result.h"
#include "jiaozi/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JZ_WIRE_VERSION           1u
#define JZ_WIRE_MESSAGE_BYTES_MAX (256u << 10) /* one message part, either way */
#define JZ_WIRE_BATCH_MAX         1024u        /* maps in one array, either way */
#define JZ_WIRE_DEPTH_MAX         8u           /* maps and arrays inside each other */
#define JZ_WIRE_ACCOUNTS_MAX      16u          /* accounts of one hello */
#define JZ_WIRE_REF_BYTES_MAX     16u          /* a ref that is a text */
#define JZ_WIRE_LEVELS_MAX        5000u        /* price levels per side in one map */
#define JZ_WIRE_MARKETS_MAX       512u         /* markets in one page of get_markets */
#define JZ_WIRE_CRC_LEVELS        10u          /* levels per side under crc32 */
#define JZ_WIRE_FIELD_BYTES_MAX   32u /* of an unknown field's name, repeated to its sender */
#define JZ_WIRE_TOPIC_BYTES_MAX   40u /* of a feed topic */

#define JZ_TOPIC_TRADE     "md.trade." /* and the symbol */
#define JZ_TOPIC_DEPTH     "md.depth." /* and the symbol */
#define JZ_TOPIC_HEARTBEAT "sys.heartbeat"

/* X(value, NAME, word). An op that is a command has the number of its enum jz_command_kind. */
#define JZ_OP_MAP(X)                                                                               \
    X(16, PUT_CURRENCY, "put_currency")                                                            \
    X(17, PUT_ACCOUNT, "put_account")                                                              \
    X(18, PUT_MARKET, "put_market")                                                                \
    X(32, MINT, "mint")                                                                            \
    X(33, TRANSFER_IN, "transfer_in")                                                              \
    X(48, PLACE_ORDER, "place_order")                                                              \
    X(49, CANCEL_ORDER, "cancel_order")                                                            \
    X(50, REPLACE_ORDER, "replace_order")                                                          \
    X(64, HELLO, "hello")                                                                          \
    X(65, GET_STATUS, "get_status")                                                                \
    X(66, GET_MARKETS, "get_markets")                                                              \
    X(67, GET_BOOK, "get_book")

enum jz_op {
#define X(value, name, word) JZ_OP_##name = (value),
    JZ_OP_MAP(X)
#undef X
};

#define JZ_ORDER_TYPE_LIMIT 1u /* the one type of order so far */

/* A command: has a nonce and gets a number. The others are answered by the gateway. */
static inline bool jz_op_is_command(enum jz_op op)
{
    return op < JZ_OP_HELLO;
}

/* Characters of somebody else's memory; no NUL at the end. */
struct jz_text {
    const char *bytes;
    uint32_t length;
};

/* Copies a text into room bytes and fills the rest with NUL: a code or id as records hold it. The
 * text is not longer than room. */
static inline void jz_text_pad(char *padded, size_t room, struct jz_text text)
{
    memset(padded, 0, room);
    memcpy(padded, text.bytes, text.length);
}

/* The text that lies in room bytes padded with NUL; borrowed. */
static inline struct jz_text jz_text_of(const char *padded, size_t room)
{
    return (struct jz_text){padded, (uint32_t)strnlen(padded, room)};
}

enum jz_ref_kind {
    JZ_REF_NONE = 0,
    JZ_REF_NUMBER = 1,
    JZ_REF_TEXT = 2,
};

/* What a client wrote on its request to find the reply again. A value: it can be kept. */
struct jz_ref {
    uint64_t number;
    char text[JZ_WIRE_REF_BYTES_MAX];
    uint8_t kind;   /* enum jz_ref_kind */
    uint8_t length; /* of text */
};

/* One request. present has the bit (1 << field) for each enum jz_field that came (or, before
 * packing, is to be sent). What did not come has the default of gateway/PROTOCOL.md where the op
 * takes the field and gives one, or 0 and an empty text where it is optional without a default;
 * fields that the op does not take are not set. */
struct jz_request {
    uint64_t present;
    enum jz_op op;
    uint32_t v; /* JZ_WIRE_VERSION */
    uint32_t account;
    uint64_t nonce; /* 0: none */
    struct jz_ref ref;

    struct jz_text symbol;
    struct jz_text client_order_id; /* 1..16 bytes */
    uint64_t order_id;              /* 0: by client_order_id */
    uint64_t lots;
    uint64_t price;
    uint8_t side;          /* enum jz_side */
    uint8_t type;          /* JZ_ORDER_TYPE_LIMIT */
    uint8_t time_in_force; /* enum jz_time_in_force */
    uint8_t stp_mode;      /* enum jz_stp_mode */
    bool ordered;          /* hello */
    bool digest;           /* get_status */

    uint32_t depth; /* get_book: levels per side, 1..JZ_WIRE_LEVELS_MAX */
    uint32_t from;  /* get_markets: number of the first market */
    uint32_t lane;  /* hello, where present */
    uint32_t account_count;
    uint32_t accounts[JZ_WIRE_ACCOUNTS_MAX]; /* hello: whose reports to send */

    struct jz_text currency; /* mint, transfer_in */
    struct jz_text source_id;
    uint64_t amount;

    struct jz_text code; /* put_currency */
    uint32_t merchant;
    uint32_t scale;
    uint64_t supply_cap;
    uint32_t role; /* put_account: enum jz_role */

    struct jz_text base; /* put_market */
    struct jz_text quote;
    uint64_t base_lot;
    uint64_t quote_unit;
    uint64_t tick;
    uint64_t price_min;
    uint64_t price_max;
    uint64_t min_notional;
    uint32_t band;
    uint32_t reference;
};

static inline bool jz_request_has(const struct jz_request *request, enum jz_field field)
{
    return (request->present >> field & 1) != 0;
}

/* Word of an enum on the wire; "?" for a value that has none. Static text; any thread. */
const char *jz_wire_op_word(int op);
const char *jz_wire_side_word(int side);
const char *jz_wire_status_word(int order_status);
const char *jz_wire_exec_word(int exec_type);
const char *jz_wire_reason_word(int reason);
const char *jz_wire_liquidity_word(int liquidity);
const char *jz_wire_role_word(int role);
const char *jz_wire_market_state_word(int state);

#endif /* JZ_WIRE_WIRE_H */
