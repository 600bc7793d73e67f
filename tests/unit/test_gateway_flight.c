/* What waits inside the gateway has bounds: commands under way, copies of them, maps for a peer.
 *
 * Method: each queue is filled to its bound, and one beyond it.
 */
#include "gateway/flight.h"
#include "gateway/outbox.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>

struct command {
    struct jz_record record;
    unsigned char body[JZ_RECORD_UNIT_BYTES];
};

static struct jz_flight flight;
static struct jz_outbox outbox;

static int open_queues(void **state)
{
    (void)state;
    return jz_flight_init(&flight) == JZ_OK && jz_outbox_init(&outbox) == JZ_OK ? 0 : -1;
}

static int close_queues(void **state)
{
    (void)state;
    jz_flight_deinit(&flight);
    jz_outbox_deinit(&outbox);
    return 0;
}

static struct command command_with(uint64_t nonce)
{
    return (struct command){
        .record = {.bytes = sizeof(struct command),
                   .nonce = nonce,
                   .lane = 3,
                   .origin = {.epoch = 7, .slot = 1, .generation = 2}},
    };
}

static void start(uint64_t nonce, uint64_t ref, uint32_t kept_tries)
{
    struct command command = command_with(nonce);
    const struct jz_ref is = {.kind = JZ_REF_NUMBER, .number = ref};
    command.body[0] = (unsigned char)nonce;
    jz_flight_start(&flight, &command.record, &is, kept_tries);
}

static const struct jz_flight_entry *oldest(uint64_t nonce)
{
    const struct command answer = command_with(nonce);
    return jz_flight_oldest(&flight, &answer.record);
}

static void answers_find_their_refs_in_the_order_of_the_commands(void **state)
{
    (void)state;
    assert_true(jz_flight_is_empty(&flight));
    start(5, 50, 0);
    start(4, 40, 0);
    start(5, 51, 0); /* the same nonce once more */
    assert_int_equal(oldest(5)->ref.number, 50);
    jz_flight_land(&flight);
    assert_int_equal(oldest(4)->ref.number, 40);
    jz_flight_land(&flight);
    assert_int_equal(oldest(5)->ref.number, 51);
    assert_null(jz_flight_kept_of(&flight, oldest(5)));
    jz_flight_land(&flight);
    assert_true(jz_flight_is_empty(&flight));
}

static void a_kept_command_is_there_whole_until_it_lands(void **state)
{
    (void)state;
    start(9, 1, 2);
    const struct jz_flight_kept *kept = jz_flight_kept_of(&flight, oldest(9));
    assert_non_null(kept);
    assert_int_equal(kept->tries, 2);
    assert_int_equal(kept->command[sizeof(struct jz_record)], 9);
    jz_flight_land(&flight);
}

static void the_last_sixteenth_of_the_flight_is_for_cancels(void **state)
{
    (void)state;
    const uint32_t usual = JZ_FLIGHT_COMMANDS_MAX - (JZ_FLIGHT_COMMANDS_MAX / 16);
    for (uint32_t i = 0; i < usual; i++) {
        assert_true(jz_flight_has_room(&flight, false, false));
        start(i + 1, 0, 0);
    }
    assert_false(jz_flight_has_room(&flight, false, false));
    for (uint32_t i = usual; i < JZ_FLIGHT_COMMANDS_MAX; i++) {
        assert_true(jz_flight_has_room(&flight, true, false));
        start(i + 1, 0, 0);
    }
    assert_false(jz_flight_has_room(&flight, true, false));
    assert_int_equal(oldest(1)->nonce, 1);
    jz_flight_land(&flight);
    assert_true(jz_flight_has_room(&flight, true, false));
    assert_false(jz_flight_has_room(&flight, false, false));
}

static void without_room_for_a_copy_other_commands_still_start(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < JZ_FLIGHT_KEPT_MAX; i++) {
        assert_true(jz_flight_has_room(&flight, false, true));
        start(i + 1, 0, 1);
    }
    assert_false(jz_flight_has_room(&flight, false, true));
    assert_true(jz_flight_has_room(&flight, false, false));
    jz_flight_land(&flight);
    assert_true(jz_flight_has_room(&flight, false, true));
    start(77, 0, 1);
    assert_false(jz_flight_has_room(&flight, false, true));
}

/* ---- outbox ------------------------------------------------------------------------------------
 */

static void an_outbox_is_heavy_from_its_mark_on_and_full_at_its_end(void **state)
{
    (void)state;
    const size_t room = JZ_OUTBOX_BYTES - JZ_ENCODE_ARRAY_BYTES;
    assert_non_null(jz_outbox_claim(&outbox, room));
    assert_null(jz_outbox_claim(&outbox, room + 1));
    jz_outbox_commit(&outbox, JZ_OUTBOX_FLUSH_BYTES - JZ_ENCODE_ARRAY_BYTES - 1);
    assert_false(jz_outbox_is_heavy(&outbox));
    jz_outbox_commit(&outbox, 1);
    assert_true(jz_outbox_is_heavy(&outbox));
    assert_null(jz_outbox_claim(&outbox, JZ_OUTBOX_BYTES - JZ_OUTBOX_FLUSH_BYTES + 1));
    jz_outbox_clear(&outbox);
    assert_non_null(jz_outbox_claim(&outbox, room));
}

static void an_outbox_takes_as_many_maps_as_an_array_may_have(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < JZ_WIRE_BATCH_MAX; i++) {
        uint8_t *room = jz_outbox_claim(&outbox, 1);
        assert_non_null(room);
        *room = 0x80;
        jz_outbox_commit(&outbox, 1);
    }
    assert_true(jz_outbox_is_heavy(&outbox));
    assert_null(jz_outbox_claim(&outbox, 1));
}

static void a_peer_whose_queue_is_full_for_too_long_is_given_up(void **state)
{
    (void)state;
    const uint64_t most_ns = JZ_OUTBOX_STUCK_MAX_MS * UINT64_C(1000000);
    assert_false(jz_outbox_is_given_up(&outbox, UINT64_MAX));
    outbox.stuck_since_ns = 5;
    assert_false(jz_outbox_is_given_up(&outbox, 5 + most_ns));
    assert_true(jz_outbox_is_given_up(&outbox, 5 + most_ns + 1));
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_queues, close_queues)
    const struct CMUnitTest tests[] = {
        STORY(answers_find_their_refs_in_the_order_of_the_commands),
        STORY(a_kept_command_is_there_whole_until_it_lands),
        STORY(the_last_sixteenth_of_the_flight_is_for_cancels),
        STORY(without_room_for_a_copy_other_commands_still_start),
        STORY(an_outbox_is_heavy_from_its_mark_on_and_full_at_its_end),
        STORY(an_outbox_takes_as_many_maps_as_an_array_may_have),
        STORY(a_peer_whose_queue_is_full_for_too_long_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
