/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Finds the sender of the fatal signal. The kernel generates a signal in the context of its sender,
 * so the program records the sender there and keeps it as long as the signal can still be the fatal
 * one. cause.bpf.h separates the sender from other tasks in whose context the kernel works. A
 * sender that is not certain is reported as unknown, never as another process.
 */
#ifndef __KILLER_BPF_H
#define __KILLER_BPF_H

#include "cause.bpf.h"
#include "memory.bpf.h"
#include "process.bpf.h"
#include "seccomp.bpf.h"

#define SIGRTMIN 32			/* the kernel's, not the C library's */
#define TRACE_SIGNAL_DELIVERED 0	/* include/trace/events/signal.h */
#define TRACE_SIGNAL_LOSE_INFO 4	/* delivered as well, but there was no room to say by whom */
#define MOST_WAITING 8			/* signals that are looked through for others like one */

#define BIT_OF(signal) (1ULL << ((signal) - 1))
/* CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG and WINCH, which never kill */
#define HARMLESS (BIT_OF(17) | BIT_OF(18) | BIT_OF(19) | BIT_OF(20) | BIT_OF(21) | BIT_OF(22) | BIT_OF(23) | BIT_OF(28))

struct fatal_signal {
	pid_t tgid;
	int signal;
};

struct sender {
	u64 start_boottime;	/* the target's: its pid may be another process's by now */
	u64 oom_cgroup;
	int kind;		/* enum killer_kind */
	int reason;		/* enum killer_reason */
	pid_t pid;
	u32 uid;
	int code;
	char comm[COMM_LEN];
	u64 thread;		/* which one alone was meant; 0: the process */
	int told_code;		/* what will be delivered with the signal: si_code and si_pid, or ANY_PID */
	pid_t told_pid;
	int is_decided;		/* the target is already dying of it */
	u64 task;		/* the target of the kernel's own SIGKILL */
};

#define ANY_PID -1
#define LARGEST_PID (1 << 22)	/* PID_MAX_LIMIT in include/linux/threads.h */

/* bounded: what is squeezed out is told as unknown. User space makes it larger where there are many CPUs */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct fatal_signal);
	__type(value, struct sender);
} senders SEC(".maps");

/* Where it was put: for one thread alone, or for whichever takes it first. */
static struct sigpending *queue_of(struct task_struct *task, bool is_for_thread)
{
	struct signal_struct *signal_struct;

	if (is_for_thread)
		return (void *)task + bpf_core_field_offset(struct task_struct, pending);
	signal_struct = BPF_CORE_READ(task, signal);
	return (void *)signal_struct + bpf_core_field_offset(struct signal_struct, shared_pending);
}

static bool waits_in(struct sigpending *queue, int signal)
{
	return BPF_CORE_READ(queue, signal.sig[0]) & BIT_OF(signal);
}

static struct sigqueue *entry_at(struct list_head *position)
{
	return (void *)position - bpf_core_field_offset(struct sigqueue, list);
}

/* the signal is about to be handled by the process itself, so it will not die of this one */
static bool will_be_caught(struct task_struct *task, int signal)
{
	void *action = BPF_CORE_READ(task, sighand);
	void *handler = NULL;

	if (BPF_CORE_READ(task, blocked.sig[0]) & BIT_OF(signal))
		return false;
	action += bpf_core_field_offset(struct sighand_struct, action);
	action += (u64)(signal - 1) * bpf_core_type_size(struct k_sigaction);
	bpf_probe_read_kernel(&handler, sizeof(handler), action + bpf_core_field_offset(struct sigaction, sa_handler));
	/* neither SIG_DFL nor SIG_IGN */
	return (u64)handler > 1;
}

/*
 * Realtime signals queue, and a timer's goes where another may wait already; of the others one waits in a queue. Global: see
 * send_pieces().
 */
__noinline int waits_behind_another(u64 queue, int signal)
{
	struct list_head *head = (void *)queue + bpf_core_field_offset(struct sigpending, list);
	struct list_head *position = BPF_CORE_READ(head, next);
	int found = unknown_zero;

	for (int i = 0; i < MOST_WAITING; i++) {
		struct sigqueue *entry = entry_at(position);

		if (position == head)
			return found > 1;
		found += unknown_zero + (BPF_CORE_READ(entry, info.si_signo) == signal);
		position = BPF_CORE_READ(position, next);
	}
	return true;
}

/* Two of them wait at once: which one will kill cannot be told from here. */
static bool is_ambiguous(struct task_struct *task, int signal, const struct sender *known, const struct sender *sender)
{
	struct sigpending *queue = queue_of(task, sender->thread);

	if (waits_in(queue_of(task, !sender->thread), signal))
		return true;
	if ((signal >= SIGRTMIN || sender->code == SI_TIMER) && waits_behind_another((u64)queue, signal))
		return true;
	if (!known)
		return false;
	/* there is no telling any more which of those before still wait, and for whom */
	if (known->kind == KILLER_UNKNOWN)
		return true;
	/* a thread that is gone has none; what stands in its place can only make us doubt */
	return known->thread && known->thread != sender->thread &&
	       waits_in(queue_of((struct task_struct *)known->thread, true), signal);
}

static __always_inline void blame_oom_killer(struct sender *sender, u64 cgroup)
{
	sender->oom_cgroup = cgroup;
	sender->kind = KILLER_OOM;
	sender->reason = cgroup ? REASON_OOM_CGROUP : REASON_OOM_MACHINE;
}

/* Fills in the sender and the reason of a signal to the task. */
static __always_inline void blame_sender(struct sender *sender, struct task_struct *task, int signal, u64 info)
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
}

/* TP_PROTO(int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result) */
SEC("raw_tp/signal_generate")
int remember_killer(struct bpf_raw_tracepoint_args *ctx)
{
	int signal = ctx->args[0];
	u64 info = ctx->args[1];
	struct task_struct *task = (struct task_struct *)ctx->args[2], *leader;
	struct signal_struct *signal_struct;
	struct fatal_signal key = {};
	struct sender sender = {}, *known;
	int result = ctx->args[4];
	u64 pid_tgid, exhausted;

	if ((result != TRACE_SIGNAL_DELIVERED && result != TRACE_SIGNAL_LOSE_INFO) || signal < 1 || signal > 64 || HARMLESS & BIT_OF(signal))
		return 0;

	key.tgid = BPF_CORE_READ(task, tgid);
	key.signal = signal;
	known = bpf_map_lookup_elem(&senders, &key);

	/* where nothing stands in a signal's way, the kernel has already condemned the whole group to it */
	signal_struct = BPF_CORE_READ(task, signal);
	sender.is_decided = BPF_CORE_READ(signal_struct, flags) & SIGNAL_GROUP_EXIT &&
			    BPF_CORE_READ(signal_struct, group_exit_code) == signal;
	if (!sender.is_decided && will_be_caught(task, signal)) {
		if (known && !known->is_decided)
			bpf_map_delete_elem(&senders, &key);
		return 0;
	}

	leader = BPF_CORE_READ(task, group_leader);
	sender.start_boottime = BPF_CORE_READ(leader, start_boottime);
	if (known && known->start_boottime != sender.start_boottime)
		known = NULL;
	if (known && known->is_decided)
		return 0;

	if (info == SEND_SIG_PRIV) {
		sender.code = SI_KERNEL;
		sender.told_code = SI_KERNEL;
	} else if (info == SEND_SIG_NOINFO) {
		/* as a PID namespace of its own names the sender, which we do not know */
		sender.told_pid = BPF_CORE_READ(task, thread_pid, level) ? ANY_PID : bpf_get_current_pid_tgid() >> 32;
	} else {
		sender.code = sender.told_code = BPF_CORE_READ((struct kernel_siginfo *)info, si_code);
		sender.told_pid = BPF_CORE_READ((struct kernel_siginfo *)info, _sifields._kill._pid);
	}
	if (result == TRACE_SIGNAL_LOSE_INFO) {
		sender.told_code = SI_USER;
		sender.told_pid = 0;
	}
	sender.thread = (bool)ctx->args[3] ? 0 : (u64)task;
	pid_tgid = bpf_get_current_pid_tgid();
	sender.pid = pid_tgid >> 32;
	exhausted = NOT_FOR_MEMORY;
	if (info == SEND_SIG_PRIV && signal == SIGKILL) {
		sender.task = (u64)task;
		exhausted = killed_for(ctx, (u64)task);
	}
	if (exhausted != NOT_FOR_MEMORY)
		blame_oom_killer(&sender, exhausted);
	else
		blame_sender(&sender, task, signal, info);
	if (!sender.is_decided && is_ambiguous(task, signal, known, &sender))
		sender.kind = KILLER_UNKNOWN;
	bpf_map_update_elem(&senders, &key, &sender, BPF_ANY);
	return 0;
}

/*
 * Just before it is acted on. A debugger may have dropped a signal, and made it of another later: what reaches its tracee in the
 * end must be what was sent. TP_PROTO(int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
 */
SEC("raw_tp/signal_deliver")
int doubt_killer(struct bpf_raw_tracepoint_args *ctx)
{
	struct kernel_siginfo *info = (struct kernel_siginfo *)ctx->args[1];
	struct k_sigaction *action = (struct k_sigaction *)ctx->args[2];
	struct fatal_signal key = { .signal = ctx->args[0] };
	struct sender *known;

	/* caught, as nearly all are; and what cannot be dropped */
	if (BPF_CORE_READ(action, sa.sa_handler) || key.signal == SIGKILL)
		return 0;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	known = bpf_map_lookup_elem(&senders, &key);
	if (!known || known->is_decided)
		return 0;
	if (BPF_CORE_READ(info, si_code) != known->told_code ||
	    (known->told_pid != ANY_PID && BPF_CORE_READ(info, _sifields._kill._pid) != known->told_pid))
		bpf_map_delete_elem(&senders, &key);
	return 0;
}

/*
 * Where the kernel does not show us its functions: the OOM killer marks its victim right after it has killed it. It also marks those
 * who were dying anyway, whom it did not kill. A victim that runs on another CPU may be dead before.
 * TP_PROTO(struct task_struct *task, uid_t uid), and before Linux 6.8 TP_PROTO(int pid)
 */
SEC("raw_tp/mark_victim")
int remember_oom(struct bpf_raw_tracepoint_args *ctx)
{
	struct fatal_signal key = { .tgid = ctx->args[0], .signal = SIGKILL };
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct sender *sender;

	if (out_of_memory_code)
		return 0;
	if (ctx->args[0] > LARGEST_PID)
		key.tgid = BPF_CORE_READ(task, tgid);
	sender = bpf_map_lookup_elem(&senders, &key);
	if (sender && sender->kind == KILLER_KERNEL && sender->pid == bpf_get_current_pid_tgid() >> 32)
		blame_oom_killer(sender, tell_exhausted(sender->task, false));
	return 0;
}

/*
 * Returns the signal that ended the process or thread. reboot(2) may replace it in the status: see
 * wait_status().
 */
static __always_inline int fatal_signal_of(const struct exit_record *record, struct task_struct *task)
{
	if (record->flags & EXIT_OF_PROCESS && READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return READ(task, signal, group_exit_code) & 0x7f;
	return record->status & 0x7f;
}

/*
 * Fills in the sender of the fatal signal, and forgets that sender once the whole process is gone.
 */
static __always_inline void add_killer(struct exit_record *record, struct task_struct *task, struct task_struct *leader)
{
	struct fatal_signal key = { .tgid = record->pid };
	struct sender *sender;

	record->killer_kind = KILLER_UNKNOWN;
	record->killer_reason = REASON_UNKNOWN;
	record->oom_cgroup = 0;
	if (!(record->status & 0x7f))
		return;
	key.signal = fatal_signal_of(record, task);
	sender = bpf_map_lookup_elem(&senders, &key);
	if (sender && sender->start_boottime == READ(leader, start_boottime)) {
		record->killer_kind = sender->kind;
		record->killer_reason = sender->reason;
		record->killer_pid = sender->pid;
		record->killer_uid = sender->uid;
		record->killer_code = sender->code;
		record->oom_cgroup = sender->oom_cgroup;
		__builtin_memcpy(record->killer_comm, sender->comm, COMM_LEN);
		if (record->flags & EXIT_OF_PROCESS)
			bpf_map_delete_elem(&senders, &key);
	} else if (is_ended_by_seccomp(task, key.signal) || is_ended_by_seccomp(leader, key.signal)) {
		record->killer_kind = KILLER_KERNEL;
		record->killer_reason = REASON_SECCOMP;
		/* strict mode has no siginfo, so user space shows none for it */
		record->killer_code = SYS_SECCOMP;
	}
}

#endif
