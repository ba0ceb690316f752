/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The tracees: the child command and all its descendants, wherever they move. A process that a
 * tracee forks is a tracee.
 */
#pragma once

#include "pid_namespace.bpf.h"

/* a byte for each pid, so that neighbours share a cache line */
struct pid_flags {
	u8 flags[PIDS_PER_ENTRY];
};

#define PID_FLAGS_MAP(name) MAP(name, ARRAY, 1, u32, struct pid_flags)

/* User space sets the length by the machine's largest pid. */
PID_FLAGS_MAP(tracees);

/* Returns the flag of a pid; NULL: the pid is beyond the map. */
static __always_inline u8 *pid_flag(void *map, pid_t pid)
{
	u32 key = (u32)pid / PIDS_PER_ENTRY;
	struct pid_flags *entry = bpf_map_lookup_elem(map, &key);

	return entry ? &entry->flags[(u32)pid % PIDS_PER_ENTRY] : NULL;
}

/*
 * Read by user space. Untracked tracees are not added, because their pids are beyond the map: after
 * it was created, kernel.pid_max was raised.
 */
s64 live_tracees;
u64 untracked_tracees;

/*
 * The pid of the launcher in the tracer's PID namespace: its next child is the child command. 0:
 * there is none. User space cannot store the child's pid instead: it is not known before the fork,
 * and in a PID namespace the number on the host never is.
 */
s32 launcher_pid;

/* Returns true if the parent is the launcher, once. */
static __always_inline bool take_launcher(struct task_struct *parent)
{
	if (!launcher_pid || local_pid_of(FIELD(parent, group_leader)) != launcher_pid)
		return false;
	launcher_pid = 0;
	return true;
}

/* Adds a new child of a tracee or of the launcher, unless it is added already. */
static __always_inline void add_tracee(struct task_struct *parent, pid_t parent_pid, pid_t pid)
{
	u8 *parent_flag = pid_flag(&tracees, parent_pid), *flag = pid_flag(&tracees, pid);

	if (flag && *flag)
		return;
	if (!(parent_flag && *parent_flag) && !take_launcher(parent))
		return;
	if (!flag) {
		__sync_fetch_and_add(&untracked_tracees, 1);
		return;
	}
	*flag = 1;
	__sync_fetch_and_add(&live_tracees, 1);
}

/* Returns true if the process is a tracee. Removes it if its last thread exits. */
static bool remove_tracee(pid_t pid, bool is_process)
{
	u8 *flag = pid_flag(&tracees, pid);

	if (!flag || !*flag)
		return false;
	if (is_process) {
		*flag = 0;
		__sync_fetch_and_add(&live_tracees, -1);
	}
	return true;
}
