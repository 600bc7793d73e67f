/* run.h - a program run to its end, with what it said; and files laid hands on while nothing runs.
 */
#ifndef JZ_TESTS_E2E_RUN_H
#define JZ_TESTS_E2E_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUN_SAID_BYTES = 16384, RUN_WAIT_MS = 20000, RUN_PATH_BYTES = 640 };

struct run {
    int exit_code;             /* -1: ended by a signal, or killed because it took too long */
    char said[RUN_SAID_BYTES]; /* on stdout and stderr, cut */
};

/* Runs a program with these arguments (its own name first, NULL at the end) and waits for its end,
 * RUN_WAIT_MS at most. */
void run_program(struct run *run, const char *program, const char *const *arguments);

/* jiaozid --data directory with one option more (NULL: none). */
void run_jiaozid(struct run *run, const char *directory, const char *option);

/* Copies a directory with all that is in it to a place where nothing is yet. */
void run_copy(const char *from, const char *to);

/* Removes a directory with all that is in it; nothing there: nothing happens. */
void run_remove(const char *directory);

/* "directory/name"; good until the fourth call after it. */
const char *run_path(const char *directory, const char *name);

/* Reads or writes bytes of a file, all of them; flips a bit of it; its length. */
void run_read(const char *path, void *bytes, size_t count, uint64_t offset);
void run_write(const char *path, const void *bytes, size_t count, uint64_t offset);
void run_flip(const char *path, uint64_t bit);
uint64_t run_length(const char *path);

#endif /* JZ_TESTS_E2E_RUN_H */
