/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Pids as seen in PID namespaces: a process has one in its own namespace and in each above it. */
#pragma once

#include "compat.bpf.h"

#define MAX_PID_NS_LEVEL 32 /* include/linux/pid_namespace.h */

/*
 * Returns the entry of a struct pid for a namespace level. The verifier does not know the length
 * of the array, so the entries are read with helper calls.
 */
static __always_inline struct upid *upid_at(u64 pid, u32 level)
{
	return (void *)(pid + bpf_core_field_offset(struct pid, numbers) +
			level * bpf_core_type_size(struct upid));
}

/* Returns the pid in the tracer's namespace; 0: the process is not visible there. */
VERIFY_ONCE int pid_in_tracer_ns(u64 pid, u32 max_level)
{
	for (u32 level = 1; level <= MAX_PID_NS_LEVEL && level <= max_level; level++)
		if (BPF_CORE_READ(upid_at(pid, level), ns, ns.inum) == tracer_pid_ns)
			return BPF_CORE_READ(upid_at(pid, level), nr);
	return 0;
}

/* Returns true if the task is the first process of a PID namespace other than the host's. */
static bool is_namespace_init(struct task_struct *leader)
{
	u64 pid = (u64)BPF_CORE_READ(leader, thread_pid);
	u32 level = BPF_CORE_READ(leader, thread_pid, level);

	return level && BPF_CORE_READ(upid_at(pid, level), nr) == 1;
}

/* Returns the signal that reboot(2) stored for the status of a PID namespace's init; 0: none. */
VERIFY_ONCE int reboot_signal(u64 pid, u32 level)
{
	struct upid *number = upid_at(pid, level);

	if (!bpf_core_field_exists(struct pid_namespace, reboot) || BPF_CORE_READ(number, nr) != 1)
		return 0;
	return BPF_CORE_READ(number, ns, reboot);
}

/* Returns the process's pid in the tracer's namespace; 0: it is not visible there. */
static __always_inline int local_pid_of(struct task_struct *leader)
{
	u32 level;

	if (tracer_pid_ns == HOST_PID_NS)
		return FIELD(leader, tgid);
	level = FIELD(leader, thread_pid, level);
	return level ? pid_in_tracer_ns((u64)BPF_CORE_READ(leader, thread_pid), level) : 0;
}

/* Returns local_pid_of() a process whose leader is at an address. */
static __always_inline int local_pid_at(u64 leader_address)
{
	struct task_struct *leader = (void *)leader_address;

	if (tracer_pid_ns == HOST_PID_NS)
		return BPF_CORE_READ(leader, tgid);
	return pid_in_tracer_ns((u64)BPF_CORE_READ(leader, thread_pid),
				BPF_CORE_READ(leader, thread_pid, level));
}

/* Returns the pid in its own namespace of a process whose leader is at an address. */
static __always_inline int own_pid_at(u64 leader_address)
{
	struct task_struct *leader = (void *)leader_address;
	u64 pid = (u64)BPF_CORE_READ(leader, thread_pid);
	u32 level = BPF_CORE_READ(leader, thread_pid, level);

	return BPF_CORE_READ(upid_at(pid, level), nr);
}

static __always_inline void fill_ns_pids(struct exit_record *record, struct task_struct *leader)
{
	u32 level = FIELD(leader, thread_pid, level);
	u64 pid;

	record->ns_pid = record->pid;
	/* most processes of a host are in the initial namespace */
	if (level) {
		pid = (u64)BPF_CORE_READ(leader, thread_pid);
		record->ns_pid = BPF_CORE_READ(upid_at(pid, level), nr);
	}
	record->local_pid = local_pid_of(leader);
}
