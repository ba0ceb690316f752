/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The processes of --tree and their descendants. Those that run when the programs are attached come
 * from /proc, those that are forked later from on_fork. Pids are those of the tracer's PID
 * namespace, as in its /proc: each descendant of a process that is visible there is visible, too.
 */
#pragma once

#include "pid_namespace.bpf.h"

#define MAX_TREE_DEPTH 64

/* a byte for each pid, so that neighbours share a cache line */
struct pid_flags {
	u8 flags[PIDS_PER_ENTRY];
};

#define PID_FLAGS_MAP(name) MAP(name, ARRAY, 1, u32, struct pid_flags)

/* Returns the flags of a pid; NULL: the pid is beyond the map. */
static __always_inline u8 *pid_flag(void *map, pid_t pid)
{
	u32 key = (u32)pid / PIDS_PER_ENTRY;
	struct pid_flags *entry = bpf_map_lookup_elem(map, &key);

	return entry ? &entry->flags[(u32)pid % PIDS_PER_ENTRY] : NULL;
}

enum tracee_flags {
	TRACEE_EXIT = 1,	/* the process is a tracee */
	TRACEE_CHILDREN = 2,	/* its children are tracees */
	TRACEE_KNOWN = 4,	/* in tree_processes: its ancestors decide nothing */
};

/* User space sets the length by the machine's largest pid. */
PID_FLAGS_MAP(tracees);

/* there are processes of --tree */
const volatile bool has_tree = false;

/* A process that ran when the programs were attached. */
struct tree_process {
	u64 start_boottime;	/* rounded down to a clock tick, as in /proc/PID/stat */
	u32 flags;
	u32 reserved;
};

/* User space sets the length. */
MAP(tree_processes, HASH, 1, pid_t, struct tree_process);

/* Set by user space when it has added all descendants that ran to tree_processes. */
bool is_tree_filled;

/* Returns the flags of a process; 0: it is unknown. */
static __always_inline u32 tracee_flags(pid_t pid, u64 start_boottime)
{
	u8 *flags = pid_flag(&tracees, pid);
	struct tree_process *process;

	if (flags && *flags)
		return *flags;
	if (!has_tree)
		return 0;
	process = bpf_map_lookup_elem(&tree_processes, &pid);
	return process && start_boottime - process->start_boottime < NS_PER_CLOCK_TICK ?
		       process->flags :
		       0;
}

/*
 * Returns the flags of a process or of its nearest ancestor that has any. Until tree_processes is
 * filled, this finds the descendants that fork, before an exit changes their parents.
 */
VERIFY_ONCE u32 nearest_flags(u64 leader_address)
{
	for (int i = 0; i < MAX_TREE_DEPTH; i++) {
		struct task_struct *leader = (void *)leader_address;
		u64 parent = (u64)BPF_CORE_READ(leader, real_parent, group_leader);
		u32 flags = tracee_flags(local_pid_at(leader_address),
					 BPF_CORE_READ(leader, start_boottime));

		if (flags || !parent || parent == leader_address)
			return flags;
		leader_address = parent;
	}
	return 0;
}
