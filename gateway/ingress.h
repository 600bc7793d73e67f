/* ingress.h - what peers send, message by message: answered at once, or a command for the engine.
 */
#ifndef JZ_GATEWAY_INGRESS_H
#define JZ_GATEWAY_INGRESS_H

#include "gateway/desk.h"

#define JZ_INGRESS_MESSAGES_MAX 256u /* of one turn */
#define JZ_INGRESS_WORK_MAX                                                                        \
    2048u /* of one turn, but that the last message is taken whole: an                             \
             item counts 1, and more for a long answer */

/* Takes the messages that wait, up to the bounds, and hands the commands in them to the engine in
 * one step. Returns how many messages. */
uint32_t jz_ingress_poll(struct jz_desk *desk);

#endif /* JZ_GATEWAY_INGRESS_H */
