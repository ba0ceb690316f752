/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The process that forked each living process. The kernel forgets it: a process whose parent has
 * exited has another parent.
 */
#pragma once

#include "process.bpf.h"

struct forker {
	u64 child_start;	/* the child's pid may be reused */
	struct process_identity parent;
};

/* Keyed by the child's tgid. Without room for more, a new process has no forker. */
RECORDER_MAP(forkers, HASH, 1, pid_t, struct forker);

/* Stores the parent of a new process. */
static __always_inline void store_forker(struct task_struct *parent, struct task_struct *child,
					 pid_t pid)
{
	struct task_struct *leader = FIELD(parent, group_leader);
	struct forker forker = {
		.child_start = FIELD(child, start_boottime),
		.parent.pid = FIELD(parent, tgid),
		.parent.start_time_ns = FIELD(leader, start_boottime),
	};

	copy_comm(forker.parent.comm, leader);
	bpf_map_update_elem(&forkers, &pid, &forker, BPF_ANY);
}

/* Fills in the process that forked a process; pid 0: it was forked before tracing began. */
static __always_inline void fill_forker(struct process_identity *parent, pid_t pid, u64 start)
{
	struct forker *forker = bpf_map_lookup_elem(&forkers, &pid);

	if (forker && forker->child_start == start)
		*parent = forker->parent;
	else
		parent->pid = 0;
}

/* Called for every process that exits, recorded or not. */
static __always_inline void remove_forker(pid_t pid)
{
	bpf_map_delete_elem(&forkers, &pid);
}
