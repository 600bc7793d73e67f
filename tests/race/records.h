/* records.h - numbered records whose length and every byte follow from their number, so that a
 * reader on another thread or in another process can tell whether it got the right one whole.
 */
#ifndef JZ_TESTS_RACE_RECORDS_H
#define JZ_TESTS_RACE_RECORDS_H

#include "jiaozi/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Any number into one that looks random. Source: S. Vigna, splitmix64. */
static inline uint64_t mix(uint64_t number)
{
    number += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

/* Mostly one to four units as in real traffic; one in eight is anything up to the longest. */
static inline uint32_t record_bytes(uint64_t number)
{
    const uint64_t random = mix(number);
    const uint32_t units_max = random % 8 == 0 ? JZ_RECORD_BYTES_MAX / JZ_RECORD_UNIT_BYTES : 4;

    return JZ_RECORD_UNIT_BYTES * (1 + (uint32_t)(random >> 32) % units_max);
}

/* Writes all record_bytes(number) of the record. */
static inline void fill_record(struct jz_record *record, uint64_t number)
{
    const uint32_t bytes = record_bytes(number);
    uint64_t *body = (uint64_t *)(void *)(record + 1);

    *record = (struct jz_record){.bytes = bytes, .kind = 1, .sequence = number};
    for (uint32_t i = 0; i < (bytes - JZ_RECORD_UNIT_BYTES) / 8; i++) {
        body[i] = number + i;
    }
}

/* Looks at every byte. */
static inline bool is_record(const struct jz_record *record, uint32_t bytes, uint64_t number)
{
    const uint64_t *body = (const uint64_t *)(const void *)(record + 1);
    bool is_right = bytes == record_bytes(number) && record->bytes == bytes && record->kind == 1 &&
                    record->sequence == number;

    for (uint32_t i = 0; is_right && i < (bytes - JZ_RECORD_UNIT_BYTES) / 8; i++) {
        is_right = body[i] == number + i;
    }
    return is_right;
}

#endif /* JZ_TESTS_RACE_RECORDS_H */
