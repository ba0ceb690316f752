/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What a task that dies says of its process. */
#ifndef __PROCESS_BPF_H
#define __PROCESS_BPF_H

#include "namespace.bpf.h"
#include "read.bpf.h"
#include "recorder.h"

#define SIGNAL_GROUP_EXIT 0x00000004	/* include/linux/sched/signal.h */
#define PF_FORKNOEXEC 0x00000040	/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

struct incarnation {
	u64 start_boottime;
	u64 tgid;
};

/* multi-threaded processes that were recorded just now; see is_last_thread() */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct incarnation);
	__type(value, u8);
} recorded SEC(".maps");

/*
 * Does the process die with this thread? Newer kernels say so in the tracepoint. On older ones signal->live, which
 * do_exit() has just decremented, is 0; but threads that die together can all find it so. The first of them sees the
 * others still there and leaves a note; whoever comes later finds it, also when the first is already reaped and
 * nr_threads says that nobody else was ever there. A process of one thread costs a lookup and leaves nothing.
 */
static __always_inline bool is_last_thread(u64 *ctx, struct task_struct *task)
{
	struct incarnation process = {};
	struct signal_struct *signal;
	u8 yes = 1;

	if (bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead))
		return ctx[1] & 1;

	signal = READ(task, signal);
	if (READ(signal, live.counter) != 0)
		return false;
	process.start_boottime = READ(task, group_leader, start_boottime);
	process.tgid = READ(task, tgid);
	if (READ(signal, nr_threads) == 1)
		return !bpf_map_lookup_elem(&recorded, &process);
	return bpf_map_update_elem(&recorded, &process, &yes, BPF_NOEXIST) == 0;
}

/*
 * Returns the status that wait_task_zombie() in kernel/exit.c will return, including the signal and
 * the core flag. After a call of reboot(2) in a PID namespace, zap_pid_ns_processes() replaces the
 * status of the namespace's init later than this tracepoint.
 */
static __always_inline int wait_status(struct signal_struct *signal, struct task_struct *leader)
{
	u32 level;
	int reboot;

	if (!(READ(signal, flags) & SIGNAL_GROUP_EXIT))
		return READ(leader, exit_code);
	level = READ(leader, thread_pid, level);
	/* nearly all processes of a host live at level 0 */
	reboot = level ? reboot_signal((u64)BPF_CORE_READ(leader, thread_pid), level) : 0;
	return reboot ? reboot : READ(signal, group_exit_code);
}

/* real_parent is the thread that forked; what counts is its process */
static __always_inline struct task_struct *parent_process(struct task_struct *leader)
{
	return READ(leader, real_parent, group_leader);
}

/*
 * Returns true if no process ever ran in this task: it is a kernel thread, or a usermode helper
 * (modprobe, core_pattern, uevent_helper) whose exec failed. Since Linux 5.19 the kernel does not
 * mark a helper PF_KTHREAD during its setup, but the helper's parent is a kernel thread. Kernel
 * threads that work for a process (io_uring, vhost) count as threads of that process, as in
 * /proc/PID/task.
 */
static __always_inline bool is_kernel_task(struct task_struct *task, struct task_struct *leader)
{
	return READ(task, flags) & PF_KTHREAD ||
	       (READ(leader, flags) & PF_FORKNOEXEC && READ(leader, real_parent, flags) & PF_KTHREAD);
}

static __always_inline void copy_name(char *to, struct task_struct *task)
{
#ifdef UNTYPED
	bpf_core_read(to, COMM_LEN, &task->comm);
#else
	((u64 *)to)[0] = *(u64 *)&task->comm[0];
	((u64 *)to)[1] = *(u64 *)&task->comm[8];
#endif
}

#endif
