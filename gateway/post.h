/* post.h - handing maps to peers.
 *
 * A member's maps are gathered in the outbox of its lane and sent together at the end of the turn.
 * Others get a refusal at most, sent at once; if there is no room for it, it is dropped.
 *
 * Sending can end a session: the connection is gone, or the peer does not read and its outbox is
 * full. So a session may be used after a call here only if its state is looked at again.
 */
#ifndef JZ_GATEWAY_POST_H
#define JZ_GATEWAY_POST_H

#include "gateway/desk.h"

/* Room for a map of up to map_bytes for a member; NULL if it was cut off or ended instead. */
uint8_t *jz_post_claim(struct jz_desk *desk, struct jz_session *session, size_t map_bytes);

/* The map is complete with so many bytes (more than 0). */
void jz_post_commit(struct jz_desk *desk, struct jz_session *session, size_t map_bytes);

/* A refusal to a peer, member (session) or not (NULL). */
void jz_post_refuse(struct jz_desk *desk, struct jz_session *session,
                    const struct jz_socket_peer *peer, const struct jz_reply *reply,
                    const struct jz_refusal *refusal);

/* Sends what a member has at once. JZ_OK; else the status of jz_outbox_flush, and the session has
 * ended if the peer is gone. */
int jz_post_flush(struct jz_desk *desk, struct jz_session *session);

/* End of the turn: sends all that waits. Returns how many outboxes are still stuck. */
uint32_t jz_post_flush_all(struct jz_desk *desk);

#endif /* JZ_GATEWAY_POST_H */
