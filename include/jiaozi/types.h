/* types.h - the ids and bounds that every part of the exchange shares.
 *
 * An id is a struct of one field, so that an order id cannot be passed where an account belongs.
 * Zero is never a valid id: zeroed memory names nothing.
 */
#ifndef JZ_TYPES_H
#define JZ_TYPES_H

#include <stdint.h>

struct jz_account_id {
    uint32_t value; /* 1..accounts of genesis; chosen by the operator */
};

struct jz_currency_id {
    uint32_t value; /* 1..currencies of genesis; given by the core in order of listing */
};

struct jz_market_id {
    uint32_t value; /* 1..markets of genesis; given by the core in order of listing */
};

struct jz_order_id {
    uint64_t value; /* generation << 32 | slot; given by the core, never reused */
};

/* System accounts. Operators open accounts from JZ_ACCOUNT_FIRST on. */
#define JZ_ACCOUNT_FEE     1u  /* receives fees */
#define JZ_ACCOUNT_EXPIRED 2u  /* receives points that expired */
#define JZ_ACCOUNT_FIRST   16u /* lowest id that put_account takes */

/* Amounts are whole minor units. Every sum over a currency stays below 2^62 and so fits int64_t. */
#define JZ_AMOUNT_MAX ((UINT64_C(1) << 62) - 1)
#define JZ_PRICE_MAX  ((UINT64_C(1) << 31) - 1) /* quote units per lot */
#define JZ_LOT_MAX    ((UINT64_C(1) << 42) - 1) /* base units per lot; also price_max * quote_unit */

#define JZ_CURRENCY_CODE_MAX 12 /* [A-Z0-9]{2,12} */
#define JZ_CODE_BYTES        16 /* room for a code, padded with NUL */
#define JZ_SYMBOL_MAX        25 /* BASE/QUOTE */
#define JZ_CLIENT_ID_BYTES   16 /* a client order id: 1..16 bytes without NUL, padded with NUL */
#define JZ_SOURCE_ID_BYTES   32 /* a permanent request id: 1..32 bytes without NUL, padded */
#define JZ_SCALE_MAX         6  /* decimal digits of a currency */

enum jz_side {
    JZ_SIDE_BUY = 1,  /* gives quote, receives base */
    JZ_SIDE_SELL = 2, /* gives base, receives quote */
};

enum jz_time_in_force {
    JZ_TIF_GTC = 1, /* the remainder rests until it is cancelled */
    JZ_TIF_IOC = 2, /* the remainder is cancelled at once */
};

enum jz_stp_mode {
    JZ_STP_CANCEL_NEWEST = 1, /* the arriving order is cancelled when it meets its own owner */
};

enum jz_market_state {
    JZ_MARKET_CONTINUOUS = 1, /* orders match on arrival */
};

enum jz_role {
    JZ_ROLE_MEMBER = 1,
    JZ_ROLE_MERCHANT = 2,
    JZ_ROLE_MARKET_MAKER = 3,
    JZ_ROLE_SYSTEM = 4, /* FEE and EXPIRED; not to be opened by a request */
};

/* What has become of an order. */
enum jz_order_status {
    JZ_ORDER_NEW = 1,
    JZ_ORDER_PARTIALLY_FILLED = 2,
    JZ_ORDER_FILLED = 3,
    JZ_ORDER_CANCELED = 4,
};

#endif /* JZ_TYPES_H */
