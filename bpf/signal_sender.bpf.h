/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Finds the sender of the fatal signal. The kernel generates a signal in the context of its
 * sender, so the program stores the sender there and keeps it as long as the signal can still be
 * the fatal one. signal_cause.bpf.h separates the sender from other tasks in whose context the
 * kernel works. A sender that is not certain is reported as unknown, never as another process.
 */
#pragma once

#include "oom.bpf.h"
#include "oom_daemon.bpf.h"
#include "pending_signals.bpf.h"
#include "process.bpf.h"
#include "sender.bpf.h"
#include "signal_cause.bpf.h"

#define MIN_RT_SIGNAL 32		/* SIGRTMIN of the kernel, not of the C library */
#define MAX_SIGNAL 64
#define TRACE_SIGNAL_DELIVERED 0	/* include/trace/events/signal.h */
#define TRACE_SIGNAL_LOSE_INFO 4	/* delivered, but without memory for its siginfo */
#define ANY_PID -1
#define MAX_PID (1 << 22)		/* PID_MAX_LIMIT in include/linux/threads.h */

struct signal_key {
	pid_t tgid;
	int signal;
};

struct signal_sender {
	u64 start_boottime;	/* of the target, whose pid may be reused */
	u64 oom_cgroup;
	int kind;		/* enum killer_kind */
	int reason;		/* enum killer_reason */
	pid_t pid;
	u32 uid;
	int code;
	char comm[COMM_LEN];
	u64 thread;		/* the target of a signal to one thread; 0: to the process */
	int expected_code;	/* si_code and si_pid at delivery; the pid can be ANY_PID */
	pid_t expected_pid;
	int is_group_exit_started; /* the target is already exiting because of this signal */
	u64 task;		/* the target of a SIGKILL by the kernel */
	u64 description;	/* describe_sender()'s result */
};

/*
 * LRU: an evicted sender is reported as unknown. User space enlarges the map for many CPUs,
 * because each CPU holds a batch of free entries.
 */
MAP(signal_senders, LRU_HASH, MIN_SIGNAL_SENDERS, struct signal_key, struct signal_sender);

/* Returns true if two of these signals are pending and either can be the fatal one. */
static bool is_ambiguous(struct task_struct *task, int signal, const struct signal_sender *previous,
			 const struct signal_sender *sender)
{
	struct sigpending *queue = pending_queue(task, sender->thread);

	if (is_pending(pending_queue(task, !sender->thread), signal))
		return true;
	if ((signal >= MIN_RT_SIGNAL || sender->code == SI_TIMER) &&
	    is_pending_twice((u64)queue, signal))
		return true;
	if (!previous)
		return false;
	/* an earlier signal of an unknown sender may still be pending in any queue */
	if (previous->kind == KILLER_UNKNOWN)
		return true;
	/* the thread may be freed; what is read then at worst makes the sender unknown */
	return previous->thread && previous->thread != sender->thread &&
	       is_pending(pending_queue((struct task_struct *)previous->thread, true), signal);
}

/*
 * Fills in the si_code, and the code and pid that the target will see at delivery. For
 * SEND_SIG_NOINFO the kernel translates the pid into the target's PID namespace: here it is known
 * only in the initial one.
 */
static __always_inline void read_siginfo(struct signal_sender *sender, struct task_struct *task,
					 u64 info, int result)
{
	struct kernel_siginfo *siginfo = (void *)info;

	if (info == SEND_SIG_PRIV) {
		sender->code = SI_KERNEL;
		sender->expected_code = SI_KERNEL;
	} else if (info == SEND_SIG_NOINFO) {
		sender->expected_pid = BPF_CORE_READ(task, thread_pid, level) ?
					       ANY_PID :
					       bpf_get_current_pid_tgid() >> 32;
	} else {
		sender->code = sender->expected_code = BPF_CORE_READ(siginfo, si_code);
		sender->expected_pid = BPF_CORE_READ(siginfo, _sifields._kill._pid);
	}
	if (result == TRACE_SIGNAL_LOSE_INFO) {
		sender->expected_code = SI_USER;
		sender->expected_pid = 0;
	}
}

static __always_inline void set_oom_killer(struct signal_sender *sender, u64 cgroup)
{
	sender->oom_cgroup = cgroup;
	sender->kind = KILLER_OOM;
	sender->reason = cgroup ? REASON_OOM_CGROUP : REASON_OOM_MACHINE;
}

static __always_inline void fill_sender(struct signal_sender *sender, struct task_struct *task,
					int signal, u64 info)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task(), *leader;
	int cause = cause_of(signal, info, sender->code, (u64)task);

	sender->kind = KIND_OF(cause);
	sender->reason = REASON_OF(cause);
	if (sender->kind != KILLER_PROCESS)
		return;
	sender->uid = BPF_CORE_READ(current, cred, uid.val);
	leader = BPF_CORE_READ(current, group_leader);
	BPF_CORE_READ_INTO(&sender->comm, leader, comm);
	if ((signal == SIGKILL || signal == SIGTERM) && is_oom_daemon(current))
		sender->reason = REASON_OOM_USERSPACE;
}

/* Stores the sender of a signal that can be fatal. */
static __always_inline void store_sender(struct bpf_raw_tracepoint_args *ctx)
{
	int signal = ctx->args[0], result = ctx->args[4];
	u64 info = ctx->args[1], oom_cgroup;
	struct task_struct *task = (struct task_struct *)ctx->args[2], *leader;
	struct signal_sender sender = {}, *previous;
	struct signal_key key = {};
	struct signal_struct *signal_struct;

	if ((result != TRACE_SIGNAL_DELIVERED && result != TRACE_SIGNAL_LOSE_INFO) || signal < 1 ||
	    signal > MAX_SIGNAL || NEVER_FATAL & SIGNAL_BIT(signal))
		return;

	key.tgid = BPF_CORE_READ(task, tgid);
	key.signal = signal;
	previous = bpf_map_lookup_elem(&signal_senders, &key);

	/* complete_signal() starts the exit, unless the signal is blocked, caught or dumps core */
	signal_struct = BPF_CORE_READ(task, signal);
	sender.is_group_exit_started = BPF_CORE_READ(signal_struct, flags) & SIGNAL_GROUP_EXIT &&
				       BPF_CORE_READ(signal_struct, group_exit_code) == signal;
	if (!sender.is_group_exit_started && is_caught(task, signal)) {
		if (previous && !previous->is_group_exit_started)
			bpf_map_delete_elem(&signal_senders, &key);
		return;
	}

	leader = BPF_CORE_READ(task, group_leader);
	sender.start_boottime = BPF_CORE_READ(leader, start_boottime);
	if (previous && previous->start_boottime != sender.start_boottime)
		previous = NULL;
	if (previous && previous->is_group_exit_started)
		return;

	read_siginfo(&sender, task, info, result);
	sender.thread = (bool)ctx->args[3] ? 0 : (u64)task;
	sender.pid = bpf_get_current_pid_tgid() >> 32;
	oom_cgroup = NOT_OOM;
	if (info == SEND_SIG_PRIV && signal == SIGKILL) {
		sender.task = (u64)task;
		oom_cgroup = oom_cgroup_of_kill(ctx, (u64)task);
	}
	if (oom_cgroup != NOT_OOM)
		set_oom_killer(&sender, oom_cgroup);
	else
		fill_sender(&sender, task, signal, info);
	if (!sender.is_group_exit_started && is_ambiguous(task, signal, previous, &sender))
		sender.kind = KILLER_UNKNOWN;
	if (with_senders && sender.kind == KILLER_PROCESS)
		sender.description = describe_sender();
	bpf_map_update_elem(&signal_senders, &key, &sender, BPF_ANY);
}

/*
 * Removes the stored sender if another signal than the stored one is delivered: a debugger may
 * have suppressed that signal and injected one of the same number later.
 */
static __always_inline void check_sender(struct bpf_raw_tracepoint_args *ctx)
{
	struct kernel_siginfo *info = (struct kernel_siginfo *)ctx->args[1];
	struct k_sigaction *action = (struct k_sigaction *)ctx->args[2];
	struct signal_key key = { .signal = ctx->args[0] };
	struct signal_sender *sender;

	/* nearly all signals have a handler; SIGKILL cannot be suppressed */
	if (BPF_CORE_READ(action, sa.sa_handler) || key.signal == SIGKILL)
		return;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	sender = bpf_map_lookup_elem(&signal_senders, &key);
	if (!sender || sender->is_group_exit_started)
		return;
	if (BPF_CORE_READ(info, si_code) != sender->expected_code ||
	    (sender->expected_pid != ANY_PID &&
	     BPF_CORE_READ(info, _sifields._kill._pid) != sender->expected_pid))
		bpf_map_delete_elem(&signal_senders, &key);
}

/*
 * Attributes a stored SIGKILL to the OOM killer, which marks its victim right after the signal.
 * Used only without the addresses of the kernel's functions: the kernel also marks tasks that were
 * exiting anyway, and a victim that runs on another CPU may exit before it is marked.
 */
static __always_inline void mark_oom_victim(struct bpf_raw_tracepoint_args *ctx)
{
	struct signal_key key = { .tgid = ctx->args[0], .signal = SIGKILL };
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct signal_sender *sender;

	if (out_of_memory_addr)
		return;
	/* the argument is a pid or, since Linux 6.8, a task */
	if (ctx->args[0] > MAX_PID)
		key.tgid = BPF_CORE_READ(task, tgid);
	sender = bpf_map_lookup_elem(&signal_senders, &key);
	if (sender && sender->kind == KILLER_KERNEL &&
	    sender->pid == bpf_get_current_pid_tgid() >> 32)
		set_oom_killer(sender, report_oom(sender->task, false, false));
}
