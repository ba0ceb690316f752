/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The filters by cgroup, unit and container. A task is in one cgroup of each hierarchy. Its exit
 * passes if these cgroups match each filter that selects any, and none that is removed.
 */
#pragma once

#include "cgroup_names.bpf.h"

const volatile bool has_cgroup_filter = false;
/* bits of enum cgroup_match: one for each filter that selects any cgroup */
const volatile u32 required_cgroup_match = 0;
/* some values are removed from what the others select */
const volatile bool removes_cgroups = false;

/* The result of match_cgroup(). A rename of any cgroup makes it invalid. */
struct cached_cgroup_match {
	u64 id;
	u32 renames;	/* the value of cgroup_renames at that time */
	u32 match;
};

/*
 * Caches results by cgroup id: comparing the names takes five times as long. Each CPU and program
 * has entries of its own, so that no program writes to an entry that another one reads. User space
 * sets the length: 2 * CGROUP_CACHE_ENTRIES if the filter is on.
 */
MAP(cgroup_match_cache, PERCPU_ARRAY, 1, u32, struct cached_cgroup_match);

/*
 * Returns what the cgroup matches that a task with this css_set has in one hierarchy. id: the key
 * of that cgroup in the cache.
 */
VERIFY_ONCE u32 match_cgroup(u64 id, u32 root_key, u32 program, u64 set_address)
{
	u32 key = id % CGROUP_CACHE_ENTRIES + program * CGROUP_CACHE_ENTRIES;
	u32 renames = cgroup_renames, match = 0;
	struct cached_cgroup_match *cached = bpf_map_lookup_elem(&cgroup_match_cache, &key);
	struct css_set *set = (void *)set_address;
	struct cgroup *cgroup;

	if (cached && cached->id == id && cached->renames == renames)
		return cached->match;
	if (root_key == V2_ROOT)
		cgroup = BPF_CORE_READ(set, dfl_cgrp);
	else
		cgroup = BPF_CORE_READ(css_in_set(set, root_key), cgroup);
	if (filter_cgroup_depth_count)
		match |= match_paths((u64)cgroup, root_key, program);
	if (has_unit_filter || filter_container_lengths_count)
		match |= match_names((u64)BPF_CORE_READ(cgroup, kn), program);
	if (cached) {
		cached->id = id;
		cached->renames = renames;
		cached->match = match;
	}
	return match;
}

/* Returns true if no cgroup of another hierarchy can change the result. */
static __always_inline bool is_match_decided(u32 match)
{
	return !removes_cgroups && (match & required_cgroup_match) == required_cgroup_match;
}

/*
 * Adds what the cgroup of v1 subsystem n matches. Hierarchy 0 is v2, which has every subsystem that
 * no v1 hierarchy has mounted. A macro, because typed loads need a constant index.
 */
#define ADD_V1(n) \
	do { \
		if (!is_match_decided(match) && \
		    bpf_core_field_size(struct css_set, subsys) > (n) * sizeof(void *) && \
		    FIELD(set, subsys[n], cgroup, level) >= filter_cgroup_min_depth && \
		    FIELD(set, subsys[n], cgroup, root, hierarchy_id)) \
			match |= match_cgroup( \
				CGROUP_ID(FIELD(set, subsys[n], cgroup, kn, id), \
					  FIELD(set, subsys[n], cgroup, root, hierarchy_id)), \
				n, program, address); \
	} while (0)

/* program: 0 for record_exit, 1 for record_exit_fallback */
static __always_inline bool passes_cgroup_filter(struct task_struct *task, u32 program)
{
	struct css_set *set = FIELD(task, cgroups);
	u64 address = (u64)BPF_CORE_READ(task, cgroups);
	u32 match = opaque_zero;

	if (FIELD(set, dfl_cgrp, level) >= filter_cgroup_min_depth)
		match |= match_cgroup(FIELD(set, dfl_cgrp, kn, id), V2_ROOT, program, address);
	if (filter_cgroup_v1) {
		ADD_V1(0); ADD_V1(1); ADD_V1(2); ADD_V1(3);
		ADD_V1(4); ADD_V1(5); ADD_V1(6); ADD_V1(7);
		ADD_V1(8); ADD_V1(9); ADD_V1(10); ADD_V1(11);
		ADD_V1(12); ADD_V1(13); ADD_V1(14); ADD_V1(15);
	}
	return (match & (required_cgroup_match | MATCH_REMOVED)) == required_cgroup_match;
}

static void set_cgroup_ns_root(u32 root_key, struct cgroup *cgroup)
{
	struct cgroup_ns_root root = {
		.node = (u64)BPF_CORE_READ(cgroup, kn),
		.level = BPF_CORE_READ(cgroup, level),
	};

	bpf_map_update_elem(&cgroup_ns_roots, &root_key, &root, BPF_ANY);
}

/* Stores the roots of the cgroup namespace of the current task, which is the tracer. */
static __always_inline void store_cgroup_ns_roots(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct css_set *set = BPF_CORE_READ(task, nsproxy, cgroup_ns, root_cset);

	for (u32 i = 0; i < MAX_SUBSYSTEMS; i++) {
		struct cgroup_subsys_state *css;

		if (i * sizeof(void *) >= bpf_core_field_size(struct css_set, subsys))
			break;
		css = css_in_set(set, i);
		if (css)
			set_cgroup_ns_root(i, BPF_CORE_READ(css, cgroup));
	}
	set_cgroup_ns_root(V2_ROOT, BPF_CORE_READ(set, dfl_cgrp));
}
