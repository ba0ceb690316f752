/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The cgroups of a process. An exit_record has only their ids. The path of each is sent once,
 * before the first record with its id: when user space reads that, the cgroup may be removed.
 */
#pragma once

#include "ring.bpf.h"
#include "scratch.bpf.h"

/*
 * Ids are unique within a hierarchy only: 32 bits of inode number, and above them a generation,
 * which stays small. The bits from 45 on hold the hierarchy: 0 is v2.
 */
#define CGROUP_ID(id, hierarchy) ((id) + ((u64)(hierarchy) << 45))

/* More than the path of a container takes in a Kubernetes node that is a container itself. */
#define SHORT_PATH_BYTES 512

/* The number of renames of v1 cgroups. A rename changes the paths of all cgroups below. */
static u64 cgroup_renames;

/*
 * The cgroups whose path was sent, by id, each with the value of cgroup_renames at that time. User
 * space deletes the entry of a path that it forgets.
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

/*
 * Returns the parent of a kernfs_node, 0 for the root. A global function: if it is inlined, clang
 * may move the field's offset out of a loop, and so out of the branch that depends on whether the
 * field exists. Old verifiers reject the offset there.
 */
VERIFY_ONCE u64 kernfs_parent(u64 address)
{
	struct kernfs_node *node = (void *)address;

	if (bpf_core_field_exists(struct kernfs_node, __parent))
		return (u64)BPF_CORE_READ(node, __parent);
	return (u64)BPF_CORE_READ((struct kernfs_node___6_14 *)node, parent);
}

/* Writes the names from a kernfs_node up to, but without, the root into a scratch cgroup_record. */
VERIFY_ONCE int write_cgroup_path(u64 node_address, u32 slot)
{
	struct cgroup_record *record = scratch_record(slot);
	u32 bytes = 0;

	if (!record)
		return 0;
	record->truncated = 1;
	for (int depth = 0; depth < MAX_PATH_NAMES; depth++) {
		struct kernfs_node *node = (void *)node_address;
		u64 parent = kernfs_parent(node_address);
		long length;

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
		node_address = parent;
	}
	record->bytes = bytes;
	return 0;
}

/*
 * Sends the path of a kernfs_node. If the ring has no room, the next record with this cgroup tries
 * again. A container may have no next one, so a short path may take the room that is kept for
 * exit_records: while a ring stays full, exits of new containers have their cgroup or are lost.
 */
VERIFY_ONCE int emit_cgroup_path(u64 node_address, u64 id, u32 slot)
{
	struct cgroup_record *record = scratch_record(slot);
	u64 renames = cgroup_renames;
	u32 bytes;

	if (!record)
		return 0;
	write_cgroup_path(node_address, slot);
	record->kind = RECORD_CGROUP;
	record->id = id;
	bytes = record->bytes;
	if (bytes > TEXT_BYTES || (bytes > SHORT_PATH_BYTES && !has_room_for_text()))
		return 0;
	bytes += __builtin_offsetof(struct cgroup_record, text);
	if (!bpf_ringbuf_output(&ring, record, bytes, 0))
		bpf_map_update_elem(&sent_cgroup_paths, &id, &renames, BPF_ANY);
	return 0;
}

static __always_inline bool is_cgroup_path_sent(u64 id)
{
	u64 *renames;

	if (!sends_side_records)
		return true;
	renames = bpf_map_lookup_elem(&sent_cgroup_paths, &id);
	return renames && *renames == cgroup_renames;
}

static __always_inline void fill_cgroups(struct exit_record *record, struct task_struct *task,
					 u32 slot)
{
	struct cgroup *v2 = FIELD(task, cgroups, dfl_cgrp), *v1 = cgroup_v1_of(task);

	/* nearly always the path is sent already: the id takes typed loads, but no helper calls */
	record->cgroup_v2 = FIELD(v2, kn, id);
	if (!is_cgroup_path_sent(record->cgroup_v2))
		emit_cgroup_path((u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), record->cgroup_v2,
				 slot);
	record->cgroup_v1 = 0;
	if (!v1)
		return;
	record->cgroup_v1 = CGROUP_ID(FIELD(v1, kn, id), FIELD(v1, root, hierarchy_id));
	if (!is_cgroup_path_sent(record->cgroup_v1))
		emit_cgroup_path((u64)BPF_CORE_READ(v1, kn), record->cgroup_v1, slot);
}
