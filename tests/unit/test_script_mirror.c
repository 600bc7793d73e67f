/* A reader of events notices every event that contradicts the ones before it.
 *
 * Method: the events of a small trade, written by hand, pass; the same events with one number
 * changed, one left out or two exchanged are told apart, each by its own sentence.
 */
#include "tests/support/script_mirror.h"

#include "tests/support/cmocka.h"

#include <string.h>

enum { ANA = 16, BO = 17, BASE = 1, QUOTE = 2, MARKET = 1 };

#define ORDER_OF_ANA ((struct jz_order_id){UINT64_C(7) << 32 | 1})
#define ORDER_OF_BO  ((struct jz_order_id){UINT64_C(8) << 32 | 2})

static struct jz_event events[32];
static uint32_t event_count;

static struct jz_event *add(uint8_t kind)
{
    struct jz_event *event = &events[event_count++];
    *event = (struct jz_event){.kind = kind};
    return event;
}

static void deposited(uint32_t account, uint32_t currency, uint64_t points)
{
    add(JZ_EVENT_TRANSFER)->transfer = (struct jz_event_transfer){
        .cause = JZ_CAUSE_TRANSFER_IN,
        .currency = {currency},
        .credit = {account},
        .amount_points = points,
        .credit_available_points = points,
        .issued_points = points,
    };
}

static void held(uint32_t account, uint32_t currency, uint64_t points, uint64_t left)
{
    struct jz_event *event = add(JZ_EVENT_HOLD);
    event->account.value = account;
    event->hold = (struct jz_event_hold){
        .currency = {currency},
        .amount_points = points,
        .available_points = left,
        .held_orders_points = points,
    };
}

static void reported(uint32_t account, struct jz_order_id order, uint8_t exec_type, uint64_t number,
                     uint64_t leaves, uint64_t cum)
{
    struct jz_event *event = add(JZ_EVENT_ORDER);
    event->account.value = account;
    event->exec_type = exec_type;
    event->number = number;
    event->flags = account == BO && exec_type == JZ_EXEC_TRADE ? JZ_EVENT_FLAG_TAKER : 0;
    event->order = (struct jz_event_order){
        .order = order, .leaves_lots = leaves, .cum_lots = cum, .market = {MARKET}, .price = 10};
}

static void paid(uint32_t debit, uint32_t credit, uint32_t currency, uint64_t points,
                 uint64_t issued)
{
    add(JZ_EVENT_TRANSFER)->transfer = (struct jz_event_transfer){
        .cause = JZ_CAUSE_TRADE,
        .currency = {currency},
        .debit = {debit},
        .credit = {credit},
        .amount_points = points,
        .credit_available_points = points,
        .issued_points = issued,
    };
}

static void level_is(uint64_t depth_no, uint64_t lots)
{
    struct jz_event *event = add(JZ_EVENT_DEPTH);
    event->market.value = MARKET;
    event->number = depth_no;
    event->depth.levels[0] =
        (struct jz_depth_level){.price = 10, .side = JZ_SIDE_SELL, .lots = lots};
}

/* Where the interesting ones stand. */
enum {
    DEPOSIT_ANA,
    DEPOSIT_BO,
    LISTED,
    HOLD_ANA,
    ACCEPTED_ANA,
    RESTED_ANA,
    DEPTH_ONE,
    RESULT_ANA,
    HOLD_BO,
    ACCEPTED_BO,
    BASE_PAID,
    QUOTE_PAID,
    TRADE,
    MAKER,
    TAKER,
    MAKER_DONE,
    TAKER_DONE,
    DEPTH_TWO,
    RESULT_BO,
};

/* Ana sells 3 lots at 10 to Bo; a lot is one point. */
static int trade_happens(void **state)
{
    (void)state;
    event_count = 0;
    deposited(ANA, BASE, 5);
    deposited(BO, QUOTE, 100);
    struct jz_event *listed = add(JZ_EVENT_MARKET);
    listed->flags = JZ_EVENT_FLAG_PART2;
    listed->market.value = MARKET;
    listed->state.state = JZ_MARKET_CONTINUOUS;
    held(ANA, BASE, 3, 2);
    reported(ANA, ORDER_OF_ANA, JZ_EXEC_ACCEPTED, 1, 3, 0);
    reported(ANA, ORDER_OF_ANA, JZ_EXEC_RESTED, 2, 3, 0);
    level_is(1, 3);
    add(JZ_EVENT_RESULT);
    held(BO, QUOTE, 30, 70);
    reported(BO, ORDER_OF_BO, JZ_EXEC_ACCEPTED, 1, 3, 0);
    paid(ANA, BO, BASE, 3, 5);
    paid(BO, ANA, QUOTE, 30, 100);
    struct jz_event *trade = add(JZ_EVENT_TRADE);
    trade->market.value = MARKET;
    trade->number = 1;
    trade->trade = (struct jz_event_trade){
        .maker = ORDER_OF_ANA, .taker = ORDER_OF_BO, .lots = 3, .price = 10};
    reported(ANA, ORDER_OF_ANA, JZ_EXEC_TRADE, 3, 0, 3);
    reported(BO, ORDER_OF_BO, JZ_EXEC_TRADE, 2, 0, 3);
    reported(ANA, ORDER_OF_ANA, JZ_EXEC_DONE, 4, 0, 3);
    reported(BO, ORDER_OF_BO, JZ_EXEC_DONE, 3, 0, 3);
    level_is(2, 0);
    add(JZ_EVENT_RESULT);
    return 0;
}

/* The first fault that a reader finds. */
static const char *read_all(void)
{
    static const struct jz_genesis genesis = {
        .currencies = 2, .markets = 1, .accounts = 20, .balances = 8, .orders = 4, .levels = 4};
    struct jz_script_mirror mirror;
    const char *fault = NULL;
    jz_script_mirror_init(&mirror, &genesis);
    for (uint32_t i = 0; i < event_count && fault == NULL; i++) {
        fault = jz_script_mirror_apply(&mirror, &events[i]);
    }
    jz_script_mirror_deinit(&mirror);
    return fault == NULL ? "" : fault;
}

static void left_out(uint32_t index)
{
    memmove(&events[index], &events[index + 1], (event_count - index - 1) * sizeof(events[0]));
    event_count--;
}

static void finds(const char *fault)
{
    assert_string_equal(read_all(), fault);
    (void)trade_happens(NULL);
}

static void a_trade_told_in_full_is_believed(void **state)
{
    (void)state;
    finds("");
}

static void balances_must_follow_from_what_moved(void **state)
{
    (void)state;
    events[DEPOSIT_ANA].transfer.credit_available_points++;
    finds("a transfer leaves other balances than it says");
    events[DEPOSIT_BO].transfer.issued_points--;
    finds("a transfer leaves other balances than it says");
    events[QUOTE_PAID].transfer.debit_held_points = 1;
    finds("a transfer leaves other balances than it says");
    events[QUOTE_PAID].transfer.debit.value = 99;
    finds("a transfer names nobody");
    events[HOLD_ANA].hold.available_points++;
    finds("a hold leaves another balance than it says");
    events[HOLD_BO].hold.amount_points = 29;
    finds("a hold leaves another balance than it says");
    left_out(HOLD_ANA);
    finds("a transfer leaves other balances than it says");
}

static void reports_must_follow_from_trades(void **state)
{
    (void)state;
    events[MAKER].order.leaves_lots = 1;
    finds("a report leaves other lots than the fills do");
    events[TAKER].order.cum_lots = 2;
    finds("a report leaves other lots than the fills do");
    left_out(TRADE);
    finds("a report of a fill without its trade");
    left_out(TAKER);
    finds("an account's reports have a gap");
    left_out(MAKER);
    finds("a report of a fill without its trade");
    left_out(ACCEPTED_BO);
    finds("an account's reports have a gap");
    events[MAKER_DONE].order.order.value++;
    finds("a report of an order that is not live");
}

static void numbers_must_have_no_gap(void **state)
{
    (void)state;
    events[TRADE].number = 2;
    finds("trade numbers have a gap");
    events[DEPTH_ONE].number = 2;
    finds("depth numbers have a gap");
    left_out(DEPTH_ONE);
    finds("depth numbers have a gap");
    events[RESTED_ANA].number = 3;
    finds("an account's reports have a gap");
}

static void a_level_that_did_not_change_is_not_told(void **state)
{
    (void)state;
    events[DEPTH_TWO].depth.levels[0].lots = 3;
    finds("a depth change that changes nothing");
    events[DEPTH_ONE].depth.levels[0].lots = 0;
    finds("a depth change that changes nothing");
}

static void a_picture_s_event_has_no_place_in_a_command(void **state)
{
    (void)state;
    events[RESULT_ANA].kind = JZ_EVENT_LANE;
    finds("an event of a picture inside a command");
    events[RESULT_ANA].kind = 77;
    finds("an event of no kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_trade_told_in_full_is_believed, trade_happens),
        cmocka_unit_test_setup(balances_must_follow_from_what_moved, trade_happens),
        cmocka_unit_test_setup(reports_must_follow_from_trades, trade_happens),
        cmocka_unit_test_setup(numbers_must_have_no_gap, trade_happens),
        cmocka_unit_test_setup(a_level_that_did_not_change_is_not_told, trade_happens),
        cmocka_unit_test_setup(a_picture_s_event_has_no_place_in_a_command, trade_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
