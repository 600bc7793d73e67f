/* source.h - the permanent ids of requests that mint or bring in points, those of late.
 *
 * A source id is unique for ever, but only the last JZ_SOURCES_RECENT that had an effect are kept
 * here. Whoever keeps all of them (the ledger) is asked before a command is sent, and says at which
 * sequence it looked. If the ids kept here reach back to that sequence, the two looks together
 * cover all of time; if not, the look is stale and must be made again.
 */
#ifndef JZ_CORE_SOURCE_H
#define JZ_CORE_SOURCE_H

#include "engine/core/state.h"

/* The account's source id if it was used of late, else NULL. */
const struct jz_source *jz_source_find(const struct jz_core *core, uint32_t account,
                                       const char *source_id);

/* True if a source id used after checked_seq may be forgotten here by now. */
bool jz_source_is_stale(const struct jz_core *core, uint64_t checked_seq);

/* Notes that the command under way used the source id; forgets the oldest one when full. */
void jz_source_add(struct jz_core *core, uint32_t account, const char *source_id,
                   const uint64_t content[2]);

/* Where the index `recent` keeps a source id. */
uint64_t jz_source_hash(const struct jz_core *core, uint32_t account, const char *source_id);

#endif /* JZ_CORE_SOURCE_H */
