/* packed.h - messages written as text in a test and packed by msgpack-c.
 *
 * The text is JSON with these liberties: ' serves as well as " around strings, and integers go from
 * -2^63 to 2^64 - 1. The order of fields stays as written, also of fields that come twice.
 */
#ifndef JZ_TESTS_PACKED_H
#define JZ_TESTS_PACKED_H

#include <stddef.h>
#include <stdint.h>

/* Packs the text into out, every value in its shortest form. Returns the bytes. Stops the program
 * if the text is not as above or does not fit. */
size_t jz_packed_text(const char *text, uint8_t *out, size_t room);

/* The bytes that hex digits spell, blanks between them allowed; likewise. */
size_t jz_packed_hex(const char *hex, uint8_t *out, size_t room);

#endif /* JZ_TESTS_PACKED_H */
