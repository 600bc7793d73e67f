/* admit.h - says no before the engine has to: limits of one connection and of the whole gateway.
 *
 * What is refused here has no number and used nothing up. The order of the checks:
 *
 *     an ordered connection owes a nonce   BUSY, all but that nonce
 *     the nonce is outside the span        BUSY
 *     the disk is nearly full              STORAGE_FULL, all but cancels
 *     the engine asks for mercy            BUSY, all but cancels
 *     no room                              BUSY; the last sixteenth of the room is for cancels
 */
#ifndef JZ_GATEWAY_ADMIT_H
#define JZ_GATEWAY_ADMIT_H

#include "gateway/desk.h"

/* Whether a command of this member may go to the engine now: refusal->result is DONE, or says why
 * not. */
void jz_admit_judge(const struct jz_desk *desk, const struct jz_session *session,
                    const struct jz_request *request, struct jz_refusal *refusal);

/* A command of this member was refused without a number: remembers that its nonce is owed. On an
 * ordered connection that is so whatever the reason. On others only BUSY is counted, which a client
 * sends again by itself: one that gives a command up for another reason will never send its nonce
 * again, and must not find its span shut for ever. */
void jz_admit_owe(const struct jz_desk *desk, const struct jz_session *session, uint64_t nonce,
                  enum jz_result result);

#endif /* JZ_GATEWAY_ADMIT_H */
