/* packed.h - messages written as text in a test and packed by msgpack-c.
 *
 * The text is JSON with these liberties: ' serves as well as " around strings, and integers go from
 * -2^63 to 2^64 - 1. The order of fields stays as written, also of fields that come twice.
 */
#ifndef JZ_TESTS_PACKED_H
#define JZ_TESTS_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Packs the text into out, every value in its shortest form. Returns the bytes. Stops the program
 * if the text is not as above or does not fit. */
size_t jz_packed_text(const char *text, uint8_t *out, size_t room);

/* The bytes that hex digits spell, blanks between them allowed; likewise. */
size_t jz_packed_hex(const char *hex, uint8_t *out, size_t room);

/* Writes a packed value as text, for comparing and for people: {"a"=>1, "b"=>[true, "c"]}. Of an
 * array of maps, as answers come in, the map at this index; else index is 0 for the value itself.
 * False: there is no such index. */
bool jz_packed_show(const uint8_t *bytes, size_t count, uint32_t index, char *out, size_t room);

#endif /* JZ_TESTS_PACKED_H */
