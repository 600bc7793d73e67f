/* The threads of jiaozid together: what is answered is on the disk, what is on the disk comes back,
 * and a gateway that breaks the rules is cut off.
 *
 * Method: the real pipeline on a temporary directory, with the test in the place of the gateway.
 */
#include "tests/support/peer.h"

#include "engine/ring/wait.h"
#include "engine/stage/port.h"
#include "jiaozi/status.h"
#include "tests/support/cmocka.h"

#include <string.h>
#include <unistd.h>

static struct jz_peer peer;

static int open_peer(void **state)
{
    (void)state;
    jz_peer_open(&peer);
    return 0;
}

static int close_peer(void **state)
{
    (void)state;
    jz_peer_close(&peer);
    return 0;
}

static void open_account(uint32_t id)
{
    const struct jz_put_account body = {.account = {id}, .role = JZ_ROLE_MEMBER};
    jz_peer_send(&peer, JZ_COMMAND_PUT_ACCOUNT, &body);
}

/* Ana is 16, Bo 17; a lot is one A, prices are in B. */
static void list_and_fund(void)
{
    const struct jz_put_currency a = {.code = "AA", .scale = 2, .supply_cap_points = 1000000};
    const struct jz_put_currency b = {.code = "BB", .scale = 2, .supply_cap_points = 1000000};
    const struct jz_put_market market = {
        .base = {1},
        .quote = {2},
        .lot_points = 1,
        .quote_unit_points = 1,
        .tick_price = 1,
        .price_min = 1,
        .price_max = 1000000,
    };
    const struct jz_mint for_ana = {
        .account = {16}, .currency = {1}, .amount_points = 500000, .source_id = "ana-1"};
    const struct jz_mint for_bo = {
        .account = {17}, .currency = {2}, .amount_points = 500000, .source_id = "bo-1"};

    open_account(16);
    open_account(17);
    jz_peer_send(&peer, JZ_COMMAND_PUT_CURRENCY, &a);
    jz_peer_send(&peer, JZ_COMMAND_PUT_CURRENCY, &b);
    jz_peer_send(&peer, JZ_COMMAND_PUT_MARKET, &market);
    jz_peer_send(&peer, JZ_COMMAND_MINT, &for_ana);
    jz_peer_send(&peer, JZ_COMMAND_MINT, &for_bo);
    assert_int_equal(jz_peer_answer(&peer).result, JZ_RESULT_DONE);
}

static void place(uint32_t account, uint8_t side, uint64_t lots, uint64_t price)
{
    const struct jz_place_order body = {
        .account = {account},
        .market = {1},
        .lots = lots,
        .price = price,
        .side = side,
        .time_in_force = JZ_TIF_GTC,
        .stp_mode = JZ_STP_CANCEL_NEWEST,
    };
    jz_peer_send(&peer, JZ_COMMAND_PLACE_ORDER, &body);
}

static void an_answered_order_is_there_after_a_restart_with_the_same_digest(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 20);
    list_and_fund();
    for (uint32_t i = 0; i < 20; i++) {
        place(16, JZ_SIDE_SELL, 5, 100 + i);
    }
    place(17, JZ_SIDE_BUY, 7, 101);
    const struct jz_event_result answer = jz_peer_answer(&peer);
    assert_int_equal(answer.result, JZ_RESULT_DONE);
    assert_int_equal(answer.amount, 7);
    jz_peer_stop(&peer);

    const uint64_t nonce = peer.nonce;
    jz_peer_start(&peer, 1u << 20);
    assert_int_equal(peer.nonce, nonce);
    place(17, JZ_SIDE_BUY, 7, 101); /* goes on with the next nonce of the same lane */
    assert_int_equal(jz_peer_answer(&peer).amount, 3); /* of the ten, seven are sold */
    jz_peer_stop(&peer);

    const struct jz_digest before = peer.digest;
    jz_peer_start(&peer, 1u << 20);
    jz_peer_stop(&peer);
    assert_memory_equal(&before, &peer.digest, sizeof(before));
}

static void a_command_with_more_events_than_the_ring_holds_gets_through(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 16); /* 64 KiB: one large sweep needs several laps */
    list_and_fund();
    for (uint32_t i = 0; i < 500; i++) {
        place(16, JZ_SIDE_SELL, 1, 100 + i);
        assert_int_equal(jz_peer_answer(&peer).result, JZ_RESULT_DONE);
    }
    place(17, JZ_SIDE_BUY, 500, 700);
    const struct jz_event_result answer = jz_peer_answer(&peer);
    assert_int_equal(answer.amount, 500);
    jz_peer_stop(&peer);
}

static void a_question_is_answered_without_a_number(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 20);
    list_and_fund();
    struct jz_record *ask = jz_ring_claim(&peer.ask, JZ_RECORD_UNIT_BYTES);
    *ask = (struct jz_record){
        .bytes = JZ_RECORD_UNIT_BYTES,
        .kind = JZ_ASK_STATUS,
        .origin = {.epoch = JZ_PEER_EPOCH, .slot = 9},
    };
    jz_ring_commit(&peer.ask, ask->bytes);
    jz_ring_publish(&peer.ask);
    jz_wait_wake(peer.pipeline.engine_fd);

    const struct jz_record *record = jz_peer_take(&peer);
    while (record->kind != JZ_RECORD_STATUS) {
        record = jz_peer_take(&peer);
    }
    struct jz_core_status status;
    memcpy(&status, record + 1, sizeof(status));
    assert_int_equal(record->origin.slot, 9);
    assert_int_equal(record->sequence, 8); /* genesis and seven commands */
    jz_peer_stop(&peer);
    assert_memory_equal(&status.state, &peer.digest, sizeof(peer.digest));
}

static void expect_fault(enum jz_port_fault fault)
{
    while (jz_matcher_port_fault(&peer.pipeline.matcher, 0) == JZ_PORT_FAULT_NONE) {
        assert_true(jz_wait_sleep(peer.main_fd, 10000));
    }
    assert_int_equal(jz_matcher_port_fault(&peer.pipeline.matcher, 0), fault);
}

static void a_gateway_that_forges_genesis_is_cut_off(void **state)
{
    (void)state;
    const unsigned char body[JZ_RECORD_UNIT_BYTES] = {0};
    jz_peer_start(&peer, 1u << 20);
    jz_peer_send(&peer, JZ_COMMAND_GENESIS, body);
    expect_fault(JZ_PORT_FAULT_RECORD);
    jz_peer_stop(&peer);
    assert_int_equal(peer.pipeline.matcher.sequence, 1); /* nothing of it was numbered */
}

static void a_gateway_whose_position_cannot_be_is_cut_off(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 20);
    atomic_store(&peer.pipeline.place.share->inbox.published, UINT64_C(1) << 40);
    jz_wait_wake(peer.pipeline.engine_fd);
    expect_fault(JZ_PORT_FAULT_RING);
    jz_peer_stop(&peer);
}

static void a_gateway_may_send_commands_of_its_own_epoch_and_lanes_only(void **state)
{
    (void)state;
    const struct jz_port port = {.epoch = 5, .lane_first = 8, .lane_count = 4};
    const struct jz_record good = {
        .bytes = 128,
        .kind = JZ_COMMAND_MINT,
        .version = JZ_COMMAND_VERSION,
        .key = 1,
        .lane = 11,
        .nonce = 1,
        .origin = {.epoch = 5},
    };
    assert_true(jz_port_allows(&port, &good, 128));

    struct jz_record bad = good;
    bad.lane = 12;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad.lane = 7;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.key = 0;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.origin.epoch = 6;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.kind = JZ_COMMAND_TICK;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.kind = 999;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.sequence = 1;
    assert_false(jz_port_allows(&port, &bad, 128));
    bad = good;
    bad.bytes = 192;
    assert_false(jz_port_allows(&port, &bad, 128));
    assert_false(jz_port_allows(&port, &bad, 192));
}

static void await_free(void)
{
    while (!jz_matcher_port_is_free(&peer.pipeline.matcher, 0)) {
        assert_true(jz_wait_sleep(peer.main_fd, 10000));
    }
}

static void a_gateway_that_ends_before_the_engine_took_it_in_is_let_go(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 20);
    for (uint32_t i = 0; i < 200; i++) {
        jz_matcher_detach(&peer.pipeline.matcher, 0);
        await_free();
        jz_pipeline_reset_place(&peer.pipeline);
        jz_matcher_attach(&peer.pipeline.matcher, 0); /* and gone again, at any moment of it */
    }
    jz_peer_stop(&peer);
}

static bool is_busy(void)
{
    return atomic_load_explicit(&peer.pipeline.exchange->busy, memory_order_relaxed) != 0;
}

static uint64_t durable_seq(void)
{
    return atomic_load_explicit(&peer.pipeline.exchange->durable_seq, memory_order_seq_cst);
}

static void the_exchange_is_busy_no_longer_than_its_event_ring_is_full(void **state)
{
    (void)state;
    jz_peer_start(&peer, 1u << 16);
    list_and_fund();
    const uint64_t first = durable_seq();
    for (uint32_t i = 0; i < 130; i++) { /* some 400 bytes of events each, which nobody reads */
        place(16, JZ_SIDE_SELL, 1, 100 + i);
    }
    while (durable_seq() < first + 130) {
        (void)usleep(1000);
    }
    (void)usleep(100000); /* applied as well, and asleep */
    assert_true(is_busy());

    assert_int_equal(jz_peer_answer(&peer).result, JZ_RESULT_DONE);
    jz_ring_release(&peer.events);
    if (jz_ring_writer_is_waiting(&peer.events)) {
        jz_wait_wake(peer.pipeline.engine_fd);
    }
    for (uint32_t waited_ms = 0; is_busy() && waited_ms < 10000; waited_ms++) {
        (void)usleep(1000);
    }
    assert_false(is_busy()); /* although no command came */
    jz_peer_stop(&peer);
}

/* A disk that hangs: the journal's own append, once the test lets it. */
static const struct jz_log_methods *methods_of_disk;
static _Atomic bool disk_hangs;

static enum jz_append append_later(void *self, uint64_t previous_seq, uint64_t epoch,
                                   struct jz_batch *batch)
{
    while (atomic_load_explicit(&disk_hangs, memory_order_acquire)) {
        (void)usleep(1000);
    }
    return methods_of_disk->append_if(self, previous_seq, epoch, batch);
}

static void
a_gateway_is_not_to_blame_while_the_disk_hangs_but_is_when_it_does_not_read(void **state)
{
    (void)state;
    static struct jz_log_methods methods;
    jz_peer_start(&peer, 1u << 16);
    list_and_fund();
    peer.pipeline.matcher.options.slow_reader_ns = 50 * 1000000;
    methods_of_disk = peer.journal.log.methods;
    methods = *methods_of_disk;
    methods.append_if = append_later;
    peer.journal.log.methods = &methods;

    atomic_store_explicit(&disk_hangs, true, memory_order_release);
    for (uint32_t i = 0; i < 300; i++) {
        place(16, JZ_SIDE_SELL, 1, 100 + i);
    }
    assert_false(jz_wait_sleep(peer.main_fd, 500));
    assert_int_equal(jz_matcher_port_fault(&peer.pipeline.matcher, 0), JZ_PORT_FAULT_NONE);
    atomic_store_explicit(&disk_hangs, false, memory_order_release);
    expect_fault(JZ_PORT_FAULT_SLOW);
    jz_peer_stop(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_answered_order_is_there_after_a_restart_with_the_same_digest, open_peer, close_peer),
        cmocka_unit_test_setup_teardown(a_command_with_more_events_than_the_ring_holds_gets_through,
                                        open_peer, close_peer),
        cmocka_unit_test_setup_teardown(a_question_is_answered_without_a_number, open_peer,
                                        close_peer),
        cmocka_unit_test_setup_teardown(a_gateway_that_forges_genesis_is_cut_off, open_peer,
                                        close_peer),
        cmocka_unit_test_setup_teardown(a_gateway_whose_position_cannot_be_is_cut_off, open_peer,
                                        close_peer),
        cmocka_unit_test_setup_teardown(a_gateway_that_ends_before_the_engine_took_it_in_is_let_go,
                                        open_peer, close_peer),
        cmocka_unit_test_setup_teardown(the_exchange_is_busy_no_longer_than_its_event_ring_is_full,
                                        open_peer, close_peer),
        cmocka_unit_test_setup_teardown(
            a_gateway_is_not_to_blame_while_the_disk_hangs_but_is_when_it_does_not_read, open_peer,
            close_peer),
        cmocka_unit_test(a_gateway_may_send_commands_of_its_own_epoch_and_lanes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
