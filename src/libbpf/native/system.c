// SPDX-License-Identifier: MIT
/* What the C library knows of this system. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "native.h"

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
API int64_t open_files(uint32_t least)
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

/* The uid of a user by name, as the system's user database (NSS) has it, or -1. */
API int64_t user_id(const char *name)
{
	struct passwd *user = getpwnam(name);

	return user ? (int64_t)user->pw_uid : -1;
}

/* The name of a user, or an empty one; it stays until the next call. */
API const char *user_name(uint32_t uid)
{
	static char name[256];
	struct passwd *user = getpwuid(uid);

	name[0] = 0;
	if (user && strlen(user->pw_name) < sizeof(name))
		strcpy(name, user->pw_name);
	return name;
}
