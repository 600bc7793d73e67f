/* shim.c - a disk that forgets: what a process has written and not flushed dies with it.
 *
 * kill -9 alone proves little about durability, because the kernel keeps what a dead process wrote.
 * This library, preloaded into a process, keeps its file writes in memory and passes them on to the
 * kernel only where the process makes them durable. Then SIGKILL loses exactly what a power cut may
 * lose.
 *
 *     LD_PRELOAD=.../shim.so JZ_SHIM_DIRECTORY=/tmp/x/data jiaozid ...
 *
 *     JZ_SHIM_DIRECTORY   regular files in it and below are held; an absolute path without links.
 *                         Not set: the shim does nothing.
 *     JZ_SHIM_HOLD=0      hold nothing, only count steps
 *     JZ_SHIM_NO_FLUSH=1  flushes and O_DSYNC writes succeed and pass nothing on: what a program
 *                         without its flushes does. A crash test must fail with it.
 *     JZ_SHIM_TEAR=SEED   what is passed on goes sector by sector (512 bytes) in random order, so
 *                         that a kill in the middle leaves a torn write
 *     JZ_SHIM_KILL_AT=N   SIGKILL just before the N-th step, counted from 1
 *     JZ_SHIM_FAIL_AT=N   from the N-th step on, steps fail with errno JZ_SHIM_ERRNO (a number;
 *                         ENOSPC if it is not set)
 *     JZ_SHIM_STEPS=FILE  at exit the number of steps is written there
 *
 * A step is a call that changes something in the directory: open with O_CREAT or O_TRUNC, write,
 * flush, truncate, allocate, rename, unlink, mkdir; with TEAR each sector passed on is one too.
 *
 * Held:    write, pwrite; seen by read and pread of the same process.
 * Passed:  by fsync and fdatasync, all of the file; by a write to an O_DSYNC or O_SYNC descriptor,
 *          that file, when the write returns.
 * At once: everything that is no file content: names, lengths, allocation.
 * Unknown: writev and its kin, mmap, stdio, copies of descriptors, and the length that stat tells
 * of a file that a write made longer.
 *
 * The variables are inherited: a child process has steps of its own. Threads: any; one lock.
 */
#include "tests/crash/held.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES_MAX     256u
#define FDS_MAX       4096
#define SHIM_EXPORTED __attribute__((visibility("default")))

static struct {
    pthread_mutex_t lock;
    bool is_ready;
    char directory[PATH_MAX]; /* "": the shim does nothing */
    bool holds;
    bool never_flushes;
    struct jz_held_way way;
    uint64_t steps;
    uint64_t kill_at;
    uint64_t fail_at;
    int fail_errno;
    struct jz_held files[FILES_MAX];
    struct jz_held *by_fd[FDS_MAX];
    int flags_by_fd[FDS_MAX];
} shim = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- setting and steps ----------------------------------------------------------------------- */

static uint64_t number_of(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

/* Counts a step. False if it is to fail; errno says how. */
static bool step(void)
{
    shim.steps++;
    if (shim.steps == shim.kill_at) {
        (void)kill(getpid(), SIGKILL);
        for (;;) {
            (void)pause();
        }
    }
    if (shim.fail_at != 0 && shim.steps >= shim.fail_at) {
        errno = shim.fail_errno;
        return false;
    }
    return true;
}

static void get_ready(void)
{
    if (shim.is_ready) {
        return;
    }
    const char *directory = getenv("JZ_SHIM_DIRECTORY");
    const char *hold = getenv("JZ_SHIM_HOLD");
    shim.is_ready = true;
    if (directory == NULL) {
        return;
    }
    (void)snprintf(shim.directory, sizeof(shim.directory), "%s", directory);
    shim.holds = hold == NULL || strcmp(hold, "0") != 0;
    shim.never_flushes = number_of("JZ_SHIM_NO_FLUSH") == 1;
    shim.way.tears = getenv("JZ_SHIM_TEAR") != NULL;
    shim.way.random = number_of("JZ_SHIM_TEAR");
    shim.way.step = step;
    shim.kill_at = number_of("JZ_SHIM_KILL_AT");
    shim.fail_at = number_of("JZ_SHIM_FAIL_AT");
    const uint64_t fail_errno = number_of("JZ_SHIM_ERRNO");
    shim.fail_errno = fail_errno == 0 ? ENOSPC : (int)fail_errno;
}

static void lock(void)
{
    (void)pthread_mutex_lock(&shim.lock);
    get_ready();
}

static void unlock(void)
{
    const int saved = errno;
    (void)pthread_mutex_unlock(&shim.lock);
    errno = saved;
}

__attribute__((destructor)) static void tell_steps(void)
{
    char text[32];
    const char *path = getenv("JZ_SHIM_STEPS");
    if (path == NULL || shim.directory[0] == '\0') {
        return;
    }
    const int fd = jz_held_real_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int bytes = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)shim.steps);
    jz_held_insist(fd >= 0 && jz_held_real_pwrite(fd, text, (size_t)bytes, 0) == bytes,
                   "cannot tell the steps");
}

static bool is_inside(const char *path)
{
    const size_t bytes = strlen(shim.directory);
    return bytes > 0 && strncmp(path, shim.directory, bytes) == 0 &&
           (path[bytes] == '/' || path[bytes] == '\0');
}

static bool link_of_fd(int fd, char path[PATH_MAX])
{
    char link[64];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t bytes = readlink(link, path, PATH_MAX - 1);
    path[bytes < 0 ? 0 : bytes] = '\0';
    return bytes > 0;
}

/* Whether a name, as a call got it, lies in the directory. */
static bool name_is_inside(int folder, const char *name)
{
    char base[PATH_MAX];
    char path[2 * PATH_MAX];

    if (shim.directory[0] == '\0') {
        return false;
    }
    if (name[0] == '/') {
        return is_inside(name);
    }
    if (folder == AT_FDCWD ? getcwd(base, sizeof(base)) == NULL : !link_of_fd(folder, base)) {
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", base, name);
    return is_inside(path);
}

/* Counts a step if the name lies in the directory. */
static bool step_on_name(int folder, const char *name)
{
    return !name_is_inside(folder, name) || step();
}

/* ---- what is held ---------------------------------------------------------------------------- */

static struct jz_held *file_of(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? shim.by_fd[fd] : NULL;
}

/* Makes what is held of a file durable, in the sense that it outlives the process. */
static bool pass_on(struct jz_held *file)
{
    return shim.never_flushes || jz_held_pass_on(file, &shim.way);
}

static ssize_t read_any(int fd, struct jz_held *file, void *bytes, size_t count, uint64_t offset)
{
    return file != NULL && shim.holds ? jz_held_read(file, bytes, count, offset)
                                      : jz_held_real_pread(fd, bytes, count, offset);
}

static ssize_t write_held(int fd, struct jz_held *file, const void *bytes, size_t count,
                          uint64_t offset)
{
    if (!step()) {
        return -1;
    }
    if (!shim.holds) {
        return jz_held_real_pwrite(fd, bytes, count, offset);
    }
    jz_held_write(file, bytes, count, offset);
    if ((shim.flags_by_fd[fd] & (O_DSYNC | O_SYNC)) != 0 && !pass_on(file)) {
        return -1;
    }
    return (ssize_t)count;
}

/* A flush of a directory, or of anything elsewhere, goes to the kernel: names are passed at once.
 */
static int flush(int fd, long call)
{
    char path[PATH_MAX];
    bool is_good = true;

    lock();
    struct jz_held *file = file_of(fd);
    if (file != NULL || (shim.directory[0] != '\0' && link_of_fd(fd, path) && is_inside(path))) {
        is_good = step();
    }
    if (is_good) {
        is_good = file != NULL && shim.holds ? pass_on(file) : syscall(call, fd) == 0;
    }
    unlock();
    return is_good ? 0 : -1;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static void hold_fd(int fd, int flags)
{
    char path[PATH_MAX];
    struct stat status;
    struct jz_held *unused = NULL;
    struct jz_held *file = NULL;

    if (!link_of_fd(fd, path) || !is_inside(path) || fstat(fd, &status) != 0 ||
        !S_ISREG(status.st_mode)) {
        return;
    }
    jz_held_insist(fd < FDS_MAX, "too many descriptors");
    for (uint32_t i = 0; i < FILES_MAX; i++) {
        struct jz_held *seen = &shim.files[i];
        if (seen->is_used && seen->device == status.st_dev && seen->inode == status.st_ino) {
            file = seen;
        } else if (!seen->is_used) {
            unused = seen;
        }
    }
    if (file == NULL) {
        jz_held_insist(unused != NULL, "too many files");
        file = unused;
        jz_held_begin(file, fd, &status);
    }
    if ((flags & O_TRUNC) != 0) {
        jz_held_resize(file, 0);
    }
    shim.by_fd[fd] = file;
    shim.flags_by_fd[fd] = flags;
}

/* Lets go of a file that nobody has open and of which nothing is held. */
static void end_file(struct jz_held *file)
{
    for (int fd = 0; fd < FDS_MAX; fd++) {
        if (shim.by_fd[fd] == file) {
            return;
        }
    }
    if (file->held_blocks == 0) {
        jz_held_end(file);
    }
}

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
    lock();
    int fd = -1;
    if ((flags & (O_CREAT | O_TRUNC)) == 0 || step_on_name(folder, path)) {
        fd = jz_held_real_open(folder, path, flags, mode);
    }
    if (fd >= 0 && shim.directory[0] != '\0') {
        const int saved = errno;
        hold_fd(fd, flags);
        errno = saved;
    }
    unlock();
    return fd;
}

/* ---- the calls that are preloaded ------------------------------------------------------------ */

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the system's names are its own
 */

/* The third argument of open, which is there only if the file may be made. */
#define MODE_OF(flags, mode)                                                                       \
    do {                                                                                           \
        if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                          \
            va_list arguments;                                                                     \
            va_start(arguments, flags);                                                            \
            (mode) = va_arg(arguments, mode_t);                                                    \
            va_end(arguments);                                                                     \
        }                                                                                          \
    } while (0)

SHIM_EXPORTED int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return open_any(AT_FDCWD, path, flags, mode);
}

SHIM_EXPORTED int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return open_any(folder, path, flags, mode);
}

SHIM_EXPORTED int close(int fd)
{
    lock();
    struct jz_held *file = file_of(fd);
    if (file != NULL) {
        shim.by_fd[fd] = NULL;
        end_file(file);
    }
    const int answer = (int)syscall(SYS_close, fd);
    unlock();
    return answer;
}

SHIM_EXPORTED ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    lock();
    struct jz_held *file = file_of(fd);
    const ssize_t answer = file != NULL ? write_held(fd, file, bytes, count, (uint64_t)offset)
                                        : jz_held_real_pwrite(fd, bytes, count, (uint64_t)offset);
    unlock();
    return answer;
}

SHIM_EXPORTED ssize_t write(int fd, const void *bytes, size_t count)
{
    lock();
    struct jz_held *file = file_of(fd);
    if (file == NULL) {
        unlock(); /* a pipe may block */
        return (ssize_t)syscall(SYS_write, fd, bytes, count);
    }
    const off_t at =
        (shim.flags_by_fd[fd] & O_APPEND) != 0 ? (off_t)file->bytes : lseek(fd, 0, SEEK_CUR);
    const ssize_t answer = write_held(fd, file, bytes, count, (uint64_t)at);
    if (answer > 0) {
        (void)lseek(fd, at + answer, SEEK_SET);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED ssize_t pread(int fd, void *bytes, size_t count, off_t offset)
{
    lock();
    struct jz_held *file = file_of(fd);
    const ssize_t answer = read_any(fd, file, bytes, count, (uint64_t)offset);
    unlock();
    return answer;
}

SHIM_EXPORTED ssize_t read(int fd, void *bytes, size_t count)
{
    lock();
    struct jz_held *file = file_of(fd);
    if (file == NULL) {
        unlock(); /* a pipe may block */
        return (ssize_t)syscall(SYS_read, fd, bytes, count);
    }
    const off_t at = lseek(fd, 0, SEEK_CUR);
    const ssize_t answer = read_any(fd, file, bytes, count, (uint64_t)at);
    if (answer > 0) {
        (void)lseek(fd, at + answer, SEEK_SET);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int fsync(int fd)
{
    return flush(fd, SYS_fsync);
}

SHIM_EXPORTED int fdatasync(int fd)
{
    return flush(fd, SYS_fdatasync);
}

SHIM_EXPORTED int ftruncate(int fd, off_t bytes)
{
    lock();
    struct jz_held *file = file_of(fd);
    int answer = -1;
    if (file == NULL || step()) {
        answer = (int)syscall(SYS_ftruncate, fd, bytes);
    }
    if (answer == 0 && file != NULL) {
        jz_held_resize(file, (uint64_t)bytes);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int fallocate(int fd, int mode, off_t offset, off_t count)
{
    lock();
    struct jz_held *file = file_of(fd);
    int answer = -1;
    if (file == NULL || step()) {
        answer = (int)syscall(SYS_fallocate, fd, mode, offset, count);
    }
    if (answer == 0 && file != NULL && (uint64_t)(offset + count) > file->bytes) {
        jz_held_resize(file, (uint64_t)(offset + count));
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    lock();
    int answer = -1;
    if (step_on_name(to_folder, to)) {
        answer = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

SHIM_EXPORTED int unlinkat(int folder, const char *path, int flags)
{
    lock();
    int answer = -1;
    if (step_on_name(folder, path)) {
        answer = (int)syscall(SYS_unlinkat, folder, path, flags);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

SHIM_EXPORTED int mkdirat(int folder, const char *path, mode_t mode)
{
    lock();
    int answer = -1;
    if (step_on_name(folder, path)) {
        answer = (int)syscall(SYS_mkdirat, folder, path, mode);
    }
    unlock();
    return answer;
}

SHIM_EXPORTED int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
