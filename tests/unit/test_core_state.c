/* The state as a whole: replays, digests, images, and what a walk over it finds.
 *
 * Method: a long random stream of every command, good and bad. Prints its seed and takes one as its
 * only argument.
 */
#include "engine/core/state.h"
#include "tests/support/core_stream.h"
#include "tests/support/core_street.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 4000 };

static uint64_t seed = 20261121;
static struct desk desk;
static struct desk other;
static struct stream stream;
static struct stream_command commands[STEPS];
static struct jz_event_result results[STEPS];

static int open_desks(void **state)
{
    (void)state;
    const struct jz_genesis genesis = stream_genesis();
    desk_open(&desk, &genesis);
    desk_open(&other, &genesis);
    stream_open(&stream, seed);
    return 0;
}

static int close_desks(void **state)
{
    (void)state;
    desk_close(&desk);
    desk_close(&other);
    return 0;
}

static void expect_equal_digests(void)
{
    const struct jz_digest a = jz_core_digest(desk.core);
    const struct jz_digest b = jz_core_digest(other.core);
    assert_memory_equal(&a, &b, sizeof(a));
}

static void expect_equal_events(void)
{
    assert_int_equal(desk.event_count, other.event_count);
    assert_memory_equal(desk.events, other.events, desk.event_count * sizeof(*desk.events));
}

static void every_command_leaves_a_sound_state(void **state)
{
    (void)state;
    static uint32_t seen[64]; /* how often each result came */
    for (uint32_t i = 0; i < STEPS; i++) {
        stream_step(&stream, &desk, &commands[i]);
        seen[desk.events[desk.event_count - 1].result.result]++;
    }
    const int wanted[] = {JZ_RESULT_DONE,     JZ_RESULT_FORBIDDEN, JZ_RESULT_ID_REUSED,
                          JZ_RESULT_UNKNOWN,  JZ_RESULT_DUP_ID,    JZ_RESULT_UNKNOWN_MARKET,
                          JZ_RESULT_CONFLICT, JZ_RESULT_QTY,       JZ_RESULT_PRICE,
                          JZ_RESULT_BAND,     JZ_RESULT_OVERFLOW,  JZ_RESULT_MIN_NOTIONAL,
                          JZ_RESULT_CAPACITY, JZ_RESULT_FUNDS,     JZ_RESULT_INVALID_PARAM};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        assert_true(seen[wanted[i]] > 0); /* the stream is worth its name */
    }
}

static void a_replay_gives_the_same_events_and_the_same_state(void **state)
{
    (void)state;
    desk.is_unchecked = true;
    other.is_unchecked = true;
    for (uint32_t i = 0; i < STEPS; i++) {
        stream_step(&stream, &desk, &commands[i]);
        (void)desk_apply_record(&other, &commands[i].record);
        (void)jz_core_touch_ahead(i % 7 == 0 ? desk.core : other.core);
        expect_equal_events();
    }
    expect_equal_digests();
    jz_core_verify(other.core);
}

static void a_copy_at_another_address_goes_on_like_the_original(void **state)
{
    (void)state;
    desk.is_unchecked = true;
    other.is_unchecked = true;
    for (uint32_t i = 0; i < STEPS / 2; i++) {
        stream_step(&stream, &desk, &commands[i]);
    }
    assert_ptr_not_equal(desk.range, other.range);
    memcpy(other.range, desk.range, desk.range_bytes);
    expect_equal_digests();
    for (uint32_t i = STEPS / 2; i < STEPS; i++) {
        stream_step(&stream, &desk, &commands[i]);
        (void)desk_apply_record(&other, &commands[i].record);
        expect_equal_events();
    }
    expect_equal_digests();
    jz_core_verify(other.core);
}

/* True if the command did something of its own: neither a repeat nor refused before it was read. */
static bool is_request(const struct stream_command *command, const struct jz_event_result *result)
{
    return command->record.key == 1 && result->duplicate == 0 &&
           result->result != JZ_RESULT_FORBIDDEN && result->result != JZ_RESULT_NONCE &&
           result->result != JZ_RESULT_ID_REUSED;
}

/* The order id that the other desk gave where the first one gave this one. */
static uint64_t translate(const uint64_t *theirs, uint32_t count, uint64_t order)
{
    for (uint32_t i = count; i-- > 0;) {
        if (order != 0 && commands[i].record.kind == JZ_COMMAND_PLACE_ORDER &&
            results[i].object == order && is_request(&commands[i], &results[i])) {
            return theirs[i];
        }
    }
    return order;
}

/* Applies command i to the other desk under a lane, nonce and sequence of its own, with a tick
 * before it. */
static void request_again(uint32_t i, uint64_t *theirs)
{
    const struct jz_tick tick = {{0}};
    struct stream_command again = commands[i];
    other.next.key = 0;
    (void)desk_apply(&other, JZ_COMMAND_TICK, &tick);
    if (again.record.kind == JZ_COMMAND_CANCEL_ORDER ||
        again.record.kind == JZ_COMMAND_REPLACE_ORDER) {
        struct jz_cancel_order named; /* both begin alike */
        memcpy(&named, again.body, sizeof(named));
        named.order.value = translate(theirs, i, named.order.value);
        memcpy(again.body, &named, sizeof(named));
    }
    again.record.sequence = jz_core_sequence(other.core) + 1;
    again.record.lane = 20 + (i % 3);
    again.record.nonce = i + 1;
    again.record.time_ns += UINT64_C(3600) * 1000000000;
    other.next.time_ns = again.record.time_ns;
    other.next.day = again.record.day;
    theirs[i] = desk_apply_record(&other, &again.record)->object;
}

static void the_same_requests_under_other_numbers_give_the_same_content(void **state)
{
    (void)state;
    static uint64_t theirs[STEPS];
    desk.is_unchecked = true;
    other.is_unchecked = true;
    for (uint32_t i = 0; i < STEPS; i++) {
        stream_step(&stream, &desk, &commands[i]);
        results[i] = desk.events[desk.event_count - 1].result;
        if (is_request(&commands[i], &results[i])) {
            request_again(i, theirs);
        }
    }
    const struct jz_digest a = jz_core_content_digest(desk.core);
    const struct jz_digest b = jz_core_content_digest(other.core);
    assert_memory_equal(&a, &b, sizeof(a));
    const struct jz_digest whole_a = jz_core_digest(desk.core);
    const struct jz_digest whole_b = jz_core_digest(other.core);
    assert_memory_not_equal(&whole_a, &whole_b, sizeof(whole_a));
}

static void each_kind_of_change_shows_in_the_digests(void **state)
{
    (void)state;
    struct jz_digest last = {{0, 0}};
    struct jz_digest last_content = {{0, 0}};
    uint32_t content_changes = 0;
    desk.is_unchecked = true;
    for (uint32_t i = 0; i < STEPS; i++) {
        stream_step(&stream, &desk, &commands[i]);
        const struct jz_digest now = jz_core_digest(desk.core);
        const struct jz_digest content = jz_core_content_digest(desk.core);
        const bool told_more = desk.event_count > 1;
        assert_memory_not_equal(&now, &last, sizeof(now));
        const bool changed = memcmp(&content, &last_content, sizeof(content)) != 0;
        assert_true(told_more || !changed || i == 0);
        content_changes += changed;
        last = now;
        last_content = content;
    }
    assert_true(content_changes > STEPS / 4);
}

/* True if a changed byte shows in the digest of the whole state. */
static bool shows(void *byte)
{
    const struct jz_digest before = jz_core_digest(desk.core);
    *(unsigned char *)byte ^= 1;
    const struct jz_digest after = jz_core_digest(desk.core);
    *(unsigned char *)byte ^= 1;
    return memcmp(&before, &after, sizeof(before)) != 0;
}

static void every_table_counts_in_the_digest_of_the_state(void **state)
{
    (void)state;
    desk_close(&desk);
    street_open_rich(&desk);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 5, 5, "ana", 0});
    struct jz_core *core = desk.core;
    assert_true(shows(&jz_state_lane(core, 63)->highest_nonce));
    assert_true(shows(&jz_state_nonce(core, 0)->amount));
    assert_true(shows(jz_state_source(core, 6)->source_id));
    assert_true(shows(&jz_state_currency(core, 3)->issued_points));
    assert_true(shows(&jz_state_account(core, CY)->stream_seq));
    assert_true(shows(&jz_state_balance(core, 6)->pending_points));
    assert_true(shows(&jz_state_market(core, 1)->last_price));
    assert_true(shows(&jz_state_level(core, 1)->displayed_lots));
    assert_true(shows(&jz_state_order(core, 1)->seq));
    assert_true(shows(&jz_state_detail(core, 1)->cum_lots));
    assert_true(shows(&core->order_seq));
    assert_true(shows(&core->seed));
    assert_false(shows(&core->touched_bytes[0])); /* how far memory was touched is no state */
}

/* ---- the walk over all state finds what is wrong ------------------------------------------- */

/* Spoils a sound state in one way; in a process of its own, for the walk is to stop it. */
static bool walk_stops_at(void (*spoil)(struct jz_core *core))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        spoil(desk.core);
        jz_core_verify(desk.core);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void spoil_nothing(struct jz_core *core)
{
    (void)core;
}

static void add_a_point(struct jz_core *core)
{
    jz_state_balance(core, 1)->available_points++;
}

static void hold_a_point_for_nobody(struct jz_core *core)
{
    struct jz_balance *balance = jz_state_balance(core, 1);
    balance->available_points--;
    balance->held_orders_points++;
}

static void cross_the_book(struct jz_core *core)
{
    struct jz_level *level = jz_state_level(core, jz_state_order(core, 2)->level);
    jz_state_order(core, 2)->price = 1;
    level->price = 1;
}

static void lose_a_lot(struct jz_core *core)
{
    jz_state_level(core, jz_state_order(core, 1)->level)->displayed_lots--;
}

static void lose_a_slot(struct jz_core *core)
{
    core->orders.used++;
}

static void lose_a_name(struct jz_core *core)
{
    jz_state_detail(core, 1)->client_id[0]++;
}

static void a_walk_over_all_state_finds_what_is_wrong(void **state)
{
    (void)state;
    desk_close(&desk);
    street_open_rich(&desk);
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_BUY, 5, 5, "ana", 0});
    (void)street_order(&desk, (struct wish){BO, JZ_SIDE_SELL, 5, 6, NULL, 0});
    assert_false(walk_stops_at(spoil_nothing));
    assert_true(walk_stops_at(add_a_point));
    assert_true(walk_stops_at(hold_a_point_for_nobody));
    assert_true(walk_stops_at(cross_the_book));
    assert_true(walk_stops_at(lose_a_lot));
    assert_true(walk_stops_at(lose_a_slot));
    assert_true(walk_stops_at(lose_a_name));
}

int main(int count, char **arguments)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_leaves_a_sound_state),
        cmocka_unit_test(a_replay_gives_the_same_events_and_the_same_state),
        cmocka_unit_test(a_copy_at_another_address_goes_on_like_the_original),
        cmocka_unit_test(the_same_requests_under_other_numbers_give_the_same_content),
        cmocka_unit_test(each_kind_of_change_shows_in_the_digests),
        cmocka_unit_test(every_table_counts_in_the_digest_of_the_state),
        cmocka_unit_test(a_walk_over_all_state_finds_what_is_wrong),
    };
    if (count > 1) {
        seed = strtoull(arguments[1], NULL, 10);
    }
    (void)printf("seed %" PRIu64 "\n", seed);
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), open_desks, close_desks);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
