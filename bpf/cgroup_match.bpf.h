/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Matches a cgroup with the paths of --cgroup, by its names at the time of the exit: the filter
 * also covers cgroups that are created or renamed after the programs were loaded.
 *
 * src/filter/cgroup-paths.ts compiles the paths into the transitions of an automaton, which reads a
 * path from its last name to its first, because a cgroup only points to its parent. Paths of the
 * i-th depth in filter_cgroup_depths start in state i + 1.
 */
#pragma once

#include "cgroup_path.bpf.h"

#define MAX_CGROUP_LEVELS 1024	/* before Linux 6.1, where a cgroup has no ancestors[] */
#define MAX_SUBSYSTEMS 16	/* the length of css_set.subsys in kernel_types_fs.h */
#define V2_ROOT MAX_SUBSYSTEMS	/* the key of v2 in cgroup_ns_roots */

/*
 * The distinct depths of the paths; none if the filter is off. Depths count from the root that the
 * tracer sees, and are negative above it.
 */
const volatile u32 filter_cgroup_depth_count = 0;
const volatile s32 filter_cgroup_depths[MAX_FILTER_CGROUPS] = {};
const volatile s32 filter_cgroup_min_depth = 0;
/* bit i: a path of filter_cgroup_depths[i] has no names, such as / or /.. */
const volatile u32 filter_cgroup_nameless = 0;
const volatile u32 removed_cgroup_nameless = 0;
/* there is a v1 hierarchy */
const volatile bool filter_cgroup_v1 = false;
/* the tracer sees only the cgroups below its own root */
const volatile bool is_in_cgroup_ns = false;

/* Bits of the values of the filters that a cgroup matches; MATCH_REMOVED: a value after a ! */
enum cgroup_match {
	MATCH_PATH = 1,
	MATCH_UNIT = 2,
	MATCH_CONTAINER = 4,
	MATCH_REMOVED = 8,
};

/* States that no path uses, for names that match anywhere: see cgroup_names.bpf.h */
enum cgroup_state {
	STATE_UNIT = 0x10000,
	STATE_CONTAINER = 0x10001,
};

struct cgroup_transition_key {
	u32 state;
	char name[FILE_NAME_BYTES]; /* padded with NULs */
};

struct cgroup_transition {
	u32 state;	/* 0: no path continues here */
	u32 complete;	/* not 0: a path is complete, complete - 1 levels above the root */
	u32 match;	/* enum cgroup_match, of what is complete */
};

MAP(cgroup_transitions, HASH, 1, struct cgroup_transition_key, struct cgroup_transition);

/* an entry for record_exit and one for record_exit_fallback, which can interrupt each other */
MAP(cgroup_transition_keys, PERCPU_ARRAY, 2, u32, struct cgroup_transition_key);

/*
 * The root of the tracer's cgroup namespace in the hierarchy of each v1 subsystem, and in v2. All
 * are 0 if the tracer sees whole hierarchies.
 */
struct cgroup_ns_root {
	u64 node;	/* the address of its kernfs_node */
	u64 level;
};

MAP(cgroup_ns_roots, ARRAY, MAX_SUBSYSTEMS + 1, u32, struct cgroup_ns_root);

/* Returns the ancestor that is that many levels above a kernfs_node, or 0. */
VERIFY_ONCE u64 node_above(u64 address, u32 levels)
{
	for (u32 i = 0; i < MAX_PATH_NAMES && i < levels && address; i++)
		address = kernfs_parent(address);
	return address;
}

/* Returns true if a node is that many levels above the root that the tracer sees. */
static bool is_root(u64 address, u64 root, u32 above)
{
	if (!is_in_cgroup_ns)
		return !above && !kernfs_parent(address);
	return address == node_above(root, above);
}

/* Returns what a kernfs_node matches of the paths that start in `state`. */
VERIFY_ONCE u32 match_path(u64 address, u32 state, u64 root, u32 program)
{
	struct cgroup_transition_key *key = bpf_map_lookup_elem(&cgroup_transition_keys, &program);
	u32 match = opaque_zero;

	if (!key)
		return 0;
	for (int i = 0; i < MAX_PATH_NAMES; i++) {
		struct kernfs_node *node = (void *)address;
		struct cgroup_transition *transition;

		key->state = state;
		__builtin_memset(key->name, 0, sizeof(key->name));
		if (bpf_probe_read_kernel_str(key->name, sizeof(key->name),
					      BPF_CORE_READ(node, name)) < 0)
			break;
		transition = bpf_map_lookup_elem(&cgroup_transitions, key);
		address = kernfs_parent(address);
		if (!transition || !address)
			break;
		if (transition->complete && is_root(address, root, transition->complete - 1))
			match |= transition->match;
		state = transition->state;
		if (!state)
			break;
	}
	return match;
}

/* Returns the ancestor of a cgroup at a level, or the cgroup itself if it is at that level. */
VERIFY_ONCE u64 ancestor_at(u64 address, u32 level)
{
	struct cgroup *cgroup = (void *)address;

	if (bpf_core_field_exists(struct cgroup, ancestors)) {
		bpf_probe_read_kernel(&address, sizeof(address),
				      (void *)cgroup +
					      bpf_core_field_offset(struct cgroup, ancestors) +
					      level * sizeof(void *));
		return address;
	}
	for (int i = 0; i < MAX_CGROUP_LEVELS; i++) {
		if (BPF_CORE_READ(cgroup, level) <= (int)level)
			return (u64)cgroup;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return 0;
}

/* Returns what a cgroup or an ancestor of it matches of the paths. */
VERIFY_ONCE u32 match_paths(u64 address, u32 root_key, u32 program)
{
	struct cgroup_ns_root *root = bpf_map_lookup_elem(&cgroup_ns_roots, &root_key);
	struct cgroup *cgroup = (void *)address;
	int level = BPF_CORE_READ(cgroup, level);
	u32 match = opaque_zero;

	if (!root)
		return 0;
	for (u32 i = 0; i < MAX_FILTER_CGROUPS && i < filter_cgroup_depth_count; i++) {
		int at = (int)root->level + filter_cgroup_depths[i];
		u64 node;

		if (at < 0 || at > level)
			continue;
		node = (u64)BPF_CORE_READ((struct cgroup *)ancestor_at(address, at), kn);
		if ((filter_cgroup_nameless | removed_cgroup_nameless) >> i & 1 &&
		    is_root(node, root->node, -filter_cgroup_depths[i])) {
			match |= filter_cgroup_nameless >> i & 1 ? MATCH_PATH : 0;
			match |= removed_cgroup_nameless >> i & 1 ? MATCH_REMOVED : 0;
		}
		match |= match_path(node, i + 1, root->node, program);
	}
	return match;
}
