/* codec_twin.h - the decoder of requests again, slow and obvious, on msgpack-c.
 *
 * It knows gateway/PROTOCOL.md and nothing of the decoder's tables or its shortcuts. Whether bytes
 * are well-formed it finds out in two ways that must agree: by a plain recursive walk, and by
 * msgpack-c, which is asked only where no length claims more than is there, because it would
 * reserve memory for it.
 */
#ifndef JZ_TESTS_CODEC_TWIN_H
#define JZ_TESTS_CODEC_TWIN_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the message with the decoder and with the twin, and stops the program where they differ
 * in anything: result, named field, nonce, ref, or a value of the request. Returns how many
 * requests of it were accepted. */
uint32_t jz_codec_twin_compare(const uint8_t *message, size_t message_bytes);

#endif /* JZ_TESTS_CODEC_TWIN_H */
