// SPDX-License-Identifier: MIT
/*
 * Reads the state that this process inherited and that a COMMAND must inherit, as scripts/runtime/gate.c
 * recorded it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "command.h"

/* The state that can still be read without the gate, for example in tests that run from source. */
static struct inherited late = {
	.magic = INHERITED_MAGIC,
	.has_files = 1,
	.files = { 1 << STDIN_FILENO | 1 << STDOUT_FILENO | 1 << STDERR_FILENO },
};

static int death_signal;

int parent_death_signal(void)
{
	return death_signal;
}

static void find_out(void)
{
	static const int which[LIMIT_COUNT] = { RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_SIGPENDING };
	struct sigaction action;
	struct rlimit limit;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int signal = 1; signal < NSIG; signal++) {
		if (sigismember(&blocked, signal) == 1)
			late.blocked |= 1UL << (signal - 1);
		/* the runtime itself ignores these two */
		if (signal != SIGPIPE && signal != SIGXFSZ && !sigaction(signal, NULL, &action) && action.sa_handler == SIG_IGN)
			late.ignored |= 1UL << (signal - 1);
	}
	for (int i = 0; i < LIMIT_COUNT; i++) {
		if (getrlimit(which[i], &limit))
			continue;
		late.limits[i].soft = limit.rlim_cur;
		late.limits[i].hard = limit.rlim_max;
	}
}

/*
 * The parent may have set SIGCHLD to be ignored. Then the kernel reaps children itself, and
 * wait4(2) returns no status. The doctor needs the status of its children as well.
 */
__attribute__((constructor)) static void look_before_signals_are_handled(void)
{
	struct sigaction action;

	find_out();
	prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
	if (!sigaction(SIGCHLD, NULL, &action) && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
}

const struct inherited *inherited(void)
{
	unsigned long magic = 0;
	struct iovec to = { &magic, sizeof(magic) }, from = { (void *)INHERITED_ADDRESS, sizeof(magic) };

	/* without the gate this address is unmapped or holds other data */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof(magic) || magic != INHERITED_MAGIC)
		return &late;
	return (const struct inherited *)INHERITED_ADDRESS;
}
