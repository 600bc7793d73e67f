/* daemon.c - fork and exec, read its lines until it says that it serves, signal, wait. */
#include "tests/support/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_MS      20000
#define ARGUMENTS_MAX (JZ_DAEMON_OPTIONS_MAX + 8u)
#define ANY_PORT      "tcp://127.0.0.1:*"

bool jz_daemon_create(struct jz_daemon *daemon, const char *bin_dir, const char *parent)
{
    *daemon = (struct jz_daemon){.log_fd = -1};
    const char *temporary = getenv("TMPDIR");
    const char *place = parent != NULL ? parent : temporary != NULL ? temporary : "/tmp";
    (void)snprintf(daemon->program, sizeof(daemon->program), "%s/jiaozid", bin_dir);
    const int count =
        snprintf(daemon->directory, sizeof(daemon->directory), "%s/jiaozi-XXXXXX", place);
    if (count < 0 || count + 16 >= (int)sizeof(daemon->data) ||
        mkdtemp(daemon->directory) == NULL) {
        (void)fprintf(stderr, "no directory can be made below %s: %s\n", place, strerror(errno));
        daemon->directory[0] = '\0';
        return false;
    }
    (void)snprintf(daemon->data, sizeof(daemon->data), "%.480s/data", daemon->directory);
    (void)snprintf(daemon->requests, sizeof(daemon->requests), "%s", ANY_PORT);
    (void)snprintf(daemon->feed, sizeof(daemon->feed), "%s", ANY_PORT);
    return true;
}

/* Copies the word behind key= in a line. */
static bool read_word(const char *line, const char *key, char word[JZ_DAEMON_ENDPOINT_MAX])
{
    const char *from = strstr(line, key);
    if (from == NULL) {
        return false;
    }
    from += strlen(key);
    const size_t length = strcspn(from, " \n");
    if (length == 0 || length >= JZ_DAEMON_ENDPOINT_MAX) {
        return false;
    }
    memcpy(word, from, length);
    word[length] = '\0';
    return true;
}

/* Reads one line; false when there is none in time or the writer is gone. */
static bool read_line(struct jz_daemon *daemon, int wait_ms)
{
    size_t length = 0;
    while (length + 1 < sizeof(daemon->line)) {
        struct pollfd readable = {.fd = daemon->log_fd, .events = POLLIN};
        char byte = 0;
        if (poll(&readable, 1, wait_ms) != 1 || read(daemon->log_fd, &byte, 1) != 1) {
            break;
        }
        if (byte == '\n') {
            daemon->line[length] = '\0';
            return true;
        }
        daemon->line[length++] = byte;
    }
    daemon->line[length] = '\0';
    return length > 0;
}

static bool launch(struct jz_daemon *daemon)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    const char *arguments[ARGUMENTS_MAX] = {daemon->program,  "--data", daemon->data, "--requests",
                                            daemon->requests, "--feed", daemon->feed};
    uint32_t count = 7;
    for (uint32_t i = 0; i < JZ_DAEMON_OPTIONS_MAX && daemon->options[i] != NULL; i++) {
        arguments[count++] = daemon->options[i];
    }
    char *plain[ARGUMENTS_MAX]; /* execv changes none of them, but says so nowhere */
    memcpy(plain, arguments, sizeof(plain));
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        /* Only calls that are safe after a fork. The parent may be gone already. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (uint32_t i = 0; i < JZ_DAEMON_OPTIONS_MAX && daemon->environment[i] != NULL; i++) {
            (void)putenv((char *)(uintptr_t)daemon->environment[i]);
        }
        if (getppid() == parent && dup2(ends[1], STDERR_FILENO) >= 0) {
            (void)execv(daemon->program, plain);
        }
        _exit(127);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return false;
    }
    daemon->pid = pid;
    daemon->log_fd = ends[0];
    return true;
}

static void close_log(struct jz_daemon *daemon)
{
    if (daemon->log_fd >= 0) {
        (void)close(daemon->log_fd);
        daemon->log_fd = -1;
    }
}

/* Keeps the line for jz_daemon_said. */
static void note_line(struct jz_daemon *daemon)
{
    const size_t used = strlen(daemon->said);
    (void)snprintf(daemon->said + used, sizeof(daemon->said) - used, "%s\n", daemon->line);
}

bool jz_daemon_said(const struct jz_daemon *daemon, const char *text)
{
    return strstr(daemon->said, text) != NULL;
}

bool jz_daemon_start(struct jz_daemon *daemon)
{
    close_log(daemon);
    daemon->said[0] = '\0';
    if (!launch(daemon)) {
        (void)fprintf(stderr, "%s cannot be started: %s\n", daemon->program, strerror(errno));
        return false;
    }
    while (read_line(daemon, READY_MS)) {
        if (strncmp(daemon->line, "jiaozid: ready ", 15) == 0 &&
            read_word(daemon->line, "requests=", daemon->requests) &&
            read_word(daemon->line, "feed=", daemon->feed)) {
            return true;
        }
        note_line(daemon);
    }
    daemon->exit_code = jz_daemon_wait(daemon);
    return false;
}

void jz_daemon_kill(struct jz_daemon *daemon)
{
    if (daemon->pid != 0) {
        (void)kill(daemon->pid, SIGKILL);
        (void)jz_daemon_wait(daemon);
    }
    close_log(daemon);
}

int jz_daemon_wait(struct jz_daemon *daemon)
{
    int status = 0;
    if (daemon->pid == 0) {
        return -1;
    }
    /* Its gateway writes to the same end: when that is closed, both are gone and the ports free. */
    while (read_line(daemon, READY_MS)) {
        note_line(daemon);
    }
    const pid_t ended = waitpid(daemon->pid, &status, 0);
    daemon->pid = 0;
    close_log(daemon);
    return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int jz_daemon_stop(struct jz_daemon *daemon)
{
    if (daemon->pid == 0 || kill(daemon->pid, SIGTERM) != 0) {
        return -1;
    }
    return jz_daemon_wait(daemon);
}

pid_t jz_daemon_gateway(const struct jz_daemon *daemon)
{
    char path[64];
    char text[64] = "";

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)daemon->pid,
                   (int)daemon->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    const char *line = fgets(text, sizeof(text), file);
    (void)fclose(file);
    return line == NULL ? 0 : (pid_t)strtol(line, NULL, 10);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void jz_daemon_destroy(struct jz_daemon *daemon)
{
    jz_daemon_kill(daemon);
    if (daemon->directory[0] != '\0') {
        (void)nftw(daemon->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        daemon->directory[0] = '\0';
    }
}
