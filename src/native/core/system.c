// SPDX-License-Identifier: MIT
/* Processes, limits, terminals and users, as the kernel and the C library know them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include "native.h"

/* The results of process_state(); src/system/procfs.ts has the same numbers. */
enum { IS_RUNNING, IS_DEAD, IS_THREAD };

/*
 * Returns the state of a process. A zombie is dead: it has exited. A process whose main thread has
 * exited runs as long as another thread does. IS_THREAD: the number is that of a thread other than
 * the first of its process. If the kernel does not answer, the result is IS_RUNNING.
 */
API int process_state(int pid)
{
	struct pollfd ended = { .events = POLLIN };

	ended.fd = syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd < 0 && errno == ESRCH)
		return IS_DEAD;
	/* a thread gives EINVAL before Linux 6.8 and ENOENT since */
	if (ended.fd < 0)
		return errno == EINVAL || errno == ENOENT ? IS_THREAD : IS_RUNNING;
	poll(&ended, 1, 0);
	close(ended.fd);
	return ended.revents & POLLIN ? IS_DEAD : IS_RUNNING;
}

API int online_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

API int64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/*
 * Raises the limit of open files to at least `count`. Beyond the hard limit that takes
 * CAP_SYS_RESOURCE. Returns the resulting soft limit or -errno.
 */
API int64_t raise_fd_limit(uint32_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_cur < count) {
		struct rlimit higher = { count, limit.rlim_max < count ? count : limit.rlim_max };

		if (!setrlimit(RLIMIT_NOFILE, &higher))
			return count;
	}
	return limit.rlim_cur;
}

/*
 * Returns true if this process has a controlling terminal, which sends SIGHUP when it is closed.
 * Without /dev/tty, as in some containers, only the standard streams are asked.
 */
int has_controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 1;
	}
	if (errno == ENXIO)
		return 0;
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetsid(fd) == getsid(0))
			return 1;
	return 0;
}

/* Returns the terminal's width in characters, 0 if fd is not a terminal. */
API int terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* Returns the terminal's height in lines, 0 if fd is not a terminal. */
API int terminal_height(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_row;
}

/*
 * Looks a user up by name in the user database (NSS). Returns the uid, -1 if there is no such user,
 * or -errno if the database cannot be read. Other errno values mean "no such user", depending on
 * the database: getpwnam(3).
 */
API int64_t user_id(const char *name)
{
	struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (user)
		return user->pw_uid;
	switch (errno) {
	case EIO:
	case EINTR:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return -errno;
	}
	return -1;
}
