/* SPDX-License-Identifier: MIT */
/* What is left to us once we trace. src/system/privileges.ts calls privileges.c, which calls the others. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

/* The user, and the kernel's overflow uid; the group as well */
#define NOBODY 65534

/* What is still to be done, besides tracing and writing. */
struct duties {
	int reads_processes; /* /proc/PID/maps, map_files and mem of others, for the names of functions */
	int unhooks_network; /* takes programs of traffic control away again */
};

/* The seccomp filter, for all threads. Returns 0 or -errno; -EINVAL: the kernel has none. */
int filter_system_calls(const struct duties *duties);

/* A Landlock ruleset under which nothing can be written, executed or connected to: a descriptor, or -errno where there is no Landlock. */
int make_ruleset(void);

/*
 * Calls `here` in every thread: first in the calling thread, then in the others by a signal. Calls
 * `meanwhile` once, while the other threads answer. tasks: /proc/self/task, opened by the caller,
 * because `here` may take away the right to reach it. Returns 0 or -errno; -ETIMEDOUT: a thread did
 * not answer.
 */
int in_all_threads(DIR *tasks, void (*here)(void), int (*meanwhile)(void));

/*
 * Returns 1 if user nobody, without capabilities and groups, can open a file for reading. Only the
 * calling thread takes that identity, and only during the call. A file that does not exist counts
 * as readable. Returns 1 as well if the thread cannot become that user.
 */
int can_nobody_read(const char *path);

#endif
