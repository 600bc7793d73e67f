/* text.h - the one line that says what went wrong, where, and what to do about it. */
#ifndef JZ_JOURNAL_TEXT_H
#define JZ_JOURNAL_TEXT_H

#define JZ_TEXT_BYTES 640u /* longest line, with its NUL; a longer one is cut */

/* Writes the line into text, JZ_TEXT_BYTES long. Keeps errno. */
void jz_text_say(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, and behind it what errno means. Keeps errno. */
void jz_text_say_errno(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* JZ_JOURNAL_TEXT_H */
