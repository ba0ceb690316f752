/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Finds out whether the OOM killer sends a SIGKILL, and which cgroup reached its memory limit. */
#pragma once

#include "cgroup_path.bpf.h"
#include "tracer_context.bpf.h"

#define MAX_STACK_FRAMES 24	/* more than twice those from the OOM killer to a signal */
#define MAX_FUNCTION_BYTES 2048 /* may cover later functions, none of which sends signals */
#define MAX_OOM_CHARGE 8	/* pages; above PAGE_ALLOC_COSTLY_ORDER, a charge just fails */
#define MAX_CGROUP_ANCESTORS 32
#define NO_LIMIT (1LL << 62)
#define NOT_OOM (~0ULL)

/*
 * Returns how many pages are left below the limit. v1 has two limits: for memory, and for memory
 * with swap.
 */
VERIFY_ONCE s64 pages_below_limit(u64 css_address)
{
	struct cgroup_subsys_state *css = (void *)css_address;
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	s64 pages = BPF_CORE_READ(memcg, memory.max) -
		    (s64)BPF_CORE_READ(memcg, memory.usage.counter);
	s64 with_swap;

	if (!BPF_CORE_READ(css, cgroup, root, hierarchy_id))
		return pages;
	with_swap = BPF_CORE_READ(memcg, memsw.max) -
		    (s64)BPF_CORE_READ(memcg, memsw.usage.counter);
	return with_swap < pages ? with_swap : pages;
}

static bool is_oom_locked(struct cgroup_subsys_state *css)
{
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);

	return bpf_core_field_exists(struct mem_cgroup, oom_lock) && BPF_CORE_READ(memcg, oom_lock);
}

/*
 * Returns the cgroup that reached its limit. The kernel locks its subtree during an OOM, so it is
 * the topmost locked ancestor of the victim's cgroup. The kernel locks nothing for a task that
 * waited for another OOM, when a limit is lowered, or without CONFIG_MEMCG_V1. Then it is the
 * ancestor with the fewest pages left, if a charge can have failed there or if `is_cgroup_oom`.
 * Otherwise returns NULL: the machine ran out of memory.
 */
static struct cgroup *find_oom_cgroup(struct task_struct *victim, bool is_cgroup_oom)
{
	s64 pages, min_pages = (is_cgroup_oom ? NO_LIMIT : MAX_OOM_CHARGE) + opaque_zero;
	struct cgroup_subsys_state *locked = (void *)opaque_zero, *fullest = locked, *css;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	css = css_in_set(BPF_CORE_READ(victim, cgroups),
			 bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	for (int level = 0; level < MAX_CGROUP_ANCESTORS && css; level++) {
		if (is_oom_locked(css))
			locked = (void *)css + opaque_zero;
		pages = pages_below_limit((u64)css);
		if (pages < min_pages) {
			min_pages = pages + opaque_zero;
			fullest = (void *)css + opaque_zero;
		}
		css = BPF_CORE_READ(css, parent);
	}
	if (!locked)
		locked = fullest;
	return locked ? BPF_CORE_READ(locked, cgroup) : NULL;
}

/*
 * Returns the id of the cgroup that reached its limit, after its path is sent; 0: the machine ran
 * out of memory.
 */
VERIFY_ONCE u64 report_oom_cgroup(u64 victim, u32 is_cgroup_oom)
{
	struct cgroup *cgroup = find_oom_cgroup((struct task_struct *)victim, is_cgroup_oom);
	struct kernfs_node *node;
	u64 id;

	if (!cgroup)
		return 0;
	node = BPF_CORE_READ(cgroup, kn);
	id = CGROUP_ID(BPF_CORE_READ(node, id), BPF_CORE_READ(cgroup, root, hierarchy_id));
	if (!is_cgroup_path_sent(id))
		emit_cgroup_path((u64)node, id, SLOT_OOM_CGROUP_PATH);
	return id;
}

/*
 * Returns the address from which the kernel called a function that is on the current stack; 0: it
 * is not on the stack.
 */
VERIFY_ONCE u64 caller_of(struct bpf_raw_tracepoint_args *ctx, u64 function)
{
	u64 frames[MAX_STACK_FRAMES + 1] = {};

	if (bpf_get_stack(ctx, frames, MAX_STACK_FRAMES * sizeof(u64), 0) <= 0)
		return 0;
	for (int i = 0; i < MAX_STACK_FRAMES; i++) {
		if (frames[i] - function < MAX_FUNCTION_BYTES)
			return frames[i + 1];
	}
	return 0;
}

/*
 * Returns report_oom_cgroup() if the OOM killer sends the signal, else NOT_OOM. The OOM killer
 * runs in the context of the task that needs memory. Besides the victim it kills the processes
 * that share its memory or, with memory.oom.group, its cgroup.
 */
VERIFY_ONCE u64 oom_cgroup_of_kill(struct bpf_raw_tracepoint_args *ctx, u64 victim)
{
	u64 memcg_oom = mem_cgroup_out_of_memory_addr, caller;

	if (!out_of_memory_addr)
		return NOT_OOM;
	caller = caller_of(ctx, out_of_memory_addr);
	if (!caller)
		return NOT_OOM;
	if (memcg_oom && caller - memcg_oom >= MAX_FUNCTION_BYTES)
		return 0;
	return report_oom_cgroup(victim, memcg_oom != 0);
}
