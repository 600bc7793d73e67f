/* text.c - formats a line into a buffer of fixed length. */
#include "engine/journal/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void jz_text_say(char *text, const char *format, ...)
{
    const int saved = errno;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, JZ_TEXT_BYTES, format, arguments);
    va_end(arguments);
    errno = saved;
}

void jz_text_say_errno(char *text, const char *format, ...)
{
    const int saved = errno;
    const char *reason = strerrordesc_np(saved); /* safe in any thread, unlike strerror */
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, JZ_TEXT_BYTES, format, arguments);
    va_end(arguments);
    const size_t used = strlen(text);
    (void)snprintf(text + used, JZ_TEXT_BYTES - used, ": %s",
                   reason != NULL ? reason : "unknown error");
    errno = saved;
}
