// SPDX-License-Identifier: MIT
/* What the C library knows of this system. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "native.h"

API int64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
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
