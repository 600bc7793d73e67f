/* express.c - a grammar of orders as conditions, see express.h.
 *
 * Words of eight bytes are loaded so that they end with what they are to show: what lies before
 * them is a part of the message and shifted out. So nothing is read behind the end, and nothing has
 * to be copied for that.
 */
#include "gateway/wire/express.h"

#include "gateway/wire/fields.h"

#define INLINE static inline __attribute__((always_inline))

/* A str as it stands in a message: its head and its characters, which are two literals so that the
 * head does not swallow a character that is a hex digit. */
#define PACKED(head, text) head text, sizeof(head text) - 1

#define BIT(name) JZ_FIELDS_BIT(name)

/* No order is shorter; from here on there are eight bytes before every position but the first. */
#define ORDER_BYTES 32u

struct express {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t present;
    uint32_t pairs; /* read so far */
};

/* Byte i of a constant at its place in a word; 0 behind its end. */
INLINE uint64_t letter(const char *packed, size_t bytes, size_t i)
{
    return i < bytes ? (uint64_t)(uint8_t)packed[i] << (8 * i) : 0;
}

/* The first up to 8 bytes of a constant as a word. Spelt out, for the compiler to do it: a memcpy
 * into a part of a word becomes stores and a load that has to wait for them. */
INLINE uint64_t word_of(const char *packed, size_t bytes)
{
    return letter(packed, bytes, 0) | letter(packed, bytes, 1) | letter(packed, bytes, 2) |
           letter(packed, bytes, 3) | letter(packed, bytes, 4) | letter(packed, bytes, 5) |
           letter(packed, bytes, 6) | letter(packed, bytes, 7);
}

/* The 1..8 bytes before a position, as a word with zeros above them. */
INLINE uint64_t word_before(const uint8_t *at, size_t bytes)
{
    uint64_t word;
    memcpy(&word, at - 8, 8);
    return word >> (64 - 8 * bytes);
}

/* Whether a constant of 1..16 bytes lies here, of which so many are left. */
INLINE bool is_here(const uint8_t *at, size_t left, const char *packed, size_t bytes)
{
    if (left < bytes) {
        return false;
    }
    if (bytes <= 8) {
        return word_before(at + bytes, bytes) == word_of(packed, bytes);
    }
    return word_before(at + 8, 8) == word_of(packed, 8) &&
           word_before(at + bytes, 8) == word_of(packed + bytes - 8, 8);
}

INLINE size_t left_of(const struct express *express)
{
    return (size_t)(express->end - express->at);
}

/* Steps over the bytes if they are next. */
INLINE bool takes(struct express *express, const char *packed, size_t bytes)
{
    if (!is_here(express->at, left_of(express), packed, bytes)) {
        return false;
    }
    express->at += bytes;
    return true;
}

/* The same for a key, the beginning of a pair of this field. */
INLINE bool has_key(struct express *express, uint64_t bit, const char *packed, size_t bytes)
{
    if (!takes(express, packed, bytes)) {
        return false;
    }
    express->present |= bit;
    express->pairs++;
    return true;
}

/* A number in one of the unsigned encodings. Its width is computed and not branched on, because it
 * changes from message to message. */
INLINE bool take_number(struct express *express, uint64_t *value)
{
    const uint8_t *const at = express->at;
    if (left_of(express) < 1) {
        return false;
    }
    if (*at < 0x80) {
        *value = *at;
        express->at++;
        return true;
    }
    const uint32_t code = *at - 0xccu; /* 0..3 for 1, 2, 4 and 8 bytes */
    const size_t width = (size_t)1 << (code & 3);
    if (code > 3 || left_of(express) < 1 + width) {
        return false;
    }
    *value = jz_scan_be64(at + 1 + width - 8) << (64 - 8 * width) >> (64 - 8 * width);
    express->at += 1 + width;
    return true;
}

INLINE bool take_id(struct express *express, uint64_t *value)
{
    return take_number(express, value) && *value > 0;
}

INLINE bool take_account(struct express *express, uint32_t *account)
{
    uint64_t value = 0;
    if (!take_number(express, &value) || value > UINT32_MAX) {
        return false;
    }
    *account = (uint32_t)value;
    return true;
}

/* A text of 1..most bytes, ASCII without NUL; one with other characters is not usual. */
INLINE bool take_text(struct express *express, uint32_t most, struct jz_text *text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high = UINT64_C(0x8080808080808080);
    if (left_of(express) < 1) {
        return false;
    }
    const uint32_t length = *express->at ^ 0xa0u; /* 32 or more for what is no short str */
    const uint8_t *const bytes = express->at + 1;
    uint64_t faults = 0;
    if (length - 1 >= most || left_of(express) < 1 + length) {
        return false;
    }
    for (uint32_t i = 8; i < length; i += 8) {
        const uint64_t eight = word_before(bytes + i, 8);
        faults |= eight | (eight - ones);
    }
    /* The last word overlaps the one before it; in a short text, the key, which does not count. */
    const uint64_t key = length < 8 ? ~UINT64_C(0) >> (8 * length) : 0;
    const uint64_t last = (word_before(bytes + length, 8) & ~key) | (ones & key);
    faults |= last | (last - ones);
    *text = (struct jz_text){(const char *)bytes, length};
    express->at += 1 + length;
    return (faults & high) == 0;
}

/* Side and time in force are taken without a branch: which it is cannot be foreseen. */
INLINE bool take_side(struct express *express, uint8_t *side)
{
    const bool buy = is_here(express->at, left_of(express), PACKED("\xa3", "buy"));
    const bool sell = is_here(express->at, left_of(express), PACKED("\xa4", "sell"));
    *side = (uint8_t)(JZ_SIDE_BUY * buy + JZ_SIDE_SELL * sell);
    express->at += 4 + sell;
    return buy | sell;
}

INLINE bool take_time_in_force(struct express *express, uint8_t *time_in_force)
{
    const bool gtc = is_here(express->at, left_of(express), PACKED("\xa3", "gtc"));
    const bool ioc = is_here(express->at, left_of(express), PACKED("\xa3", "ioc"));
    *time_in_force = (uint8_t)(JZ_TIF_GTC * gtc + JZ_TIF_IOC * ioc);
    express->at += 4;
    return gtc | ioc;
}

/* nonce, ref and account: how each of the three goes on behind its op. */
INLINE bool take_front(struct express *express, struct jz_request *request)
{
    if (!has_key(express, BIT(NONCE), PACKED("\xa5", "nonce")) ||
        !take_id(express, &request->nonce)) {
        return false;
    }
    if (has_key(express, BIT(REF), PACKED("\xa3", "ref"))) {
        request->ref.kind = JZ_REF_NUMBER;
        if (!take_number(express, &request->ref.number)) {
            return false;
        }
    }
    return has_key(express, BIT(ACCOUNT), PACKED("\xa7", "account")) &&
           take_account(express, &request->account);
}

/* The client's name of an order, unless there was one already. */
INLINE bool take_name(struct express *express, struct jz_request *request)
{
    return (express->present & BIT(CLIENT_ORDER_ID)) != 0 ||
           !has_key(express, BIT(CLIENT_ORDER_ID), PACKED("\xaf", "client_order_id")) ||
           take_text(express, JZ_CLIENT_ID_BYTES, &request->client_order_id);
}

INLINE bool take_either_name(struct express *express, struct jz_request *request)
{
    return take_name(express, request) &&
           ((express->present & BIT(ORDER_ID)) != 0 ||
            !has_key(express, BIT(ORDER_ID), PACKED("\xa8", "order_id")) ||
            take_id(express, &request->order_id));
}

INLINE bool take_lots_and_price(struct express *express, struct jz_request *request)
{
    return has_key(express, BIT(LOTS), PACKED("\xa4", "lots")) &&
           take_number(express, &request->lots) &&
           has_key(express, BIT(PRICE), PACKED("\xa5", "price")) &&
           take_number(express, &request->price);
}

INLINE bool take_place(struct express *express, struct jz_request *request)
{
    return take_front(express, request) && take_name(express, request) &&
           has_key(express, BIT(SYMBOL), PACKED("\xa6", "symbol")) &&
           take_text(express, JZ_SYMBOL_MAX, &request->symbol) &&
           has_key(express, BIT(SIDE), PACKED("\xa4", "side")) &&
           take_side(express, &request->side) &&
           (!has_key(express, BIT(TYPE), PACKED("\xa4", "type")) ||
            takes(express, PACKED("\xa5", "limit"))) &&
           take_lots_and_price(express, request) &&
           (!has_key(express, BIT(TIME_IN_FORCE), PACKED("\xad", "time_in_force")) ||
            take_time_in_force(express, &request->time_in_force)) &&
           (!has_key(express, BIT(STP_MODE), PACKED("\xa8", "stp_mode")) ||
            takes(express, PACKED("\xad", "cancel_newest"))) &&
           take_name(express, request);
}

INLINE bool take_cancel(struct express *express, struct jz_request *request)
{
    return take_front(express, request) && take_either_name(express, request);
}

INLINE bool take_replace(struct express *express, struct jz_request *request)
{
    return take_front(express, request) && take_either_name(express, request) &&
           take_lots_and_price(express, request) && take_either_name(express, request);
}

/* An existing order is named in exactly one way. */
INLINE bool names_one(const struct express *express)
{
    const uint64_t both = BIT(ORDER_ID) | BIT(CLIENT_ORDER_ID);
    return (express->present & both) != 0 && (express->present & both) != both;
}

INLINE bool take_order(struct express *express, struct jz_request *request)
{
    static const char front[8] = "\xa1v\x01\xa2op";
    if (memcmp(express->at, front, 6) != 0) {
        return false;
    }
    express->at += 6;
    express->present = BIT(V) | BIT(OP);
    express->pairs = 2;
    if (takes(express, PACKED("\xab", "place_order"))) {
        request->op = JZ_OP_PLACE_ORDER;
        return take_place(express, request);
    }
    if (takes(express, PACKED("\xac", "cancel_order"))) {
        request->op = JZ_OP_CANCEL_ORDER;
        return take_cancel(express, request) && names_one(express);
    }
    request->op = JZ_OP_REPLACE_ORDER;
    return takes(express, PACKED("\xad", "replace_order")) && take_replace(express, request) &&
           names_one(express);
}

bool jz_express_read(struct jz_scan *scan, uint32_t pairs, struct jz_request *request)
{
    _Static_assert(JZ_WIRE_VERSION == 1, "the version stands in take_order");
    struct express express = {.at = scan->next, .end = scan->end};
    if (left_of(&express) < ORDER_BYTES || !take_order(&express, request) ||
        express.pairs != pairs) {
        return false;
    }
    request->v = JZ_WIRE_VERSION;
    request->present = express.present;
    scan->next = express.at;
    return true;
}
