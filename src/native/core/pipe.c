// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include "core.h"

/*
 * Makes room for that many bytes in a pipe or FIFO, as far as the kernel allows it: beyond the
 * user's share of memory for pipes, it keeps its size, which is 64 KiB by default.
 */
API void enlarge_pipe(int fd, uint32_t bytes)
{
	if (fcntl(fd, F_GETPIPE_SZ) < (int)bytes)
		fcntl(fd, F_SETPIPE_SZ, bytes);
}
