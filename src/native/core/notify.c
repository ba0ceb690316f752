// SPDX-License-Identifier: MIT
/* The datagram by which a service of Type=notify reports its state: sd_notify(3). */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "native.h"

/*
 * Sends `state` to the service manager. address: the value of NOTIFY_SOCKET, a path or, after @, a
 * name in the abstract namespace. wait_ms: how long to wait while the manager has no room for it,
 * as when it reloads its units; 0: not at all. The socket is closed before this returns. Returns 0
 * or -errno.
 */
API int notify_manager(const char *address, const char *state, uint32_t wait_ms)
{
	const struct timeval timeout = { wait_ms / 1000, wait_ms % 1000 * 1000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(address);
	int fd, error = 0;

	if (!length || (address[0] != '/' && address[0] != '@') || length >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, address, length);
	if (address[0] == '@')
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | (wait_ms ? 0 : MSG_DONTWAIT),
		   (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + length) < 0)
		error = -errno;
	close(fd);
	return error;
}
