/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Composes the exit_record of a task. */
#pragma once

#include "cgroup_path.bpf.h"
#include "exec_info.bpf.h"
#include "killer.bpf.h"
#include "origin.bpf.h"
#include "pid_namespace.bpf.h"
#include "process.bpf.h"
#include "rusage.bpf.h"

/*
 * Returns the task whose cgroups a record reports: for a process the leader, as in
 * /proc/PID/cgroup, even if it has exited before.
 */
static __always_inline struct task_struct *cgroup_owner(struct task_struct *task,
							struct task_struct *leader)
{
	return with_threads ? task : leader;
}

/*
 * Fills in this CPU's scratch record and returns it. Fields of disabled groups keep stale data,
 * and so does the text after args_bytes and exe_bytes.
 */
static __always_inline struct exit_record *
fill_exit_record(struct task_struct *task, bool is_process, int status, u64 now, u64 duration,
		 bool is_fallback)
{
	u32 slot = is_fallback ? SLOT_FALLBACK_EXIT : SLOT_EXIT;
	u32 path_slot = is_fallback ? SLOT_FALLBACK_CGROUP_PATH : SLOT_CGROUP_PATH;
	struct exit_record *record = scratch_record(slot);
	struct task_struct *leader = FIELD(task, group_leader), *parent = parent_process(leader);

	if (!record)
		return NULL;
	record->kind = RECORD_EXIT;
	record->flags = is_process ? EXIT_OF_PROCESS : 0;
	record->status = status;
	record->exit_time_ns = now;
	record->duration_ns = duration;
	record->start_time_ns = FIELD(leader, start_boottime);
	record->parent_start_ns = FIELD(parent, start_boottime);
	record->pid = FIELD(task, tgid);
	record->tid = with_threads ? FIELD(task, pid) : FIELD(task, tgid);
	record->ppid = FIELD(parent, tgid);
	record->uid = FIELD(leader, real_cred, uid.val);
	copy_comm(record->comm, leader);
	copy_comm(record->parent_comm, parent);
	if (with_killer)
		fill_killer(record, task, leader);
	if (has_other_groups) {
		record->args_bytes = 0;
		record->exe_bytes = 0;
		record->origin_bytes = 0;
		if (with_rusage && is_process)
			fill_rusage(record, FIELD(task, signal), task, leader, is_fallback);
		if (with_cgroups)
			fill_cgroups(record, cgroup_owner(task, leader), path_slot);
		if (with_threads)
			copy_comm(record->thread_comm, task);
		if (with_ns_pids)
			fill_ns_pids(record, leader);
		if (with_exec_info && !has_room_for_text())
			record->flags |= EXIT_ARGS_TRUNCATED;
		else if (with_exec_info)
			fill_exec_info(record, task, FIELD(leader, start_boottime), slot);
		if (with_origin)
			fill_origin(record, task, leader, slot);
	}
	return record;
}
