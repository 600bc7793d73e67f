/* unpack.h - typed reads from maps that msgpack-c unpacked; private to message.h's files.
 *
 * A map is read by naming its fields. What is missing or of another type does not stop the reading
 * but is remembered: look at is_good once, at the end.
 */
#ifndef JZ_WIRE_UNPACK_H
#define JZ_WIRE_UNPACK_H

#include "gateway/wire/message.h"
#include "gateway/wire/scan.h"

#include <msgpack.h>

struct jz_message_reader {
    msgpack_zone zone;    /* holds what was unpacked last */
    struct jz_scan items; /* of the message, not yet given out */
    uint32_t left;
};

/* The fields of a map. Each search goes on behind the last find and then around, so that a map read
 * in the order in which it was written is walked once. */
struct jz_unpack_fields {
    const msgpack_object_map *map;
    uint32_t at;
    bool is_good; /* no field so far was of a wrong type, and none that is needed was missing */
};

/* Unpacks the value at the front of the scan, which was walked already, and steps over it. What the
 * zone held before is gone. JZ_OK, JZ_ENOMEM or JZ_EPROTOCOL. */
JZ_MUST_USE int jz_unpack_next(msgpack_zone *zone, struct jz_scan *scan, msgpack_object *object);

/* The fields of an object; no good if it is NULL or no map. */
struct jz_unpack_fields jz_unpack_map(const msgpack_object *object);

/* The value of a field, or NULL. */
const msgpack_object *jz_unpack_find(struct jz_unpack_fields *fields, const char *name);

/* The same if it has the type; else NULL, and the map is no good if it is needed or mistyped. */
const msgpack_object *jz_unpack_take(struct jz_unpack_fields *fields, const char *name,
                                     msgpack_object_type type, bool is_needed);

/* A number that must be there; one that may be left out and is then 0; one below 2^32. */
uint64_t jz_unpack_number(struct jz_unpack_fields *fields, const char *name);
uint64_t jz_unpack_optional(struct jz_unpack_fields *fields, const char *name);
uint32_t jz_unpack_small(struct jz_unpack_fields *fields, const char *name);

bool jz_unpack_truth(struct jz_unpack_fields *fields, const char *name, bool is_needed);

/* Borrowed; "" where it is left out. */
struct jz_text jz_unpack_text(struct jz_unpack_fields *fields, const char *name, bool is_needed);

/* The value below end whose word the field has, 0 if it is a word of a newer version. */
int jz_unpack_word(struct jz_unpack_fields *fields, const char *name, const char *(*word_of)(int),
                   int end);

#endif /* JZ_WIRE_UNPACK_H */
