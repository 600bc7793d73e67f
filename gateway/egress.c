/* egress.c - the way out. Who asked gets the answer and nobody else: a command carries the epoch of
 * its gateway, the slot of its session and which session that was, and all three must be those of
 * now. */
#include "gateway/egress.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "gateway/lookup.h"
#include "gateway/post.h"
#include "jiaozi/command.h"
#include "jiaozi/status.h"

#include <string.h>

enum { RETRY_MS = 20 };

/* The picture cannot be kept true without memory, and a false one is worse than none. */
static void insist(int status)
{
    if (status != JZ_OK) {
        jz_log_fatal("gateway: cannot keep the picture: %s", jz_status_text(status));
    }
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static size_t encode_done(uint8_t *room, const struct jz_reply *reply,
                          const struct jz_event_result *result)
{
    const struct jz_order_answer order = {
        .order_id = result->object,
        .status = (enum jz_order_status)result->order_status,
        .cum_lots = result->amount,
        .leaves_lots = result->leaves_lots,
    };
    switch ((enum jz_command_kind)result->command) {
    case JZ_COMMAND_PLACE_ORDER:
    case JZ_COMMAND_CANCEL_ORDER:
    case JZ_COMMAND_REPLACE_ORDER:
        return jz_encode_order(room, JZ_ENCODE_REPLY_BYTES_MAX, reply, &order);
    case JZ_COMMAND_MINT:
    case JZ_COMMAND_TRANSFER_IN:
        return jz_encode_amount(room, JZ_ENCODE_REPLY_BYTES_MAX, reply, result->amount);
    case JZ_COMMAND_PUT_CURRENCY:
    case JZ_COMMAND_PUT_ACCOUNT:
    case JZ_COMMAND_PUT_MARKET:
        return jz_encode_id(room, JZ_ENCODE_REPLY_BYTES_MAX, reply, result->object);
    case JZ_COMMAND_GENESIS:
    case JZ_COMMAND_TICK:
        break;
    }
    JZ_ASSERT(false); /* no gateway sends those */
    return 0;
}

static void post_answer(struct jz_desk *desk, struct jz_session *session,
                        const struct jz_flight_entry *entry, const struct jz_event_result *result)
{
    const struct jz_reply reply = {
        .nonce = entry->nonce,
        .ref = entry->ref,
        .seq = result->first_sequence,
        .duplicate = result->duplicate != 0,
    };
    if (result->result == JZ_RESULT_DONE) {
        uint8_t *room = jz_post_claim(desk, session, JZ_ENCODE_REPLY_BYTES_MAX);
        if (room != NULL) {
            jz_post_commit(desk, session, encode_done(room, &reply, result));
        }
        return;
    }
    const char *field = jz_field_word(result->field);
    const struct jz_refusal refusal = {
        .result = (enum jz_result)result->result,
        .field = {field, (uint32_t)strlen(field)},
    };
    jz_post_refuse(desk, session, &session->peer, &reply, &refusal);
}

/* The look-up of a source id was too old: looks again and sends the command once more. False if it
 * was sent too often or there is no room. */
static bool send_again(struct jz_desk *desk, struct jz_session_lane *lane,
                       const struct jz_flight_kept *kept, const struct jz_ref *ref)
{
    if (kept->tries >= JZ_FLIGHT_TRIES_MAX || !jz_link_has_room(&desk->link, false)) {
        return false;
    }
    struct jz_record *record = jz_link_claim(&desk->link);
    if (record == NULL) {
        return false;
    }
    memcpy(record, kept->command, sizeof(kept->command));
    struct jz_mint *body = (struct jz_mint *)(record + 1);
    body->checked_seq = jz_link_durable_seq(&desk->link);
    jz_flight_start(&desk->flight, record, ref, kept->tries + 1);
    lane->in_flight++;
    jz_link_commit(&desk->link);
    return true;
}

static void answer_stale(struct jz_desk *desk, struct jz_session *session,
                         struct jz_session_lane *lane, const struct jz_flight_kept *kept,
                         const struct jz_flight_entry *entry)
{
    JZ_ASSERT(kept != NULL);
    if (send_again(desk, lane, kept, &entry->ref)) {
        return;
    }
    const struct jz_reply reply = {.nonce = entry->nonce, .ref = entry->ref};
    const struct jz_refusal busy = {.result = JZ_RESULT_BUSY, .retry_after_ms = RETRY_MS};
    jz_span_answer(&lane->span, entry->nonce);
    jz_span_refuse(&lane->span, entry->nonce);
    jz_post_refuse(desk, session, &session->peer, &reply, &busy);
}

static void take_result(struct jz_desk *desk, const struct jz_record *header,
                        const struct jz_event_result *result)
{
    desk->is_inside = false;
    desk->has_trade = false;
    if (header->origin.epoch != desk->link.epoch) {
        return;
    }
    /* Copies, because a command that is sent again takes a new place before this one is free. */
    const struct jz_flight_entry entry = *jz_flight_oldest(&desk->flight, header);
    const struct jz_flight_kept *kept_there = jz_flight_kept_of(&desk->flight, &entry);
    struct jz_flight_kept kept = {0};
    if (kept_there != NULL) {
        kept = *kept_there;
    }
    jz_flight_land(&desk->flight);

    struct jz_session_lane *lane = &desk->sessions.lanes[header->lane - desk->sessions.lane_first];
    JZ_ASSERT(lane->in_flight > 0);
    lane->in_flight--;

    struct jz_session *session =
        jz_session_at(&desk->sessions, header->origin.slot, header->origin.generation);
    if (session == NULL) {
        return;
    }
    if (result->result == JZ_RESULT_STALE_CHECK) {
        answer_stale(desk, session, lane, kept_there != NULL ? &kept : NULL, &entry);
        return;
    }
    jz_span_answer(&lane->span, entry.nonce);
    post_answer(desk, session, &entry, result);
}

/* ---- execution reports ------------------------------------------------------------------------
 */

static void take_order(struct jz_desk *desk, const struct jz_record *header,
                       const struct jz_event *event)
{
    uint32_t entry = jz_watch_first(&desk->sessions.watch, event->account);
    if (entry == JZ_WATCH_NONE) {
        return;
    }
    const struct jz_picture_market *market =
        jz_picture_find_market(&desk->picture, event->order.market);
    JZ_ASSERT(market != NULL);
    struct jz_report report;
    const bool is_trade = event->exec_type == JZ_EXEC_TRADE && desk->has_trade;
    jz_answer_report(&report, header, event, is_trade ? &desk->trade : NULL);
    report.symbol = (struct jz_text){market->symbol, market->symbol_bytes};

    while (entry != JZ_WATCH_NONE) {
        /* The next one first: posting can end this session and with it the entry. */
        const uint32_t slot = desk->sessions.watch.entries[entry].slot;
        entry = jz_watch_next(&desk->sessions.watch, entry);

        struct jz_session *session = &desk->sessions.all[slot];
        uint8_t *room = jz_post_claim(desk, session, JZ_ENCODE_REPORT_BYTES_MAX);
        if (room != NULL) {
            jz_post_commit(desk, session,
                           jz_encode_report(room, JZ_ENCODE_REPORT_BYTES_MAX, &report));
        }
    }
}

/* ---- records ----------------------------------------------------------------------------------
 */

static void take_event(struct jz_desk *desk, const struct jz_record *header,
                       const struct jz_event *event)
{
    insist(jz_picture_apply(&desk->picture, header, event));
    switch ((enum jz_event_kind)event->kind) {
    case JZ_EVENT_RESULT:
        take_result(desk, header, &event->result);
        return;
    case JZ_EVENT_ORDER:
        take_order(desk, header, event);
        return;
    case JZ_EVENT_TRADE:
        desk->trade = *event;
        desk->has_trade = true;
        insist(jz_feed_trade(&desk->feed, &desk->picture, header, event));
        return;
    case JZ_EVENT_DEPTH:
        insist(jz_feed_depth(&desk->feed, &desk->picture, header, event));
        return;
    case JZ_EVENT_CURRENCY:
    case JZ_EVENT_ACCOUNT:
    case JZ_EVENT_MARKET:
    case JZ_EVENT_TRANSFER:
    case JZ_EVENT_HOLD:
    case JZ_EVENT_LANE:
    case JZ_EVENT_PICTURE_END:
        return;
    }
}

static void take_record(struct jz_desk *desk, const struct jz_record *record, uint32_t bytes)
{
    if (record->kind == JZ_RECORD_STATUS) {
        jz_lookup_status_came(desk, record);
        return;
    }
    if (record->kind != JZ_RECORD_EVENTS) {
        return; /* a picture for another gateway; ours is complete */
    }
    const struct jz_event *events = (const struct jz_event *)(record + 1);
    const uint32_t count = (bytes - (uint32_t)sizeof(*record)) / (uint32_t)sizeof(*events);
    desk->is_inside = true;
    for (uint32_t i = 0; i < count; i++) {
        take_event(desk, record, &events[i]);
    }
}

uint32_t jz_egress_poll(struct jz_desk *desk)
{
    uint32_t records = 0;
    uint32_t bytes = 0;

    while (records < JZ_EGRESS_RECORDS_MAX || desk->is_inside) {
        const struct jz_record *record = jz_link_peek(&desk->link, &bytes);
        if (record == NULL) {
            break;
        }
        take_record(desk, record, bytes);
        jz_link_advance(&desk->link);
        records++;
        if (records % JZ_EGRESS_RECORDS_MAX == 0) {
            jz_link_release(&desk->link);
        }
    }
    if (records > 0) {
        jz_link_release(&desk->link);
        jz_link_flush(&desk->link);
    }
    return records;
}
