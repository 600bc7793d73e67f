/* greet.h - hello: a connection gets a lane, or is told why not. */
#ifndef JZ_GATEWAY_GREET_H
#define JZ_GATEWAY_GREET_H

#include "gateway/desk.h"

/* Answers a hello. The peer is a member afterwards, or was refused, or turned out to be gone. */
void jz_greet_hello(struct jz_desk *desk, const struct jz_socket_message *from,
                    const struct jz_request *request);

#endif /* JZ_GATEWAY_GREET_H */
