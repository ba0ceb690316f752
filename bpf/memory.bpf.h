/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Was it killed for want of memory, and for whose? */
#ifndef __MEMORY_BPF_H
#define __MEMORY_BPF_H

#include "place.bpf.h"
#include "tracer.bpf.h"
#include "verifier.bpf.h"

#define MOST_CALLS 24		/* from the OOM killer down to a signal are less than half of it */
#define LONGEST_FUNCTION 2048	/* bytes; what stands behind the OOM killer's sends no signals */
#define LARGEST_CHARGE 8	/* pages of the largest that calls the OOM killer, PAGE_ALLOC_COSTLY_ORDER */
#define NO_LIMIT (1LL << 62)

static struct cgroup_subsys_state *css_of(struct task_struct *task, u32 index)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) + index * sizeof(void *));
	return css;
}

/* Pages below the limit; v1 has one for memory and another for memory and swap. Global: see send_pieces(). */
__noinline s64 margin_of(u64 css_address)
{
	struct cgroup_subsys_state *css = (void *)css_address;
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	s64 margin = BPF_CORE_READ(memcg, memory.max) - (s64)BPF_CORE_READ(memcg, memory.usage.counter);
	s64 with_swap;

	if (!BPF_CORE_READ(css, cgroup, root, hierarchy_id))
		return margin;
	with_swap = BPF_CORE_READ(memcg, memsw.max) - (s64)BPF_CORE_READ(memcg, memsw.usage.counter);
	return with_swap < margin ? with_swap : margin;
}

static bool is_locked(struct cgroup_subsys_state *css)
{
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);

	return bpf_core_field_exists(struct mem_cgroup, oom_lock) && BPF_CORE_READ(memcg, oom_lock);
}

/* 0, which the verifier does not know: what begins so looks the same to it in all rounds of a loop, and it goes through each once */


/*
 * The cgroup whose limit was met: the topmost of the victim's that the kernel has locked for the OOM killer, as it locks the whole
 * subtree; else the one with the least memory left, if it must be one. The kernel locks nothing for one who has waited for
 * another's OOM, nor where a limit is lowered, nor where it was built without v1. None: the machine's own memory was out.
 */
static struct cgroup *exhausted_cgroup(struct task_struct *victim, bool must_be_one)
{
	s64 margin, least = (must_be_one ? NO_LIMIT : LARGEST_CHARGE) + unknown_zero;
	struct cgroup_subsys_state *locked = (void *)unknown_zero, *narrowest = locked, *css;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	css = css_of(victim, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	for (int level = 0; level < 32 && css; level++) {
		if (is_locked(css))
			locked = (void *)css + unknown_zero;
		margin = margin_of((u64)css);
		if (margin < least) {
			least = margin + unknown_zero;
			narrowest = (void *)css + unknown_zero;
		}
		css = BPF_CORE_READ(css, parent);
	}
	if (!locked)
		locked = narrowest;
	return locked ? BPF_CORE_READ(locked, cgroup) : NULL;
}

/* The id of that cgroup, whose path user space then has; 0: the machine. Global: see send_pieces(). */
__noinline u64 tell_exhausted(u64 victim, u32 must_be_one)
{
	struct cgroup *cgroup = exhausted_cgroup((struct task_struct *)victim, must_be_one);
	struct kernfs_node *node;
	u64 id;

	if (!cgroup)
		return 0;
	node = BPF_CORE_READ(cgroup, kn);
	id = BPF_CORE_READ(node, id) + ((u64)BPF_CORE_READ(cgroup, root, hierarchy_id) << HIERARCHY_SHIFT);
	if (!is_told(id))
		tell_path((u64)node, id, SHEET_OF_VICTIM);
	return id;
}

/* Where that function of the kernel, which is being executed, was called from; 0: it is not being executed. Global: see send_pieces(). */
__noinline u64 caller_of(struct bpf_raw_tracepoint_args *ctx, u64 function)
{
	u64 calls[MOST_CALLS + 1] = {};

	if (bpf_get_stack(ctx, calls, MOST_CALLS * sizeof(u64), 0) <= 0)
		return 0;
	for (int i = 0; i < MOST_CALLS; i++) {
		if (calls[i] - function < LONGEST_FUNCTION)
			return calls[i + 1];
	}
	return 0;
}

#define NOT_FOR_MEMORY (~0ULL)

/*
 * Whether it is the OOM killer that sends this signal, and if so the cgroup as above: whoever wants memory runs it, and is in it
 * now. Also those go with a victim who share its memory, or its cgroup (memory.oom.group).
 */
__noinline u64 killed_for(struct bpf_raw_tracepoint_args *ctx, u64 victim)
{
	u64 memcg = memcg_out_of_memory_code, caller;

	if (!out_of_memory_code)
		return NOT_FOR_MEMORY;
	caller = caller_of(ctx, out_of_memory_code);
	if (!caller)
		return NOT_FOR_MEMORY;
	if (memcg && caller - memcg >= LONGEST_FUNCTION)
		return 0;
	return tell_exhausted(victim, memcg != 0);
}

#endif
