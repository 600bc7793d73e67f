/* hear.c - what the exchange says on the requests socket: answers, refusals and reports.
 *
 * A refusal without a number used nothing up. BUSY is sent again by itself; on an ordered lane with
 * all that was sent behind it, which the gateway refuses until that one comes again. Any other such
 * refusal ends the command, and an ordered lane then needs a new connection, because on the old one
 * the gateway goes on waiting for the nonce that will not come again.
 */
#include "clients/c/inside.h"
#include "clients/c/quick.h"

#include "engine/base/assert.h"

#include <string.h>

#define SENDS_BEFORE_FORBIDDEN_COUNTS 3u

/* Copies a text and ends it with NUL; what does not fit is cut. */
static void copy_text(char *place, size_t room, struct jz_text text)
{
    const size_t length = text.length < room ? text.length : room - 1;
    if (length > 0) {
        memcpy(place, text.bytes, length);
    }
    place[length] = '\0';
}

static void deliver(struct jz_client *client, const struct jz_answer *answer)
{
    struct jz_wait_inside *wait = &client->wait;
    if (wait->is_on && wait->nonce == answer->nonce && !wait->is_done) {
        *wait->answer = *answer;
        wait->is_done = true;
        return;
    }
    if (client->options.on_answer != NULL) {
        client->is_inside = true;
        client->options.on_answer(client->options.context, answer);
        client->is_inside = false;
    }
}

/* Ends a request and tells its caller. */
static void finish(struct jz_client *client, struct jz_window_slot *slot, struct jz_answer *answer)
{
    answer->tag = slot->tag;
    answer->nonce = slot->nonce;
    answer->kind = (enum jz_command_kind)slot->op;
    jz_window_answered(&client->window, slot);
    deliver(client, answer);
}

static int read_orders(struct jz_answer *answer, const struct jz_message *heard)
{
    struct jz_order_answer order;
    const int status = jz_message_order(heard, &order);
    if (status == JZ_OK) {
        answer->order.value = order.order_id;
        answer->order_status = order.status;
        answer->executed_lots = order.cum_lots;
        answer->leaves_lots = order.leaves_lots;
    }
    return status;
}

/* Reads the result of a reply, by the op that it answers. */
static int read_result(struct jz_answer *answer, const struct jz_message *heard, enum jz_op op)
{
    switch (op) {
    case JZ_OP_PLACE_ORDER:
    case JZ_OP_CANCEL_ORDER:
    case JZ_OP_REPLACE_ORDER:
        return read_orders(answer, heard);
    case JZ_OP_MINT:
    case JZ_OP_TRANSFER_IN:
        return jz_message_amount(heard, &answer->amount_points);
    case JZ_OP_PUT_CURRENCY:
    case JZ_OP_PUT_ACCOUNT:
    case JZ_OP_PUT_MARKET:
        return jz_message_id(heard, &answer->object);
    case JZ_OP_HELLO:
    case JZ_OP_GET_STATUS:
    case JZ_OP_GET_MARKETS:
    case JZ_OP_GET_BOOK:
        break;
    }
    return JZ_EPROTOCOL;
}

static void hear_reply(struct jz_client *client, struct jz_window_slot *slot,
                       const struct jz_message *heard)
{
    struct jz_answer answer = {
        .seq = heard->reply.seq,
        .result = JZ_RESULT_DONE,
        .duplicate = heard->reply.duplicate,
    };
    /* With a result that cannot be read the command is done all the same; its number says so. */
    (void)!read_result(&answer, heard, (enum jz_op)slot->op);
    finish(client, slot, &answer);
}

static enum jz_field field_of(struct jz_text word)
{
#define X(value, name, text)                                                                       \
    if (word.length == sizeof(text) - 1 && memcmp(word.bytes, text, sizeof(text) - 1) == 0) {      \
        return JZ_FIELD_##name;                                                                    \
    }
    JZ_FIELD_MAP(X)
#undef X
    return (enum jz_field)0;
}

static void send_again(struct jz_client *client, struct jz_window_slot *slot, uint32_t pause_ms)
{
    if (client->options.ordered) {
        jz_window_again_from(&client->window, slot->nonce);
    } else {
        jz_window_again(&client->window, slot);
    }
    jz_connection_pause(client, pause_ms);
}

static void hear_refusal(struct jz_client *client, struct jz_window_slot *slot,
                         const struct jz_message *heard)
{
    const enum jz_result result = heard->refusal.result;
    const bool is_numbered = heard->reply.seq != 0;
    const bool is_ordered = client->options.ordered;
    if (!is_numbered) {
        if (result == JZ_RESULT_BUSY || (result == JZ_RESULT_STORAGE_FULL && is_ordered)) {
            send_again(client, slot, heard->refusal.retry_after_ms);
            return;
        }
        if (result == JZ_RESULT_FORBIDDEN && slot->sends < SENDS_BEFORE_FORBIDDEN_COUNTS) {
            jz_connection_drop(client,
                               0); /* the gateway is another one than the one that we greeted */
            return;
        }
    }
    struct jz_answer answer = {
        .seq = heard->reply.seq,
        .result = result,
        .field = field_of(heard->refusal.field),
        .duplicate = heard->reply.duplicate,
    };
    finish(client, slot, &answer);
    if (!is_numbered && is_ordered) {
        jz_connection_drop(client, 0);
    }
}

static void hear_report(struct jz_client *client, const struct jz_report *report)
{
    if (client->options.on_report == NULL) {
        return;
    }
    struct jz_execution execution = {
        .stream_seq = report->stream_seq,
        .seq = report->seq,
        .time_ns = report->ts,
        .account = {report->account},
        .order = {report->order_id},
        .exec_type = report->exec_type,
        .side = report->side,
        .order_status = report->status,
        .liquidity = report->liquidity,
        .reason = report->reason,
        .price = report->price,
        .lots = report->lots,
        .cum_lots = report->cum_lots,
        .leaves_lots = report->leaves_lots,
        .last_lots = report->last_lots,
        .last_price = report->last_price,
        .trade_no = report->trade_no,
    };
    copy_text(execution.client_id, sizeof(execution.client_id), report->client_order_id);
    copy_text(execution.symbol, sizeof(execution.symbol), report->symbol);
    client->is_inside = true;
    client->options.on_report(client->options.context, &execution);
    client->is_inside = false;
}

/* The reply to a question that a blocking call waits for. */
static void hear_question(struct jz_client *client, const struct jz_message *heard)
{
    struct jz_wait_inside *wait = &client->wait;
    if (!wait->is_on || wait->is_done || wait->ref == 0 || heard->reply.ref.kind != JZ_REF_NUMBER ||
        heard->reply.ref.number != wait->ref) {
        return;
    }
    if (heard->kind == JZ_MESSAGE_REPLY) {
        wait->result = JZ_RESULT_DONE;
        wait->status = wait->take(client, heard, wait->into);
    } else {
        wait->result = heard->refusal.result;
    }
    wait->is_done = true;
}

static void hear_map(struct jz_client *client, const struct jz_message *heard)
{
    switch (heard->kind) {
    case JZ_MESSAGE_REPORT:
        hear_report(client, &heard->report);
        return;
    case JZ_MESSAGE_REPLY:
    case JZ_MESSAGE_REFUSAL:
        break;
    }
    if (heard->reply.nonce == 0) {
        if (!jz_connection_heard(client, heard) && !jz_subscribe_heard(client, heard)) {
            hear_question(client, heard);
        }
        return;
    }
    struct jz_window_slot *slot = jz_window_find(&client->window, heard->reply.nonce);
    if (slot == NULL || client->connection.phase != JZ_PHASE_UP) {
        return; /* an answer to a repeat whose first answer has come */
    }
    if (heard->kind == JZ_MESSAGE_REPLY) {
        hear_reply(client, slot, heard);
    } else {
        hear_refusal(client, slot, heard);
    }
}

static void hear_order(struct jz_client *client, const struct jz_quick_order *order)
{
    struct jz_window_slot *slot = jz_window_find(&client->window, order->nonce);
    if (slot == NULL || client->connection.phase != JZ_PHASE_UP) {
        return; /* an answer to a repeat whose first answer has come */
    }
    struct jz_answer answer = {
        .seq = order->seq,
        .result = JZ_RESULT_DONE,
        .duplicate = order->duplicate != 0,
        .order = {order->order_id},
        .order_status = (enum jz_order_status)order->status,
        .executed_lots = order->cum_lots,
        .leaves_lots = order->leaves_lots,
    };
    finish(client, slot, &answer);
}

/* One map that jz_quick_read left alone. */
static void hear_slowly(struct jz_client *client, const uint8_t *map, size_t map_bytes)
{
    struct jz_message heard;
    if (jz_message_open(client->reader, map, map_bytes) == JZ_OK &&
        jz_message_next(client->reader, &heard) == JZ_OK) {
        hear_map(client, &heard);
    }
}

void jz_hear_message(struct jz_client *client, const uint8_t *body, size_t body_bytes)
{
    struct jz_scan scan = {body, body + body_bytes};
    uint32_t count = 1;
    (void)!jz_scan_array(&scan, &count); /* else a single map */
    for (; count > 0; count--) {
        const uint8_t *map = scan.next;
        union jz_quick quick;
        switch (jz_quick_read(&scan, &quick)) {
        case JZ_QUICK_ORDER:
            hear_order(client, &quick.order);
            break;
        case JZ_QUICK_REPORT:
            hear_report(client, &quick.report);
            break;
        case JZ_QUICK_OTHER:
            if (!jz_scan_skip(&scan, JZ_WIRE_DEPTH_MAX)) {
                return; /* not well-formed: nothing behind it can be trusted */
            }
            hear_slowly(client, map, (size_t)(scan.next - map));
            break;
        }
    }
}
