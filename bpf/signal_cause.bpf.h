/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Finds the sender of a signal and its reason: a process that called kill(2) or a similar system
 * call, or the kernel. A process can send any siginfo, so the siginfo counts only if it fits the
 * context in which the kernel generates the signal.
 */
#pragma once

#include "pid_namespace.bpf.h"
#include "process.bpf.h"
#include "siginfo.h"
#include "syscall.bpf.h"

/* A cause is an enum killer_kind and an enum killer_reason in one number. */
#define CAUSE(kind, reason) ((kind) << 8 | (reason))
#define KIND_OF(cause) ((cause) >> 8)
#define REASON_OF(cause) ((cause) & 0xff)
#define BY_PROCESS(why) CAUSE(KILLER_PROCESS, REASON_##why)
#define BY_KERNEL(why) CAUSE(KILLER_KERNEL, REASON_##why)
#define BY_KERNEL_IF(condition, why) ((condition) ? BY_KERNEL(why) : BY_KERNEL(UNKNOWN))

/* A signal, and the task in whose context the kernel generates it. */
struct generated_signal {
	int signal;
	int code;			/* si_code, if there is a siginfo */
	struct task_struct *target, *current;
	bool is_own;			/* the target is a thread of the current process */
	bool is_exiting;		/* the current task is exiting */
	struct syscall call;		/* of the current task, also if it exits in that call */
};

static int cause_of_sender(const struct generated_signal *sent)
{
	return sent->signal == SIGABRT && sent->is_own ? BY_PROCESS(ABORT) : BY_PROCESS(SIGNAL);
}

/*
 * Returns true if exit_notify() sends SIGHUP to a process group that is orphaned with stopped
 * members. The exiting task has lost its namespaces by then, and runs no more task work. It still
 * has both in disassociate_ctty(), which may hang a terminal up as well.
 */
static bool is_in_exit_notify(const struct generated_signal *sent)
{
	struct task_struct *current = sent->current;

	return sent->is_exiting && !BPF_CORE_READ(current, nsproxy) &&
	       BPF_CORE_READ(current, task_works);
}

/*
 * Returns true if a debugger may have made the task send the signal to itself at a system call:
 * ptrace_report_syscall().
 */
static bool may_be_injected(const struct generated_signal *sent)
{
	struct task_struct *current = sent->current;

	return sent->target == current && sent->call.kind != CALL_NONE &&
	       BPF_CORE_READ(current, ptrace);
}

/*
 * Returns true if the task is beyond a hard limit of CPU time, as check_process_timers() and
 * check_thread_timers() in kernel/time/posix-cpu-timers.c find.
 */
static bool is_beyond_cpu_limit(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	u64 seconds = BPF_CORE_READ(signal, rlim[RLIMIT_CPU].rlim_max);
	u64 used = BPF_CORE_READ(signal, cputimer.cputime_atomic.utime.counter) +
		   BPF_CORE_READ(signal, cputimer.cputime_atomic.stime.counter);

	if (seconds != RLIM_INFINITY && used >= seconds * NS_PER_SECOND)
		return true;
	return BPF_CORE_READ(signal, rlim[RLIMIT_RTTIME].rlim_max) != RLIM_INFINITY &&
	       BPF_CORE_READ(task, rt.timeout);
}

/* Returns the cause of a SIGKILL that the kernel sends, except those of the OOM killer. */
static int cause_of_kill(const struct generated_signal *sent)
{
	struct task_struct *current = sent->current, *target = sent->target;
	struct task_struct *leader = BPF_CORE_READ(current, group_leader);

	if (sent->is_exiting) {
		/* either zap_pid_ns_processes(), or exit_ptrace() of a debugger */
		bool is_by_debugger = BPF_CORE_READ(target, ptrace) & PT_EXITKILL;

		return BY_KERNEL_IF(is_namespace_init(leader) && !is_by_debugger,
				    PID_NAMESPACE_END);
	}
	if (sent->call.kind == CALL_REBOOT &&
	    is_namespace_init(BPF_CORE_READ(target, group_leader)))
		return BY_PROCESS(REBOOT);
	return BY_KERNEL_IF(sent->is_own && is_beyond_cpu_limit(target), CPU_LIMIT);
}

/*
 * Returns the cause of a signal sent with SEND_SIG_PRIV: the kernel itself sends it, whatever the
 * current task does.
 */
static int cause_of_priv(const struct generated_signal *sent)
{
	struct task_struct *target = sent->target;

	switch (sent->signal) {
	case SIGKILL:
		return cause_of_kill(sent);
	case SIGXCPU:
		return BY_KERNEL(CPU_LIMIT);
	case SIGIO:
		return BY_KERNEL(ASYNC_IO);
	}
	if (may_be_injected(sent))
		return BY_KERNEL(UNKNOWN);
	switch (sent->signal) {
	case SIGHUP:
		return is_in_exit_notify(sent) ? BY_KERNEL(HANGUP) : BY_KERNEL(TERMINAL);
	case SIGINT:
	case SIGQUIT:
		/* Ctrl-Alt-Del sends SIGINT to the host's init */
		return BY_KERNEL_IF(BPF_CORE_READ(target, signal, tty) ||
					    (!sent->is_own && BPF_CORE_READ(target, tgid) != 1),
				    TERMINAL);
	case SIGALRM:
	case SIGVTALRM:
	case SIGPROF:
		return BY_KERNEL(TIMER);
	}
	return BY_KERNEL(UNKNOWN);
}

/*
 * Returns true if the task has not run yet: the kernel kills a child that is forked into a cgroup
 * while that is being killed. Before Linux 5.14 the field is `state`.
 */
static bool is_new_task(struct task_struct *task)
{
	return bpf_core_field_exists(struct task_struct, __state) &&
	       BPF_CORE_READ(task, __state) & TASK_NEW;
}

/*
 * Returns the cause of a signal sent with SEND_SIG_NOINFO, which names the current task as the
 * sender. kill(2) itself uses it only in newer kernels (7.3, not 6.18).
 */
static int cause_of_noinfo(const struct generated_signal *sent)
{
	struct task_struct *current = sent->current;

	if (sent->is_exiting)
		return BY_KERNEL(PARENT_DEATH);
	if (BPF_CORE_READ(current, flags) & PF_KTHREAD)
		return BY_KERNEL(UNKNOWN);
	if (sends_signal(&sent->call, sent->signal) || sent->call.kind == CALL_PTRACE)
		return cause_of_sender(sent);
	switch (sent->signal) {
	case SIGPIPE:
		return BY_KERNEL_IF(sent->is_own, BROKEN_PIPE);
	case SIGXFSZ:
		return BY_KERNEL_IF(sent->is_own, FILE_SIZE_LIMIT);
	case SIGHUP:
		/* the leader of a session gives up its terminal by ioctl(TIOCNOTTY) */
		return BY_KERNEL(TERMINAL);
	case SIGKILL:
		/* a process writes to cgroup.kill */
		return is_new_task(sent->target) ? BY_KERNEL(CGROUP_KILL) : BY_PROCESS(CGROUP_KILL);
	}
	return BY_KERNEL(UNKNOWN);
}

/*
 * Returns true for signals with positive si_codes of their own, such as SEGV_MAPERR. send_sigio()
 * in fs/fcntl.c sends these signals without its POLL_* codes.
 */
static bool has_own_codes(int signal)
{
	return signal == SIGILL || signal == SIGTRAP || signal == SIGBUS || signal == SIGFPE ||
	       signal == SIGSEGV || signal == SIGSYS;
}

/*
 * Returns the cause of a signal that force_sig_info_to_task() sends: only to the current task, and
 * only for an action of that task.
 */
static int cause_of_forced(const struct generated_signal *sent)
{
	if (sent->signal == SIGSYS) {
		if (sent->code == SYS_SECCOMP)
			return BY_KERNEL(SECCOMP);
		return BY_KERNEL_IF(sent->code == SYS_USER_DISPATCH, SYSCALL_USER_DISPATCH);
	}
	/* a perf event that the process requested and a failed execve() are not faults */
	return BY_KERNEL_IF(!(sent->signal == SIGTRAP && sent->code == TRAP_PERF) &&
				    !(sent->code == SI_KERNEL && sent->call.kind == CALL_EXEC),
			    FAULT);
}

/*
 * Returns true if do_notify_parent() may send the signal: the one that a parent chose in clone(2)
 * for the exit of its child, with codes (CLD_*) that equal some POLL_* of O_ASYNC. It runs in the
 * context of the child, late in its exit, or of the child's debugger.
 */
static bool may_be_exit_signal(const struct generated_signal *sent)
{
	struct task_struct *current = sent->current;

	return sent->call.kind == CALL_WAIT || sent->call.kind == CALL_PTRACE ||
	       BPF_CORE_READ(current, exit_state);
}

/*
 * Returns the cause of a signal with a siginfo from the kernel. A positive code comes from the
 * kernel, unless a process claims it in an rt_sigqueueinfo(2) to itself.
 */
static int cause_of_kernel(const struct generated_signal *sent)
{
	switch (sent->code) {
	case SI_TIMER:
		return BY_KERNEL(TIMER);
	case SI_MESGQ:
		return BY_KERNEL(MESSAGE_QUEUE);
	case SI_ASYNCIO:
	case SI_SIGIO:
		return BY_KERNEL(ASYNC_IO);
	}
	if (has_own_codes(sent->signal)) {
		if (sent->target == sent->current && !sent->is_exiting)
			return cause_of_forced(sent);
		/* a memory failure in a page that another process, or none, was about to use */
		return BY_KERNEL_IF(sent->signal == SIGBUS && sent->code == BUS_MCEERR_AO, FAULT);
	}
	return BY_KERNEL_IF(sent->code <= POLL_HUP && !may_be_exit_signal(sent), ASYNC_IO);
}

/* Returns false for codes that only processes send: SI_USER, SI_QUEUE, SI_TKILL and below. */
static bool can_be_from_kernel(int code)
{
	return code > 0 || (code <= SI_TIMER && code >= SI_SIGIO);
}

/*
 * Returns the CAUSE of a signal to the target: its sender and reason. info is the address of a
 * kernel_siginfo, or SEND_SIG_*; code is its si_code.
 */
VERIFY_ONCE int cause_of(int signal, u64 info, int code, u64 target)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct task_struct *task = (struct task_struct *)target;
	struct generated_signal sent = {
		.signal = signal,
		.code = code,
		.target = task,
		.current = current,
		.is_own = BPF_CORE_READ(current, tgid) == BPF_CORE_READ(task, tgid),
		.is_exiting = BPF_CORE_READ(current, flags) & PF_EXITING,
	};

	if (info > SEND_SIG_PRIV && !can_be_from_kernel(code))
		return cause_of_sender(&sent);
	read_syscall(&sent.call, current);
	if (info == SEND_SIG_PRIV)
		return cause_of_priv(&sent);
	if (info == SEND_SIG_NOINFO)
		return cause_of_noinfo(&sent);
	if (!sent.is_exiting && is_on_stack(&sent.call, info) && sends_signal(&sent.call, signal))
		return cause_of_sender(&sent);
	return cause_of_kernel(&sent);
}
