/* Source ids: what mints or brings in points happens once for ever, and the core remembers the last
 * 65,536 of them by itself.
 *
 * Method: a new nonce each time, so that only the source id can tell a repeat. The last tests fill
 * the core's memory and walk over its edge.
 */
#include "engine/base/limits.h"
#include "tests/support/core_street.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct desk desk;

static int open_street(void **state)
{
    (void)state;
    street_open(&desk, NULL);
    return 0;
}

static int close_street(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* Ana gets BEANS under a source id that was looked up at checked_seq. */
static const struct jz_event_result *give(const char *source_id, uint64_t points,
                                          uint64_t checked_seq)
{
    struct jz_mint mint = street_mint_body(ANA, BEANS, points, source_id);
    mint.checked_seq = checked_seq;
    return desk_apply(&desk, JZ_COMMAND_MINT, &mint);
}

static void expect_beans(uint64_t points)
{
    street_expect_balance(&desk, ANA, BEANS, points, 0);
    assert_int_equal(jz_core_outstanding(desk.core, (struct jz_currency_id){BEANS}), points);
}

static void a_source_id_under_a_new_nonce_is_done_once(void **state)
{
    (void)state;
    street_expect(give("salary", 7, 0), JZ_RESULT_DONE);
    const uint64_t first = jz_core_sequence(desk.core);
    const struct jz_event_result *again = give("salary", 7, first);
    street_expect(again, JZ_RESULT_DONE);
    assert_int_equal(again->duplicate, 1);
    assert_int_equal(again->first_sequence, first);
    assert_int_equal(again->amount, 7);
    assert_int_equal(again->object, ANA);
    assert_string_equal(desk_told(&desk), "result");
    expect_beans(7);

    desk.next.nonce--; /* and that answer under that nonce is repeated like any other */
    again = give("salary", 7, first);
    assert_int_equal(again->duplicate, 1);
    assert_int_equal(again->first_sequence, first);
    expect_beans(7);
}

static void a_source_id_with_other_content_is_refused(void **state)
{
    (void)state;
    street_expect(give("salary", 7, 0), JZ_RESULT_DONE);
    street_expect(give("salary", 8, 0), JZ_RESULT_ID_REUSED);
    struct jz_mint mint = street_mint_body(ANA, BEANS, 7, "salary");
    street_expect(desk_apply(&desk, JZ_COMMAND_TRANSFER_IN, &mint), JZ_RESULT_ID_REUSED);
    mint.currency.value = MILES;
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_ID_REUSED);
    expect_beans(7);
}

static void each_account_has_source_ids_of_its_own(void **state)
{
    (void)state;
    street_expect(give("salary", 7, 0), JZ_RESULT_DONE);
    const struct jz_mint mint = street_mint_body(BO, BEANS, 7, "salary");
    const struct jz_event_result *result = desk_apply(&desk, JZ_COMMAND_MINT, &mint);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->duplicate, 0);
    street_expect_balance(&desk, BO, BEANS, 7, 0);
}

static void a_refused_mint_does_not_use_its_source_id(void **state)
{
    (void)state;
    struct jz_mint mint = street_mint_body(ANA, 9, 7, "salary");
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_UNKNOWN);
    mint.currency.value = BEANS;
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_DONE);
    expect_beans(7);
}

/* Uses so many source ids up: "id 0", "id 1", ... */
static void use_source_ids(uint32_t count)
{
    char source_id[JZ_SOURCE_ID_BYTES];
    desk.is_unchecked = true;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(source_id, sizeof(source_id), "id %" PRIu32, i);
        street_expect(give(source_id, 1, jz_core_sequence(desk.core)), JZ_RESULT_DONE);
    }
    desk.is_unchecked = false;
}

static void the_last_65536_are_remembered_and_no_look_up_is_too_old_for_them(void **state)
{
    (void)state;
    use_source_ids(JZ_SOURCES_RECENT);
    const struct jz_event_result *oldest = give("id 0", 1, 0);
    street_expect(oldest, JZ_RESULT_DONE);
    assert_int_equal(oldest->duplicate, 1);
    street_expect(give("another", 1, 0), JZ_RESULT_DONE); /* now id 0 is forgotten */
    expect_beans(JZ_SOURCES_RECENT + 1);
    jz_core_verify(desk.core);
}

static void a_look_up_from_before_what_is_forgotten_must_be_made_again(void **state)
{
    (void)state;
    const uint64_t forgotten = jz_core_sequence(desk.core) + 1; /* of id 0 */
    use_source_ids(JZ_SOURCES_RECENT + 1);
    const struct jz_digest before = jz_core_content_digest(desk.core);
    const uint64_t highest = desk.events[desk.event_count - 1].result.highest_nonce;

    const struct jz_event_result *result = give("id 0", 1, forgotten - 1);
    street_expect(result, JZ_RESULT_STALE_CHECK);
    assert_int_equal(result->highest_nonce, highest); /* and the nonce is not used up */
    assert_string_equal(desk_told(&desk), "result");
    struct jz_mint mint = street_mint_body(50, BEANS, 1, "id 0"); /* stale and unknown */
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_STALE_CHECK);
    mint.amount_points = 0; /* stale and invalid */
    street_expect(desk_apply(&desk, JZ_COMMAND_MINT, &mint), JZ_RESULT_INVALID_PARAM);
    const struct jz_digest after = jz_core_content_digest(desk.core);
    assert_memory_equal(&before, &after, sizeof(before));

    desk.next.nonce = highest; /* the same nonce again, after another look */
    result = give("fresh", 1, forgotten);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->duplicate, 0);
}

static void one_that_is_remembered_needs_no_fresh_look_up(void **state)
{
    (void)state;
    use_source_ids(JZ_SOURCES_RECENT + 1);
    const struct jz_event_result *result = give("id 1", 1, 0);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->duplicate, 1);
    street_expect(give("id 2", 2, 0), JZ_RESULT_ID_REUSED);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_id_under_a_new_nonce_is_done_once),
        cmocka_unit_test(a_source_id_with_other_content_is_refused),
        cmocka_unit_test(each_account_has_source_ids_of_its_own),
        cmocka_unit_test(a_refused_mint_does_not_use_its_source_id),
        cmocka_unit_test(the_last_65536_are_remembered_and_no_look_up_is_too_old_for_them),
        cmocka_unit_test(a_look_up_from_before_what_is_forgotten_must_be_made_again),
        cmocka_unit_test(one_that_is_remembered_needs_no_fresh_look_up),
    };
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_street, close_street);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
