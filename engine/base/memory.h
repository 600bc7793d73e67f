/* memory.h - memory that is taken once at start-up: private ranges, and files of memory that two
 * processes share. Nothing is taken later.
 */
#ifndef JZ_BASE_MEMORY_H
#define JZ_BASE_MEMORY_H

#include "jiaozi/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reserves a private range of zeroed, page-aligned address space that costs memory only where it is
 * touched. NULL and errno if there is none. Given back by jz_memory_release. */
void *jz_memory_reserve(size_t bytes);

/* Gives a range of jz_memory_reserve or jz_memory_map back. NULL is allowed. */
void jz_memory_release(void *range, size_t bytes);

/* Makes a file that lives in memory only, zeroed, close-on-exec and of fixed length, for sharing by
 * its descriptor. JZ_OK or JZ_ESYSTEM. */
JZ_MUST_USE
int jz_memory_file(const char *name, size_t bytes, int *file);

/* From now on the file can be mapped for reading only; mappings that exist stay writable. JZ_OK or
 * JZ_ESYSTEM. */
JZ_MUST_USE
int jz_memory_seal_writes(int file);

/* Maps the whole of such a file, its length checked against bytes. NULL and errno if that fails or
 * the file is shorter. */
void *jz_memory_map(int file, size_t bytes, bool writable);

#endif /* JZ_BASE_MEMORY_H */
