// SPDX-License-Identifier: MIT
/*
 * Runs a COMMAND through the launcher (launcher.c). The launcher starts early, with all state that
 * COMMAND inherits, and starts COMMAND when the tracer is attached and has dropped its privileges.
 * Signals to the tracer also go through the launcher.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "child_command.h"

#define MAX_COALESCED 31 /* the kernel queues signals above it */
#define REPLY_TIMEOUT_MS 5000 /* enough for a busy machine */

static struct launch *launch; /* shared with the launcher */
static int launcher = -1; /* the socket to it */
static volatile int lock;
static int is_started;
static uint64_t early_signals; /* arrived before COMMAND; signal N is bit N - 1 */

/*
 * Lets one thread at a time send a request. Blocks all signals meanwhile, since a handler would
 * wait for the thread that it interrupts; by the system call, since the C library leaves out 32 and
 * 33. Returns the mask for unlock_launcher().
 */
static uint64_t lock_launcher(void)
{
	const uint64_t all = ~0ULL;
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(all));
	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		sched_yield();
	return mask;
}

static void unlock_launcher(uint64_t mask)
{
	__atomic_clear(&lock, __ATOMIC_RELEASE);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

static void close_launcher(void)
{
	if (launcher >= 0)
		close(launcher);
	launcher = -1;
}

/*
 * Returns the reply's kind, or -1 if the launcher is gone or sends nothing for timeout_ms (-1:
 * without a limit).
 */
static int request_launcher(const struct request *request, struct reply *reply, int timeout_ms)
{
	struct pollfd answer = { .fd = launcher, .events = POLLIN };

	if (launcher < 0)
		return -1;
	if (write(launcher, request, sizeof(*request)) == sizeof(*request) &&
	    poll(&answer, 1, timeout_ms) == 1 &&
	    read(launcher, reply, sizeof(*reply)) == sizeof(*reply))
		return reply->kind;
	close_launcher();
	return -1;
}

/*
 * Forwards a signal to COMMAND. The kernel merges equal signals up to MAX_COALESCED while one is
 * pending, for each process separately: of two signals to the process group, the tracer may handle
 * both and the launcher see one. So if another handler found the signal shared while this one
 * waited for the lock, this one is not forwarded, and the launcher forgets it.
 */
enum signal_fate forward_signal(const siginfo_t *info)
{
	static volatile unsigned int shared[NSIG]; /* signals that the launcher got as well */
	int signal = info->si_signo, kind;
	struct request request = { REQUEST_FORWARD, signal, {} };
	unsigned int before = shared[signal];
	struct reply reply;
	uint64_t mask;

	memcpy(request.info, info, sizeof(*info));
	mask = lock_launcher();
	if (!is_started) {
		if (signal != SIGTSTP && signal != SIGTTIN)
			early_signals |= 1UL << (signal - 1);
		unlock_launcher(mask);
		return SIGNAL_WAS_SHARED;
	}
	if (signal <= MAX_COALESCED && before != shared[signal])
		request.kind = REQUEST_FORGET;
	kind = request_launcher(&request, &reply, REPLY_TIMEOUT_MS);
	if (kind == REPLY_SHARED)
		shared[signal]++;
	unlock_launcher(mask);
	if (kind == REPLY_SHARED || (kind >= 0 && request.kind == REQUEST_FORGET))
		return SIGNAL_WAS_SHARED;
	return kind == REPLY_FORWARDED ? SIGNAL_WAS_FORWARDED : SIGNAL_IS_FOR_TRACER;
}

/* Sends COMMAND the signals that arrived while the tracer started, as if it had run since then. */
static void send_early_signals(void)
{
	struct request request = { .kind = REQUEST_SEND };
	struct reply reply;

	for (request.signal = 1; early_signals; request.signal++, early_signals >>= 1)
		if (early_signals & 1)
			request_launcher(&request, &reply, REPLY_TIMEOUT_MS);
}

/*
 * Starts the launcher, which waits for child_start(). words: `count` arguments, each with a NUL.
 * user: the user that COMMAND runs as; empty: the tracer's own. Returns the pid of the launcher,
 * whose only child will be COMMAND, or -errno; -ENOENT: there is no such user.
 */
API int64_t child_prepare(const char *words, uint32_t count, const char *user)
{
	return start_launcher(words, count, user, &launcher, &launch);
}

/*
 * Starts COMMAND. Returns its pid once it is executed, or -errno; child_start_failure() has the
 * details. Signals wait meanwhile.
 */
API int64_t child_start(void)
{
	const struct request request = { .kind = REQUEST_START };
	struct reply reply = {};
	uint64_t mask = lock_launcher();
	int kind = request_launcher(&request, &reply, -1);

	is_started = 1;
	if (kind == REPLY_STARTED) {
		set_child_pid(reply.value);
		send_early_signals();
	}
	unlock_launcher(mask);
	if (kind == REPLY_STARTED)
		return reply.value;
	return launch->failure.error ? -launch->failure.error : -EPIPE;
}

/* Returns the details of a failed child_start(). */
API const void *child_start_failure(void)
{
	return &launch->failure;
}

/* Ends the launcher, once COMMAND is dead. */
API void child_close(void)
{
	uint64_t mask = lock_launcher();

	close_launcher();
	unlock_launcher(mask);
}
