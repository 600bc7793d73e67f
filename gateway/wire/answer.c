/* answer.c - checksums of books, and events as execution reports. */
#include "gateway/wire/answer.h"

#include "engine/base/assert.h"

#include <zlib.h>

static uLong add_levels(uLong crc, const struct jz_level *levels, uint32_t count)
{
    _Static_assert(sizeof(struct jz_level) == 16, "two words and nothing between them");
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "levels are summed as they lie");
    const uint32_t summed = count < JZ_WIRE_CRC_LEVELS ? count : JZ_WIRE_CRC_LEVELS;
    if (summed == 0) {
        return crc; /* zlib takes a NULL for a request to start over */
    }
    return crc32(crc, (const Bytef *)levels, summed * (uInt)sizeof(struct jz_level));
}

uint32_t jz_answer_crc32(const struct jz_levels *levels)
{
    const uLong bids = add_levels(0, levels->bids, levels->bid_count);
    return (uint32_t)add_levels(bids, levels->asks, levels->ask_count);
}

static enum jz_order_status status_after(const struct jz_event *event)
{
    const struct jz_event_order *order = &event->order;
    switch ((enum jz_exec_type)event->exec_type) {
    case JZ_EXEC_DONE:
        return JZ_ORDER_FILLED;
    case JZ_EXEC_CANCELED:
        return JZ_ORDER_CANCELED;
    case JZ_EXEC_TRADE:
        return order->leaves_lots == 0 ? JZ_ORDER_FILLED : JZ_ORDER_PARTIALLY_FILLED;
    case JZ_EXEC_ACCEPTED:
    case JZ_EXEC_RESTED:
    case JZ_EXEC_REPLACED:
        break;
    }
    return order->cum_lots == 0 ? JZ_ORDER_NEW : JZ_ORDER_PARTIALLY_FILLED;
}

void jz_answer_report(struct jz_report *report, const struct jz_record *record,
                      const struct jz_event *event, const struct jz_event *trade)
{
    const struct jz_event_order *order = &event->order;
    const bool is_trade = event->exec_type == JZ_EXEC_TRADE;
    JZ_ASSERT(event->kind == JZ_EVENT_ORDER);
    JZ_ASSERT(is_trade == (trade != NULL));
    *report = (struct jz_report){
        .stream_seq = event->number,
        .seq = record->sequence,
        .ts = record->time_ns,
        .exec_type = event->exec_type,
        .account = event->account.value,
        .order_id = order->order.value,
        .client_order_id = jz_text_of(order->client_id, sizeof(order->client_id)),
        .side = (event->flags & JZ_EVENT_FLAG_SELL) != 0 ? JZ_SIDE_SELL : JZ_SIDE_BUY,
        .price = order->price,
        .status = status_after(event),
        .lots = order->cum_lots + order->leaves_lots,
        .cum_lots = order->cum_lots,
        .leaves_lots = event->exec_type == JZ_EXEC_CANCELED ? 0 : order->leaves_lots,
        .reason = event->reason,
    };
    if (is_trade) {
        JZ_ASSERT(trade->kind == JZ_EVENT_TRADE);
        report->last_lots = trade->trade.lots;
        report->last_price = trade->trade.price;
        report->trade_no = trade->number;
        report->liquidity =
            (event->flags & JZ_EVENT_FLAG_TAKER) != 0 ? JZ_LIQUIDITY_TAKER : JZ_LIQUIDITY_MAKER;
    }
}
