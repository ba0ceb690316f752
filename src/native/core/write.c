// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#include "copied_file.h"
#include "native.h"

#define READER_TIMEOUT_MS 2000	/* for a reader that takes nothing */
#define PIPE_CHUNK 4096		/* PIPE_BUF: a writable pipe takes this much without blocking */
#define ERRNO_LIMIT 4096	/* src/output/sink.ts has the same number */

/*
 * Writes everything, however slow the reader is. After a stop signal it continues as long as the
 * reader takes some bytes every two seconds. Returns the bytes written, fewer than length if the
 * reader timed out. If a write fails, returns -(bytes written before it * ERRNO_LIMIT + errno).
 */
API int64_t write_all(int fd, const uint8_t *data, uint64_t length)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	uint64_t done = 0;

	wait_until_copied(fd);
	while (done < length) {
		uint64_t chunk = length - done;
		ssize_t written;

		if (stop_signal) {
			int ready = poll(&writable, 1, READER_TIMEOUT_MS);

			if (ready == 0)
				break;
			if (ready < 0 && errno == EINTR)
				continue;
			if (chunk > PIPE_CHUNK)
				chunk = PIPE_CHUNK;
		}
		written = write(fd, data + done, chunk);
		if (written >= 0) {
			done += written;
		} else if (errno == EAGAIN) {
			/* another process made the shared stdout non-blocking */
			poll(&writable, 1, READER_TIMEOUT_MS);
		} else if (errno != EINTR) {
			return -(int64_t)(done * ERRNO_LIMIT + errno);
		}
	}
	return done;
}

static const int stop_signals[] = { SIGINT, SIGTERM };
static struct sigaction handlers_of_runtime[NSIG];

static void stop_and_call_runtime(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *runtime = &handlers_of_runtime[signal];

	stop_signal = signal;
	if (runtime->sa_flags & SA_SIGINFO)
		runtime->sa_sigaction(signal, info, context);
	else
		runtime->sa_handler(signal);
}

/*
 * Makes SIGINT and SIGTERM stop write_all(), before the runtime's own handlers run, which must be
 * installed: those only queue an event, and no event is handled during a write. Returns 0 or
 * -errno.
 */
API int stop_writes_on_signals(void)
{
	/* without SA_RESTART, so that a write returns that waits for its reader */
	struct sigaction action = { .sa_sigaction = stop_and_call_runtime, .sa_flags = SA_SIGINFO };

	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(stop_signals[0]); i++) {
		int signal = stop_signals[i];

		if (sigaction(signal, NULL, &handlers_of_runtime[signal]) ||
		    sigaction(signal, &action, NULL))
			return -errno;
	}
	return 0;
}
