/* serve.h - the wheel: one turn takes in, sends out, and tells how much there was to do. */
#ifndef JZ_GATEWAY_SERVE_H
#define JZ_GATEWAY_SERVE_H

#include "gateway/desk.h"

/* One turn. Returns how many messages and records it handled; 0: nothing to do at the moment. */
uint32_t jz_serve_turn(struct jz_desk *desk);

/* Turns until the exchange stops, and delivers what is durable then. Sleeps while there is nothing
 * to do. */
void jz_serve_run(struct jz_desk *desk);

#endif /* JZ_GATEWAY_SERVE_H */
