/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Finds the cgroup that reached its memory limit, and the one whose processes die together. */
#pragma once

#include "cgroup_path.bpf.h"

#define MAX_OOM_CHARGE 8	/* pages; above PAGE_ALLOC_COSTLY_ORDER, a charge just fails */
#define MAX_CGROUP_ANCESTORS 32
#define NO_LIMIT (1LL << 62)

/* Found so far among a victim's cgroup and its ancestors. Addresses of a cgroup_subsys_state. */
struct oom_search {
	u64 locked;		/* the topmost one that the kernel has locked */
	u64 fullest;		/* the one with the fewest pages left */
	s64 min_pages;		/* left there */
	u64 group;		/* the topmost one with memory.oom.group; then also up to the others */
	u64 locked_group;
	u64 fullest_group;
};

/*
 * Only one task at a time searches: the OOM killer holds oom_lock of mm/oom_kill.c. Volatile, so
 * that clang does not split it into a variable for each member.
 */
static volatile struct oom_search oom_search;

static s64 pages_below(struct page_counter *counter)
{
	return BPF_CORE_READ(counter, max) - (s64)BPF_CORE_READ(counter, usage.counter);
}

/*
 * Returns the address of the counter that leaves fewer pages below its limit. v1 has two: of
 * memory, and of memory with swap.
 */
static struct page_counter *fullest_counter(u64 css_address)
{
	struct cgroup_subsys_state *css = (void *)css_address;
	void *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	struct page_counter *memory = memcg + bpf_core_field_offset(struct mem_cgroup, memory);
	struct page_counter *with_swap = memcg + bpf_core_field_offset(struct mem_cgroup, memsw);

	if (!BPF_CORE_READ(css, cgroup, root, hierarchy_id))
		return memory;
	return pages_below(with_swap) < pages_below(memory) ? with_swap : memory;
}

/*
 * Compares a cgroup with those below it, and returns its parent. Global, because the verifier
 * checks the body of the loop around it once for each iteration.
 */
VERIFY_ONCE u64 search_cgroup(u64 css_address)
{
	struct cgroup_subsys_state *css = (void *)css_address;
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	s64 pages = pages_below(fullest_counter(css_address));

	if (with_oom && bpf_core_field_exists(struct mem_cgroup, oom_group) &&
	    BPF_CORE_READ(memcg, oom_group))
		oom_search.group = css_address;
	if (bpf_core_field_exists(struct mem_cgroup, oom_lock) && BPF_CORE_READ(memcg, oom_lock)) {
		oom_search.locked = css_address;
		oom_search.locked_group = oom_search.group;
	}
	if (pages < oom_search.min_pages) {
		oom_search.min_pages = pages;
		oom_search.fullest = css_address;
		oom_search.fullest_group = oom_search.group;
	}
	return (u64)BPF_CORE_READ(css, parent);
}

/*
 * Returns the state of the cgroup that reached its limit; oom_search.group is then the topmost one
 * up to there with memory.oom.group. The kernel locks a cgroup's subtree during its OOM, so it is
 * the topmost locked ancestor of the victim's cgroup. The kernel locks nothing for a task that
 * waited for another OOM, when a limit is lowered, or without CONFIG_MEMCG_V1. Then it is the
 * ancestor with the fewest pages left, if a charge can have failed there or if is_cgroup_oom.
 * Otherwise returns 0: the machine ran out of memory.
 */
static u64 find_limited_cgroup(u64 victim, bool is_machine_oom, bool is_cgroup_oom)
{
	struct task_struct *task = (void *)victim;
	u64 css;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	oom_search.locked = oom_search.fullest = oom_search.group = 0;
	oom_search.min_pages = is_cgroup_oom ? NO_LIMIT : MAX_OOM_CHARGE;
	css = (u64)css_in_set(BPF_CORE_READ(task, cgroups),
			      bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	for (int level = 0; level < MAX_CGROUP_ANCESTORS && css; level++)
		css = search_cgroup(css);
	if (is_machine_oom)
		return 0;
	if (oom_search.locked) {
		oom_search.group = oom_search.locked_group;
		return oom_search.locked;
	}
	if (oom_search.fullest)
		oom_search.group = oom_search.fullest_group;
	return oom_search.fullest;
}
