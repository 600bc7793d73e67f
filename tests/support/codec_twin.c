/* codec_twin.c - see codec_twin.h. */
#include "tests/support/codec_twin.h"

#include "engine/base/assert.h"
#include "gateway/wire/codec.h"

#include <msgpack.h>

#include <stdio.h>
#include <string.h>

enum { LEVELS = 8, ITEMS = 1024, BYTES = 262144 };

/* One field: 'n' number, 't' text, 'w' word, 'b' truth, 'o' op, 'r' ref, 'a' accounts. */
struct twin_field {
    const char *name;
    char type;
    uint64_t least;
    uint64_t most; /* texts: bytes */
    size_t offset;
    size_t bytes;
    const char *words; /* separated by blanks; the first has value 1 */
    uint64_t fallback;
};

#define PLACE(member) offsetof(struct jz_request, member), sizeof(((struct jz_request *)0)->member)

/* In the order of jiaozi/result.h. */
static const struct twin_field twin_fields[] = {
    {"v", 'n', 1, 1, PLACE(v), NULL, 0},
    {"op", 'o', 0, 0, PLACE(op), NULL, 0},
    {"nonce", 'n', 1, UINT64_MAX, PLACE(nonce), NULL, 0},
    {"ref", 'r', 1, 16, PLACE(ref), NULL, 0},
    {"account", 'n', 0, UINT32_MAX, PLACE(account), NULL, 0},
    {"accounts", 'a', 0, UINT32_MAX, PLACE(accounts), NULL, 0},
    {"lane", 'n', 0, UINT32_MAX, PLACE(lane), NULL, 0},
    {"ordered", 'b', 0, 0, PLACE(ordered), NULL, 0},
    {"symbol", 't', 1, 25, PLACE(symbol), NULL, 0},
    {"side", 'w', 0, 0, PLACE(side), "buy sell", 0},
    {"type", 'w', 0, 0, PLACE(type), "limit", 1},
    {"lots", 'n', 0, UINT64_MAX, PLACE(lots), NULL, 0},
    {"price", 'n', 0, UINT64_MAX, PLACE(price), NULL, 0},
    {"time_in_force", 'w', 0, 0, PLACE(time_in_force), "gtc ioc", 1},
    {"stp_mode", 'w', 0, 0, PLACE(stp_mode), "cancel_newest", 1},
    {"client_order_id", 't', 1, 16, PLACE(client_order_id), NULL, 0},
    {"order_id", 'n', 1, UINT64_MAX, PLACE(order_id), NULL, 0},
    {"currency", 't', 1, 12, PLACE(currency), NULL, 0},
    {"amount", 'n', 0, UINT64_MAX, PLACE(amount), NULL, 0},
    {"source_id", 't', 1, 32, PLACE(source_id), NULL, 0},
    {"code", 't', 1, 12, PLACE(code), NULL, 0},
    {"merchant", 'n', 0, UINT32_MAX, PLACE(merchant), NULL, 0},
    {"scale", 'n', 0, UINT32_MAX, PLACE(scale), NULL, 2},
    {"supply_cap", 'n', 0, UINT64_MAX, PLACE(supply_cap), NULL, (UINT64_C(1) << 62) - 1},
    {"role", 'w', 0, 0, PLACE(role), "member merchant market_maker", 0},
    {"base", 't', 1, 12, PLACE(base), NULL, 0},
    {"quote", 't', 1, 12, PLACE(quote), NULL, 0},
    {"base_lot", 'n', 0, UINT64_MAX, PLACE(base_lot), NULL, 0},
    {"quote_unit", 'n', 0, UINT64_MAX, PLACE(quote_unit), NULL, 1},
    {"tick", 'n', 0, UINT64_MAX, PLACE(tick), NULL, 1},
    {"price_min", 'n', 0, UINT64_MAX, PLACE(price_min), NULL, 1},
    {"price_max", 'n', 0, UINT64_MAX, PLACE(price_max), NULL, (UINT64_C(1) << 31) - 1},
    {"min_notional", 'n', 0, UINT64_MAX, PLACE(min_notional), NULL, 0},
    {"band", 'n', 0, UINT32_MAX, PLACE(band), NULL, 0},
    {"reference", 'n', 0, UINT32_MAX, PLACE(reference), NULL, 0},
    {"depth", 'n', 1, 5000, PLACE(depth), NULL, 5000},
    {"digest", 'b', 0, 0, PLACE(digest), NULL, 0},
    {"from", 'n', 1, UINT32_MAX, PLACE(from), NULL, 1},
};

#define FIELDS (sizeof(twin_fields) / sizeof(twin_fields[0]))

/* An op, what it needs and what it may have besides. */
static const struct {
    const char *name;
    const char *needed;
    const char *optional;
} twin_ops[] = {
    {"put_currency", "v op nonce code", "ref merchant scale supply_cap"},
    {"put_account", "v op nonce account role", "ref"},
    {"put_market", "v op nonce base quote base_lot",
     "ref quote_unit tick price_min price_max min_notional band reference"},
    {"mint", "v op nonce account currency amount source_id", "ref"},
    {"transfer_in", "v op nonce account currency amount source_id", "ref"},
    {"place_order", "v op nonce account symbol side lots price",
     "ref client_order_id type time_in_force stp_mode"},
    {"cancel_order", "v op nonce account", "ref order_id client_order_id"},
    {"replace_order", "v op nonce account lots price", "ref order_id client_order_id"},
    {"hello", "v op", "ref lane accounts ordered"},
    {"get_status", "v op ref", "digest"},
    {"get_markets", "v op ref", "symbol from"},
    {"get_book", "v op ref symbol", "depth"},
};

#define OPS (sizeof(twin_ops) / sizeof(twin_ops[0]))

/* ---- well-formed or not -------------------------------------------------------------------- */

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    bool claims_too_much; /* a length that is not there was seen */
};

static uint64_t walk_number(struct walk *walk, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value = value << 8 | walk->at[i];
    }
    walk->at += bytes;
    return value;
}

static bool walk_value(struct walk *walk, uint32_t levels);

static bool walk_values(struct walk *walk, uint64_t count, uint32_t levels)
{
    if (count > (uint64_t)(walk->end - walk->at)) {
        walk->claims_too_much = true;
        return false;
    }
    if (levels == 0) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!walk_value(walk, levels - 1)) {
            return false;
        }
    }
    return true;
}

static bool walk_bytes(struct walk *walk, uint64_t bytes)
{
    if (bytes > (uint64_t)(walk->end - walk->at)) {
        walk->claims_too_much = true;
        return false;
    }
    walk->at += bytes;
    return true;
}

static bool walk_value(struct walk *walk, uint32_t levels)
{
    if (walk->at == walk->end) {
        return false;
    }
    const uint8_t head = *walk->at++;
    if (head < 0x80 || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3) {
        return true;
    }
    if (head < 0x90) {
        return walk_values(walk, 2u * (head & 15u), levels);
    }
    if (head < 0xa0) {
        return walk_values(walk, head & 15u, levels);
    }
    if (head < 0xc0) {
        return walk_bytes(walk, head & 31u);
    }
    /* c1 c4..c6 bin, c7..c9 ext, ca cb float, cc..d3 numbers, d4..d8 fixext, d9..db str, array, map
     */
    static const uint8_t payload[] = {0, 0, 0, 0, 0, 0, 0, 1, 1,  1, 4, 8, 1, 2, 4, 8,
                                      1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t lengths[] = {0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0,
                                      0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4};
    const uint32_t length_bytes = lengths[head - 0xc0];
    if (head == 0xc1 || length_bytes > (uint64_t)(walk->end - walk->at)) {
        return false;
    }
    const uint64_t length = walk_number(walk, length_bytes);
    if (head >= 0xdc) {
        return walk_values(walk, head >= 0xde ? 2 * length : length, levels);
    }
    return walk_bytes(walk, payload[head - 0xc0] + length);
}

/* Unpacks the message if it is one map or an array of 1..ITEMS maps within the bounds. */
static bool is_message(const uint8_t *message, size_t bytes, msgpack_unpacked *unpacked)
{
    struct walk walk = {message, message + bytes, false};
    struct walk deep = walk;
    const bool is_walked = walk_value(&walk, LEVELS) && walk.at == walk.end;
    const bool is_formed = walk_value(&deep, 100) && deep.at == deep.end;
    if (!deep.claims_too_much) {
        size_t taken = 0;
        const int said = msgpack_unpack_next(unpacked, (const char *)message, bytes, &taken);
        const bool msgpack_likes_it = said == MSGPACK_UNPACK_SUCCESS && taken == bytes;
        JZ_ASSERT(is_formed == msgpack_likes_it || said == MSGPACK_UNPACK_NOMEM_ERROR);
    }
    if (!is_walked || bytes > BYTES) {
        return false;
    }
    const msgpack_object *object = &unpacked->data;
    if (object->type == MSGPACK_OBJECT_MAP) {
        return true;
    }
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size < 1 ||
        object->via.array.size > ITEMS) {
        return false;
    }
    for (uint32_t i = 0; i < object->via.array.size; i++) {
        if (object->via.array.ptr[i].type != MSGPACK_OBJECT_MAP) {
            return false;
        }
    }
    return true;
}

/* ---- one request --------------------------------------------------------------------------- */

/* Whether the list, words separated by blanks, has the word; its place from 1, 0: it has not. */
static uint32_t place_in(const char *list, const char *word, size_t bytes)
{
    uint32_t place = 1;
    for (const char *at = list; *at != '\0'; place++) {
        const size_t length = strcspn(at, " ");
        if (length == bytes && memcmp(at, word, bytes) == 0) {
            return place;
        }
        at += length + (at[length] == ' ');
    }
    return 0;
}

static bool is_utf8(const char *text, uint32_t bytes)
{
    uint32_t at = 0;
    while (at < bytes) {
        const uint8_t head = (uint8_t)text[at++];
        uint32_t more = head < 0x80 ? 0 : head >> 5 == 6 ? 1 : head >> 4 == 14 ? 2 : 3;
        uint32_t code = more == 0 ? head : head & (0x3fu >> more);
        const uint32_t least = more == 0 ? 1 : more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
        if (head >= 0x80 && (head < 0xc0 || head >= 0xf8)) {
            return false;
        }
        for (; more > 0; more--) {
            if (at == bytes || (text[at] & 0xc0) != 0x80) {
                return false;
            }
            code = code << 6 | ((uint8_t)text[at++] & 0x3f);
        }
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
    }
    return true;
}

static bool is_text(const msgpack_object *value, uint64_t most)
{
    return value->type == MSGPACK_OBJECT_STR && value->via.str.size >= 1 &&
           value->via.str.size <= most && is_utf8(value->via.str.ptr, value->via.str.size);
}

static bool is_number(const msgpack_object *value, uint64_t least, uint64_t most)
{
    return value->type == MSGPACK_OBJECT_POSITIVE_INTEGER && value->via.u64 >= least &&
           value->via.u64 <= most;
}

static uint32_t op_of(const msgpack_object *value)
{
    for (uint32_t i = 0; i < OPS && value->type == MSGPACK_OBJECT_STR; i++) {
        if (place_in(twin_ops[i].name, value->via.str.ptr, value->via.str.size) == 1) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_list_of_accounts(const msgpack_object *value)
{
    if (value->type != MSGPACK_OBJECT_ARRAY || value->via.array.size > 16) {
        return false;
    }
    for (uint32_t i = 0; i < value->via.array.size; i++) {
        if (!is_number(&value->via.array.ptr[i], 0, UINT32_MAX)) {
            return false;
        }
    }
    return true;
}

static bool fits(const struct twin_field *field, const msgpack_object *value)
{
    switch (field->type) {
    case 'n':
        return is_number(value, field->least, field->most);
    case 't':
        return is_text(value, field->most);
    case 'w':
        return value->type == MSGPACK_OBJECT_STR &&
               place_in(field->words, value->via.str.ptr, value->via.str.size) > 0;
    case 'b':
        return value->type == MSGPACK_OBJECT_BOOLEAN;
    case 'o':
        return op_of(value) > 0;
    case 'r':
        return is_number(value, 0, UINT64_MAX) || is_text(value, field->most);
    default:
        return is_list_of_accounts(value);
    }
}

/* What the twin finds in one map. */
struct finding {
    const msgpack_object *values[FIELDS]; /* NULL: not there, or of no use */
    char fault[33];                       /* name of the field at fault */
    bool is_refused;
};

static void blame(struct finding *finding, const char *name, size_t bytes)
{
    if (finding->is_refused) {
        return;
    }
    finding->is_refused = true;
    for (size_t i = 0; i < bytes && i < 32; i++) {
        finding->fault[i] = name[i];
        if (name[i] <= 0x20 || name[i] > 0x7e) {
            finding->fault[i] = '?';
        }
    }
}

static void blame_field(struct finding *finding, size_t field)
{
    blame(finding, twin_fields[field].name, strlen(twin_fields[field].name));
}

static void find_pair(struct finding *finding, const msgpack_object_kv *pair)
{
    if (pair->key.type != MSGPACK_OBJECT_STR) {
        blame(finding, "?", 1);
        return;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (place_in(twin_fields[i].name, pair->key.via.str.ptr, pair->key.via.str.size) == 1) {
            if (finding->values[i] != NULL || !fits(&twin_fields[i], &pair->val)) {
                blame_field(finding, i);
                return;
            }
            finding->values[i] = &pair->val;
            return;
        }
    }
    blame(finding, pair->key.via.str.ptr, pair->key.via.str.size);
}

static size_t field_named(const char *name)
{
    size_t i = 0;
    while (strcmp(twin_fields[i].name, name) != 0) {
        i++;
    }
    return i;
}

static bool lists(const char *list, size_t field)
{
    return place_in(list, twin_fields[field].name, strlen(twin_fields[field].name)) > 0;
}

static struct finding examine(const msgpack_object_map *map)
{
    struct finding finding = {.is_refused = false};
    for (uint32_t i = 0; i < map->size; i++) {
        find_pair(&finding, &map->ptr[i]);
    }
    for (size_t i = 0; i < 2; i++) { /* v, then op, before everything else */
        if (finding.values[i] == NULL) {
            finding.is_refused = false;
            memset(finding.fault, 0, sizeof(finding.fault));
            blame_field(&finding, i);
            return finding;
        }
    }
    const uint32_t op = op_of(finding.values[1]) - 1;
    for (size_t i = 0; i < FIELDS; i++) {
        if (finding.values[i] != NULL && !lists(twin_ops[op].needed, i) &&
            !lists(twin_ops[op].optional, i)) {
            blame_field(&finding, i);
        }
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (finding.values[i] == NULL && lists(twin_ops[op].needed, i)) {
            blame_field(&finding, i);
        }
    }
    const size_t by_number = field_named("order_id");
    const size_t by_name = field_named("client_order_id");
    if (lists(twin_ops[op].optional, by_number)) {
        if (finding.values[by_number] == NULL && finding.values[by_name] == NULL) {
            blame_field(&finding, by_number);
        } else if (finding.values[by_number] != NULL && finding.values[by_name] != NULL) {
            blame_field(&finding, by_name);
        }
    }
    return finding;
}

/* ---- comparing ----------------------------------------------------------------------------- */

static uint64_t member_of(const struct jz_request *request, const struct twin_field *field)
{
    uint64_t value = 0;
    memcpy(&value, (const char *)request + field->offset, field->bytes);
    return value;
}

static void compare_ref(const msgpack_object *value, const struct jz_ref *ref)
{
    if (value == NULL) {
        JZ_ASSERT(ref->kind == JZ_REF_NONE);
    } else if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
        JZ_ASSERT(ref->kind == JZ_REF_NUMBER && ref->number == value->via.u64);
    } else {
        JZ_ASSERT(ref->kind == JZ_REF_TEXT && ref->length == value->via.str.size);
        JZ_ASSERT(memcmp(ref->text, value->via.str.ptr, ref->length) == 0);
    }
}

static void compare_text(const msgpack_object *value, const struct jz_request *request,
                         const struct twin_field *field)
{
    struct jz_text text;
    memcpy(&text, (const char *)request + field->offset, sizeof(text));
    if (value == NULL) {
        JZ_ASSERT(text.length == 0);
        return;
    }
    JZ_ASSERT(text.length == value->via.str.size);
    JZ_ASSERT(text.bytes == value->via.str.ptr); /* both point into the message */
}

static void compare_accounts(const msgpack_object *value, const struct jz_request *request)
{
    JZ_ASSERT(request->account_count == (value == NULL ? 0 : value->via.array.size));
    for (uint32_t i = 0; i < request->account_count; i++) {
        JZ_ASSERT(request->accounts[i] == value->via.array.ptr[i].via.u64);
    }
}

static void compare_field(const msgpack_object *value, const struct jz_request *request,
                          const struct twin_field *field)
{
    switch (field->type) {
    case 'n':
        JZ_ASSERT(member_of(request, field) == (value == NULL ? field->fallback : value->via.u64));
        break;
    case 't':
        compare_text(value, request, field);
        break;
    case 'w':
        JZ_ASSERT(member_of(request, field) ==
                  (value == NULL
                       ? field->fallback
                       : place_in(field->words, value->via.str.ptr, value->via.str.size)));
        break;
    case 'b':
        JZ_ASSERT(member_of(request, field) == (value != NULL && value->via.boolean ? 1u : 0u));
        break;
    case 'o':
        JZ_ASSERT(strcmp(jz_wire_op_word((int)request->op), twin_ops[op_of(value) - 1].name) == 0);
        break;
    case 'r':
        compare_ref(value, &request->ref);
        break;
    default:
        compare_accounts(value, request);
        break;
    }
}

/* The number of a field in jiaozi/result.h. */
static uint32_t number_of(size_t field)
{
    return field < JZ_FIELD_DIGEST ? (uint32_t)field + 1 : JZ_FIELD_FROM;
}

/* The decoder took the request: all fields of its op are as the twin found them. */
static void compare_request(const struct finding *finding, const struct jz_request *request)
{
    const uint32_t op = op_of(finding->values[1]) - 1;
    for (size_t i = 0; i < FIELDS; i++) {
        if (lists(twin_ops[op].needed, i) || lists(twin_ops[op].optional, i)) {
            compare_field(finding->values[i], request, &twin_fields[i]);
            JZ_ASSERT((request->present >> number_of(i) & 1) == (finding->values[i] != NULL));
        }
    }
}

static bool compare_item(struct jz_codec *codec, const msgpack_object *item)
{
    struct jz_request request;
    struct jz_refusal refusal;
    const struct finding finding = examine(&item->via.map);
    memset(&request, 0xEE, sizeof(request));
    const enum jz_result result = jz_codec_next(codec, &request, &refusal);
    if (!finding.is_refused) {
        JZ_ASSERT(result == JZ_RESULT_DONE);
        compare_request(&finding, &request);
        return true;
    }
    const msgpack_object *nonce = finding.values[2];
    JZ_ASSERT(result == JZ_RESULT_INVALID_PARAM && refusal.result == result);
    JZ_ASSERT(refusal.field.length == strlen(finding.fault));
    JZ_ASSERT(memcmp(refusal.field.bytes, finding.fault, refusal.field.length) == 0);
    JZ_ASSERT(request.nonce == (nonce == NULL ? 0 : nonce->via.u64));
    compare_ref(finding.values[3], &request.ref);
    return false;
}

uint32_t jz_codec_twin_compare(const uint8_t *message, size_t message_bytes)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    msgpack_unpacked unpacked;
    uint32_t accepted = 0;
    msgpack_unpacked_init(&unpacked);
    const bool is_good = is_message(message, message_bytes, &unpacked);
    enum jz_result result = jz_codec_open(&codec, message, message_bytes);
    if (!is_good) {
        if (result == JZ_RESULT_DONE) { /* a single map is checked while it is read */
            JZ_ASSERT(codec.left == 1);
            result = jz_codec_next(&codec, &request, &refusal);
        }
        JZ_ASSERT(result == JZ_RESULT_MALFORMED && codec.left == 0);
        msgpack_unpacked_destroy(&unpacked);
        return 0;
    }
    JZ_ASSERT(result == JZ_RESULT_DONE);
    if (unpacked.data.type == MSGPACK_OBJECT_MAP) {
        JZ_ASSERT(codec.left == 1);
        accepted = compare_item(&codec, &unpacked.data);
    } else {
        JZ_ASSERT(codec.left == unpacked.data.via.array.size);
        for (uint32_t i = 0; i < unpacked.data.via.array.size; i++) {
            accepted += compare_item(&codec, &unpacked.data.via.array.ptr[i]);
        }
    }
    JZ_ASSERT(codec.left == 0);
    msgpack_unpacked_destroy(&unpacked);
    return accepted;
}
