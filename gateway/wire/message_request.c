/* message_request.c - packs requests by the table of fields. */
#include "gateway/wire/message.h"

#include "engine/base/assert.h"
#include "gateway/wire/fields.h"

#include <msgpack.h>

struct sink {
    uint8_t *next;
    uint8_t *end;
};

static int write_bytes(void *to, const char *bytes, size_t count)
{
    struct sink *sink = to;
    if (count > (size_t)(sink->end - sink->next)) {
        return -1;
    }
    memcpy(sink->next, bytes, count);
    sink->next += count;
    return 0;
}

static int pack_text(msgpack_packer *packer, struct jz_text text)
{
    const int failed = msgpack_pack_str(packer, text.length);
    return failed != 0 ? failed : msgpack_pack_str_body(packer, text.bytes, text.length);
}

static int pack_string(msgpack_packer *packer, const char *text)
{
    return pack_text(packer, (struct jz_text){text, (uint32_t)strlen(text)});
}

static uint64_t load(const void *member, uint32_t bytes)
{
    uint64_t value = 0;
    JZ_ASSERT(bytes == 1 || bytes == 4 || bytes == 8);
    memcpy(&value, member, bytes); /* little-endian: the low bytes */
    return value;
}

static int pack_word(msgpack_packer *packer, const struct jz_fields_word *words, uint64_t value)
{
    while (words->length > 0 && words->value != value) {
        words++;
    }
    return pack_text(packer, (struct jz_text){words->text, words->length});
}

static int pack_accounts(msgpack_packer *packer, const struct jz_request *request)
{
    int failed = msgpack_pack_array(packer, request->account_count);
    for (uint32_t i = 0; i < request->account_count && failed == 0; i++) {
        failed = msgpack_pack_uint32(packer, request->accounts[i]);
    }
    return failed;
}

static int pack_value(msgpack_packer *packer, const struct jz_request *request, uint32_t field)
{
    const struct jz_fields_rule *rule = &jz_fields_rules[field];
    const char *const member = (const char *)request + rule->offset;
    const struct jz_ref *ref = &request->ref;
    struct jz_text text;
    switch ((enum jz_fields_type)rule->type) {
    case JZ_FIELDS_NUMBER:
        return msgpack_pack_uint64(packer, field == JZ_FIELD_V ? JZ_WIRE_VERSION
                                                               : load(member, rule->bytes));
    case JZ_FIELDS_TEXT:
        memcpy(&text, member, sizeof(text));
        return pack_text(packer, text);
    case JZ_FIELDS_WORD:
        return pack_word(packer, rule->words, load(member, rule->bytes));
    case JZ_FIELDS_TRUTH:
        return load(member, rule->bytes) != 0 ? msgpack_pack_true(packer)
                                              : msgpack_pack_false(packer);
    case JZ_FIELDS_OP:
        return pack_string(packer, jz_wire_op_word((int)request->op));
    case JZ_FIELDS_REF:
        return ref->kind == JZ_REF_NUMBER
                   ? msgpack_pack_uint64(packer, ref->number)
                   : pack_text(packer, (struct jz_text){ref->text, ref->length});
    case JZ_FIELDS_ACCOUNTS:
        return pack_accounts(packer, request);
    case JZ_FIELDS_NONE:
        break;
    }
    return -1;
}

size_t jz_message_request(uint8_t *out, size_t room, const struct jz_request *request)
{
    struct sink sink = {out, out + room};
    msgpack_packer packer;
    uint64_t rest = request->present | JZ_FIELDS_BIT(V) | JZ_FIELDS_BIT(OP);
    msgpack_packer_init(&packer, &sink, write_bytes);
    int failed = msgpack_pack_map(&packer, (size_t)__builtin_popcountll(rest));
    while (rest != 0 && failed == 0) {
        const uint32_t field = (uint32_t)__builtin_ctzll(rest);
        failed = pack_string(&packer, jz_field_word((int)field));
        if (failed == 0) {
            failed = pack_value(&packer, request, field);
        }
        rest &= rest - 1;
    }
    return failed == 0 ? (size_t)(sink.next - out) : 0;
}

void jz_message_array(uint8_t *out, uint32_t count)
{
    JZ_ASSERT(count >= 1 && count <= JZ_WIRE_BATCH_MAX);
    out[0] = 0xdc;
    out[1] = (uint8_t)(count >> 8);
    out[2] = (uint8_t)count;
}
