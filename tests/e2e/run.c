/* run.c - fork, exec, read until it ends; pread and pwrite. */
#include "tests/e2e/run.h"

#include "engine/base/clock.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads what it says until it closes its end or the time is over; false: the time is over. */
static bool listen_to_end(struct run *run, int fd)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (RUN_WAIT_MS * UINT64_C(1000000));
    size_t used = 0;
    while (jz_clock_monotonic_ns() < end_ns) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        char piece[1024];
        if (poll(&readable, 1, 100) != 1) {
            continue;
        }
        const ssize_t count = read(fd, piece, sizeof(piece));
        if (count <= 0) {
            return true;
        }
        const size_t room = sizeof(run->said) - 1 - used;
        const size_t taken = (size_t)count < room ? (size_t)count : room;
        memcpy(run->said + used, piece, taken);
        used += taken;
    }
    return false;
}

void run_program(struct run *run, const char *program, const char *const *arguments)
{
    int ends[2];
    int status = 0;

    memset(run, 0, sizeof(*run));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent && dup2(ends[1], STDOUT_FILENO) >= 0 &&
            dup2(ends[1], STDERR_FILENO) >= 0) {
            (void)execvp(program, (char **)(uintptr_t)arguments);
        }
        _exit(127);
    }
    assert_int_equal(close(ends[1]), 0);
    if (!listen_to_end(run, ends[0])) {
        (void)kill(pid, SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(close(ends[0]), 0);
    run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void run_jiaozid(struct run *run, const char *directory, const char *option)
{
    const char *const arguments[] = {
        "jiaozid", "--data", directory, "--requests=tcp://127.0.0.1:*", "--feed=tcp://127.0.0.1:*",
        option,    NULL,
    };
    run_program(run, JZ_BIN_DIR "/jiaozid", arguments);
}

void run_copy(const char *from, const char *to)
{
    struct run run;
    const char *const arguments[] = {"cp", "-a", from, to, NULL};
    run_program(&run, "cp", arguments);
    assert_int_equal(run.exit_code, 0);
}

void run_remove(const char *directory)
{
    struct run run;
    const char *const arguments[] = {"rm", "-rf", directory, NULL};
    run_program(&run, "rm", arguments);
    assert_int_equal(run.exit_code, 0);
}

const char *run_path(const char *directory, const char *name)
{
    static char paths[4][RUN_PATH_BYTES];
    static uint32_t next;
    char *const path = paths[next++ % 4];
    const int count = snprintf(path, RUN_PATH_BYTES, "%s/%s", directory, name);
    assert_in_range(count, 1, RUN_PATH_BYTES - 1);
    return path;
}

void run_read(const char *path, void *bytes, size_t count, uint64_t offset)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, count, (off_t)offset), (ssize_t)count);
    assert_int_equal(close(fd), 0);
}

void run_write(const char *path, const void *bytes, size_t count, uint64_t offset)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, (off_t)offset), (ssize_t)count);
    assert_int_equal(close(fd), 0);
}

void run_flip(const char *path, uint64_t bit)
{
    unsigned char byte = 0;
    run_read(path, &byte, 1, bit / 8);
    byte ^= (unsigned char)(1u << (bit % 8));
    run_write(path, &byte, 1, bit / 8);
}

uint64_t run_length(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (uint64_t)status.st_size;
}
