// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The exitsnoop of eunomia's bpf-developer-tutorial: one event when a thread-group leader exits.
 * Built with `ecc exitsnoop.bpf.c exitsnoop.h`. Like the tutorial it reports the leader's own exit
 * and no signals; recorder.bpf.c reports the status that wait(2) will return.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "exitsnoop.h"

/// @brief Shows every process exit, with its exit code and how long the process lived.
/// @details Part of exitsnoop, which also shows signals, killers and resources.
/// @version 0.1.0
char LICENSE[] SEC("license") = "Dual MIT/GPL";

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
/// @cmdarg {"default": 0, "long": "min-duration-ns", "help": "only processes that lived at least this many ns"}
const volatile unsigned long long min_duration_ns = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} rb SEC(".maps");

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	u64 pid_tgid = bpf_get_current_pid_tgid(), duration;
	pid_t tgid = pid_tgid >> 32, tid = (u32)pid_tgid, parent;
	struct task_struct *task;
	struct event *e;
	int code;

	/* the tracepoint fires for every thread; report the process once, by its leader */
	if (tgid != tid || (target_pid && tgid != target_pid))
		return 0;

	task = (struct task_struct *)bpf_get_current_task();
	parent = BPF_CORE_READ(task, real_parent, tgid);
	code = BPF_CORE_READ(task, exit_code);
	duration = bpf_ktime_get_ns() - BPF_CORE_READ(task, start_time);
	if ((only_failed && !code) || (target_parent && parent != target_parent) ||
	    duration < min_duration_ns)
		return 0;

	e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
	if (!e)
		return 0;
	e->pid = tgid;
	e->ppid = parent;
	e->exit_code = (code >> 8) & 0xff;
	e->duration_ns = duration;
	bpf_get_current_comm(&e->comm, sizeof(e->comm));

	bpf_ringbuf_submit(e, 0);
	return 0;
}
