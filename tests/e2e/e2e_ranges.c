/* Whatever field of whatever request is out of its range, the answer names what is wrong, and
 * nothing has changed.
 *
 * Method: a sound request of every op; one field of it at a time is left out, given a value of
 * another type, of another op or out of range. All of it goes over a real socket to a real jiaozid,
 * and afterwards the exchange's content has the digest that it had.
 */
#include "gateway/wire/fields.h"
#include "tests/e2e/house.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 16 };

struct field {
    const char *name;
    const char *value;
};

/* A request that is sound in itself. Those that change something are refused for a reason of the
 * exchange, or have been done already, so that sending one leaves the content as it is. */
struct sample {
    const char *op;
    const char *verdict;
    struct field fields[FIELDS_MAX]; /* behind v and op */
};

static const struct sample samples[] = {
    {"put_currency",
     "ok",
     {{"nonce", NULL},
      {"ref", "'r'"},
      {"code", "'BEANS'"},
      {"merchant", "0"},
      {"scale", "2"},
      {"supply_cap", "4611686018427387903"}}},
    {"put_account", "ok", {{"nonce", NULL}, {"ref", "1"}, {"account", "16"}, {"role", "'member'"}}},
    {"put_market",
     "ok",
     {{"nonce", NULL},
      {"ref", "1"},
      {"base", "'BEANS'"},
      {"quote", "'MILES'"},
      {"base_lot", "10"},
      {"quote_unit", "1"},
      {"tick", "1"},
      {"price_min", "1"},
      {"price_max", "1000"},
      {"min_notional", "0"},
      {"band", "0"},
      {"reference", "0"}}},
    {"mint",
     "ok again",
     {{"nonce", NULL},
      {"ref", "1"},
      {"account", "16"},
      {"currency", "'BEANS'"},
      {"amount", "1000000"},
      {"source_id", "'a-b'"}}},
    {"transfer_in",
     "ok again",
     {{"nonce", NULL},
      {"ref", "1"},
      {"account", "17"},
      {"currency", "'MILES'"},
      {"amount", "7"},
      {"source_id", "'in-1'"}}},
    {"place_order",
     "DUP_ID",
     {{"nonce", NULL},
      {"ref", "1"},
      {"account", "16"},
      {"client_order_id", "'rest'"},
      {"symbol", "'BEANS/MILES'"},
      {"side", "'sell'"},
      {"type", "'limit'"},
      {"lots", "5"},
      {"price", "900"},
      {"time_in_force", "'gtc'"},
      {"stp_mode", "'cancel_newest'"}}},
    {"cancel_order",
     "UNKNOWN client_order_id",
     {{"nonce", NULL}, {"ref", "1"}, {"account", "16"}, {"client_order_id", "'gone'"}}},
    {"replace_order",
     "UNKNOWN order_id",
     {{"nonce", NULL},
      {"ref", "1"},
      {"account", "16"},
      {"order_id", "1"},
      {"lots", "5"},
      {"price", "900"}}},
    {"get_status", "ok", {{"ref", "1"}, {"digest", "true"}}},
    {"get_markets", "ok", {{"ref", "1"}, {"symbol", "'BEANS/MILES'"}, {"from", "1"}}},
    {"get_book", "ok", {{"ref", "1"}, {"symbol", "'BEANS/MILES'"}, {"depth", "5"}}},
    {"hello",
     "FORBIDDEN", /* the second of a connection */
     {{"ref", "1"}, {"lane", "60"}, {"accounts", "[16, 17]"}, {"ordered", "false"}}},
};

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static struct house house;
static struct guest bo; /* whoever asks; a new one for each sample, since faults are counted */

/* ---- asking ----------------------------------------------------------------------------------
 */

/* A change of a sample: the field gets this value, NULL: it is left out. */
struct change {
    const char *name;
    const char *value;
    bool is_added; /* behind the others */
};

static size_t add(char *text, size_t used, const char *name, const char *value)
{
    if (value == NULL) {
        return used;
    }
    const int count = snprintf(text + used, GUEST_TEXT_BYTES - used, "%s'%s': %s",
                               used > 1 ? ", " : "", name, value);
    return used + (size_t)count;
}

/* Sends the sample with the change and returns the verdict. */
static const char *ask(const struct sample *sample, const struct change *change)
{
    char text[GUEST_TEXT_BYTES] = "{";
    uint8_t packed[GUEST_TEXT_BYTES];
    char op[40];
    char nonce[24];
    size_t used = 1;

    (void)snprintf(op, sizeof(op), "'%s'", sample->op);
    (void)snprintf(nonce, sizeof(nonce), "%llu", (unsigned long long)bo.nonce + 1);
    const struct field frame[] = {{"v", "1"}, {"op", op}};
    for (size_t i = 0; i < 2; i++) {
        const bool is_it = !change->is_added && strcmp(frame[i].name, change->name) == 0;
        used = add(text, used, frame[i].name, is_it ? change->value : frame[i].value);
    }
    for (size_t i = 0; i < FIELDS_MAX && sample->fields[i].name != NULL; i++) {
        const struct field *field = &sample->fields[i];
        const bool is_it = !change->is_added && strcmp(field->name, change->name) == 0;
        const char *sound = strcmp(field->name, "nonce") == 0 ? nonce : field->value;
        used = add(text, used, field->name, is_it ? change->value : sound);
    }
    if (change->is_added) {
        used = add(text, used, change->name, change->value);
    }
    text[used] = '}';
    guest_say_bytes(&bo, packed, jz_packed_text(text, packed, sizeof(packed)));
    const char *verdict = guest_verdict(&bo);
    bo.nonce += bo.heard.reply.seq != 0; /* a refusal without a number used nothing up */
    return verdict;
}

/* The sample with one field changed must be refused because of that field. */
static void expect_blame(const struct sample *sample, struct change change)
{
    char expected[64];
    (void)snprintf(expected, sizeof(expected), "INVALID_PARAM %s", change.name);
    const char *verdict = ask(sample, &change);
    if (strcmp(verdict, expected) != 0) {
        print_error("%s with %s %s: %s\n", sample->op, change.name,
                    change.value == NULL ? "left out" : change.value, verdict);
    }
    assert_string_equal(verdict, expected);
    assert_int_equal(bo.heard.reply.seq, 0);
}

static bool has_field(const struct sample *sample, const char *name)
{
    bool found = strcmp(name, "v") == 0 || strcmp(name, "op") == 0;
    for (size_t i = 0; i < FIELDS_MAX && sample->fields[i].name != NULL; i++) {
        found = found || strcmp(sample->fields[i].name, name) == 0;
    }
    return found;
}

static enum jz_op op_of(const struct sample *sample)
{
#define X(value, name, word)                                                                       \
    if (strcmp(sample->op, word) == 0) {                                                           \
        return JZ_OP_##name;                                                                       \
    }
    JZ_OP_MAP(X)
#undef X
    fail_msg("%s is no op", sample->op);
    return 0;
}

/* ---- a house with a market -------------------------------------------------------------------
 */

static struct jz_digest before;

static int open_house(void **state)
{
    (void)state;
    const char *const options[] = {"--accounts=100", NULL};
    house_open(&house, options);
    assert_string_equal(guest_order(&house.ana, "'op': 'transfer_in', 'account': 17, 'currency': "
                                                "'MILES', 'amount': 7, 'source_id': 'in-1'"),
                        "ok");
    assert_string_equal(guest_order(&house.ana,
                                    "'op': 'place_order', 'account': 16, 'symbol': 'BEANS/MILES', "
                                    "'side': 'sell', 'lots': 5, 'price': 950, "
                                    "'client_order_id': 'rest'"),
                        "ok");
    before = guest_status(&house.ana).content_digest;
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static void welcome_bo(void)
{
    guest_connect(&bo, house.daemon.requests);
    guest_hello(&bo, "");
}

static void expect_nothing_changed(void)
{
    const struct jz_digest after = guest_status(&house.ana).content_digest;
    assert_memory_equal(&after, &before, sizeof(after));
    house_expect_well(&house);
}

/* ---- what the gateway sees -------------------------------------------------------------------
 */

static void every_sample_is_sound_and_every_op_has_one(void **state)
{
    (void)state;
    uint32_t ops = 0;
#define X(value, name, word) ops++;
    JZ_OP_MAP(X)
#undef X
    assert_int_equal(ops, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct change none = {.name = ""};
        welcome_bo();
        assert_string_equal(ask(&samples[i], &none), samples[i].verdict);
        guest_leave(&bo);
    }
    expect_nothing_changed();
}

static void every_field_of_another_type_is_named(void **state)
{
    (void)state;
    static const char *const strangers[] = {"null", "-1",     "1.5",       "[]",
                                            "{}",   "[[[]]]", "'\x01\xff'"};
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        welcome_bo();
        for (size_t k = 0; k < sizeof(strangers) / sizeof(strangers[0]); k++) {
            expect_blame(sample, (struct change){"v", strangers[k], false});
            expect_blame(sample, (struct change){"op", strangers[k], false});
            for (size_t j = 0; j < FIELDS_MAX && sample->fields[j].name != NULL; j++) {
                const char *name = sample->fields[j].name;
                const bool is_list =
                    strcmp(name, "accounts") == 0 && strcmp(strangers[k], "[]") == 0;
                if (!is_list) { /* which takes an empty one */
                    expect_blame(sample, (struct change){name, strangers[k], false});
                }
            }
        }
        guest_leave(&bo);
    }
    expect_nothing_changed();
}

static void every_field_that_is_needed_is_missed_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        const uint64_t needed = jz_fields_ops[op_of(sample)].needed;
        welcome_bo();
        for (int field = 1; field <= JZ_FIELDS_LAST; field++) {
            if ((needed >> field & 1) != 0) {
                assert_true(has_field(sample, jz_field_word(field)));
                expect_blame(sample, (struct change){jz_field_word(field), NULL, false});
            }
        }
        guest_leave(&bo);
    }
    expect_nothing_changed();
}

static void every_field_that_comes_twice_or_from_elsewhere_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        const struct jz_fields_op *op = &jz_fields_ops[op_of(sample)];
        welcome_bo();
        for (int field = 1; field <= JZ_FIELDS_LAST; field++) {
            const char *word = jz_field_word(field);
            const bool is_taken = ((op->needed | op->optional) >> field & 1) != 0;
            if (has_field(sample, word) || !is_taken) {
                expect_blame(sample, (struct change){word, "1", true});
            }
        }
        expect_blame(sample, (struct change){"lotz", "1", true});
        expect_blame(sample, (struct change){"Op", "'mint'", true});
        guest_leave(&bo);
    }
    expect_nothing_changed();
}

/* ---- ranges, field by field ------------------------------------------------------------------
 */

struct row {
    const char *op;
    const char *field;
    const char *value;
    const char *verdict; /* "": INVALID_PARAM and the field */
};

#define TEXT_17     "'abcdefghijklmnopq'"
#define TEXT_33     "'abcdefghijklmnopqrstuvwxyz0123456'"
#define U32_MAX     "4294967295"
#define U32_OVER    "4294967296"
#define U64_MAX     "18446744073709551615"
#define AMOUNT_OVER "4611686018427387904"

static const struct row rows[] = {
    {"put_currency", "v", "0", ""},
    {"put_currency", "v", "2", ""},
    {"put_currency", "op", "'put_currencies'", ""},
    {"put_currency", "nonce", "0", ""},
    {"put_currency", "ref", "''", ""},
    {"put_currency", "ref", TEXT_17, ""},
    {"put_currency", "code", "''", ""},
    {"put_currency", "code", "'B'", ""},
    {"put_currency", "code", "'beans'", ""},
    {"put_currency", "code", "'BE-NS'", ""},
    {"put_currency", "code", "'BEANSBEANSBEA'", ""},
    {"put_currency", "merchant", U32_OVER, ""},
    {"put_currency", "merchant", "99", "UNKNOWN merchant"},
    {"put_currency", "merchant", U32_MAX, "UNKNOWN merchant"},
    {"put_currency", "merchant", "19", "CONFLICT"},
    {"put_currency", "scale", "7", ""},
    {"put_currency", "scale", U32_OVER, ""},
    {"put_currency", "scale", "3", "CONFLICT"},
    {"put_currency", "supply_cap", "0", ""},
    {"put_currency", "supply_cap", AMOUNT_OVER, ""},
    {"put_currency", "supply_cap", U64_MAX, ""},
    {"put_account", "account", "0", ""},
    {"put_account", "account", "15", ""},
    {"put_account", "account", U32_OVER, ""},
    {"put_account", "account", "101", "CAPACITY"},
    {"put_account", "account", U32_MAX, "CAPACITY"},
    {"put_account", "role", "'system'", ""},
    {"put_account", "role", "''", ""},
    {"put_account", "role", "'merchant'", "CONFLICT"},
    {"put_market", "base", "'STARS'", "UNKNOWN base"},
    {"put_market", "base", "'MILES'", "INVALID_PARAM quote"},
    {"put_market", "quote", "'STARS'", "UNKNOWN quote"},
    {"put_market", "quote", "'BEANS'", ""},
    {"put_market", "base_lot", "0", ""},
    {"put_market", "base_lot", "4398046511104", ""},
    {"put_market", "base_lot", U64_MAX, ""},
    {"put_market", "base_lot", "11", "CONFLICT"},
    {"put_market", "quote_unit", "0", ""},
    {"put_market", "quote_unit", "4398046512", ""},
    {"put_market", "quote_unit", U64_MAX, ""},
    {"put_market", "tick", "0", ""},
    {"put_market", "tick", "2147483648", ""},
    {"put_market", "price_min", "0", ""},
    {"put_market", "price_min", "1001", ""},
    {"put_market", "price_max", "0", ""},
    {"put_market", "price_max", "2147483648", ""},
    {"put_market", "min_notional", AMOUNT_OVER, ""},
    {"put_market", "band", U32_OVER, ""},
    {"put_market", "reference", "2147483648", ""},
    {"put_market", "reference", U32_OVER, ""},
    {"mint", "account", "99", "UNKNOWN account"},
    {"mint", "account", "0", "UNKNOWN account"},
    {"mint", "account", U32_OVER, ""},
    {"mint", "currency", "'STARS'", "UNKNOWN currency"},
    {"mint", "currency", "'beans'", "UNKNOWN currency"},
    {"mint", "currency", "'BEANSBEANSBEA'", ""},
    {"mint", "amount", "0", ""},
    {"mint", "amount", AMOUNT_OVER, ""},
    {"mint", "amount", U64_MAX, ""},
    {"mint", "amount", "1", "ID_REUSED source_id"},
    {"mint", "source_id", "''", ""},
    {"mint", "source_id", TEXT_33, ""},
    {"transfer_in", "account", "99", "UNKNOWN account"},
    {"transfer_in", "currency", "'STARS'", "UNKNOWN currency"},
    {"transfer_in", "amount", "0", ""},
    {"transfer_in", "amount", AMOUNT_OVER, ""},
    {"transfer_in", "amount", "8", "ID_REUSED source_id"},
    {"transfer_in", "source_id", TEXT_33, ""},
    {"place_order", "account", "99", "UNKNOWN account"},
    {"place_order", "account", "0", "UNKNOWN account"},
    {"place_order", "account", U32_MAX, "UNKNOWN account"},
    {"place_order", "account", U32_OVER, ""},
    {"place_order", "client_order_id", "''", ""},
    {"place_order", "client_order_id", TEXT_17, ""},
    {"place_order", "symbol", "'BEANS/STARS'", "UNKNOWN_MARKET symbol"},
    {"place_order", "symbol", "'MILES/BEANS'", "UNKNOWN_MARKET symbol"},
    {"place_order", "symbol", "'beans/miles'", "UNKNOWN_MARKET symbol"},
    {"place_order", "symbol", "'BEANS'", "UNKNOWN_MARKET symbol"},
    {"place_order", "symbol", "'BEANSBEANSBE/MILESMILESMIL'", ""},
    {"place_order", "side", "'hold'", ""},
    {"place_order", "side", "'BUY'", ""},
    {"place_order", "type", "'market'", ""},
    {"place_order", "time_in_force", "'fok'", ""},
    {"place_order", "stp_mode", "'cancel_oldest'", ""},
    {"cancel_order", "account", "99", "UNKNOWN account"},
    {"cancel_order", "account", U32_OVER, ""},
    {"cancel_order", "client_order_id", TEXT_17, ""},
    {"replace_order", "account", "99", "UNKNOWN account"},
    {"replace_order", "order_id", "0", ""},
    {"replace_order", "order_id", U64_MAX, "UNKNOWN order_id"},
    {"hello", "lane", U32_OVER, ""},
    {"hello", "accounts", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]", ""},
    {"hello", "accounts", "[4294967296]", ""},
    {"hello", "accounts", "['16']", ""},
    {"hello", "ordered", "1", ""},
    {"get_status", "digest", "0", ""},
    {"get_markets", "symbol", "'BEANS/STARS'", "UNKNOWN_MARKET symbol"},
    {"get_markets", "from", "0", ""},
    {"get_markets", "from", U32_OVER, ""},
    {"get_book", "symbol", "'BEANS/STARS'", "UNKNOWN_MARKET symbol"},
    {"get_book", "depth", "0", ""},
    {"get_book", "depth", "5001", ""},
};

static const struct sample *sample_of(const char *op)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        if (strcmp(samples[i].op, op) == 0) {
            return &samples[i];
        }
    }
    fail_msg("no sample of %s", op);
    return NULL;
}

static void every_value_out_of_range_is_refused_for_what_it_is(void **state)
{
    (void)state;
    welcome_bo();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        const struct change change = {row->field, row->value, false};
        char expected[64];
        (void)snprintf(expected, sizeof(expected), "%s%s",
                       row->verdict[0] == '\0' ? "INVALID_PARAM " : row->verdict,
                       row->verdict[0] == '\0' ? row->field : "");
        const char *verdict = ask(sample_of(row->op), &change);
        if (strcmp(verdict, expected) != 0) {
            print_error("%s with %s %s\n", row->op, row->field, row->value);
        }
        assert_string_equal(verdict, expected);
    }
    guest_leave(&bo);
    expect_nothing_changed();
}

static void a_lane_beyond_the_last_is_no_lane(void **state)
{
    (void)state;
    guest_connect(&bo, house.daemon.requests);
    assert_string_equal(guest_ask(&bo, "'op': 'hello', 'lane': 64"), "INVALID_PARAM lane");
    assert_string_equal(guest_ask(&bo, "'op': 'hello', 'lane': 4294967295"), "INVALID_PARAM lane");
    guest_hello(&bo, "'lane': 63");
    guest_leave(&bo);
    expect_nothing_changed();
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        STORY(every_sample_is_sound_and_every_op_has_one),
        STORY(every_field_of_another_type_is_named),
        STORY(every_field_that_is_needed_is_missed_by_its_name),
        STORY(every_field_that_comes_twice_or_from_elsewhere_is_named),
        STORY(every_value_out_of_range_is_refused_for_what_it_is),
        STORY(a_lane_beyond_the_last_is_no_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
