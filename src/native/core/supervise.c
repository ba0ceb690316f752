// SPDX-License-Identifier: MIT
/*
 * Starts and watches the processes of exitsnoop agent: the tracer and the exporter, which are this
 * program again. The agent sleeps in poll(2), outside the JavaScript event loop, like the tracer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child_command.h"

#define MAX_WORDS 512
#define MAX_POLLED 8
#define PATH_BYTES 4096
#define FD_BITS 32 /* src/system/supervise.ts has the same number */

/* Variables of the service manager that concern the agent alone: sd_notify(3). */
static const char *const own_variables[] = { "NOTIFY_SOCKET=", "WATCHDOG_PID=", "WATCHDOG_USEC=" };

/*
 * Returns the file to execute. Its own path, because the process is named after it, unless another
 * file has it by now, as after an upgrade.
 */
static const char *own_program(void)
{
	static const char self[] = "/proc/self/exe";
	static char path[PATH_BYTES];
	struct stat running, named;
	ssize_t length = readlink(self, path, sizeof(path) - 1);

	if (length <= 0)
		return self;
	path[length] = 0;
	if (fstatat(AT_FDCWD, self, &running, 0) || fstatat(AT_FDCWD, path, &named, 0) ||
	    running.st_ino != named.st_ino || running.st_dev != named.st_dev)
		return self;
	return path;
}

static char **environment_of_children(void)
{
	static int is_loaded;
	char **variables;
	size_t kept = 0;

	if (!is_loaded && load_child_environment())
		return NULL;
	variables = child_environment();
	for (size_t i = 0; !is_loaded && variables[i]; i++) {
		int is_own = 0;

		for (size_t j = 0; j < sizeof(own_variables) / sizeof(own_variables[0]); j++)
			is_own |= !strncmp(variables[i], own_variables[j], strlen(own_variables[j]));
		if (!is_own)
			variables[kept++] = variables[i];
	}
	if (!is_loaded)
		variables[kept] = NULL;
	is_loaded = 1;
	return variables;
}

/*
 * Creates a pipe, both ends close-on-exec. capacity: bytes, as far as the kernel allows it.
 * nonblocking: bit 0 the end to read, bit 1 the end to write; otherwise an end blocks. Returns the
 * descriptors, the end to write in the upper half, or -errno.
 */
API int64_t create_pipe(uint32_t capacity, int nonblocking)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	for (int i = 0; i < 2; i++)
		if (nonblocking & 1 << i)
			fcntl(ends[i], F_SETFL, O_NONBLOCK);
	/* beyond the user's share of memory for pipes, it stays at 64 KiB */
	fcntl(ends[1], F_SETPIPE_SZ, capacity);
	return (int64_t)ends[1] << FD_BITS | ends[0];
}

/*
 * Starts this program with other arguments, in a process group of its own: Ctrl-C reaches the agent
 * alone, which ends the others in order. words: NUL-terminated strings, one after the other.
 * files: the descriptors that become 0, 1 and 2. death_signal: sent when the agent dies. Returns
 * the pid or -errno.
 */
API int64_t start_supervised(const char *words, uint32_t count, const int *files, int death_signal)
{
	char *arguments[MAX_WORDS + 1];
	const char *program = own_program();
	char **environment = environment_of_children();
	pid_t agent = getpid(), pid;
	sigset_t none, all, before;

	if (!environment || count > MAX_WORDS)
		return environment ? -E2BIG : -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		arguments[i] = (char *)words;
		words += strlen(words) + 1;
	}
	arguments[count] = NULL;
	sigemptyset(&none);
	sigfillset(&all);
	/* no handler of the agent may run in the child */
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		int high[3];

		/* from here on only calls that are safe after fork(2) in a process with threads */
		for (int signal = 1; signal < NSIG; signal++)
			if (signal != SIGKILL && signal != SIGSTOP)
				sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
		/* the group is not the terminal's, which may stop such writers (stty tostop) */
		sigaction(SIGTTOU, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0);
		for (int i = 0; i < 3; i++)
			high[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 3);
		for (int i = 0; i < 3; i++)
			if (high[i] < 0 || dup2(high[i], i) < 0)
				_exit(126);
		sigprocmask(SIG_SETMASK, &none, NULL);
		/* the agent may have died before prctl(2) */
		if (getppid() == agent)
			execve(program, arguments, environment);
		_exit(126);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -errno : pid;
}

/* Returns the wait status of a child that has ended, and reaps it; -1: it has not ended. */
API int supervised_status(int pid)
{
	int status;
	pid_t ended;

	do {
		ended = waitpid(pid, &status, WNOHANG);
	} while (ended < 0 && errno == EINTR);
	/* only this function reaps children; if another waiter did, report a failure */
	if (ended < 0)
		return 1 << 8;
	return ended == pid ? status : -1;
}

/*
 * Reaps what process 1 of a container adopts. The agent's own children have to be asked for by
 * supervised_status() instead: pids: those of them that live. Returns how many were reaped.
 */
API int reap_adopted(const int *pids, uint32_t count)
{
	int reaped = 0;
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
			return reaped;
		for (uint32_t i = 0; i < count; i++)
			if (pids[i] == info.si_pid)
				return reaped;
		waitpid(info.si_pid, NULL, WNOHANG);
		reaped++;
	}
}

/*
 * Sleeps until a descriptor is ready, a signal came, a child ended, or the time is over. entries:
 * for each descriptor its number and events, which this replaces by what is ready. Returns the
 * number of the stop signal, or 0.
 */
API int poll_files(int *entries, uint32_t count, int timeout_ms)
{
	struct pollfd files[MAX_POLLED + 1];

	if (count > MAX_POLLED)
		count = MAX_POLLED;
	for (uint32_t i = 0; i < count; i++)
		files[i] = (struct pollfd){ .fd = entries[2 * i], .events = entries[2 * i + 1] };
	files[count] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	if (poll(files, count + 1, timeout_ms) < 0)
		for (uint32_t i = 0; i < count; i++)
			files[i].revents = 0;
	for (uint32_t i = 0; i < count; i++)
		entries[2 * i + 1] = files[i].revents;
	clear_wake_up();
	return stop_signal;
}

/* Forgets the first stop signal, so that poll_files() sleeps again. */
API void clear_stop_signal(void)
{
	stop_signal = 0;
	clear_wake_up();
}

/* Returns the bytes read; 0: the end; -EAGAIN: none now; otherwise -errno. */
API int64_t read_some(int fd, uint8_t *to, uint64_t capacity)
{
	ssize_t length;

	do {
		length = read(fd, to, capacity);
	} while (length < 0 && errno == EINTR);
	return length < 0 ? -errno : length;
}

/* Returns the bytes written, or -errno; -EAGAIN: no room now. */
API int64_t write_some(int fd, const uint8_t *data, uint64_t length)
{
	ssize_t written;

	do {
		written = write(fd, data, length);
	} while (written < 0 && errno == EINTR);
	return written < 0 ? -errno : written;
}

/* Returns how many bytes a pipe holds, by either end, or -errno. */
API int pipe_bytes(int fd)
{
	int bytes;

	return ioctl(fd, FIONREAD, &bytes) ? -errno : bytes;
}
