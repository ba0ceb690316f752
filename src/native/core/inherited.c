// SPDX-License-Identifier: MIT
/*
 * The state that this process inherited and that a COMMAND must inherit: recorded by
 * scripts/runtime/preflight.c or, if that did not run, what the process can still read.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "child_command.h"

/* The state if preflight did not run, for example because the tracer runs from source. */
static struct inherited fallback = {
	.magic = INHERITED_MAGIC,
	.has_files = 1,
	.files = { 1 << STDIN_FILENO | 1 << STDOUT_FILENO | 1 << STDERR_FILENO },
};

static int death_signal;

int parent_death_signal(void)
{
	return death_signal;
}

static void read_fallback(void)
{
	static const int resources[LIMIT_COUNT] = LIMIT_RESOURCES;
	struct sigaction action;
	struct rlimit limit;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int signal = 1; signal < NSIG; signal++) {
		if (sigismember(&blocked, signal) == 1)
			fallback.blocked |= 1UL << (signal - 1);
		/* the runtime itself ignores these two */
		if (signal != SIGPIPE && signal != SIGXFSZ && !sigaction(signal, NULL, &action) &&
		    action.sa_handler == SIG_IGN)
			fallback.ignored |= 1UL << (signal - 1);
	}
	for (int i = 0; i < LIMIT_COUNT; i++) {
		if (getrlimit(resources[i], &limit))
			continue;
		fallback.limits[i].soft = limit.rlim_cur;
		fallback.limits[i].hard = limit.rlim_max;
	}
}

/*
 * Runs before any signal is handled. SIGCHLD may be inherited as SIG_IGN, which makes wait4(2)
 * fail; this resets it, since doctor waits for children.
 */
__attribute__((constructor)) static void save_state(void)
{
	struct sigaction action;

	read_fallback();
	prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
	if (!sigaction(SIGCHLD, NULL, &action) && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
}

const struct inherited *inherited(void)
{
	unsigned long magic = 0;
	struct iovec to = { &magic, sizeof(magic) };
	struct iovec from = { (void *)INHERITED_ADDRESS, sizeof(magic) };

	/* without preflight this address is unmapped or holds other data */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof(magic) ||
	    magic != INHERITED_MAGIC)
		return &fallback;
	return (const struct inherited *)INHERITED_ADDRESS;
}
