/* message.c - replies and reports, from bytes to the structs of answer.h. */
#include "gateway/wire/message.h"

#include "engine/base/assert.h"
#include "gateway/wire/unpack.h"

#include <stdlib.h>

int jz_message_reader_create(struct jz_message_reader **reader)
{
    *reader = calloc(1, sizeof(**reader));
    if (*reader == NULL) {
        return JZ_ENOMEM;
    }
    if (!msgpack_zone_init(&(*reader)->zone, MSGPACK_ZONE_CHUNK_SIZE)) {
        free(*reader);
        *reader = NULL;
        return JZ_ENOMEM;
    }
    return JZ_OK;
}

void jz_message_reader_destroy(struct jz_message_reader *reader)
{
    if (reader != NULL) {
        msgpack_zone_destroy(&reader->zone);
        free(reader);
    }
}

int jz_message_open(struct jz_message_reader *reader, const void *message, size_t message_bytes)
{
    const uint8_t *const bytes = message;
    struct jz_scan whole = {bytes, bytes + message_bytes};
    struct jz_scan items = whole;
    uint32_t count = 0;
    reader->left = 0;
    if (message_bytes > JZ_WIRE_MESSAGE_BYTES_MAX || !jz_scan_skip(&whole, JZ_WIRE_DEPTH_MAX) ||
        whole.next != whole.end) {
        return JZ_EPROTOCOL;
    }
    if (jz_scan_array(&items, &count)) {
        if (count < 1 || count > JZ_WIRE_BATCH_MAX) {
            return JZ_EPROTOCOL;
        }
        reader->left = count;
    } else {
        struct jz_scan head = items;
        if (!jz_scan_map(&head, &count)) {
            return JZ_EPROTOCOL;
        }
        reader->left = 1;
    }
    reader->items = items;
    return JZ_OK;
}

static void read_ref(struct jz_unpack_fields *fields, struct jz_ref *ref)
{
    const msgpack_object *object = jz_unpack_find(fields, "ref");
    *ref = (struct jz_ref){.kind = JZ_REF_NONE};
    if (object == NULL) {
        return;
    }
    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
        *ref = (struct jz_ref){.kind = JZ_REF_NUMBER, .number = object->via.u64};
    } else if (object->type == MSGPACK_OBJECT_STR && object->via.str.size <= sizeof(ref->text)) {
        *ref = (struct jz_ref){.kind = JZ_REF_TEXT, .length = (uint8_t)object->via.str.size};
        memcpy(ref->text, object->via.str.ptr, ref->length);
    } else {
        fields->is_good = false;
    }
}

static enum jz_result result_of(struct jz_text code)
{
    char padded[32] = "";
    if (code.length == 0 || code.length >= sizeof(padded)) {
        return 0;
    }
    memcpy(padded, code.bytes, code.length);
    return (enum jz_result)jz_result_from_wire(padded);
}

/* A text so far; what a newer gateway may say instead is left alone. */
static struct jz_text read_detail(struct jz_unpack_fields *fields)
{
    const msgpack_object *object = jz_unpack_find(fields, "detail");
    return object != NULL && object->type == MSGPACK_OBJECT_STR
               ? (struct jz_text){object->via.str.ptr, object->via.str.size}
               : (struct jz_text){"", 0};
}

static void read_reply(struct jz_unpack_fields *fields, struct jz_message *heard)
{
    fields->is_good = jz_unpack_number(fields, "v") == JZ_WIRE_VERSION && fields->is_good;
    heard->reply.nonce = jz_unpack_optional(fields, "nonce");
    read_ref(fields, &heard->reply.ref);
    if (jz_unpack_truth(fields, "ok", true)) {
        heard->kind = JZ_MESSAGE_REPLY;
        heard->reply.seq = jz_unpack_number(fields, "seq");
        heard->reply.duplicate = jz_unpack_truth(fields, "duplicate", false);
        heard->result = jz_unpack_take(fields, "result", MSGPACK_OBJECT_MAP, true);
        return;
    }
    heard->kind = JZ_MESSAGE_REFUSAL;
    heard->code = jz_unpack_text(fields, "code", true);
    heard->refusal.result = result_of(heard->code);
    heard->explanation = jz_unpack_text(fields, "message", true);
    heard->refusal.field = jz_unpack_text(fields, "field", false);
    heard->refusal.detail = read_detail(fields);
    heard->refusal.retry_after_ms = (uint32_t)jz_unpack_optional(fields, "retry_after_ms");
    heard->reply.seq = jz_unpack_optional(fields, "seq");
    heard->reply.duplicate = jz_unpack_truth(fields, "duplicate", false);
}

static void read_report(struct jz_unpack_fields *fields, struct jz_report *report)
{
    report->stream_seq = jz_unpack_number(fields, "stream_seq");
    report->seq = jz_unpack_number(fields, "seq");
    report->ts = jz_unpack_number(fields, "ts");
    report->exec_type =
        (enum jz_exec_type)jz_unpack_word(fields, "exec_type", jz_wire_exec_word, 32);
    report->account = jz_unpack_small(fields, "account");
    report->order_id = jz_unpack_number(fields, "order_id");
    report->client_order_id = jz_unpack_text(fields, "client_order_id", false);
    report->symbol = jz_unpack_text(fields, "symbol", true);
    report->side = (enum jz_side)jz_unpack_word(fields, "side", jz_wire_side_word, 3);
    report->price = jz_unpack_number(fields, "price");
    report->status =
        (enum jz_order_status)jz_unpack_word(fields, "status", jz_wire_status_word, 16);
    report->lots = jz_unpack_number(fields, "lots");
    report->cum_lots = jz_unpack_number(fields, "cum_lots");
    report->leaves_lots = jz_unpack_number(fields, "leaves_lots");
    if (report->exec_type == JZ_EXEC_TRADE) {
        report->last_lots = jz_unpack_number(fields, "last_lots");
        report->last_price = jz_unpack_number(fields, "last_price");
        report->trade_no = jz_unpack_number(fields, "trade_no");
        report->liquidity =
            (enum jz_liquidity)jz_unpack_word(fields, "liquidity", jz_wire_liquidity_word, 16);
    } else if (report->exec_type == JZ_EXEC_CANCELED) {
        report->reason = (enum jz_reason)jz_unpack_word(fields, "reason", jz_wire_reason_word, 64);
    }
}

int jz_message_next(struct jz_message_reader *reader, struct jz_message *heard)
{
    while (reader->left > 0) {
        msgpack_object object;
        reader->left--;
        const int status = jz_unpack_next(&reader->zone, &reader->items, &object);
        if (status != JZ_OK) {
            reader->left = 0;
            return status;
        }
        struct jz_unpack_fields fields = jz_unpack_map(&object);
        memset(heard, 0, sizeof(*heard));
        if (jz_unpack_find(&fields, "ok") != NULL) {
            fields.at = 0;
            read_reply(&fields, heard);
            return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
        }
        if (jz_unpack_find(&fields, "exec_type") != NULL) {
            fields.at = 0;
            heard->kind = JZ_MESSAGE_REPORT;
            read_report(&fields, &heard->report);
            return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
        }
        if (!fields.is_good) {
            return JZ_EPROTOCOL; /* no map */
        }
    }
    return JZ_EAGAIN;
}

static struct jz_unpack_fields result_fields(const struct jz_message *heard)
{
    JZ_ASSERT(heard->kind == JZ_MESSAGE_REPLY);
    return jz_unpack_map(heard->result);
}

int jz_message_order(const struct jz_message *heard, struct jz_order_answer *answer)
{
    struct jz_unpack_fields fields = result_fields(heard);
    answer->order_id = jz_unpack_number(&fields, "order_id");
    answer->status =
        (enum jz_order_status)jz_unpack_word(&fields, "status", jz_wire_status_word, 16);
    answer->cum_lots = jz_unpack_number(&fields, "cum_lots");
    answer->leaves_lots = jz_unpack_number(&fields, "leaves_lots");
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}

int jz_message_amount(const struct jz_message *heard, uint64_t *amount)
{
    struct jz_unpack_fields fields = result_fields(heard);
    *amount = jz_unpack_number(&fields, "amount");
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}

int jz_message_id(const struct jz_message *heard, uint64_t *id)
{
    struct jz_unpack_fields fields = result_fields(heard);
    *id = jz_unpack_number(&fields, "id");
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}

int jz_message_hello(const struct jz_message *heard, struct jz_hello_answer *answer)
{
    struct jz_unpack_fields fields = result_fields(heard);
    answer->key = jz_unpack_small(&fields, "key");
    answer->lane = jz_unpack_small(&fields, "lane");
    answer->highest_nonce = jz_unpack_number(&fields, "highest_nonce");
    answer->window = jz_unpack_small(&fields, "window");
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}

static void read_digest(struct jz_unpack_fields *fields, const char *name, struct jz_digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    const struct jz_text hex = jz_unpack_text(fields, name, true);
    *digest = (struct jz_digest){{0, 0}};
    if (hex.length != 32) {
        fields->is_good = false;
        return;
    }
    for (uint32_t i = 0; i < 32; i++) {
        const char *const digit = strchr(digits, hex.bytes[i]);
        if (digit == NULL || *digit == '\0') {
            fields->is_good = false;
            return;
        }
        digest->word[i / 16] = digest->word[i / 16] << 4 | (uint64_t)(digit - digits);
    }
}

int jz_message_status(const struct jz_message *heard, struct jz_status_answer *answer)
{
    struct jz_unpack_fields fields = result_fields(heard);
    memset(answer, 0, sizeof(*answer));
    answer->ts = jz_unpack_number(&fields, "ts");
    answer->currencies = jz_unpack_number(&fields, "currencies");
    answer->markets = jz_unpack_number(&fields, "markets");
    answer->accounts = jz_unpack_number(&fields, "accounts");
    answer->connections = jz_unpack_number(&fields, "connections");
    answer->busy = jz_unpack_truth(&fields, "busy", true);
    answer->storage_full = jz_unpack_truth(&fields, "storage_full", true);
    answer->has_digest = jz_unpack_find(&fields, "state_digest") != NULL;
    if (answer->has_digest) {
        answer->live_orders = jz_unpack_number(&fields, "live_orders");
        read_digest(&fields, "state_digest", &answer->state_digest);
        read_digest(&fields, "content_digest", &answer->content_digest);
    }
    return fields.is_good ? JZ_OK : JZ_EPROTOCOL;
}
