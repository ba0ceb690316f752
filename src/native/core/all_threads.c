// SPDX-License-Identifier: MIT
/*
 * Runs a function on every thread. Capabilities, no_new_privs and Landlock are attributes of
 * threads, and the JavaScript engine has several: an attacker could use the privileges of any that
 * retains them. A signal interrupts each thread, and its handler runs the function, as in libpsx
 * and in the C library's setuid(3).
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
#include "raw.h"

/*
 * The signal that the C library uses for the same purpose (SIGSETXID of nptl). pthread_sigmask(3)
 * never blocks it, and mi-scavenger, a thread of the engine, blocks all others. The handler is set
 * by the system call, since sigaction(3) refuses this number.
 */
#define SIGNAL 33
#define RESTORER 0x04000000	/* SA_RESTORER of asm/signal.h, set by the C library on x86-64 */

#define MAX_THREADS 1024
#define MAX_YIELDS 100
#define MAX_SLEEPS 5000
#define SLEEP_NS 1000000

static void (*run_function)(void);
static pid_t done[MAX_THREADS];
static atomic_int done_count;

static void handle_signal(int signal)
{
	int saved = errno, index;

	(void)signal;
	run_function();
	index = atomic_fetch_add(&done_count, 1);
	if (index < MAX_THREADS)
		done[index] = syscall(SYS_gettid);
	errno = saved;
}

static int is_done(pid_t tid)
{
	int count = atomic_load(&done_count);

	for (int i = 0; i < count && i < MAX_THREADS; i++)
		if (done[i] == tid)
			return 1;
	return 0;
}

/*
 * Waits until a thread has run the function or has exited. Counts sleeps, not elapsed time, so that
 * SIGSTOP does not consume the timeout. Returns 0 or -ETIMEDOUT.
 */
static int wait_for(pid_t tid)
{
	const struct timespec pause = { .tv_nsec = SLEEP_NS };

	for (int i = 0; i < MAX_YIELDS + MAX_SLEEPS; i++) {
		if (is_done(tid) || syscall(SYS_tgkill, getpid(), tid, 0))
			return 0;
		if (i < MAX_YIELDS)
			sched_yield();
		else
			nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/* Signals each other thread that is not done. Returns their number, or -errno. */
static int signal_threads(DIR *tasks, pid_t *signalled)
{
	pid_t self = syscall(SYS_gettid);
	struct dirent *entry;
	int count = 0, error = 0;

	rewinddir(tasks);
	while (count < MAX_THREADS && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (!tid || tid == self || is_done(tid))
			continue;
		if (!syscall(SYS_tgkill, getpid(), tid, SIGNAL))
			signalled[count++] = tid;
		else if (errno != ESRCH)
			error = -errno;
	}
	return error ? error : count;
}

int run_on_all_threads(DIR *tasks, void (*function)(void), int (*meanwhile)(void))
{
	static pid_t signalled[MAX_THREADS];
	struct kernel_sigaction action, before;
	int count, error;

	/* copies the restorer that the C library gave to the handler of SIGTERM */
	if (syscall(SYS_rt_sigaction, SIGTERM, NULL, &action, sizeof(action.mask)))
		return -errno;
#ifdef __x86_64__
	/* without a restorer, a thread would die when the handler returns */
	if (!(action.flags & RESTORER))
		return -EINVAL;
#endif
	action.handler = (void *)handle_signal;
	action.flags = (action.flags & RESTORER) | SA_RESTART | SA_ONSTACK;
	action.mask = ~0ULL;
	run_function = function;
	if (syscall(SYS_rt_sigaction, SIGNAL, &action, &before, sizeof(action.mask)))
		return -errno;
	count = signal_threads(tasks, signalled);
	function();
	error = meanwhile();
	/* a thread that was not done yet may have created others meanwhile */
	while (!error && count > 0) {
		for (int i = 0; i < count && !error; i++)
			error = wait_for(signalled[i]);
		if (!error)
			count = atomic_load(&done_count) < MAX_THREADS ?
					signal_threads(tasks, signalled) :
					-E2BIG;
	}
	/* the C library's handler ignores a signal that arrives late */
	syscall(SYS_rt_sigaction, SIGNAL, &before, NULL, sizeof(action.mask));
	return error ? error : count;
}
