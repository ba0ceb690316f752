/* SPDX-License-Identifier: MIT */
/* Dropping privileges: src/system/privileges.ts calls privileges.c, which calls the others. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <sys/types.h>

/* the kernel's overflow uid and gid */
#define NOBODY 65534

/* Bit N is capability N. */
struct capabilities {
	uint64_t effective, permitted, inheritable;
};

/* tid: a thread; 0: the calling one. Returns 0 or -errno. */
int get_capabilities(pid_t tid, struct capabilities *set);
/* Sets those of the calling thread. Returns 0 or -errno. */
int set_capabilities(const struct capabilities *set);
/* Returns -EPERM if a thread of /proc/self/task has a capability beyond these; otherwise 0. */
int check_capabilities(DIR *tasks, uint64_t retained);

/* The tasks that remain, besides tracing and writing. */
struct retain_options {
	/* reads /proc/PID/maps, map_files and mem of other processes, for function names */
	int reads_processes;
	int detaches_tc_programs; /* removes classic tc filters */
	int brokers[2]; /* the sockets to the brokers, or -1 */
};

/* Installs the seccomp filter in all threads. Returns 0 or -errno; -EINVAL: no seccomp. */
int install_seccomp_filter(const struct retain_options *options);
/*
 * The directories in which the broker may create files, by their descriptors from 1 on: first that
 * of segments, where it may also remove files, if there is one; then those of logs, where it may
 * open files for appending.
 */
struct broker_directories {
	int segments; /* 1 or 0 */
	int logs;
};

/* Installs the broker's filter. queries_services: it may use sockets. Returns as above. */
int install_broker_filter(int queries_services, struct broker_directories directories);

/*
 * The result of the functions that create a Landlock ruleset if the kernel has no Landlock, which
 * is then left out. After any other error the caller must not go on, as the restrictions would be
 * missing without a word.
 */
#define NO_LANDLOCK (-ENOSYS)

/*
 * Creates a Landlock ruleset that forbids to write, execute and connect. Returns its descriptor,
 * NO_LANDLOCK or another -errno.
 */
int create_landlock_ruleset(void);
/*
 * Creates a ruleset for the broker: as above, but it allows to create and write files in
 * these directories, to remove segments, and to connect. readable: descriptors of the directories
 * below which files can be read, except that the first listed_count can only be listed; NULL: all
 * can be read. Returns its descriptor, NO_LANDLOCK or another -errno.
 */
int create_broker_ruleset(struct broker_directories writable, const int *readable,
			  int readable_count, int listed_count);

/*
 * Restricts the calling thread, and closes the ruleset. ruleset: a result of these functions.
 * Returns 0, also without Landlock, or -errno.
 */
int restrict_by_landlock(int ruleset);

/* broker_client.c: returns the tracer's end of a broker's socket, or -1. index: 0 or 1. */
int broker_socket(int index);

/*
 * Calls `function` in every thread: first in the calling thread, then in the others by a signal.
 * Calls `meanwhile` once, while the other threads answer. tasks: /proc/self/task, opened by the
 * caller, because `function` may take away the right to reach it. Returns 0 or -errno; -ETIMEDOUT:
 * a thread did not answer.
 */
int run_on_all_threads(DIR *tasks, void (*function)(void), int (*meanwhile)(void));

#endif
