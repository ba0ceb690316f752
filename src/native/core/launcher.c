// SPDX-License-Identifier: MIT
/*
 * The launcher: a program of a few pages that starts COMMAND. The memory of a parent at the fork
 * counts in the record and rusage of its child, so the launcher must be small, and the fork must
 * come after the tracer is attached. COMMAND still is a child of the tracer (CLONE_PARENT).
 *
 * Afterwards the launcher forwards signals. It stays in the tracer's process group with all signals
 * blocked. So a signal that is pending for the launcher was sent to the group, and COMMAND has it
 * already; other signals were sent to the tracer alone. The launcher keeps CAP_KILL, which the
 * tracer drops. It exits when the tracer closes its end of the socket.
 *
 * argv: NAME SOCKET MEMORY; the last two are descriptors. It uses no C library: see raw.h.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "launcher_exec.h"

#define MAX_SIGNALS 64
#define MAX_ERRNO 4095

_Static_assert(sizeof(siginfo_t) == SIGINFO_BYTES, "siginfo_t");

static int tracer; /* the socket to the tracer */

static void set_dispositions(void)
{
	for (int signal = 1; signal <= MAX_SIGNALS; signal++) {
		struct kernel_sigaction action = {};

		if (launch->ignored >> (signal - 1) & 1)
			action.handler = (void *)SIG_IGN;
		SYSCALL(SYS_rt_sigaction, signal, &action, 0, sizeof(action.mask));
	}
}

static void set_limits(void)
{
	static const uint8_t resources[LIMIT_COUNT] = LIMIT_RESOURCES;

	for (int i = 0; i < LIMIT_COUNT; i++)
		SYSCALL(SYS_prlimit64, 0, resources[i], launch->limits[i]);
}

/* Starts COMMAND and replies to the tracer. Returns the pidfd of COMMAND, or -1. */
static int start(void)
{
	struct reply reply = { REPLY_STARTED, 0 };
	int pidfd = -1;
	long pid;

	/* sleeps until COMMAND is executed or dead */
	pid = SYSCALL(SYS_clone, CLONE_PARENT | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, 0, &pidfd);
	if (pid == 0)
		exec_command();
	if (pid < 0) {
		launch->failure.stage = STAGE_LAUNCHER;
		launch->failure.error = -pid;
	}
	reply.value = pid;
	if (launch->failure.error)
		reply.kind = REPLY_FAILED;
	SYSCALL(SYS_write, tracer, &reply, sizeof(reply));
	return launch->failure.error ? -1 : pidfd;
}

/* Returns true if this signal was pending, and removes it. */
static int take_pending(int signal)
{
	const uint64_t set = 1UL << (signal - 1);
	const long now[2] = { 0, 0 };

	/*
	 * kill(2) holds tasklist_lock for reading while it signals a group. A call that takes this
	 * lock for writing waits until all members have the signal. setpgid(2) takes it and then
	 * fails, because process 1 is not a child of the launcher.
	 */
	SYSCALL(SYS_setpgid, 1, 1);
	return SYSCALL(SYS_rt_sigtimedwait, &set, 0, now, sizeof(set)) == signal;
}

static int is_pending(int signal)
{
	uint64_t set = 0;

	SYSCALL(SYS_rt_sigpending, &set, sizeof(set));
	return set >> (signal - 1) & 1;
}

/* Sends a signal to COMMAND. REQUEST_FORWARD: unless the launcher got it as well. */
static int forward(int pidfd, struct request *request)
{
	siginfo_t *info = (siginfo_t *)request->info;
	int signal = request->signal;
	/* the kernel permits forwarding a value, but not the claim that kill(2) was called */
	int has_value = info->si_code < 0 && info->si_code != SI_TKILL;

	if (take_pending(signal) && request->kind == REQUEST_FORWARD)
		return REPLY_SHARED;
	/* a SIGCONT to the group has undone the stop */
	if ((signal == SIGTSTP || signal == SIGTTIN) && is_pending(SIGCONT))
		return REPLY_SHARED;
	if (SYSCALL(SYS_pidfd_send_signal, pidfd, signal, has_value ? info : NULL))
		return REPLY_GONE;
	return REPLY_FORWARDED;
}

static void serve(int pidfd)
{
	struct request request;
	struct reply reply = {};

	while (SYSCALL(SYS_read, tracer, &request, sizeof(request)) == sizeof(request)) {
		if (request.signal < 1 || request.signal > MAX_SIGNALS)
			break;
		if (request.kind == REQUEST_FORGET)
			reply.kind = take_pending(request.signal) ? REPLY_SHARED : REPLY_GONE;
		else
			reply.kind = forward(pidfd, &request);
		if (SYSCALL(SYS_write, tracer, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
}

static int to_number(const char *text)
{
	int number = 0;

	while (*text)
		number = number * 10 + *text++ - '0';
	return number;
}

/* Stores the addresses of the strings, and NULL, in an array. Returns the rest of the array. */
static char **index_strings(char **array, char **strings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		*array++ = *strings;
		while (*(*strings)++) {
		}
	}
	*array++ = NULL;
	return array;
}

/* Maps a file, or memory if fd is -1. Returns NULL on failure. */
static void *map(long fd, long size)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	long address = SYSCALL(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, flags, fd);

	return address < 0 && address >= -MAX_ERRNO ? NULL : (void *)address;
}

/* Maps the shared memory and indexes its strings. Returns false on failure. */
static int load_launch(long memory)
{
	char *strings, **array;

	launch = map(memory, SYSCALL(SYS_lseek, memory, 0, SEEK_END));
	SYSCALL(SYS_close, memory);
	if (!launch)
		return 0;
	strings = launch->strings;
	array = map(-1, (launch->paths + launch->words + 4) * sizeof(char *));
	if (!array)
		return 0;
	paths = array;
	words = index_strings(paths, &strings, launch->paths) + 1;
	index_strings(words, &strings, launch->words);
	return 1;
}

/*
 * Closes all other descriptors: a process that reads from a pipe must see its end when COMMAND
 * closes it.
 */
static void close_others(uint32_t a, uint32_t b)
{
	uint32_t first = a < b ? a : b, second = a < b ? b : a;

	if (first > 0)
		SYSCALL(SYS_close_range, 0, first - 1);
	if (second > first + 1)
		SYSCALL(SYS_close_range, first + 1, second - 1);
	SYSCALL(SYS_close_range, second + 1, ~0U);
}

static void run(char **argv)
{
	struct request request;
	int pidfd;

	tracer = to_number(argv[1]);
	SYSCALL(SYS_fcntl, tracer, F_SETFD, FD_CLOEXEC);
	SYSCALL(SYS_prctl, PR_SET_NAME, LAUNCHER_NAME);
	/*
	 * forbids other processes to inspect the launcher or take its descriptors; COMMAND is
	 * unaffected, since execve(2) resets this
	 */
	SYSCALL(SYS_prctl, PR_SET_DUMPABLE, 0);
	if (!load_launch(to_number(argv[2])))
		return;
	set_dispositions();
	set_limits();
	if (SYSCALL(SYS_read, tracer, &request, sizeof(request)) != sizeof(request) ||
	    request.kind != REQUEST_START)
		return;
	pidfd = start();
	if (pidfd < 0)
		return;
	close_others(tracer, pidfd);
	SYSCALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
	if (set_capabilities(1UL << CAP_KILL))
		set_capabilities(0);
	serve(pidfd);
}

__attribute__((used)) static _Noreturn void begin(long *stack)
{
	char **argv = (char **)(stack + 1);

	environment = argv + *stack + 1;
	run(argv);
	for (;;)
		SYSCALL(SYS_exit_group, 0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl begin\n");
#endif
