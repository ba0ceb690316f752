// SPDX-License-Identifier: MIT
/*
 * The exporter's side of the journal writer: starts it before privileges are dropped, and passes
 * records to it without waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "broker.h"
#include "core.h"
#include "journal_writer.h"

/* How long a record waits for journald before the writer looks whether the exporter is gone. */
static const struct timeval patience = { .tv_sec = 1 };
/* the exporter's end of the socket to the writer */
static int writer = -1;
static struct journal_counts *counts;

/* Connects to journald. Returns a descriptor or -errno. */
static int connect_journal(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int error = -errno;

		close(fd);
		return error;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Waits until the writer has given up what it does not need. Returns 0 or -errno. */
static int await_writer(void)
{
	struct pollfd readable = { .fd = writer, .events = POLLIN };
	int8_t result;
	int ready;

	do
		ready = poll(&readable, 1, START_TIMEOUT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return -ETIMEDOUT;
	return read(writer, &result, 1) == 1 ? -result : -EPIPE;
}

/*
 * Connects to journald and forks the writer; called once, before privileges are dropped. Returns 0
 * or -errno: that of connect(2) if there is no journald at the path.
 */
API int start_journal_writer(const char *path)
{
	const uint64_t all = ~0ULL;
	const int parent = getpid();
	int journal = connect_journal(path), ends[2], error;
	uint64_t mask;
	pid_t pid;

	if (journal < 0)
		return journal;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		error = -errno;
		close(journal);
		return error;
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(all));
	pid = fork();
	error = -errno;
	if (!pid)
		run_journal_writer(ends[1], journal, parent, counts);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	close(ends[1]);
	close(journal);
	writer = ends[0];
	if (pid < 0)
		return error;
	error = await_writer();
	fcntl(writer, F_SETFL, O_NONBLOCK);
	return error;
}

/*
 * Passes on the records between two offsets, which are not empty; each has its size (32 bits)
 * before it. Returns the offset of the first that the writer has no room for, or -errno; -EPIPE:
 * the writer has ended.
 */
API int64_t send_to_journal(const uint8_t *records, uint64_t from, uint64_t to)
{
	while (from < to) {
		uint32_t size;

		memcpy(&size, records + from, sizeof(size));
		if (write(writer, records + from + sizeof(size), size) < 0)
			return errno == EAGAIN || errno == EINTR ? (int64_t)from : -errno;
		from += sizeof(size) + size;
	}
	return from;
}

/*
 * Stores the writer's counts so far as doubles: records that journald took, those that were
 * refused, the errno of the last of these, and whether journald has closed its socket.
 */
API void read_journal_counts(uint8_t *to)
{
	const double numbers[] = {
		__atomic_load_n(&counts->sent, __ATOMIC_ACQUIRE),
		__atomic_load_n(&counts->refused, __ATOMIC_ACQUIRE),
		counts->error,
		counts->is_gone,
	};

	memcpy(to, numbers, sizeof(numbers));
}

/* Lets the writer end, when it has passed on what it has. */
API void close_journal(void)
{
	if (writer >= 0)
		close(writer);
	writer = -1;
}
