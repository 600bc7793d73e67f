/* gw_raw.h - a peer that speaks ZMTP by hand, so that it can do what a ZeroMQ socket would not:
 * never read, never end a message, choose its routing id, stop in the middle of a handshake.
 *
 * Source: ZMTP 3.0 (rfc.zeromq.org/spec/23), mechanism NULL.
 */
#ifndef JZ_TESTS_GW_RAW_H
#define JZ_TESTS_GW_RAW_H

#include "tests/support/gw_exchange.h"

#include <stdbool.h>
#include <stddef.h>

/* A bare connection to the requests socket. The caller closes it. */
int gw_raw_dial(const struct gw_exchange *exchange);

/* The same with the handshake of a DEALER done, its routing id chosen unless identity is NULL. */
int gw_raw_connect(struct gw_exchange *exchange, const char *identity);

/* Sends one part of a message; more: another one follows. False: the other side does not take it
 * within a second, or has closed the connection. */
bool gw_raw_part(int fd, const void *bytes, size_t count, bool more);

/* Sends {'v': 1, fields} as one message. */
bool gw_raw_say(int fd, const char *fields);

/* The next message part if one comes in so many milliseconds, turning the exchange: its bytes, -1
 * if none came, -2 if the connection has ended. */
long gw_raw_hear(struct gw_exchange *exchange, int fd, void *bytes, size_t room, uint32_t ms);

#endif /* JZ_TESTS_GW_RAW_H */
