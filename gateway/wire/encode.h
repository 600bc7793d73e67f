/* encode.h - writes what the gateway says: replies, reports and the feed, as msgpack maps.
 *
 * Every function writes one map at out and returns its bytes, or 0 and nothing of use if the room
 * is less than the map may need (the bound named beside it). Several maps for one peer go into one
 * message as an array: leave JZ_ENCODE_ARRAY_BYTES free, append maps, then jz_encode_array. A peer
 * may get a single map bare.
 *
 * Integers have their shortest form. Threads: any, each on its own buffer. Nothing is allocated.
 */
#ifndef JZ_WIRE_ENCODE_H
#define JZ_WIRE_ENCODE_H

#include "gateway/wire/answer.h"

#define JZ_ENCODE_ARRAY_BYTES       3u
#define JZ_ENCODE_REPLY_BYTES_MAX   512u /* order, amount, id, hello, status and refusal */
#define JZ_ENCODE_REPORT_BYTES_MAX  512u
#define JZ_ENCODE_TRADE_BYTES_MAX   256u
#define JZ_ENCODE_LEVEL_BYTES_MAX   19u  /* one [price, lots] */
#define JZ_ENCODE_BOOK_BYTES_MAX    512u /* a book or depth change without its levels */
#define JZ_ENCODE_MARKET_BYTES_MAX  384u /* one market of get_markets */
#define JZ_ENCODE_MARKETS_BYTES_MAX 256u /* get_markets without its markets */

/* Turns count maps that follow out[JZ_ENCODE_ARRAY_BYTES] into an array. 1..JZ_WIRE_BATCH_MAX. */
void jz_encode_array(uint8_t *out, uint32_t count);

/* place_order, replace_order, cancel_order. */
size_t jz_encode_order(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_order_answer *answer);

/* mint, transfer_in: {amount}. */
size_t jz_encode_amount(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t amount);

/* put_currency, put_account, put_market: {id}. */
size_t jz_encode_id(uint8_t *out, size_t room, const struct jz_reply *reply, uint64_t id);

size_t jz_encode_hello(uint8_t *out, size_t room, const struct jz_reply *reply,
                       const struct jz_hello_answer *answer);

size_t jz_encode_status(uint8_t *out, size_t room, const struct jz_reply *reply,
                        const struct jz_status_answer *answer);

/* count <= JZ_WIRE_MARKETS_MAX; next: number of the first market of the next page, 0: no more.
 * Room: JZ_ENCODE_MARKETS_BYTES_MAX + count * JZ_ENCODE_MARKET_BYTES_MAX. */
size_t jz_encode_markets(uint8_t *out, size_t room, const struct jz_reply *reply,
                         const struct jz_market_answer *markets, uint32_t count, uint32_t next);

/* Room: JZ_ENCODE_BOOK_BYTES_MAX + levels * JZ_ENCODE_LEVEL_BYTES_MAX. */
size_t jz_encode_book(uint8_t *out, size_t room, const struct jz_reply *reply,
                      const struct jz_book_answer *answer);

/* Any refusal; code and message come from its result, which is not DONE. */
size_t jz_encode_refusal(uint8_t *out, size_t room, const struct jz_reply *reply,
                         const struct jz_refusal *refusal);

size_t jz_encode_report(uint8_t *out, size_t room, const struct jz_report *report);

size_t jz_encode_trade(uint8_t *out, size_t room, const struct jz_trade *trade);

/* Room as jz_encode_book. */
size_t jz_encode_depth(uint8_t *out, size_t room, const struct jz_depth_change *change);

/* Room: JZ_ENCODE_TRADE_BYTES_MAX. */
size_t jz_encode_heartbeat(uint8_t *out, size_t room, const struct jz_heartbeat *heartbeat);

#endif /* JZ_WIRE_ENCODE_H */
