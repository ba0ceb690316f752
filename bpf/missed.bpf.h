/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Newer kernels (7.3 does, 6.18 does not) let a tracepoint's program be preempted. Whoever dies on that CPU meanwhile is left out: the
 * kernel does not enter a program that it is already in. So a second program looks at every exit behind the first, and stands in for it.
 */
#ifndef __MISSED_BPF_H
#define __MISSED_BPF_H

#include "family.bpf.h"
#include "process.bpf.h"

/* By the thread's own pid, as long as the largest that this machine gives: whether the first program was there. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct members);
} seen SEC(".maps");

static __always_inline u8 *mark_of(struct task_struct *task)
{
	u32 entry = (u32)READ(task, pid) / PIDS_AN_ENTRY;
	struct members *marks = bpf_map_lookup_elem(&seen, &entry);

	return marks ? &marks->is_member[(u32)READ(task, pid) % PIDS_AN_ENTRY] : NULL;
}

static __always_inline void mark_seen(struct task_struct *task)
{
	u8 *mark = has_stand_in ? mark_of(task) : NULL;

	if (mark)
		*mark = 1;
}

/* Forgets it. Where pids are larger than what we were told, it is taken for seen. */
static __always_inline bool was_seen(struct task_struct *task)
{
	u8 *mark = mark_of(task);
	bool is_seen = !bpf_core_type_exists(class_srcu_fast_notrace_t) || !mark || *mark;

	if (mark)
		*mark = 0;
	return is_seen;
}

/* exits that the kernel counts as missed, but for which the second program stood in */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} stood_in SEC(".maps");

static __always_inline void count_stood_in(void)
{
	u32 only = 0;
	u64 *count = bpf_map_lookup_elem(&stood_in, &only);

	if (count)
		*count += 1;
}

/*
 * A family would be without all who descend from somebody whose fork was missed, and would be waited for forever after an exit that was.
 * These come behind the programs that know of it as a rule, and are so short that they are hardly ever interrupted themselves.
 */
SEC(TRACEPOINT("sched_process_fork"))
int follow_missed_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];
	pid_t pid = READ(child, tgid), parent_pid = READ(parent, tgid);
	u8 *is_member = membership(pid);

	/* strays are counted only once */
	if (pid != parent_pid && is_member)
		join_family(parent, parent_pid, pid);
	return 0;
}

SEC(TRACEPOINT("sched_process_exit"))
int follow_missed_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];

	if (is_last_thread(ctx, task))
		leaves_family(READ(task, tgid), true);
	return 0;
}

#endif
