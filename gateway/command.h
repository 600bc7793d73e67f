/* command.h - a request becomes a command record, names replaced by numbers. */
#ifndef JZ_GATEWAY_COMMAND_H
#define JZ_GATEWAY_COMMAND_H

#include "gateway/picture.h"
#include "gateway/wire/answer.h"
#include "jiaozi/command.h"

/* What a command is made with besides the request. */
struct jz_command_context {
    const struct jz_picture *picture;
    uint64_t durable_seq; /* nothing up to here holds the source id of a mint */
};

/* Fills kind, nonce and body of a record whose body is zeroed. The request is one of a command and
 * was decoded without fault. refusal->result is DONE, or UNKNOWN or UNKNOWN_MARKET for a name that
 * is not listed: the record is not to be used then. */
void jz_command_build(const struct jz_command_context *context, const struct jz_request *request,
                      struct jz_record *record, struct jz_refusal *refusal);

#endif /* JZ_GATEWAY_COMMAND_H */
