/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Newer kernels (7.3 does, 6.18 does not) let a tracepoint's program be preempted. Whoever dies on that CPU meanwhile is left out: the
 * kernel does not enter a program that it is already in. So a second program looks at every exit behind the first, and stands in for it.
 */
#ifndef __MISSED_BPF_H
#define __MISSED_BPF_H

#include "family.bpf.h"

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

#endif
