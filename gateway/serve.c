/* serve.c - turning, and when to sleep. */
#include "gateway/serve.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ring/wait.h"
#include "gateway/egress.h"
#include "gateway/ingress.h"
#include "gateway/post.h"
#include "jiaozi/status.h"

enum {
    IDLE_TURNS_MAX = 3, /* in a row; then it sleeps */
    STUCK_MS = 2,       /* until a peer whose queue is full is tried again */
    BEAT_MS = 1000,     /* between two heartbeats of the feed */
    LISTEN_MS = 5,      /* between two looks at who came and went while there is no time to sleep */
    FAREWELL_MS_MAX = 500, /* that peers who do not read can delay the end */
};

static const uint64_t ms_ns = 1000000;

struct wheel {
    struct jz_desk *desk;
    uint64_t next_beat_ns;
    uint64_t next_listen_ns;
    uint32_t idle_turns;
};

uint32_t jz_serve_turn(struct jz_desk *desk)
{
    desk->now_ns = jz_clock_monotonic_ns();

    const uint32_t messages = jz_ingress_poll(desk);
    const uint32_t records = jz_egress_poll(desk);
    (void)jz_post_flush_all(desk);
    return messages + records;
}

static void beat(struct wheel *wheel)
{
    struct jz_desk *desk = wheel->desk;
    if (desk->now_ns < wheel->next_beat_ns || desk->is_inside) {
        return;
    }
    wheel->next_beat_ns = desk->now_ns + (BEAT_MS * ms_ns);
    (void)jz_sessions_hang_up(&desk->sessions, desk->now_ns);
    jz_feed_beat(&desk->feed, desk->picture.sequence, desk->picture.time_ns);
}

/* Who came and who went: looked at when it wakes a sleep, and now and then when there is none. Who
 * has just come to the feed is told at once how far it is. */
static void hear_of_peers(struct wheel *wheel)
{
    wheel->next_listen_ns = wheel->desk->now_ns + (LISTEN_MS * ms_ns);
    jz_desk_listen(wheel->desk);
    if (jz_feed_listen(&wheel->desk->feed) > 0) {
        wheel->next_beat_ns = wheel->desk->now_ns;
    }
}

/* Milliseconds that may be slept. */
static int sleep_ms(const struct wheel *wheel)
{
    const uint64_t now_ns = wheel->desk->now_ns;
    if (wheel->desk->listed_count > 0) {
        return STUCK_MS;
    }
    return wheel->next_beat_ns <= now_ns ? 0 : (int)((wheel->next_beat_ns - now_ns) / ms_ns) + 1;
}

static void park(struct wheel *wheel)
{
    struct jz_desk *desk = wheel->desk;
    struct jz_socket_wait waits[] = {
        {.socket = &desk->requests},
        {.socket = &desk->requests, .heard = true},
        {.socket = &desk->feed.socket},
        {.fd = desk->link.gateway_fd},
    };

    jz_link_waits(&desk->link);
    if (!jz_link_sees(&desk->link)) {
        const int status = jz_socket_poll(waits, sizeof(waits) / sizeof(waits[0]), sleep_ms(wheel));
        if (status != JZ_OK) {
            jz_log_fatal("gateway: cannot wait for sockets: %s", jz_status_text(status));
        }
    }
    jz_link_wakes(&desk->link);
    if (waits[3].ready) {
        (void)jz_wait_sleep(desk->link.gateway_fd, 0);
    }
    if (waits[1].ready || waits[2].ready) {
        hear_of_peers(wheel);
    }
}

/* Nothing more is taken in. What is under way still gets its answer and goes out, but neither a
 * slow engine nor a peer that does not read can delay the end for longer than so long. */
static void say_farewell(struct jz_desk *desk)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (FAREWELL_MS_MAX * ms_ns);
    bool is_done = false;

    jz_link_waits(&desk->link);
    while (!is_done && jz_clock_monotonic_ns() < end_ns) {
        const uint32_t records = jz_egress_poll(desk);
        const uint32_t stuck = jz_post_flush_all(desk);
        is_done = records == 0 && stuck == 0 && jz_flight_is_empty(&desk->flight);
        if (records == 0 && !is_done) {
            (void)jz_wait_sleep(desk->link.gateway_fd, STUCK_MS);
        }
    }
    jz_link_wakes(&desk->link);
}

void jz_serve_run(struct jz_desk *desk)
{
    struct wheel wheel = {.desk = desk};

    while (!jz_link_is_stopping(&desk->link)) {
        if (jz_serve_turn(desk) > 0) {
            wheel.idle_turns = 0;
        } else {
            wheel.idle_turns++;
        }
        if (desk->now_ns >= wheel.next_listen_ns) {
            hear_of_peers(&wheel);
        }
        beat(&wheel);
        if (wheel.idle_turns >= IDLE_TURNS_MAX) {
            park(&wheel);
            wheel.idle_turns = 0;
        }
    }
    say_farewell(desk);
}
