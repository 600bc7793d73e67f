/* gateways.c - spawning jiaozid's own binary as a gateway, and thread mode. */
#include "engine/gateways.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ring/wait.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    PLACE = 0, /* the one gateway of this version */
    BACK_OFF_MS_MIN = 100,
    BACK_OFF_MS_MAX = 5000,
    HEALTHY_MS = 10000, /* a gateway that lived this long starts the back-off afresh */
    STOP_MS_MAX = 5000,
};

static const uint64_t ms_ns = 1000000;

void jz_gateways_init(struct jz_gateways *gateways, const struct jz_options *options,
                      struct jz_pipeline *pipeline)
{
    *gateways = (struct jz_gateways){
        .options = options,
        .pipeline = pipeline,
        .ready_fd = -1,
        .back_off_ms = BACK_OFF_MS_MIN,
    };
    (void)snprintf(gateways->requests, sizeof(gateways->requests), "%s", options->requests);
    (void)snprintf(gateways->feed, sizeof(gateways->feed), "%s", options->feed);
}

/* Takes the dead gateway out of the engine; its rings are free for the next one. */
static void let_go(struct jz_gateways *gateways)
{
    struct jz_matcher *matcher = &gateways->pipeline->matcher;

    if (gateways->ready_fd >= 0) {
        (void)close(gateways->ready_fd);
        gateways->ready_fd = -1;
    }
    if (jz_matcher_port_is_free(matcher, PLACE)) {
        return;
    }
    jz_matcher_detach(matcher, PLACE);
    while (!jz_matcher_port_is_free(matcher, PLACE)) {
        (void)jz_wait_sleep(matcher->options.main_fd, -1);
    }
}

static void hand_to_engine(struct jz_gateways *gateways, uint64_t epoch)
{
    struct jz_matcher *matcher = &gateways->pipeline->matcher;
    struct jz_port *port = &matcher->ports[PLACE];

    jz_pipeline_reset_place(gateways->pipeline);
    port->epoch = epoch;
    port->lane_first = 0;
    port->lane_count = jz_core_genesis(matcher->options.core)->lanes;
    port->gateway_fd = gateways->pipeline->place.fd;
    jz_matcher_attach(matcher, PLACE);
}

/* ---- starting ----------------------------------------------------------------------------------
 */

static int spawn_child(struct jz_gateways *gateways, uint64_t epoch, int ready_fd)
{
    const struct jz_pipeline *pipeline = gateways->pipeline;
    const int files[5] = {pipeline->exchange_file, pipeline->place.file, pipeline->engine_fd,
                          pipeline->place.fd, ready_fd};
    const struct jz_port *port = &gateways->pipeline->matcher.ports[PLACE];
    char words[160];
    (void)snprintf(words, sizeof(words), "--gateway-child=%d,%d,%d,%d,%d,%llx,%u,%u,%d", files[0],
                   files[1], files[2], files[3], files[4], (unsigned long long)epoch,
                   port->lane_first, port->lane_count, (int)getpid());
    char program[] = "jiaozid";
    char requests[JZ_GATEWAYS_ENDPOINT_BYTES + 16];
    char feed[JZ_GATEWAYS_ENDPOINT_BYTES + 16];
    (void)snprintf(requests, sizeof(requests), "--requests=%s", gateways->requests);
    (void)snprintf(feed, sizeof(feed), "--feed=%s", gateways->feed);
    char memory[48];
    (void)snprintf(memory, sizeof(memory), "--gateway-bytes-max=%llu",
                   (unsigned long long)gateways->options->gateway_bytes_max);
    char *const arguments[] = {program, words, requests, feed, memory, NULL};

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    int error = posix_spawn_file_actions_init(&actions);
    JZ_ASSERT(error == 0);
    error = posix_spawnattr_init(&attributes);
    JZ_ASSERT(error == 0);
    for (int i = 0; i < 5; i++) {
        /* Onto itself: the child's copy loses close-on-exec, ours keeps it. */
        (void)posix_spawn_file_actions_adddup2(&actions, files[i], files[i]);
    }
    /* A group of its own: Ctrl-C on a terminal is jiaozid's to handle, in its order. */
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    error =
        posix_spawn(&gateways->child, "/proc/self/exe", &actions, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        gateways->child = 0;
        errno = error;
        return JZ_ESYSTEM;
    }
    return JZ_OK;
}

static void run_in_thread(void *self)
{
    struct jz_gateways *gateways = self;
    gateways->thread_exit = jz_gateway_run(&gateways->thread_options);
    /* Release pairs with the acquire in reap: with it comes the exit code. */
    atomic_store_explicit(&gateways->thread_ended, 1, memory_order_release);
    jz_wait_wake(gateways->pipeline->options.main_fd);
}

static int start_thread(struct jz_gateways *gateways, uint64_t epoch, int ready_fd)
{
    const struct jz_port *port = &gateways->pipeline->matcher.ports[PLACE];
    gateways->thread_options = (struct jz_gateway_options){
        .exchange_file = gateways->pipeline->exchange_file,
        .gateway_file = gateways->pipeline->place.file,
        .engine_fd = gateways->pipeline->engine_fd,
        .gateway_fd = gateways->pipeline->place.fd,
        .epoch = epoch,
        .lane_first = port->lane_first,
        .lane_count = port->lane_count,
        .requests = gateways->requests,
        .feed = gateways->feed,
        .ready_fd = ready_fd,
    };
    const int status = jz_stage_run(&gateways->thread, "jz-gateway", run_in_thread, gateways);
    gateways->has_thread = status == JZ_OK;
    return status;
}

static void start(struct jz_gateways *gateways)
{
    uint64_t epoch = 0;
    int pipe_fds[2] = {-1, -1};

    const ssize_t got = getrandom(&epoch, sizeof(epoch), 0);
    JZ_ASSERT(got == (ssize_t)sizeof(epoch));
    epoch |= 1; /* 0 is the engine's own */
    int status = JZ_OK;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        status = JZ_ESYSTEM;
    }
    if (status == JZ_OK) {
        gateways->ready_fd = pipe_fds[0];
        hand_to_engine(gateways, epoch);
        status = gateways->options->gateway_in_thread ? start_thread(gateways, epoch, pipe_fds[1])
                                                      : spawn_child(gateways, epoch, pipe_fds[1]);
    }
    if (status != JZ_OK) {
        jz_log_line("cannot start the gateway: %s", strerror(errno));
        let_go(gateways);
        gateways->must_stop = true;
        gateways->exit_code = 1;
    }
    if (pipe_fds[1] >= 0 && !gateways->options->gateway_in_thread) {
        (void)close(pipe_fds[1]);
    }
    gateways->started_ns = jz_clock_monotonic_ns();
    gateways->starts++;
}

/* ---- watching ----------------------------------------------------------------------------------
 */

static void take_ready_line(struct jz_gateways *gateways)
{
    struct pollfd waiting = {.fd = gateways->ready_fd, .events = POLLIN};
    char line[2 * JZ_GATEWAYS_ENDPOINT_BYTES + 32] = "";

    if (gateways->ready_fd < 0 || poll(&waiting, 1, 0) <= 0) {
        return;
    }
    const ssize_t got = read(gateways->ready_fd, line, sizeof(line) - 1);
    (void)close(gateways->ready_fd);
    gateways->ready_fd = -1;
    if (got <= 0 ||
        sscanf(line, "requests=%255s feed=%255s", gateways->requests, gateways->feed) != 2) {
        return; /* it died before it was ready: its exit says why */
    }
    jz_log_line("ready requests=%s feed=%s pid=%d", gateways->requests, gateways->feed,
                (int)getpid());
}

static void judge_exit(struct jz_gateways *gateways, int how)
{
    const uint64_t lived_ns = jz_clock_monotonic_ns() - gateways->started_ns;

    gateways->child = 0;
    let_go(gateways);
    if (WIFEXITED(how) && WEXITSTATUS(how) == JZ_GATEWAY_EXIT_CONFIG) {
        gateways->must_stop = true; /* it has said why */
        gateways->exit_code = JZ_GATEWAY_EXIT_CONFIG;
        return;
    }
    if (lived_ns >= HEALTHY_MS * ms_ns) {
        gateways->back_off_ms = BACK_OFF_MS_MIN;
    }
    jz_log_line("the gateway ended (%s %d); it starts again in %u ms and clients repeat what was "
                "not answered",
                WIFSIGNALED(how) ? "signal" : "exit code",
                WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how), gateways->back_off_ms);
    gateways->start_at_ns = jz_clock_monotonic_ns() + (gateways->back_off_ms * ms_ns);
    gateways->back_off_ms =
        gateways->back_off_ms * 2 < BACK_OFF_MS_MAX ? gateways->back_off_ms * 2 : BACK_OFF_MS_MAX;
}

static void reap(struct jz_gateways *gateways)
{
    int how = 0;
    if (gateways->child > 0 && waitpid(gateways->child, &how, WNOHANG) == gateways->child) {
        judge_exit(gateways, how);
    }
    /* Acquire pairs with the release in run_in_thread. */
    if (gateways->has_thread &&
        atomic_load_explicit(&gateways->thread_ended, memory_order_acquire) != 0) {
        gateways->must_stop = true; /* it has said why */
        gateways->exit_code = gateways->thread_exit != 0 ? gateways->thread_exit : 1;
    }
}

static void enforce(struct jz_gateways *gateways)
{
    static const char *const texts[] = {
        [JZ_PORT_FAULT_NONE] = "",
        [JZ_PORT_FAULT_RING] = "it broke the rings it shares with the engine",
        [JZ_PORT_FAULT_RECORD] = "it sent a command that no gateway may send",
        [JZ_PORT_FAULT_SLOW] = "it alone kept the event ring full",
    };
    const enum jz_port_fault fault = jz_matcher_port_fault(&gateways->pipeline->matcher, PLACE);

    if (fault == JZ_PORT_FAULT_NONE) {
        return;
    }
    if (gateways->has_thread) {
        jz_log_fatal("the gateway thread is at fault: %s", texts[fault]);
    }
    if (gateways->child > 0) {
        int how = 0;
        jz_log_line("killing the gateway: %s", texts[fault]);
        (void)kill(gateways->child, SIGKILL);
        if (waitpid(gateways->child, &how, 0) == gateways->child) {
            judge_exit(gateways, how);
        }
    }
}

int jz_gateways_tend(struct jz_gateways *gateways)
{
    take_ready_line(gateways);
    reap(gateways);
    enforce(gateways);
    if (gateways->must_stop || gateways->child > 0 || gateways->has_thread) {
        return -1;
    }
    const uint64_t now_ns = jz_clock_monotonic_ns();
    if (now_ns < gateways->start_at_ns) {
        return (int)((gateways->start_at_ns - now_ns) / ms_ns) + 1;
    }
    start(gateways);
    return -1;
}

void jz_gateways_stop(struct jz_gateways *gateways)
{
    if (gateways->has_thread) {
        jz_wait_wake(gateways->pipeline->place.fd);
        jz_stage_join(&gateways->thread);
        gateways->has_thread = false;
    }
    if (gateways->child > 0) {
        jz_wait_wake(gateways->pipeline->place.fd);
        const uint64_t end_ns = jz_clock_monotonic_ns() + (STOP_MS_MAX * ms_ns);
        int how = 0;
        pid_t got = waitpid(gateways->child, &how, WNOHANG);
        while (got == 0 && jz_clock_monotonic_ns() < end_ns) {
            sigset_t child_ends; /* blocked in this thread, so that it waits here to be taken */
            (void)sigemptyset(&child_ends);
            (void)sigaddset(&child_ends, SIGCHLD);
            const struct timespec moment = {.tv_nsec = 100 * (long)ms_ns};
            (void)sigtimedwait(&child_ends, NULL, &moment);
            got = waitpid(gateways->child, &how, WNOHANG);
        }
        if (got == 0) {
            jz_log_line("the gateway did not end within %d ms; killing it", STOP_MS_MAX);
            (void)kill(gateways->child, SIGKILL);
            (void)waitpid(gateways->child, &how, 0);
        }
        gateways->child = 0;
    }
    let_go(gateways);
}
