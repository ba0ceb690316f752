/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The arguments and the executable of a process, as /proc/PID/cmdline and exe show them.
 *
 * Since about Linux 6.16 a process still has its memory in the exit tracepoint (has_mm_at_exit()),
 * but a BPF program cannot fault in pages that are not present (swapped out, PROT_NONE, NUMA
 * hinting, unmapped). So with with_stored_args, on_exec stores the first MAX_STORED_ARGS bytes,
 * which replace missing pages. On older kernels a record has only what on_exec stored, which then
 * includes the executable's path.
 */
#pragma once

#include "exe_path.bpf.h"
#include "exec_args.bpf.h"

MAP(exec_info_scratch, PERCPU_ARRAY, 1, u32, struct exec_info);

/* Copies the path of the executable into the info, by way of a scratch record. */
static __always_inline void store_exe(struct exec_info *info, struct mm_struct *mm)
{
	struct exit_record *record = scratch_record(SLOT_EXEC);
	u32 bytes;

	if (!record)
		return;
	record->flags = 0;
	record->args_bytes = 0;
	record->exe_bytes = 0;
	fill_exe(record, mm, SLOT_EXEC);
	bytes = record->exe_bytes;
	if (bytes > MAX_STORED_EXE)
		return;
	BOUND(bytes, MAX_STORED_EXE);
	bpf_probe_read_kernel(info->exe, bytes, record->text);
	info->exe_bytes = bytes;
	info->flags |= record->flags;
}

/* Stores the arguments of a process that has just called exec. */
static __always_inline void store_exec_info(struct task_struct *task)
{
	struct mm_struct *mm = FIELD(task, mm);
	pid_t pid = FIELD(task, tgid);
	struct exec_info *info;
	u32 zero = 0, bytes;
	u64 length;

	info = bpf_map_lookup_elem(&exec_info_scratch, &zero);
	if (!info || !mm)
		return;
	info->start_boottime = FIELD(task, group_leader, start_boottime);
	info->arg_start = FIELD(mm, arg_start);
	info->arg_end = FIELD(mm, arg_end);
	length = info->arg_end - info->arg_start;
	bytes = length > MAX_STORED_ARGS ? MAX_STORED_ARGS : length;
	BOUND(bytes, MAX_STORED_ARGS);
	info->flags = length > MAX_STORED_ARGS ? EXIT_ARGS_TRUNCATED : 0;
	info->args_bytes = 0;
	info->exe_bytes = 0;
	if (!bpf_probe_read_user(info->args, bytes, (void *)info->arg_start)) {
		info->args_bytes = bytes;
		info->flags |= EXIT_ARGS_KNOWN;
	}
	if (with_exe && !has_mm_at_exit())
		store_exe(info, mm);
	bpf_map_update_elem(&exec_infos, &pid, info, BPF_ANY);
}

/* Copies the parent's info for a new child, which has the same arguments until it calls exec. */
static void inherit_exec_info(pid_t parent, struct task_struct *child, pid_t pid)
{
	struct exec_info *info;

	info = bpf_map_lookup_elem(&exec_infos, &parent);
	if (info)
		bpf_map_update_elem(&exec_infos, &pid, info, BPF_ANY);
	info = bpf_map_lookup_elem(&exec_infos, &pid);
	if (info)
		info->start_boottime = FIELD(child, start_boottime);
}

/* Called for every process that exits, recorded or not: the map holds only living processes. */
static __always_inline void remove_exec_info(pid_t pid)
{
	bpf_map_delete_elem(&exec_infos, &pid);
}

/* Fills in what on_exec stored for the process, or for the parent that forked it. */
static __always_inline void fill_stored_exec_info(struct exit_record *record, u64 start_boottime)
{
	struct exec_info *info = lookup_exec_info(record->pid, start_boottime);
	u32 args, exe;

	if (!info)
		return;
	args = info->args_bytes;
	exe = with_exe ? info->exe_bytes : 0;
	BOUND(args, MAX_STORED_ARGS);
	bpf_probe_read_kernel(record->text, args, info->args);
	BOUND(exe, MAX_STORED_EXE);
	bpf_probe_read_kernel(record->text + args, exe, info->exe);
	record->args_bytes = args;
	record->exe_bytes = exe;
	record->flags |= info->flags;
}

static __always_inline void fill_exec_info(struct exit_record *record, struct task_struct *task,
					   u64 start_boottime, u32 slot)
{
	struct mm_struct *mm = FIELD(task, mm);

	if (!has_mm_at_exit())
		return fill_stored_exec_info(record, start_boottime);
	if (!mm)
		return;
	fill_args(record, FIELD(mm, arg_start), FIELD(mm, arg_end), start_boottime, slot);
	if (with_exe)
		fill_exe(record, mm, slot);
}
