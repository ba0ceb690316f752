/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One death, as the recorder writes it into the ring buffer. src/record/layout.ts is generated from this struct
 * (by way of the object's BTF): after a change here, `npm run layout`.
 */
#ifndef __RECORDER_H
#define __RECORDER_H

#define COMM_LEN 16 /* TASK_COMM_LEN in include/linux/sched.h */

struct exit_record {
	unsigned long long died_at;	/* CLOCK_BOOTTIME, ns */
	unsigned long long duration_ns;	/* since fork, across execs, suspend included */
	int pid;			/* thread group id, initial PID namespace, as all pids here */
	int ppid;
	int status;			/* what wait() gives the parent */
	unsigned int uid;		/* real uid, initial user namespace */
	char comm[COMM_LEN];		/* the thread-group leader's name */
	char parent_comm[COMM_LEN];
};

#endif
