/* nonce.h - exactly once: a request sent again has no second effect and gets the first answer.
 *
 * Nonces count per lane of key 1. A lane keeps its highest nonce H and the last W that can be, each
 * with the hash of its content and the answer it got:
 *
 *     ... H-W | H-W+1 ... H | H+1 ...
 *      NONCE  | new, or the  | new, and the window moves
 *             | same again   |
 *
 * Inside the window any order will do, so a pipelined client need not fear gaps. A nonce's place in
 * the window is its low bits; what lies there is this nonce or one that fell out of the window.
 */
#ifndef JZ_CORE_NONCE_H
#define JZ_CORE_NONCE_H

#include "engine/core/state.h"

/* Hash of a command's kind and business fields, two words; what comes in with it (nonce, origin,
 * time, sequence, checked_seq) is left out. Takes a record of any kind and length. */
void jz_nonce_hash(const struct jz_record *record, uint64_t content[2]);

/* True if the record may be applied. Else the outcome is set, to be given and not stored: FORBIDDEN
 * for an unknown key or lane, INVALID_PARAM for nonce 0, NONCE, ID_REUSED, or what was answered the
 * first time.
 */
bool jz_nonce_check(const struct jz_core *core, const struct jz_record *record,
                    const uint64_t content[2], struct jz_outcome *outcome);

/* Uses the nonce up and keeps the outcome as the answer to a repeat. */
void jz_nonce_store(struct jz_core *core, const struct jz_record *record, const uint64_t content[2],
                    const struct jz_outcome *outcome);

/* Highest nonce of the record's lane, 0 if there is no such lane. */
uint64_t jz_nonce_highest(const struct jz_core *core, const struct jz_record *record);

/* The place of a nonce in its lane's window. */
static inline struct jz_nonce_slot *jz_nonce_slot(const struct jz_core *core, uint32_t lane,
                                                  uint64_t nonce)
{
    const uint64_t window = core->genesis.window;
    return jz_state_nonce(core, (lane * window) + (nonce & (window - 1)));
}

#endif /* JZ_CORE_NONCE_H */
