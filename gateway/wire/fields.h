/* fields.h - the request fields and ops of gateway/PROTOCOL.md as tables: what each field is, which
 * ops take it, and how its word is found.
 *
 * One table serves both ends: the gateway decodes by it and the client packs by it.
 */
#ifndef JZ_WIRE_FIELDS_H
#define JZ_WIRE_FIELDS_H

#include "gateway/wire/wire.h"

/* One member per field; they are numbered from 1 without gaps, so the last is their count. */
enum {
    JZ_FIELDS_BEFORE,
#define X(value, name, word) JZ_FIELDS_COUNTED_##name,
    JZ_FIELD_MAP(X)
#undef X
        JZ_FIELDS_END,
    JZ_FIELDS_LAST = JZ_FIELDS_END - 1,
};
_Static_assert(JZ_FIELDS_LAST < 64, "a set of fields is 64 bits");

#define JZ_FIELDS_BIT(name) (UINT64_C(1) << JZ_FIELD_##name)

enum jz_fields_type {
    JZ_FIELDS_NONE = 0,     /* no request has it */
    JZ_FIELDS_NUMBER = 1,   /* least..most, in `bytes` bytes */
    JZ_FIELDS_TEXT = 2,     /* struct jz_text of least..most bytes */
    JZ_FIELDS_WORD = 3,     /* one of words, its value in `bytes` bytes */
    JZ_FIELDS_TRUTH = 4,    /* bool */
    JZ_FIELDS_OP = 5,       /* enum jz_op */
    JZ_FIELDS_REF = 6,      /* struct jz_ref */
    JZ_FIELDS_ACCOUNTS = 7, /* up to JZ_WIRE_ACCOUNTS_MAX numbers */
};

/* A word of up to 16 characters, padded with NUL, and what it stands for. */
struct jz_fields_word {
    char text[16];
    uint32_t length; /* 0: this entry is empty, or the end of a list */
    uint32_t value;
};

/* One field: its type and where struct jz_request has it. */
struct jz_fields_rule {
    uint8_t type;    /* enum jz_fields_type */
    uint8_t bytes;   /* NUMBER and WORD: 1, 4 or 8 */
    uint32_t offset; /* in struct jz_request */
    uint64_t least;
    uint64_t most;
    uint64_t fallback; /* NUMBER, WORD and TRUTH: what it is when it is left out */
    const struct jz_fields_word *words;
};

/* By enum jz_field. */
extern const struct jz_fields_rule jz_fields_rules[JZ_FIELDS_LAST + 1];

/* Sets of fields of an op; v, op, nonce and ref among them. */
struct jz_fields_op {
    uint64_t needed;
    uint64_t optional;
};

/* By enum jz_op. */
extern const struct jz_fields_op jz_fields_ops[JZ_OP_GET_BOOK + 1];

/* Perfect hashing: every word has a slot of its own, so one look says whether it is known. */
#define JZ_FIELDS_SLOT_BITS      7
#define JZ_FIELDS_OP_SLOT_BITS   5
#define JZ_FIELDS_SLOT_FACTOR    UINT64_C(0x7d2186d3e323ce55)
#define JZ_FIELDS_OP_SLOT_FACTOR UINT64_C(0xe4b06ce60741c7a9)
extern const struct jz_fields_word jz_fields_slots[1u << JZ_FIELDS_SLOT_BITS];
extern const struct jz_fields_word jz_fields_op_slots[1u << JZ_FIELDS_OP_SLOT_BITS];

/* A word as two numbers, zero behind its end, so that comparing it takes no loop. */
struct jz_fields_key {
    uint64_t low;
    uint64_t high;
    uint32_t length;
};

/* The key of a text, the bytes up to end being readable. One of more than 16 bytes equals no word.
 */
static inline struct jz_fields_key jz_fields_key(struct jz_text text, const uint8_t *end)
{
    struct jz_fields_key key = {0, 0, text.length};
    const uint8_t *const bytes = (const uint8_t *)text.bytes;
    if (text.length > 16) {
        return key;
    }
    if (end - bytes >= 16) {
        memcpy(&key.low, bytes, 8);
        memcpy(&key.high, bytes + 8, 8);
        /* Shifts by 64 are not defined, so a half that is used up is cleared by choice. */
        const uint32_t drop = 8 * ((16 - text.length) & 7);
        if (text.length <= 8) {
            key.high = 0;
            key.low = text.length == 0 ? 0 : key.low << drop >> drop;
        } else {
            key.high = key.high << drop >> drop;
        }
    } else {
        memcpy(&key, bytes, text.length);
    }
    return key;
}

static inline bool jz_fields_same(const struct jz_fields_word *word, struct jz_fields_key key)
{
    uint64_t low;
    uint64_t high;
    memcpy(&low, word->text, 8);
    memcpy(&high, word->text + 8, 8);
    return low == key.low && high == key.high && word->length == key.length;
}

/* The slot of a key among 1 << bits. */
static inline uint32_t jz_fields_slot(struct jz_fields_key key, uint64_t factor, uint32_t bits)
{
    return (uint32_t)(((key.low + key.high * 3) * factor) >> (64 - bits));
}

/* The enum jz_field of a key, 0 if there is none of that name. */
static inline uint32_t jz_fields_find(struct jz_fields_key key)
{
    const struct jz_fields_word *word =
        &jz_fields_slots[jz_fields_slot(key, JZ_FIELDS_SLOT_FACTOR, JZ_FIELDS_SLOT_BITS)];
    return jz_fields_same(word, key) ? word->value : 0;
}

/* The enum jz_op of a key, 0 if there is none of that name. */
static inline uint32_t jz_fields_find_op(struct jz_fields_key key)
{
    const struct jz_fields_word *word =
        &jz_fields_op_slots[jz_fields_slot(key, JZ_FIELDS_OP_SLOT_FACTOR, JZ_FIELDS_OP_SLOT_BITS)];
    return jz_fields_same(word, key) ? word->value : 0;
}

/* The value of a key in a list of words, 0 if it is not in it. */
static inline uint32_t jz_fields_find_word(const struct jz_fields_word *words,
                                           struct jz_fields_key key)
{
    while (words->length > 0 && !jz_fields_same(words, key)) {
        words++;
    }
    return words->value; /* of the end of the list: 0 */
}

#endif /* JZ_WIRE_FIELDS_H */
