/* Orders that meet: price, then time, each maker at its price, and what both have afterwards.
 *
 * Method: a street of three people in one market; every command is followed by a walk over all
 * state, so a test only says what its story is about.
 */
#include "tests/support/cmocka.h"
#include "tests/support/core_street.h"

#include <string.h>

static struct desk desk;

static int open_street(void **state)
{
    (void)state;
    street_open_rich(&desk);
    return 0;
}

static int close_street(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void an_order_that_meets_nobody_rests_and_holds_what_it_needs(void **state)
{
    (void)state;
    const struct wish sell = {.account = ANA, .side = JZ_SIDE_SELL, .lots = 30, .price = 2};
    const struct jz_event_result *result = street_place(&desk, sell);
    street_expect(result, JZ_RESULT_DONE);
    assert_int_equal(result->order_status, JZ_ORDER_NEW);
    assert_int_equal(result->leaves_lots, 30);
    assert_int_equal(result->amount, 0);
    street_expect_balance(&desk, ANA, BEANS, PURSE - 300, 300);
    street_expect_book(&desk, JZ_SIDE_SELL, "30@2");
}

static void a_buyer_pays_the_price_of_the_maker_and_gets_the_rest_back(void **state)
{
    (void)state;
    (void)street_order(&desk, (struct wish){ANA, JZ_SIDE_SELL, 30, 2, NULL, 0});
    const struct jz_event_result *result =
        street_place(&desk, (struct wish){BO, JZ_SIDE_BUY, 20, 3, NULL, 0});
    assert_int_equal(result->order_status, JZ_ORDER_FILLED);
    assert_int_equal(result->amount, 20);
    street_expect_balance(&desk, BO, BEANS, PURSE + 200, 0);
    street_expect_balance(&desk, BO, MILES, PURSE - 40, 0);
    street_expect_balance(&desk, ANA, MILES, PURSE + 40, 0);
    street_expect_balance(&desk, ANA, BEANS, PURSE - 300, 100);
    street_expect_book(&desk, JZ_SIDE_SELL, "10@2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_that_meets_nobody_rests_and_holds_what_it_needs,
                                        open_street, close_street),
        cmocka_unit_test_setup_teardown(a_buyer_pays_the_price_of_the_maker_and_gets_the_rest_back,
                                        open_street, close_street),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
