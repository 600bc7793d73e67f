/* port.h - the engine thread's side of each gateway: taking it in, letting it go, what it may send,
 * what it asks. For matcher.c; the states are drawn in matcher.h.
 *
 * A gateway is another process that faces strangers. Whatever it writes into shared memory is
 * checked, and a gateway that breaks a rule is cut off and reported, never obeyed.
 */
#ifndef JZ_STAGE_PORT_H
#define JZ_STAGE_PORT_H

#include "engine/stage/matcher.h"

/* True if the port's rings are to be served. Engine thread. */
bool jz_port_is_live(const struct jz_port *port);

/* True if this is a command that a client may send through this port: a known kind with its length
 * and version, the gateway's own epoch, key 1, a lane of its share, and nothing where the engine
 * writes. Everything else about it is the core's to judge. */
bool jz_port_allows(const struct jz_port *port, const struct jz_record *record, uint32_t bytes);

/* Cuts a gateway off and tells the main thread. */
void jz_port_blame(struct jz_matcher *matcher, struct jz_port *port, enum jz_port_fault fault);

/* The event ring has been full for long: blames the gateway that holds it back, if it is one. */
void jz_port_blame_slowest(struct jz_matcher *matcher);

/* Takes in what the main thread attached, lets go of what it detached, finds faulty cursors. */
void jz_port_tend(struct jz_matcher *matcher);

/* Answers questions: a status, or the next slice of each picture that is being told. Returns how
 * many records it wrote. */
uint32_t jz_port_answer(struct jz_matcher *matcher);

/* Wakes each gateway that waits for events. */
void jz_port_wake_readers(struct jz_matcher *matcher);

/* matcher.c: opens room for events under this frame, waiting for it if need be, and closes it. The
 * events go into matcher->sink. */
void jz_matcher_tell(struct jz_matcher *matcher, const struct jz_record *frame);
void jz_matcher_told(struct jz_matcher *matcher);

/* matcher.c: hands the events told so far to the readers and wakes those that may have them. */
void jz_matcher_publish(struct jz_matcher *matcher);

#endif /* JZ_STAGE_PORT_H */
