/* attach.c - the picture out of the event ring. */
#include "gateway/attach.h"

#include "engine/ring/wait.h"
#include "jiaozi/status.h"

enum { LOOK_MS = 100 }; /* between two looks whether the exchange stops */

/* Whether the record says something about the exchange that is meant for this gateway. */
static bool concerns_us(const struct jz_link *link, const struct jz_record *record)
{
    return record->kind == JZ_RECORD_EVENTS ||
           (record->kind == JZ_RECORD_PICTURE && record->origin.epoch == link->epoch);
}

static int apply_record(struct jz_picture *picture, const struct jz_record *record, uint32_t bytes)
{
    const struct jz_event *events = (const struct jz_event *)(record + 1);
    const uint32_t count = (bytes - (uint32_t)sizeof(*record)) / (uint32_t)sizeof(*events);

    for (uint32_t i = 0; i < count; i++) {
        const int status = jz_picture_apply(picture, record, &events[i]);
        if (status != JZ_OK) {
            return status;
        }
    }
    return JZ_OK;
}

static void sleep_for_more(struct jz_link *link)
{
    jz_link_waits(link);
    if (!jz_link_sees(link)) {
        (void)jz_wait_sleep(link->gateway_fd, LOOK_MS);
    }
    jz_link_wakes(link);
}

int jz_attach_load(struct jz_link *link, struct jz_picture *picture)
{
    if (!jz_link_meet(link)) {
        return JZ_EAGAIN;
    }
    while (!picture->complete) {
        uint32_t bytes = 0;
        const struct jz_record *record = jz_link_peek(link, &bytes);
        if (record == NULL) {
            if (jz_link_is_stopping(link)) {
                return JZ_EAGAIN;
            }
            sleep_for_more(link);
            continue;
        }
        const int status = concerns_us(link, record) ? apply_record(picture, record, bytes) : JZ_OK;
        if (status != JZ_OK) {
            return status;
        }
        jz_link_advance(link);
        jz_link_release(link);
    }
    return JZ_OK;
}
