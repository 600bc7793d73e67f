/* A start that cannot work says in one line what to change and ends with the exit code for it; it
 * changes nothing, and once the cause is gone the next start works.
 *
 * Method: a real jiaozid, started on what operators get wrong: options, directories, ports, a
 * second one, a wrong clock; and killed at every step of its first start.
 */
#include "tests/e2e/house.h"
#include "tests/e2e/run.h"
#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    USAGE = 64,   /* exit codes of jiaozid */
    SETTING = 78, /* a setting that must be changed before a start can work */
    ENDPOINT_BYTES = 64,
};

static struct house house;
static struct run run;
static uint32_t furniture; /* options of a house that is not open yet */

static int open_house(void **state)
{
    (void)state;
    house_open(&house, NULL);
    return 0;
}

/* A directory, and nothing started. */
static int open_directory(void **state)
{
    (void)state;
    house = (struct house){.pid = 0};
    assert_true(jz_daemon_create(&house.daemon, JZ_BIN_DIR, NULL));
    furniture = house_furnish(&house.daemon);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* The start must fail with this exit code and a line that has this text. */
static void expect_refusal(int exit_code, const char *text)
{
    if (run.exit_code != exit_code || strstr(run.said, text) == NULL) {
        print_error("exit code %d: %s\n", run.exit_code, run.said);
    }
    assert_int_equal(run.exit_code, exit_code);
    assert_non_null(strstr(run.said, text));
}

/* One line and no more, and no invariant broken. */
static void expect_one_line(void)
{
    const char *const end = strchr(run.said, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
}

static void expect_ready(void)
{
    if (!jz_daemon_start(&house.daemon)) {
        print_error("%s\n", house.daemon.said);
        fail();
    }
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
}

/* ---- options -----------------------------------------------------------------------------------
 */

struct mistake {
    const char *option;
    int exit_code;
    const char *text;
};

#define RANGE(least, most) "a whole number from " least " to " most

static const struct mistake mistakes[] = {
    {"--colour=red", USAGE, "unrecognized option '--colour=red'"},
    {"here", USAGE, "here: jiaozid takes options only"},
    {"--data", USAGE, "requires an argument"},
    {"--digest=yes", USAGE, "doesn't allow an argument"},
    {"--gateway=plane", USAGE, "process or thread, not plane"},
    {"--segment-bytes=", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=0", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=-1", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=1MB", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=1.5M", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=2G", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=18446744073709551616", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=17179869185G", USAGE, RANGE("1048576", "1073741824")},
    {"--segment-bytes=1048577", USAGE, "a multiple of 4K"},
    {"--event-ring-bytes=512K", USAGE, RANGE("1048576", "68719476736")},
    {"--event-ring-bytes=3M", USAGE, "a power of two"},
    {"--reserve-bytes=much", USAGE, "a whole number"},
    {"--gateway-bytes-max=1M", USAGE, "a whole number from 67108864"},
    {"--currencies=0", USAGE, RANGE("1", "65536")},
    {"--markets=1048577", USAGE, RANGE("1", "1048576")},
    {"--accounts=15", USAGE, RANGE("16", "67108864")},
    {"--balances=0", USAGE, "a whole number from 1"},
    {"--orders=4294967296", USAGE, RANGE("1", "67108864")},
    {"--levels=0x10", USAGE, RANGE("1", "67108864")},
    {"--lanes=1025", USAGE, RANGE("1", "1024")},
    {"--window=8192", USAGE, RANGE("1", "4096")},
    {"--window=100", USAGE, "a power of two"},
    {"--gateway-child=1,2,3", USAGE, "for jiaozid's own use"},
    {"--requests=tcp://0.0.0.0:7010", USAGE, "only endpoints that this machine alone can reach"},
    {"--feed=tcp://*:7010", USAGE, "only endpoints that this machine alone can reach"},
    {"--requests=7010", USAGE, "only endpoints that this machine alone can reach"},
    {"--requests=tcp://127.0.0.1", SETTING, "tcp://127.0.0.1 is no address of this machine"},
    {"--requests=tcp://127.0.0.1:", SETTING, "is no address of this machine"},
    {"--requests=tcp://127.0.0.1:65536", SETTING, "is no address of this machine"},
    {"--feed=tcp://127.0.0.1:http", SETTING, "is no address of this machine"},
    {"--feed=ipc:///no/such/place", SETTING, "ipc:///no/such/place"},
};

static void a_mistake_in_the_options_is_named_and_nothing_is_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        const struct mistake *mistake = &mistakes[i];
        run_jiaozid(&run, house.daemon.data, mistake->option);
        expect_refusal(mistake->exit_code, mistake->text);
        if (mistake->exit_code == USAGE) {
            assert_int_not_equal(access(house.daemon.data, F_OK), 0);
        }
    }
    run_remove(house.daemon.data); /* those that were no usage errors have founded an exchange */
    expect_ready();
}

static void a_capacity_that_differs_from_the_first_start_is_refused_with_both_values(void **state)
{
    (void)state;
    static const struct {
        const char *other;
        const char *same;
        const char *text;
    } changes[] = {
        {"--currencies=16", "--currencies=1024", "--currencies=16 was given"},
        {"--markets=16", "--markets=64", "with 64; leave the option out"},
        {"--accounts=16", "--accounts=1024", "with 1024; leave the option out"},
        {"--balances=16", "--balances=4096", "with 4096; leave the option out"},
        {"--orders=16", "--orders=16384", "--orders=16 was given"},
        {"--levels=16", "--levels=16384", "--levels=16 was given"},
        {"--lanes=16", "--lanes=64", "with 64; leave the option out"},
        {"--window=16", "--window=4096", "with 4096; leave the option out"},
        {"--segment-bytes=2M", "--segment-bytes=1M", "1048576 bytes, and 2097152 are asked for"},
    };
    house_expect_well(&house);
    memset(house.daemon.options, 0, sizeof(house.daemon.options));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        run_jiaozid(&run, house.daemon.data, changes[i].other);
        expect_refusal(SETTING, changes[i].text);
        house.daemon.options[0] = changes[i].same;
        expect_ready();
    }
}

static void started_without_standard_files_it_puts_none_of_its_own_in_their_place(void **state)
{
    (void)state;
    char command[3 * RUN_PATH_BYTES];
    const char *const arguments[] = {"sh", "-c", command, NULL};
    (void)snprintf(command, sizeof(command),
                   "timeout 10 %s --data %s --requests=tcp://127.0.0.1:* --feed=tcp://127.0.0.1:* "
                   "%s %s 0<&- 1>&- 2>&- & sleep 0.5; read P </proc/$!/task/$!/children; "
                   "readlink /proc/$P/fd/0 /proc/$P/fd/1 /proc/$P/fd/2; kill $P; wait $!",
                   house.daemon.program, house.daemon.data, house.daemon.options[0],
                   house.daemon.options[6]);
    run_program(&run, "sh", arguments);
    assert_string_equal(run.said, "/dev/null\n/dev/null\n/dev/null\n");
    assert_int_equal(run.exit_code, 0);
}

/* ---- directories -------------------------------------------------------------------------------
 */

static void a_directory_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    const char *const file = run_path(house.daemon.directory, "file");
    run_write(file, "text", 4, 0);
    run_jiaozid(&run, file, NULL);
    expect_refusal(SETTING, file);
    expect_one_line();
    const char *const below = run_path(file, "data");
    run_jiaozid(&run, below, NULL);
    expect_refusal(SETTING, "cannot make the data directory");
    assert_non_null(strstr(run.said, below));
    expect_one_line();
    run_jiaozid(&run, "/sys/jiaozi", NULL); /* where not even root makes one */
    expect_refusal(SETTING, "cannot make the data directory /sys/jiaozi");
    expect_one_line();
    run_jiaozid(&run, run_path(house.daemon.directory, "a/b/c"), NULL);
    expect_refusal(SETTING, "cannot make the data directory");
    run_jiaozid(&run, "", NULL);
    expect_refusal(SETTING, "cannot make the data directory");
}

static void a_directory_without_permission_is_named(void **state)
{
    (void)state;
    if (geteuid() == 0) { /* who may write anywhere: as somebody who may not */
        assert_int_equal(chmod(house.daemon.directory, 0755), 0);
        const char *const arguments[] = {"setpriv",
                                         "--reuid=65534",
                                         "--regid=65534",
                                         "--clear-groups",
                                         house.daemon.program,
                                         "--data",
                                         house.daemon.data,
                                         NULL};
        run_program(&run, "setpriv", arguments);
        if (run.exit_code == 126 || run.exit_code == 127) {
            skip(); /* there is no setpriv, or nobody but us may execute the program */
        }
    } else {
        assert_int_equal(chmod(house.daemon.directory, 0555), 0);
        run_jiaozid(&run, house.daemon.data, NULL);
        assert_int_equal(chmod(house.daemon.directory, 0755), 0);
    }
    expect_refusal(SETTING, "cannot make the data directory");
    assert_non_null(strstr(run.said, "Permission denied"));
    expect_one_line();
    expect_ready();
}

static void a_digest_of_nothing_is_refused_and_makes_nothing(void **state)
{
    (void)state;
    run_jiaozid(&run, house.daemon.data, "--digest");
    expect_refusal(SETTING, "cannot open the data directory");
    assert_int_not_equal(access(house.daemon.data, F_OK), 0);
    assert_int_equal(mkdir(house.daemon.data, 0700), 0);
    run_jiaozid(&run, house.daemon.data, "--digest");
    expect_refusal(SETTING, "holds no exchange");
    expect_ready();
}

static void a_second_jiaozid_on_the_same_data_is_refused(void **state)
{
    (void)state;
    run_jiaozid(&run, house.daemon.data, NULL);
    expect_refusal(SETTING, "is in use by another process");
    expect_one_line();
    run_jiaozid(&run, house.daemon.data, "--digest");
    expect_refusal(SETTING, "is in use by another process");
    house_expect_well(&house);
    expect_ready();
}

/* ---- ports -------------------------------------------------------------------------------------
 */

/* Somebody else's port. */
static int take_port(char endpoint[ENDPOINT_BYTES])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(endpoint, ENDPOINT_BYTES, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static void a_port_in_use_is_named_and_nothing_is_lost(void **state)
{
    (void)state;
    static const char *const options[] = {"--requests=", "--feed="};
    const struct jz_digest before = guest_status(&house.ana).state_digest;
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    for (int i = 0; i < 2; i++) {
        char endpoint[ENDPOINT_BYTES];
        char option[ENDPOINT_BYTES + 16];
        const int fd = take_port(endpoint);
        (void)snprintf(option, sizeof(option), "%s%s", options[i], endpoint);
        run_jiaozid(&run, house.daemon.data, option);
        expect_refusal(SETTING, endpoint);
        assert_non_null(
            strstr(run.said, "is in use by another program: stop it or choose another"));
        assert_int_equal(close(fd), 0);
    }
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    const struct jz_digest after = guest_status(&house.ana).state_digest;
    assert_memory_equal(&after, &before, sizeof(after));
}

static void a_port_that_comes_free_within_a_second_is_waited_for(void **state)
{
    (void)state;
    char endpoint[ENDPOINT_BYTES];
    const int fd = take_port(endpoint);
    const pid_t holder = fork();
    assert_true(holder >= 0);
    if (holder == 0) { /* holds it a second longer than we do */
        const struct timespec second = {.tv_sec = 1};
        (void)nanosleep(&second, NULL);
        _exit(0);
    }
    assert_int_equal(close(fd), 0);
    (void)snprintf(house.daemon.feed, sizeof(house.daemon.feed), "%s", endpoint);
    expect_ready();
    assert_int_equal(waitpid(holder, NULL, 0), holder);
}

/* ---- the clock ---------------------------------------------------------------------------------
 */

static char shift_path[RUN_PATH_BYTES];
static char shift_setting[RUN_PATH_BYTES + 32];

static void set_clock(long seconds)
{
    char text[32];
    const int count = snprintf(text, sizeof(text), "%-12ld", seconds);
    run_write(shift_path, text, (size_t)count, 0);
}

static int open_house_with_clock(void **state)
{
    (void)open_directory(state);
    (void)snprintf(shift_path, sizeof(shift_path), "%s/shift", house.daemon.directory);
    (void)snprintf(shift_setting, sizeof(shift_setting), "JZ_CLOCK_SHIFT=%s", shift_path);
    set_clock(0);
    house.daemon.environment[0] = "LD_PRELOAD=" JZ_CLOCK;
    house.daemon.environment[1] = shift_setting;
    assert_true(jz_daemon_start(&house.daemon));
    guest_connect(&house.ana, house.daemon.requests);
    guest_hello(&house.ana, "");
    guest_open_market(&house.ana);
    return 0;
}

static void expect_clock_refusal(const char *text)
{
    assert_false(jz_daemon_start(&house.daemon));
    assert_int_equal(house.daemon.exit_code, SETTING);
    assert_true(jz_daemon_said(&house.daemon, text));
    assert_true(jz_daemon_said(&house.daemon, "--accept-time"));
}

static void a_clock_behind_the_last_record_needs_the_operators_word(void **state)
{
    (void)state;
    const uint64_t last_ns = guest_status(&house.ana).ts;
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    set_clock(-3600);
    expect_clock_refusal("more than 5 s before the last record");
    house.daemon.options[furniture] = "--accept-time";
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    guest_expect_service(&house.ana);
    assert_true(guest_status(&house.ana).ts >= last_ns); /* time goes on from there */
    assert_true(guest_status(&house.ana).ts < last_ns + UINT64_C(60000000000));
}

static void a_clock_a_week_ahead_needs_the_operators_word(void **state)
{
    (void)state;
    const uint64_t last_ns = guest_status(&house.ana).ts;
    const uint64_t eight_days_ns = UINT64_C(8) * 86400 * 1000000000;
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    set_clock(8 * 86400);
    expect_clock_refusal("more than 7 days after the last record");
    house.daemon.options[furniture] = "--accept-time";
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    guest_expect_service(&house.ana);
    assert_true(guest_status(&house.ana).ts >= last_ns + eight_days_ns);
}

static void a_clock_that_is_a_little_off_is_taken_as_it_is(void **state)
{
    (void)state;
    const uint64_t last_ns = guest_status(&house.ana).ts;
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    set_clock(-3);
    expect_ready();
    set_clock(6 * 86400); /* a long weekend */
    assert_true(jz_daemon_start(&house.daemon));
    house_return(&house);
    guest_expect_service(&house.ana);
    assert_true(guest_status(&house.ana).ts > last_ns);
    house.pid = house.daemon.pid;
    house.gateway = jz_daemon_gateway(&house.daemon);
    house_expect_well(&house);
    run_jiaozid(&run, house.daemon.data, "--digest"); /* which asks no clock */
    assert_int_equal(run.exit_code, 0);
}

static void a_clock_that_steps_while_it_runs_is_told_and_not_followed(void **state)
{
    (void)state;
    static const long steps[] = {-7200, 7200};
    for (int i = 0; i < 2; i++) {
        const uint64_t before_ns = guest_status(&house.ana).ts;
        const struct timespec moment = {.tv_sec = 1, .tv_nsec = 100000000};
        set_clock(steps[i]);
        (void)nanosleep(&moment, NULL); /* it looks once a second */
        guest_expect_service(&house.ana);
        const uint64_t after_ns = guest_status(&house.ana).ts;
        assert_true(after_ns > before_ns);
        assert_true(after_ns < before_ns + UINT64_C(60000000000));
    }
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_true(jz_daemon_said(&house.daemon, "clock is more than 5 s away"));
}

/* ---- the first start ---------------------------------------------------------------------------
 */

/* Kills the first start just before its n-th step on the disk. False: it came up before that. */
static bool kill_first_start(uint32_t n, bool forgets)
{
    static char directory[RUN_PATH_BYTES + 32];
    static char step[32];
    (void)snprintf(directory, sizeof(directory), "JZ_SHIM_DIRECTORY=%s", house.daemon.data);
    (void)snprintf(step, sizeof(step), "JZ_SHIM_KILL_AT=%u", n);
    house.daemon.environment[0] = "LD_PRELOAD=" JZ_SHIM;
    house.daemon.environment[1] = directory;
    house.daemon.environment[2] = step;
    house.daemon.environment[3] = forgets ? "JZ_SHIM_HOLD=1" : "JZ_SHIM_HOLD=0";
    const bool is_up = jz_daemon_start(&house.daemon);
    if (!is_up) {
        assert_int_equal(house.daemon.exit_code, -1); /* killed, and no fault of its own */
    }
    jz_daemon_kill(&house.daemon);
    house.daemon.environment[0] = NULL;
    return !is_up;
}

static void expect_first_start_after_each_kill(bool forgets)
{
    uint32_t steps = 0;
    for (bool is_killed = true; is_killed; steps++) {
        is_killed = kill_first_start(steps + 1, forgets);
        assert_true(jz_daemon_start(&house.daemon));
        guest_connect(&house.ana, house.daemon.requests);
        guest_hello(&house.ana, "");
        guest_open_market(&house.ana);
        guest_expect_service(&house.ana);
        guest_leave(&house.ana);
        assert_int_equal(jz_daemon_stop(&house.daemon), 0);
        run_remove(house.daemon.data);
    }
    printf("%u steps\n", steps);
    assert_in_range(steps, 10, 1000);
}

static void killed_at_any_step_of_the_first_start_the_next_one_works(void **state)
{
    (void)state;
    expect_first_start_after_each_kill(false);
}

static void and_so_it_does_on_a_disk_that_forgets(void **state)
{
    (void)state;
    expect_first_start_after_each_kill(true);
}

int main(void)
{
#define STORY(name, open) cmocka_unit_test_setup_teardown(name, open, close_house)
    const struct CMUnitTest tests[] = {
        STORY(a_mistake_in_the_options_is_named_and_nothing_is_made, open_directory),
        STORY(started_without_standard_files_it_puts_none_of_its_own_in_their_place,
              open_directory),
        STORY(a_capacity_that_differs_from_the_first_start_is_refused_with_both_values, open_house),
        STORY(a_directory_that_cannot_be_made_is_named, open_directory),
        STORY(a_directory_without_permission_is_named, open_directory),
        STORY(a_digest_of_nothing_is_refused_and_makes_nothing, open_directory),
        STORY(a_second_jiaozid_on_the_same_data_is_refused, open_house),
        STORY(a_port_in_use_is_named_and_nothing_is_lost, open_house),
        STORY(a_port_that_comes_free_within_a_second_is_waited_for, open_directory),
        STORY(a_clock_behind_the_last_record_needs_the_operators_word, open_house_with_clock),
        STORY(a_clock_a_week_ahead_needs_the_operators_word, open_house_with_clock),
        STORY(a_clock_that_is_a_little_off_is_taken_as_it_is, open_house_with_clock),
        STORY(a_clock_that_steps_while_it_runs_is_told_and_not_followed, open_house_with_clock),
        STORY(killed_at_any_step_of_the_first_start_the_next_one_works, open_directory),
        STORY(and_so_it_does_on_a_disk_that_forgets, open_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
