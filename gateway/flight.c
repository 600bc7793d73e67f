/* flight.c - a ring of entries and a list of free copies. */
#include "gateway/flight.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

enum { CANCEL_SHARE = 16 };

_Static_assert((JZ_FLIGHT_COMMANDS_MAX & (JZ_FLIGHT_COMMANDS_MAX - 1)) == 0,
               "positions find their entry by a mask");

static struct jz_flight_entry *entry_at(const struct jz_flight *flight, uint64_t position)
{
    return &flight->entries[position & (JZ_FLIGHT_COMMANDS_MAX - 1)];
}

int jz_flight_init(struct jz_flight *flight)
{
    *flight = (struct jz_flight){
        .entries = calloc(JZ_FLIGHT_COMMANDS_MAX, sizeof(*flight->entries)),
        .kept = calloc(JZ_FLIGHT_KEPT_MAX, sizeof(*flight->kept)),
        .kept_free = 1,
    };
    if (flight->entries == NULL || flight->kept == NULL) {
        jz_flight_deinit(flight);
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i + 1 < JZ_FLIGHT_KEPT_MAX; i++) {
        flight->kept[i].next = i + 2;
    }
    return JZ_OK;
}

void jz_flight_deinit(struct jz_flight *flight)
{
    free(flight->entries);
    free(flight->kept);
    *flight = (struct jz_flight){0};
}

bool jz_flight_has_room(const struct jz_flight *flight, bool is_cancel, bool is_kept)
{
    const uint64_t reserve = is_cancel ? 0 : JZ_FLIGHT_COMMANDS_MAX / CANCEL_SHARE;
    return flight->last - flight->first + reserve < JZ_FLIGHT_COMMANDS_MAX &&
           (!is_kept || flight->kept_free != 0);
}

bool jz_flight_is_empty(const struct jz_flight *flight)
{
    return flight->first == flight->last;
}

void jz_flight_start(struct jz_flight *flight, const struct jz_record *record,
                     const struct jz_ref *ref, uint32_t kept_tries)
{
    JZ_ASSERT(flight->last - flight->first < JZ_FLIGHT_COMMANDS_MAX);

    struct jz_flight_entry *entry = entry_at(flight, flight->last);
    entry->nonce = record->nonce;
    entry->slot = record->origin.slot;
    entry->generation = record->origin.generation;
    entry->lane = record->lane;
    entry->kept = 0;
    entry->ref = *ref;
    if (kept_tries > 0) {
        JZ_ASSERT(flight->kept_free != 0);
        struct jz_flight_kept *kept = &flight->kept[flight->kept_free - 1];
        entry->kept = flight->kept_free;
        flight->kept_free = kept->next;
        kept->tries = kept_tries;
        memcpy(kept->command, record, sizeof(kept->command));
    }
    flight->last++;
}

const struct jz_flight_entry *jz_flight_oldest(const struct jz_flight *flight,
                                               const struct jz_record *answer)
{
    JZ_ASSERT(flight->first != flight->last);

    const struct jz_flight_entry *entry = entry_at(flight, flight->first);
    JZ_ASSERT(entry->nonce == answer->nonce);
    JZ_ASSERT(entry->lane == answer->lane);
    JZ_ASSERT(entry->slot == answer->origin.slot);
    JZ_ASSERT(entry->generation == answer->origin.generation);
    return entry;
}

const struct jz_flight_kept *jz_flight_kept_of(const struct jz_flight *flight,
                                               const struct jz_flight_entry *entry)
{
    return entry->kept == 0 ? NULL : &flight->kept[entry->kept - 1];
}

void jz_flight_land(struct jz_flight *flight)
{
    JZ_ASSERT(flight->first != flight->last);

    const struct jz_flight_entry *entry = entry_at(flight, flight->first);
    if (entry->kept != 0) {
        flight->kept[entry->kept - 1].next = flight->kept_free;
        flight->kept_free = entry->kept;
    }
    flight->first++;
}
