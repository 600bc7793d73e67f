/* quick.c - one loop over tables of fields, which stand in the order in which they are written. */
#include "clients/c/quick.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stddef.h>

enum type {
    NUMBER, /* uint64_t */
    SMALL,  /* uint32_t */
    WORD,   /* value of an enum, by word_of; 0 for an unknown word */
    COUNT,  /* the same into a uint64_t */
    TRUTH,  /* uint64_t */
    TEXT,   /* struct jz_text */
    SKIP,   /* any value */
    RESULT, /* a map of the fields behind this one */
};

struct field {
    const char *name;
    uint8_t length;
    uint8_t type; /* enum type */
    uint16_t offset;
    const char *(*word_of)(int value);
    bool is_needed;
};

#define FIELD(text, kind, place, words, needed)                                                    \
    {                                                                                              \
        (text), sizeof(text) - 1, (kind), (place), (words), (needed)                               \
    }
#define OF_ORDER(member)  ((uint16_t)offsetof(struct jz_quick_order, member))
#define OF_REPORT(member) ((uint16_t)offsetof(struct jz_report, member))
#define WORDS_MAX         16 /* no enum on the wire has more values */

static const struct field order_fields[] = {
    FIELD("v", NUMBER, OF_ORDER(v), NULL, true),
    FIELD("nonce", NUMBER, OF_ORDER(nonce), NULL, true),
    FIELD("ok", TRUTH, OF_ORDER(ok), NULL, true),
    FIELD("seq", NUMBER, OF_ORDER(seq), NULL, true),
    FIELD("duplicate", TRUTH, OF_ORDER(duplicate), NULL, false),
    FIELD("durability", SKIP, 0, NULL, false),
    FIELD("result", RESULT, 0, NULL, true),
};

static const struct field result_fields[] = {
    FIELD("order_id", NUMBER, OF_ORDER(order_id), NULL, true),
    FIELD("status", COUNT, OF_ORDER(status), jz_wire_status_word, true),
    FIELD("cum_lots", NUMBER, OF_ORDER(cum_lots), NULL, true),
    FIELD("leaves_lots", NUMBER, OF_ORDER(leaves_lots), NULL, true),
};

static const struct field report_fields[] = {
    FIELD("stream_seq", NUMBER, OF_REPORT(stream_seq), NULL, true),
    FIELD("seq", NUMBER, OF_REPORT(seq), NULL, true),
    FIELD("ts", NUMBER, OF_REPORT(ts), NULL, true),
    FIELD("exec_type", WORD, OF_REPORT(exec_type), jz_wire_exec_word, true),
    FIELD("account", SMALL, OF_REPORT(account), NULL, true),
    FIELD("order_id", NUMBER, OF_REPORT(order_id), NULL, true),
    FIELD("client_order_id", TEXT, OF_REPORT(client_order_id), NULL, false),
    FIELD("symbol", TEXT, OF_REPORT(symbol), NULL, true),
    FIELD("side", WORD, OF_REPORT(side), jz_wire_side_word, true),
    FIELD("price", NUMBER, OF_REPORT(price), NULL, true),
    FIELD("status", WORD, OF_REPORT(status), jz_wire_status_word, true),
    FIELD("lots", NUMBER, OF_REPORT(lots), NULL, true),
    FIELD("cum_lots", NUMBER, OF_REPORT(cum_lots), NULL, true),
    FIELD("leaves_lots", NUMBER, OF_REPORT(leaves_lots), NULL, true),
    FIELD("last_lots", NUMBER, OF_REPORT(last_lots), NULL, false),
    FIELD("last_price", NUMBER, OF_REPORT(last_price), NULL, false),
    FIELD("trade_no", NUMBER, OF_REPORT(trade_no), NULL, false),
    FIELD("liquidity", WORD, OF_REPORT(liquidity), jz_wire_liquidity_word, false),
    FIELD("reason", WORD, OF_REPORT(reason), jz_wire_reason_word, false),
};

#define LENGTH_OF(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

_Static_assert(LENGTH_OF(report_fields) < 32, "a set of fields found is 32 bits");
_Static_assert(sizeof(enum jz_exec_type) == 4, "a WORD is written as 32 bits");

static bool is_named(const struct field *field, struct jz_text name)
{
    return field->length == name.length && memcmp(field->name, name.bytes, name.length) == 0;
}

/* Index of the field with this name, first looked for at `next`; count if there is none. */
static uint32_t find(const struct field *fields, uint32_t count, uint32_t next, struct jz_text name)
{
    for (uint32_t i = next; i < count; i++) {
        if (is_named(&fields[i], name)) {
            return i;
        }
    }
    for (uint32_t i = 0; i < next; i++) {
        if (is_named(&fields[i], name)) {
            return i;
        }
    }
    return count;
}

static uint32_t value_of(const struct field *field, struct jz_text word)
{
    for (int value = 1; value < WORDS_MAX; value++) {
        const char *text = field->word_of(value);
        if (strlen(text) == word.length && memcmp(text, word.bytes, word.length) == 0) {
            return (uint32_t)value;
        }
    }
    return 0;
}

static bool read_fields(struct jz_scan *scan, const struct field *fields, uint32_t field_count,
                        void *into);

static bool read_truth(struct jz_scan *scan, uint64_t *value)
{
    if (scan->next == scan->end || (*scan->next | 1) != 0xc3) {
        return false;
    }
    *value = *scan->next++ & 1;
    return true;
}

static bool read_value(struct jz_scan *scan, const struct field *field, void *into)
{
    unsigned char *place = (unsigned char *)into + field->offset;
    uint64_t number = 0;
    uint32_t small = 0;
    struct jz_text text;
    switch ((enum type)field->type) {
    case NUMBER:
        if (!jz_scan_number(scan, &number)) {
            return false;
        }
        memcpy(place, &number, sizeof(number));
        return true;
    case SMALL:
        if (!jz_scan_number(scan, &number) || number > UINT32_MAX) {
            return false;
        }
        small = (uint32_t)number;
        memcpy(place, &small, sizeof(small));
        return true;
    case WORD:
        if (!jz_scan_text(scan, &text)) {
            return false;
        }
        small = value_of(field, text);
        memcpy(place, &small, sizeof(small));
        return true;
    case COUNT:
        if (!jz_scan_text(scan, &text)) {
            return false;
        }
        number = value_of(field, text);
        memcpy(place, &number, sizeof(number));
        return true;
    case TRUTH:
        if (!read_truth(scan, &number)) {
            return false;
        }
        memcpy(place, &number, sizeof(number));
        return true;
    case TEXT:
        if (!jz_scan_text(scan, &text)) {
            return false;
        }
        memcpy(place, &text, sizeof(text));
        return true;
    case SKIP:
        return jz_scan_skip(scan, JZ_WIRE_DEPTH_MAX);
    case RESULT:
        return read_fields(scan, result_fields, LENGTH_OF(result_fields), into);
    }
    return false;
}

/* Reads a map whose fields are in the table, or unknown and skipped. False: a field that is needed
 * is missing, or one has another type. */
static bool read_fields(struct jz_scan *scan, const struct field *fields, uint32_t field_count,
                        void *into)
{
    uint32_t entries = 0;
    uint32_t found = 0;
    uint32_t next = 0;
    if (!jz_scan_map(scan, &entries)) {
        return false;
    }
    for (; entries > 0; entries--) {
        struct jz_text name;
        if (!jz_scan_text(scan, &name)) {
            return false;
        }
        const uint32_t index = find(fields, field_count, next, name);
        if (index == field_count) {
            if (!jz_scan_skip(scan, JZ_WIRE_DEPTH_MAX)) {
                return false;
            }
            continue;
        }
        if (!read_value(scan, &fields[index], into)) {
            return false;
        }
        found |= 1u << index;
        next = index + 1;
    }
    for (uint32_t i = 0; i < field_count; i++) {
        if (fields[i].is_needed && (found & 1u << i) == 0) {
            return false;
        }
    }
    return true;
}

/* The name of the first field of a map, "" if it is none. */
static struct jz_text first_name(struct jz_scan scan)
{
    struct jz_text name = {"", 0};
    uint32_t entries = 0;
    if (!jz_scan_map(&scan, &entries) || entries == 0 || !jz_scan_text(&scan, &name)) {
        return (struct jz_text){"", 0};
    }
    return name;
}

enum jz_quick_kind jz_quick_read(struct jz_scan *scan, union jz_quick *quick)
{
    const struct jz_text first = first_name(*scan);
    struct jz_scan at = *scan;
    enum jz_quick_kind kind = JZ_QUICK_OTHER;
    if (is_named(&order_fields[0], first)) {
        quick->order = (struct jz_quick_order){0};
        if (read_fields(&at, order_fields, LENGTH_OF(order_fields), &quick->order) &&
            quick->order.v == JZ_WIRE_VERSION && quick->order.ok == 1) {
            kind = JZ_QUICK_ORDER;
        }
    } else if (is_named(&report_fields[0], first)) {
        quick->report = (struct jz_report){0};
        if (read_fields(&at, report_fields, LENGTH_OF(report_fields), &quick->report)) {
            kind = JZ_QUICK_REPORT;
        }
    }
    if (kind != JZ_QUICK_OTHER) {
        *scan = at;
    }
    return kind;
}
