// SPDX-License-Identifier: MIT
/*
 * Ctrl-C without a race. The tracer sleeps in poll(2), outside the JavaScript event loop, so a handler that only set a
 * flag could run just before the sleep and be slept over. It writes to an eventfd that every sleep polls as well.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>
#include "native.h"

volatile int stop_signal;
int stop_fd = -1;

static void remember(int signal)
{
	const uint64_t one = 1;
	int saved = errno;

	stop_signal = signal;
	if (write(stop_fd, &one, sizeof(one)) < 0) {
		/* the counter is full: the eventfd is readable already, which is all we want */
	}
	errno = saved;
}

/*
 * While our command lives, signals are meant for it. What the terminal sends it has got itself; what somebody sends to us is
 * handed on, as sudo(8) does it, and a second time also stops us.
 */
static void hand_on(int signal, siginfo_t *info, void *context)
{
	static volatile sig_atomic_t handed_on[NSIG];
	pid_t pid = command_pid;
	int saved = errno;

	(void)context;
	if (pid <= 0 || handed_on[signal]) {
		remember(signal);
	} else if (info->si_code != SI_KERNEL) {
		handed_on[signal] = 1;
		kill(pid, signal);
	}
	errno = saved;
}

/* Whoever started us may not want to hear of dead children, and that is handed down; then wait() would know nothing of ours. */
static int ignores_children;

__attribute__((constructor)) static void hear_of_children(void)
{
	struct sigaction of_old;

	ignores_children = !sigaction(SIGCHLD, NULL, &of_old) && of_old.sa_handler == SIG_IGN;
	if (ignores_children)
		signal(SIGCHLD, SIG_DFL);
}

static const int asking[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static struct sigaction before[sizeof(asking) / sizeof(asking[0])];

/*
 * From now on SIGINT, SIGTERM and SIGHUP ask for a stop; a second one of the same kind ends the process as usual. SIGHUP
 * stays ignored under nohup(1). A shell starts background jobs with SIGINT ignored, but whoever then sends one to
 * a tracer that runs until Ctrl-C means it. has_command: they go to that first. Returns 0 or -errno.
 */
API int stop_on_signals(int has_command)
{
	struct sigaction action = { .sa_handler = remember, .sa_flags = SA_RESETHAND };

	if (has_command) {
		action.sa_sigaction = hand_on;
		action.sa_flags = SA_SIGINFO;
	}
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
		if (sigaction(asking[i], NULL, &before[i]))
			return -errno;
		/* without a command, SIGQUIT stays what it is: the end at once */
		if (asking[i] == SIGQUIT && !has_command)
			continue;
		if (asking[i] == SIGHUP && before[i].sa_handler == SIG_IGN)
			continue;
		if (sigaction(asking[i], &action, NULL))
			return -errno;
	}
	/* a reader that goes away is EPIPE, not death */
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* For a child of ours that is to be somebody else: what is ignored stays so across execve, what is handled does not. */
void restore_signals(void)
{
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		signal(asking[i], before[i].sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL);
	if (ignores_children)
		signal(SIGCHLD, SIG_IGN);
	/* our runtime ignores these */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}

/*
 * A stop signal from ourselves after that many ms: SIGALRM, which ends a sleep or a write as the others do. Returns 0 or
 * -errno.
 */
API int stop_after(uint64_t ms)
{
	struct sigaction action = { .sa_handler = remember, .sa_flags = SA_RESETHAND };
	struct itimerval timer = { .it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 } };

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &timer, NULL))
		return -errno;
	return 0;
}
