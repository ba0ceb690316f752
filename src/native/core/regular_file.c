// SPDX-License-Identifier: MIT
/*
 * Opens files that a package names, for libbpf: scripts/build/libbpf-patches.ts makes it call these
 * functions. Opening a FIFO waits for a writer, opening a device may act on it, and a check before
 * libbpf's own open() would leave a race.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "native.h"

static void close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

/*
 * Returns a descriptor for reading, or -1 with errno, which is EINVAL if the path does not lead to
 * a regular file.
 */
int open_regular(const char *path)
{
	char link[sizeof("/proc/self/fd/") + 11];
	int found = open(path, O_PATH | O_CLOEXEC), fd = -1; /* O_PATH does not open the file */
	struct stat stat;

	if (found < 0)
		return -1;
	if (!fstat(found, &stat) && S_ISREG(stat.st_mode)) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", found);
		fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		/* without /proc the path has to be opened again */
		if (fd < 0 && errno == ENOENT)
			fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else {
		errno = EINVAL;
	}
	close_keeping_errno(found);
	return fd;
}

FILE *fopen_regular(const char *path)
{
	int fd = open_regular(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close_keeping_errno(fd);
	return file;
}
