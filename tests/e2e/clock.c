/* clock.c - a wrong clock, preloaded into a process: real time is shifted by the seconds that stand
 * in a file, which is read anew each time, so that a test can set the clock while a process runs.
 *
 *     LD_PRELOAD=.../clock.so JZ_CLOCK_SHIFT=/tmp/x/shift jiaozid ...
 *
 * Monotonic time stays what it is.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long shift_s(void)
{
    const char *path = getenv("JZ_CLOCK_SHIFT");
    char text[32] = "";
    const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    const ssize_t count = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    return count > 0 ? strtol(text, NULL, 10) : 0;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    const long error = syscall(SYS_clock_gettime, clock, now);
    if (error == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += shift_s();
    }
    return (int)error;
}
