/* main.c - jiaozid: options in, journal replayed, threads up, gateways watched, orderly stop. */
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/gateways.h"
#include "engine/options.h"
#include "engine/ring/wait.h"
#include "engine/stage/pipeline.h"
#include "engine/stage/recover.h"
#include "gateway/gateway.h"
#include "jiaozi/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Exit codes, as in sysexits.h: 0 stopped in order, 1 a fault, 64 wrong command line, 78 a setting
 * that must be changed before a start can work. */
enum { EXIT_FAULT = 1, EXIT_SETTING = 78 };

/* ---- the gateway child -------------------------------------------------------------------------
 */

static int run_child(const struct jz_options *options)
{
    const struct jz_gateway_options gateway = {
        .exchange_file = options->files[0],
        .gateway_file = options->files[1],
        .engine_fd = options->files[2],
        .gateway_fd = options->files[3],
        .epoch = options->epoch,
        .lane_first = options->lane_first,
        .lane_count = options->lane_count,
        .requests = options->requests,
        .feed = options->feed,
        .ready_fd = options->files[4],
        .memory_bytes_max = options->gateway_bytes_max,
    };

    /* Die with the parent, so that kill -9 of it frees the ports. It may have died before this call
     * took effect: then we have another parent already. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != options->parent) {
        return EXIT_FAULT;
    }
    (void)prctl(PR_SET_NAME, "jiaozid-gateway");
    return jz_gateway_run(&gateway);
}

/* ---- a start -----------------------------------------------------------------------------------
 */

/* Capacities are read for the first start only; asked for differently later, the start is refused.
 */
static bool settings_agree(const struct jz_options *options, const struct jz_genesis *genesis)
{
    bool agrees = true;

#define X(field, option, initial, text)                                                            \
    if (options->given[JZ_GIVEN_##field] && options->genesis.field != genesis->field) {            \
        jz_log_line("--" option "=%u was given, but this exchange was founded with %u; leave the " \
                    "option out (a command that changes a capacity is not part of this version)",  \
                    options->genesis.field, genesis->field);                                       \
        agrees = false;                                                                            \
    }
    JZ_CAPACITY_MAP(X)
#undef X
    return agrees;
}

static void say_time(const char *what, uint64_t last_ns, uint64_t real_ns)
{
    jz_log_line("the clock is %s the last record (record %llu s, clock %llu s since 1970); set the "
                "clock, or start with --accept-time if it is right",
                what, (unsigned long long)(last_ns / 1000000000),
                (unsigned long long)(real_ns / 1000000000));
}

static bool time_is_accepted(const struct jz_options *options, const struct jz_core *core)
{
    const uint64_t last_ns = jz_core_time_ns(core);
    const uint64_t real_ns = jz_clock_real_ns();

    if (options->accept_time) {
        return true;
    }
    switch (jz_stamp_judge(last_ns, real_ns)) {
    case JZ_STAMP_START_OK:
        return true;
    case JZ_STAMP_START_AHEAD:
        say_time("more than 7 days after", last_ns, real_ns);
        return false;
    case JZ_STAMP_START_BEHIND:
        say_time("more than 5 s before", last_ns, real_ns);
        return false;
    }
    return false;
}

static int recover(const struct jz_options *options, struct jz_recovery *recovery,
                   struct jz_journal *journal)
{
    const struct jz_journal_options journal_options = {
        .directory = options->data,
        .segment_bytes = options->segment_bytes,
        .reserve_bytes = options->reserve_bytes,
        .read_only = options->mode == JZ_MODE_DIGEST,
    };
    const int status = jz_recover(recovery, journal, &journal_options, &options->genesis);

    if (status != JZ_OK) {
        jz_log_line("%s", recovery->message);
        return status == JZ_ENOMEM ? EXIT_FAULT : EXIT_SETTING;
    }
    return 0;
}

/* ---- --digest ----------------------------------------------------------------------------------
 */

static void print_digests(const struct jz_core *core)
{
    const struct jz_digest state = jz_core_digest(core);
    const struct jz_digest content = jz_core_content_digest(core);

    (void)printf("sequence %llu\nstate %016llx%016llx\ncontent %016llx%016llx\n",
                 (unsigned long long)jz_core_sequence(core), (unsigned long long)state.word[0],
                 (unsigned long long)state.word[1], (unsigned long long)content.word[0],
                 (unsigned long long)content.word[1]);
}

static int run_digest(const struct jz_options *options)
{
    struct jz_recovery recovery;
    struct jz_journal journal;
    const int code = recover(options, &recovery, &journal);

    if (code != 0) {
        return code;
    }
    print_digests(recovery.core);
    jz_journal_close(&journal);
    jz_recover_release(&recovery);
    return 0;
}

/* ---- the exchange ------------------------------------------------------------------------------
 */

/* Signals that the main thread takes from a descriptor; blocked everywhere else. */
static int open_signals(void)
{
    sigset_t wanted;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGINT);
    (void)sigaddset(&wanted, SIGHUP);
    (void)sigaddset(&wanted, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Takes the signals that came; true if one of them ends the process. */
static bool was_told_to_stop(int signal_fd)
{
    struct signalfd_siginfo signal_seen;
    bool stop = false;

    while (read(signal_fd, &signal_seen, sizeof(signal_seen)) == (ssize_t)sizeof(signal_seen)) {
        stop = stop || signal_seen.ssi_signo != SIGCHLD;
    }
    return stop;
}

/* Until a signal or a gateway that cannot start ends it. */
static int watch(struct jz_gateways *gateways, int signal_fd, int main_fd)
{
    for (;;) {
        const int due_ms = jz_gateways_tend(gateways);
        if (gateways->must_stop) {
            return gateways->exit_code;
        }
        struct pollfd waiting[] = {
            {.fd = signal_fd, .events = POLLIN},
            {.fd = main_fd, .events = POLLIN},
            {.fd = gateways->ready_fd, .events = POLLIN}, /* -1 is passed over */
        };
        (void)poll(waiting, 3, due_ms);
        (void)jz_wait_sleep(main_fd, 0); /* takes the wake-ups */
        if (was_told_to_stop(signal_fd)) {
            return 0;
        }
    }
}

static int serve(const struct jz_options *options, struct jz_recovery *recovery,
                 struct jz_journal *journal)
{
    static struct jz_pipeline pipeline;
    static struct jz_gateways gateways;
    const int signal_fd = open_signals();
    int main_fd = -1;
    int status = signal_fd < 0 ? JZ_ESYSTEM : jz_wait_open(&main_fd);

    if (status == JZ_OK) {
        const struct jz_pipeline_options pipeline_options = {
            .recovery = recovery,
            .journal = journal,
            .event_ring_bytes = options->event_ring_bytes,
            .main_fd = main_fd,
            .busy_poll = options->busy_poll,
        };
        status = jz_pipeline_start(&pipeline, &pipeline_options);
    }
    if (status != JZ_OK) {
        jz_log_line("cannot start: %s: %s", jz_status_text(status), strerror(errno));
        return EXIT_FAULT;
    }
    jz_gateways_init(&gateways, options, &pipeline);
    const int code = watch(&gateways, signal_fd, main_fd);

    /* Relaxed: the wake-up behind it is a system call, and the flag stays. */
    atomic_store_explicit(&pipeline.exchange->stopping, 1, memory_order_relaxed);
    jz_gateways_stop(&gateways);
    jz_pipeline_stop(&pipeline);
    const struct jz_digest digest = jz_core_digest(recovery->core);
    jz_log_line("stopped sequence=%llu digest=%016llx%016llx",
                (unsigned long long)jz_core_sequence(recovery->core),
                (unsigned long long)digest.word[0], (unsigned long long)digest.word[1]);
    return code;
}

static int run_exchange(const struct jz_options *options)
{
    struct jz_recovery recovery;
    struct jz_journal journal;
    int code = recover(options, &recovery, &journal);

    if (code != 0) {
        return code;
    }
    if (!settings_agree(options, &recovery.genesis) || !time_is_accepted(options, recovery.core)) {
        code = EXIT_SETTING;
    } else {
        code = serve(options, &recovery, &journal);
    }
    jz_journal_close(&journal);
    jz_recover_release(&recovery);
    return code;
}

/* Whoever starts us may have closed 0, 1 or 2; a file of ours that took the number 2 would get our
 * messages written into it. False: there is not even /dev/null. */
static bool have_standard_files(void)
{
    int fd = STDIN_FILENO;
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR); /* the lowest number that is free */
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

int main(int argc, char **argv)
{
    struct jz_options options;

    if (!have_standard_files()) {
        return EXIT_FAULT;
    }
    jz_options_read(&options, argc, argv);
    switch (options.mode) {
    case JZ_MODE_SERVE:
        return run_exchange(&options);
    case JZ_MODE_DIGEST:
        return run_digest(&options);
    case JZ_MODE_GATEWAY_CHILD:
        return run_child(&options);
    }
    return EXIT_FAULT;
}
