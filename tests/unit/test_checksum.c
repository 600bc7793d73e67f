/* CRC32C: both ways give the published values and, on anything, the same value.
 *
 * Method: the test values of RFC 3720 B.4 and of the CRC catalogue; then random bytes of every
 * length up to a few hundred from every alignment, whole and in two pieces, and long runs, which
 * the instruction takes in three lanes.
 */
#include "engine/base/checksum.h"

#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 400, LONG_BYTES = 20000 };

static unsigned char noise[LONG_BYTES + 8];

static int fill_noise(void **state)
{
    (void)state;
    uint64_t x = 42;
    for (size_t i = 0; i < sizeof(noise); i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        noise[i] = (unsigned char)(x >> 56);
    }
    return 0;
}

static void both_ways_give(const void *bytes, size_t bytes_count, uint32_t expected)
{
    assert_int_equal(jz_checksum_crc32c(0, bytes, bytes_count), expected);
    assert_int_equal(jz_checksum_crc32c_by_tables(0, bytes, bytes_count), expected);
}

static void the_published_values_come_out(void **state)
{
    (void)state;
    unsigned char bytes[32];

    both_ways_give("", 0, 0);
    both_ways_give("123456789", 9, 0xE3069283u);
    memset(bytes, 0, sizeof(bytes));
    both_ways_give(bytes, sizeof(bytes), 0x8A9136AAu);
    memset(bytes, 0xFF, sizeof(bytes));
    both_ways_give(bytes, sizeof(bytes), 0x62A8AB43u);
    for (unsigned char i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }
    both_ways_give(bytes, sizeof(bytes), 0x46DD794Eu);
}

static void instruction_and_tables_agree_on_any_length_and_alignment(void **state)
{
    (void)state;
    if (!jz_checksum_has_instruction()) {
        print_message("this processor has no CRC32C instruction: tables against themselves\n");
    }
    for (size_t start = 0; start < 8; start++) {
        for (size_t bytes_count = 0; bytes_count <= BYTES; bytes_count++) {
            assert_int_equal(jz_checksum_crc32c(7, noise + start, bytes_count),
                             jz_checksum_crc32c_by_tables(7, noise + start, bytes_count));
        }
    }
}

static void instruction_and_tables_agree_on_long_runs(void **state)
{
    (void)state;
    for (size_t bytes_count = BYTES; bytes_count <= LONG_BYTES; bytes_count += 61) {
        assert_int_equal(jz_checksum_crc32c(7, noise, bytes_count),
                         jz_checksum_crc32c_by_tables(7, noise, bytes_count));
    }
    for (size_t bytes_count = 3 * 1024 - 9; bytes_count <= 3 * 1024 + 9; bytes_count++) {
        assert_int_equal(jz_checksum_crc32c(7, noise + 1, bytes_count),
                         jz_checksum_crc32c_by_tables(7, noise + 1, bytes_count));
    }
}

static void a_run_in_two_pieces_has_the_checksum_of_the_whole(void **state)
{
    (void)state;
    const uint32_t whole = jz_checksum_crc32c(0, noise, BYTES);
    for (size_t cut = 0; cut <= BYTES; cut++) {
        const uint32_t before = jz_checksum_crc32c(0, noise, cut);
        const uint32_t before_by_tables = jz_checksum_crc32c_by_tables(0, noise, cut);
        assert_int_equal(jz_checksum_crc32c(before, noise + cut, BYTES - cut), whole);
        assert_int_equal(jz_checksum_crc32c_by_tables(before_by_tables, noise + cut, BYTES - cut),
                         whole);
    }
}

static void every_single_flipped_bit_changes_it(void **state)
{
    (void)state;
    const uint32_t before = jz_checksum_crc32c(0, noise, BYTES);
    for (size_t bit = 0; bit < (size_t)BYTES * 8; bit++) {
        noise[bit / 8] = (unsigned char)(noise[bit / 8] ^ (1u << (bit % 8)));
        assert_int_not_equal(jz_checksum_crc32c(0, noise, BYTES), before);
        noise[bit / 8] = (unsigned char)(noise[bit / 8] ^ (1u << (bit % 8)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_values_come_out),
        cmocka_unit_test_setup(instruction_and_tables_agree_on_any_length_and_alignment,
                               fill_noise),
        cmocka_unit_test_setup(instruction_and_tables_agree_on_long_runs, fill_noise),
        cmocka_unit_test_setup(a_run_in_two_pieces_has_the_checksum_of_the_whole, fill_noise),
        cmocka_unit_test_setup(every_single_flipped_bit_changes_it, fill_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
