// SPDX-License-Identifier: MIT
/* What the C library knows of this system. */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* The results of process_state(); src/system/procfs.ts has these numbers as well. */
enum { IS_RUNNING, IS_DEAD, IS_THREAD };

/*
 * Returns the state of a process. A zombie, which waits for its parent to reap it, is dead: its
 * exit was before. A process whose main thread has exited runs as long as another thread does.
 * IS_THREAD: the number belongs to a thread other than the first of its process. If the kernel does
 * not answer, the result is IS_RUNNING.
 */
API int process_state(int pid)
{
	struct pollfd ended = { .events = POLLIN };

	ended.fd = syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd < 0)
		/* a thread gives EINVAL before Linux 6.8 and ENOENT since */
		return errno == ESRCH ? IS_DEAD : errno == EINVAL || errno == ENOENT ? IS_THREAD : IS_RUNNING;
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
 * How many files may be open at a time, after we have tried to make it at least so many: where only the hard limit is smaller, that
 * takes CAP_SYS_RESOURCE.
 */
API int64_t raise_fd_limit(uint32_t least)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_cur < least) {
		struct rlimit wanted = { least, limit.rlim_max < least ? least : limit.rlim_max };

		if (!setrlimit(RLIMIT_NOFILE, &wanted))
			return least;
	}
	return limit.rlim_cur;
}

API int is_terminal(int fd)
{
	return isatty(fd);
}

/* The width of the terminal in characters; 0 where fd is none. */
API int terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/*
 * The uid of a user by name, as the system's user database (NSS) has it; -1: it has none; or -errno where it cannot be read. What means
 * "none" differs from database to database: getpwnam(3).
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
