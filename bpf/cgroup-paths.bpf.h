/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The filter by cgroup path. It asks whether one of a task's cgroups, or an ancestor of it, is at
 * one of the paths. The program compares the names when the task exits, so it also matches a cgroup
 * that was created, recreated or renamed after the programs were loaded.
 *
 * src/filter/cgroup-paths.ts compiles the paths into transitions: a state and a name lead to the
 * next state. They read a path from its last name to its first, because a cgroup only points to its
 * parent. All paths of equal depth start in one state.
 */
#ifndef __CGROUP_PATHS_BPF_H
#define __CGROUP_PATHS_BPF_H

#include "place.bpf.h"

#define MAX_FILTER_CGROUPS 16
#define MAX_PATH_NAMES 64
#define MAX_CGROUP_LEVELS 1024	/* before Linux 6.1, where a cgroup has no ancestors[] */
#define MAX_SUBSYSTEMS 16	/* of struct css_set in vmlinux.h */
#define V2_ROOT MAX_SUBSYSTEMS

/*
 * The number of distinct depths; 0: the filter is off. Depths count from the root that the tracer
 * sees, and are negative above it.
 */
const volatile u32 filter_cgroup_depth_count = 0;
const volatile s32 filter_cgroup_depths[MAX_FILTER_CGROUPS] = {};
const volatile s32 filter_cgroup_min_depth = 0;
/*
 * bit i: the ancestor at filter_cgroup_depths[i] matches under any name, because the path has none,
 * such as /
 */
const volatile u32 filter_cgroup_nameless = 0;
/* true if there is a v1 hierarchy */
const volatile bool filter_cgroup_v1 = false;
/* true if the tracer sees only the cgroups below its own root */
const volatile bool in_cgroup_namespace = false;

struct cgroup_name {
	u32 state;
	char name[NAME_BYTES]; /* padded with NULs */
};

struct cgroup_transition {
	u32 state;	/* 0: no path continues here */
	u32 complete;	/* not 0: a path is complete, complete - 1 levels above the root */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct cgroup_name);
	__type(value, struct cgroup_transition);
} cgroup_transitions SEC(".maps");

/* a key for each of record_exit and record_missed, which can interrupt each other */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct cgroup_name);
} cgroup_name_keys SEC(".maps");

/*
 * The roots of the tracer's cgroup namespace: one for each v1 subsystem, and one for v2. All are 0
 * if the tracer sees whole hierarchies.
 */
struct namespace_root {
	u64 node;
	u64 level;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_SUBSYSTEMS + 1);
	__type(key, u32);
	__type(value, struct namespace_root);
} namespace_roots SEC(".maps");

/*
 * Returns a node's parent. Global, not inlined: clang would move the offset of the field out of a
 * loop, and so out of the branch that kernels without the field skip. Old verifiers reject the
 * offset there.
 */
__noinline u64 parent_address(u64 address)
{
	return (u64)parent_of((struct kernfs_node *)address);
}

/* Climbs that many levels. Global, so that the verifier checks the loop once. */
__noinline u64 node_above(u64 address, u32 levels)
{
	for (u32 i = 0; i < MAX_PATH_NAMES && i < levels && address; i++)
		address = parent_address(address);
	return address;
}

/* Returns true if a node is that many levels above the root that the tracer sees. */
static bool is_root(u64 address, u64 root, u32 above)
{
	if (!in_cgroup_namespace)
		return !above && !parent_address(address);
	return address == node_above(root, above);
}

/*
 * Returns true if one of the paths that start in `state` is the path of a cgroup's node. Global:
 * see node_above().
 */
__noinline int has_filtered_path(u64 address, u32 state, u64 root, u32 which)
{
	struct cgroup_name *key = bpf_map_lookup_elem(&cgroup_name_keys, &which);

	if (!key)
		return 0;
	for (int i = 0; i < MAX_PATH_NAMES; i++) {
		struct cgroup_transition *transition;

		key->state = state;
		__builtin_memset(key->name, 0, sizeof(key->name));
		if (bpf_probe_read_kernel_str(key->name, sizeof(key->name), BPF_CORE_READ((struct kernfs_node *)address, name)) < 0)
			return 0;
		transition = bpf_map_lookup_elem(&cgroup_transitions, key);
		address = parent_address(address);
		if (!transition || !address)
			return 0;
		if (transition->complete && is_root(address, root, transition->complete - 1))
			return 1;
		state = transition->state;
		if (!state)
			return 0;
	}
	return 0;
}

/*
 * Returns the ancestor of a cgroup at a level, or the cgroup itself if it is at that level. Global:
 * see node_above().
 */
__noinline u64 ancestor_at(u64 address, u32 level)
{
	struct cgroup *cgroup = (void *)address;

	if (bpf_core_field_exists(struct cgroup, ancestors)) {
		bpf_probe_read_kernel(&address, sizeof(address),
				      (void *)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * sizeof(void *));
		return address;
	}
	for (int i = 0; i < MAX_CGROUP_LEVELS; i++) {
		if (BPF_CORE_READ(cgroup, level) <= (int)level)
			return (u64)cgroup;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return 0;
}

/*
 * Returns true if a cgroup or an ancestor of it is at one of the paths. Global: see node_above().
 */
__noinline int is_below_filtered_path(u64 address, u32 which_root, u32 which)
{
	struct namespace_root *root = bpf_map_lookup_elem(&namespace_roots, &which_root);
	struct cgroup *cgroup = (void *)address;
	int level = BPF_CORE_READ(cgroup, level);

	if (!root)
		return 0;
	for (u32 i = 0; i < MAX_FILTER_CGROUPS && i < filter_cgroup_depth_count; i++) {
		int at = (int)root->level + filter_cgroup_depths[i];
		u64 node;

		if (at < 0 || at > level)
			continue;
		node = (u64)BPF_CORE_READ((struct cgroup *)ancestor_at(address, at), kn);
		if (filter_cgroup_nameless >> i & 1 && is_root(node, root->node, -filter_cgroup_depths[i]))
			return 1;
		if (has_filtered_path(node, i + 1, root->node, which))
			return 1;
	}
	return 0;
}

/*
 * Caches the verdict on a cgroup by its id, until a cgroup is renamed: a comparison of names takes
 * five times as long. One cache for each CPU and program, so that no other program writes to an
 * entry during a read.
 */
#define MAX_VERDICTS 64

struct cgroup_verdict {
	u64 id;
	u32 renames;
	u32 is_match;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_verdict);
} cgroup_verdicts SEC(".maps");

/*
 * Returns is_below_filtered_path() of the cgroup with that id, which a css_set has in a hierarchy.
 * Uses the cache. Global: see node_above().
 */
__noinline int is_cgroup_below(u64 id, u32 which_root, u32 which, u64 set_address)
{
	u32 slot = id % MAX_VERDICTS + which * MAX_VERDICTS, renames = cgroup_renames;
	struct cgroup_verdict *verdict = bpf_map_lookup_elem(&cgroup_verdicts, &slot);
	struct css_set *set = (void *)set_address;
	struct cgroup_subsys_state *css = NULL;
	u64 cgroup;
	int is_match;

	if (verdict && verdict->id == id && verdict->renames == renames)
		return verdict->is_match;
	if (which_root == V2_ROOT) {
		cgroup = (u64)BPF_CORE_READ(set, dfl_cgrp);
	} else {
		bpf_probe_read_kernel(&css, sizeof(css),
				      (void *)set + bpf_core_field_offset(struct css_set, subsys) + which_root * sizeof(css));
		cgroup = (u64)BPF_CORE_READ(css, cgroup);
	}
	is_match = is_below_filtered_path(cgroup, which_root, which);
	if (verdict) {
		verdict->id = id;
		verdict->renames = renames;
		verdict->is_match = is_match;
	}
	return is_match;
}

/* A subsystem has hierarchy 0 if v2 uses it or the kernel lacks it. */
#define MATCHES_V1(n)                                                                                              \
	(bpf_core_field_size(struct css_set, subsys) > (n) * sizeof(void *) &&                                     \
	 READ(set, subsys[n], cgroup, level) >= filter_cgroup_min_depth &&                                         \
	 READ(set, subsys[n], cgroup, root, hierarchy_id) &&                                                       \
	 is_cgroup_below(READ(set, subsys[n], cgroup, kn, id) +                                                    \
				 ((u64)READ(set, subsys[n], cgroup, root, hierarchy_id) << HIERARCHY_SHIFT),       \
			 n, which, address))

/*
 * Returns true if a line of the task's /proc/PID/cgroup, in any hierarchy, shows one of the paths
 * or a path below one.
 */
static __always_inline bool is_cgroup_filtered_in(struct task_struct *task, u32 which)
{
	struct css_set *set = READ(task, cgroups);
	u64 address = (u64)BPF_CORE_READ(task, cgroups);

	if (READ(set, dfl_cgrp, level) >= filter_cgroup_min_depth &&
	    is_cgroup_below(READ(set, dfl_cgrp, kn, id), V2_ROOT, which, address))
		return true;
	return filter_cgroup_v1 &&
	       (MATCHES_V1(0) || MATCHES_V1(1) || MATCHES_V1(2) || MATCHES_V1(3) || MATCHES_V1(4) || MATCHES_V1(5) ||
		MATCHES_V1(6) || MATCHES_V1(7) || MATCHES_V1(8) || MATCHES_V1(9) || MATCHES_V1(10) || MATCHES_V1(11) ||
		MATCHES_V1(12) || MATCHES_V1(13) || MATCHES_V1(14) || MATCHES_V1(15));
}

static void set_namespace_root(u32 which_root, struct cgroup *cgroup)
{
	struct namespace_root root = { .node = (u64)BPF_CORE_READ(cgroup, kn), .level = BPF_CORE_READ(cgroup, level) };

	bpf_map_update_elem(&namespace_roots, &which_root, &root, BPF_ANY);
}

/*
 * Finds the roots of the tracer's cgroup namespace. The tracer runs this program once, in its own
 * context, before it attaches any program. Unlike the type of look_around(), this type can be run
 * by BPF_PROG_TEST_RUN from Linux 5.10 on.
 */
SEC("raw_tp/sched_process_exit")
int find_namespace_roots(void *unused)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct css_set *set = BPF_CORE_READ(task, nsproxy, cgroup_ns, root_cset);

	for (u32 i = 0; i < MAX_SUBSYSTEMS && i * sizeof(void *) < bpf_core_field_size(struct css_set, subsys); i++) {
		struct cgroup_subsys_state *css = NULL;

		bpf_probe_read_kernel(&css, sizeof(css),
				      (void *)set + bpf_core_field_offset(struct css_set, subsys) + i * sizeof(css));
		if (css)
			set_namespace_root(i, BPF_CORE_READ(css, cgroup));
	}
	set_namespace_root(V2_ROOT, BPF_CORE_READ(set, dfl_cgrp));
	return 0;
}

#endif
