/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Describes the process that sends a signal which can be fatal, when it sends it: it may exit
 * before its victim. The description is an exit_record of kind RECORD_SENDER. Signals of a sender
 * in the same millisecond, such as those of kill(-1, …) and cgroup.kill, share one.
 */
#pragma once

#include "cgroup_path.bpf.h"
#include "exec_info.bpf.h"
#include "origin.bpf.h"

#define SHARED_DESCRIPTION_NS 1000000

struct described_sender {
	u64 start_boottime;
	u64 mm;			/* execve(2) replaces it */
	u64 time_ns;		/* of the description */
};

/* Keyed by tgid. User space sets the length. */
RECORDER_MAP(described_senders, LRU_HASH, 1, pid_t, struct described_sender);

/* Fills in the ancestors as fill_ancestors() does, of a process at an address. */
VERIFY_ONCE u32 fill_ancestors_of(u64 leader_address, u32 slot)
{
	struct exit_record *record = scratch_record(slot);
	struct process_origin *origin = record ? origin_of(record) : NULL;
	struct task_struct *process = (void *)leader_address;
	u32 count = 0;

	if (!origin)
		return 0;
	for (int i = 0; i < MAX_ANCESTORS; i++) {
		struct process_identity *ancestor = &origin->ancestors[i];

		process = BPF_CORE_READ(process, real_parent, group_leader);
		ancestor->pid = BPF_CORE_READ(process, tgid);
		if (!ancestor->pid)
			break;
		ancestor->start_time_ns = BPF_CORE_READ(process, start_boottime);
		BPF_CORE_READ_INTO(&ancestor->comm, process, comm);
		count = i + 1;
		count += opaque_zero;
	}
	origin->ancestor_count = count;
	return 0;
}

static void fill_sender_origin(struct exit_record *record, struct task_struct *task,
			       struct task_struct *leader)
{
	struct process_origin *origin = origin_of(record);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	record->origin_bytes = 0;
	if (!origin)
		return;
	origin->started_by.pid = 0;
	fill_login(origin, NO_ID, NO_ID);
	if (bpf_core_field_exists(struct task_struct, loginuid))
		fill_login(origin, BPF_CORE_READ(task, loginuid.val), BPF_CORE_READ(task, sessionid));
	origin->sid = BPF_CORE_READ(signal, pids[PIDTYPE_SID], numbers[0].nr);
	origin->pgid = BPF_CORE_READ(signal, pids[PIDTYPE_PGID], numbers[0].nr);
	origin->ancestor_count = 0;
	fill_ancestors_of((u64)leader, SLOT_SENDER);
	origin->cwd_bytes = 0;
	record->origin_bytes =
		append_names(record, origin, NULL, BPF_CORE_READ(signal, tty));
}

static void fill_sender_exe(struct exit_record *record, struct file *file)
{
	if (file)
		set_exe(record, write_path_at(&file->f_path, SLOT_SENDER, record->args_bytes),
			!BPF_CORE_READ(file, f_path.dentry, d_hash.pprev));
}

static void fill_sender_cgroups(struct exit_record *record, struct task_struct *leader)
{
	struct css_set *set = BPF_CORE_READ(leader, cgroups);
	struct kernfs_node *node = BPF_CORE_READ(set, dfl_cgrp, kn);
	struct cgroup_subsys_state *css;
	int v1 = v1_subsystem(), hierarchy;

	record->cgroup_v2 = BPF_CORE_READ(node, id);
	if (!is_cgroup_path_sent(record->cgroup_v2))
		emit_cgroup_path((u64)node, record->cgroup_v2, SLOT_SENDER_CGROUP_PATH);
	record->cgroup_v1 = 0;
	css = v1 < 0 ? NULL : css_in_set(set, v1);
	hierarchy = css ? BPF_CORE_READ(css, cgroup, root, hierarchy_id) : 0;
	if (!hierarchy)
		return;
	node = BPF_CORE_READ(css, cgroup, kn);
	record->cgroup_v1 = CGROUP_ID(BPF_CORE_READ(node, id), hierarchy);
	if (!is_cgroup_path_sent(record->cgroup_v1))
		emit_cgroup_path((u64)node, record->cgroup_v1, SLOT_SENDER_CGROUP_PATH);
}

/* Composes the record of the current process. */
static void fill_sender_record(struct exit_record *record, struct task_struct *task,
			       struct task_struct *leader, u64 start_boottime, u64 now)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	record->kind = RECORD_SENDER;
	record->flags = 0;
	record->status = 0;
	record->exit_time_ns = now;
	record->start_time_ns = start_boottime;
	record->pid = record->tid = bpf_get_current_pid_tgid() >> 32;
	record->args_bytes = 0;
	record->exe_bytes = 0;
	fill_sender_cgroups(record, leader);
	/* a kernel thread has no memory */
	if (mm) {
		fill_args(record, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end),
			  start_boottime, SLOT_SENDER);
		fill_sender_exe(record, BPF_CORE_READ(mm, exe_file));
	}
	fill_sender_origin(record, task, leader);
}

/*
 * Sends a description of the current process, unless one of this millisecond was sent. Returns the
 * time of the description, which identifies it besides the pid; 0: there was no room.
 */
VERIFY_ONCE u64 describe_sender(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct exit_record *record = scratch_record(SLOT_SENDER);
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	struct described_sender *known = bpf_map_lookup_elem(&described_senders, &pid);
	struct described_sender described = {
		.start_boottime = BPF_CORE_READ(leader, start_boottime),
		.mm = (u64)BPF_CORE_READ(task, mm),
		.time_ns = bpf_ktime_get_boot_ns(),
	};
	u64 bytes;

	if (known && known->start_boottime == described.start_boottime &&
	    known->mm == described.mm && described.time_ns - known->time_ns < SHARED_DESCRIPTION_NS)
		return known->time_ns;
	if (!record || !has_room_for_text())
		return 0;
	fill_sender_record(record, task, leader, described.start_boottime, described.time_ns);
	bytes = __builtin_offsetof(struct exit_record, text) + origin_at(record) +
		record->origin_bytes;
	barrier_var(bytes); /* as in emit_record() */
	if (bytes > sizeof(*record) || bpf_ringbuf_output(&ring, record, bytes, wakeup_flag()))
		return 0;
	bpf_map_update_elem(&described_senders, &pid, &described, BPF_ANY);
	return described.time_ns;
}
