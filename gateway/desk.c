/* desk.c - taking and giving back what a gateway holds. */
#include "gateway/desk.h"

#include "engine/base/assert.h"
#include "engine/base/log.h"
#include "jiaozi/status.h"

#include <stdlib.h>

static int take_memory(struct jz_desk *desk, const struct jz_gateway_options *options)
{
    desk->listed = calloc(options->lane_count, sizeof(*desk->listed));
    desk->scratch = malloc(JZ_WIRE_MESSAGE_BYTES_MAX);
    desk->bids = malloc(JZ_WIRE_LEVELS_MAX * sizeof(*desk->bids));
    desk->asks = malloc(JZ_WIRE_LEVELS_MAX * sizeof(*desk->asks));
    desk->markets = malloc(JZ_WIRE_MARKETS_MAX * sizeof(*desk->markets));
    if (desk->listed == NULL || desk->scratch == NULL || desk->bids == NULL || desk->asks == NULL ||
        desk->markets == NULL) {
        return JZ_ENOMEM;
    }
    int status = jz_sessions_init(&desk->sessions, options->lane_first, options->lane_count);
    if (status == JZ_OK) {
        status = jz_flight_init(&desk->flight);
    }
    if (status == JZ_OK) {
        status = jz_feed_init(&desk->feed);
    }
    return status;
}

int jz_desk_open(struct jz_desk *desk, const struct jz_gateway_options *options)
{
    *desk = (struct jz_desk){0};
    jz_picture_init(&desk->picture);
    jz_socket_frame_init(&desk->frame);

    int status = take_memory(desk, options);
    if (status == JZ_OK) {
        status = jz_link_open(&desk->link, options);
    }
    if (status != JZ_OK) {
        jz_desk_close(desk);
    }
    return status;
}

int jz_desk_open_sockets(struct jz_desk *desk, const struct jz_gateway_options *options,
                         const char **endpoint)
{
    const struct jz_socket_options requests = {
        .kind = JZ_SOCKET_REQUESTS,
        .endpoint = options->requests,
        .high_water = JZ_DESK_HIGH_WATER,
        .linger_ms = JZ_DESK_LINGER_MS,
        .monitored = true,
    };

    int status = JZ_OK;
    *endpoint = options->requests;
    if (desk->context.handle == NULL) {
        status = jz_socket_context_open(&desk->context);
    }
    if (status == JZ_OK && desk->requests.handle == NULL) {
        status = jz_socket_open(&desk->requests, &desk->context, &requests);
    }
    if (status == JZ_OK) {
        *endpoint = options->feed;
        status = jz_feed_open(&desk->feed, &desk->context, options->feed);
    }
    return status;
}

void jz_desk_close(struct jz_desk *desk)
{
    jz_socket_frame_deinit(&desk->frame);
    jz_socket_close(&desk->requests);
    jz_feed_deinit(&desk->feed);
    if (desk->context.handle != NULL) {
        jz_socket_context_close(&desk->context);
    }
    jz_link_close(&desk->link);
    jz_flight_deinit(&desk->flight);
    jz_sessions_deinit(&desk->sessions);
    jz_picture_deinit(&desk->picture);
    free(desk->listed);
    free(desk->scratch);
    free(desk->bids);
    free(desk->asks);
    free(desk->markets);
    *desk = (struct jz_desk){0};
}

void jz_desk_listen(struct jz_desk *desk)
{
    struct jz_socket_event event;
    int status = jz_socket_heard(&desk->requests, &event);

    while (status == JZ_OK) {
        jz_sessions_hear(&desk->sessions, &event);
        status = jz_socket_heard(&desk->requests, &event);
    }
    if (status != JZ_EAGAIN) {
        jz_log_fatal("gateway: cannot hear of connections: %s", jz_status_text(status));
    }

    struct jz_socket_wait look = {.socket = &desk->requests};
    status = jz_socket_poll(&look, 1, 0);
    if (status != JZ_OK) {
        jz_log_fatal("gateway: cannot look at the requests socket: %s", jz_status_text(status));
    }
}
