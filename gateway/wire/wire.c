/* wire.c - the words of the protocol. */
#include "gateway/wire/wire.h"

const char *jz_wire_op_word(int op)
{
    switch (op) {
#define X(value, name, word)                                                                       \
    case (value):                                                                                  \
        return word;
        JZ_OP_MAP(X)
#undef X
    default:
        return "?";
    }
}

const char *jz_wire_exec_word(int exec_type)
{
    switch (exec_type) {
#define X(value, name, word)                                                                       \
    case (value):                                                                                  \
        return word;
        JZ_EXEC_MAP(X)
#undef X
    default:
        return "?";
    }
}

const char *jz_wire_reason_word(int reason)
{
    switch (reason) {
#define X(value, name)                                                                             \
    case (value):                                                                                  \
        return #name;
        JZ_REASON_MAP(X)
#undef X
    default:
        return "?";
    }
}

const char *jz_wire_side_word(int side)
{
    return side == JZ_SIDE_BUY ? "buy" : side == JZ_SIDE_SELL ? "sell" : "?";
}

const char *jz_wire_status_word(int order_status)
{
    switch (order_status) {
    case JZ_ORDER_NEW:
        return "new";
    case JZ_ORDER_PARTIALLY_FILLED:
        return "partially_filled";
    case JZ_ORDER_FILLED:
        return "filled";
    case JZ_ORDER_CANCELED:
        return "canceled";
    default:
        return "?";
    }
}

const char *jz_wire_liquidity_word(int liquidity)
{
    return liquidity == JZ_LIQUIDITY_MAKER   ? "maker"
           : liquidity == JZ_LIQUIDITY_TAKER ? "taker"
                                             : "?";
}

const char *jz_wire_role_word(int role)
{
    switch (role) {
    case JZ_ROLE_MEMBER:
        return "member";
    case JZ_ROLE_MERCHANT:
        return "merchant";
    case JZ_ROLE_MARKET_MAKER:
        return "market_maker";
    case JZ_ROLE_SYSTEM:
        return "system";
    default:
        return "?";
    }
}

const char *jz_wire_market_state_word(int state)
{
    return state == JZ_MARKET_CONTINUOUS ? "continuous" : "?";
}
