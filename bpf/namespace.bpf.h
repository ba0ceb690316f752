/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the process is called where it lived, and where the tracer lives: a PID namespace numbers those in it and below it anew. */
#ifndef __NAMESPACE_BPF_H
#define __NAMESPACE_BPF_H

#include "read.bpf.h"
#include "recorder.h"

#define MAX_PID_NS_LEVEL 32 /* include/linux/pid_namespace.h */

/* What a level calls it. How many there are the verifier does not know, so they are read from outside. */
static __always_inline struct upid *number_at(u64 pid, u32 level)
{
	return (void *)(pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid));
}

/* Looks for the tracer's namespace among its own and those above it; 0: it is none of them, and does not see the process. */
__noinline int number_in_own_namespace(u64 pid, u32 deepest)
{
	for (u32 level = 1; level <= MAX_PID_NS_LEVEL && level <= deepest; level++)
		if (BPF_CORE_READ(number_at(pid, level), ns, ns.inum) == own_namespace)
			return BPF_CORE_READ(number_at(pid, level), nr);
	return 0;
}

/* Returns true if the task is the first process of a PID namespace other than the host's. */
static bool is_namespace_init(struct task_struct *leader)
{
	u64 pid = (u64)BPF_CORE_READ(leader, thread_pid);
	u32 level = BPF_CORE_READ(leader, thread_pid, level);

	return level && BPF_CORE_READ(number_at(pid, level), nr) == 1;
}

/*
 * Returns the signal that reboot(2) stored for the status of a PID namespace's init; 0: none.
 * Global, so that the verifier checks it once.
 */
__noinline int reboot_signal(u64 pid, u32 level)
{
	struct upid *number = number_at(pid, level);

	if (!bpf_core_field_exists(struct pid_namespace, reboot) || BPF_CORE_READ(number, nr) != 1)
		return 0;
	return BPF_CORE_READ(number, ns, reboot);
}

/* How the tracer's namespace calls a process; 0: it does not see it. Where that is the first one, nothing has to be looked up. */
static __always_inline int local_pid_of(struct task_struct *leader)
{
	u32 level;

	if (own_namespace == FIRST_PID_NAMESPACE)
		return READ(leader, tgid);
	level = READ(leader, thread_pid, level);
	return level ? number_in_own_namespace((u64)BPF_CORE_READ(leader, thread_pid), level) : 0;
}

static __always_inline void add_namespace(struct exit_record *record, struct task_struct *leader)
{
	u32 level = READ(leader, thread_pid, level);
	u64 pid;

	record->ns_pid = record->pid;
	/* on a host nearly everybody lives at level 0 */
	if (level) {
		pid = (u64)BPF_CORE_READ(leader, thread_pid);
		record->ns_pid = BPF_CORE_READ(number_at(pid, level), nr);
	}
	record->local_pid = local_pid_of(leader);
}

#endif
