/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Records where a thread crashes: in the thread itself, when the kernel delivers a signal whose
 * default action dumps core, while all of its memory is still there. The records precede the
 * exit_record. User space unwinds the stack; frame pointers are not followed here, because few
 * programs have them.
 */
#pragma once

#include "crash_modules.bpf.h"
#include "crash_registers.bpf.h"
#include "crash_stack.bpf.h"
#include "filter.bpf.h"
#include "tracees.bpf.h"

/* SIG_KERNEL_COREDUMP_MASK: QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS */
#define CORE_SIGNALS \
	(SIGNAL_BIT(3) | SIGNAL_BIT(4) | SIGNAL_BIT(5) | SIGNAL_BIT(6) | SIGNAL_BIT(7) | \
	 SIGNAL_BIT(8) | SIGNAL_BIT(11) | SIGNAL_BIT(24) | SIGNAL_BIT(25) | SIGNAL_BIT(31))

/* records where the main thread was for other fatal signals as well */
const volatile bool crash_all_signals = false;

/*
 * Applies the filters that are known before the exit, so that a crash that will not be printed
 * costs little.
 */
static __always_inline bool passes_crash_filters(struct task_struct *task,
						 struct task_struct *leader, int signal)
{
	char name[COMM_LEN] __attribute__((aligned(8))) = {};
	u32 flags;

	if (!passes_set(&filter_pids, BPF_CORE_READ(task, tgid), pid_filter))
		return false;
	if (only_tracees) {
		flags = tracee_flags(local_pid_at((u64)leader),
				     BPF_CORE_READ(leader, start_boottime));
		if (!(flags & TRACEE_EXIT) != removes_tracees)
			return false;
	}
	/* whether the OOM killer sent a SIGKILL is known at the exit */
	if (has_outcome_filter && !filter_core_dumps && !(filter_signals >> (signal - 1) & 1) &&
	    !(filter_oom_kills && signal == SIGKILL))
		return false;
	if (!passes_set(&filter_parents, BPF_CORE_READ(leader, real_parent, tgid), parent_filter) ||
	    !passes_set(&filter_users, BPF_CORE_READ(leader, real_cred, uid.val), user_filter))
		return false;
	if (!has_name_filter)
		return true;
	BPF_CORE_READ_INTO(&name, with_threads ? task : leader, comm);
	return is_name_accepted(name);
}

/*
 * Returns the signal that ends the process, or 0. A signal that kills without a core dump is not
 * delivered: complete_signal() starts the exit when it is sent, and each thread gets a SIGKILL
 * without siginfo. With crash_all_signals the main thread is recorded for these.
 */
static __always_inline int crash_signal(struct bpf_raw_tracepoint_args *ctx,
					struct task_struct *task, struct signal_struct *process)
{
	struct k_sigaction *action = (struct k_sigaction *)ctx->args[2];
	int signal = ctx->args[0];

	if (crash_all_signals && signal == SIGKILL && !ctx->args[1]) {
		signal = BPF_CORE_READ(process, group_exit_code) & 127;
		if (!(BPF_CORE_READ(process, flags) & SIGNAL_GROUP_EXIT) || signal < 1 ||
		    signal > MAX_SIGNAL || CORE_SIGNALS & SIGNAL_BIT(signal) ||
		    task != BPF_CORE_READ(task, group_leader))
			return 0;
		return signal;
	}
	/* nearly all signals have a handler */
	if (signal < 1 || signal > MAX_SIGNAL || !(CORE_SIGNALS & SIGNAL_BIT(signal)) ||
	    BPF_CORE_READ(action, sa.sa_handler))
		return 0;
	return signal;
}

static __always_inline void fill_crash_siginfo(struct crash_record *record, u64 info_address)
{
	struct kernel_siginfo *info = (void *)info_address;
	struct kernel_siginfo___fault *fault = (void *)info_address;

	record->code = record->syscall = record->sender_pid = 0;
	record->address = 0;
	if (info_address == SEND_SIG_NOINFO)
		return;
	record->code = info_address == SEND_SIG_PRIV ? SI_KERNEL : BPF_CORE_READ(info, si_code);
	if (info_address == SEND_SIG_PRIV)
		return;
	if (record->code <= 0) {
		record->sender_pid = BPF_CORE_READ(info, _sifields._kill._pid);
		return;
	}
	record->address = (u64)BPF_CORE_READ(fault, _sifields._sigfault._addr);
	if (record->signal == SIGSYS)
		record->syscall = BPF_CORE_READ(fault, _sifields._sigsys._syscall);
}

static __always_inline void fill_crash_memory(struct crash_record *record, struct mm_struct *mm,
					      u64 sp, u64 ip)
{
	struct mm_struct___crash *memory = (void *)mm;

	record->heap_start = BPF_CORE_READ(memory, start_brk);
	record->heap_end = BPF_CORE_READ(memory, brk);
	record->vdso = (u64)BPF_CORE_READ(memory, context.vdso);
	fill_mapping(&record->context.stack, find_mapping((u64)mm, sp));
	fill_mapping(&record->ip, find_mapping((u64)mm, ip));
}

/* crashes without a crash_record, since the ring had no room for it */
u64 dropped_crashes = 0;

/*
 * Sends the crash_record unless the last eighth of the ring is all that is left for exits. Returns
 * false if it was not sent.
 */
static __always_inline bool send_crash_record(struct crash_record *record)
{
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
		    bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 8 * 7 &&
	    !bpf_ringbuf_output(&ring, record, sizeof(*record), wakeup_flag()))
		return true;
	__sync_fetch_and_add(&dropped_crashes, 1);
	return false;
}

/* Sends the crash_end. Without it, user space takes the records for incomplete. */
static __always_inline void send_crash_end(struct crash_end *end)
{
	u64 bytes = end->message_bytes;

	barrier_var(bytes); /* as in BOUND() */
	if (bytes > ABORT_MESSAGE_BYTES)
		return;
	bytes += __builtin_offsetof(struct crash_end, message);
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
	    bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 8 * 7)
		bpf_ringbuf_output(&ring, end, bytes, wakeup_flag());
}

/* Returns where a stack ends: below a thread's stack is a guard page, which has no access. */
static __always_inline u64 end_of_stack(u64 mm, const struct crash_mapping *mapping)
{
	struct vm_area_struct *vma;

	if (mapping->flags & (VM_READ | VM_WRITE))
		return mapping->end;
	vma = (void *)find_mapping(mm, mapping->end);
	return vma ? BPF_CORE_READ(vma, vm_end) : 0;
}

static __always_inline void record_crash(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task(), *leader;
	struct signal_struct *process = BPF_CORE_READ(task, signal);
	int signal = crash_signal(ctx, task, process);
	struct crash_scratch *s = crash_scratch();
	struct crash_record *record;
	u64 sp = 0, ip = 0, interrupted;
	struct mm_struct *mm;

	/* the init of a PID namespace ignores signals that have no handler */
	if (!signal || !s || BPF_CORE_READ(process, flags) & SIGNAL_UNKILLABLE)
		return;
	mm = BPF_CORE_READ(task, mm);
	leader = BPF_CORE_READ(task, group_leader);
	if (!mm || !passes_crash_filters(task, leader, signal))
		return;

	s->mm = (u64)mm;
	record = &s->record;
	record->kind = RECORD_CRASH;
	record->signal = signal;
	record->flags = 0;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	record->tid = (u32)bpf_get_current_pid_tgid();
	record->start_time_ns = BPF_CORE_READ(leader, start_boottime);
	BPF_CORE_READ_INTO(&record->thread, task, comm);
	record->ns_pid = own_pid_at((u64)leader);
	fill_crash_siginfo(record, ctx->args[1]);
	fill_registers(record, task, &sp, &ip);
	fill_crash_memory(record, mm, sp, ip);
	record->restorer = restorer_of(task, signal);
	/* the handler of another signal may have called abort() */
	if (!record->restorer)
		record->restorer = restorer_of(task, SIGSEGV);
	interrupted = find_interrupted_sp((u64)task, sp);
	record->interrupted_sp = interrupted;
	fill_mapping(&record->interrupted_stack, interrupted ? find_mapping((u64)mm, interrupted) : 0);

	if (!send_crash_record(record))
		return;
	s->end.kind = RECORD_CRASH_END;
	s->end.tid = record->tid;
	s->end.start_time_ns = record->start_time_ns;
	s->end.flags = s->end.message_bytes = s->module_count = 0;
	send_modules((u64)mm, ip, sp, interrupted);
	if (!send_stack(sp, end_of_stack((u64)mm, &record->context.stack)))
		s->end.flags |= CRASH_STACK_MISSING;
	if (interrupted)
		send_stack(interrupted, end_of_stack((u64)mm, &record->interrupted_stack));
	send_crash_end(&s->end);
}
