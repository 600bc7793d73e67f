/* greet.c - the order of steps matters here; session.c says why. */
#include "gateway/greet.h"

#include "engine/base/assert.h"
#include "gateway/post.h"
#include "jiaozi/status.h"

enum {
    KEY_OF_OPERATOR = 1,
    RETRY_MS = 100, /* a lane comes free when its connection ends */
};

static void refuse(struct jz_desk *desk, const struct jz_socket_message *from,
                   const struct jz_request *request, const struct jz_refusal *refusal)
{
    struct jz_session *session = jz_session_find(&desk->sessions, &from->peer, from->fd);
    const struct jz_reply reply = {.ref = request->ref};
    jz_post_refuse(desk, session, &from->peer, &reply, refusal);
}

static bool is_ours(const struct jz_desk *desk, uint32_t lane)
{
    return lane - desk->sessions.lane_first < desk->sessions.lane_count &&
           jz_picture_find_lane(&desk->picture, lane) != NULL;
}

static void watch_accounts(struct jz_desk *desk, struct jz_session *session,
                           const struct jz_request *request)
{
    for (uint32_t i = 0; i < request->account_count; i++) {
        const struct jz_account_id account = {request->accounts[i]};
        jz_watch_add(&desk->sessions.watch, account, session->slot, &session->watches);
    }
}

static void welcome(struct jz_desk *desk, struct jz_session *session,
                    const struct jz_request *request, const struct jz_hello_answer *answer)
{
    const struct jz_reply reply = {.ref = request->ref, .seq = desk->picture.sequence};
    uint8_t *room = jz_post_claim(desk, session, JZ_ENCODE_REPLY_BYTES_MAX);
    JZ_ASSERT(room != NULL);
    jz_post_commit(desk, session, jz_encode_hello(room, JZ_ENCODE_REPLY_BYTES_MAX, &reply, answer));
    const int status = jz_post_flush(desk, session);
    if (status == JZ_OK) {
        jz_session_confirm(&desk->sessions, session);
    } else if (status == JZ_EAGAIN) {
        jz_session_cut(&desk->sessions, session, desk->now_ns);
    }
}

void jz_greet_hello(struct jz_desk *desk, const struct jz_socket_message *from,
                    const struct jz_request *request)
{
    jz_desk_listen(desk);
    if (jz_sessions_has_lost(&desk->sessions, from->fd)) {
        return;
    }
    struct jz_session *session = jz_session_find(&desk->sessions, &from->peer, from->fd);
    if (session != NULL && session->state == JZ_SESSION_MEMBER) {
        const struct jz_refusal second = {.result = JZ_RESULT_FORBIDDEN};
        refuse(desk, from, request, &second);
        return;
    }
    const bool has_wish = jz_request_has(request, JZ_FIELD_LANE);
    if (has_wish && !is_ours(desk, request->lane)) {
        const struct jz_refusal no_such_lane = {
            .result = JZ_RESULT_INVALID_PARAM,
            .field = {jz_field_word(JZ_FIELD_LANE), sizeof("lane") - 1},
        };
        refuse(desk, from, request, &no_such_lane);
        return;
    }
    struct jz_session_lane *lane =
        jz_session_free_lane(&desk->sessions, has_wish ? &request->lane : NULL);
    if (lane == NULL) {
        const struct jz_refusal busy = {.result = JZ_RESULT_BUSY, .retry_after_ms = RETRY_MS};
        refuse(desk, from, request, &busy);
        return;
    }
    const struct jz_picture_lane *known = jz_picture_find_lane(&desk->picture, lane->number);
    JZ_ASSERT(known != NULL);
    const struct jz_hello_answer answer = {
        .key = KEY_OF_OPERATOR,
        .lane = lane->number,
        .highest_nonce = known->highest_nonce,
        .window = known->window,
    };
    session = jz_session_join(&desk->sessions, from, lane, known->window);
    session->ordered = request->ordered;
    watch_accounts(desk, session, request);
    welcome(desk, session, request, &answer);
}
