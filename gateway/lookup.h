/* lookup.h - queries that the gateway answers from its own picture: get_status, get_markets,
 * get_book.
 *
 * An answer is true after the command that its `seq` names. Only a digest is asked of the engine,
 * because only the core has one; that answer comes later.
 */
#ifndef JZ_GATEWAY_LOOKUP_H
#define JZ_GATEWAY_LOOKUP_H

#include "gateway/desk.h"

/* Answers a query of a member, or refuses it. */
void jz_lookup_answer(struct jz_desk *desk, struct jz_session *session,
                      const struct jz_request *request);

/* The engine's answer to a question for a digest has come. */
void jz_lookup_status_came(struct jz_desk *desk, const struct jz_record *record);

#endif /* JZ_GATEWAY_LOOKUP_H */
