/* home.h - the data directory: whose it is, and that nobody else has it open.
 *
 *     cluster            four lines of text: format, random id, length of a segment, CRC32C
 *     cluster.new        left by a crash before the name was given; written anew
 *     journal/           the segments
 *
 * The directory itself carries the lock, so that no lock file can be left behind.
 *
 * Order at a first start: directory, lock, cluster written aside, flushed, renamed, directory
 * flushed. A crash between any two steps leaves what the next start goes on from.
 */
#ifndef JZ_JOURNAL_HOME_H
#define JZ_JOURNAL_HOME_H

#include "jiaozi/version.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_CLUSTER_ID_BYTES 16

struct jz_cluster_id {
    unsigned char bytes[JZ_CLUSTER_ID_BYTES];
};

struct jz_home {
    int fd;         /* the data directory, locked */
    int journal_fd; /* its folder journal; -1 if there is none (read-only) */
    struct jz_cluster_id cluster;
    uint64_t segment_bytes;
};

struct jz_home_options {
    const char *directory;
    uint64_t segment_bytes;              /* 0: as it is, JZ_SEGMENT_BYTES_DEFAULT if new */
    const struct jz_cluster_id *cluster; /* of a new directory; NULL: random */
    bool read_only;                      /* make nothing */
};

/* Locks the directory and reads who it is; makes both if need be. On an error nothing is held and
 * text (JZ_TEXT_BYTES long) says what is wrong and what to do: JZ_EINVAL, JZ_EINUSE, JZ_EDENIED,
 * JZ_EFOREIGN (segments without a cluster file), JZ_ECORRUPT, JZ_ESYSTEM. */
JZ_MUST_USE
int jz_home_open(struct jz_home *home, const struct jz_home_options *options, char *text);

/* Unlocks the directory. */
void jz_home_close(struct jz_home *home);

#endif /* JZ_JOURNAL_HOME_H */
