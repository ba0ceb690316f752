/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Filters an exit and sends its record to user space. */
#pragma once

#include "cgroup_filter.bpf.h"
#include "exit_record.bpf.h"
#include "filter.bpf.h"
#include "tracees.bpf.h"

/*
 * Sends a record without its text if the ring has no room for both. Chunks of arguments that were
 * sent before stay valid. The ring is so full that user space was woken before. Returns 0 or an
 * error.
 */
static __always_inline long emit_without_text(struct exit_record *record)
{
	if (record->args_bytes) {
		record->flags &= ~(EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE);
		record->flags |= EXIT_ARGS_TRUNCATED;
	}
	record->args_bytes = 0;
	record->exe_bytes = 0;
	record->origin_bytes = 0;
	record->flags &= ~(EXIT_EXE_KNOWN | EXIT_EXE_DELETED | EXIT_CWD_KNOWN | EXIT_CWD_DELETED);
	return bpf_ringbuf_output(&ring, record, __builtin_offsetof(struct exit_record, text), 0);
}

/* Returns the bytes of a record's text. */
static __always_inline u64 text_bytes(const struct exit_record *record)
{
	if (with_origin && record->origin_bytes)
		return origin_at(record) + record->origin_bytes;
	return record->args_bytes + record->exe_bytes;
}

/* Sends a record up to the last group of fields that is enabled. */
static __always_inline void emit_record(struct exit_record *record)
{
	u64 bytes;

	if (has_other_groups)
		bytes = __builtin_offsetof(struct exit_record, text) + text_bytes(record);
	else
		bytes = with_killer ? __builtin_offsetof(struct exit_record, cpu_user_ns) :
				      __builtin_offsetof(struct exit_record, oom_cgroup);
	/* as in BOUND(): clang may check the sum without the offset, and send the sum with it */
	barrier_var(bytes);
	if (bytes > sizeof(*record))
		return;
	if (!bpf_ringbuf_output(&ring, record, bytes, wakeup_flag()))
		return;
	if (bytes <= __builtin_offsetof(struct exit_record, text) || emit_without_text(record))
		increment(&dropped_exits);
}

static __always_inline void emit_exit(struct task_struct *task, bool is_process, bool is_fallback)
{
	struct task_struct *leader;
	struct exit_record *record;
	u64 now, duration;
	int status;

	if (!is_process && !with_threads)
		return;
	leader = FIELD(task, group_leader);
	if (only_tracees && !passes_tracee_filter(leader, is_process))
		return;
	if (!passes_set(&filter_pids, FIELD(task, tgid), pid_filter))
		return;
	if (is_kernel_task(task, leader))
		return;

	/* a thread that is not the last has only its own exit code */
	status = is_process ? wait_status(FIELD(task, signal), leader) : FIELD(task, exit_code);
	if (!passes_outcome_filter(task, leader, status, is_process) ||
	    !passes_parent_and_user_filters(leader) || !passes_name_filter(task, leader))
		return;
	if (has_cgroup_filter && !passes_cgroup_filter(cgroup_owner(task, leader), is_fallback))
		return;
	/* the clock costs more than all of the above */
	now = bpf_ktime_get_boot_ns();
	duration = now - (with_threads ? FIELD(task, start_boottime) :
					 FIELD(leader, start_boottime));
	if (duration < min_duration_ns || (max_duration_ns && duration > max_duration_ns))
		return;

	record = fill_exit_record(task, is_process, status, now, duration, is_fallback);
	if (record)
		emit_record(record);
}

static __always_inline void handle_exit(u64 *ctx, bool is_fallback)
{
	struct task_struct *task = as_untrusted((struct task_struct *)ctx[0]);
	bool is_process = is_last_thread(ctx, task);

	emit_exit(task, is_process, is_fallback);
	if (with_stored_args && is_process)
		remove_exec_info(FIELD(task, tgid));
	if (with_origin) {
		store_orphans(task);
		if (is_process)
			remove_forker(FIELD(task, group_leader));
	}
}
