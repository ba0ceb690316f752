/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Where it lived. A record carries cgroup ids; the path of each is told once, before the first record that refers to it,
 * since a container's cgroup may be gone when user space looks.
 */
#ifndef __PLACE_BPF_H
#define __PLACE_BPF_H

#include "ring.bpf.h"

#define DEEPEST_CGROUP 64

/*
 * What names a cgroup among those of all hierarchies: each hierarchy counts its ids from 1 on, in 32 bits and a generation that
 * is next to never above 0.
 */
#define HIERARCHY_SHIFT 45

/* Counts the renames of v1 cgroups. Each can change the path of any cgroup. */
static u64 cgroup_renames;

/*
 * Cgroups whose path user space has, with the value of cgroup_renames at that time. User space
 * removes the entry of a path that it evicts.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u64);
} told_cgroups SEC(".maps");

#define INDEX_OF(controller)                                                                  \
	(bpf_core_enum_value_exists(enum cgroup_subsys_id, controller##_cgrp_id) ?            \
		 (int)bpf_core_enum_value(enum cgroup_subsys_id, controller##_cgrp_id) : \
		 -1)

static int v1_index(void)
{
	switch (v1_controller) {
	case V1_MEMORY:
		return INDEX_OF(memory);
	case V1_PIDS:
		return INDEX_OF(pids);
	case V1_CPU:
		return INDEX_OF(cpu);
	case V1_CPUACCT:
		return INDEX_OF(cpuacct);
	case V1_CPUSET:
		return INDEX_OF(cpuset);
	case V1_IO:
		return INDEX_OF(io);
	case V1_DEVICES:
		return INDEX_OF(devices);
	case V1_FREEZER:
		return INDEX_OF(freezer);
	default:
		return -1;
	}
}

/*
 * The exit program knows its task by type, so that it may simply be read: a load, where BPF_CORE_READ is a call for each
 * step. An array can be read so only at a place that the verifier knows, hence the switch; all but one case is dead.
 */
static __always_inline struct cgroup_subsys_state *typed_css_of(struct task_struct *task, int index)
{
	struct css_set *set = READ(task, cgroups);

#define CASE(n) \
	case n: \
		return READ(set, subsys[n]);
	switch (index) {
		CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
		CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)
	}
	return NULL;
}

/* Its cgroup in the v1 hierarchy that we look at; none where that controller is v2's, which is hierarchy 0. */
static __always_inline struct cgroup *cgroup_v1_of(struct task_struct *task)
{
	int index = v1_index();
	struct cgroup_subsys_state *css;

	if (index < 0)
		return NULL;
	css = typed_css_of(task, index);
	return css && READ(css, cgroup, root, hierarchy_id) ? READ(css, cgroup) : NULL;
}

static struct kernfs_node *parent_of(struct kernfs_node *node)
{
	if (bpf_core_field_exists(struct kernfs_node, __parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ((struct kernfs_node___6_14 *)node, parent);
}

/* Writes the names from this node up to below the root on a cgroup's sheet. Global: the verifier looks at the loop once. */
__noinline int write_path(u64 node_address, u32 sheet)
{
	struct kernfs_node *node = (void *)node_address, *parent;
	struct cgroup_record *record = sheet_of(sheet);
	u32 bytes = 0;

	if (!record)
		return 0;
	record->cut = 1;
	for (int depth = 0; depth < DEEPEST_CGROUP; depth++) {
		long length;

		parent = parent_of(node);
		if (!parent) {
			record->cut = 0;
			break;
		}
		if (bytes > TEXT_BYTES - NAME_BYTES)
			break;
		length = bpf_probe_read_kernel_str(record->text + bytes, NAME_BYTES, BPF_CORE_READ(node, name));
		if (length < 0 || length > NAME_BYTES)
			break;
		bytes += length;
		node = parent;
	}
	record->bytes = bytes;
	return 0;
}

/*
 * Sends user space the path that ends in this node. If the ring has no room, the current record
 * goes without a path, and the next record of this cgroup sends it.
 */
__noinline int tell_path(u64 node_address, u64 id, u32 sheet)
{
	struct cgroup_record *record = sheet_of(sheet);
	u64 renames = cgroup_renames;
	u32 bytes;

	if (!record || !has_room_for_text())
		return 0;
	write_path(node_address, sheet);
	record->kind = RECORD_CGROUP;
	record->id = id;
	bytes = record->bytes;
	if (bytes > TEXT_BYTES)
		return 0;
	if (!bpf_ringbuf_output(&ring, record, __builtin_offsetof(struct cgroup_record, text) + bytes, 0))
		bpf_map_update_elem(&told_cgroups, &id, &renames, BPF_ANY);
	return 0;
}

static __always_inline bool is_told(u64 id)
{
	u64 *renames = sends_more ? bpf_map_lookup_elem(&told_cgroups, &id) : NULL;

	return !sends_more || (renames && *renames == cgroup_renames);
}

static __always_inline void add_place(struct exit_record *record, struct task_struct *task, u32 sheet)
{
	struct cgroup *v2 = READ(task, cgroups, dfl_cgrp), *v1 = cgroup_v1_of(task);

	/* nearly always they are known, and need not be looked at from outside */
	record->cgroup_v2 = READ(v2, kn, id);
	if (!is_told(record->cgroup_v2))
		tell_path((u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), record->cgroup_v2, sheet);
	record->cgroup_v1 = 0;
	if (!v1)
		return;
	record->cgroup_v1 = READ(v1, kn, id) + ((u64)READ(v1, root, hierarchy_id) << HIERARCHY_SHIFT);
	if (!is_told(record->cgroup_v1))
		tell_path((u64)BPF_CORE_READ(v1, kn), record->cgroup_v1, sheet);
}

#endif
