/* report.c - the ORDER event. */
#include "engine/core/report.h"

#include "engine/base/assert.h"

#include <string.h>

void jz_report_order(struct jz_core *core, uint32_t order, struct jz_report report,
                     struct jz_events *events)
{
    const struct jz_order *told = jz_state_order(core, order);
    const struct jz_order_detail *detail = jz_state_detail(core, order);
    JZ_ASSERT(told->is_live == 1);

    struct jz_event *event = jz_events_add(events, JZ_EVENT_ORDER);
    event->exec_type = report.exec_type;
    event->reason = report.reason;
    event->flags = report.flags | (told->side == JZ_SIDE_SELL ? JZ_EVENT_FLAG_SELL : 0);
    event->account.value = told->account;
    event->number = ++jz_state_account(core, told->account)->stream_seq;
    event->order = (struct jz_event_order){
        .order = jz_state_order_id(core, order),
        .leaves_lots = told->open_lots,
        .cum_lots = detail->cum_lots,
        .market = {told->market},
        .price = told->price,
    };
    memcpy(event->order.client_id, detail->client_id, JZ_CLIENT_ID_BYTES);
}
