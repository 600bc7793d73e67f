/* held.c - keeps written bytes in memory and passes them on, whole or in pieces. */
#include "tests/crash/held.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Contents as the process sees them, of a block in which something is held. */
struct jz_held_block {
    uint8_t held; /* a bit for each sector */
    unsigned char bytes[JZ_HELD_BLOCK_BYTES];
};

void jz_held_insist(bool is_true, const char *what)
{
    if (!is_true) {
        (void)fprintf(stderr, "shim: %s\n", what);
        abort();
    }
}

/* syscall() sets errno as the real calls do. */
int jz_held_real_open(int folder, const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

ssize_t jz_held_real_pread(int fd, void *bytes, size_t count, uint64_t offset)
{
    return (ssize_t)syscall(SYS_pread64, fd, bytes, count, offset);
}

ssize_t jz_held_real_pwrite(int fd, const void *bytes, size_t count, uint64_t offset)
{
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, count, offset);
}

void jz_held_begin(struct jz_held *file, int fd, const struct stat *status)
{
    char link[64];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    *file = (struct jz_held){
        .is_used = true,
        .device = status->st_dev,
        .inode = status->st_ino,
        .plain_fd = jz_held_real_open(AT_FDCWD, link, O_RDWR | O_CLOEXEC, 0),
        .bytes = (uint64_t)status->st_size,
    };
    jz_held_insist(file->plain_fd >= 0, "cannot open a held file for itself");
}

static void forget_blocks(struct jz_held *file, uint64_t from_block)
{
    for (uint64_t i = from_block; i < file->blocks_max; i++) {
        if (file->blocks[i] != NULL) {
            free(file->blocks[i]);
            file->blocks[i] = NULL;
            file->held_blocks--;
        }
    }
}

/* The block of this number, as the process sees it. */
static struct jz_held_block *block_at(struct jz_held *file, uint64_t number)
{
    if (number >= file->blocks_max) {
        const uint64_t blocks_max = (number + 1) * 2;
        file->blocks = realloc(file->blocks, blocks_max * sizeof(struct jz_held_block *));
        jz_held_insist(file->blocks != NULL, "no memory");
        memset(file->blocks + file->blocks_max, 0,
               (blocks_max - file->blocks_max) * sizeof(struct jz_held_block *));
        file->blocks_max = blocks_max;
    }
    if (file->blocks[number] == NULL) {
        struct jz_held_block *block = calloc(1, sizeof(*block));
        jz_held_insist(block != NULL, "no memory");
        (void)jz_held_real_pread(file->plain_fd, block->bytes, JZ_HELD_BLOCK_BYTES,
                                 number * JZ_HELD_BLOCK_BYTES);
        file->blocks[number] = block;
        file->held_blocks++;
    }
    return file->blocks[number];
}

void jz_held_write(struct jz_held *file, const void *bytes, size_t count, uint64_t offset)
{
    const unsigned char *next = bytes;
    const uint64_t end = offset + count;

    while (offset < end) {
        struct jz_held_block *block = block_at(file, offset / JZ_HELD_BLOCK_BYTES);
        const uint64_t at = offset % JZ_HELD_BLOCK_BYTES;
        const uint64_t left = end - offset;
        const uint64_t piece = left < JZ_HELD_BLOCK_BYTES - at ? left : JZ_HELD_BLOCK_BYTES - at;
        memcpy(block->bytes + at, next, piece);
        for (uint64_t i = at / JZ_HELD_SECTOR_BYTES; i <= (at + piece - 1) / JZ_HELD_SECTOR_BYTES;
             i++) {
            block->held |= (uint8_t)(1u << i);
        }
        next += piece;
        offset += piece;
    }
    file->bytes = end > file->bytes ? end : file->bytes;
}

/* Passes one run of bytes on, cut where the file ends. */
static bool pass_run(struct jz_held *file, const unsigned char *bytes, uint64_t count,
                     uint64_t offset)
{
    const uint64_t left = file->bytes > offset ? file->bytes - offset : 0;
    count = count < left ? count : left;
    return jz_held_real_pwrite(file->plain_fd, bytes, count, offset) == (ssize_t)count;
}

static bool pass_sector(struct jz_held *file, uint64_t number, uint32_t sector)
{
    return pass_run(file, file->blocks[number]->bytes + sector * JZ_HELD_SECTOR_BYTES,
                    JZ_HELD_SECTOR_BYTES,
                    number * JZ_HELD_BLOCK_BYTES + sector * JZ_HELD_SECTOR_BYTES);
}

/* Passes the held sectors of a block on, in one write if it is held from end to end. */
static bool pass_block(struct jz_held *file, uint64_t number)
{
    const struct jz_held_block *block = file->blocks[number];
    bool is_good = true;

    if (block->held == 0xFF) {
        return pass_run(file, block->bytes, JZ_HELD_BLOCK_BYTES, number * JZ_HELD_BLOCK_BYTES);
    }
    for (uint32_t i = 0; i < JZ_HELD_SECTORS && is_good; i++) {
        is_good = (block->held >> i & 1u) == 0 || pass_sector(file, number, i);
    }
    return is_good;
}

/* Passes all that is held on in random order, a step for each sector. */
static bool pass_torn(struct jz_held *file, struct jz_held_way *way)
{
    const uint64_t places_max = file->held_blocks * JZ_HELD_SECTORS;
    uint64_t *places = calloc(places_max + 1, sizeof(*places));
    uint64_t count = 0;
    bool is_good = true;

    jz_held_insist(places != NULL, "no memory");
    for (uint64_t i = 0; i < file->blocks_max; i++) {
        for (uint32_t s = 0; file->blocks[i] != NULL && s < JZ_HELD_SECTORS; s++) {
            if ((file->blocks[i]->held >> s & 1u) != 0) {
                places[count++] = i * JZ_HELD_SECTORS + s;
            }
        }
    }
    for (uint64_t left = count; left > 0 && is_good; left--) {
        way->random = way->random * 6364136223846793005u + 1442695040888963407u;
        const uint64_t chosen = (way->random >> 33) % left;
        const uint64_t place = places[chosen];
        places[chosen] = places[left - 1];
        is_good = way->step() &&
                  pass_sector(file, place / JZ_HELD_SECTORS, (uint32_t)(place % JZ_HELD_SECTORS));
    }
    free(places);
    return is_good;
}

bool jz_held_pass_on(struct jz_held *file, struct jz_held_way *way)
{
    bool is_good = true;

    if (way->tears) {
        is_good = pass_torn(file, way);
    } else {
        for (uint64_t i = 0; i < file->blocks_max && is_good; i++) {
            is_good = file->blocks[i] == NULL || pass_block(file, i);
        }
    }
    if (is_good) {
        forget_blocks(file, 0);
    }
    return is_good;
}

ssize_t jz_held_read(struct jz_held *file, void *bytes, size_t count, uint64_t offset)
{
    const uint64_t left = file->bytes > offset ? file->bytes - offset : 0;
    const uint64_t end = offset + (count < left ? count : left);
    unsigned char *next = bytes;

    count = (size_t)(end - offset);
    memset(bytes, 0, count);
    if (jz_held_real_pread(file->plain_fd, bytes, count, offset) < 0) {
        return -1;
    }
    while (offset < end) {
        const uint64_t number = offset / JZ_HELD_BLOCK_BYTES;
        const uint64_t at = offset % JZ_HELD_BLOCK_BYTES;
        const uint64_t wanted = end - offset;
        const uint64_t piece =
            wanted < JZ_HELD_BLOCK_BYTES - at ? wanted : JZ_HELD_BLOCK_BYTES - at;
        if (number < file->blocks_max && file->blocks[number] != NULL) {
            memcpy(next, file->blocks[number]->bytes + at, piece);
        }
        next += piece;
        offset += piece;
    }
    return (ssize_t)count;
}

void jz_held_resize(struct jz_held *file, uint64_t bytes)
{
    if (bytes < file->bytes) {
        const uint64_t last = bytes / JZ_HELD_BLOCK_BYTES;
        const uint64_t at = bytes % JZ_HELD_BLOCK_BYTES;
        forget_blocks(file, last + (at == 0 ? 0 : 1));
        if (at != 0 && last < file->blocks_max && file->blocks[last] != NULL) {
            memset(file->blocks[last]->bytes + at, 0, JZ_HELD_BLOCK_BYTES - at);
        }
    }
    file->bytes = bytes;
}

void jz_held_end(struct jz_held *file)
{
    forget_blocks(file, 0);
    free(file->blocks);
    (void)syscall(SYS_close, file->plain_fd);
    *file = (struct jz_held){0};
}
