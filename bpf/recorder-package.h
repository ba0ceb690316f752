/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The event of the package: all fields of an exit in one struct of a fixed size. Texts end with a
 * NUL and are UTF-8 without control characters, because ecli exits silently on any other text.
 */
#ifndef __RECORDER_PACKAGE_H
#define __RECORDER_PACKAGE_H

#include "recorder.h"

#define PATH_SIZE 256
#define ARGS_SIZE 512

/* the sender of the fatal signal; ecli prints PROCESS(2) */
enum killed_by {
	NOBODY,
	UNKNOWN,
	PROCESS,
	KERNEL,
	OOM,
};

struct exit {
	int pid;
	int ppid;
	unsigned int exit_code;			/* 0 if a signal killed it */
	unsigned int signal;			/* 0 if none did */
	_Bool core_dumped;
	unsigned long long duration_ns;		/* since fork, not since exec; includes suspend */
	char comm[COMM_LEN];
	enum killed_by killer;
	int killer_pid;
	unsigned int killer_uid;
	int killer_code;			/* si_code */
	char killer_comm[COMM_LEN];
	unsigned long long oom_cgroup;		/* reached its limit; 0: the machine did */
	unsigned int uid;
	char parent_comm[COMM_LEN];
	unsigned int threads;
	unsigned long long cpu_user_ns;
	unsigned long long cpu_system_ns;
	unsigned long long max_rss_bytes;
	unsigned long long minor_faults;
	unsigned long long major_faults;
	unsigned long long voluntary_switches;
	unsigned long long involuntary_switches;
	unsigned long long read_bytes;
	unsigned long long write_bytes;
	unsigned long long died_at_ns;		/* CLOCK_BOOTTIME */
	unsigned long long cgroup_id;
	char cgroup[PATH_SIZE];			/* in v2; a long path has only its last names */
	char exe[PATH_SIZE];			/* its last names, too; empty if unknown */
	_Bool exe_deleted;
	_Bool args_cut;
	unsigned long long lost;		/* exits so far that found the ring full */
	char args[ARGS_SIZE];			/* separated by spaces; empty if unknown */
};

#endif
