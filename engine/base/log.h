/* log.h - one line per fact on stderr: the program's name, what happened, key=value details.
 *
 *     jiaozid: recovered sequence=238112 segments=2 seconds=0.4
 *
 * For what happens rarely: starts, stops, faults. Nothing on the way of an order logs. A line is
 * one write, so lines of several threads and processes do not mix. Any thread.
 */
#ifndef JZ_BASE_LOG_H
#define JZ_BASE_LOG_H

/* Writes "<program>: <text>\n"; text is cut at 1,000 bytes. errno is kept. */
void jz_log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then ends the process at once with exit code 1: the machine failed, and going on could
 * acknowledge what is not true. A restart replays the journal. Where one fault strikes several
 * threads at once, the first one tells it and the others say nothing. */
_Noreturn void jz_log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* JZ_BASE_LOG_H */
