// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder as an eunomia package. All fields of an exit are in one struct, which runners such
 * as ecli print without knowing its meaning. Built with `ecc recorder-package.bpf.c
 * recorder-package.h`.
 */
#define ECLI_PACKAGE
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "recorder-package.h"

/*
 * Options of the package. The released ecli reads only plain C types, and a bool only with a
 * default.
 */

/// @cmdarg {"default": false, "long": "failed", "help": "only failures: exit codes other than 0, deaths by signal"}
const volatile bool only_failed = false;
/// @cmdarg {"default": 0, "short": "p", "long": "pid", "help": "only this process; 0: all"}
const volatile int target_pid = 0;
/// @cmdarg {"default": 0, "short": "P", "long": "ppid", "help": "only children of this process; 0: all"}
const volatile int target_parent = 0;
/// @cmdarg {"default": -1, "short": "u", "long": "uid", "help": "only of this user; -1: all"}
const volatile int target_user = -1;
/// @cmdarg {"default": 0, "short": "s", "long": "signal", "help": "only deaths by this signal; 0: all"}
const volatile int target_signal = 0;
/// @cmdarg {"default": 0, "long": "min-duration-ns", "help": "only processes that lived at least this many ns"}
const volatile unsigned long long min_duration_ns = 0;
/// @cmdarg {"default": 4096, "long": "page-size", "help": "bytes of a memory page, as getconf PAGESIZE prints it"}
const volatile unsigned long long page_size = 4096;

#include "package_exit.bpf.h"

/// @brief Shows every process exit, with its status, killer, duration and resource usage.
/// @details Part of exitsnoop, which prints the same as a table, JSON or CSV.
/// @version 0.1.0
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* exits that found the ring full: each event has the count so far */
static u64 dropped;

static __always_inline bool passes_options(struct task_struct *leader, int status, u64 duration)
{
	return !(only_failed && !status) && (!target_pid || leader->tgid == target_pid) &&
	       (!target_parent || parent_process(leader)->tgid == target_parent) &&
	       (target_user < 0 || leader->real_cred->uid.val == (uid_t)target_user) &&
	       (!target_signal || (status & 0x7f) == target_signal) && duration >= min_duration_ns;
}

SEC("tp_btf/sched_process_exit")
int record_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0], *leader = task->group_leader;
	struct package_event *event;
	struct exit_record *record;
	u64 now, duration;
	int status;

	if (!is_last_thread(ctx, task) || is_kernel_task(task, leader))
		return 0;
	status = wait_status(task->signal, leader);
	now = bpf_ktime_get_boot_ns();
	duration = now - leader->start_boottime;
	if (!passes_options(leader, status, duration))
		return 0;
	record = fill_exit_record(task, true, status, now, duration, false);
	event = package_event();
	if (!record || !event)
		return 0;

	convert_record(&event->exit, record, leader);
	remove_exec_info(task->tgid);
	event->exit.lost = dropped;
	if (bpf_ringbuf_output(&ring, &event->exit, sizeof(event->exit), 0))
		__sync_fetch_and_add(&dropped, 1);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int on_fork(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];

	/* skip threads */
	if (child->tgid != parent->tgid)
		inherit_exec_info(parent->tgid, child, child->tgid);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_exec(u64 *ctx)
{
	store_exec_info((struct task_struct *)ctx[0]);
	return 0;
}

SEC("raw_tp/signal_generate")
int on_signal_generate(struct bpf_raw_tracepoint_args *ctx)
{
	store_sender(ctx);
	return 0;
}

SEC("raw_tp/signal_deliver")
int on_signal_deliver(struct bpf_raw_tracepoint_args *ctx)
{
	check_sender(ctx);
	return 0;
}

SEC("raw_tp/mark_victim")
int on_oom_mark_victim(struct bpf_raw_tracepoint_args *ctx)
{
	mark_oom_victim(ctx);
	return 0;
}
