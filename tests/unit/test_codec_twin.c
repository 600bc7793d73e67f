/* The decoder and its slow twin on msgpack-c agree on every message: on whether it is a message, on
 * which field is at fault, and on every value.
 *
 * Method: random requests, most of them right or nearly so, then cut, changed and prolonged. The
 * seed is printed first and is the only argument.
 */
#include "gateway/wire/fields.h"
#include "tests/support/cmocka.h"
#include "tests/support/codec_twin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 20000, ROOM = 65536 };

static uint64_t random_state;
static bool is_plain; /* this message is encoded as clients do it, not in every way there is */

static uint32_t roll(uint32_t sides)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % sides);
}

struct maker {
    uint8_t bytes[ROOM];
    size_t count;
};

static void put_byte(struct maker *maker, uint32_t byte)
{
    assert_true(maker->count < ROOM);
    maker->bytes[maker->count++] = (uint8_t)byte;
}

static void put_be(struct maker *maker, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = bytes; i > 0; i--) {
        put_byte(maker, (uint32_t)(value >> (8 * (i - 1)) & 0xff));
    }
}

/* In any encoding that holds it. */
static void put_number(struct maker *maker, uint64_t value)
{
    for (;;) {
        const uint32_t form = is_plain ? (roll(2) == 0 ? 8 : roll(4)) : roll(9);
        const uint32_t bits = 8u << (form & 3);
        if (form == 8) {
            if (value < 128) {
                put_byte(maker, (uint32_t)value);
                return;
            }
        } else if (form < 4 ? bits == 64 || value >> bits == 0 : value >> (bits - 1) == 0) {
            put_byte(maker, 0xcc + form);
            put_be(maker, value, bits / 8);
            return;
        }
    }
}

static void put_text(struct maker *maker, const char *text, uint32_t length)
{
    const uint32_t form = !is_plain && roll(4) == 0 ? 1 + roll(3) : 0;
    if (form == 0 && length < 32) {
        put_byte(maker, 0xa0 | length);
    } else if (form == 1 && length < 256) {
        put_byte(maker, 0xd9);
        put_be(maker, length, 1);
    } else if (form == 2 && length < 65536) {
        put_byte(maker, 0xda);
        put_be(maker, length, 2);
    } else {
        put_byte(maker, 0xdb);
        put_be(maker, length, 4);
    }
    for (uint32_t i = 0; i < length; i++) {
        put_byte(maker, (uint8_t)text[i]);
    }
}

static void put_word(struct maker *maker, const char *word)
{
    put_text(maker, word, (uint32_t)strlen(word));
}

static void put_random_text(struct maker *maker, uint32_t longest)
{
    char text[64];
    const uint32_t length = roll(longest + 1);
    for (uint32_t i = 0; i < length; i++) {
        text[i] = (char)(roll(40) == 0 ? roll(256) : 'A' + roll(26));
    }
    put_text(maker, text, length);
}

static void put_garbage(struct maker *maker, uint32_t depth)
{
    switch (roll(11)) {
    case 0:
        put_byte(maker, 0xc0 + roll(4)); /* nil, the one that is never used, false, true */
        break;
    case 1:
        put_byte(maker, 0xe0 + roll(32));
        break;
    case 2:
        put_byte(maker, 0xca + roll(2));
        put_be(maker, random_state, maker->bytes[maker->count - 1] == 0xca ? 4 : 8);
        break;
    case 3:
        put_byte(maker, 0xc4); /* bin */
        put_be(maker, 3, 1);
        put_be(maker, random_state, 3);
        break;
    case 4:
        put_byte(maker, 0xd4 + roll(5)); /* fixext: type and 1, 2, 4, 8 or 16 bytes */
        for (uint32_t i = 1 + (1u << (maker->bytes[maker->count - 1] - 0xd4)); i > 0; i--) {
            put_byte(maker, roll(256));
        }
        break;
    case 5:
        put_byte(maker, 0x90 | roll(3));
        for (uint32_t i = maker->bytes[maker->count - 1] & 15; i > 0 && depth < 12; i--) {
            put_garbage(maker, depth + 1);
        }
        break;
    case 6:
        put_byte(maker, 0x81);
        put_random_text(maker, 8);
        put_garbage(maker, depth + 1);
        break;
    case 7:
        put_byte(maker, 0xd0 + roll(4)); /* a signed number, perhaps cut by what follows */
        put_be(maker, random_state, 1u << (maker->bytes[maker->count - 1] - 0xd0));
        break;
    case 8:
        put_byte(maker, 0xdc + roll(4)); /* a container that claims much */
        put_be(maker, random_state, 4);
        break;
    case 9:
        put_number(maker, UINT64_MAX >> roll(64));
        break;
    default:
        put_random_text(maker, 40);
        break;
    }
}

static void put_good_value(struct maker *maker, uint32_t field, uint32_t op)
{
    const struct jz_fields_rule *rule = &jz_fields_rules[field];
    uint32_t count = 0;
    switch ((enum jz_fields_type)rule->type) {
    case JZ_FIELDS_NUMBER: {
        const uint64_t value = UINT64_MAX >> roll(64);
        put_number(maker, value < rule->least  ? rule->least
                          : value > rule->most ? rule->most
                                               : value);
        break;
    }
    case JZ_FIELDS_TEXT:
        put_text(maker, "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", 1 + roll((uint32_t)rule->most));
        break;
    case JZ_FIELDS_WORD:
        while (rule->words[count].length > 0) {
            count++;
        }
        count = roll(count);
        put_text(maker, rule->words[count].text, rule->words[count].length);
        break;
    case JZ_FIELDS_TRUTH:
        put_byte(maker, 0xc2 + roll(2));
        break;
    case JZ_FIELDS_OP:
        put_word(maker, jz_wire_op_word((int)op));
        break;
    case JZ_FIELDS_REF:
        if (roll(2) == 0) {
            put_number(maker, UINT64_MAX >> roll(64));
        } else {
            put_text(maker, "0123456789abcdef", 1 + roll(16));
        }
        break;
    case JZ_FIELDS_ACCOUNTS:
        count = roll(JZ_WIRE_ACCOUNTS_MAX + 1);
        put_byte(maker, 0xdc);
        put_be(maker, count, 2);
        for (uint32_t i = 0; i < count; i++) {
            put_number(maker, UINT32_MAX >> roll(32));
        }
        break;
    case JZ_FIELDS_NONE:
        break;
    }
}

/* What is just inside or just outside of the range. */
static void put_edge_value(struct maker *maker, uint32_t field)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const struct jz_fields_rule *rule = &jz_fields_rules[field];
    const uint64_t numbers[] = {0, rule->least, rule->most, rule->most + 1, UINT64_MAX};
    char text[40];
    if (rule->type != JZ_FIELDS_TEXT && rule->type != JZ_FIELDS_REF) {
        put_number(maker, numbers[roll(5)]);
        return;
    }
    const uint32_t length =
        roll(2) == 0 ? 1 + roll((uint32_t)rule->most) : (uint32_t)rule->most + roll(2);
    memcpy(text, letters, sizeof(letters));
    if (roll(2) == 0) {
        text[roll(length)] = (char)(roll(3) == 0 ? 0 : 0x7f + roll(129));
    }
    put_text(maker, text, length);
}

static void put_pair(struct maker *maker, uint32_t field, uint32_t op)
{
    if (roll(200) == 0) {
        put_random_text(maker, 40);
    } else {
        put_word(maker, jz_field_word((int)field));
    }
    if (roll(100) == 0) {
        put_garbage(maker, 0);
    } else if (roll(40) == 0) {
        put_edge_value(maker, field);
    } else if (roll(100) == 0) {
        put_good_value(maker, 1 + roll(JZ_FIELDS_LAST), op);
    } else {
        put_good_value(maker, field, op);
    }
}

/* Fields of a request of the op: all that it needs, some of what it may have, now and then one too
 * few or too many. */
static uint32_t choose_fields(uint32_t op, uint32_t *fields)
{
    const struct jz_fields_op *rules = &jz_fields_ops[op];
    const bool names_orders = op == JZ_OP_CANCEL_ORDER || op == JZ_OP_REPLACE_ORDER;
    const uint32_t name = roll(2) == 0 ? JZ_FIELD_ORDER_ID : JZ_FIELD_CLIENT_ORDER_ID;
    uint32_t count = 0;
    for (uint32_t field = 1; field <= JZ_FIELDS_LAST; field++) {
        const bool is_needed = (rules->needed >> field & 1) != 0;
        const bool may_be = (rules->optional >> field & 1) != 0;
        const bool is_name = field == JZ_FIELD_ORDER_ID || field == JZ_FIELD_CLIENT_ORDER_ID;
        bool is_chosen = is_needed || (may_be && roll(2) == 0);
        if (names_orders && is_name) {
            is_chosen = (field == name) != (roll(40) == 0);
        }
        if (is_chosen != (roll(200) == 0)) {
            fields[count++] = field;
        }
    }
    if (roll(50) == 0) {
        fields[count] = fields[roll(count)];
        count++;
    }
    return count;
}

static void shuffle(uint32_t *fields, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t other = roll(i);
        const uint32_t kept = fields[i - 1];
        fields[i - 1] = fields[other];
        fields[other] = kept;
    }
}

static void put_request(struct maker *maker)
{
    static const uint32_t ops[] = {
#define X(value, name, word) value,
        JZ_OP_MAP(X)
#undef X
    };
    uint32_t fields[2 * JZ_FIELDS_LAST];
    const uint32_t op =
        roll(2) == 0 ? JZ_OP_PLACE_ORDER + roll(3) : ops[roll(sizeof(ops) / sizeof(ops[0]))];
    const uint32_t count = choose_fields(op, fields);
    if (roll(2) == 0) {
        shuffle(fields, count);
    }
    if (count < 16 && (is_plain || roll(8) != 0)) {
        put_byte(maker, 0x80 | count);
    } else {
        put_byte(maker, 0xde);
        put_be(maker, count, 2);
    }
    for (uint32_t i = 0; i < count; i++) {
        put_pair(maker, fields[i], op);
    }
}

static uint32_t put_message(struct maker *maker)
{
    const uint32_t items = roll(3) == 0 ? 1 + roll(8) : 0;
    is_plain = roll(2) == 0;
    maker->count = 0;
    if (items > 0) {
        put_byte(maker, 0x90 | items);
    }
    put_request(maker);
    for (uint32_t i = 1; i < items; i++) {
        put_request(maker);
    }
    return items == 0 ? 1 : items;
}

static void spoil(struct maker *maker)
{
    switch (roll(8)) {
    case 0:
        maker->bytes[roll((uint32_t)maker->count)] = (uint8_t)roll(256);
        break;
    case 1:
        maker->bytes[roll((uint32_t)maker->count)] ^= (uint8_t)(1u << roll(8));
        break;
    case 2:
        maker->count = roll((uint32_t)maker->count);
        break;
    case 3:
        put_byte(maker, roll(256));
        break;
    default:
        break;
    }
}

/* Compares on a block of exactly the length, for the address sanitizer. */
static uint32_t compare(const uint8_t *bytes, size_t count)
{
    uint8_t *block = malloc(count > 0 ? count : 1);
    assert_non_null(block);
    memcpy(block, bytes, count);
    const uint32_t accepted = jz_codec_twin_compare(block, count);
    free(block);
    return accepted;
}

static struct maker maker;

static void random_requests_are_decoded_as_the_twin_does(void **state)
{
    (void)state;
    uint32_t items = 0;
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        items += put_message(&maker);
        accepted += compare(maker.bytes, maker.count);
    }
    assert_true(accepted > items / 3); /* else the generator tests nothing */
    assert_true(accepted < items);
}

static void spoilt_requests_are_decoded_as_the_twin_does(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        (void)put_message(&maker);
        spoil(&maker);
        (void)compare(maker.bytes, maker.count);
    }
}

static void requests_cut_at_every_length_are_malformed_for_both(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS / 200; round++) {
        (void)put_message(&maker);
        for (size_t cut = 0; cut < maker.count; cut++) {
            assert_int_equal(compare(maker.bytes, cut), 0);
        }
    }
}

static void random_bytes_are_decoded_as_the_twin_does(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        maker.count = 0;
        put_byte(&maker, roll(4) == 0 ? roll(256) : 0x81 + roll(30));
        for (uint32_t i = roll(40); i > 0; i--) {
            put_byte(&maker, roll(256));
        }
        (void)compare(maker.bytes, maker.count);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_requests_are_decoded_as_the_twin_does),
        cmocka_unit_test(spoilt_requests_are_decoded_as_the_twin_does),
        cmocka_unit_test(requests_cut_at_every_length_are_malformed_for_both),
        cmocka_unit_test(random_bytes_are_decoded_as_the_twin_does),
    };
    random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    (void)fprintf(stderr, "seed %" PRIu64 "\n", random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
