/* session.c - who is connected, and why a lane is never held by the dead nor taken from the living.
 *
 * A message names its peer by routing id and descriptor. Routing ids that the socket gives out are
 * never used again; those that a peer chooses, and descriptors, are. The monitor tells of a
 * connection's end in order: for one descriptor LOST comes before the CONNECTED of the connection
 * that uses it next, and that before the first message of it can be received. So, for a hello that
 * was received and the monitor drained after that:
 *
 *   - the descriptor counts as lost: the sender is gone, and no new connection had the descriptor
 *     when its hello came. The hello is dropped.
 *   - it does not, and the reply is accepted: the sender lives, the descriptor is its own, and a
 *     session that is bound to the same descriptor belongs to a connection before it. That one ends
 *     (confirm).
 *   - it does not, and the reply comes back: the sender is gone and the descriptor belongs to
 *     somebody else, whose session stays as it is.
 *
 * For this the socket must know of every end that came before a message when it is asked to reply;
 * jz_desk_listen makes it look.
 *
 * A stranger's fault is counted without a reply and without the monitor, so nobody knows whether
 * the descriptor is its own or that of a member before or after it. It never takes a descriptor
 * that is bound: the end of that connection must be heard by whoever holds a lane. A stranger whose
 * end is not heard is the oldest one day and forgotten.
 *
 * A session found by a routing id that was chosen may be that of a former connection. Its
 * descriptor differs, or its end has been heard by then, because the monitor is drained before such
 * a session is looked up.
 */
#include "gateway/session.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t minute_ns = UINT64_C(60) * 1000 * 1000 * 1000;
static const uint64_t ms_ns = 1000000;

/* ---- lists ------------------------------------------------------------------------------------
 */

static uint32_t *bucket_of(struct jz_sessions *sessions, const struct jz_socket_peer *peer)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < peer->length; i++) {
        hash = (hash ^ peer->bytes[i]) * 16777619u;
    }
    return &sessions->buckets[(hash ^ hash >> 15) & sessions->bucket_mask];
}

static bool is_same_peer(const struct jz_socket_peer *a, const struct jz_socket_peer *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void enlist_stranger(struct jz_sessions *sessions, struct jz_session *session)
{
    session->older = sessions->newest;
    session->newer = JZ_SESSION_NONE;
    if (sessions->newest != JZ_SESSION_NONE) {
        sessions->all[sessions->newest].newer = session->slot;
    } else {
        sessions->oldest = session->slot;
    }
    sessions->newest = session->slot;
    sessions->stranger_count++;
}

static void delist_stranger(struct jz_sessions *sessions, const struct jz_session *session)
{
    if (session->older != JZ_SESSION_NONE) {
        sessions->all[session->older].newer = session->newer;
    } else {
        sessions->oldest = session->newer;
    }
    if (session->newer != JZ_SESSION_NONE) {
        sessions->all[session->newer].older = session->older;
    } else {
        sessions->newest = session->older;
    }
    sessions->stranger_count--;
}

static struct jz_session_descriptor *descriptor_of(const struct jz_sessions *sessions, int fd)
{
    return fd >= 0 && fd < (int)JZ_SESSION_DESCRIPTORS_MAX ? &sessions->descriptors[fd] : NULL;
}

/* ---- life of all ------------------------------------------------------------------------------
 */

static int make_lanes(struct jz_sessions *sessions)
{
    sessions->lanes = calloc(sessions->lane_count, sizeof(*sessions->lanes));
    if (sessions->lanes == NULL) {
        return JZ_ENOMEM;
    }
    for (uint32_t i = 0; i < sessions->lane_count; i++) {
        struct jz_session_lane *lane = &sessions->lanes[i];
        lane->number = sessions->lane_first + i;
        lane->holder = JZ_SESSION_NONE;
        const int status = jz_outbox_init(&lane->outbox);
        if (status != JZ_OK) {
            return status;
        }
    }
    return JZ_OK;
}

static int make_sessions(struct jz_sessions *sessions)
{
    uint32_t buckets = 64;
    while (buckets < sessions->capacity) {
        buckets *= 2;
    }
    sessions->all = calloc(sessions->capacity, sizeof(*sessions->all));
    sessions->buckets = malloc(buckets * sizeof(*sessions->buckets));
    sessions->descriptors = malloc(JZ_SESSION_DESCRIPTORS_MAX * sizeof(*sessions->descriptors));
    if (sessions->all == NULL || sessions->buckets == NULL || sessions->descriptors == NULL) {
        return JZ_ENOMEM;
    }
    sessions->bucket_mask = buckets - 1;
    for (uint32_t i = 0; i < buckets; i++) {
        sessions->buckets[i] = JZ_SESSION_NONE;
    }
    for (uint32_t i = 0; i < JZ_SESSION_DESCRIPTORS_MAX; i++) {
        sessions->descriptors[i] = (struct jz_session_descriptor){.slot = JZ_SESSION_NONE};
    }
    for (uint32_t i = sessions->capacity; i-- > 0;) {
        sessions->all[i].slot = i;
        sessions->all[i].next = sessions->free;
        sessions->free = i;
    }
    return JZ_OK;
}

int jz_sessions_init(struct jz_sessions *sessions, uint32_t lane_first, uint32_t lane_count)
{
    JZ_ASSERT(lane_count > 0 && lane_count <= JZ_LANES_MAX);

    *sessions = (struct jz_sessions){
        .capacity = lane_count + JZ_SESSION_STRANGERS_MAX,
        .lane_first = lane_first,
        .lane_count = lane_count,
        .free = JZ_SESSION_NONE,
        .oldest = JZ_SESSION_NONE,
        .newest = JZ_SESSION_NONE,
    };
    int status = make_lanes(sessions);
    if (status == JZ_OK) {
        status = make_sessions(sessions);
    }
    if (status == JZ_OK) {
        status = jz_watch_init(&sessions->watch, lane_count * JZ_WIRE_ACCOUNTS_MAX);
    }
    if (status != JZ_OK) {
        jz_sessions_deinit(sessions);
    }
    return status;
}

void jz_sessions_deinit(struct jz_sessions *sessions)
{
    for (uint32_t i = 0; sessions->lanes != NULL && i < sessions->lane_count; i++) {
        jz_outbox_deinit(&sessions->lanes[i].outbox);
    }
    free(sessions->lanes);
    free(sessions->all);
    free(sessions->buckets);
    free(sessions->descriptors);
    jz_watch_deinit(&sessions->watch);
    *sessions = (struct jz_sessions){0};
}

/* ---- one session ------------------------------------------------------------------------------
 */

/* A new session of a peer that has none, in no state yet. */
static struct jz_session *make_session(struct jz_sessions *sessions,
                                       const struct jz_socket_message *from)
{
    JZ_ASSERT(sessions->free != JZ_SESSION_NONE);

    struct jz_session *session = &sessions->all[sessions->free];
    uint32_t *bucket = bucket_of(sessions, &from->peer);
    sessions->free = session->next;
    session->peer = from->peer;
    session->generation++;
    session->next = *bucket;
    session->fd = from->fd;
    session->cut_ns = 0;
    session->is_hung_up = false;
    session->fault_count = 0;
    session->faults_since_ns = 0;
    session->watches = JZ_WATCH_NONE;
    *bucket = session->slot;
    return session;
}

/* From now on the end of the connection with this descriptor is the end of this session. */
static void bind_descriptor(struct jz_sessions *sessions, const struct jz_session *session)
{
    struct jz_session_descriptor *descriptor = descriptor_of(sessions, session->fd);
    if (descriptor != NULL) {
        descriptor->slot = session->slot;
    }
}

/* Whether a session ends with the connection of this descriptor. */
static bool is_bound(const struct jz_sessions *sessions, int fd)
{
    const struct jz_session_descriptor *descriptor = descriptor_of(sessions, fd);
    return descriptor != NULL && descriptor->slot != JZ_SESSION_NONE;
}

/* Only if the descriptor is bound to it. That may be one of a newer connection by now if the
 * monitor has not told yet; then an innocent peer has to connect once more. */
static void hang_up(const struct jz_sessions *sessions, struct jz_session *session)
{
    const struct jz_session_descriptor *descriptor = descriptor_of(sessions, session->fd);
    if (descriptor != NULL && descriptor->slot == session->slot) {
        jz_socket_hang_up(session->fd);
    }
    session->is_hung_up = true;
}

/* Makes a place for one more stranger by forgetting the oldest one. */
static void make_stranger_room(struct jz_sessions *sessions)
{
    if (sessions->stranger_count == JZ_SESSION_STRANGERS_MAX) {
        struct jz_session *oldest = &sessions->all[sessions->oldest];
        if (oldest->state == JZ_SESSION_CUT && !oldest->is_hung_up) {
            hang_up(sessions, oldest);
        }
        jz_session_end(sessions, oldest);
    }
}

static void leave_lane(struct jz_sessions *sessions, struct jz_session *session)
{
    struct jz_session_lane *lane = jz_session_lane_of(sessions, session);
    JZ_ASSERT(lane->holder == session->slot);

    lane->holder = JZ_SESSION_NONE;
    jz_outbox_clear(&lane->outbox);
    jz_watch_drop(&sessions->watch, &session->watches);
    sessions->member_count--;
}

void jz_sessions_hear(struct jz_sessions *sessions, const struct jz_socket_event *event)
{
    struct jz_session_descriptor *descriptor = descriptor_of(sessions, event->fd);
    if (descriptor == NULL) {
        return;
    }
    descriptor->is_lost = event->kind == JZ_SOCKET_LOST;
    if (descriptor->is_lost && descriptor->slot != JZ_SESSION_NONE) {
        jz_session_end(sessions, &sessions->all[descriptor->slot]);
    }
}

bool jz_sessions_has_lost(const struct jz_sessions *sessions, int fd)
{
    const struct jz_session_descriptor *descriptor = descriptor_of(sessions, fd);
    return descriptor != NULL && descriptor->is_lost;
}

struct jz_session *jz_session_find(struct jz_sessions *sessions, const struct jz_socket_peer *peer,
                                   int fd)
{
    uint32_t slot = *bucket_of(sessions, peer);
    while (slot != JZ_SESSION_NONE && !is_same_peer(&sessions->all[slot].peer, peer)) {
        slot = sessions->all[slot].next;
    }
    if (slot == JZ_SESSION_NONE) {
        return NULL;
    }
    struct jz_session *session = &sessions->all[slot];
    if (session->fd != fd) {
        jz_session_end(sessions, session);
        return NULL;
    }
    return session;
}

struct jz_session *jz_session_at(struct jz_sessions *sessions, uint32_t slot, uint32_t generation)
{
    JZ_ASSERT(slot < sessions->capacity);
    struct jz_session *session = &sessions->all[slot];
    return session->generation == generation && session->state == JZ_SESSION_MEMBER ? session
                                                                                    : NULL;
}

bool jz_session_fault(struct jz_sessions *sessions, const struct jz_socket_message *from,
                      uint64_t now_ns)
{
    struct jz_session *session = jz_session_find(sessions, &from->peer, from->fd);
    if (session == NULL) {
        make_stranger_room(sessions);
        session = make_session(sessions, from);
        session->state = JZ_SESSION_STRANGER;
        enlist_stranger(sessions, session);
        if (!is_bound(sessions, from->fd)) {
            bind_descriptor(sessions, session);
        }
    }
    if (session->fault_count == 0 || now_ns - session->faults_since_ns > minute_ns) {
        session->fault_count = 0;
        session->faults_since_ns = now_ns;
    }
    session->fault_count++;
    return session->fault_count > JZ_SESSION_FAULTS_MAX;
}

struct jz_session_lane *jz_session_free_lane(struct jz_sessions *sessions, const uint32_t *wanted)
{
    for (uint32_t i = 0; i < sessions->lane_count; i++) {
        struct jz_session_lane *lane = &sessions->lanes[i];
        const bool is_free = lane->holder == JZ_SESSION_NONE && lane->in_flight == 0;
        if (is_free && (wanted == NULL || *wanted == lane->number)) {
            return lane;
        }
    }
    return NULL;
}

struct jz_session *jz_session_join(struct jz_sessions *sessions,
                                   const struct jz_socket_message *from,
                                   struct jz_session_lane *lane, uint32_t window)
{
    struct jz_session *session = jz_session_find(sessions, &from->peer, from->fd);
    if (session == NULL) {
        session = make_session(sessions, from);
    } else {
        JZ_ASSERT(session->state == JZ_SESSION_STRANGER);
        delist_stranger(sessions, session);
    }
    JZ_ASSERT(lane->holder == JZ_SESSION_NONE);
    session->state = JZ_SESSION_MEMBER;
    session->lane = (uint32_t)(lane - sessions->lanes);
    session->ordered = false;
    session->watches = JZ_WATCH_NONE;
    lane->holder = session->slot;
    jz_span_init(&lane->span, window);
    jz_outbox_clear(&lane->outbox);
    sessions->member_count++;
    return session;
}

void jz_session_confirm(struct jz_sessions *sessions, struct jz_session *session)
{
    const struct jz_session_descriptor *descriptor = descriptor_of(sessions, session->fd);
    if (descriptor == NULL) {
        return;
    }
    if (descriptor->slot != JZ_SESSION_NONE && descriptor->slot != session->slot) {
        jz_session_end(sessions, &sessions->all[descriptor->slot]);
    }
    bind_descriptor(sessions, session);
}

struct jz_session_lane *jz_session_lane_of(const struct jz_sessions *sessions,
                                           const struct jz_session *session)
{
    JZ_ASSERT(session->state == JZ_SESSION_MEMBER);
    return &sessions->lanes[session->lane];
}

void jz_session_cut(struct jz_sessions *sessions, struct jz_session *session, uint64_t now_ns)
{
    if (session->state == JZ_SESSION_MEMBER) {
        leave_lane(sessions, session);
        make_stranger_room(sessions);
        enlist_stranger(sessions, session);
    }
    session->state = JZ_SESSION_CUT;
    session->cut_ns = now_ns;
}

uint32_t jz_sessions_hang_up(struct jz_sessions *sessions, uint64_t now_ns)
{
    uint32_t count = 0;

    for (uint32_t slot = sessions->oldest; slot != JZ_SESSION_NONE;
         slot = sessions->all[slot].newer) {
        struct jz_session *session = &sessions->all[slot];
        if (session->state == JZ_SESSION_CUT && !session->is_hung_up &&
            now_ns - session->cut_ns >= JZ_SESSION_CUT_MS * ms_ns) {
            hang_up(sessions, session);
            count++;
        }
    }
    return count;
}

void jz_session_end(struct jz_sessions *sessions, struct jz_session *session)
{
    JZ_ASSERT(session->state != JZ_SESSION_FREE);
    if (session->state == JZ_SESSION_MEMBER) {
        leave_lane(sessions, session);
    } else {
        delist_stranger(sessions, session);
    }

    uint32_t *link = bucket_of(sessions, &session->peer);
    while (*link != session->slot) {
        link = &sessions->all[*link].next;
    }
    *link = session->next;

    struct jz_session_descriptor *descriptor = descriptor_of(sessions, session->fd);
    if (descriptor != NULL && descriptor->slot == session->slot) {
        descriptor->slot = JZ_SESSION_NONE;
    }
    session->state = JZ_SESSION_FREE;
    session->next = sessions->free;
    sessions->free = session->slot;
}

void jz_sessions_verify(const struct jz_sessions *sessions)
{
    uint32_t members = 0;
    uint32_t others = 0;
    for (uint32_t i = 0; i < sessions->capacity; i++) {
        const struct jz_session *session = &sessions->all[i];
        JZ_ASSERT(session->slot == i);
        if (session->state == JZ_SESSION_MEMBER) {
            members++;
            JZ_ASSERT(sessions->lanes[session->lane].holder == i);
        } else {
            others += session->state != JZ_SESSION_FREE;
        }
    }
    for (uint32_t i = 0; i < sessions->lane_count; i++) {
        const struct jz_session_lane *lane = &sessions->lanes[i];
        if (lane->holder != JZ_SESSION_NONE) {
            JZ_ASSERT(sessions->all[lane->holder].state == JZ_SESSION_MEMBER);
            jz_span_verify(&lane->span);
        }
    }
    JZ_ASSERT(members == sessions->member_count);
    JZ_ASSERT(others == sessions->stranger_count);
    JZ_ASSERT(others <= JZ_SESSION_STRANGERS_MAX);
}
