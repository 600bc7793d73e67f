/* Connections and lanes: who holds one, when it is free again, and that neither the dead keep one
 * nor the living lose theirs when descriptors and routing ids are used again.
 *
 * Method: made-up peers and monitor events, without a socket.
 */
#include "gateway/session.h"

#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LANE_FIRST = 8, LANES = 4, WINDOW = 64 };

static const uint64_t minute_ns = UINT64_C(60) * 1000 * 1000 * 1000;

static struct jz_sessions sessions;

static int open_sessions(void **state)
{
    (void)state;
    return jz_sessions_init(&sessions, LANE_FIRST, LANES) == JZ_OK ? 0 : -1;
}

static int close_sessions(void **state)
{
    (void)state;
    jz_sessions_verify(&sessions);
    jz_sessions_deinit(&sessions);
    return 0;
}

/* A message of the peer with this number, on a connection with this descriptor. */
static struct jz_socket_message from(uint32_t number, int fd)
{
    struct jz_socket_message message = {.peer = {.length = 5}, .fd = fd};
    memcpy(message.peer.bytes + 1, &number, sizeof(number));
    return message;
}

static struct jz_session *find(uint32_t number, int fd)
{
    const struct jz_socket_message message = from(number, fd);
    return jz_session_find(&sessions, &message.peer, message.fd);
}

/* The peer says hello, gets any lane, and the reply is accepted. */
static struct jz_session *join(uint32_t number, int fd)
{
    const struct jz_socket_message message = from(number, fd);
    struct jz_session_lane *lane = jz_session_free_lane(&sessions, NULL);
    assert_non_null(lane);
    struct jz_session *session = jz_session_join(&sessions, &message, lane, WINDOW);
    jz_session_confirm(&sessions, session);
    return session;
}

static bool fault(uint32_t number, int fd, uint64_t now_ns)
{
    const struct jz_socket_message message = from(number, fd);
    return jz_session_fault(&sessions, &message, now_ns);
}

static void hear(enum jz_socket_event_kind kind, int fd)
{
    const struct jz_socket_event event = {.kind = kind, .fd = fd};
    jz_sessions_hear(&sessions, &event);
}

static bool is_lane_free(uint32_t number)
{
    return jz_session_free_lane(&sessions, &number) != NULL;
}

static void a_stranger_does_not_take_over_the_descriptor_of_a_member(void **state)
{
    (void)state;
    (void)join(1, 10);
    assert_false(
        fault(2, 10, minute_ns)); /* came before or after it; its own end is not heard yet */
    hear(JZ_SOCKET_LOST, 10);
    assert_null(find(1, 10));
    assert_true(is_lane_free(LANE_FIRST));

    hear(JZ_SOCKET_CONNECTED, 10);
    assert_non_null(find(2, 10)); /* known, until it is the oldest */
    (void)join(3, 10);
    assert_false(is_lane_free(LANE_FIRST));
    hear(JZ_SOCKET_LOST, 10);
    assert_true(is_lane_free(LANE_FIRST));
}

static void as_many_members_as_lanes_and_no_more(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LANES; i++) {
        struct jz_session *session = join(i, (int)(10 + i));
        assert_int_equal(jz_session_lane_of(&sessions, session)->number, LANE_FIRST + i);
    }
    assert_null(jz_session_free_lane(&sessions, NULL));
    assert_int_equal(sessions.member_count, LANES);
}

static void a_lane_of_another_gateway_is_not_given_out(void **state)
{
    (void)state;
    assert_true(is_lane_free(LANE_FIRST));
    assert_true(is_lane_free(LANE_FIRST + LANES - 1));
    assert_false(is_lane_free(LANE_FIRST - 1));
    assert_false(is_lane_free(LANE_FIRST + LANES));
}

static void a_lost_connection_gives_its_lane_back(void **state)
{
    (void)state;
    (void)join(1, 10);
    assert_false(is_lane_free(LANE_FIRST));
    hear(JZ_SOCKET_LOST, 11);
    assert_false(is_lane_free(LANE_FIRST));
    hear(JZ_SOCKET_LOST, 10);
    assert_true(is_lane_free(LANE_FIRST));
    assert_null(find(1, 10));
}

static void a_lane_with_commands_in_flight_waits_for_their_answers(void **state)
{
    (void)state;
    struct jz_session_lane *lane = jz_session_lane_of(&sessions, join(1, 10));
    lane->in_flight = 1;
    hear(JZ_SOCKET_LOST, 10);
    assert_false(is_lane_free(LANE_FIRST));
    lane->in_flight = 0;
    assert_true(is_lane_free(LANE_FIRST));
}

static void an_answer_to_an_ended_session_finds_nobody(void **state)
{
    (void)state;
    struct jz_session *session = join(1, 10);
    const uint32_t slot = session->slot;
    const uint32_t generation = session->generation;
    assert_ptr_equal(jz_session_at(&sessions, slot, generation), session);
    jz_session_end(&sessions, session);
    assert_null(jz_session_at(&sessions, slot, generation));

    struct jz_session *next = join(2, 11); /* takes the same slot */
    assert_int_equal(next->slot, slot);
    assert_null(jz_session_at(&sessions, slot, generation));
}

static void a_descriptor_that_was_lost_counts_as_such_until_it_is_used_again(void **state)
{
    (void)state;
    assert_false(jz_sessions_has_lost(&sessions, 10));
    hear(JZ_SOCKET_LOST, 10);
    assert_true(jz_sessions_has_lost(&sessions, 10));
    hear(JZ_SOCKET_CONNECTED, 10);
    assert_false(jz_sessions_has_lost(&sessions, 10));
}

static void descriptors_out_of_bounds_are_just_not_known(void **state)
{
    (void)state;
    hear(JZ_SOCKET_LOST, -1);
    hear(JZ_SOCKET_LOST, (int)JZ_SESSION_DESCRIPTORS_MAX);
    assert_false(jz_sessions_has_lost(&sessions, -1));
    assert_false(jz_sessions_has_lost(&sessions, (int)JZ_SESSION_DESCRIPTORS_MAX));
    (void)join(1, -1);
    assert_non_null(find(1, -1));
}

static void whoever_had_the_descriptor_of_a_living_member_before_it_has_ended(void **state)
{
    (void)state;
    (void)join(1, 10);
    (void)join(2, 10); /* its reply was accepted, so 1 must be gone */
    assert_null(find(1, 10));
    assert_non_null(find(2, 10));
    assert_true(is_lane_free(LANE_FIRST));
    assert_int_equal(sessions.member_count, 1);
}

static void a_late_hello_of_the_dead_does_not_touch_the_living(void **state)
{
    (void)state;
    (void)join(2, 10);
    const struct jz_socket_message late = from(1, 10);
    struct jz_session *dead =
        jz_session_join(&sessions, &late, jz_session_free_lane(&sessions, NULL), WINDOW);
    jz_session_end(&sessions, dead); /* its reply came back */
    assert_non_null(find(2, 10));
    hear(JZ_SOCKET_LOST, 10);
    assert_null(find(2, 10));
}

static void a_chosen_routing_id_on_another_connection_is_another_peer(void **state)
{
    (void)state;
    (void)join(7, 10);
    assert_null(find(7, 11)); /* the same id, taken by the next connection */
    assert_true(is_lane_free(LANE_FIRST));
}

static void faults_are_counted_by_the_minute_and_one_too_many_is_told(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < JZ_SESSION_FAULTS_MAX; i++) {
        assert_false(fault(1, 10, 5));
    }
    assert_int_equal(find(1, 10)->state, JZ_SESSION_STRANGER);
    assert_true(fault(1, 10, 5 + minute_ns));
    jz_session_cut(&sessions, find(1, 10), 0);
    assert_int_equal(find(1, 10)->state, JZ_SESSION_CUT);
}

static void after_a_minute_faults_are_forgotten(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < JZ_SESSION_FAULTS_MAX; i++) {
        assert_false(fault(1, 10, 5));
    }
    assert_false(fault(1, 10, 5 + minute_ns + 1));
    assert_int_equal(find(1, 10)->fault_count, 1);
}

static void a_member_that_is_cut_loses_its_lane_and_stays_known_as_cut(void **state)
{
    (void)state;
    struct jz_session *session = join(1, 10);
    jz_session_cut(&sessions, session, 0);
    assert_true(is_lane_free(LANE_FIRST));
    assert_int_equal(find(1, 10)->state, JZ_SESSION_CUT);
    hear(JZ_SOCKET_LOST, 10);
    assert_null(find(1, 10));
}

static void who_was_cut_is_hung_up_on_once_when_the_time_has_come(void **state)
{
    (void)state;
    const uint64_t due_ns = (JZ_SESSION_CUT_MS * UINT64_C(1000000)) + 7;
    (void)fault(2, 11, 7); /* who has a fault, but is not cut */
    jz_session_cut(&sessions, join(1, -1), 7);
    assert_int_equal(jz_sessions_hang_up(&sessions, due_ns - 1), 0);
    assert_int_equal(jz_sessions_hang_up(&sessions, due_ns), 1);
    assert_int_equal(jz_sessions_hang_up(&sessions, due_ns + 1), 0);
    assert_int_equal(find(1, -1)->state, JZ_SESSION_CUT); /* until the monitor tells */
}

static void who_was_cut_is_not_hung_up_on_by_a_descriptor_that_a_member_has(void **state)
{
    (void)state;
    int ends[2];
    char byte = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    (void)join(1, ends[0]);
    (void)fault(2, ends[0], 7);
    jz_session_cut(&sessions, find(2, ends[0]), 7);
    assert_int_equal(jz_sessions_hang_up(&sessions, minute_ns), 1);
    assert_int_equal(recv(ends[1], &byte, 1, MSG_DONTWAIT),
                     -1); /* it stands, with nothing to read */

    jz_session_cut(&sessions, find(1, ends[0]), 7);
    assert_int_equal(jz_sessions_hang_up(&sessions, minute_ns), 1);
    assert_int_equal(recv(ends[1], &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void strangers_are_bounded_and_the_oldest_is_forgotten_first(void **state)
{
    (void)state;
    (void)join(1000000, 9);
    for (uint32_t i = 0; i < JZ_SESSION_STRANGERS_MAX + 1; i++) {
        (void)fault(i, (int)(10 + i), 1);
    }
    assert_null(find(0, 10));
    assert_non_null(find(1, 11));
    assert_int_equal(sessions.stranger_count, JZ_SESSION_STRANGERS_MAX);
    assert_non_null(find(1000000, 9));
}

static void a_stranger_may_still_say_hello(void **state)
{
    (void)state;
    (void)fault(1, 10, 1);
    struct jz_session *session = join(1, 10);
    assert_int_equal(session->state, JZ_SESSION_MEMBER);
    assert_int_equal(session->fault_count, 1); /* what was counted counts on */
    assert_int_equal(sessions.stranger_count, 0);
}

static void watched_accounts_are_found_by_account_and_leave_with_their_session(void **state)
{
    (void)state;
    struct jz_watch *watch = &sessions.watch;
    const struct jz_account_id ana = {16};
    struct jz_session *one = join(1, 10);
    struct jz_session *two = join(2, 11);

    jz_watch_add(watch, ana, one->slot, &one->watches);
    jz_watch_add(watch, ana, one->slot, &one->watches); /* named twice in one hello */
    jz_watch_add(watch, ana, two->slot, &two->watches);
    jz_watch_add(watch, (struct jz_account_id){17}, two->slot, &two->watches);
    assert_int_equal(watch->count, 3);

    const uint32_t first = jz_watch_first(watch, ana);
    const uint32_t second = jz_watch_next(watch, first);
    assert_int_equal(watch->entries[first].slot + watch->entries[second].slot,
                     one->slot + two->slot);
    assert_int_equal(jz_watch_next(watch, second), JZ_WATCH_NONE);

    hear(JZ_SOCKET_LOST, 11);
    assert_int_equal(watch->entries[jz_watch_first(watch, ana)].slot, one->slot);
    assert_int_equal(jz_watch_first(watch, (struct jz_account_id){17}), JZ_WATCH_NONE);
    hear(JZ_SOCKET_LOST, 10);
    assert_int_equal(jz_watch_first(watch, ana), JZ_WATCH_NONE);
}

static void all_accounts_of_all_lanes_fit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LANES; i++) {
        struct jz_session *session = join(i, (int)(10 + i));
        for (uint32_t n = 0; n < JZ_WIRE_ACCOUNTS_MAX; n++) {
            const struct jz_account_id account = {16 + (i * JZ_WIRE_ACCOUNTS_MAX) + n};
            jz_watch_add(&sessions.watch, account, session->slot, &session->watches);
        }
    }
    assert_int_equal(sessions.watch.count, LANES * JZ_WIRE_ACCOUNTS_MAX);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_sessions, close_sessions)
    const struct CMUnitTest tests[] = {
        STORY(as_many_members_as_lanes_and_no_more),
        STORY(a_stranger_does_not_take_over_the_descriptor_of_a_member),
        STORY(a_lane_of_another_gateway_is_not_given_out),
        STORY(a_lost_connection_gives_its_lane_back),
        STORY(a_lane_with_commands_in_flight_waits_for_their_answers),
        STORY(an_answer_to_an_ended_session_finds_nobody),
        STORY(a_descriptor_that_was_lost_counts_as_such_until_it_is_used_again),
        STORY(descriptors_out_of_bounds_are_just_not_known),
        STORY(whoever_had_the_descriptor_of_a_living_member_before_it_has_ended),
        STORY(a_late_hello_of_the_dead_does_not_touch_the_living),
        STORY(a_chosen_routing_id_on_another_connection_is_another_peer),
        STORY(faults_are_counted_by_the_minute_and_one_too_many_is_told),
        STORY(after_a_minute_faults_are_forgotten),
        STORY(a_member_that_is_cut_loses_its_lane_and_stays_known_as_cut),
        STORY(who_was_cut_is_hung_up_on_once_when_the_time_has_come),
        STORY(who_was_cut_is_not_hung_up_on_by_a_descriptor_that_a_member_has),
        STORY(strangers_are_bounded_and_the_oldest_is_forgotten_first),
        STORY(a_stranger_may_still_say_hello),
        STORY(watched_accounts_are_found_by_account_and_leave_with_their_session),
        STORY(all_accounts_of_all_lanes_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
