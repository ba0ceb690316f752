/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Finds out what ended a process or thread that exits: a signal and its sender, or seccomp. */
#pragma once

#include "seccomp.bpf.h"
#include "signal_sender.bpf.h"

/*
 * Returns the signal that ended the process or thread. reboot(2) may replace it in the status: see
 * wait_status().
 */
static __always_inline int fatal_signal(struct task_struct *task, int status, bool is_process)
{
	if (is_process && FIELD(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return FIELD(task, signal, group_exit_code) & 0x7f;
	return status & 0x7f;
}

/* Returns true if a process or thread that a signal killed is a victim of the OOM killer. */
static __always_inline bool is_oom_kill(struct task_struct *task, struct task_struct *leader,
					int status, bool is_process)
{
	struct signal_key key = {
		.tgid = FIELD(task, tgid),
		.signal = fatal_signal(task, status, is_process),
	};
	struct signal_sender *sender = bpf_map_lookup_elem(&signal_senders, &key);

	return sender && sender->start_boottime == FIELD(leader, start_boottime) &&
	       sender->kind == KILLER_OOM;
}

/*
 * Returns true if a thread exits because another thread of its process called execve(2), which
 * ends it by a SIGKILL without a siginfo, and with status 0: de_thread() in fs/exec.c. Until Linux
 * 5.16 a field names the task that calls execve or writes a core dump, which sets the flag.
 */
static __always_inline bool is_ended_by_exec(struct task_struct *task)
{
	struct signal_struct *signal = FIELD(task, signal);

	if (FIELD(signal, flags) & SIGNAL_GROUP_EXIT)
		return false;
	if (bpf_core_field_exists(struct signal_struct, group_exec_task))
		return FIELD(signal, group_exec_task);
	if (bpf_core_field_exists(struct signal_struct___5_16, group_exit_task))
		return BPF_CORE_READ((struct signal_struct___5_16 *)signal, group_exit_task);
	return false;
}

/* Fills in the sender of the fatal signal. Removes it from the map if the process ends. */
static __always_inline void fill_killer(struct exit_record *record, struct task_struct *task,
					struct task_struct *leader)
{
	struct signal_key key = { .tgid = record->pid };
	struct signal_sender *sender;

	record->killer_kind = KILLER_UNKNOWN;
	record->killer_reason = REASON_UNKNOWN;
	record->oom_cgroup = 0;
	if (with_senders)
		record->sender_time_ns = 0;
	if (!(record->status & 0x7f)) {
		if (with_threads && !(record->flags & EXIT_OF_PROCESS) && is_ended_by_exec(task)) {
			record->killer_kind = KILLER_KERNEL;
			record->killer_reason = REASON_EXEC_IN_THREAD;
		}
		return;
	}
	key.signal = fatal_signal(task, record->status, record->flags & EXIT_OF_PROCESS);
	sender = bpf_map_lookup_elem(&signal_senders, &key);
	if (sender && sender->start_boottime == FIELD(leader, start_boottime)) {
		record->killer_kind = sender->kind;
		record->killer_reason = sender->reason;
		record->killer_pid = sender->pid;
		record->killer_uid = sender->uid;
		record->killer_code = sender->code;
		record->oom_cgroup = sender->oom_cgroup;
		if (with_senders)
			record->sender_time_ns = sender->description;
		__builtin_memcpy(record->killer_comm, sender->comm, COMM_LEN);
		if (record->flags & EXIT_OF_PROCESS)
			bpf_map_delete_elem(&signal_senders, &key);
	} else if (is_ended_by_seccomp(task, key.signal) ||
		   is_ended_by_seccomp(leader, key.signal)) {
		record->killer_kind = KILLER_KERNEL;
		record->killer_reason = REASON_SECCOMP;
		/* strict mode has no siginfo, so user space shows none for it */
		record->killer_code = SYS_SECCOMP;
	}
}
