// SPDX-License-Identifier: MIT
/*
 * Runs a COMMAND through the launcher (launcher.c). The launcher starts early, with all state that
 * COMMAND inherits, and starts COMMAND when the tracer is attached and has dropped its privileges.
 * Signals to the tracer also go through the launcher.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "command.h"

#define SYS_CLOSE_RANGE 436
#define MFD_CLOSE_ON_EXEC 1
#define MFD_EXECUTABLE 0x10 /* since Linux 6.3 */
#define SCHED_RESET_ON_FORK_FLAG 1
#define MAX_COALESCED 31 /* signals above it are queued */
#define ANSWER_MS 5000 /* enough for a busy machine */
#define DEFAULT_PATH "/bin:/usr/bin"

/* The launcher's ELF file. */
extern const char launcher_program[] __attribute__((visibility("hidden")));
extern const char launcher_program_end[] __attribute__((visibility("hidden")));
__asm__(".pushsection .rodata\n"
	".globl launcher_program\n.hidden launcher_program\nlauncher_program:\n.incbin \"" LAUNCHER "\"\n"
	".globl launcher_program_end\n.hidden launcher_program_end\nlauncher_program_end:\n.popsection\n");

static struct launch *launch; /* shared with the launcher */
static size_t launch_bytes;
static int launcher = -1; /* the socket to it */
static volatile int lock;
static int is_started;
static uint64_t early_signals; /* arrived before COMMAND; signal N is bit N - 1 */

/*
 * Blocks all signals and returns the mask before. Calls the kernel, since the C library's functions
 * leave out 32 and 33.
 */
static uint64_t block_signals(void)
{
	const uint64_t all = ~0ULL;
	uint64_t before = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all));
	return before;
}

static void unblock_signals(uint64_t before)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}

/*
 * Lets one thread at a time send a request. Signals wait meanwhile: otherwise a handler could wait
 * for the thread that it interrupts. Returns the mask for unlock_launcher().
 */
static uint64_t lock_launcher(void)
{
	uint64_t before = block_signals();

	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		sched_yield();
	return before;
}

static void unlock_launcher(uint64_t before)
{
	__atomic_clear(&lock, __ATOMIC_RELEASE);
	unblock_signals(before);
}

static void close_launcher(void)
{
	if (launcher >= 0)
		close(launcher);
	launcher = -1;
}

/*
 * Returns the reply's kind, or -1 if the launcher is gone or sends nothing for patience_ms (-1: for
 * ever).
 */
static int ask_launcher(const struct request *request, struct reply *reply, int patience_ms)
{
	struct pollfd answer = { .fd = launcher, .events = POLLIN };

	if (launcher < 0)
		return -1;
	if (write(launcher, request, sizeof(*request)) == sizeof(*request) && poll(&answer, 1, patience_ms) == 1 &&
	    read(launcher, reply, sizeof(*reply)) == sizeof(*reply))
		return reply->kind;
	close_launcher();
	return -1;
}

/*
 * Forwards a signal to COMMAND. A signal that arrives twice before it is handled counts once, for
 * each process separately. `explained` counts the signals that the launcher got as well. So a
 * signal that the tracer got twice meanwhile, and the launcher once, is not taken for one that only
 * the tracer got.
 */
enum signal_fate forward_signal(const siginfo_t *info)
{
	static volatile unsigned int explained[NSIG];
	int signal = info->si_signo;
	struct request request = { REQUEST_FORWARD, signal, {} };
	unsigned int before = explained[signal];
	struct reply reply;
	uint64_t mask;
	int kind;

	memcpy(request.info, info, sizeof(*info));
	mask = lock_launcher();
	if (!is_started) {
		if (signal != SIGTSTP && signal != SIGTTIN)
			early_signals |= 1UL << (signal - 1);
		unlock_launcher(mask);
		return SIGNAL_WAS_SHARED;
	}
	if (signal <= MAX_COALESCED && before != explained[signal])
		request.kind = REQUEST_FORGET;
	kind = ask_launcher(&request, &reply, ANSWER_MS);
	if (kind == REPLY_SHARED)
		explained[signal]++;
	unlock_launcher(mask);
	if (kind == REPLY_SHARED || (kind >= 0 && request.kind == REQUEST_FORGET))
		return SIGNAL_WAS_SHARED;
	return kind == REPLY_FORWARDED ? SIGNAL_WAS_FORWARDED : SIGNAL_IS_FOR_TRACER;
}

/*
 * Sends COMMAND the signals that arrived while the tracer started: without the tracer, COMMAND
 * would have got them, whether they were sent to the group or not.
 */
static void send_early_signals(void)
{
	struct request request = { .kind = REQUEST_SEND };
	struct reply reply;

	for (request.signal = 1; early_signals; request.signal++, early_signals >>= 1)
		if (early_signals & 1)
			ask_launcher(&request, &reply, ANSWER_MS);
}

/* Creates a file in memory with these bytes. Returns its descriptor or -errno. */
static int make_file(const char *name, const void *bytes, size_t size)
{
	int fd = syscall(SYS_memfd_create, name, MFD_CLOSE_ON_EXEC | MFD_EXECUTABLE), error;

	if (fd < 0)
		fd = syscall(SYS_memfd_create, name, MFD_CLOSE_ON_EXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) || (bytes && pwrite(fd, bytes, size, 0) != (ssize_t)size)) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

/*
 * Writes the paths that execvp(3) tries, each with a NUL, to `to` unless that is NULL. Returns
 * their bytes.
 */
static size_t list_paths(const char *word, char *to, uint32_t *count)
{
	const char *path = getenv("PATH"), *end;
	size_t bytes = 0, length = strlen(word);

	*count = 0;
	if (!path)
		path = DEFAULT_PATH;
	if (strchr(word, '/') || !length)
		path = "";
	for (;; path = end + 1) {
		int folder;

		end = strchrnul(path, ':');
		folder = end - path;
		if (folder < PATH_MAX) {
			if (to)
				sprintf(to + bytes, "%.*s%s%s", folder, path, folder ? "/" : "", word);
			bytes += folder + (folder != 0) + length + 1;
			++*count;
		}
		if (!*end)
			return bytes;
	}
}

/* Timers survive execve(2), so they move from the tracer to COMMAND. */
static void move_timers(struct launch *to)
{
	_Static_assert(sizeof(struct itimerval) == sizeof(to->timers[0]), "struct itimerval");
	const struct itimerval none = {};

	for (int which = 0; which < MAX_TIMERS; which++) {
		struct itimerval timer = {};

		if (!setitimer(which, &none, &timer))
			memcpy(to->timers[which], &timer, sizeof(timer));
	}
}

/*
 * Creates the memory that the tracer and the launcher share, and describes COMMAND in it. Returns
 * its descriptor or -errno.
 */
static int describe(const char *words, size_t words_bytes, uint32_t count, const char *user)
{
	const struct inherited *from = inherited();
	uint32_t paths;
	size_t paths_bytes = list_paths(words, NULL, &paths);
	int fd, error;

	launch_bytes = sizeof(*launch) + paths_bytes + words_bytes;
	fd = make_file("exitsnoop-launch", NULL, launch_bytes);
	if (fd < 0)
		return fd;
	launch = mmap(NULL, launch_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	error = launch == MAP_FAILED ? -errno : *user ? find_user(user, launch) : 0;
	if (error) {
		close(fd);
		return error;
	}
	/* the launcher overwrites this */
	launch->failure.stage = STAGE_LAUNCHER;
	launch->ignored = from->ignored;
	launch->blocked = from->blocked;
	for (int i = 0; i < LIMIT_COUNT; i++) {
		launch->limits[i][0] = from->limits[i].soft;
		launch->limits[i][1] = from->limits[i].hard;
	}
	/*
	 * SCHED_RESET_ON_FORK acts at each fork, but COMMAND must get the policy that execve(2)
	 * would have kept
	 */
	if (syscall(SYS_sched_getattr, 0, launch->scheduling, sizeof(launch->scheduling), 0) ||
	    !(*(uint64_t *)(launch->scheduling + 8) & SCHED_RESET_ON_FORK_FLAG))
		memset(launch->scheduling, 0, sizeof(launch->scheduling));
	move_timers(launch);
	launch->parent_death_signal = parent_death_signal();
	launch->paths = paths;
	launch->words = count;
	list_paths(words, launch->strings, &paths);
	memcpy(launch->strings + paths_bytes, words, words_bytes);
	return fd;
}

static int is_inherited(const struct inherited *from, unsigned int fd)
{
	return fd < MAX_FILES && from->files[fd / BITS_PER_WORD] >> fd % BITS_PER_WORD & 1;
}

/*
 * Restores the descriptors that exitsnoop inherited, none of which was close-on-exec then, and
 * keeps `keep`. Closes the tracer's own descriptors.
 */
static void restore_files(const int *keep, int keep_count)
{
	const struct inherited *from = inherited();
	unsigned int next = 0;

	for (unsigned int fd = 0; fd < MAX_FILES; fd++) {
		int is_kept = 0;

		for (int i = 0; i < keep_count; i++)
			is_kept |= keep[i] == (int)fd;
		if (!is_kept && !is_inherited(from, fd))
			continue;
		if (fd > next)
			syscall(SYS_CLOSE_RANGE, next, fd - 1, 0);
		if (!is_kept)
			fcntl(fd, F_SETFD, 0);
		next = fd + 1;
	}
	syscall(SYS_CLOSE_RANGE, next, ~0U, 0);
}

/* Runs in the child of a process with threads: makes system calls only, and no allocation. */
static _Noreturn void become_launcher(int program, int socket, int memory)
{
	const int keep[] = { program, socket, memory };
	char socket_text[16], memory_text[16];
	char *argv[] = { LAUNCHER_NAME, socket_text, memory_text, NULL };

	snprintf(socket_text, sizeof(socket_text), "%d", socket);
	snprintf(memory_text, sizeof(memory_text), "%d", memory);
	if (launch->becomes_user)
		keep_capabilities();
	restore_files(keep, sizeof(keep) / sizeof(*keep));
	fcntl(socket, F_SETFD, 0);
	fcntl(memory, F_SETFD, 0);
	syscall(SYS_execveat, program, "", argv, command_environment(), AT_EMPTY_PATH);
	launch->failure.stage = STAGE_LAUNCHER;
	launch->failure.error = errno;
	_exit(127);
}

/*
 * Starts the launcher, which waits for command_go(). words: `count` arguments, each with a NUL.
 * user: the user that COMMAND runs as; empty: the tracer's own. Returns the pid of the launcher,
 * whose only child will be COMMAND, or -errno; -ENOENT: there is no such user.
 */
API int64_t command_prepare(const char *words, uint32_t count, const char *user)
{
	const char *end = words;
	int ends[2], program, memory;
	uint64_t mask;
	int64_t result;

	for (uint32_t i = 0; i < count; i++)
		end += strlen(end) + 1;
	result = load_command_environment();
	if (result)
		return result;
	memory = describe(words, end - words, count, user);
	if (memory < 0)
		return memory;
	program = make_file("exitsnoop", launcher_program, launcher_program_end - launcher_program);
	result = program;
	if (program < 0)
		goto no_program;
	/*
	 * execve(2) of a file that may not be read makes a process that is not dumpable, so there
	 * is no moment before the launcher does so itself
	 */
	fchmod(program, S_IXUSR);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		result = -errno;
		goto no_socket;
	}
	/*
	 * the launcher keeps all signals blocked, and the child has the tracer's handlers until it
	 * executes the launcher
	 */
	mask = block_signals();
	result = fork();
	if (result < 0)
		result = -errno;
	if (result == 0)
		become_launcher(program, ends[1], memory);
	unblock_signals(mask);
	close(ends[1]);
	if (result > 0)
		launcher = ends[0];
	else
		close(ends[0]);
no_socket:
	close(program);
no_program:
	close(memory);
	return result;
}

/*
 * Starts COMMAND. Returns its pid once it is executed, or -errno; then command_failure() has the
 * details. Signals wait meanwhile.
 */
API int64_t command_go(void)
{
	const struct request request = { .kind = REQUEST_START };
	struct reply reply = {};
	uint64_t mask = lock_launcher();
	pid_t pid;
	int kind;

	kind = ask_launcher(&request, &reply, -1);
	is_started = 1;
	pid = reply.value;
	if (kind == REPLY_STARTED) {
		command_has_started(reply.value);
		send_early_signals();
	}
	unlock_launcher(mask);
	if (kind == REPLY_STARTED)
		return pid;
	return launch->failure.error ? -launch->failure.error : -EPIPE;
}

/* Returns the details of a failed command_go(). */
API const void *command_failure(void)
{
	return &launch->failure;
}

/* Ends the launcher, once COMMAND is dead. */
API void command_close(void)
{
	uint64_t mask = lock_launcher();

	close_launcher();
	unlock_launcher(mask);
}
