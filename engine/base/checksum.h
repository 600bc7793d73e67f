/* checksum.h - CRC32C, for what must be proof against accident: torn writes, flipped bits.
 *
 * Two ways that give the same value: the instruction of SSE4.2 where the processor has it, tables
 * everywhere else.
 *
 * Threads: any. Source: G. Castagnoli et al., IEEE Trans. Comm. 41(6), 1993 (the polynomial,
 * 0x1EDC6F41); RFC 3720 B.4 (test values); M. Kounavis, F. Berry, ISCC 2005 (eight tables at once);
 * V. Gopal et al., "Fast CRC Computation for iSCSI Polynomial", Intel 2011 (three lanes).
 */
#ifndef JZ_BASE_CHECKSUM_H
#define JZ_BASE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CRC32C of a run of bytes that continues one of checksum `before`; 0 begins a new one. */
uint32_t jz_checksum_crc32c(uint32_t before, const void *bytes, size_t bytes_count);

/* The same by tables alone, and whether the other way is what this machine uses; for tests. */
uint32_t jz_checksum_crc32c_by_tables(uint32_t before, const void *bytes, size_t bytes_count);
bool jz_checksum_has_instruction(void);

#endif /* JZ_BASE_CHECKSUM_H */
