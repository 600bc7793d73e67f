/* ingress.c - the way in. Whatever a peer sends, it costs a bounded amount of work and memory. */
#include "gateway/ingress.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "gateway/admit.h"
#include "gateway/command.h"
#include "gateway/greet.h"
#include "gateway/lookup.h"
#include "gateway/post.h"
#include "gateway/wire/codec.h"
#include "jiaozi/status.h"

enum { KEY_OF_OPERATOR = 1 };

static bool is_member(const struct jz_session *session)
{
    return session != NULL && session->state == JZ_SESSION_MEMBER;
}

static bool is_cut(const struct jz_session *session)
{
    return session != NULL && session->state == JZ_SESSION_CUT;
}

/* A routing id that the socket gave out: five bytes that start with 0. A peer cannot take over one
 * of those, so its session needs no second look. */
static bool is_given(const struct jz_socket_peer *peer)
{
    return peer->length == 5 && peer->bytes[0] == 0;
}

static struct jz_session *session_of(struct jz_desk *desk, const struct jz_socket_message *from)
{
    if (!is_given(&from->peer)) {
        jz_desk_listen(desk);
    }
    return jz_session_find(&desk->sessions, &from->peer, from->fd);
}

/* Refuses an item and, if it was a command of a member, keeps in mind that its nonce is owed. */
static void refuse(struct jz_desk *desk, struct jz_session *session,
                   const struct jz_socket_message *from, const struct jz_request *request,
                   const struct jz_refusal *refusal)
{
    const struct jz_reply reply = {.nonce = request->nonce, .ref = request->ref};

    if (is_member(session) && request->nonce != 0 && jz_op_is_command(request->op)) {
        jz_admit_owe(desk, session, request->nonce, refusal->result);
    }
    jz_post_refuse(desk, session, &from->peer, &reply, refusal);
}

/* What a peer is owed for its messages up to now still goes out; then nothing more does. */
static void cut_off(struct jz_desk *desk, struct jz_session *session)
{
    if (!is_member(session) || jz_post_flush(desk, session) != JZ_EGONE) {
        jz_session_cut(&desk->sessions, session, desk->now_ns);
    }
}

/* A message or an item that is not what the protocol asks for. Counted; with one too many the peer
 * is cut off without another word. */
static void refuse_fault(struct jz_desk *desk, const struct jz_socket_message *from,
                         const struct jz_request *request, const struct jz_refusal *refusal)
{
    const bool is_too_many = jz_session_fault(&desk->sessions, from, desk->now_ns);
    struct jz_session *session = jz_session_find(&desk->sessions, &from->peer, from->fd);
    if (is_too_many) {
        cut_off(desk, session);
    } else {
        refuse(desk, session, from, request, refusal);
    }
}

static void take_command(struct jz_desk *desk, struct jz_session *session,
                         const struct jz_socket_message *from, const struct jz_request *request)
{
    struct jz_refusal refusal;
    jz_admit_judge(desk, session, request, &refusal);
    if (refusal.result != JZ_RESULT_DONE) {
        refuse(desk, session, from, request, &refusal);
        return;
    }
    struct jz_record *record = jz_link_claim(&desk->link);
    if (record == NULL) {
        refusal = (struct jz_refusal){.result = JZ_RESULT_BUSY, .retry_after_ms = 1};
        refuse(desk, session, from, request, &refusal);
        return;
    }
    const bool is_kept = request->op == JZ_OP_MINT || request->op == JZ_OP_TRANSFER_IN;
    const struct jz_command_context context = {
        .picture = &desk->picture,
        .durable_seq = is_kept ? jz_link_durable_seq(&desk->link) : 0,
    };
    jz_command_build(&context, request, record, &refusal);
    if (refusal.result != JZ_RESULT_DONE) {
        jz_link_forgo(&desk->link);
        refuse(desk, session, from, request, &refusal);
        return;
    }
    struct jz_session_lane *lane = jz_session_lane_of(&desk->sessions, session);
    record->key = KEY_OF_OPERATOR;
    record->lane = lane->number;
    record->origin.slot = session->slot;
    record->origin.generation = session->generation;
    jz_flight_start(&desk->flight, record, &request->ref, is_kept ? 1 : 0);
    jz_span_open(&lane->span, request->nonce);
    lane->in_flight++;
    jz_link_commit(&desk->link);
}

static void take_item(struct jz_desk *desk, const struct jz_socket_message *from,
                      struct jz_session *session, const struct jz_request *request)
{
    if (request->op == JZ_OP_HELLO) {
        jz_greet_hello(desk, from, request);
    } else if (!is_member(session)) {
        const struct jz_refusal forbidden = {.result = JZ_RESULT_FORBIDDEN};
        refuse(desk, session, from, request, &forbidden);
    } else if (jz_op_is_command(request->op)) {
        take_command(desk, session, from, request);
    } else {
        jz_lookup_answer(desk, session, request);
    }
}

static void take_message(struct jz_desk *desk, const struct jz_socket_message *from)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_session *session = session_of(desk, from);

    if (is_cut(session)) {
        return;
    }
    if (jz_codec_open(&codec, from->body, from->body_bytes) != JZ_RESULT_DONE) {
        const struct jz_refusal malformed = {.result = JZ_RESULT_MALFORMED};
        request = (struct jz_request){0};
        refuse_fault(desk, from, &request, &malformed);
        return;
    }
    while (codec.left > 0) {
        struct jz_refusal refusal;
        desk->turn_work++;
        const enum jz_result result = jz_codec_next(&codec, &request, &refusal);
        if (result == JZ_RESULT_DONE) {
            take_item(desk, from, session, &request);
        } else {
            refuse_fault(desk, from, &request, &refusal);
        }
        /* An item can end the session, or begin it. */
        session = jz_session_find(&desk->sessions, &from->peer, from->fd);
        if (is_cut(session)) {
            break;
        }
    }
}

uint32_t jz_ingress_poll(struct jz_desk *desk)
{
    struct jz_socket_message message;
    uint32_t messages = 0;

    desk->turn_work = 0;
    while (messages < JZ_INGRESS_MESSAGES_MAX && desk->turn_work < JZ_INGRESS_WORK_MAX) {
        const int status = jz_socket_receive(&desk->requests, &desk->frame, &message);
        if (status == JZ_EAGAIN) {
            break;
        }
        if (messages == 0) {
            jz_link_look(&desk->link);
        }
        messages++;
        if (status == JZ_OK) {
            take_message(desk, &message);
        } else if (status == JZ_EPROTOCOL) {
            const struct jz_refusal malformed = {.result = JZ_RESULT_MALFORMED};
            const struct jz_request nothing = {0};
            const struct jz_session *session = session_of(desk, &message);
            if (!is_cut(session)) {
                refuse_fault(desk, &message, &nothing, &malformed);
            }
        } else if (status != JZ_EGONE) {
            jz_log_fatal("gateway: cannot receive: %s", jz_status_text(status));
        }
    }
    jz_link_flush(&desk->link);
    return messages;
}
