/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The record of one death: all that was asked for. */
#ifndef __RECORD_BPF_H
#define __RECORD_BPF_H

#include "process.bpf.h"
#include "killer.bpf.h"
#include "resources.bpf.h"
#include "command.bpf.h"
#include "namespace.bpf.h"

/*
 * Returns the thread whose cgroups a record reports. The leader's cgroups are those of the process,
 * as in /proc/PID/cgroup, even if the leader has exited before.
 */
static __always_inline struct task_struct *cgroup_owner(struct task_struct *task, struct task_struct *leader)
{
	return with_threads ? task : leader;
}

/*
 * Sends a record without its text, because the ring has no room for both. Arguments that were sent
 * before stay valid. Returns 0, or an error if the ring has no room for the record either.
 */
static __always_inline long send_without_text(struct exit_record *record)
{
	if (record->args_bytes) {
		record->flags &= ~(EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE);
		record->flags |= EXIT_ARGS_CUT;
	}
	record->args_bytes = 0;
	record->exe_bytes = 0;
	record->flags &= ~(EXIT_EXE_KNOWN | EXIT_EXE_DELETED);
	return bpf_ringbuf_output(&ring, record, __builtin_offsetof(struct exit_record, text), 0);
}

/*
 * Written on this CPU's sheet. What is not asked for has what the last one left there; with resources, command, place or namespace, the text
 * is as long as the record says.
 */
static __always_inline struct exit_record *write_record(struct task_struct *task, bool is_process, int status, u64 now,
							u64 duration, bool is_stand_in)
{
	struct exit_record *record = sheet_of(EXIT_SHEET(is_stand_in));
	struct task_struct *leader = READ(task, group_leader), *parent = parent_process(leader);

	if (!record)
		return NULL;
	record->kind = RECORD_EXIT;
	record->flags = is_process ? EXIT_OF_PROCESS : 0;
	record->status = status;
	record->died_at = now;
	record->duration_ns = duration;
	record->pid = READ(task, tgid);
	record->tid = with_threads ? READ(task, pid) : READ(task, tgid);
	record->ppid = READ(parent, tgid);
	record->uid = READ(leader, real_cred, uid.val);
	copy_name(record->comm, leader);
	copy_name(record->parent_comm, parent);
	if (with_killer)
		add_killer(record, task, leader);
	if (with_resources || with_command || with_place || with_namespace) {
		record->args_bytes = 0;
		record->exe_bytes = 0;
		if (with_resources && is_process)
			add_resources(record, READ(task, signal), task, leader, is_stand_in);
		if (with_place)
			add_place(record, cgroup_owner(task, leader), CGROUP_SHEET(is_stand_in));
		if (with_namespace)
			add_namespace(record, leader);
		if (with_command && !has_room_for_text())
			record->flags |= EXIT_ARGS_CUT;
		else if (with_command)
			add_command(record, task, READ(leader, start_boottime), EXIT_SHEET(is_stand_in));
	}
	return record;
}

#endif
