/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Converts an exit_record into the event of the package. */
#pragma once

#include "exit_record.bpf.h"
#include "package_text.bpf.h"

#define COPY(member) exit->member = record->member
#define COPY_COMM(member) __builtin_memcpy(exit->member, record->member, COMM_LEN)
#define SANITIZE(member) \
	sanitize(__builtin_offsetof(struct exit, member), sizeof(((struct exit *)0)->member), false)

static __always_inline void convert_identity(struct exit *exit, struct exit_record *record)
{
	int status = record->status;

	COPY(pid);
	COPY(ppid);
	COPY(uid);
	COPY(duration_ns);
	COPY_COMM(comm);
	COPY_COMM(parent_comm);
	exit->exit_code = status >> 8 & 0xff;
	exit->signal = status & 0x7f;
	exit->core_dumped = status & 0x80;
	exit->died_at_ns = record->exit_time_ns;
}

static __always_inline void convert_killer(struct exit *exit, struct exit_record *record)
{
	/* the values of enum killer_kind follow in the same order, from UNKNOWN on */
	exit->killer = exit->signal ? UNKNOWN + record->killer_kind : NOBODY;
	if (record->killer_kind == KILLER_UNKNOWN)
		return;
	COPY(killer_pid);
	COPY(killer_uid);
	COPY(killer_code);
	COPY(oom_cgroup);
	COPY_COMM(killer_comm);
}

static __always_inline void convert_usage(struct exit *exit, struct exit_record *record)
{
	COPY(threads);
	COPY(max_rss_bytes);
	if (record->flags & EXIT_USAGE_INCOMPLETE)
		return;
	COPY(cpu_user_ns);
	COPY(cpu_system_ns);
	COPY(minor_faults);
	COPY(major_faults);
	COPY(voluntary_switches);
	COPY(involuntary_switches);
	if (record->flags & EXIT_HAS_IO) {
		COPY(read_bytes);
		COPY(write_bytes);
	}
}

/* Copies the arguments that fit, with spaces for NULs, and the path of the executable. */
static __always_inline void convert_exec_info(struct exit *exit, struct exit_record *record)
{
	u32 bytes = record->args_bytes, exe = __builtin_offsetof(struct exit_record, text) + bytes;

	exit->args_cut = record->flags & EXIT_ARGS_TRUNCATED ||
			 !(record->flags & EXIT_ARGS_KNOWN) || bytes > ARGS_SIZE;
	exit->exe_deleted = record->flags & EXIT_EXE_DELETED;
	exit->exe[0] = 0;
	reverse_path(SLOT_EXIT, exe, record->exe_bytes, __builtin_offsetof(struct exit, exe));
	SANITIZE(exe);
	/* the last NUL ends the string */
	bytes = bytes ? bytes - 1 : 0;
	if (bytes > ARGS_SIZE - 1)
		bytes = ARGS_SIZE - 1;
	BOUND(bytes, ARGS_SIZE - 1);
	bpf_probe_read_kernel(exit->args, bytes, record->text);
	exit->args[bytes] = 0;
	sanitize(__builtin_offsetof(struct exit, args), bytes, true);
}

static __always_inline void convert_cgroup(struct exit *exit, struct exit_record *record,
					   struct task_struct *task)
{
	struct cgroup_record *path = scratch_record(SLOT_CGROUP_PATH);

	exit->cgroup_id = record->cgroup_v2;
	exit->cgroup[0] = '/';
	exit->cgroup[1] = 0;
	if (!path)
		return;
	write_cgroup_path((u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), SLOT_CGROUP_PATH);
	if (!path->bytes)
		return;
	reverse_path(SLOT_CGROUP_PATH, __builtin_offsetof(struct cgroup_record, text), path->bytes,
		     __builtin_offsetof(struct exit, cgroup));
	SANITIZE(cgroup);
}

static __always_inline void convert_record(struct exit *exit, struct exit_record *record,
					   struct task_struct *leader)
{
	/* the texts from cgroup on end with a NUL, and ecli ignores what follows it */
	__builtin_memset(exit, 0, __builtin_offsetof(struct exit, cgroup));
	convert_identity(exit, record);
	convert_killer(exit, record);
	convert_usage(exit, record);
	convert_exec_info(exit, record);
	convert_cgroup(exit, record, leader);
	SANITIZE(comm);
	SANITIZE(parent_comm);
	SANITIZE(killer_comm);
}
