/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The event of the tutorial, shared by the BPF program, ecc and readers of the ring. */
#ifndef __EXITSNOOP_H
#define __EXITSNOOP_H

#define TASK_COMM_LEN 16

struct event {
	int pid;
	int ppid;
	unsigned exit_code;
	unsigned long long duration_ns;
	char comm[TASK_COMM_LEN];
};

#endif
