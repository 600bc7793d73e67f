/* script_line.c - where the notation is ahead of the core. */
#include "tests/support/script_line.h"

#include <stddef.h>
#include <string.h>

struct need {
    bool is_needed;
    const char *word;
};

static const char *first_of(const struct need *needs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (needs[i].is_needed) {
            return needs[i].word;
        }
    }
    return NULL;
}

static const char *unsupported_pair(const struct jz_script_pair *pair)
{
    const struct need needs[] = {
        {pair->breaker_bp != 0, "cb"},
        {pair->maker_bp != 0, "maker"},
        {pair->taker_bp != 0, "taker"},
        {pair->rebate_bp != 0, "rebate"},
        {strcmp(pair->state, "CONT") != 0, "STATE"},
    };
    return first_of(needs, sizeof(needs) / sizeof(needs[0]));
}

static const char *unsupported_order(const struct jz_script_order *order)
{
    const struct need needs[] = {
        {!order->has_price, "MKT"},
        {strcmp(order->time_in_force, "FOK") == 0, "FOK"},
        {strcmp(order->time_in_force, "GTD") == 0, "GTD"},
        {order->post[0] != '\0', "post"},
        {order->peak_lots != 0, "peak"},
        {order->least_lots != 0, "minq"},
        {order->stop_price != 0, "stop"},
        {order->oco[0] != '\0', "oco"},
        {strcmp(order->stp, "CN") != 0, "stp"},
    };
    return first_of(needs, sizeof(needs) / sizeof(needs[0]));
}

const char *jz_script_line_unsupported(const struct jz_script_line *line)
{
    switch ((enum jz_script_kind)line->kind) {
    case JZ_SCRIPT_PAIR:
        return unsupported_pair(&line->pair);
    case JZ_SCRIPT_ORDER:
        return unsupported_order(&line->order);
    case JZ_SCRIPT_DEPOSIT:
        return line->deposit.expiry_day != 0 ? "exp" : NULL;
    case JZ_SCRIPT_ASSERTION:
        return line->assertion.kind == JZ_SCRIPT_VINTAGES ? "VINT" : NULL;
    case JZ_SCRIPT_CURRENCY:
        return "CUR";
    case JZ_SCRIPT_BUDGET:
        return "BUY";
    case JZ_SCRIPT_MASS:
        return "MASS";
    case JZ_SCRIPT_DISCONNECT:
        return "COD";
    case JZ_SCRIPT_STATE:
        return "STATE";
    case JZ_SCRIPT_INDICATE:
        return "IND";
    case JZ_SCRIPT_UNCROSS:
        return "UNCROSS";
    case JZ_SCRIPT_SWAP:
        return "SWAP";
    case JZ_SCRIPT_EVENT:
    case JZ_SCRIPT_CANCEL:
    case JZ_SCRIPT_REPLACE:
    case JZ_SCRIPT_CLOCK:
    case JZ_SCRIPT_IMPLIED:
        return NULL;
    }
    return NULL;
}
