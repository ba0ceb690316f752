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
	u64 epoch;		/* forkers_epoch when it was stored */
};

/*
 * Keyed by the child's tgid: orphans, children of threads that have exited, and children by
 * clone(2) with CLONE_PARENT. LRU, because a forker may be stored just after its child has removed
 * it: nothing else would remove that one.
 */
RECORDER_MAP(forkers, LRU_HASH, 1, pid_t, struct forker);

/*
 * The number of forkers in the map that were stored in this epoch; for a moment too low or even
 * negative if one is removed while an epoch begins.
 */
static s64 stored_forkers;
/* begins anew when the map may be full */
static u64 forkers_epoch;

/*
 * CLOCK_BOOTTIME from which on the forkers of new processes are known: set by user space when the
 * programs are attached, and again when a forker may have been evicted. 0: before that.
 */
static u64 forkers_known_since;

/* CLOCK_BOOTTIME when a process with too many children exited: see is_parent_forker() */
static u64 all_orphans_stored_since;

/* Reads a bit field of a kernel object. */
#ifdef NO_KERNEL_BTF
#define BIT_FIELD(object, field) BPF_CORE_READ_BITFIELD_PROBED(object, field)
#else
#define BIT_FIELD(object, field) BPF_CORE_READ_BITFIELD(object, field)
#endif

/*
 * Returns true if a process without a stored forker was forked by its parent. A process that may
 * have been adopted has the init of its PID namespace as its parent, or a subreaper above it; that
 * bit stays set when a subreaper ceases to be one. In a namespace of its own, each parent counts.
 */
static __always_inline bool is_parent_forker(struct task_struct *leader, u64 start)
{
	struct signal_struct *signal = FIELD(leader, signal);
	struct task_struct *parent = parent_process(leader);

	if (!forkers_known_since || start < forkers_known_since)
		return false;
	return start >= all_orphans_stored_since ||
	       !(BIT_FIELD(signal, has_child_subreaper) || FIELD(parent, tgid) == 1 ||
		 FIELD(leader, thread_pid, level));
}

/*
 * Returns true if the parent of a process may have adopted it, as is_parent_forker() has it: the
 * forker of such an orphan is stored, unless its parent had too many children.
 */
static bool may_be_adopted(struct task_struct *child)
{
	struct signal_struct *signal = BPF_CORE_READ(child, signal);

	return BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper) ||
	       BPF_CORE_READ(child, thread_pid, level);
}

/* Returns true if the map may have forkers. In the first epoch the count is exact. */
static __always_inline bool has_forkers(void)
{
	return stored_forkers || forkers_epoch;
}

/* Stores the forker of a child. Returns false if there is no room. */
static bool store_forker(const struct process_identity *parent, pid_t pid, u64 child_start)
{
	struct forker forker = { .child_start = child_start, .parent = *parent };
	struct forker *known = bpf_map_lookup_elem(&forkers, &pid);

	/* a process may be adopted twice */
	if (known && known->child_start == child_start)
		return true;
	if (stored_forkers >= MAX_FORKERS) {
		forkers_known_since = bpf_ktime_get_boot_ns();
		forkers_epoch++;
		stored_forkers = 0;
	}
	forker.epoch = forkers_epoch;
	/* before the update: has_forkers() */
	if (!known || known->epoch != forker.epoch)
		__sync_fetch_and_add(&stored_forkers, 1);
	return !bpf_map_update_elem(&forkers, &pid, &forker, BPF_ANY);
}

/*
 * Returns true if the record of a child's exit was surely composed: its last thread is past the
 * tracepoint, where it gives up its memory or, if that comes before, its files. The live count and
 * PF_EXITING change before. A leader may exit before the other threads, whose fields are not known.
 */
static bool has_exited(struct task_struct *child)
{
	struct signal_struct *signal = BPF_CORE_READ(child, signal);
	bool is_behind = has_mm_at_exit() ? !BPF_CORE_READ(child, mm) : !BPF_CORE_READ(child, files);

	return is_behind && !BPF_CORE_READ(signal, live.counter) &&
	       BPF_CORE_READ(signal, nr_threads) <= 1;
}

/*
 * Stores the process of a task as the forker of its child, if it may be asked for. Returns 0 if
 * there is no room.
 */
VERIFY_ONCE int store_forker_of_child(u64 task_address, u64 child_address)
{
	struct task_struct *leader = BPF_CORE_READ((struct task_struct *)task_address, group_leader);
	struct task_struct *child = (void *)child_address;
	u64 start = BPF_CORE_READ(child, start_boottime);
	struct process_identity parent = {};

	if (!forkers_known_since || start < forkers_known_since || has_exited(child) ||
	    (start < all_orphans_stored_since && may_be_adopted(child)))
		return 1;
	parent.pid = BPF_CORE_READ(leader, tgid);
	parent.start_time_ns = BPF_CORE_READ(leader, start_boottime);
	BPF_CORE_READ_INTO(&parent.comm, leader, comm);
	return store_forker(&parent, BPF_CORE_READ(child, tgid), start);
}

/*
 * Stores the forker of some of a task's children, from a position in their list up to its head.
 * Returns the next position, which is the head after the last child; 0: a forker was not stored.
 */
VERIFY_ONCE u64 store_forker_of_children(u64 task_address, u64 position)
{
	u64 head = task_address + bpf_core_field_offset(struct task_struct, children);

	for (int i = 0; i < CHILDREN_PER_CALL && position != head; i++) {
		u64 child = position - bpf_core_field_offset(struct task_struct, sibling);
		u64 next = (u64)BPF_CORE_READ((struct task_struct *)child, sibling.next);

		/* a child that was reaped meanwhile: the walk begins anew */
		if (next == position)
			return (u64)BPF_CORE_READ((struct task_struct *)task_address, children.next);
		position = next;
		if (!position || !store_forker_of_child(task_address, child))
			return 0;
	}
	return position;
}

/*
 * Stores the process of the exiting task as the forker of its children. While other threads of the
 * process live, one of these gets them, but those may exit as well before this one hands them over.
 */
static __always_inline void store_orphans(struct task_struct *task)
{
	struct list_head *first = FIELD(task, children.next);
	u64 position, task_address, head;

	if ((u64)first == (u64)task + bpf_core_field_offset(struct task_struct, children))
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
	if (position != head)
		all_orphans_stored_since = bpf_ktime_get_boot_ns();
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
	if (!store_forker(&identity, pid, FIELD(child, start_boottime)))
		forkers_known_since = bpf_ktime_get_boot_ns();
}

/* Fills in the process that forked a process; pid 0: unknown. */
static __always_inline void fill_forker(struct process_identity *identity, pid_t pid, u64 start,
					struct task_struct *leader)
{
	struct task_struct *parent = parent_process(leader);
	struct forker *forker = has_forkers() ? bpf_map_lookup_elem(&forkers, &pid) : NULL;

	if (forker && forker->child_start == start) {
		*identity = forker->parent;
		return;
	}
	identity->pid = 0;
	if (!is_parent_forker(leader, start))
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

	if (!has_forkers())
		return;
	forker = bpf_map_lookup_elem(&forkers, &pid);
	if (!forker)
		return;
	if (forker->epoch == forkers_epoch)
		__sync_fetch_and_add(&stored_forkers, -1);
	bpf_map_delete_elem(&forkers, &pid);
}
