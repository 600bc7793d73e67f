/* session.h - the connections that the gateway knows, and the lanes it gives to them.
 *
 *     first message of a connection          nothing is kept of it
 *       a fault (bad bytes, a bad field)  -> STRANGER   its faults are counted
 *       hello                             -> MEMBER     it holds a lane
 *     too many faults, or it does not read -> CUT        what it sends is dropped
 *     a second later                         its connection is ended from here
 *     its connection is lost              -> forgotten
 *
 * Members are as many as there are lanes. Strangers and cut ones are bounded too: where there is no
 * place the oldest of them is forgotten, which does no harm, since it has no right but to say
 * hello.
 *
 * A connection is known by its routing id. That it is over is heard from the socket's monitor by
 * its descriptor, or from a reply that comes back as undeliverable. Descriptors are used again by
 * the operating system, so the monitor is listened to before a descriptor is believed; the argument
 * is at the head of session.c.
 *
 * A lane goes to the next connection only when every command that was sent on it has its answer:
 * else the next one could count from a number that is already on its way.
 *
 * Threads: one at a time. Memory: all of it is taken by init.
 */
#ifndef JZ_GATEWAY_SESSION_H
#define JZ_GATEWAY_SESSION_H

#include "gateway/outbox.h"
#include "gateway/span.h"
#include "gateway/watch.h"
#include "gateway/wire/socket.h"
#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_SESSION_STRANGERS_MAX   1024u
#define JZ_SESSION_FAULTS_MAX      1000u /* in a minute; one more and it is cut */
#define JZ_SESSION_DESCRIPTORS_MAX 65536u
#define JZ_SESSION_CUT_MS          1000u /* that one who was cut has to take what it is owed */
#define JZ_SESSION_NONE            UINT32_MAX

enum jz_session_state {
    JZ_SESSION_FREE = 0,
    JZ_SESSION_STRANGER,
    JZ_SESSION_MEMBER,
    JZ_SESSION_CUT,
};

struct jz_session {
    struct jz_socket_peer peer;
    uint32_t state;      /* enum jz_session_state */
    uint32_t slot;       /* its place, as in the origin of its commands */
    uint32_t generation; /* which session in this slot, from 1 */
    uint32_t next;       /* in the same bucket, or of the free ones: slot or JZ_SESSION_NONE */
    uint32_t older;      /* of strangers and cut ones: slots or JZ_SESSION_NONE */
    uint32_t newer;
    int fd; /* of its connection, -1: not known */

    uint64_t cut_ns; /* CUT: monotonic, since when */
    bool is_hung_up; /* CUT: its connection was ended, the monitor will tell */

    uint32_t fault_count; /* since faults_since_ns */
    uint64_t faults_since_ns;

    uint32_t lane;    /* MEMBER: index of its lane */
    bool ordered;     /* MEMBER: as said in hello */
    uint32_t watches; /* MEMBER: first entry in the index of accounts */
};

struct jz_session_lane {
    uint32_t number;    /* as the exchange counts it */
    uint32_t holder;    /* slot, or JZ_SESSION_NONE */
    uint32_t in_flight; /* commands sent and not yet answered, also of former holders */
    struct jz_span span;
    struct jz_outbox outbox;
};

struct jz_session_descriptor {
    uint32_t slot; /* session of the connection, or JZ_SESSION_NONE */
    bool is_lost;  /* heard, and no new connection with this descriptor since */
};

struct jz_sessions {
    struct jz_session *all;
    struct jz_session_lane *lanes;
    uint32_t *buckets; /* by hash of the routing id: slot or JZ_SESSION_NONE */
    struct jz_session_descriptor *descriptors;
    struct jz_watch watch; /* whose reports go to which member */
    uint32_t capacity;     /* of all */
    uint32_t bucket_mask;
    uint32_t lane_first; /* number of the first lane */
    uint32_t lane_count;
    uint32_t free; /* first free slot or JZ_SESSION_NONE */
    uint32_t oldest;
    uint32_t newest;
    uint32_t member_count;
    uint32_t stranger_count; /* with the cut ones */
};

/* Nobody is known. The lanes are lane_first..lane_first+lane_count-1. JZ_OK or JZ_ENOMEM. */
JZ_MUST_USE
int jz_sessions_init(struct jz_sessions *sessions, uint32_t lane_first, uint32_t lane_count);

/* Frees all. Zeroed sessions are allowed. */
void jz_sessions_deinit(struct jz_sessions *sessions);

/* What the socket's monitor said. */
void jz_sessions_hear(struct jz_sessions *sessions, const struct jz_socket_event *event);

/* Whether the connection with this descriptor is known to be over. */
bool jz_sessions_has_lost(const struct jz_sessions *sessions, int fd);

/* The session of a connection, NULL if none is known. Good until it ends. */
struct jz_session *jz_session_find(struct jz_sessions *sessions, const struct jz_socket_peer *peer,
                                   int fd);

/* The session that a command came from; NULL if it has ended. */
struct jz_session *jz_session_at(struct jz_sessions *sessions, uint32_t slot, uint32_t generation);

/* Counts a fault of a peer, whose session (NULL: none yet) becomes a stranger if it was nothing.
 * Returns true if that was one too many in this minute: the caller is to cut it. */
bool jz_session_fault(struct jz_sessions *sessions, const struct jz_socket_message *from,
                      uint64_t now_ns);

/* A free lane: the one with this number, or any where wanted is NULL. NULL if it is held, has
 * commands in flight or is not one of ours. */
struct jz_session_lane *jz_session_free_lane(struct jz_sessions *sessions, const uint32_t *wanted);

/* The peer becomes the member that holds the lane, with an empty span of this window, an empty
 * outbox and the accounts that it watches. */
struct jz_session *jz_session_join(struct jz_sessions *sessions,
                                   const struct jz_socket_message *from,
                                   struct jz_session_lane *lane, uint32_t window);

/* A reply to a new member was accepted, so its connection lives and the descriptor is its own:
 * whoever was known by it before has ended. */
void jz_session_confirm(struct jz_sessions *sessions, struct jz_session *session);

/* The lane that a member holds. */
struct jz_session_lane *jz_session_lane_of(const struct jz_sessions *sessions,
                                           const struct jz_session *session);

/* From now on it gets nothing and what it sends is dropped. Its lane is free. */
void jz_session_cut(struct jz_sessions *sessions, struct jz_session *session, uint64_t now_ns);

/* Ends the connections of those who were cut JZ_SESSION_CUT_MS ago: what they did not read would be
 * kept for them as long as they stay. Returns how many. */
uint32_t jz_sessions_hang_up(struct jz_sessions *sessions, uint64_t now_ns);

/* Its connection is over: it is forgotten, and its lane is free. */
void jz_session_end(struct jz_sessions *sessions, struct jz_session *session);

/* Stops the process unless lists, lanes and counts agree. Slow. */
void jz_sessions_verify(const struct jz_sessions *sessions);

#endif /* JZ_GATEWAY_SESSION_H */
