/* codec.c - decodes one request in one pass.
 *
 * The pass goes on behind a fault, for two reasons: a message that is cut further on is MALFORMED
 * whatever else is wrong with it, and nonce and ref may stand behind the fault, without which the
 * refusal could not be addressed.
 */
#include "gateway/wire/codec.h"

#include "engine/base/assert.h"
#include "gateway/wire/express.h"
#include "gateway/wire/fields.h"
#include "gateway/wire/scan.h"

/* The first fault of an item so far. */
struct fault {
    bool found;
    uint32_t field;      /* enum jz_field, or 0 for an unknown one */
    struct jz_text name; /* of the unknown one */
};

static void note(struct fault *fault, uint32_t field)
{
    if (!fault->found) {
        *fault = (struct fault){.found = true, .field = field};
    }
}

static void note_unknown(struct fault *fault, struct jz_text name)
{
    if (!fault->found) {
        *fault = (struct fault){.found = true, .name = name};
    }
}

static void store(void *member, uint32_t bytes, uint64_t value)
{
    const uint32_t half = (uint32_t)value;
    const uint8_t small = (uint8_t)value;
    switch (bytes) {
    case 8:
        memcpy(member, &value, 8);
        break;
    case 4:
        memcpy(member, &half, 4);
        break;
    default:
        JZ_ASSERT(bytes == 1);
        memcpy(member, &small, 1);
        break;
    }
}

static bool is_plain_text(struct jz_text text, const uint8_t *end)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    uint32_t left = text.length;
    while (left > 0) {
        if (end - bytes < 8) {
            return jz_scan_is_text((struct jz_text){(const char *)bytes, left});
        }
        uint64_t eight;
        memcpy(&eight, bytes, 8);
        if (left < 8) {
            eight |= ones << (8 * left); /* what lies behind the text must not disturb */
            eight &= ~(high << (8 * left));
        }
        /* A byte with its top bit or a NUL: not plain ASCII, so look closer. */
        if (((eight | (eight - ones)) & high) != 0) {
            return jz_scan_is_text((struct jz_text){(const char *)bytes, left});
        }
        const uint32_t step = left < 8 ? left : 8;
        bytes += step;
        left -= step;
    }
    return true;
}

static bool take_text(struct jz_scan *scan, uint64_t most, struct jz_text *text)
{
    return jz_scan_text(scan, text) && text->length >= 1 && text->length <= most &&
           is_plain_text(*text, scan->end);
}

static bool take_truth(struct jz_scan *scan, bool *value)
{
    if (scan->next == scan->end || (*scan->next & 0xfe) != 0xc2) {
        return false;
    }
    *value = *scan->next++ == 0xc3;
    return true;
}

static bool take_ref(struct jz_scan *scan, struct jz_ref *ref)
{
    struct jz_text text;
    uint64_t number = 0;
    if (jz_scan_number(scan, &number)) {
        *ref = (struct jz_ref){.kind = JZ_REF_NUMBER, .number = number};
        return true;
    }
    if (!take_text(scan, JZ_WIRE_REF_BYTES_MAX, &text)) {
        return false;
    }
    *ref = (struct jz_ref){.kind = JZ_REF_TEXT, .length = (uint8_t)text.length};
    memcpy(ref->text, text.bytes, text.length);
    return true;
}

static bool take_accounts(struct jz_scan *scan, struct jz_request *request)
{
    uint32_t count = 0;
    if (!jz_scan_array(scan, &count) || count > JZ_WIRE_ACCOUNTS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t account = 0;
        if (!jz_scan_number(scan, &account) || account > UINT32_MAX) {
            return false;
        }
        request->accounts[i] = (uint32_t)account;
    }
    request->account_count = count;
    return true;
}

/* Reads the value of a field into its place. False: it is not what the field takes; the scan may
 * then stand anywhere inside the value. */
static bool take_value(struct jz_scan *scan, const struct jz_fields_rule *rule,
                       struct jz_request *request)
{
    char *const member = (char *)request + rule->offset;
    struct jz_text text;
    uint64_t number = 0;
    switch ((enum jz_fields_type)rule->type) {
    case JZ_FIELDS_NUMBER:
        if (!jz_scan_number(scan, &number) || number < rule->least || number > rule->most) {
            return false;
        }
        store(member, rule->bytes, number);
        return true;
    case JZ_FIELDS_TEXT:
        if (!take_text(scan, rule->most, &text)) {
            return false;
        }
        memcpy(member, &text, sizeof(text));
        return true;
    case JZ_FIELDS_WORD:
    case JZ_FIELDS_OP:
        if (!jz_scan_text(scan, &text)) {
            return false;
        }
        const struct jz_fields_key key = jz_fields_key(text, scan->end);
        number = rule->type == JZ_FIELDS_OP ? jz_fields_find_op(key)
                                            : jz_fields_find_word(rule->words, key);
        store(member, rule->bytes, number);
        return number != 0;
    case JZ_FIELDS_TRUTH:
        return take_truth(scan, (bool *)member);
    case JZ_FIELDS_REF:
        return take_ref(scan, &request->ref);
    case JZ_FIELDS_ACCOUNTS:
        return take_accounts(scan, request);
    case JZ_FIELDS_NONE:
        break;
    }
    return false;
}

/* Reads one key and its value. False: the bytes are not well-formed. depth: what the value may
 * still open. */
static bool take_pair(struct jz_scan *scan, uint32_t depth, struct jz_request *request,
                      struct fault *fault)
{
    struct jz_text name = {"?", 1};
    if (!jz_scan_text(scan, &name)) {
        note_unknown(fault, name);
        const bool has_key = jz_scan_skip(scan, depth);
        return has_key && jz_scan_skip(scan, depth);
    }
    const uint32_t field = jz_fields_find(jz_fields_key(name, scan->end));
    if (field == 0) {
        note_unknown(fault, name);
        return jz_scan_skip(scan, depth);
    }
    const uint64_t bit = UINT64_C(1) << field;
    if ((request->present & bit) != 0) {
        note(fault, field);
        return jz_scan_skip(scan, depth);
    }
    request->present |= bit;
    const uint8_t *const start = scan->next;
    if (!take_value(scan, &jz_fields_rules[field], request)) {
        /* What is mistyped counts as not there: no half-read nonce or ref is answered to. */
        request->present &= ~bit;
        note(fault, field);
        scan->next = start;
        return jz_scan_skip(scan, depth);
    }
    return true;
}

static uint32_t lowest(uint64_t set)
{
    JZ_ASSERT(set != 0);
    return (uint32_t)__builtin_ctzll(set);
}

/* Fields of orders that are set before reading, which is cheaper than to find out what is missing.
 */
#define PRESET                                                                                     \
    (JZ_FIELDS_BIT(REF) | JZ_FIELDS_BIT(CLIENT_ORDER_ID) | JZ_FIELDS_BIT(ORDER_ID) |               \
     JZ_FIELDS_BIT(TYPE) | JZ_FIELDS_BIT(TIME_IN_FORCE) | JZ_FIELDS_BIT(STP_MODE))

static void preset(struct jz_request *request)
{
    request->present = 0;
    request->op = 0;
    request->nonce = 0;
    request->account_count = 0;
    request->ref.kind = JZ_REF_NONE;
    request->client_order_id = (struct jz_text){"", 0};
    request->order_id = 0;
    request->type = (uint8_t)jz_fields_rules[JZ_FIELD_TYPE].fallback;
    request->time_in_force = (uint8_t)jz_fields_rules[JZ_FIELD_TIME_IN_FORCE].fallback;
    request->stp_mode = (uint8_t)jz_fields_rules[JZ_FIELD_STP_MODE].fallback;
}

/* Gives the other optional fields that did not come what they then are. */
static void fill_defaults(struct jz_request *request)
{
    uint64_t absent = jz_fields_ops[request->op].optional & ~request->present & ~PRESET;
    while (absent != 0) {
        const struct jz_fields_rule *rule = &jz_fields_rules[lowest(absent)];
        char *const member = (char *)request + rule->offset;
        if (rule->type == JZ_FIELDS_TEXT) {
            memcpy(member, &(struct jz_text){"", 0}, sizeof(struct jz_text));
        } else if (rule->bytes > 0) {
            store(member, rule->bytes, rule->fallback);
        }
        absent &= absent - 1;
    }
}

/* What is wrong with a map that was read to its end: the field, or 0 and fault->found false. */
static void judge(struct jz_request *request, struct fault *fault)
{
    const uint64_t named = JZ_FIELDS_BIT(ORDER_ID) | JZ_FIELDS_BIT(CLIENT_ORDER_ID);
    if (!jz_request_has(request, JZ_FIELD_V)) {
        *fault = (struct fault){.found = true, .field = JZ_FIELD_V};
        return;
    }
    if (!jz_request_has(request, JZ_FIELD_OP)) {
        *fault = (struct fault){.found = true, .field = JZ_FIELD_OP};
        return;
    }
    if (fault->found) {
        return;
    }
    const struct jz_fields_op *op = &jz_fields_ops[request->op];
    const uint64_t foreign = request->present & ~(op->needed | op->optional);
    const uint64_t missing = op->needed & ~request->present;
    if (foreign != 0) {
        note(fault, lowest(foreign));
    } else if (missing != 0) {
        note(fault, lowest(missing));
    } else if ((op->optional & named) == named) {
        const uint64_t given = request->present & named;
        if (given == 0) {
            note(fault, JZ_FIELD_ORDER_ID);
        } else if (given == named) {
            note(fault, JZ_FIELD_CLIENT_ORDER_ID);
        }
    }
}

/* The name of an unknown field as its sender gets it back. */
static struct jz_text shown(struct jz_codec *codec, struct jz_text name)
{
    uint32_t length = 0;
    while (length < name.length && length < sizeof(codec->unknown)) {
        const char c = name.bytes[length];
        codec->unknown[length] = '?';
        if (c > ' ' && c <= '~') {
            codec->unknown[length] = c;
        }
        length++;
    }
    return (struct jz_text){codec->unknown, length};
}

enum jz_result jz_codec_open(struct jz_codec *codec, const void *message, size_t message_bytes)
{
    *codec = (struct jz_codec){.next = message};
    codec->end = codec->next + message_bytes;
    if (message_bytes < 1 || message_bytes > JZ_WIRE_MESSAGE_BYTES_MAX) {
        return JZ_RESULT_MALFORMED;
    }
    struct jz_scan scan = {codec->next, codec->end};
    uint32_t count = 0;
    if ((*scan.next & 0xf0) == 0x80 || (*scan.next & 0xfe) == 0xde) {
        codec->left = 1;
        codec->depth = JZ_WIRE_DEPTH_MAX;
    } else {
        if (!jz_scan_array(&scan, &count) || count < 1 || count > JZ_WIRE_BATCH_MAX) {
            return JZ_RESULT_MALFORMED;
        }
        codec->next = scan.next;
        for (uint32_t i = 0; i < count; i++) {
            const uint8_t *const item = scan.next;
            if (!jz_scan_skip(&scan, JZ_WIRE_DEPTH_MAX - 1) ||
                ((*item & 0xf0) != 0x80 && (*item & 0xfe) != 0xde)) {
                return JZ_RESULT_MALFORMED;
            }
        }
        if (scan.next != scan.end) {
            return JZ_RESULT_MALFORMED;
        }
        codec->left = count;
        codec->depth = JZ_WIRE_DEPTH_MAX - 1;
    }
    codec->count = codec->left;
    return JZ_RESULT_DONE;
}

enum jz_result jz_codec_next(struct jz_codec *codec, struct jz_request *request,
                             struct jz_refusal *refusal)
{
    JZ_ASSERT(codec->left > 0);
    struct jz_scan scan = {codec->next, codec->end};
    struct fault fault = {.found = false};
    uint32_t pairs = 0;
    preset(request);
    codec->left--;

    bool is_whole = jz_scan_map(&scan, &pairs);
    if (is_whole && jz_express_read(&scan, pairs, request)) {
        codec->next = scan.next;
        if (codec->left > 0 || scan.next == scan.end) {
            return JZ_RESULT_DONE;
        }
        *refusal = (struct jz_refusal){.result = JZ_RESULT_MALFORMED};
        return JZ_RESULT_MALFORMED;
    }
    preset(request);
    for (uint32_t i = 0; is_whole && i < pairs; i++) {
        is_whole = take_pair(&scan, codec->depth - 1, request, &fault);
    }
    codec->next = scan.next;
    if (!is_whole || (codec->left == 0 && scan.next != scan.end)) {
        *refusal = (struct jz_refusal){.result = JZ_RESULT_MALFORMED};
        return JZ_RESULT_MALFORMED;
    }
    judge(request, &fault);
    if (fault.found) {
        *refusal = (struct jz_refusal){.result = JZ_RESULT_INVALID_PARAM};
        const char *word = jz_field_word((int)fault.field);
        refusal->field = fault.field == 0 ? shown(codec, fault.name)
                                          : (struct jz_text){word, (uint32_t)strlen(word)};
        return JZ_RESULT_INVALID_PARAM;
    }
    fill_defaults(request);
    return JZ_RESULT_DONE;
}
