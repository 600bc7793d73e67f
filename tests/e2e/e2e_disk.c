/* A disk that is full or fails: below the reserve new orders are refused and cancels work; at the
 * end of the disk, and after any error of it, jiaozid ends with one line, and the next start has
 * all that was acknowledged.
 *
 * Method: a real jiaozid, with a reserve larger than any disk, on a small file system of its own
 * (where that can be mounted), and over the shim, whose calls fail from the n-th step on.
 */
#include "tests/e2e/house.h"
#include "tests/e2e/run.h"
#include "tests/support/cmocka.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FAULT = 1,    /* exit codes of jiaozid */
    SETTING = 78, /* before it serves */
    STEPS_MAX = 200,
    ORDERS_PER_FAULT = 20,
    ORDERS_MAX = 4000,
};

static struct house house;
static struct guest *const ana = &house.ana;

static int open_house(void **state)
{
    (void)state;
    house_open(&house, NULL);
    return 0;
}

static int open_directory(void **state)
{
    (void)state;
    house = (struct house){.pid = 0};
    assert_true(jz_daemon_create(&house.daemon, JZ_BIN_DIR, NULL));
    (void)house_furnish(&house.daemon);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* An order of Ana's that rests, by this name. */
static const char *place(const char *name)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "'op': 'place_order', 'account': 16, 'symbol': 'BEANS/MILES', 'side': 'sell', "
                   "'lots': 1, 'price': 900, 'client_order_id': '%s'",
                   name);
    return guest_order(ana, text);
}

static const char *cancel(const char *name)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "'op': 'cancel_order', 'account': 16, 'client_order_id': '%s'", name);
    return guest_order(ana, text);
}

/* Starts again with this reserve, Ana on her lane. */
static void start_again(const char *reserve)
{
    house.daemon.options[2] = reserve; /* in the place of the furniture's */
    if (!jz_daemon_start(&house.daemon)) {
        print_error("%s\n", house.daemon.said);
        fail();
    }
    house_return(&house);
}

/* Waits until the exchange says that its disk is (not) full; it looks once a second. */
static void await_storage(bool is_full)
{
    for (int i = 0; i < 100 && guest_status(ana).storage_full != is_full; i++) {
        (void)guest_hear(ana, 50);
    }
    assert_true(guest_status(ana).storage_full == is_full);
}

/* ---- below the reserve -------------------------------------------------------------------------
 */

static void below_the_reserve_orders_are_refused_and_cancels_work(void **state)
{
    (void)state;
    assert_string_equal(place("one"), "ok");
    assert_string_equal(place("two"), "ok");
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);

    start_again("--reserve-bytes=1048576G");
    await_storage(true);
    const uint64_t nonce = ana->nonce;
    static const char *const refused[] = {
        "'op': 'place_order', 'account': 16, 'symbol': 'BEANS/MILES', 'side': 'sell', 'lots': 1, "
        "'price': 900",
        "'op': 'replace_order', 'account': 16, 'client_order_id': 'one', 'lots': 2, 'price': 900",
        "'op': 'mint', 'account': 16, 'currency': 'BEANS', 'amount': 5, 'source_id': 'late'",
        "'op': 'put_account', 'account': 30, 'role': 'member'",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        ana->nonce = nonce;
        assert_string_equal(guest_order(ana, refused[i]), "STORAGE_FULL");
        assert_int_equal(ana->heard.reply.seq, 0);
        assert_true(ana->heard.refusal.retry_after_ms > 0);
    }
    ana->nonce = nonce; /* none of them has used it up */
    assert_string_equal(cancel("one"), "ok");
    assert_string_equal(guest_query(ana, "'op': 'get_book', 'symbol': 'BEANS/MILES'"), "ok");
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_true(jz_daemon_said(&house.daemon, "free disk space is below the reserve"));

    start_again("--reserve-bytes=0");
    await_storage(false);
    assert_string_equal(cancel("one"), "UNKNOWN client_order_id");
    assert_string_equal(cancel("two"), "ok");
    house.pid = house.daemon.pid;
    house.gateway = jz_daemon_gateway(&house.daemon);
    house_expect_well(&house);
}

/* ---- a small disk ------------------------------------------------------------------------------
 */

/* A file system of eight megabytes on the daemon's directory, which goes away with this process.
 * False: not here. */
static bool mount_small_disk(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", house.daemon.directory, "tmpfs", 0, "size=8M") == 0;
}

static void enlarge_disk(void)
{
    assert_int_equal(mount("tmpfs", house.daemon.directory, "tmpfs", MS_REMOUNT, "size=64M"), 0);
}

/* Sends orders until one is not acknowledged; returns that one's verdict. */
static const char *order_until_refused(uint64_t *acknowledged)
{
    const char *verdict = "ok";
    for (int i = 0; i < ORDERS_MAX && strcmp(verdict, "ok") == 0; i++) {
        verdict = guest_order(ana, "'op': 'place_order', 'account': 16, 'symbol': 'BEANS/MILES', "
                                   "'side': 'sell', 'lots': 1, 'price': 900, 'time_in_force': "
                                   "'ioc'");
        *acknowledged += strcmp(verdict, "ok") == 0;
    }
    return verdict;
}

static void a_disk_that_fills_up_is_seen_before_it_is_full(void **state)
{
    (void)state;
    uint64_t acknowledged = 0;
    if (!mount_small_disk()) {
        skip();
    }
    house.daemon.options[2] = "--reserve-bytes=3M";
    assert_true(jz_daemon_start(&house.daemon));
    guest_connect(ana, house.daemon.requests);
    guest_hello(ana, "");
    guest_open_market(ana);
    assert_string_equal(place("kept"), "ok");
    assert_string_equal(order_until_refused(&acknowledged), "STORAGE_FULL");
    assert_string_equal(cancel("kept"), "ok");
    enlarge_disk();
    await_storage(false);
    guest_expect_service(ana);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_int_equal(umount(house.daemon.directory), 0);
}

static void a_disk_without_any_room_ends_it_with_one_line_and_loses_nothing(void **state)
{
    (void)state;
    uint64_t acknowledged = 0;
    if (!mount_small_disk()) {
        skip();
    }
    assert_true(jz_daemon_start(&house.daemon)); /* with no reserve at all */
    guest_connect(ana, house.daemon.requests);
    guest_hello(ana, "");
    guest_open_market(ana);
    ana->patience_ms = 3000;
    const char *const verdict = order_until_refused(&acknowledged);
    assert_string_equal(verdict, "silence");
    assert_int_equal(jz_daemon_wait(&house.daemon), FAULT);
    assert_true(jz_daemon_said(&house.daemon, "No space left on device"));
    const uint64_t nonce = ana->nonce;

    enlarge_disk();
    start_again("--reserve-bytes=0");
    assert_in_range(ana->nonce, nonce - 1, nonce); /* the last one may be there or not */
    guest_expect_service(ana);
    assert_int_equal(jz_daemon_stop(&house.daemon), 0);
    assert_int_equal(umount(house.daemon.directory), 0);
}

/* ---- a disk that fails -------------------------------------------------------------------------
 */

static void fail_from(uint32_t step, int error)
{
    static char directory[RUN_PATH_BYTES + 32];
    static char at[40];
    static char kind[40];
    (void)snprintf(directory, sizeof(directory), "JZ_SHIM_DIRECTORY=%s", house.daemon.data);
    (void)snprintf(at, sizeof(at), "JZ_SHIM_FAIL_AT=%u", step);
    (void)snprintf(kind, sizeof(kind), "JZ_SHIM_ERRNO=%d", error);
    house.daemon.environment[0] = "LD_PRELOAD=" JZ_SHIM;
    house.daemon.environment[1] = directory;
    house.daemon.environment[2] = at;
    house.daemon.environment[3] = kind;
}

static uint32_t lines_said(void)
{
    uint32_t lines = 0;
    for (const char *at = house.daemon.said; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    return lines;
}

/* One line with the cause, and the exit code of a fault. */
static void expect_clear_end(int exit_code, int error)
{
    if (!jz_daemon_said(&house.daemon, strerror(error)) || lines_said() != 1) {
        print_error("exit code %d: %s\n", exit_code, house.daemon.said);
    }
    assert_true(exit_code == FAULT || exit_code == SETTING);
    assert_true(jz_daemon_said(&house.daemon, strerror(error)));
    assert_int_equal(lines_said(), 1);
}

static bool is_running(void)
{
    siginfo_t ended = {.si_pid = 0};
    assert_int_equal(waitid(P_PID, (id_t)house.daemon.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    return ended.si_pid == 0;
}

/* True if what was said is answered with ok before jiaozid ends. */
static bool is_done(const char *verdict)
{
    for (int i = 0; strcmp(verdict, "silence") == 0 && i < 500 && is_running(); i++) {
        verdict = guest_verdict(ana);
    }
    return strcmp(verdict, "ok") == 0;
}

/* Serves orders until the disk fails. Returns how many were acknowledged; *is_over: all of them. */
static uint64_t serve_until_fault(int error, bool *is_over)
{
    uint64_t acknowledged = 0;
    guest_connect(ana, house.daemon.requests);
    ana->patience_ms = 20;
    *is_over = is_done(guest_ask(ana, "'op': 'hello', 'ref': 1"));
    for (int i = 0; *is_over && i < ORDERS_PER_FAULT; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "'op': 'put_account', 'account': %d, 'role': 'member'",
                       16 + i);
        *is_over = is_done(guest_order(ana, text));
        acknowledged += *is_over;
    }
    if (!*is_over) {
        expect_clear_end(jz_daemon_wait(&house.daemon), error);
    }
    guest_leave(ana);
    return acknowledged;
}

static void whenever_the_disk_fails_it_ends_with_one_line_and_nothing_is_lost(void **state)
{
    (void)state;
    uint32_t step = 1;
    for (bool is_over = false; !is_over && step < STEPS_MAX; step++) {
        const int error = step % 2 == 0 ? ENOSPC : EIO;
        uint64_t acknowledged = 0;
        fail_from(step, error);
        if (jz_daemon_start(&house.daemon)) {
            acknowledged = serve_until_fault(error, &is_over);
            jz_daemon_kill(&house.daemon);
        } else {
            expect_clear_end(house.daemon.exit_code, error);
        }
        house.daemon.environment[0] = NULL;
        assert_true(jz_daemon_start(&house.daemon));
        guest_connect(ana, house.daemon.requests);
        guest_hello(ana, "");
        /* 2 accounts are the exchange's own. */
        assert_in_range(guest_status(ana).accounts, acknowledged + 2, acknowledged + 3);
        guest_leave(ana);
        assert_int_equal(jz_daemon_stop(&house.daemon), 0);
        run_remove(house.daemon.data);
    }
    printf("%u steps\n", step);
    assert_in_range(step, 30, STEPS_MAX - 1);
}

int main(void)
{
#define STORY(name, open) cmocka_unit_test_setup_teardown(name, open, close_house)
    const struct CMUnitTest tests[] = {
        STORY(below_the_reserve_orders_are_refused_and_cancels_work, open_house),
        STORY(a_disk_that_fills_up_is_seen_before_it_is_full, open_directory),
        STORY(a_disk_without_any_room_ends_it_with_one_line_and_loses_nothing, open_directory),
        STORY(whenever_the_disk_fails_it_ends_with_one_line_and_nothing_is_lost, open_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
