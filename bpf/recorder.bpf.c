// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder: one exit_record when the last thread of a process dies, with the status that wait() will see, and with as
 * much about its life as was asked for. What is wanted is decided here; what the ring cannot hold is counted.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "read.bpf.h"
#include "recorder.h"

/* set by user space before loading: what is asked for is what is paid for */
const volatile bool with_threads = false;
const volatile bool with_killer = false;
const volatile bool with_resources = false;
const volatile bool with_command = false;
const volatile bool with_place = false;
const volatile bool with_namespace = false;
const volatile u32 v1_controller = V1_NONE;
/* the tracer's PID namespace: its inode's number */
const volatile u32 own_namespace = FIRST_PID_NAMESPACE;
const volatile u64 page_size = 4096;
/* two programs share the work: see missed.bpf.h */
const volatile bool has_stand_in = false;
/* what number struct task_struct has among the kernel's types; 0: not known */
const volatile u32 task_type = 0;
/* records of other kinds come before an exit's: long arguments, paths of cgroups */
static const bool sends_more = true;

#include "record.bpf.h"
#include "select.bpf.h"
#include "family.bpf.h"
#include "missed.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* clang keeps a type in the object's BTF only if something global refers to it */
const struct exit_record *exit_record_btf __attribute__((unused));
const struct args_record *args_record_btf __attribute__((unused));
const struct cgroup_record *cgroup_record_btf __attribute__((unused));
const enum record_kind *record_kind_btf __attribute__((unused));
const enum exit_flags *exit_flags_btf __attribute__((unused));
const enum killer_kind *killer_kind_btf __attribute__((unused));
const enum killer_reason *killer_reason_btf __attribute__((unused));
const enum v1_controller *v1_controller_btf __attribute__((unused));
const struct command *command_btf __attribute__((unused));

/* Run once, by the tracer, before anything is attached: what it cannot see by itself. Kernels before Linux 5.16 do not run this. */
SEC("syscall")
int look_around(void *unused)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	char out_of_memory[] = "out_of_memory", memcg_out_of_memory[] = "mem_cgroup_out_of_memory";

	root_mount = (u64)BPF_CORE_READ(task, fs, root.mnt) - bpf_core_field_offset(struct mount, mnt);
	root_dentry = (u64)BPF_CORE_READ(task, fs, root.dentry);
	bpf_kallsyms_lookup_name(out_of_memory, sizeof(out_of_memory), 0, &out_of_memory_code);
	bpf_kallsyms_lookup_name(memcg_out_of_memory, sizeof(memcg_out_of_memory), 0, &memcg_out_of_memory_code);
	return 0;
}

/*
 * Makes the programs send all paths again: only v1 cgroups can be renamed. TP_PROTO(struct cgroup
 * *cgrp, const char *path)
 */
SEC("raw_tp/cgroup_rename")
int count_renames(void *unused)
{
	__sync_fetch_and_add(&cgroup_renames, 1);
	return 0;
}

#ifndef UNTYPED
/* since Linux 6.2 */
extern void *bpf_rdonly_cast(const void *object, u32 type) __ksym __weak;

/*
 * The same task, of which the verifier believes no more than its type. At each step from one object that it trusts to another, it looks
 * through all the kernel's types for whether that one may be trusted as well: 15 times here, 6 ms in all.
 */
static __always_inline struct task_struct *distrusted(struct task_struct *task)
{
	return task_type && bpf_ksym_exists(bpf_rdonly_cast) ? bpf_rdonly_cast(task, task_type) : task;
}
#else
#define distrusted(task) (task)
#endif

static __always_inline int record_one(struct task_struct *task, bool is_process, bool is_stand_in)
{
	struct task_struct *leader;
	struct exit_record *record;
	char name[COMM_LEN] __attribute__((aligned(8)));
	u64 now, duration, bytes;
	pid_t pid = READ(task, tgid);
	int status;

	if (!is_process && !with_threads)
		return 0;
	if (only_family && !leaves_family(pid, is_process))
		return 0;
	if (!is_pid_wanted(pid))
		return 0;
	leader = READ(task, group_leader);
	if (is_kernel_task(task, leader))
		return 0;

	/* a thread that is not the last has only a code of its own, which nobody waits for */
	status = is_process ? wait_status(READ(task, signal), leader) : READ(task, exit_code);
	if (!is_status_wanted(status))
		return 0;
	if (!are_people_wanted(leader))
		return 0;
	if (only_wanted_names) {
		copy_name(name, leader);
		if (!is_name_wanted(name))
			return 0;
	}
	if (filter_cgroup_depth_count && !is_cgroup_filtered_in(cgroup_owner(task, leader), is_stand_in))
		return 0;
	/* last, as the clock costs more than all that comes before */
	now = bpf_ktime_get_boot_ns();
	duration = now - (with_threads ? READ(task, start_boottime) : READ(leader, start_boottime));
	if (duration < least_duration_ns)
		return 0;

	record = write_record(task, is_process, status, now, duration, is_stand_in);
	if (!record)
		return 0;
	if (with_resources || with_command || with_place || with_namespace)
		bytes = __builtin_offsetof(struct exit_record, text) + record->args_bytes + record->exe_bytes;
	else
		bytes = with_killer ? __builtin_offsetof(struct exit_record, cpu_user_ns) :
				      __builtin_offsetof(struct exit_record, oom_cgroup);
	if (bytes > sizeof(*record))
		return 0;

	/* no flags: the kernel wakes the consumer only if it had caught up and waits; while it is busy nobody pays */
	if (!bpf_ringbuf_output(&ring, record, bytes, 0))
		return 0;
	/* a text that does not fit must not cost the exit record */
	if (bytes <= __builtin_offsetof(struct exit_record, text) || send_without_text(record))
		count_lost();
	return 0;
}

static __always_inline int record_task(u64 *ctx, bool is_stand_in)
{
	struct task_struct *task = distrusted((struct task_struct *)ctx[0]);
	bool is_process = is_last_thread(ctx, task);

	record_one(task, is_process, is_stand_in);
	if (with_command && is_process)
		forget_command(READ(task, tgid));
	return 0;
}

/*
 * TP_PROTO(struct task_struct *p, bool group_dead), the second since about Linux 6.16. tp_btf, as the verifier then knows p's type:
 * reading from it is a load and not a call.
 */
SEC(TRACEPOINT("sched_process_exit"))
int record_exit(u64 *ctx)
{
	mark_seen((struct task_struct *)ctx[0]);
	return record_task(ctx, false);
}

/* Attached behind it, on kernels that may leave it out. */
SEC(TRACEPOINT("sched_process_exit"))
int record_missed(u64 *ctx)
{
	if (was_seen((struct task_struct *)ctx[0]))
		return 0;
	count_stood_in();
	return record_task(ctx, true);
}
