/* attach.h - where a new gateway's picture comes from.
 *
 * Today the engine tells it: jz_link_meet has asked for it, and the answer comes in slices through
 * the event ring, mixed with the events of commands. The caller sees one function, because the
 * source will change.
 */
#ifndef JZ_GATEWAY_ATTACH_H
#define JZ_GATEWAY_ATTACH_H

#include "gateway/link.h"
#include "gateway/picture.h"
#include "jiaozi/version.h"

/* Meets the engine and fills an empty picture until it is complete. JZ_OK; JZ_EAGAIN: the exchange
 * stops instead; JZ_ENOMEM. Blocks. */
JZ_MUST_USE
int jz_attach_load(struct jz_link *link, struct jz_picture *picture);

#endif /* JZ_GATEWAY_ATTACH_H */
