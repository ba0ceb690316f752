// SPDX-License-Identifier: MIT
/*
 * Ctrl-C without a race. The tracer sleeps in poll(2), outside the JavaScript event loop, so a
 * handler that only set a flag could run just before the sleep and be slept over. It writes to an
 * eventfd that every sleep polls as well.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "command.h"

volatile int stop_signal;
int stop_fd = -1;

static void request_stop(int signal)
{
	const uint64_t one = 1;
	int saved = errno;

	stop_signal = signal;
	if (write(stop_fd, &one, sizeof(one)) < 0) {
		/* the counter is full: the eventfd is readable already */
	}
	errno = saved;
}

static struct sigaction previous[NSIG];
static volatile int has_timer;

/*
 * Whether a signal is nobody else's business: a fault, what the kernel makes of a write(2), what
 * the runtime sends its threads.
 */
static int is_own(const siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
	case SIGSYS:
		if (info->si_code > 0)
			return 1;
	}
	return (info->si_code == SI_USER || info->si_code == SI_TKILL) && info->si_pid == getpid();
}

/* What would have been done without the handler below. */
static void handle_own(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *action = &previous[signal];

	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(signal, info, context);
	else if (action->sa_handler != SIG_IGN && action->sa_handler != SIG_DFL)
		action->sa_handler(signal);
	else if (action->sa_handler == SIG_DFL && info->si_code > 0)
		/* the fault comes again when this returns */
		sigaction(signal, action, NULL);
}

/* As Ctrl-Z would without a handler: the whole job stops, and the shell goes on. */
static void stop_process(int signal)
{
	struct sigaction handled, action = { .sa_handler = SIG_DFL };
	sigset_t only, blocked;

	sigemptyset(&only);
	sigaddset(&only, signal);
	if (sigaction(signal, &action, &handled))
		return;
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
	sigprocmask(SIG_UNBLOCK, &only, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigaction(signal, &handled, NULL);
}

/* There is no COMMAND any more that the signal could be for. */
static void handle_for_tracer(int signal)
{
	int was_ignored = previous[signal].sa_handler == SIG_IGN && signal != SIGINT && signal != SIGTERM;

	switch (signal) {
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
	case SIGUSR1:
		return;
	case SIGTSTP:
	case SIGTTIN:
		return was_ignored ? (void)0 : stop_process(signal);
	}
	if (was_ignored)
		return;
	/* a second one ends the process */
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	request_stop(signal);
}

/* Whether another SIGINT or SIGTERM was forwarded within the last second. */
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
 * While COMMAND lives, a signal is meant for it, whoever got it. What was sent to the process group
 * COMMAND has, if it is in that group; the rest is forwarded.
 */
static void handle_beside_command(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	if (is_own(info)) {
		handle_own(signal, info, context);
	} else if (info->si_code == SI_KERNEL && (signal == SIGXCPU || (signal == SIGALRM && has_timer))) {
		/* the tracer's own limit, and --for */
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

/* What the C library keeps for itself, and its sigaction(3) refuses. */
#define FIRST_RESERVED 32
#define LAST_RESERVED 33

/* By the kernel's interface, and as it has the handler of another signal. */
static int handle_reserved(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action;

	if (syscall(SYS_rt_sigaction, SIGTERM, NULL, &action, sizeof(action.mask)))
		return -errno;
	for (int signal = FIRST_RESERVED; signal <= LAST_RESERVED; signal++)
		if (syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask)))
			return -errno;
	return 0;
}

static int handle_all(void)
{
	struct sigaction action = { .sa_sigaction = handle_beside_command, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	sigset_t forwarded;

	sigfillset(&action.sa_mask);
	sigfillset(&forwarded);
	for (int signal = 1; signal < NSIG; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD || signal == SIGTTOU ||
		    (signal >= FIRST_RESERVED && signal <= LAST_RESERVED))
			continue;
		if (sigaction(signal, &action, &previous[signal]))
			return -errno;
	}
	/* COMMAND may take the terminal, and have it stop others that write to it (TOSTOP) */
	signal(SIGTTOU, SIG_IGN);
	/* what COMMAND has blocked waits there */
	sigprocmask(SIG_UNBLOCK, &forwarded, NULL);
	return handle_reserved();
}

/*
 * From now on SIGINT, SIGTERM and SIGHUP ask for a stop; a second one of the same kind ends the
 * process as usual. SIGHUP stays ignored under nohup(1). A shell starts background jobs with SIGINT
 * ignored, but whoever then sends one to a tracer that runs until Ctrl-C means it.
 */
static int handle_stop_signals(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = request_stop, .sa_flags = SA_RESETHAND };
	sigset_t unblocked;

	sigemptyset(&unblocked);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (sigaction(stops[i], NULL, &previous[stops[i]]))
			return -errno;
		if (stops[i] == SIGHUP && previous[stops[i]].sa_handler == SIG_IGN)
			continue;
		if (sigaction(stops[i], &action, NULL))
			return -errno;
		sigaddset(&unblocked, stops[i]);
	}
	sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
	/* a reader that goes away is EPIPE, not death; SIGUSR1 asks for what is not there */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	return 0;
}

/*
 * Signals end the tracer in an orderly way, or go to COMMAND while that lives. Children are reaped.
 * Returns 0 or -errno.
 */
API int stop_on_signals(int has_command)
{
	int error;

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	error = has_command ? handle_all() : handle_stop_signals();
	return error ? error : reap_children(has_command);
}

/*
 * Asks for a stop after that many ms: by SIGALRM, which ends a sleep or a write as other signals
 * do. Returns 0 or -errno.
 */
API int stop_after(uint64_t ms)
{
	struct sigaction action = { .sa_handler = request_stop, .sa_flags = SA_RESETHAND }, present;
	struct itimerval timer = { .it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 } };
	sigset_t only;

	has_timer = 1;
	sigemptyset(&only);
	sigaddset(&only, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	if (sigaction(SIGALRM, NULL, &present))
		return -errno;
	if (present.sa_sigaction != handle_beside_command && sigaction(SIGALRM, &action, NULL))
		return -errno;
	return setitimer(ITIMER_REAL, &timer, NULL) ? -errno : 0;
}
