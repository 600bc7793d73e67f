/* The core does what a venue did: every fill of every taker, and every book row.
 *
 * Method: a flow through jz_core_apply, command by command, with its fills and five-level books
 * compared as they come: the recorded Nasdaq day where shared data is there, and generated flows
 * always. A flow with one fill or one book changed must be told apart.
 */
#include "bench/flow_core.h"

#include "bench/flow_gen.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct jz_flow_core replay;
static struct jz_flow_gen gen;
static struct jz_flow_step step;

static void exchange_opens(uint32_t accounts, uint32_t orders)
{
    const struct jz_flow_core_options options = {.accounts = accounts, .orders = orders};
    assert_int_equal(jz_flow_core_start(&replay, &options), JZ_OK);
}

static void flow_starts(uint64_t seed, uint64_t commands, uint32_t depth)
{
    const struct jz_flow_gen_options options = {.seed = seed, .commands = commands, .depth = depth};
    assert_int_equal(jz_flow_gen_init(&gen, &options), JZ_OK);
}

static void day_ends(void)
{
    jz_core_verify(replay.core);
    jz_flow_core_stop(&replay);
}

static void the_nasdaq_day_comes_out_as_the_venue_executed_it(void **state)
{
    (void)state;
    struct jz_flow_paths paths;
    struct jz_flow *flow = NULL;
    if (jz_flow_find(JZ_SHARED_DIR "/data/lobster_amzn", &paths) != JZ_OK) {
        print_message("skipped: no shared data\n");
        skip();
    }
    assert_int_equal(jz_flow_open(&paths, &flow), JZ_OK);
    exchange_opens(1, 64);
    bool has_step = true;
    bool is_same = true;
    while (has_step && is_same) {
        assert_int_equal(jz_flow_next(flow, &step, &has_step), JZ_OK);
        is_same = !has_step || jz_flow_core_step(&replay, &step);
    }
    assert_string_equal(replay.mismatch, "");
    assert_int_equal(replay.commands, 229154);
    assert_int_equal(replay.takers, 6571);
    assert_int_equal(replay.fills, 8631);
    assert_int_equal(replay.books, 151108);
    day_ends();
    jz_flow_close(flow);
}

static void play_generated(uint64_t seed, uint64_t commands, uint32_t depth, uint32_t accounts)
{
    flow_starts(seed, commands, depth);
    exchange_opens(accounts, 2 * depth);
    bool is_same = true;
    while (is_same && jz_flow_gen_next(&gen, &step)) {
        is_same = jz_flow_core_step(&replay, &step);
    }
    assert_string_equal(replay.mismatch, "");
    assert_int_equal(replay.commands, commands);
    assert_int_equal(jz_core_live_orders(replay.core), gen.sides[0].count + gen.sides[1].count);
    day_ends();
    jz_flow_gen_deinit(&gen);
}

static void generated_flows_come_out_as_the_slow_book_says(void **state)
{
    (void)state;
    play_generated(1, 20000, JZ_FLOW_GEN_DEPTH_MIN, 1);
    play_generated(2, 20000, 1000, 1);
    play_generated(3, 20000, 300, 50);
}

static void a_generated_flow_has_everything_that_a_recorded_one_has(void **state)
{
    (void)state;
    uint32_t ops[128] = {0};
    uint32_t sweeps = 0;
    uint32_t shared_rows = 0;
    uint32_t emptied = 0;
    flow_starts(7, 20000, 200);
    while (jz_flow_gen_next(&gen, &step)) {
        ops[(unsigned char)step.command.op]++;
        shared_rows += step.ends_row ? 0 : 1;
        emptied += step.command.op == 'R' && step.command.kind == JZ_FLOW_CANCEL ? 1 : 0;
        if (step.fill_count > 1 && step.fills[0].price != step.fills[step.fill_count - 1].price) {
            sweeps++;
        }
    }
    assert_true(ops['A'] > 5000);
    assert_true(ops['C'] > 5000);
    assert_true(ops['R'] > 300);
    assert_true(ops['T'] > 300);
    assert_true(sweeps > 50);
    assert_true(shared_rows > 500);
    assert_true(emptied > 0);
    jz_flow_gen_deinit(&gen);
}

static void the_same_seed_gives_the_same_flow_and_another_one_another(void **state)
{
    (void)state;
    struct jz_flow_gen twin;
    struct jz_flow_gen other;
    struct jz_flow_step of_twin;
    struct jz_flow_step of_other;
    const struct jz_flow_gen_options same = {.seed = 7, .commands = 1000, .depth = 100};
    const struct jz_flow_gen_options different = {.seed = 8, .commands = 1000, .depth = 100};
    flow_starts(7, 1000, 100);
    assert_int_equal(jz_flow_gen_init(&twin, &same), JZ_OK);
    assert_int_equal(jz_flow_gen_init(&other, &different), JZ_OK);
    uint32_t differences = 0;
    while (jz_flow_gen_next(&gen, &step)) {
        assert_true(jz_flow_gen_next(&twin, &of_twin));
        assert_true(jz_flow_gen_next(&other, &of_other));
        assert_memory_equal(&step.command, &of_twin.command, sizeof(step.command));
        differences += memcmp(&step.command, &of_other.command, sizeof(step.command)) != 0;
    }
    assert_true(differences > 900);
    jz_flow_gen_deinit(&gen);
    jz_flow_gen_deinit(&twin);
    jz_flow_gen_deinit(&other);
}

static void a_written_flow_reads_back_as_it_was_generated(void **state)
{
    (void)state;
    char folder[] = "/tmp/jz-replay-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const struct jz_flow_gen_options options = {.seed = 5, .commands = 5000, .depth = 64};
    assert_int_equal(jz_flow_gen_write(&options, folder), JZ_OK);
    struct jz_flow_paths paths;
    struct jz_flow *flow = NULL;
    assert_int_equal(jz_flow_find(folder, &paths), JZ_OK);
    assert_int_equal(jz_flow_open(&paths, &flow), JZ_OK);

    flow_starts(5, 5000, 64);
    struct jz_flow_step read;
    bool has_step = false;
    while (jz_flow_gen_next(&gen, &step)) {
        assert_int_equal(jz_flow_next(flow, &read, &has_step), JZ_OK);
        assert_true(has_step);
        assert_memory_equal(&read.command, &step.command, sizeof(step.command));
        assert_int_equal(read.fill_count, step.fill_count);
        assert_int_equal(read.ends_row, step.ends_row);
        if (step.fill_count > 0) {
            assert_memory_equal(read.fills, step.fills, step.fill_count * sizeof(step.fills[0]));
        }
        if (step.book != NULL) {
            assert_memory_equal(read.book, step.book, sizeof(*step.book));
        }
    }
    assert_int_equal(jz_flow_next(flow, &read, &has_step), JZ_OK);
    assert_false(has_step);
    jz_flow_close(flow);
    jz_flow_gen_deinit(&gen);
    assert_int_equal(unlink(paths.commands), 0);
    assert_int_equal(unlink(paths.fills), 0);
    assert_int_equal(unlink(paths.books), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void the_depth_of_a_generated_flow_has_bounds(void **state)
{
    (void)state;
    struct jz_flow_gen_options options = {.seed = 1, .commands = 1};
    options.depth = JZ_FLOW_GEN_DEPTH_MIN - 1;
    assert_int_equal(jz_flow_gen_init(&gen, &options), JZ_EINVAL);
    options.depth = JZ_FLOW_GEN_DEPTH_MAX + 1;
    assert_int_equal(jz_flow_gen_init(&gen, &options), JZ_EINVAL);
    options.depth = JZ_FLOW_GEN_DEPTH_MAX;
    assert_int_equal(jz_flow_gen_init(&gen, &options), JZ_OK);
    jz_flow_gen_deinit(&gen);
}

/* Plays up to the first taker with two fills or more, and stops before it. */
static void come_to_a_taker(void)
{
    flow_starts(9, 20000, 100);
    exchange_opens(1, 200);
    while (jz_flow_gen_next(&gen, &step) && step.fill_count < 2) {
        assert_true(jz_flow_core_step(&replay, &step));
    }
    assert_true(step.fill_count >= 2);
}

static void leave(void)
{
    day_ends();
    jz_flow_gen_deinit(&gen);
}

static void a_fill_that_is_not_the_venue_s_is_told(void **state)
{
    (void)state;
    come_to_a_taker();
    gen.fills[1].lots++;
    assert_false(jz_flow_core_step(&replay, &step));
    assert_non_null(strstr(replay.mismatch, "lots of a fill"));
    leave();
    come_to_a_taker();
    gen.fills[0].maker_id++;
    assert_false(jz_flow_core_step(&replay, &step));
    assert_non_null(strstr(replay.mismatch, "maker"));
    leave();
    come_to_a_taker();
    step.fill_count--;
    assert_false(jz_flow_core_step(&replay, &step));
    assert_non_null(strstr(replay.mismatch, "fills"));
    leave();
}

static void a_book_that_is_not_the_venue_s_is_told(void **state)
{
    (void)state;
    come_to_a_taker();
    gen.book.asks[4].lots++;
    assert_false(jz_flow_core_step(&replay, &step));
    assert_non_null(strstr(replay.mismatch, "lots of a level"));
    leave();
    come_to_a_taker();
    gen.book.bids[0].price -= 100;
    assert_false(jz_flow_core_step(&replay, &step));
    assert_non_null(strstr(replay.mismatch, "price of a level"));
    leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nasdaq_day_comes_out_as_the_venue_executed_it),
        cmocka_unit_test(generated_flows_come_out_as_the_slow_book_says),
        cmocka_unit_test(a_generated_flow_has_everything_that_a_recorded_one_has),
        cmocka_unit_test(the_same_seed_gives_the_same_flow_and_another_one_another),
        cmocka_unit_test(a_written_flow_reads_back_as_it_was_generated),
        cmocka_unit_test(the_depth_of_a_generated_flow_has_bounds),
        cmocka_unit_test(a_fill_that_is_not_the_venue_s_is_told),
        cmocka_unit_test(a_book_that_is_not_the_venue_s_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
