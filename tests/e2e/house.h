/* house.h - a jiaozid for one test: opened with Ana at its door, closed with a look at whether it
 * is still the same jiaozid with the same gateway.
 */
#ifndef JZ_TESTS_E2E_HOUSE_H
#define JZ_TESTS_E2E_HOUSE_H

#include "tests/e2e/guest.h"
#include "tests/support/daemon.h"

#include <sys/types.h>

struct house {
    struct jz_daemon daemon;
    struct guest ana; /* connected, said hello, market open */
    pid_t pid;        /* of jiaozid and of its gateway as they were at the start */
    pid_t gateway;
};

/* Gives a daemon that was created the options of a house: little of everything, so that a start
 * takes 50 ms and not 200. Returns how many they are. */
uint32_t house_furnish(struct jz_daemon *daemon);

/* Makes a directory and starts jiaozid on it, furnished and with these options more (NULL: none;
 * else ending with NULL, at most 4), and opens the market. Stops the test if that fails. */
void house_open(struct house *house, const char *const *options);

/* jiaozid and its gateway must be the processes that they were, take an order of Ana's, and stop in
 * order. */
void house_expect_well(struct house *house);

/* Connects Ana anew after a restart or the loss of a gateway, on her lane, as soon as the port is
 * open again. */
void house_return(struct house *house);

/* Ends everything and removes the directory. */
void house_close(struct house *house);

/* Kilobytes of a line such as "VmRSS:" in /proc/PID/status. */
uint64_t house_kilobytes(pid_t pid, const char *line);

#endif /* JZ_TESTS_E2E_HOUSE_H */
