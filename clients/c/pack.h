/* pack.h - commands of a client as requests of the wire. Pure. */
#ifndef JZ_CLIENTS_C_PACK_H
#define JZ_CLIENTS_C_PACK_H

#include "jiaozi/message.h"
#include "jiaozi/version.h"

#include <stddef.h>
#include <stdint.h>

/* Writes the command under this nonce as one request, JZ_MESSAGE_REQUEST_BYTES_MAX of room. Returns
 * its bytes; 0 if a text is missing or too long or clients do not send the kind. Whether numbers
 * are in range is for the exchange to say. */
size_t jz_pack_command(uint8_t *out, const struct jz_command *command, uint64_t nonce);

#endif /* JZ_CLIENTS_C_PACK_H */
