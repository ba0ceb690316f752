// SPDX-License-Identifier: MIT
/*
 * A function called in every thread. Capabilities, no_new_privs and Landlock belong to threads, and the JavaScript engine has several: what
 * only one of them gives up, whoever runs in the others still has. So each is interrupted by a signal whose handler does it there, as
 * the C library does it for setuid().
 */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "privileges.h"

/*
 * The C library's own signal for that purpose (SIGSETXID in nptl), which it lets no thread block: one of ours, mi-scavenger, blocks all
 * others. It is borrowed by the kernel's interface, since the C library's refuses the number.
 */
#define BORROWED 33
/* The kernel's, in uapi/asm/signal.h; the C library sets it where the architecture wants it. */
#define RESTORER 0x04000000

#define MOST_THREADS 1024
#define YIELDS 100
#define NAPS 5000
#define NAP_NS 1000000

/* `struct sigaction` as the kernel has it, on x86_64 and arm64 */
struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static void (*todo)(void);
static pid_t answered[MOST_THREADS];
static atomic_int answers;

static void answer(int signal)
{
	int saved = errno, index;

	(void)signal;
	todo();
	index = atomic_fetch_add(&answers, 1);
	if (index < MOST_THREADS)
		answered[index] = syscall(SYS_gettid);
	errno = saved;
}

static int has_answered(pid_t tid)
{
	int count = atomic_load(&answers);

	for (int i = 0; i < count && i < MOST_THREADS; i++)
		if (answered[i] == tid)
			return 1;
	return 0;
}

/* As naps and not as a clock, which goes on while we are stopped. Returns 0 or -ETIMEDOUT. */
static int wait_for(pid_t tid)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };

	for (int i = 0; i < YIELDS + NAPS; i++) {
		/* one that has ended has nothing any more */
		if (has_answered(tid) || syscall(SYS_tgkill, getpid(), tid, 0))
			return 0;
		if (i < YIELDS)
			sched_yield();
		else
			nanosleep(&nap, NULL);
	}
	return -ETIMEDOUT;
}

/*
 * Signals each thread in the list that has not answered yet. Returns how many were signalled, or
 * -errno.
 */
static int ask(DIR *tasks, pid_t *asked)
{
	pid_t self = syscall(SYS_gettid);
	struct dirent *entry;
	int count = 0, error = 0;

	rewinddir(tasks);
	while (count < MOST_THREADS && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (!tid || tid == self || has_answered(tid))
			continue;
		if (!syscall(SYS_tgkill, getpid(), tid, BORROWED))
			asked[count++] = tid;
		else if (errno != ESRCH)
			error = -errno;
	}
	return error ? error : count;
}

int in_all_threads(DIR *tasks, void (*here)(void), int (*meanwhile)(void))
{
	static pid_t asked[MOST_THREADS];
	struct kernel_action action, before;
	int count, error;

	/* what stop_on_signals() has set through the C library says how to return from a handler here */
	if (syscall(SYS_rt_sigaction, SIGTERM, NULL, &action, sizeof(action.mask)))
		return -errno;
	action.handler = answer;
	action.flags = (action.flags & RESTORER) | SA_RESTART | SA_ONSTACK;
	action.mask = ~0ULL;
	todo = here;
	if (syscall(SYS_rt_sigaction, BORROWED, &action, &before, sizeof(action.mask)))
		return -errno;
	count = ask(tasks, asked);
	here();
	error = meanwhile();
	/* those that come now inherit from whoever makes them, so it is over once a round finds nobody to ask */
	while (!error && count) {
		for (int i = 0; i < count && !error; i++)
			error = wait_for(asked[i]);
		if (count < 0 || error)
			break;
		count = atomic_load(&answers) < MOST_THREADS ? ask(tasks, asked) : -E2BIG;
	}
	/* a late one would run into the C library's handler, which ignores what it did not ask for */
	syscall(SYS_rt_sigaction, BORROWED, &before, NULL, sizeof(action.mask));
	return error ? error : count;
}
