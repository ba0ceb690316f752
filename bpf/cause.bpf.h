/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Who sent a signal, and why: the process that called kill(2) or its like, or else the kernel. What
 * a signal's siginfo says can be claimed by its sender, so it is believed only together with the
 * context in which the kernel generates the signal.
 */
#ifndef __CAUSE_BPF_H
#define __CAUSE_BPF_H

#include "namespace.bpf.h"
#include "process.bpf.h"
#include "siginfo.h"
#include "syscall.bpf.h"

/* Who sent it, an enum killer_kind, and why, an enum killer_reason, in one number. */
#define CAUSE(kind, reason) ((kind) << 8 | (reason))
#define KIND_OF(cause) ((cause) >> 8)
#define REASON_OF(cause) ((cause) & 0xff)
#define BY_PROCESS(why) CAUSE(KILLER_PROCESS, REASON_##why)
#define BY_KERNEL(why) CAUSE(KILLER_KERNEL, REASON_##why)

/* A signal that the kernel generates in the context of the current task. */
struct generated {
	int signal;
	int code;			/* si_code, where there is a siginfo */
	struct task_struct *target, *current;
	bool is_own;			/* to a thread of the current process */
	bool is_exiting;		/* the current task is */
	struct syscall call;		/* in do_exit() the call that the task does not return from */
};

static bool is_own_thread(const struct generated *sent)
{
	return sent->target == sent->current;
}

static int cause_of_call(const struct generated *sent)
{
	return sent->signal == SIGABRT && sent->is_own ? BY_PROCESS(ABORT) : BY_PROCESS(SIGNAL);
}

/*
 * exit_notify() sends SIGHUP to process groups that become orphans while they have stopped members.
 * By then the exiting task has lost its namespaces, which it still has in disassociate_ctty(), and
 * takes no more task work, which may hang a terminal up as well.
 */
static bool is_in_exit_notify(const struct generated *sent)
{
	struct task_struct *current = sent->current;

	return sent->is_exiting && !BPF_CORE_READ(current, nsproxy) && BPF_CORE_READ(current, task_works);
}

/*
 * A debugger may have its tracee send itself a signal, at its system calls:
 * ptrace_report_syscall().
 */
static bool may_be_injected(const struct generated *sent)
{
	struct task_struct *current = sent->current;

	return is_own_thread(sent) && sent->call.kind != CALL_NONE && BPF_CORE_READ(current, ptrace);
}

/* As check_process_timers() and check_thread_timers() in kernel/time/posix-cpu-timers.c decide. */
static bool is_beyond_cpu_limit(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	u64 seconds = BPF_CORE_READ(signal, rlim[RLIMIT_CPU].rlim_max);
	u64 used = BPF_CORE_READ(signal, cputimer.cputime_atomic.utime.counter) +
		   BPF_CORE_READ(signal, cputimer.cputime_atomic.stime.counter);

	if (seconds != RLIM_INFINITY && used >= seconds * NS_PER_SECOND)
		return true;
	return BPF_CORE_READ(signal, rlim[RLIMIT_RTTIME].rlim_max) != RLIM_INFINITY && BPF_CORE_READ(task, rt.timeout);
}

/* SIGKILL of the kernel, other than the OOM killer's. */
static int cause_of_kill(const struct generated *sent)
{
	struct task_struct *current = sent->current, *target = sent->target;
	struct task_struct *leader = BPF_CORE_READ(current, group_leader);

	if (sent->is_exiting) {
		/* zap_pid_ns_processes(), or exit_ptrace() of a debugger */
		bool is_for_debugger = BPF_CORE_READ(target, ptrace) & PT_EXITKILL;

		return is_namespace_init(leader) && !is_for_debugger ? BY_KERNEL(PID_NAMESPACE_END) : BY_KERNEL(UNKNOWN);
	}
	if (sent->call.kind == CALL_REBOOT && is_namespace_init(BPF_CORE_READ(target, group_leader)))
		return BY_PROCESS(REBOOT);
	return sent->is_own && is_beyond_cpu_limit(target) ? BY_KERNEL(CPU_LIMIT) : BY_KERNEL(UNKNOWN);
}

/* Sent with SEND_SIG_PRIV: by the kernel itself, whatever the current task does. */
static int cause_of_privileged(const struct generated *sent)
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
		/* Ctrl-Alt-Del sends the host's init one */
		return BPF_CORE_READ(target, signal, tty) || (!sent->is_own && BPF_CORE_READ(target, tgid) != 1) ?
			       BY_KERNEL(TERMINAL) :
			       BY_KERNEL(UNKNOWN);
	case SIGALRM:
	case SIGVTALRM:
	case SIGPROF:
		return BY_KERNEL(TIMER);
	}
	return BY_KERNEL(UNKNOWN);
}

/*
 * While a process forks into a cgroup that is being killed, its child is killed before it runs.
 * `state` before Linux 5.14
 */
static bool is_unborn(struct task_struct *task)
{
	return bpf_core_field_exists(struct task_struct, __state) && BPF_CORE_READ(task, __state) & TASK_NEW;
}

/*
 * Sent with SEND_SIG_NOINFO: in the name of the current task, though in newer kernels only (7.3,
 * not 6.18) by kill(2) itself.
 */
static int cause_of_unnamed(const struct generated *sent)
{
	struct task_struct *current = sent->current;

	if (sent->is_exiting)
		return BY_KERNEL(PARENT_DEATH);
	if (BPF_CORE_READ(current, flags) & PF_KTHREAD)
		return BY_KERNEL(UNKNOWN);
	if (sends_signal(&sent->call, sent->signal) || sent->call.kind == CALL_PTRACE)
		return cause_of_call(sent);
	switch (sent->signal) {
	case SIGPIPE:
		return sent->is_own ? BY_KERNEL(BROKEN_PIPE) : BY_KERNEL(UNKNOWN);
	case SIGXFSZ:
		return sent->is_own ? BY_KERNEL(FILE_SIZE_LIMIT) : BY_KERNEL(UNKNOWN);
	case SIGHUP:
		/* a session's leader gives its terminal up by ioctl(TIOCNOTTY) */
		return BY_KERNEL(TERMINAL);
	case SIGKILL:
		/* by writing to cgroup.kill */
		return is_unborn(sent->target) ? BY_KERNEL(CGROUP_KILL) : BY_PROCESS(CGROUP_KILL);
	}
	return BY_KERNEL(UNKNOWN);
}

/*
 * Signals whose positive codes have meanings of their own: send_sigio() in fs/fcntl.c gives them
 * none of its codes.
 */
static bool has_own_codes(int signal)
{
	switch (signal) {
	case SIGILL:
	case SIGTRAP:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
		return true;
	}
	return false;
}

/* force_sig_info_to_task(): to the current task alone, and only for what it does itself. */
static int cause_of_forced(const struct generated *sent)
{
	if (sent->signal == SIGSYS) {
		if (sent->code == SYS_SECCOMP)
			return BY_KERNEL(SECCOMP);
		return sent->code == SYS_USER_DISPATCH ? BY_KERNEL(SYSCALL_USER_DISPATCH) : BY_KERNEL(UNKNOWN);
	}
	/*
	 * an event of perf that its process asked for, and a program that could not be started, are
	 * no faults
	 */
	if ((sent->signal == SIGTRAP && sent->code == TRAP_PERF) || (sent->code == SI_KERNEL && sent->call.kind == CALL_EXEC))
		return BY_KERNEL(UNKNOWN);
	return BY_KERNEL(FAULT);
}

/*
 * do_notify_parent() sends the signal that a parent chose for its child's end, with codes that
 * O_ASYNC has as well: in the context of the child, as one of the last things that it does, or in
 * that of its debugger.
 */
static bool is_childs_end(const struct generated *sent)
{
	struct task_struct *current = sent->current;

	return sent->call.kind == CALL_WAIT || sent->call.kind == CALL_PTRACE || BPF_CORE_READ(current, exit_state);
}

/*
 * Sent with a siginfo of the kernel's, which says more than 0 to all but who claims a code for
 * itself by rt_sigqueueinfo(2).
 */
static int cause_of_kernel(const struct generated *sent)
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
		if (is_own_thread(sent) && !sent->is_exiting)
			return cause_of_forced(sent);
		/* a page that somebody else, or nobody, was about to use when it failed */
		if (sent->signal == SIGBUS && sent->code == BUS_MCEERR_AO)
			return BY_KERNEL(FAULT);
		return BY_KERNEL(UNKNOWN);
	}
	return sent->code > POLL_HUP || is_childs_end(sent) ? BY_KERNEL(UNKNOWN) : BY_KERNEL(ASYNC_IO);
}

/*
 * Whether a siginfo with that code can be the kernel's, and not only what a process sends or
 * claims.
 */
static bool can_be_kernels(int code)
{
	return code > 0 || (code <= SI_TIMER && code >= SI_SIGIO);
}

/*
 * Who sends that signal to the target, and why: a CAUSE. info is a kernel_siginfo or what stands
 * for one, code its si_code. Global: the verifier goes through its many branches once, and knows
 * nothing of the result.
 */
__noinline int cause_of(int signal, u64 info, int code, u64 target)
{
	struct task_struct *task = (struct task_struct *)target, *current = (struct task_struct *)bpf_get_current_task();
	struct generated sent = {
		.signal = signal,
		.code = code,
		.target = task,
		.current = current,
		.is_own = BPF_CORE_READ(current, tgid) == BPF_CORE_READ(task, tgid),
		.is_exiting = BPF_CORE_READ(current, flags) & PF_EXITING,
	};

	if (info > SEND_SIG_PRIV && !can_be_kernels(code))
		return cause_of_call(&sent);
	read_syscall(&sent.call, current);
	if (info == SEND_SIG_PRIV)
		return cause_of_privileged(&sent);
	if (info == SEND_SIG_NOINFO)
		return cause_of_unnamed(&sent);
	if (!sent.is_exiting && is_on_stack(&sent.call, info) && sends_signal(&sent.call, signal))
		return cause_of_call(&sent);
	return cause_of_kernel(&sent);
}

#endif
