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
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "launcher.h"
#include "raw.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#define SYS_PIDFD_SEND_SIGNAL 424
#define SYS_CLOSE_RANGE 436
#define MAX_SIGNALS 64
#define MAY_READ 4 /* R_OK of unistd.h */
#define MAX_TEXT_LINE 80 /* bash searches this many bytes of a first line for a NUL */

#define C1(n, a) call(n, (long)(a), 0, 0, 0, 0, 0)
#define C2(n, a, b) call(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define C3(n, a, b, c) call(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define C4(n, a, b, c, d) call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* `struct sigaction` as the kernel has it */
struct action {
	unsigned long handler, flags, restorer, mask;
};

_Static_assert(sizeof(siginfo_t) == SIGINFO_BYTES, "siginfo_t");

static struct launch *launch;
static int tracer; /* the socket to the tracer */
static char **paths, **words, **environment;

/* The compiler generates calls of these two functions. */
void *memcpy(void *to, const void *from, size_t size)
{
	volatile char *at = to;

	for (const char *byte = from; size; size--)
		*at++ = *byte++;
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	for (volatile char *at = to; size; size--)
		*at++ = byte;
	return to;
}

static void set_dispositions(void)
{
	for (int signal = 1; signal <= MAX_SIGNALS; signal++) {
		struct action action = { .handler = launch->ignored >> (signal - 1) & 1 };

		C4(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
	}
}

static void set_limits(void)
{
	static const uint8_t which[LIMIT_COUNT] = { RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_SIGPENDING };

	for (int i = 0; i < LIMIT_COUNT; i++)
		C4(SYS_prlimit64, 0, which[i], launch->limits[i], NULL);
}

/*
 * Refuses ioctl(2) with TIOCSTI, which types into the terminal, and TIOCLINUX, which pastes into
 * it: another user must not send commands to the shell that started the tracer. The filter covers
 * the 32-bit calls and those of x32, whose numbers have a high bit. Returns 0 or -errno.
 */
static long protect_terminal(void)
{
#if defined(__x86_64__)
	enum { ARCH = AUDIT_ARCH_X86_64, OTHER = AUDIT_ARCH_I386, IOCTL = SYS_ioctl, OTHER_IOCTL = 54, X32_IOCTL = 0x40000000 | 514 };
#else
	enum { ARCH = AUDIT_ARCH_AARCH64, OTHER = AUDIT_ARCH_ARM, IOCTL = SYS_ioctl, OTHER_IOCTL = 54, X32_IOCTL = SYS_ioctl };
#endif
	enum { TYPES_IN = 0x5412, PASTES = 0x541C }; /* TIOCSTI, TIOCLINUX */
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OTHER, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OTHER_IOCTL, 4, 7),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IOCTL, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, X32_IOCTL, 0, 3),
		/* the lower half: the kernel ignores the upper one */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TYPES_IN, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PASTES, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog filter = { sizeof(program) / sizeof(*program), program };
	long error = C3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);

	/* without CAP_SYS_ADMIN, the kernel accepts a filter only after PR_SET_NO_NEW_PRIVS */
	if (error == -EACCES && !call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0))
		error = C3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
	/* the kernel has no seccomp */
	return error == -EINVAL || error == -ENOSYS ? 0 : error;
}

static long set_capabilities(uint64_t set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = set, .permitted = set },
		{ .effective = set >> 32, .permitted = set >> 32 },
	};

	return C2(SYS_capset, &head, data);
}

/*
 * Becomes the user of --as. Drops all capabilities, also ambient ones: root gets its own at
 * execve(2). Returns 0 or -errno.
 */
static long become_user(void)
{
	long error = protect_terminal();

	if (!error)
		error = C2(SYS_setgroups, launch->group_count, launch->groups);
	if (!error)
		error = C1(SYS_setgid, launch->gid);
	if (!error)
		error = C1(SYS_setuid, launch->uid);
	/* this also clears the ambient capabilities, since it clears the inheritable ones */
	return error ? error : set_capabilities(0);
}

/* Reads the first bytes of a file. Returns the number of bytes read. */
static long read_head(const char *path, void *head, long size)
{
	long fd = C4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0), bytes;

	if (fd < 0)
		return 0;
	bytes = C3(SYS_read, fd, head, size);
	C1(SYS_close, fd);
	return bytes < 0 ? 0 : bytes;
}

/*
 * Returns true if a shell would take the file for a script: the first line of text contains no NUL
 * and does not begin like an ELF file.
 */
static int is_script(const char *path)
{
	char line[MAX_TEXT_LINE];
	long bytes = read_head(path, line, sizeof(line));

	if (bytes >= 4 && line[0] == 0x7f && line[1] == 'E' && line[2] == 'L' && line[3] == 'F')
		return 0;
	for (long i = 0; i < bytes && line[i] != '\n'; i++)
		if (!line[i])
			return 0;
	return bytes > 0 || !C3(SYS_faccessat, AT_FDCWD, path, MAY_READ);
}

static void describe_failure(const char *path, long error)
{
	struct launch_failure *failure = &launch->failure;
	struct statx status;

	failure->stage = STAGE_EXEC;
	failure->error = -error;
	if (!call(SYS_statx, AT_FDCWD, (long)path, 0, STATX_TYPE | STATX_MODE, (long)&status, 0))
		failure->mode = status.stx_mode;
	if ((failure->mode & S_IFMT) == S_IFREG)
		failure->head_bytes = read_head(path, failure->head, HEAD_BYTES);
}

/*
 * Executes COMMAND as execvp(3) does: if a directory of the PATH lacks the file, it tries the next
 * one, and it runs a file of unknown format as a script.
 */
static void execute(void)
{
	static char shell[] = "/bin/sh";
	const char *denied = NULL, *path = paths[0];
	long error = -ENOENT;

	for (char **next = paths; *next; next++) {
		path = *next;
		error = C3(SYS_execve, path, words, environment);
		if (error == -ENOEXEC && is_script(path)) {
			/* the array has a free entry before the words */
			words[-1] = shell;
			words[0] = *next;
			error = C3(SYS_execve, shell, words - 1, environment);
			if (error == -ENOENT || error == -EACCES)
				error = -ENOEXEC;
		}
		/*
		 * the file exists without its interpreter, so a later file in the PATH is not meant
		 */
		if (error == -ENOENT && !C3(SYS_faccessat, AT_FDCWD, path, 0))
			break;
		if (error == -EACCES && !denied)
			denied = path;
		if (error != -EACCES && error != -ENOENT && error != -ENOTDIR && error != -ESTALE && error != -ENODEV &&
		    error != -ETIMEDOUT) {
			denied = NULL;
			break;
		}
	}
	describe_failure(denied ? denied : path, denied ? -EACCES : error);
}

/* Runs in COMMAND's process, before its execve(2). */
static _Noreturn void become_command(void)
{
	long error = launch->becomes_user ? become_user() : 0;

	for (int which = 0; which < MAX_TIMERS; which++)
		C3(SYS_setitimer, which, launch->timers[which], NULL);
	if (*(uint32_t *)launch->scheduling)
		C3(SYS_sched_setattr, 0, launch->scheduling, 0);
	/* fork(2) and another user id clear it; COMMAND's parent is the tracer */
	call(SYS_prctl, PR_SET_PDEATHSIG, launch->parent_death_signal, 0, 0, 0, 0);
	C4(SYS_rt_sigprocmask, SIG_SETMASK, &launch->blocked, NULL, sizeof(launch->blocked));
	if (error) {
		launch->failure.stage = STAGE_USER;
		launch->failure.error = -error;
	} else {
		execute();
	}
	for (;;)
		C1(SYS_exit_group, 127);
}

/* Starts COMMAND and replies to the tracer. Returns the pidfd of COMMAND, or -1. */
static int start(void)
{
	struct reply reply = { REPLY_STARTED, 0 };
	int pidfd = -1;
	long pid;

	/* sleeps until COMMAND is executed or dead */
	pid = call(SYS_clone, CLONE_PARENT | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, 0, (long)&pidfd, 0, 0, 0);
	if (pid == 0)
		become_command();
	if (pid < 0) {
		launch->failure.stage = STAGE_LAUNCHER;
		launch->failure.error = -pid;
	}
	reply.value = pid;
	if (launch->failure.error)
		reply.kind = REPLY_FAILED;
	C3(SYS_write, tracer, &reply, sizeof(reply));
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
	 * fails, because process 1 is no child of the launcher.
	 */
	C2(SYS_setpgid, 1, 1);
	return C4(SYS_rt_sigtimedwait, &set, NULL, now, sizeof(set)) == signal;
}

static int is_pending(int signal)
{
	uint64_t set = 0;

	C2(SYS_rt_sigpending, &set, sizeof(set));
	return set >> (signal - 1) & 1;
}

static int forward(int pidfd, struct request *request, int in_any_case)
{
	siginfo_t *info = (siginfo_t *)request->info;
	int signal = request->signal;
	/* the kernel permits forwarding a value, but not the claim that kill(2) was called */
	int has_value = info->si_code < 0 && info->si_code != SI_TKILL;

	if (take_pending(signal) && !in_any_case)
		return REPLY_SHARED;
	/* a SIGCONT to the group has undone the stop */
	if ((signal == SIGTSTP || signal == SIGTTIN) && is_pending(SIGCONT))
		return REPLY_SHARED;
	if (C4(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, has_value ? info : NULL, 0))
		return REPLY_GONE;
	return REPLY_FORWARDED;
}

static void serve(int pidfd)
{
	struct request request;
	struct reply reply = {};

	while (C3(SYS_read, tracer, &request, sizeof(request)) == sizeof(request)) {
		if (request.signal < 1 || request.signal > MAX_SIGNALS)
			break;
		if (request.kind == REQUEST_FORWARD || request.kind == REQUEST_SEND)
			reply.kind = forward(pidfd, &request, request.kind == REQUEST_SEND);
		else
			reply.kind = take_pending(request.signal) ? REPLY_SHARED : REPLY_GONE;
		if (C3(SYS_write, tracer, &reply, sizeof(reply)) != sizeof(reply))
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

/*
 * Stores the addresses of the strings in an array, after one free entry. Returns the rest of the
 * array.
 */
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

static long map(long fd, long size)
{
	return call(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
}

/* Maps the shared memory and indexes its strings. Returns 0 or -errno. */
static long prepare(char **argv)
{
	long memory = to_number(argv[2]), size = C3(SYS_lseek, memory, 0, SEEK_END), address = map(memory, size);
	char *strings, **array;

	if (address < 0 && address > -4096)
		return address;
	launch = (struct launch *)address;
	C1(SYS_close, memory);
	address = map(-1, (launch->paths + launch->words + 4) * sizeof(char *));
	if (address < 0 && address > -4096)
		return address;
	strings = launch->strings;
	array = (char **)address;
	paths = array;
	array = index_strings(array, &strings, launch->paths) + 1;
	words = array;
	index_strings(array, &strings, launch->words);
	return 0;
}

/*
 * Closes all other descriptors: a process that reads from a pipe must see its end when COMMAND
 * closes it.
 */
static void close_others(uint32_t first, uint32_t second)
{
	if (first > 0)
		C3(SYS_CLOSE_RANGE, 0, first - 1, 0);
	if (second > first + 1)
		C3(SYS_CLOSE_RANGE, first + 1, second - 1, 0);
	C3(SYS_CLOSE_RANGE, second + 1, ~0U, 0);
}

static void end(void)
{
	for (;;)
		C1(SYS_exit_group, 0);
}

__attribute__((used)) static _Noreturn void begin(long *stack)
{
	static const char name[] = LAUNCHER_NAME;
	struct request request;
	char **argv = (char **)(stack + 1);
	int pidfd;

	environment = argv + *stack + 1;
	tracer = to_number(argv[1]);
	C3(SYS_fcntl, tracer, F_SETFD, FD_CLOEXEC);
	C2(SYS_prctl, PR_SET_NAME, name);
	/*
	 * forbids other processes to inspect the launcher or take its descriptors; COMMAND is
	 * unaffected, since execve(2) resets this
	 */
	C2(SYS_prctl, PR_SET_DUMPABLE, 0);
	if (!prepare(argv)) {
		set_dispositions();
		set_limits();
		if (C3(SYS_read, tracer, &request, sizeof(request)) == sizeof(request) && request.kind == REQUEST_START) {
			pidfd = start();
			if (pidfd >= 0) {
				close_others(tracer < pidfd ? tracer : pidfd, tracer < pidfd ? pidfd : tracer);
				call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
				if (set_capabilities(1UL << CAP_KILL))
					set_capabilities(0);
				serve(pidfd);
			}
		}
	}
	end();
	__builtin_unreachable();
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl begin\n");
#endif
