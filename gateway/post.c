/* post.c - outboxes, and what becomes of peers that are gone or do not read. */
#include "gateway/post.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "jiaozi/status.h"

static void enlist(struct jz_desk *desk, struct jz_session_lane *lane)
{
    if (!lane->outbox.is_listed) {
        lane->outbox.is_listed = true;
        desk->listed[desk->listed_count] = (uint32_t)(lane - desk->sessions.lanes);
        desk->listed_count++;
    }
}

/* Only what is about one peer may fail here. */
static void insist(int status)
{
    if (status != JZ_OK && status != JZ_EAGAIN && status != JZ_EGONE) {
        jz_log_fatal("gateway: cannot send: %s", jz_status_text(status));
    }
}

int jz_post_flush(struct jz_desk *desk, struct jz_session *session)
{
    struct jz_session_lane *lane = jz_session_lane_of(&desk->sessions, session);
    const int status =
        jz_outbox_flush(&lane->outbox, &desk->requests, &session->peer, desk->now_ns);

    insist(status);
    if (status == JZ_EGONE) {
        jz_session_end(&desk->sessions, session);
    }
    return status;
}

uint8_t *jz_post_claim(struct jz_desk *desk, struct jz_session *session, size_t map_bytes)
{
    struct jz_outbox *outbox = &jz_session_lane_of(&desk->sessions, session)->outbox;
    uint8_t *room = jz_outbox_claim(outbox, map_bytes);

    if (room != NULL) {
        return room;
    }
    const int status = jz_post_flush(desk, session);
    if (status == JZ_EGONE) {
        return NULL;
    }
    if (status == JZ_EAGAIN) {
        jz_session_cut(&desk->sessions, session, desk->now_ns);
        return NULL;
    }
    return jz_outbox_claim(outbox, map_bytes);
}

void jz_post_commit(struct jz_desk *desk, struct jz_session *session, size_t map_bytes)
{
    struct jz_session_lane *lane = jz_session_lane_of(&desk->sessions, session);

    jz_outbox_commit(&lane->outbox, map_bytes);
    enlist(desk, lane);
    if (jz_outbox_is_heavy(&lane->outbox) && lane->outbox.stuck_since_ns == 0) {
        (void)jz_post_flush(desk, session);
    }
}

void jz_post_refuse(struct jz_desk *desk, struct jz_session *session,
                    const struct jz_socket_peer *peer, const struct jz_reply *reply,
                    const struct jz_refusal *refusal)
{
    if (session != NULL && session->state == JZ_SESSION_MEMBER) {
        uint8_t *room = jz_post_claim(desk, session, JZ_ENCODE_REPLY_BYTES_MAX);
        if (room != NULL) {
            jz_post_commit(desk, session,
                           jz_encode_refusal(room, JZ_ENCODE_REPLY_BYTES_MAX, reply, refusal));
        }
        return;
    }
    const size_t bytes =
        jz_encode_refusal(desk->scratch, JZ_ENCODE_REPLY_BYTES_MAX, reply, refusal);
    insist(jz_socket_reply(&desk->requests, peer, desk->scratch, bytes));
}

/* Sends what the holder of a lane has; true if that is still waiting. */
static bool is_stuck(struct jz_desk *desk, struct jz_session_lane *lane)
{
    if (lane->holder == JZ_SESSION_NONE) {
        return false;
    }
    struct jz_session *session = &desk->sessions.all[lane->holder];
    if (jz_post_flush(desk, session) != JZ_EAGAIN) {
        return false;
    }
    if (jz_outbox_is_given_up(&lane->outbox, desk->now_ns)) {
        jz_session_cut(&desk->sessions, session, desk->now_ns);
        return false;
    }
    return true;
}

uint32_t jz_post_flush_all(struct jz_desk *desk)
{
    uint32_t stuck = 0;

    for (uint32_t i = 0; i < desk->listed_count; i++) {
        const uint32_t index = desk->listed[i];
        if (is_stuck(desk, &desk->sessions.lanes[index])) {
            desk->listed[stuck] = index;
            stuck++;
        } else {
            desk->sessions.lanes[index].outbox.is_listed = false;
        }
    }
    desk->listed_count = stuck;
    return stuck;
}
