// SPDX-License-Identifier: MIT
/* Starts the launcher, and describes COMMAND to it in shared memory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
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
#include "child_command.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10 /* since Linux 6.3 */
#endif
#define DEFAULT_PATH "/bin:/usr/bin"
#define SCRIPT_LINE_BYTES 256 /* BINPRM_BUF_SIZE: the kernel reads no more of a first line */

/* The launcher's ELF file, embedded; LAUNCHER is its path. */
extern const char launcher_program[] __attribute__((visibility("hidden")));
extern const char launcher_program_end[] __attribute__((visibility("hidden")));
__asm__(".pushsection .rodata\n"
	".globl launcher_program\n.hidden launcher_program\n"
	"launcher_program:\n.incbin \"" LAUNCHER "\"\n"
	".globl launcher_program_end\n.hidden launcher_program_end\n"
	"launcher_program_end:\n.popsection\n");

static int can_start;

/* Creates a memfd with these bytes. Returns its descriptor or -errno. */
static int make_file(const char *name, const void *bytes, size_t size)
{
	int fd = syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_EXEC), error;

	if (fd < 0)
		fd = syscall(SYS_memfd_create, name, MFD_CLOEXEC);
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
		int size;

		end = strchrnul(path, ':');
		size = end - path;
		if (size < PATH_MAX) {
			if (to)
				sprintf(to + bytes, "%.*s%s%s", size, path, size ? "/" : "", word);
			bytes += size + (size != 0) + length + 1;
			++*count;
		}
		if (!*end)
			return bytes;
	}
}

/* Returns false if the file is a script whose interpreter does not exist. */
static int has_interpreter(const char *path)
{
	char line[SCRIPT_LINE_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t bytes = fd < 0 ? 0 : read(fd, line, SCRIPT_LINE_BYTES);
	char *name;

	if (fd >= 0)
		close(fd);
	if (bytes < 2 || memcmp(line, "#!", 2))
		return 1;
	line[bytes] = 0;
	name = line + 2 + strspn(line + 2, " \t");
	name[strcspn(name, " \t\n")] = 0;
	return !*name || !access(name, F_OK);
}

/* Returns true if one of these paths is a file that this process can most likely execute. */
static int has_executable(const char *paths, uint32_t count)
{
	struct stat status;

	for (uint32_t i = 0; i < count; i++, paths += strlen(paths) + 1)
		if (!fstatat(AT_FDCWD, paths, &status, 0) && S_ISREG(status.st_mode) &&
		    !faccessat(AT_FDCWD, paths, X_OK, AT_EACCESS))
			return has_interpreter(paths);
	return 0;
}

/* Timers survive execve(2), so they move from the tracer to COMMAND. */
static void move_timers(struct launch *launch)
{
	_Static_assert(sizeof(struct itimerval) == sizeof(launch->timers[0]), "struct itimerval");
	const struct itimerval none = {};

	for (int which = 0; which < MAX_TIMERS; which++) {
		struct itimerval timer = {};

		if (!setitimer(which, &none, &timer))
			memcpy(launch->timers[which], &timer, sizeof(timer));
	}
}

static void copy_inherited(struct launch *launch)
{
	const struct inherited *from = inherited();

	launch->ignored = from->ignored;
	launch->blocked = from->blocked;
	_Static_assert(sizeof(launch->limits) == sizeof(from->limits), "struct inherited");
	memcpy(launch->limits, from->limits, sizeof(launch->limits));
	/*
	 * SCHED_RESET_ON_FORK acts at each fork, but COMMAND must get the policy that execve(2)
	 * would have kept; sched_flags is at offset 8
	 */
	if (syscall(SYS_sched_getattr, 0, launch->scheduling, sizeof(launch->scheduling), 0) ||
	    !(*(uint64_t *)(launch->scheduling + 8) & SCHED_FLAG_RESET_ON_FORK))
		memset(launch->scheduling, 0, sizeof(launch->scheduling));
	launch->nice = getpriority(PRIO_PROCESS, 0);
	move_timers(launch);
	launch->parent_death_signal = parent_death_signal();
}

/*
 * Creates the memory that the tracer and the launcher share, and describes COMMAND in it. Returns
 * its descriptor or -errno.
 */
static int create_launch(const char *words, uint32_t count, const char *user,
			 struct launch **result)
{
	const char *end = words;
	struct launch *launch;
	uint32_t paths;
	size_t paths_bytes = list_paths(words, NULL, &paths), size;
	int fd, error;

	for (uint32_t i = 0; i < count; i++)
		end += strlen(end) + 1;
	size = sizeof(*launch) + paths_bytes + (end - words);
	fd = make_file("exitsnoop-launch", NULL, size);
	if (fd < 0)
		return fd;
	launch = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	error = launch == MAP_FAILED ? -errno : *user ? find_child_user(user, launch) : 0;
	if (error) {
		close(fd);
		return error;
	}
	/* the launcher overwrites this */
	launch->failure.stage = STAGE_LAUNCHER;
	copy_inherited(launch);
	launch->paths = paths;
	launch->words = count;
	list_paths(words, launch->strings, &paths);
	can_start = has_executable(launch->strings, paths);
	memcpy(launch->strings + paths_bytes, words, end - words);
	*result = launch;
	return fd;
}

/*
 * Closes all descriptors but `keep` and those that exitsnoop inherited. Clears close-on-exec of the
 * latter: none can have had it, since they survived an execve(2).
 */
static void restore_files(const int *keep, int keep_count)
{
	const unsigned long *files = inherited()->files;
	unsigned int next = 0;

	for (unsigned int fd = 0; fd < MAX_FILES; fd++) {
		int is_kept = 0;

		for (int i = 0; i < keep_count; i++)
			is_kept |= keep[i] == (int)fd;
		if (!is_kept && !(files[fd / BITS_PER_WORD] >> fd % BITS_PER_WORD & 1))
			continue;
		if (fd > next)
			syscall(SYS_close_range, next, fd - 1, 0);
		if (!is_kept)
			fcntl(fd, F_SETFD, 0);
		next = fd + 1;
	}
	syscall(SYS_close_range, next, ~0U, 0);
}

/* Runs in the child of a process with threads: makes system calls only, and no allocation. */
static _Noreturn void exec_launcher(int program, int socket, int memory, struct launch *launch)
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
	syscall(SYS_execveat, program, "", argv, child_environment(), AT_EMPTY_PATH);
	launch->failure.stage = STAGE_LAUNCHER;
	launch->failure.error = errno;
	_exit(127);
}

int64_t start_launcher(const char *words, uint32_t count, const char *user, int *socket,
		       struct launch **launch)
{
	const uint64_t all = ~0ULL;
	int64_t result = load_child_environment();
	int ends[2], program, memory;
	uint64_t mask;

	if (result)
		return result;
	memory = create_launch(words, count, user, launch);
	if (memory < 0)
		return memory;
	program = make_file("exitsnoop", launcher_program, launcher_program_end - launcher_program);
	result = program;
	if (program < 0)
		goto close_memory;
	/*
	 * execve(2) of an unreadable file makes a process that is not dumpable: no process can
	 * inspect the launcher before it calls PR_SET_DUMPABLE
	 */
	fchmod(program, S_IXUSR);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		result = -errno;
		goto close_program;
	}
	/* the launcher keeps all signals blocked, and until its execve(2) it has other handlers */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(all));
	result = fork();
	if (result < 0)
		result = -errno;
	if (result == 0)
		exec_launcher(program, ends[1], memory, *launch);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	close(ends[1]);
	if (result > 0)
		*socket = ends[0];
	else
		close(ends[0]);
close_program:
	close(program);
close_memory:
	close(memory);
	return result;
}

/* Returns false if child_prepare() found that child_start() will most likely fail. */
API int child_can_start(void)
{
	return can_start;
}
