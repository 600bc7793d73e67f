/* core_reader.c - each event overwrites what it names. */
#include "tests/support/core_reader.h"

#include "tests/support/cmocka.h"

#include <stddef.h>

static void take_depth(struct reader *reader, const struct jz_event *event)
{
    struct reader_market *market = &reader->markets[event->market.value];
    market->state.depth_no = event->number;
    for (uint32_t i = 0; i < 3; i++) {
        const struct jz_depth_level *level = &event->depth.levels[i];
        if (level->side != 0) {
            assert_true(level->price < READER_PRICES);
            market->lots[level->side == JZ_SIDE_BUY ? 0 : 1][level->price] = level->lots;
        }
    }
}

static void take_market(struct reader *reader, const struct jz_event *event)
{
    struct reader_market *market = &reader->markets[event->market.value];
    if ((event->flags & JZ_EVENT_FLAG_PART2) != 0) {
        market->state = event->state;
    } else {
        market->terms = event->terms;
    }
}

void reader_take(struct reader *reader, const struct jz_event *event, uint32_t key, uint32_t lane)
{
    assert_true(event->subject < READER_TABLE);
    switch ((enum jz_event_kind)event->kind) {
    case JZ_EVENT_CURRENCY:
        assert_true(event->currency.currency.value < READER_TABLE);
        reader->currencies[event->currency.currency.value] = event->currency;
        return;
    case JZ_EVENT_ACCOUNT:
        reader->roles[event->account.value] = event->account_opened.role;
        return;
    case JZ_EVENT_MARKET:
        take_market(reader, event);
        return;
    case JZ_EVENT_DEPTH:
        take_depth(reader, event);
        return;
    case JZ_EVENT_TRADE:
        reader->markets[event->market.value].state.trade_no = event->number;
        reader->markets[event->market.value].state.last_price = event->trade.price;
        return;
    case JZ_EVENT_LANE:
        assert_int_equal(event->lane.key, 1);
        reader->highest_nonces[event->lane.lane] = event->lane.highest_nonce;
        reader->lane_count++;
        return;
    case JZ_EVENT_RESULT:
        if (key == 1 && lane < READER_TABLE) {
            reader->highest_nonces[lane] = event->result.highest_nonce;
        }
        return;
    case JZ_EVENT_PICTURE_END:
        reader->is_whole = true;
        return;
    case JZ_EVENT_TRANSFER:
    case JZ_EVENT_HOLD:
    case JZ_EVENT_ORDER:
        return;
    }
    fail_msg("an event of an unknown kind: %d", event->kind);
}
