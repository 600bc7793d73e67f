/* gateway.c - start, serve, stop. */
#include "gateway/gateway.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ring/wait.h"
#include "gateway/attach.h"
#include "gateway/desk.h"
#include "gateway/serve.h"
#include "jiaozi/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    EXIT_FAULT = 1,
    DESCRIPTORS_WANTED = 4096, /* and so about as many connections */
    BIND_PATIENCE_MS = 2000,   /* for a port to come free */
    BIND_PAUSE_MS = 50,
};

_Static_assert(DESCRIPTORS_WANTED <= JZ_SESSION_DESCRIPTORS_MAX, "each is told apart");

/* Each connection takes a descriptor; the usual limit of 1,024 is reached by a crowd. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* with fewer it works as well */
    }
}

/* A sanitizer reserves many times of what the process uses, so under one there is no bound. */
#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

static void limit_memory(uint64_t bytes)
{
    if (bytes > 0 && !IS_SANITIZED) {
        const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
        (void)setrlimit(RLIMIT_DATA, &limit); /* without it the system's own limits hold */
    }
}

/* One line that says what to change, and the exit code that goes with it. */
static int explain_socket(int status, const char *endpoint)
{
    switch (status) {
    case JZ_EINUSE:
        jz_log_line("gateway: %s is in use by another program: stop it or choose another port",
                    endpoint);
        return JZ_GATEWAY_EXIT_CONFIG;
    case JZ_EDENIED:
        jz_log_line("gateway: no permission for %s: choose a port from 1024 on, or another path",
                    endpoint);
        return JZ_GATEWAY_EXIT_CONFIG;
    case JZ_EINVAL:
        jz_log_line("gateway: %s is no address of this machine: write it as tcp://127.0.0.1:7010",
                    endpoint);
        return JZ_GATEWAY_EXIT_CONFIG;
    default:
        jz_log_line("gateway: cannot open %s: %s", endpoint, jz_status_text(status));
        return EXIT_FAULT;
    }
}

static void say_ready(const struct jz_desk *desk, int ready_fd)
{
    char line[(2 * JZ_SOCKET_ENDPOINT_BYTES_MAX) + 32];
    const int bytes = snprintf(line, sizeof(line), "requests=%s feed=%s\n", desk->requests.endpoint,
                               desk->feed.socket.endpoint);
    if (ready_fd >= 0) {
        const ssize_t written = write(ready_fd, line, (size_t)bytes);
        (void)written; /* nobody waits for it any more */
        (void)close(ready_fd);
    }
}

/* A gateway that was killed with its exchange may hold a port for a moment longer than the start of
 * the next one takes, so a port in use is tried again for a while. */
static int open_sockets(struct jz_desk *desk, const struct jz_gateway_options *options,
                        const char **endpoint)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (BIND_PATIENCE_MS * UINT64_C(1000000));
    int status = jz_desk_open_sockets(desk, options, endpoint);

    while (status == JZ_EINUSE && jz_clock_monotonic_ns() < end_ns &&
           !jz_link_is_stopping(&desk->link)) {
        (void)jz_wait_sleep(desk->link.gateway_fd, BIND_PAUSE_MS);
        status = jz_desk_open_sockets(desk, options, endpoint);
    }
    return status;
}

/* Serves until the exchange stops. */
static int serve(struct jz_desk *desk, const struct jz_gateway_options *options)
{
    int status = jz_attach_load(&desk->link, &desk->picture);
    if (status == JZ_EAGAIN) {
        return 0;
    }
    if (status != JZ_OK) {
        jz_log_line("gateway: cannot load the picture: %s", jz_status_text(status));
        return EXIT_FAULT;
    }
    const char *endpoint = "";
    status = open_sockets(desk, options, &endpoint);
    if (status != JZ_OK) {
        return explain_socket(status, endpoint);
    }
    say_ready(desk, options->ready_fd);
    jz_serve_run(desk);
    return 0;
}

int jz_gateway_run(const struct jz_gateway_options *options)
{
    struct jz_desk *desk = malloc(sizeof(*desk));
    int status = desk == NULL ? JZ_ENOMEM : JZ_OK;

    allow_descriptors();
    limit_memory(options->memory_bytes_max);
    if (status == JZ_OK) {
        status = jz_desk_open(desk, options);
    }
    if (status != JZ_OK) {
        jz_log_line("gateway: cannot take its memory: %s", jz_status_text(status));
        free(desk);
        return EXIT_FAULT;
    }
    const int code = serve(desk, options);
    jz_desk_close(desk);
    free(desk);
    return code;
}
