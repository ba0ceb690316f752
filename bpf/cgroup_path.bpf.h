/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The cgroups of a process. A record has their ids. The path of each is sent once, before the
 * first record with its id, because the cgroup may be removed before user space reads the record.
 */
#pragma once

#include "ring.bpf.h"
#include "scratch.bpf.h"

#define MAX_CGROUP_DEPTH 64

/*
 * Each v1 hierarchy counts its ids from 1: 32 bits, and above them a generation that is
 * practically never large. The bits from this one on hold the number of the hierarchy.
 */
#define HIERARCHY_SHIFT 45

/* Counts the renames of v1 cgroups. Each can change the path of any cgroup. */
static u64 cgroup_renames;

/*
 * Cgroups whose path user space has, with the value of cgroup_renames at that time. User space
 * removes the entry of a path that it evicts.
 */
MAP(sent_cgroup_paths, HASH, 1, u64, u64);

static int v1_subsystem(void)
{
#define CASE(number, id) \
	case number: \
		return bpf_core_enum_value_exists(enum cgroup_subsys_id, id) ? \
			       (int)bpf_core_enum_value(enum cgroup_subsys_id, id) : \
			       -1;
	switch (v1_controller) {
		CASE(V1_MEMORY, memory_cgrp_id)
		CASE(V1_PIDS, pids_cgrp_id)
		CASE(V1_CPU, cpu_cgrp_id)
		CASE(V1_CPUACCT, cpuacct_cgrp_id)
		CASE(V1_CPUSET, cpuset_cgrp_id)
		CASE(V1_IO, io_cgrp_id)
		CASE(V1_DEVICES, devices_cgrp_id)
		CASE(V1_FREEZER, freezer_cgrp_id)
	default:
		return -1;
	}
#undef CASE
}

/*
 * Returns the task's state in a subsystem. Typed loads need a constant index, hence the switch;
 * the verifier removes all cases but one.
 */
static __always_inline struct cgroup_subsys_state *css_at(struct task_struct *task, int index)
{
	struct css_set *set = FIELD(task, cgroups);

#define CASE(n) case n: return FIELD(set, subsys[n]);
	switch (index) {
		CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
		CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)
	}
#undef CASE
	return NULL;
}

/*
 * Returns the task's cgroup in the reported v1 hierarchy; NULL if v2, hierarchy 0, has the
 * controller.
 */
static __always_inline struct cgroup *cgroup_v1_of(struct task_struct *task)
{
	int index = v1_subsystem();
	struct cgroup_subsys_state *css;

	if (index < 0)
		return NULL;
	css = css_at(task, index);
	return css && FIELD(css, cgroup, root, hierarchy_id) ? FIELD(css, cgroup) : NULL;
}

/* Returns the state of a css_set in a subsystem, with a variable index. */
static struct cgroup_subsys_state *css_in_set(struct css_set *set, u32 index)
{
	struct cgroup_subsys_state *css = NULL;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      index * sizeof(css));
	return css;
}

static struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(struct kernfs_node, __parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ((struct kernfs_node___6_14 *)node, parent);
}

/* Writes the names from a node up to below the root into a scratch cgroup_record. */
VERIFY_ONCE int write_cgroup_path(u64 node_address, u32 slot)
{
	struct kernfs_node *node = (void *)node_address, *parent;
	struct cgroup_record *record = scratch_record(slot);
	u32 bytes = 0;

	if (!record)
		return 0;
	record->truncated = 1;
	for (int depth = 0; depth < MAX_CGROUP_DEPTH; depth++) {
		long length;

		parent = kernfs_parent(node);
		if (!parent) {
			record->truncated = 0;
			break;
		}
		if (bytes > TEXT_BYTES - FILE_NAME_BYTES)
			break;
		length = bpf_probe_read_kernel_str(record->text + bytes, FILE_NAME_BYTES,
						   BPF_CORE_READ(node, name));
		if (length < 0 || length > FILE_NAME_BYTES)
			break;
		bytes += length;
		node = parent;
	}
	record->bytes = bytes;
	return 0;
}

/*
 * Sends the path that ends in this node. If the ring has no room, the current record goes without
 * a path, and the next record of this cgroup sends it.
 */
VERIFY_ONCE int emit_cgroup_path(u64 node_address, u64 id, u32 slot)
{
	struct cgroup_record *record = scratch_record(slot);
	u64 renames = cgroup_renames;
	u32 bytes;

	if (!record || !has_room_for_text())
		return 0;
	write_cgroup_path(node_address, slot);
	record->kind = RECORD_CGROUP;
	record->id = id;
	bytes = record->bytes;
	if (bytes > TEXT_BYTES)
		return 0;
	bytes += __builtin_offsetof(struct cgroup_record, text);
	if (!bpf_ringbuf_output(&ring, record, bytes, 0))
		bpf_map_update_elem(&sent_cgroup_paths, &id, &renames, BPF_ANY);
	return 0;
}

static __always_inline bool is_cgroup_path_sent(u64 id)
{
	u64 *renames = sends_side_records ? bpf_map_lookup_elem(&sent_cgroup_paths, &id) : NULL;

	return !sends_side_records || (renames && *renames == cgroup_renames);
}

static __always_inline void fill_cgroups(struct exit_record *record, struct task_struct *task,
					 u32 slot)
{
	struct cgroup *v2 = FIELD(task, cgroups, dfl_cgrp), *v1 = cgroup_v1_of(task);

	/* nearly always the path is sent already, and typed loads find that out */
	record->cgroup_v2 = FIELD(v2, kn, id);
	if (!is_cgroup_path_sent(record->cgroup_v2))
		emit_cgroup_path((u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), record->cgroup_v2,
				 slot);
	record->cgroup_v1 = 0;
	if (!v1)
		return;
	record->cgroup_v1 = FIELD(v1, kn, id) +
			    ((u64)FIELD(v1, root, hierarchy_id) << HIERARCHY_SHIFT);
	if (!is_cgroup_path_sent(record->cgroup_v1))
		emit_cgroup_path((u64)BPF_CORE_READ(v1, kn), record->cgroup_v1, slot);
}
