/* report.h - execution reports: what happened to an order, told to its owner. */
#ifndef JZ_CORE_REPORT_H
#define JZ_CORE_REPORT_H

#include "engine/core/state.h"

/* What happened, as the head of the ORDER event says it. */
struct jz_report {
    uint8_t exec_type; /* enum jz_exec_type */
    uint8_t reason;    /* enum jz_reason, 0 unless cancelled */
    uint8_t flags;     /* JZ_EVENT_FLAG_TAKER, JZ_EVENT_FLAG_KEEPS */
};

/* Adds the report under the next number of the owner's stream. */
void jz_report_order(struct jz_core *core, uint32_t order, struct jz_report report,
                     struct jz_events *events);

#endif /* JZ_CORE_REPORT_H */
