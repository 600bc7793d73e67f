/* raw.h - a peer that speaks ZMTP by hand, so that it can do what a ZeroMQ socket would not: never
 * read, never end a message, choose its routing id, stop in the middle of a handshake.
 *
 * Source: ZMTP 3.0 (rfc.zeromq.org/spec/23), mechanism NULL.
 */
#ifndef JZ_TESTS_SUPPORT_RAW_H
#define JZ_TESTS_SUPPORT_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JZ_RAW_NONE = -1,  /* nothing came in time */
    JZ_RAW_ENDED = -2, /* the other side has closed the connection */
};

/* A bare connection to tcp://127.0.0.1:PORT. Its receive buffer is small, so that what it does not
 * read does not hide in the kernel. The caller closes it. */
int jz_raw_dial(const char *endpoint);

/* The same with the handshake done, as a socket of this type ("DEALER", "SUB") and with this
 * routing id unless it is NULL. */
int jz_raw_connect(const char *endpoint, const char *socket_type, const char *identity);

/* Sends bytes as they are. False: the other side does not take them within a second, or has closed
 * the connection. */
bool jz_raw_send(int fd, const void *bytes, size_t count);

/* Sends one part of a message; more: another one follows. False as above. */
bool jz_raw_part(int fd, const void *bytes, size_t count, bool more);

/* Sends {'v': 1, fields} as one message. False as above. */
bool jz_raw_say(int fd, const char *fields);

/* The next message part if one begins to come in so many milliseconds: its length, which must not
 * be more than room, or JZ_RAW_NONE or JZ_RAW_ENDED. */
long jz_raw_hear(int fd, void *bytes, size_t room, uint32_t ms);

#endif /* JZ_TESTS_SUPPORT_RAW_H */
