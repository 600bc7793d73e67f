/* egress.h - what is durable, record by record: answers, execution reports, feed, picture. */
#ifndef JZ_GATEWAY_EGRESS_H
#define JZ_GATEWAY_EGRESS_H

#include "gateway/desk.h"

#define JZ_EGRESS_RECORDS_MAX 512u /* of one turn, but that a command is not left half told */

/* Takes the records that are durable, up to the bound, and gives their room back. Returns how many.
 */
uint32_t jz_egress_poll(struct jz_desk *desk);

#endif /* JZ_GATEWAY_EGRESS_H */
