// SPDX-License-Identifier: MIT
/* An advisory lock that ends with the process, so that a crash leaves none behind. */
#include <errno.h>
#include <sys/file.h>
#include "core.h"

/* Locks an open file or directory. Returns 0 or -errno; -EWOULDBLOCK: another process holds it. */
API int lock_exclusively(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}
