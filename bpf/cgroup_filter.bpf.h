/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The filter by cgroup. A task is in one cgroup of each hierarchy. Its exit passes if one of these
 * cgroups, or an ancestor of one, is at a path of the filter.
 */
#pragma once

#include "cgroup_match.bpf.h"

/* A result of is_below_filtered_path(). A rename of any cgroup makes it invalid. */
struct cgroup_match {
	u64 id;
	u32 renames;	/* the value of cgroup_renames at that time */
	u32 is_match;
};

/*
 * Caches results by cgroup id: comparing the names takes five times as long. Each CPU and program
 * has entries of its own, so that no program writes to an entry that another one reads. User space
 * sets the length: 2 * CGROUP_CACHE_ENTRIES if the filter is on.
 */
MAP(cgroup_match_cache, PERCPU_ARRAY, 1, u32, struct cgroup_match);

/*
 * Returns is_below_filtered_path() of the cgroup that a task with this css_set has in one
 * hierarchy. id: the key of that cgroup in the cache.
 */
VERIFY_ONCE int is_cgroup_below(u64 id, u32 root_key, u32 program, u64 set_address)
{
	u32 key = id % CGROUP_CACHE_ENTRIES + program * CGROUP_CACHE_ENTRIES;
	u32 renames = cgroup_renames;
	struct cgroup_match *cached = bpf_map_lookup_elem(&cgroup_match_cache, &key);
	struct css_set *set = (void *)set_address;
	struct cgroup *cgroup;
	int is_match;

	if (cached && cached->id == id && cached->renames == renames)
		return cached->is_match;
	if (root_key == V2_ROOT)
		cgroup = BPF_CORE_READ(set, dfl_cgrp);
	else
		cgroup = BPF_CORE_READ(css_in_set(set, root_key), cgroup);
	is_match = is_below_filtered_path((u64)cgroup, root_key, program);
	if (cached) {
		cached->id = id;
		cached->renames = renames;
		cached->is_match = is_match;
	}
	return is_match;
}

/*
 * True if the cgroup of v1 subsystem n matches. Hierarchy 0 is v2, which has every subsystem that
 * no v1 hierarchy has mounted. A macro, because typed loads need a constant index.
 */
#define MATCHES_V1(n) \
	(bpf_core_field_size(struct css_set, subsys) > (n) * sizeof(void *) && \
	 FIELD(set, subsys[n], cgroup, level) >= filter_cgroup_min_depth && \
	 FIELD(set, subsys[n], cgroup, root, hierarchy_id) && \
	 is_cgroup_below(CGROUP_ID(FIELD(set, subsys[n], cgroup, kn, id), \
				   FIELD(set, subsys[n], cgroup, root, hierarchy_id)), \
			 n, program, address))

/* program: 0 for record_exit, 1 for record_exit_fallback */
static __always_inline bool passes_cgroup_filter(struct task_struct *task, u32 program)
{
	struct css_set *set = FIELD(task, cgroups);
	u64 address = (u64)BPF_CORE_READ(task, cgroups);

	if (FIELD(set, dfl_cgrp, level) >= filter_cgroup_min_depth &&
	    is_cgroup_below(FIELD(set, dfl_cgrp, kn, id), V2_ROOT, program, address))
		return true;
	return filter_cgroup_v1 &&
	       (MATCHES_V1(0) || MATCHES_V1(1) || MATCHES_V1(2) || MATCHES_V1(3) || MATCHES_V1(4) ||
		MATCHES_V1(5) || MATCHES_V1(6) || MATCHES_V1(7) || MATCHES_V1(8) || MATCHES_V1(9) ||
		MATCHES_V1(10) || MATCHES_V1(11) || MATCHES_V1(12) || MATCHES_V1(13) ||
		MATCHES_V1(14) || MATCHES_V1(15));
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
