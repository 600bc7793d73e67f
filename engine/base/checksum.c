/* checksum.c - CRC32C eight bytes at a time, by instruction or by tables. */
#include "engine/base/checksum.h"

#include <string.h>

#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41, bits reversed */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are taken as they lie in memory");

/* tables[n][b]: the checksum of byte b followed by n zero bytes. */
static uint32_t tables[8][256];

static void fill_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1u) != 0 ? POLYNOMIAL : 0);
        }
        tables[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int zeros = 1; zeros < 8; zeros++) {
            const uint32_t value = tables[zeros - 1][byte];
            tables[zeros][byte] = (value >> 8) ^ tables[0][value & 0xFFu];
        }
    }
}

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

uint32_t jz_checksum_crc32c_by_tables(uint32_t before, const void *bytes, size_t bytes_count)
{
    const unsigned char *next = bytes;
    uint32_t value = ~before;

    for (; bytes_count >= 8; bytes_count -= 8, next += 8) {
        const uint64_t word = word_at(next) ^ value;
        value = tables[7][word & 0xFFu] ^ tables[6][(word >> 8) & 0xFFu] ^
                tables[5][(word >> 16) & 0xFFu] ^ tables[4][(word >> 24) & 0xFFu] ^
                tables[3][(word >> 32) & 0xFFu] ^ tables[2][(word >> 40) & 0xFFu] ^
                tables[1][(word >> 48) & 0xFFu] ^ tables[0][word >> 56];
    }
    for (; bytes_count > 0; bytes_count--, next++) {
        value = (value >> 8) ^ tables[0][(value ^ *next) & 0xFFu];
    }
    return ~value;
}

#if defined(__x86_64__)

bool jz_checksum_has_instruction(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}

/* The instruction takes three cycles and a new one can begin in each, so three lanes side by side
 * cost as much as one. What a lane found moves behind the next lane's bytes by passing over as many
 * zero bytes: behind_lane[n][b] is byte n of a checksum, of value b, after LANE_BYTES of them. */
#define LANE_BYTES 1024u

static uint32_t behind_lane[4][256];

static uint32_t pass_zeros(uint32_t value)
{
    for (uint32_t i = 0; i < LANE_BYTES; i++) {
        value = (value >> 8) ^ tables[0][value & 0xFFu];
    }
    return value;
}

static void fill_lane_tables(void)
{
    for (uint32_t bit = 0; bit < 32; bit++) {
        const uint32_t passed = pass_zeros(1u << bit);
        for (uint32_t byte = 0; byte < 256; byte++) {
            behind_lane[bit / 8][byte] ^= (byte >> (bit % 8) & 1u) != 0 ? passed : 0;
        }
    }
}

static uint32_t move_behind_lane(uint32_t value)
{
    return behind_lane[0][value & 0xFFu] ^ behind_lane[1][(value >> 8) & 0xFFu] ^
           behind_lane[2][(value >> 16) & 0xFFu] ^ behind_lane[3][value >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_instruction(uint32_t before, const void *bytes, size_t bytes_count)
{
    const unsigned char *next = bytes;
    uint64_t value = ~before;

    for (; bytes_count >= 3 * (size_t)LANE_BYTES; bytes_count -= 3 * (size_t)LANE_BYTES) {
        uint64_t second = 0;
        uint64_t third = 0;
        for (const unsigned char *end = next + LANE_BYTES; next < end; next += 8) {
            value = __builtin_ia32_crc32di(value, word_at(next));
            second = __builtin_ia32_crc32di(second, word_at(next + LANE_BYTES));
            third = __builtin_ia32_crc32di(third, word_at(next + 2 * (size_t)LANE_BYTES));
        }
        next += 2 * (size_t)LANE_BYTES;
        value = move_behind_lane((uint32_t)value) ^ second;
        value = move_behind_lane((uint32_t)value) ^ third;
    }
    for (; bytes_count >= 8; bytes_count -= 8, next += 8) {
        value = __builtin_ia32_crc32di(value, word_at(next));
    }
    for (; bytes_count > 0; bytes_count--, next++) {
        value = __builtin_ia32_crc32qi((uint32_t)value, *next);
    }
    return ~(uint32_t)value;
}

uint32_t jz_checksum_crc32c(uint32_t before, const void *bytes, size_t bytes_count)
{
    if (jz_checksum_has_instruction()) {
        return crc32c_by_instruction(before, bytes, bytes_count);
    }
    return jz_checksum_crc32c_by_tables(before, bytes, bytes_count);
}

/* Before main, so that no call has to ask whether it is done. */
__attribute__((constructor)) static void fill_all_tables(void)
{
    fill_tables();
    fill_lane_tables();
}

#else

__attribute__((constructor)) static void fill_all_tables(void)
{
    fill_tables();
}

bool jz_checksum_has_instruction(void)
{
    return false;
}

uint32_t jz_checksum_crc32c(uint32_t before, const void *bytes, size_t bytes_count)
{
    return jz_checksum_crc32c_by_tables(before, bytes, bytes_count);
}

#endif
