/* quick.h - the two messages that a busy client hears most, read without msgpack-c: the reply to an
 * order and the execution report.
 *
 * Reading one by msgpack-c costs about a microsecond, most of it for objects that are looked at
 * once. Here fields are expected in the order in which the gateway writes them and found in any
 * other; what is not exactly such a map is left to message.h, which reads everything.
 *
 * Pure. What is read is borrowed from the message.
 */
#ifndef JZ_CLIENTS_C_QUICK_H
#define JZ_CLIENTS_C_QUICK_H

#include "gateway/wire/answer.h"
#include "gateway/wire/scan.h"

#include <stdbool.h>

enum jz_quick_kind {
    JZ_QUICK_OTHER = 0, /* neither, or not understood: nothing was taken */
    JZ_QUICK_ORDER,     /* ok: true, with the result of an order op */
    JZ_QUICK_REPORT,
};

/* The reply to place_order, replace_order or cancel_order. */
struct jz_quick_order {
    uint64_t v;
    uint64_t ok;
    uint64_t nonce;
    uint64_t seq;
    uint64_t order_id;
    uint64_t cum_lots;
    uint64_t leaves_lots;
    uint64_t status; /* enum jz_order_status, 0: of a newer version */
    uint64_t duplicate;
};

union jz_quick {
    struct jz_quick_order order;
    struct jz_report report;
};

/* Reads the map at the front of scan and steps over it. With OTHER, scan stays where it was. */
enum jz_quick_kind jz_quick_read(struct jz_scan *scan, union jz_quick *quick);

#endif /* JZ_CLIENTS_C_QUICK_H */
