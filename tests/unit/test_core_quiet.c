/* A command takes no memory and asks the system for nothing, whatever the command.
 *
 * Method: a child process first maps and touches everything it needs, then gives up every system
 * call but write and exit (seccomp: the kernel kills it at the next one), counts every call of an
 * allocator (they are replaced in this program), and runs a long random stream of every command. A
 * control shows that the cage bites and that the counter counts.
 */
#include "tests/support/core_stream.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 200000 };

/* NOLINTBEGIN: these stand in for functions of the C library under the names that it gave them */
/* ---- allocators, counted -------------------------------------------------------------------- */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *block);
int posix_memalign(void **block, size_t alignment, size_t bytes);
void *aligned_alloc(size_t alignment, size_t bytes);

static uint64_t allocator_calls;

void *malloc(size_t bytes)
{
    allocator_calls++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocator_calls++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes)
{
    allocator_calls++;
    return __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    allocator_calls++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    allocator_calls++;
    *block = __libc_memalign(alignment, bytes);
    return *block != NULL ? 0 : ENOMEM;
}

void free(void *block)
{
    allocator_calls++;
    __libc_free(block);
}

/* NOLINTEND */

/* ---- system calls, forbidden ---------------------------------------------------------------- */

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* From here on any system call but write and exit_group ends the process with SIGSYS. */
static bool enter_cage(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* Runs work in a caged child. Returns its wait status. The child's exit code is 0 if no allocator
 * was called, 1 if one was, 2 if the cage could not be closed. */
static int run_caged(void (*work)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!enter_cage()) {
            _exit(2);
        }
        const uint64_t before = allocator_calls;
        work();
        _exit(allocator_calls == before ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool was_quiet(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the work ------------------------------------------------------------------------------- */

static struct desk desk;
static struct stream stream;

static void run_stream(void)
{
    struct stream_command command;
    for (uint32_t i = 0; i < STEPS; i++) {
        stream_next(&stream, &command);
        command.record.sequence = jz_core_sequence(desk.core) + 1;
        desk.room.next = desk.events;
        desk.room.end = desk.events + DESK_EVENTS_MAX;
        jz_core_apply(desk.core, &command.record, &desk.room);
        stream_hear(&stream, desk.events, (uint32_t)(desk.room.next - desk.events));
        (void)jz_core_touch_ahead(desk.core);
    }
}

static void ask_for_the_process_id(void)
{
    (void)syscall(SYS_getpid);
}

static void take_and_give_memory(void)
{
    void *volatile block = malloc(24);
    free(block);
}

static void do_nothing(void)
{
}

static void commands_take_no_memory_and_make_no_system_call(void **state)
{
    (void)state;
    const struct jz_genesis genesis = stream_genesis();
    desk_open(&desk, &genesis);
    stream_open(&stream, 20261121);
    assert_true(was_quiet(run_caged(run_stream)));
    desk_close(&desk);
}

static void the_cage_bites_and_the_counter_counts(void **state)
{
    (void)state;
    const int asked = run_caged(ask_for_the_process_id);
    const int took = run_caged(take_and_give_memory);
    assert_true(was_quiet(run_caged(do_nothing)));
    assert_true(WIFSIGNALED(asked) && WTERMSIG(asked) == SIGSYS);
    assert_true(WIFEXITED(took) && WEXITSTATUS(took) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cage_bites_and_the_counter_counts),
        cmocka_unit_test(commands_take_no_memory_and_make_no_system_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
