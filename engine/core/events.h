/* events.h - where the core writes what a command changed.
 *
 * The core adds events one after the other; the caller gives it room, a record's worth at a time,
 * and takes the full ones away. The core never waits and never fails on it: turn() must always
 * come back with room.
 */
#ifndef JZ_CORE_EVENTS_H
#define JZ_CORE_EVENTS_H

#include "jiaozi/event.h"

struct jz_events {
    struct jz_event *next; /* first unused event of the room */
    struct jz_event *end;  /* behind the last one */

    /* Called when the room is used up. Takes the events up to next away and sets next and end to
     * new room for at least one event. Owned by the caller of jz_core_apply. */
    void (*turn)(struct jz_events *events);
};

/* The next event, zeroed apart from its kind; the core's to fill until it adds another. */
static inline struct jz_event *jz_events_add(struct jz_events *events, uint8_t kind)
{
    if (events->next == events->end) {
        events->turn(events);
    }
    struct jz_event *event = events->next++;
    event->kind = kind;
    event->exec_type = 0;
    event->reason = 0;
    event->flags = 0;
    event->subject = 0;
    event->number = 0;
    for (uint32_t i = 0; i < sizeof(event->words) / sizeof(event->words[0]); i++) {
        event->words[i] = 0; /* by words: without vector registers a whole struct is a call */
    }
    return event;
}

#endif /* JZ_CORE_EVENTS_H */
