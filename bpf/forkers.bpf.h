/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The process that forked a process. Nearly always that is its parent. When a parent exits, another
 * process adopts its children: then their forker is stored, so that nothing is stored per fork.
 */
#pragma once

#include "process.bpf.h"
#include "siginfo.h"

#define CHILDREN_PER_CALL 32
#define MAX_CALLS 32

struct forker {
	u64 child_start;	/* the child's pid may be reused */
	struct process_identity parent;
	u64 is_by_clone;	/* 1: of a child by clone(2) with CLONE_PARENT */
};

/* the number of forkers with is_by_clone */
static u64 cloning_forkers;

/* Keyed by the child's tgid: orphans, and children by clone(2) with CLONE_PARENT. */
RECORDER_MAP(forkers, HASH, 1, pid_t, struct forker);

/*
 * CLOCK_BOOTTIME when the programs were attached, set by user space, or when a forker could not be
 * stored. The forkers of earlier processes are not known. 0: those of all are not.
 */
static u64 forkers_known_since;

static bool is_forker_known(u64 child_start)
{
	return forkers_known_since && child_start >= forkers_known_since;
}

/*
 * Returns true if there may be a forker for a child of that parent: it is the init of a PID
 * namespace or a subreaper, which adopt orphans, or there are children by CLONE_PARENT. A lookup
 * for each exit would cost a cache miss.
 */
static __always_inline bool may_have_forker(struct task_struct *parent)
{
	struct signal_struct *signal = FIELD(parent, signal);

#ifdef NO_KERNEL_BTF
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
#else
	if (BPF_CORE_READ_BITFIELD(signal, is_child_subreaper))
#endif
		return true;
	return FIELD(signal, flags) & SIGNAL_UNKILLABLE || cloning_forkers;
}

/* Stores the forker of a child. Returns false if there is no room. */
static bool store_forker(const struct process_identity *parent, pid_t pid, u64 child_start,
			 bool is_by_clone)
{
	struct forker forker = {
		.child_start = child_start,
		.parent = *parent,
		.is_by_clone = is_by_clone,
	};
	struct forker *known = bpf_map_lookup_elem(&forkers, &pid);

	/* a process may be adopted twice */
	if (known && known->child_start == child_start)
		return true;
	return !bpf_map_update_elem(&forkers, &pid, &forker, BPF_ANY);
}

/*
 * Stores the forker of some of a task's children, from a position in their list up to its head.
 * Returns the next position, which is the head after the last child; 0: a forker was not stored.
 */
VERIFY_ONCE u64 store_forker_of_children(u64 task_address, u64 position)
{
	struct task_struct *task = (void *)task_address, *leader, *child;
	u64 head = task_address + bpf_core_field_offset(struct task_struct, children);
	struct process_identity parent = {};

	leader = BPF_CORE_READ(task, group_leader);
	parent.pid = BPF_CORE_READ(leader, tgid);
	parent.start_time_ns = BPF_CORE_READ(leader, start_boottime);
	BPF_CORE_READ_INTO(&parent.comm, leader, comm);
	for (int i = 0; i < CHILDREN_PER_CALL && position != head; i++) {
		u64 start;

		child = (void *)position - bpf_core_field_offset(struct task_struct, sibling);
		position = (u64)BPF_CORE_READ(child, sibling.next);
		start = BPF_CORE_READ(child, start_boottime);
		/* an exiting child has removed its forker already */
		if (BPF_CORE_READ(child, flags) & PF_EXITING || !is_forker_known(start))
			continue;
		if (!position || !store_forker(&parent, BPF_CORE_READ(child, tgid), start, false))
			return 0;
	}
	return position;
}

/*
 * Stores the exiting task as the forker of its children, which another process will adopt. While
 * other threads of its process live on, one of these gets them.
 */
static __always_inline void store_orphans(struct task_struct *task)
{
	struct list_head *first = FIELD(task, children.next);
	struct signal_struct *signal = FIELD(task, signal);
	u64 position, task_address, head;

	if ((u64)first == (u64)task + bpf_core_field_offset(struct task_struct, children) ||
	    (FIELD(signal, live.counter) && !(FIELD(signal, flags) & SIGNAL_GROUP_EXIT)))
		return;
	task_address = bpf_get_current_task();
	head = task_address + bpf_core_field_offset(struct task_struct, children);
	position = (u64)BPF_CORE_READ((struct task_struct *)task_address, children.next);
	for (int i = 0; i < MAX_CALLS; i++) {
		if (position == head)
			return;
		position = store_forker_of_children(task_address, position);
		if (!position)
			break;
	}
	forkers_known_since = bpf_ktime_get_boot_ns();
}

/* Stores the parent of a new process that will not be its parent: CLONE_PARENT. */
static __always_inline void store_cloning_parent(struct task_struct *parent,
						 struct task_struct *child, pid_t pid)
{
	struct task_struct *leader;
	struct process_identity identity = {};

	if (FIELD(child, real_parent, tgid) == FIELD(parent, tgid))
		return;
	leader = FIELD(parent, group_leader);
	identity.pid = FIELD(parent, tgid);
	identity.start_time_ns = FIELD(leader, start_boottime);
	copy_comm(identity.comm, leader);
	if (store_forker(&identity, pid, FIELD(child, start_boottime), true))
		__sync_fetch_and_add(&cloning_forkers, 1);
	else
		forkers_known_since = bpf_ktime_get_boot_ns();
}

/* Fills in the process that forked a process with that parent; pid 0: unknown. */
static __always_inline void fill_forker(struct process_identity *identity, pid_t pid, u64 start,
					struct task_struct *parent)
{
	struct forker *forker =
		may_have_forker(parent) ? bpf_map_lookup_elem(&forkers, &pid) : NULL;

	if (forker && forker->child_start == start) {
		*identity = forker->parent;
		return;
	}
	identity->pid = 0;
	if (!is_forker_known(start))
		return;
	identity->pid = FIELD(parent, tgid);
	identity->start_time_ns = FIELD(parent, start_boottime);
	copy_comm(identity->comm, parent);
}

/* Called for every process that exits, recorded or not: the map holds only living processes. */
static __always_inline void remove_forker(struct task_struct *leader)
{
	pid_t pid = FIELD(leader, tgid);
	struct forker *forker;

	if (!may_have_forker(parent_process(leader)))
		return;
	forker = bpf_map_lookup_elem(&forkers, &pid);
	if (!forker)
		return;
	__sync_fetch_and_add(&cloning_forkers, -forker->is_by_clone);
	bpf_map_delete_elem(&forkers, &pid);
}
