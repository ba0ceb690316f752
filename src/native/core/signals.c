// SPDX-License-Identifier: MIT
/*
 * Handles signals without a race. The tracer sleeps in poll(2), outside the JavaScript event loop,
 * so a handler that only set a flag could run just before the sleep, which would then not end. The
 * handler writes to an eventfd, which every sleep polls as well.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "child_command.h"
#include "raw.h"

/*
 * The C library reserves the first real-time signals, two in glibc and three in musl, and its
 * sigaction(3) refuses them.
 */
#define MIN_RESERVED 32
#define MAX_RESERVED (SIGRTMIN - 1)

volatile int stop_signal;
int stop_fd = -1;
static struct sigaction previous[NSIG];
static volatile int has_timer;
static int reopens; /* true if SIGHUP reopens the output files instead of stopping the tracer */
static atomic_int reopen_request, summary_request;

void wake_up(void)
{
	const uint64_t one = 1;
	int saved = errno;

	/* it fails only if the counter is full; then the eventfd is already readable */
	(void)!write(stop_fd, &one, sizeof(one));
	errno = saved;
}

static void request_stop(int signal)
{
	stop_signal = signal;
	wake_up();
}

/* SIGUSR1 requests a summary, SIGHUP that the output files are reopened. */
static void request_action(int signal)
{
	atomic_store(signal == SIGUSR1 ? &summary_request : &reopen_request, 1);
	wake_up();
}

int take_reopen_request(void)
{
	return atomic_exchange(&reopen_request, 0);
}

int take_summary_request(void)
{
	return atomic_exchange(&summary_request, 0);
}

void clear_wake_up(void)
{
	uint64_t count;

	/* a handler may run between the two: it sets stop_signal before it writes */
	if (!stop_signal && read(stop_fd, &count, sizeof(count)) > 0 && stop_signal)
		wake_up();
}

int reopens_on_hangup(void)
{
	return reopens;
}

void unblock_signal(int signal)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, signal);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
}

/*
 * Returns true if only this process is concerned: by a fault, by a signal that a write(2) raises,
 * or by a signal that the runtime sends to its threads.
 */
static int is_own(const siginfo_t *info)
{
	int signal = info->si_signo, code = info->si_code;
	int is_fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
		       signal == SIGFPE || signal == SIGTRAP || signal == SIGSYS;

	return (is_fault && code > 0) ||
	       ((code == SI_USER || code == SI_TKILL) && info->si_pid == getpid());
}

/* Runs the action that was set before handle_with_command(). */
static void run_previous(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *action = &previous[signal];

	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(signal, info, context);
	else if (action->sa_handler != SIG_IGN && action->sa_handler != SIG_DFL)
		action->sa_handler(signal);
	else if (action->sa_handler == SIG_DFL && info->si_code > 0)
		/* the fault repeats after the return */
		sigaction(signal, action, NULL);
}

/* Stops as Ctrl-Z does without a handler: the whole job stops, and the shell continues. */
void stop_process(int signal)
{
	struct sigaction handled, action = { .sa_handler = SIG_DFL };
	sigset_t blocked;

	if (sigaction(signal, &action, &handled))
		return;
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
	unblock_signal(signal);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigaction(signal, &handled, NULL);
}

/* Handles a signal for which no COMMAND is left. */
static void handle_for_tracer(int signal)
{
	int was_ignored = previous[signal].sa_handler == SIG_IGN;

	if ((signal == SIGHUP && reopens) || signal == SIGUSR1) {
		request_action(signal);
		return;
	}
	if (signal == SIGCONT || signal == SIGURG || signal == SIGWINCH ||
	    (was_ignored && signal != SIGINT && signal != SIGTERM))
		return;
	if (signal == SIGTSTP || signal == SIGTTIN) {
		stop_process(signal);
		return;
	}
	/* a second signal of the kind ends the process */
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	request_stop(signal);
}

/* Returns true if another SIGINT or SIGTERM was forwarded within the last second. */
static int is_repeated(int signal)
{
	static int64_t last;
	int64_t at = now(CLOCK_MONOTONIC), before = last;

	if (signal != SIGINT && signal != SIGTERM)
		return 0;
	last = at;
	return before && at - before <= NS_PER_SEC;
}

/*
 * Handles a signal while COMMAND lives: it is meant for COMMAND, even if only the tracer gets it.
 * COMMAND already has a signal to the process group, if it is in that group; other signals are
 * forwarded.
 */
static void handle_with_command(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	if (is_own(info)) {
		run_previous(signal, info, context);
	} else if (info->si_code == SI_KERNEL &&
		   (signal == SIGXCPU || (signal == SIGALRM && has_timer))) {
		/* these come from the tracer's own CPU limit or from --for */
		request_stop(signal);
	} else {
		switch (forward_signal(info)) {
		case SIGNAL_WAS_SHARED:
			if (signal == SIGTSTP || signal == SIGTTIN)
				stop_process(signal);
			break;
		case SIGNAL_WAS_FORWARDED:
			if (is_repeated(signal))
				request_stop(signal);
			break;
		case SIGNAL_IS_FOR_TRACER:
			handle_for_tracer(signal);
		}
	}
	errno = saved;
}

/* Gives the reserved signals the handler of SIGTERM, with a raw system call: glibc refuses. */
static int handle_reserved(void)
{
	struct kernel_sigaction action;

	if (syscall(SYS_rt_sigaction, SIGTERM, NULL, &action, sizeof(action.mask)))
		return -errno;
	for (int signal = MIN_RESERVED; signal <= MAX_RESERVED; signal++)
		if (syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask)))
			return -errno;
	return 0;
}

static int handle_all(void)
{
	struct sigaction action = { .sa_sigaction = handle_with_command,
				    .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };

	sigfillset(&action.sa_mask);
	for (int signal = 1; signal < NSIG; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD ||
		    signal == SIGTTOU || (signal >= MIN_RESERVED && signal <= MAX_RESERVED))
			continue;
		if (sigaction(signal, &action, &previous[signal]))
			return -errno;
	}
	/* COMMAND may become the terminal's foreground group and stop other writers (TOSTOP) */
	signal(SIGTTOU, SIG_IGN);
	/* COMMAND itself still blocks its own signals */
	sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
	return handle_reserved();
}

/*
 * Makes SIGINT, SIGTERM and SIGHUP request a stop; a second signal of the kind ends the process as
 * usual. SIGHUP may reopen the output files instead, and otherwise stays ignored under nohup(1). A
 * shell starts background jobs with SIGINT ignored, but a SIGINT to a tracer that runs until Ctrl-C
 * is intended. SIGUSR1, on which the runtime would act, requests a summary.
 */
static int handle_stop_signals(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = request_stop, .sa_flags = SA_RESETHAND };
	const struct sigaction act = { .sa_handler = request_action, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (sigaction(stops[i], NULL, &previous[stops[i]]))
			return -errno;
		if (stops[i] == SIGHUP && !reopens && previous[stops[i]].sa_handler == SIG_IGN)
			continue;
		if (sigaction(stops[i], stops[i] == SIGHUP && reopens ? &act : &action, NULL))
			return -errno;
		unblock_signal(stops[i]);
	}
	/* a closed pipe must give EPIPE and not end the process */
	signal(SIGPIPE, SIG_IGN);
	unblock_signal(SIGUSR1);
	return sigaction(SIGUSR1, &act, NULL) ? -errno : 0;
}

/*
 * Makes signals end the tracer in an orderly way, or forwards them while COMMAND lives. Reaps
 * children. reopens_files: SIGHUP reopens the output files, unless a terminal sends it when it is
 * closed. Returns 0 or -errno.
 */
API int stop_on_signals(int children, int reopens_files)
{
	int error;

	reopens = reopens_files && !has_controlling_terminal();
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	error = children == HAS_COMMAND ? handle_all() : handle_stop_signals();
	return error ? error : reap_children(children);
}

/*
 * Requests a stop after that many ms, by SIGALRM, which interrupts a sleep or a write as other
 * signals do. Returns 0 or -errno.
 */
API int stop_after(uint64_t ms)
{
	struct sigaction action = { .sa_handler = request_stop, .sa_flags = SA_RESETHAND };
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	struct sigaction present;

	has_timer = 1;
	unblock_signal(SIGALRM);
	if (sigaction(SIGALRM, NULL, &present))
		return -errno;
	if (present.sa_sigaction != handle_with_command && sigaction(SIGALRM, &action, NULL))
		return -errno;
	return setitimer(ITIMER_REAL, &timer, NULL) ? -errno : 0;
}
