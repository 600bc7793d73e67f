/* held.h - one file of the shim: what was written to it and not yet passed on to the kernel.
 *
 * Held bytes lie in blocks of 4 KiB that are as the process sees them, with a bit for each sector
 * that was written. The file is read and written by a descriptor of its own, without O_DIRECT and
 * O_DSYNC.
 *
 * Threads: the caller's lock. Memory: the struct is the caller's, zeroed is no file.
 */
#ifndef JZ_TESTS_HELD_H
#define JZ_TESTS_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define JZ_HELD_BLOCK_BYTES  4096u
#define JZ_HELD_SECTOR_BYTES 512u
#define JZ_HELD_SECTORS      (JZ_HELD_BLOCK_BYTES / JZ_HELD_SECTOR_BYTES) /* of a block */

struct jz_held_block;

struct jz_held {
    bool is_used;
    dev_t device;
    ino_t inode;
    int plain_fd;
    uint64_t bytes;                /* length that the process sees */
    struct jz_held_block **blocks; /* by number; NULL: nothing of it is held */
    uint64_t blocks_max;
    uint64_t held_blocks; /* that are not NULL */
};

/* How held bytes are passed on. */
struct jz_held_way {
    bool tears;         /* sector by sector in random order, with a step before each */
    uint64_t random;    /* state of the order */
    bool (*step)(void); /* false: fail with the errno that it set */
};

/* Takes up the file that is open on fd. */
void jz_held_begin(struct jz_held *file, int fd, const struct stat *status);

/* Lets go of it. Held bytes are lost. */
void jz_held_end(struct jz_held *file);

/* Holds bytes. */
void jz_held_write(struct jz_held *file, const void *bytes, size_t count, uint64_t offset);

/* Reads as the process sees the file. What pread returns. */
ssize_t jz_held_read(struct jz_held *file, void *bytes, size_t count, uint64_t offset);

/* Hands everything held to the kernel, which outlives the process. False and errno on an error. */
bool jz_held_pass_on(struct jz_held *file, struct jz_held_way *way);

/* The file has this length now, shorter or longer. */
void jz_held_resize(struct jz_held *file, uint64_t bytes);

/* The shim's own mistakes and limits end the process loudly: a test must not pass over them. */
void jz_held_insist(bool is_true, const char *what);

/* The real calls; preloaded ones go by their names. */
int jz_held_real_open(int folder, const char *path, int flags, mode_t mode);
ssize_t jz_held_real_pread(int fd, void *bytes, size_t count, uint64_t offset);
ssize_t jz_held_real_pwrite(int fd, const void *bytes, size_t count, uint64_t offset);

#endif /* JZ_TESTS_HELD_H */
