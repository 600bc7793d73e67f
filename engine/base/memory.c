/* memory.c - mmap and memfd_create. */
#include "engine/base/memory.h"

#include "jiaozi/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *jz_memory_reserve(size_t bytes)
{
    void *range = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return range == MAP_FAILED ? NULL : range;
}

void jz_memory_release(void *range, size_t bytes)
{
    if (range != NULL) {
        (void)munmap(range, bytes);
    }
}

int jz_memory_file(const char *name, size_t bytes, int *file)
{
    const int created = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (created < 0) {
        return JZ_ESYSTEM;
    }
    /* Sealed: a peer that cut the file short would turn our next touch into a SIGBUS. */
    if (ftruncate(created, (off_t)bytes) != 0 ||
        fcntl(created, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
        const int saved = errno;
        (void)close(created);
        errno = saved;
        return JZ_ESYSTEM;
    }
    *file = created;
    return JZ_OK;
}

int jz_memory_seal_writes(int file)
{
    return fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0 ? JZ_OK : JZ_ESYSTEM;
}

void *jz_memory_map(int file, size_t bytes, bool writable)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return NULL;
    }
    if ((uint64_t)status.st_size < bytes) {
        errno = EINVAL; /* beyond the end the first touch would be a SIGBUS */
        return NULL;
    }
    const int rights = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *range = mmap(NULL, bytes, rights, MAP_SHARED, file, 0);
    return range == MAP_FAILED ? NULL : range;
}
