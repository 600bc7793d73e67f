/* flow_orders.h - the orders of a flow that are live: what is left of each, and at which price.
 *
 * Open addressing over ids of 64 bits, at most half full, grown by doubling; a removal shifts what
 * follows back, so that no marks are left behind. Id 0 marks an empty slot and is no id.
 */
#ifndef JZ_CLI_FLOW_ORDERS_H
#define JZ_CLI_FLOW_ORDERS_H

#include "jiaozi/status.h"

#include <stdint.h>

struct jz_flow_order {
    uint64_t id;
    uint64_t price;
    uint64_t lots; /* open */
    uint8_t side;  /* enum jz_side */
};

struct jz_flow_orders {
    struct jz_flow_order *slots; /* slots_count of them, a power of two; NULL while never used */
    uint64_t slots_count;
    uint64_t live_count;
};

/* The order, or NULL. Good until the next put or remove. */
struct jz_flow_order *jz_flow_orders_find(const struct jz_flow_orders *orders, uint64_t id);

/* Adds an order. JZ_EINVAL: its id is 0 or live; JZ_ENOMEM. */
JZ_MUST_USE int jz_flow_orders_put(struct jz_flow_orders *orders,
                                   const struct jz_flow_order *order);

/* Removes a live order, as found. */
void jz_flow_orders_remove(struct jz_flow_orders *orders, struct jz_flow_order *order);

/* Gives the memory back; the table is empty then. */
void jz_flow_orders_deinit(struct jz_flow_orders *orders);

#endif /* JZ_CLI_FLOW_ORDERS_H */
