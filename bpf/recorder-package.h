/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The full record of an exit as an eunomia package can carry it: one struct of one size. Texts end with a NUL and are UTF-8 without
 * control characters, as ecli ends silently at any other.
 */
#ifndef __RECORDER_PACKAGE_H
#define __RECORDER_PACKAGE_H

#include "recorder.h"

#define PATH_SIZE 256
#define ARGS_SIZE 512

/* who sent the fatal signal, as ecli writes it: PROCESS(2) */
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
	unsigned int exit_code;			/* 0 where a signal killed it */
	unsigned int signal;			/* 0 where none did */
	_Bool core_dumped;
	unsigned long long duration_ns;		/* since fork, across execs, suspend included */
	char comm[COMM_LEN];
	enum killed_by killer;
	int killer_pid;
	unsigned int killer_uid;
	int killer_code;			/* si_code */
	char killer_comm[COMM_LEN];
	unsigned long long oom_cgroup;		/* whose limit was met; 0: the whole machine's memory */
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
	char cgroup[PATH_SIZE];			/* v2; of a longer path its last names */
	char exe[PATH_SIZE];			/* likewise; empty where it is not known */
	_Bool exe_deleted;
	_Bool args_cut;
	unsigned long long lost;		/* exits so far that found the ring full, and are not told */
	char args[ARGS_SIZE];			/* a space between two; empty where they are not known */
};

#endif
