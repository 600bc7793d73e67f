/* codec.h - reads requests out of bytes that anybody may have sent.
 *
 * A message is one map or an array of 1..JZ_WIRE_BATCH_MAX maps:
 *
 *     jz_codec_open(&codec, message, bytes) -> DONE, or MALFORMED and nothing in it counts
 *     while (codec.left > 0) {
 *         result = jz_codec_next(&codec, &request, &refusal);
 *         DONE: act on request;  else: answer refusal, to request.nonce and request.ref
 *     }
 *
 * A batch is walked once before its first item is given out, so that a batch is decodable or not
 * as a whole; a single map is checked while it is read.
 *
 * Strict: every field is known, comes once, belongs to its op, has its type and fits; what must be
 * there is. Which fault is told when there are several: MALFORMED; then `v`; then `op`; then the
 * first field of the message that is unknown, comes twice or is mistyped; then one that the op does
 * not take, then one that is missing, each by its number in JZ_FIELD_MAP. Any encoding of an
 * integer is taken, also a longer one than needed.
 *
 * Memory:  nothing is allocated; texts of the request point into the message.
 * Bounds:  time and stack are bounded by the message's bytes and JZ_WIRE_DEPTH_MAX, whatever
 *          lengths it claims.
 * Threads: a codec belongs to one thread; there is no shared state.
 */
#ifndef JZ_WIRE_CODEC_H
#define JZ_WIRE_CODEC_H

#include "gateway/wire/answer.h"

struct jz_codec {
    const uint8_t *next;
    const uint8_t *end;
    uint32_t left;                         /* items not yet given out */
    uint32_t count;                        /* items of the message */
    uint32_t depth;                        /* levels that an item may have, itself included */
    char unknown[JZ_WIRE_FIELD_BYTES_MAX]; /* name of the field that the last refusal is about */
};

/* Begins a message, which stays as it is until the last item was used. Returns JZ_RESULT_DONE and
 * left >= 1; or JZ_RESULT_MALFORMED and left = 0 if it is no map and no array of
 * 1..JZ_WIRE_BATCH_MAX maps, longer than JZ_WIRE_MESSAGE_BYTES_MAX, or (a batch) not well-formed in
 * any place or nested deeper than JZ_WIRE_DEPTH_MAX. */
enum jz_result jz_codec_open(struct jz_codec *codec, const void *message, size_t message_bytes);

/* The next item; call while left > 0. Returns JZ_RESULT_DONE with the request filled, defaults
 * included; or JZ_RESULT_MALFORMED (a single map only) or JZ_RESULT_INVALID_PARAM with the refusal
 * filled, and of the request only nonce, ref and op if they could be read (0 and JZ_REF_NONE else).
 * refusal->field is good until the next call. Unknown names are cut to JZ_WIRE_FIELD_BYTES_MAX and
 * their unprintable bytes shown as '?'. */
enum jz_result jz_codec_next(struct jz_codec *codec, struct jz_request *request,
                             struct jz_refusal *refusal);

#endif /* JZ_WIRE_CODEC_H */
