/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A command and all that descends from it, wherever it went: who is forked by one of them is one of them. */
#ifndef __FAMILY_BPF_H
#define __FAMILY_BPF_H

#include "command.bpf.h"
#include "namespace.bpf.h"
#include "select.bpf.h"

/* By pid, a byte each, so that neighbours share a cache line; as long as the largest pid that this machine gives. */
#define PIDS_AN_ENTRY 64

struct members {
	u8 is_member[PIDS_AN_ENTRY];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct members);
} family SEC(".maps");

static u8 *membership(pid_t pid)
{
	u32 entry = (u32)pid / PIDS_AN_ENTRY;
	struct members *members = bpf_map_lookup_elem(&family, &entry);

	return members ? &members->is_member[(u32)pid % PIDS_AN_ENTRY] : NULL;
}

/* how many of them live, and how many have a pid beyond the map, which somebody raised the limit for: user space reads both */
s64 family_size;
u64 family_strays;

/*
 * Not 0: the next child of this process, numbered as in the tracer's PID namespace, is COMMAND.
 * User space writes the pid of COMMAND's launcher here before the launcher forks: it does not know
 * COMMAND's own pid yet, and in a PID namespace it never learns the host's number.
 */
s32 awaited_parent;

static __always_inline bool is_awaited(struct task_struct *parent)
{
	if (!awaited_parent || local_pid_of(READ(parent, group_leader)) != awaited_parent)
		return false;
	awaited_parent = 0;
	return true;
}

/* A child of the family is of the family; who is already is not counted twice. */
static __always_inline void join_family(struct task_struct *parent, pid_t parent_pid, pid_t pid)
{
	u8 *of_parent = membership(parent_pid), *is_member = membership(pid);

	if (is_member && *is_member)
		return;
	if (!(of_parent && *of_parent) && !is_awaited(parent))
		return;
	if (!is_member) {
		__sync_fetch_and_add(&family_strays, 1);
		return;
	}
	*is_member = 1;
	__sync_fetch_and_add(&family_size, 1);
}

/* TP_PROTO(struct task_struct *parent, struct task_struct *child): before the child runs */
SEC(TRACEPOINT("sched_process_fork"))
int follow_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];
	pid_t pid = READ(child, tgid), parent_pid = READ(parent, tgid);

	/* a thread */
	if (pid == parent_pid)
		return 0;
	inherit_command(parent_pid, child, pid);
	if (only_family)
		join_family(parent, parent_pid, pid);
	return 0;
}

/* Whether it belongs to the family, which it leaves with its last thread. */
static bool leaves_family(pid_t pid, bool is_process)
{
	u8 *is_member = membership(pid);

	if (!is_member || !*is_member)
		return false;
	if (is_process) {
		*is_member = 0;
		__sync_fetch_and_add(&family_size, -1);
	}
	return true;
}

#endif
