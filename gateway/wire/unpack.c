/* unpack.c - typed reads from maps that msgpack-c unpacked. */
#include "gateway/wire/unpack.h"

int jz_unpack_next(msgpack_zone *zone, struct jz_scan *scan, msgpack_object *object)
{
    size_t taken = 0;
    msgpack_zone_clear(zone);
    const int outcome = msgpack_unpack((const char *)scan->next, (size_t)(scan->end - scan->next),
                                       &taken, zone, object);
    if (outcome != MSGPACK_UNPACK_SUCCESS && outcome != MSGPACK_UNPACK_EXTRA_BYTES) {
        return outcome == MSGPACK_UNPACK_NOMEM_ERROR ? JZ_ENOMEM : JZ_EPROTOCOL;
    }
    scan->next += taken;
    return JZ_OK;
}

const msgpack_object *jz_unpack_find(struct jz_unpack_fields *fields, const char *name)
{
    const size_t length = strlen(name);
    const uint32_t count = fields->map->size;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = fields->at + i < count ? fields->at + i : fields->at + i - count;
        const msgpack_object *key = &fields->map->ptr[at].key;
        if (key->type == MSGPACK_OBJECT_STR && key->via.str.size == length &&
            memcmp(key->via.str.ptr, name, length) == 0) {
            fields->at = at + 1 < count ? at + 1 : 0;
            return &fields->map->ptr[at].val;
        }
    }
    return NULL;
}

const msgpack_object *jz_unpack_take(struct jz_unpack_fields *fields, const char *name,
                                     msgpack_object_type type, bool is_needed)
{
    const msgpack_object *object = jz_unpack_find(fields, name);
    if (object == NULL) {
        fields->is_good = fields->is_good && !is_needed;
        return NULL;
    }
    if (object->type != type) {
        fields->is_good = false;
        return NULL;
    }
    return object;
}

uint64_t jz_unpack_optional(struct jz_unpack_fields *fields, const char *name)
{
    const msgpack_object *object =
        jz_unpack_take(fields, name, MSGPACK_OBJECT_POSITIVE_INTEGER, false);
    return object != NULL ? object->via.u64 : 0;
}

uint64_t jz_unpack_number(struct jz_unpack_fields *fields, const char *name)
{
    const msgpack_object *object =
        jz_unpack_take(fields, name, MSGPACK_OBJECT_POSITIVE_INTEGER, true);
    return object != NULL ? object->via.u64 : 0;
}

uint32_t jz_unpack_small(struct jz_unpack_fields *fields, const char *name)
{
    const uint64_t value = jz_unpack_number(fields, name);
    fields->is_good = fields->is_good && value <= UINT32_MAX;
    return (uint32_t)value;
}

bool jz_unpack_truth(struct jz_unpack_fields *fields, const char *name, bool is_needed)
{
    const msgpack_object *object = jz_unpack_take(fields, name, MSGPACK_OBJECT_BOOLEAN, is_needed);
    return object != NULL && object->via.boolean;
}

struct jz_text jz_unpack_text(struct jz_unpack_fields *fields, const char *name, bool is_needed)
{
    const msgpack_object *object = jz_unpack_take(fields, name, MSGPACK_OBJECT_STR, is_needed);
    return object != NULL ? (struct jz_text){object->via.str.ptr, object->via.str.size}
                          : (struct jz_text){"", 0};
}

int jz_unpack_word(struct jz_unpack_fields *fields, const char *name, const char *(*word_of)(int),
                   int end)
{
    const struct jz_text said = jz_unpack_text(fields, name, true);
    for (int value = 1; value < end; value++) {
        const char *const known = word_of(value);
        if (known[0] != '?' && strlen(known) == said.length &&
            memcmp(known, said.bytes, said.length) == 0) {
            return value;
        }
    }
    return 0;
}

struct jz_unpack_fields jz_unpack_map(const msgpack_object *object)
{
    static const msgpack_object_map empty = {0, NULL};
    const bool is_map = object != NULL && object->type == MSGPACK_OBJECT_MAP;
    return (struct jz_unpack_fields){.map = is_map ? &object->via.map : &empty, .is_good = is_map};
}
