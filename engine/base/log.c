/* log.c - formats a line into a buffer and writes it in one piece. */
#include "engine/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1000 };

static void write_line(const char *format, va_list arguments)
{
    const int saved = errno;
    char line[LINE_BYTES_MAX + 2];
    int used = snprintf(line, sizeof(line), "%s: ", program_invocation_short_name);
    used = used < 0 || used > LINE_BYTES_MAX ? 0 : used;
    const int added =
        vsnprintf(line + used, (size_t)(LINE_BYTES_MAX + 1 - used), format, arguments);
    used += added < 0 ? 0 : added;
    used = used > LINE_BYTES_MAX ? LINE_BYTES_MAX : used;
    line[used] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, (size_t)used + 1);
    (void)written; /* nowhere to complain to */
    errno = saved;
}

void jz_log_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
}

_Noreturn void jz_log_fatal(const char *format, ...)
{
    static atomic_flag is_told = ATOMIC_FLAG_INIT;
    va_list arguments;

    /* Relaxed: it only decides who writes. */
    while (atomic_flag_test_and_set_explicit(&is_told, memory_order_relaxed)) {
        (void)pause(); /* until the one who tells ends the process */
    }
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
    _exit(1);
}
