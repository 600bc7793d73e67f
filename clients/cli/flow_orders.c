/* flow_orders.c - a hash table with linear probing. */
#include "clients/cli/flow_orders.h"

#include <stdlib.h>

#define SLOTS_FIRST UINT64_C(64)

static uint64_t home_of(const struct jz_flow_orders *orders, uint64_t id)
{
    id ^= id >> 33;
    id *= UINT64_C(0xff51afd7ed558ccd);
    id ^= id >> 33;
    return id & (orders->slots_count - 1);
}

/* The slot with the id, or the empty one where it would go. */
static struct jz_flow_order *probe(const struct jz_flow_orders *orders, uint64_t id)
{
    uint64_t at = home_of(orders, id);
    while (orders->slots[at].id != 0 && orders->slots[at].id != id) {
        at = (at + 1) & (orders->slots_count - 1);
    }
    return &orders->slots[at];
}

static int grow(struct jz_flow_orders *orders)
{
    struct jz_flow_orders larger = {
        .slots_count = orders->slots_count == 0 ? SLOTS_FIRST : orders->slots_count * 2,
        .live_count = orders->live_count,
    };
    larger.slots = calloc(larger.slots_count, sizeof(larger.slots[0]));
    if (larger.slots == NULL) {
        return JZ_ENOMEM;
    }
    for (uint64_t i = 0; i < orders->slots_count; i++) {
        if (orders->slots[i].id != 0) {
            *probe(&larger, orders->slots[i].id) = orders->slots[i];
        }
    }
    free(orders->slots);
    *orders = larger;
    return JZ_OK;
}

struct jz_flow_order *jz_flow_orders_find(const struct jz_flow_orders *orders, uint64_t id)
{
    if (id == 0 || orders->slots_count == 0) {
        return NULL;
    }
    struct jz_flow_order *order = probe(orders, id);
    return order->id == id ? order : NULL;
}

int jz_flow_orders_put(struct jz_flow_orders *orders, const struct jz_flow_order *order)
{
    if (jz_flow_orders_find(orders, order->id) != NULL || order->id == 0) {
        return JZ_EINVAL;
    }
    if ((orders->live_count + 1) * 2 > orders->slots_count) {
        const int status = grow(orders);
        if (status != JZ_OK) {
            return status;
        }
    }
    *probe(orders, order->id) = *order;
    orders->live_count++;
    return JZ_OK;
}

void jz_flow_orders_remove(struct jz_flow_orders *orders, struct jz_flow_order *order)
{
    const uint64_t mask = orders->slots_count - 1;
    uint64_t hole = (uint64_t)(order - orders->slots);
    orders->live_count--;
    for (uint64_t at = (hole + 1) & mask; orders->slots[at].id != 0; at = (at + 1) & mask) {
        /* An order may move back to the hole if the hole lies between its home and its place. */
        const uint64_t home = home_of(orders, orders->slots[at].id);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            orders->slots[hole] = orders->slots[at];
            hole = at;
        }
    }
    orders->slots[hole] = (struct jz_flow_order){0};
}

void jz_flow_orders_deinit(struct jz_flow_orders *orders)
{
    free(orders->slots);
    *orders = (struct jz_flow_orders){0};
}
