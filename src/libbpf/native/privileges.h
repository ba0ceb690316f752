/* SPDX-License-Identifier: MIT */
/* What is left to us once we trace. src/libbpf/privileges.ts calls privileges.c, which calls the others. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdint.h>
#include <sys/types.h>

/* The user, and the kernel's overflow uid; the group as well */
#define NOBODY 65534

/* What is still to be done, besides tracing and writing. */
struct duties {
	pid_t command;	     /* the only process but ourselves that may be sent signals, or 0 */
	int reads_processes; /* /proc/PID/maps, map_files and mem of others, for the names of functions */
	int unhooks_network; /* takes programs of traffic control away again */
};

/* The seccomp filter, for all threads. Returns 0 or -errno; -EINVAL: the kernel has none. */
int filter_system_calls(const struct duties *duties);

/* A Landlock ruleset under which nothing can be written, executed or connected to: a descriptor, or -errno where there is no Landlock. */
int make_ruleset(void);

/*
 * Calls `here` in every thread: at once in the calling one, by a signal in the others, and `meanwhile` once, until they have answered.
 * Returns 0 or -errno, of either; -ETIMEDOUT: a thread did not answer.
 */
int in_all_threads(void (*here)(void), int (*meanwhile)(void));

#endif
