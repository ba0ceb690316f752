/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The process of an exiting task: whether it ends, its status, parent and name. */
#pragma once

#include "compat.bpf.h"
#include "pid_namespace.bpf.h"

/* include/linux/sched/signal.h */
#define SIGNAL_GROUP_EXIT 0x00000004
#define SIGNAL_UNKILLABLE 0x00000040	/* the init of a PID namespace */
#define PF_FORKNOEXEC 0x00000040	/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

/* identifies a process even if its pid is reused */
struct process_key {
	u64 start_boottime;
	u64 tgid;
};

/* recently recorded processes with several threads: see is_last_thread() */
MAP(recorded_processes, LRU_HASH, 1024, struct process_key, u8);

/*
 * Returns true for exactly one thread of each process. Kernels with group_dead pass it in the
 * second argument. On older ones signal->live is 0, decremented by do_exit(); but threads that
 * exit together can all find it 0. The first of them sees the others in nr_threads and adds the
 * process to the map. The others find it there, even if the first is reaped and nr_threads is 1
 * again. A process with a single thread costs one lookup and adds nothing.
 */
static __always_inline bool is_last_thread(u64 *ctx, struct task_struct *task)
{
	struct process_key key = {};
	struct signal_struct *signal;
	u8 value = 1;

	if (has_group_dead())
		return ctx[1] & 1;

	signal = FIELD(task, signal);
	if (FIELD(signal, live.counter) != 0)
		return false;
	key.start_boottime = FIELD(task, group_leader, start_boottime);
	key.tgid = FIELD(task, tgid);
	if (FIELD(signal, nr_threads) == 1)
		return !bpf_map_lookup_elem(&recorded_processes, &key);
	return bpf_map_update_elem(&recorded_processes, &key, &value, BPF_NOEXIST) == 0;
}

/*
 * Returns the status that wait_task_zombie() in kernel/exit.c will return, including the signal
 * and the core flag. After a call of reboot(2) in a PID namespace, zap_pid_ns_processes() replaces
 * the status of the namespace's init later than this tracepoint.
 */
static __always_inline int wait_status(struct signal_struct *signal, struct task_struct *leader)
{
	u32 level;
	int reboot;

	if (!(FIELD(signal, flags) & SIGNAL_GROUP_EXIT))
		return FIELD(leader, exit_code);
	level = FIELD(leader, thread_pid, level);
	/* the initial namespace, where most processes are, has no such status */
	reboot = level ? reboot_signal((u64)BPF_CORE_READ(leader, thread_pid), level) : 0;
	return reboot ? reboot : FIELD(signal, group_exit_code);
}

/* Returns the leader of the parent process: real_parent is the thread that forked. */
static __always_inline struct task_struct *parent_process(struct task_struct *leader)
{
	return FIELD(leader, real_parent, group_leader);
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
	return FIELD(task, flags) & PF_KTHREAD ||
	       (FIELD(leader, flags) & PF_FORKNOEXEC &&
		FIELD(leader, real_parent, flags) & PF_KTHREAD);
}

static __always_inline void copy_comm(char *to, struct task_struct *task)
{
#ifdef NO_KERNEL_BTF
	bpf_core_read(to, COMM_LEN, &task->comm);
#else
	((u64 *)to)[0] = *(u64 *)&task->comm[0];
	((u64 *)to)[1] = *(u64 *)&task->comm[8];
#endif
}
