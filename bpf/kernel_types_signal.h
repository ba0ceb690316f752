/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Kernel types of signals, resource limits and the state that the threads of a process share. */
#pragma once

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/cred.h */
struct cred { kuid_t uid; };

/* include/linux/signal_types.h */
struct sigaction { void *sa_handler; };
struct k_sigaction { struct sigaction sa; };

struct sigpending {
	struct list_head list;
	sigset_t signal;
};

union __sifields {
	struct {
		pid_t _pid;
	} _kill;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
	union __sifields _sifields;
};

struct sigqueue {
	struct list_head list;
	struct kernel_siginfo info;
};

/* include/linux/task_io_accounting.h */
struct task_io_accounting {
	u64 read_bytes;
	u64 write_bytes;
};

/* include/linux/seqlock_types.h */
struct seqcount { unsigned int sequence; };
struct seqcount_spinlock { struct seqcount seqcount; };
typedef struct { struct seqcount_spinlock seqcount; } seqlock_t;

/* include/uapi/linux/resource.h */
struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

/* include/linux/sched/types.h, include/linux/posix-timers.h */
typedef struct { s64 counter; } atomic64_t;

struct task_cputime_atomic {
	atomic64_t utime;
	atomic64_t stime;
};

struct thread_group_cputimer { struct task_cputime_atomic cputime_atomic; };

/* include/linux/tty.h, include/linux/sched/signal.h */
struct pid;
struct task_struct;
struct tty_struct { char name[64]; };
struct sighand_struct { struct k_sigaction action[64]; };

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	struct sigpending shared_pending;
	int group_exit_code;
	struct task_struct *group_exec_task; /* since Linux 5.17 */
	struct pid *pids[4];
	unsigned int has_child_subreaper : 1;
	unsigned int flags;
	seqlock_t stats_lock;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long maxrss;
	struct task_io_accounting ioac;
	u64 sum_sched_runtime;
	struct thread_group_cputimer cputimer;
	struct rlimit rlim[16];
	struct tty_struct *tty;
	short oom_score_adj;
};

struct signal_struct___5_16 { struct task_struct *group_exit_task; };

#pragma clang attribute pop
