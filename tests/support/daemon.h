/* daemon.h - a real jiaozid of one's own: started on a fresh directory, stopped, killed, restarted.
 *
 *     create -> start -> ... -> kill -> start -> ... -> stop -> destroy
 *
 * It runs on ports that it picks itself at the first start and keeps for the later ones, so that a
 * client finds it again. It dies with the process that started it.
 */
#ifndef JZ_TESTS_SUPPORT_DAEMON_H
#define JZ_TESTS_SUPPORT_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define JZ_DAEMON_PATH_BYTES   512u
#define JZ_DAEMON_OPTIONS_MAX  16u
#define JZ_DAEMON_LINE_BYTES   1024u
#define JZ_DAEMON_ENDPOINT_MAX 64u

struct jz_daemon {
    pid_t pid;     /* 0: not running */
    int log_fd;    /* reads what it writes on stderr */
    int exit_code; /* of the last failed start */
    char program[JZ_DAEMON_PATH_BYTES];
    char directory[JZ_DAEMON_PATH_BYTES]; /* made by create, removed by destroy */
    char data[JZ_DAEMON_PATH_BYTES];      /* in it */
    char requests[JZ_DAEMON_ENDPOINT_MAX];
    char feed[JZ_DAEMON_ENDPOINT_MAX];
    const char *options[JZ_DAEMON_OPTIONS_MAX];     /* more of its options, ending with NULL */
    const char *environment[JZ_DAEMON_OPTIONS_MAX]; /* NAME=VALUE, ending with NULL */
    char line[JZ_DAEMON_LINE_BYTES];                /* last line that was read from it */
    char said[4 * JZ_DAEMON_LINE_BYTES];            /* lines since the last start, cut */
};

/* Makes a directory for it below parent (NULL: $TMPDIR or /tmp). bin_dir holds jiaozid. False, with
 * a line on stderr, if that cannot be done. */
bool jz_daemon_create(struct jz_daemon *daemon, const char *bin_dir, const char *parent);

/* Starts it and waits until it serves. False: it ended instead, or is silent for 20 s; what it said
 * is there for jz_daemon_said and its exit code is in exit_code. */
bool jz_daemon_start(struct jz_daemon *daemon);

/* kill -9, and waits until it and its gateway are gone. */
void jz_daemon_kill(struct jz_daemon *daemon);

/* Asks it to stop and waits. Returns its exit code, -1 if it was ended by a signal. */
int jz_daemon_stop(struct jz_daemon *daemon);

/* Waits until it ends by itself. Returns its exit code, -1 if it was ended by a signal. */
int jz_daemon_wait(struct jz_daemon *daemon);

/* True if one of its lines since the last start, ready or not, has this text. Lines are read while
 * start, stop, wait and kill run. */
bool jz_daemon_said(const struct jz_daemon *daemon, const char *text);

/* The process id of its gateway, 0 if there is none at the moment. */
pid_t jz_daemon_gateway(const struct jz_daemon *daemon);

/* Kills it if it runs, and removes its directory. */
void jz_daemon_destroy(struct jz_daemon *daemon);

#endif /* JZ_TESTS_SUPPORT_DAEMON_H */
