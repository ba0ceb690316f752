/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Signals that wait for delivery, and what their targets do with them. */
#pragma once

#include "compat.bpf.h"

#define MAX_SCANNED_SIGNALS 8		/* entries of a queue */

#define SIGNAL_BIT(signal) (1ULL << ((signal) - 1))
/* CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG and WINCH */
#define NEVER_FATAL \
	(SIGNAL_BIT(17) | SIGNAL_BIT(18) | SIGNAL_BIT(19) | SIGNAL_BIT(20) | SIGNAL_BIT(21) | \
	 SIGNAL_BIT(22) | SIGNAL_BIT(23) | SIGNAL_BIT(28))

/* Returns the queue of a task's own signals, or the one of its whole process. */
static struct sigpending *pending_queue(struct task_struct *task, bool is_for_thread)
{
	struct signal_struct *signal_struct;

	if (is_for_thread)
		return (void *)task + bpf_core_field_offset(struct task_struct, pending);
	signal_struct = BPF_CORE_READ(task, signal);
	return (void *)signal_struct + bpf_core_field_offset(struct signal_struct, shared_pending);
}

static bool is_pending(struct sigpending *queue, int signal)
{
	return BPF_CORE_READ(queue, signal.sig[0]) & SIGNAL_BIT(signal);
}

/*
 * Returns true if the queue holds the signal twice. Realtime signals queue, and so does the signal
 * of a timer. A queue that is too long to scan counts as true.
 */
VERIFY_ONCE int is_pending_twice(u64 queue, int signal)
{
	struct list_head *head = (void *)queue + bpf_core_field_offset(struct sigpending, list);
	struct list_head *position = BPF_CORE_READ(head, next);
	int found = opaque_zero;

	for (int i = 0; i < MAX_SCANNED_SIGNALS; i++) {
		struct sigqueue *entry =
			(void *)position - bpf_core_field_offset(struct sigqueue, list);

		if (position == head)
			return found > 1;
		found += opaque_zero + (BPF_CORE_READ(entry, info.si_signo) == signal);
		position = BPF_CORE_READ(position, next);
	}
	return true;
}

/* Returns true if the task is about to run a handler for the signal, which then is not fatal. */
static bool is_caught(struct task_struct *task, int signal)
{
	void *action = BPF_CORE_READ(task, sighand);
	void *handler = NULL;

	if (BPF_CORE_READ(task, blocked.sig[0]) & SIGNAL_BIT(signal))
		return false;
	action += bpf_core_field_offset(struct sighand_struct, action);
	action += (u64)(signal - 1) * bpf_core_type_size(struct k_sigaction);
	bpf_probe_read_kernel(&handler, sizeof(handler),
			      action + bpf_core_field_offset(struct sigaction, sa_handler));
	/* neither SIG_DFL nor SIG_IGN */
	return (u64)handler > 1;
}
