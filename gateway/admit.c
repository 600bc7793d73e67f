/* admit.c - the gateway's own refusals. */
#include "gateway/admit.h"

/* Milliseconds after which the same again has a chance. */
enum {
    RETRY_SPAN_MS = 1,   /* answers to the other nonces are on their way */
    RETRY_ROOM_MS = 5,   /* the engine empties its inbox in a few milliseconds */
    RETRY_BUSY_MS = 50,  /* somebody who reads events is slow */
    RETRY_DISK_MS = 5000 /* somebody has to act */
};

static void refuse(struct jz_refusal *refusal, enum jz_result result, uint32_t retry_after_ms)
{
    *refusal = (struct jz_refusal){.result = result, .retry_after_ms = retry_after_ms};
}

void jz_admit_judge(const struct jz_desk *desk, const struct jz_session *session,
                    const struct jz_request *request, struct jz_refusal *refusal)
{
    const struct jz_span *span = &jz_session_lane_of(&desk->sessions, session)->span;
    const bool is_cancel = request->op == JZ_OP_CANCEL_ORDER;
    const bool is_kept = request->op == JZ_OP_MINT || request->op == JZ_OP_TRANSFER_IN;

    if (session->ordered && span->refused_count > 0 && span->refused_lowest != request->nonce) {
        refuse(refusal, JZ_RESULT_BUSY, RETRY_SPAN_MS);
    } else if (!jz_span_fits(span, request->nonce)) {
        refuse(refusal, JZ_RESULT_BUSY, RETRY_SPAN_MS);
    } else if (!is_cancel && jz_link_is_storage_full(&desk->link)) {
        refuse(refusal, JZ_RESULT_STORAGE_FULL, RETRY_DISK_MS);
    } else if (!is_cancel && jz_link_is_busy(&desk->link)) {
        refuse(refusal, JZ_RESULT_BUSY, RETRY_BUSY_MS);
    } else if (!jz_link_has_room(&desk->link, is_cancel) ||
               !jz_flight_has_room(&desk->flight, is_cancel, is_kept)) {
        refuse(refusal, JZ_RESULT_BUSY, RETRY_ROOM_MS);
    } else {
        refuse(refusal, JZ_RESULT_DONE, 0);
    }
}

void jz_admit_owe(const struct jz_desk *desk, const struct jz_session *session, uint64_t nonce,
                  enum jz_result result)
{
    if (session->ordered || result == JZ_RESULT_BUSY) {
        jz_span_refuse(&jz_session_lane_of(&desk->sessions, session)->span, nonce);
    }
}
