/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Kernel types of tasks: namespaces, scheduling, saved registers and the exit tracepoint. */
#pragma once

#include "kernel_types_fs.h"
#include "kernel_types_signal.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/ns_common.h, include/linux/pid_namespace.h */
struct ns_common { unsigned int inum; };

struct pid_namespace {
	struct ns_common ns;
	int reboot;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

/* include/uapi/linux/utsname.h, include/linux/utsname.h, include/linux/nsproxy.h */
struct new_utsname { char nodename[65]; };

struct uts_namespace {
	struct new_utsname name;
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct cgroup_namespace *cgroup_ns;
};

/* include/linux/pid.h */
struct pid {
	unsigned int level;
	struct upid numbers[1]; /* one for each namespace level, the initial one first */
};

/* include/linux/sched.h, kernel/sched/sched.h */
struct rq {
	u64 clock;
	u64 clock_task;
};

struct cfs_rq { struct rq *rq; };

struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct sched_rt_entity { unsigned long timeout; };
struct seccomp { int mode; };
struct callback_head;

struct task_struct {
	unsigned int __state;
	void *stack;
	unsigned int flags;
	unsigned int ptrace;
	int on_cpu;
	struct sched_entity se;
	struct sched_rt_entity rt;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct list_head children;
	struct list_head sibling;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct list_head thread_node;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_time;
	u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *real_cred;
	const struct cred *cred;
	kuid_t loginuid;
	unsigned int sessionid;
	char comm[16];
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	struct sigpending pending;
	struct task_io_accounting ioac;
	struct css_set *cgroups;
	struct fs_struct *fs;
	void *files;
	struct nsproxy *nsproxy;
	struct callback_head *task_works;
	struct seccomp seccomp;
};

/* arch/x86/include/asm/ptrace.h, arch/x86/include/asm/thread_info.h */
struct pt_regs___x86 {
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long orig_ax;
	unsigned long cs;
};

struct thread_info___x86 { u32 status; };
struct task_struct___x86 { struct thread_info___x86 thread_info; };

/* arch/arm64/include/asm/ptrace.h */
struct pt_regs___arm64 {
	u64 regs[31];
	u64 pstate;
	int syscallno;
};

/* include/linux/srcu.h: guards tracepoints that can be preempted, since about Linux 7.0 */
typedef struct { void *lock; } class_srcu_fast_notrace_t;

/* include/trace/events/sched.h: has group_dead since about Linux 6.16 */
struct trace_event_raw_sched_process_exit { bool group_dead; };

#pragma clang attribute pop
