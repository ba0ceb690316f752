/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The tracees: the child command and all its descendants, or all descendants of the processes of
 * --tree, whatever their parent, session or cgroup becomes. A process that a tracee forks is a
 * tracee.
 */
#pragma once

#include "process_tree.bpf.h"

/* tracees are tracked, and only their exits are recorded */
const volatile bool only_tracees = false;
/* with only_tracees: the exits of all others are recorded instead of those of tracees */
const volatile bool removes_tracees = false;

/*
 * Read by user space. untracked_tracees counts the tracees that could not be added: kernel.pid_max
 * was raised after the map was created, and their pids are beyond the map's end.
 */
s64 live_tracees;
u64 untracked_tracees;

/*
 * The pid of the launcher in the tracer's PID namespace: its next child is the child command. 0:
 * there is none. User space cannot store the child's pid instead: it is not known before the fork.
 */
s32 launcher_pid;

/* Returns true if a process is the launcher, once. */
static __always_inline bool take_launcher(pid_t pid)
{
	if (!launcher_pid || pid != launcher_pid)
		return false;
	launcher_pid = 0;
	return true;
}

/* Adds a new child of a tracee, of a process of --tree or of the launcher, if it is not added. */
static __always_inline void add_tracee(struct task_struct *parent, struct task_struct *child)
{
	/* read before the flags: once it is set, tree_processes has every running descendant */
	bool is_filled = is_tree_filled;
	struct task_struct *leader = FIELD(parent, group_leader);
	pid_t pid = local_pid_of(leader);
	u8 *flags = pid_flag(&tracees, local_pid_of(child));
	u32 inherited;

	if (flags && *flags)
		return;
	inherited = tracee_flags(pid, FIELD(leader, start_boottime));
	if (has_tree && !inherited && !is_filled)
		inherited = nearest_flags((u64)BPF_CORE_READ(parent, group_leader));
	if (!(inherited & TRACEE_CHILDREN) && !take_launcher(pid))
		return;
	if (!flags) {
		__sync_fetch_and_add(&untracked_tracees, 1);
		return;
	}
	*flags = TRACEE_EXIT | TRACEE_CHILDREN;
	__sync_fetch_and_add(&live_tracees, 1);
}

/* Clears the flags of a pid in the map of tracees. Returns true if there were any. */
static __always_inline bool clear_tracee_flags(pid_t pid)
{
	u8 *flags = pid_flag(&tracees, pid);

	if (!flags || !*flags)
		return false;
	*flags = 0;
	__sync_fetch_and_add(&live_tracees, -1);
	return true;
}

/* Removes a process from the tracees. */
static __always_inline void remove_tracee(pid_t pid)
{
	if (!clear_tracee_flags(pid) && has_tree)
		bpf_map_delete_elem(&tree_processes, &pid);
}

/* Returns true if the exit is to be recorded. Removes the tracee if its last thread exits. */
static bool passes_tracee_filter(struct task_struct *leader, bool is_process)
{
	pid_t pid = local_pid_of(leader);
	u32 flags = tracee_flags(pid, FIELD(leader, start_boottime));

	if (flags && is_process)
		remove_tracee(pid);
	return !(flags & TRACEE_EXIT) == removes_tracees;
}
