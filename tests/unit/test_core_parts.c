/* The two parts that everything in the core stands on: slabs and indexes.
 *
 * Method: small ones to the brim, and long random use beside a plain array that cannot be wrong.
 * Prints its seed and takes one as its only argument.
 */
#include "engine/core/index.h"
#include "engine/core/slab.h"
#include "tests/support/core_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 5000 }; /* three tiers, none of them full to the last bit */

static uint64_t seed = 20261121;
static struct stream dice;

static struct {
    struct jz_slab slab;
    uint64_t words[256];
} pool;

static struct {
    struct jz_index index;
    struct jz_index_entry entries[16384];
} table;

static int start(void **state)
{
    (void)state;
    stream_open(&dice, seed);
    memset(&pool, 0, sizeof(pool));
    memset(&table, 0, sizeof(table));
    return 0;
}

static void open_slab(uint32_t capacity)
{
    assert_true(jz_slab_bytes(capacity) <= sizeof(pool.words));
    jz_slab_init(&pool.slab, capacity, pool.words);
}

static void slots_go_out_lowest_first_up_to_the_last(void **state)
{
    (void)state;
    const uint32_t capacities[] = {1, 63, 64, 65, 4096, 4097, SLOTS};
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        memset(&pool, 0, sizeof(pool));
        open_slab(capacities[i]);
        for (uint32_t slot = 1; slot <= capacities[i]; slot++) {
            assert_false(jz_slab_is_full(&pool.slab));
            assert_int_equal(jz_slab_take(&pool.slab), slot);
        }
        assert_true(jz_slab_is_full(&pool.slab));
        jz_slab_verify(&pool.slab);
        jz_slab_give(&pool.slab, capacities[i]);
        assert_int_equal(jz_slab_take(&pool.slab), capacities[i]);
        assert_true(jz_slab_is_full(&pool.slab));
    }
}

static void a_slot_given_back_is_the_next_to_go_out(void **state)
{
    (void)state;
    open_slab(SLOTS);
    for (uint32_t slot = 1; slot <= 200; slot++) {
        (void)jz_slab_take(&pool.slab);
    }
    jz_slab_give(&pool.slab, 150);
    jz_slab_give(&pool.slab, 3);
    assert_int_equal(jz_slab_next(&pool.slab, 2), 4);
    assert_int_equal(jz_slab_next(&pool.slab, 149), 151);
    assert_int_equal(jz_slab_take(&pool.slab), 3);
    assert_int_equal(jz_slab_take(&pool.slab), 150);
    assert_int_equal(jz_slab_take(&pool.slab), 201);
    assert_int_equal(jz_slab_next(&pool.slab, 201), 0);
}

/* The lowest free slot of a plain array, 0 if there is none. */
static uint32_t lowest_free(const bool *taken)
{
    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        if (!taken[slot]) {
            return slot;
        }
    }
    return 0;
}

static void a_slab_agrees_with_a_plain_array(void **state)
{
    (void)state;
    static bool taken[SLOTS + 1];
    memset(taken, 0, sizeof(taken));
    open_slab(SLOTS);
    for (uint32_t step = 0; step < 40000; step++) {
        const uint32_t slot = 1 + (uint32_t)stream_below(&dice, SLOTS);
        const bool fills = step % 20000 < 12000;
        if (jz_slab_is_taken(&pool.slab, slot) && (!fills || jz_slab_is_full(&pool.slab))) {
            jz_slab_give(&pool.slab, slot);
            taken[slot] = false;
        } else if (!jz_slab_is_full(&pool.slab)) {
            const uint32_t expected = lowest_free(taken);
            assert_int_equal(jz_slab_take(&pool.slab), expected);
            taken[expected] = true;
        }
    }
    jz_slab_verify(&pool.slab);
    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        assert_int_equal(jz_slab_is_taken(&pool.slab, slot), taken[slot]);
    }
}

static void open_index(uint32_t capacity)
{
    assert_true(jz_index_bytes(capacity) <= sizeof(table.entries));
    jz_index_init(&table.index, capacity, table.entries);
}

static bool has(uint64_t hash, uint32_t slot)
{
    struct jz_probe probe = jz_index_probe(&table.index, hash);
    uint32_t found = jz_index_next(&table.index, &probe);
    while (found != 0 && found != slot) {
        found = jz_index_next(&table.index, &probe);
    }
    return found == slot;
}

static void keys_of_one_hash_are_all_found_until_each_is_removed(void **state)
{
    (void)state;
    open_index(12);
    const uint64_t hash = table.index.mask; /* the last entry: the walk goes round the end */
    for (uint32_t slot = 1; slot <= 12; slot++) {
        jz_index_insert(&table.index, slot % 2 == 0 ? hash : hash - 1, slot);
    }
    for (uint32_t slot = 1; slot <= 12; slot++) {
        assert_true(has(slot % 2 == 0 ? hash : hash - 1, slot));
    }
    for (uint32_t slot = 12; slot >= 1; slot--) {
        jz_index_remove(&table.index, slot % 2 == 0 ? hash : hash - 1, slot);
        jz_index_verify(&table.index);
        assert_false(has(slot % 2 == 0 ? hash : hash - 1, slot));
    }
    assert_int_equal(table.index.used, 0);
}

/* Few homes and much coming and going, so that runs of entries join, wrap and part. */
static void an_index_agrees_with_a_plain_array(void **state)
{
    (void)state;
    enum { KEYS = 300 };
    static uint64_t hashes[KEYS + 1]; /* 0: not in the index */
    memset(hashes, 0, sizeof(hashes));
    open_index(KEYS);
    for (uint32_t step = 0; step < 50000; step++) {
        const uint32_t slot = 1 + (uint32_t)stream_below(&dice, KEYS);
        if (hashes[slot] != 0) {
            assert_true(has(hashes[slot], slot));
            jz_index_remove(&table.index, hashes[slot], slot);
            assert_false(has(hashes[slot], slot));
            hashes[slot] = 0;
        } else {
            hashes[slot] = 1 + stream_below(&dice, 50) * (table.index.mask / 50) +
                           (stream_below(&dice, 4) << 32);
            jz_index_insert(&table.index, hashes[slot], slot);
        }
    }
    jz_index_verify(&table.index);
    for (uint32_t slot = 1; slot <= KEYS; slot++) {
        assert_true(hashes[slot] == 0 || has(hashes[slot], slot));
    }
}

int main(int count, char **arguments)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_go_out_lowest_first_up_to_the_last),
        cmocka_unit_test(a_slot_given_back_is_the_next_to_go_out),
        cmocka_unit_test(a_slab_agrees_with_a_plain_array),
        cmocka_unit_test(keys_of_one_hash_are_all_found_until_each_is_removed),
        cmocka_unit_test(an_index_agrees_with_a_plain_array),
    };
    if (count > 1) {
        seed = strtoull(arguments[1], NULL, 10);
    }
    (void)printf("seed %" PRIu64 "\n", seed);
    desk_stories(tests, sizeof(tests) / sizeof(tests[0]), start, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
