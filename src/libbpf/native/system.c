// SPDX-License-Identifier: MIT
/* What the C library knows of this system. */
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

/* The uid of a user by name, as the system's user database (NSS) has it, or -1. */
API int64_t user_id(const char *name)
{
	struct passwd *user = getpwnam(name);

	return user ? (int64_t)user->pw_uid : -1;
}
