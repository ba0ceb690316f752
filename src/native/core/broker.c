// SPDX-License-Identifier: MIT
/*
 * The brokers: processes that do what needs rights which the tracer drops. They are forked before
 * privileges are dropped, and only if something needs them. Their tasks, capabilities, directories
 * and system calls are fixed then. To reopen outputs, a broker opens and checks files and passes
 * descriptors. To resolve users, the C library parses what the services of nsswitch.conf(5) answer.
 * To name containers, it parses files of root. Programs are opened by a broker without other tasks.
 * A broker receives a task and a number, for containers also an id or name, for programs a path,
 * and exits with the tracer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "broker.h"
#include "container_files.h"
#include "copied_file.h"
#include "journal_writer.h"
#include "native.h"
#include "privileges.h"
#include "segments.h"

#define BROKER_NAME "snoop-broker"
#define OPENER_NAME "snoop-opener"
/* In the broker, the socket has descriptor 0; the directories and that of the watches follow. */
#define SOCKET 0
#define MAX_KEPT (MAX_OUTPUTS + 2)

static void (*const run[TASK_COUNT])(uint32_t argument, struct broker_answer *answer) = {
	[RESOLVE_USER] = resolve_user,
	[REOPEN_OUTPUT] = reopen_kept_file,
	[FIND_CONTAINER] = find_container,
	[OPEN_ELF] = open_elf,
	[BEGIN_SEGMENT] = begin_segment,
};

static struct {
	struct broker_request request;
	uint8_t payload[MAX_PAYLOAD];
} received;
static uint32_t payload_bytes;

uint32_t take_payload(void *to, uint32_t size)
{
	if (payload_bytes > size)
		return 0;
	memcpy(to, received.payload, payload_bytes);
	return payload_bytes;
}

/* Receives a request. Returns false if the tracer is gone. */
static int receive_request(void)
{
	ssize_t bytes = read(SOCKET, &received, sizeof(received));

	if (bytes < (ssize_t)sizeof(received.request))
		return 0;
	payload_bytes = bytes - sizeof(received.request);
	return 1;
}

/* Sends an answer, and closes its descriptor if it has one. Returns false if the tracer is gone. */
static int send_answer(const struct broker_answer *answer)
{
	struct iovec part = { (void *)answer, sizeof(*answer) };
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int is_sent;

	if (answer->fd >= 0) {
		struct cmsghdr *head;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &answer->fd, sizeof(int));
	}
	is_sent = sendmsg(SOCKET, &message, MSG_NOSIGNAL) == sizeof(*answer);
	/* the tracer has its own now; this one would keep the file's mount busy */
	if (answer->fd >= 0)
		close(answer->fd);
	return is_sent;
}

/* Moves a descriptor to a number that no descriptor of the broker will have. */
static int move_away(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, SOCKET + 1 + MAX_KEPT);
}

/*
 * Closes all descriptors from `first` on. Linux before 5.9 has no close_range(2), and seccomp
 * filters of older container runtimes refuse it. Returns 0 or -errno.
 */
static int close_from(int first)
{
	struct dirent *entry;
	DIR *own;

	if (!syscall(SYS_close_range, first, ~0U, 0))
		return 0;
	own = opendir("/proc/self/fd");
	if (!own)
		return -errno;
	while ((entry = readdir(own))) {
		int fd = atoi(entry->d_name);

		if (fd >= first && fd != dirfd(own))
			close(fd);
	}
	closedir(own);
	return 0;
}

int keep_descriptors(int socket, int **kept, int count)
{
	socket = move_away(socket);
	for (int i = 0; i < count; i++)
		*kept[i] = move_away(*kept[i]);
	if (dup2(socket, SOCKET) < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		*kept[i] = dup2(*kept[i], SOCKET + 1 + i);
		/* there is none, so the number must not lead to an inherited file */
		if (*kept[i] < 0)
			close(SOCKET + 1 + i);
	}
	return close_from(SOCKET + 1 + count);
}

/*
 * Creates the Landlock ruleset. Programs, and the services of nsswitch.conf(5), may read any file.
 * Without such tasks, the broker can read nothing but the directories with names of containers,
 * and can only list those with logs.
 */
static int create_ruleset_of_broker(uint32_t tasks, struct broker_directories writable)
{
	int readable[MAX_CONTAINER_DIRECTORIES], count = 0, listed = 0, ruleset;

	if (tasks & (TASK_BIT(RESOLVE_USER) | TASK_BIT(OPEN_ELF)))
		return create_broker_ruleset(writable, NULL, 0, 0);
	if (tasks & TASK_BIT(FIND_CONTAINER))
		count = container_directories(readable, &listed);
	ruleset = create_broker_ruleset(writable, readable, count, listed);
	while (count)
		close(readable[--count]);
	return ruleset;
}

/* Drops what the tasks do not need. Returns 0 or -errno. */
static int harden(int socket, uint32_t tasks)
{
	const int has_segments = !!(tasks & TASK_BIT(BEGIN_SEGMENT));
	int *kept[MAX_KEPT], count = 0, error, ruleset, needs_override;
	struct broker_directories directories;
	struct capabilities set;

	if (has_segments)
		kept[count++] = segment_directory();
	if (tasks & TASK_BIT(REOPEN_OUTPUT))
		count += kept_directories(kept + count);
	directories = (struct broker_directories){ has_segments, count - has_segments };
	kept[count] = watching_descriptor();
	error = keep_descriptors(socket, kept, count ? count + 1 : 0);
	if (!error)
		error = get_capabilities(0, &set);
	if (error)
		return error;
	/* opens a file of its user in any directory, as the tracer did; see reopen_output.c */
	needs_override = directories.logs || (has_segments && needs_override_for_segments());
	set.permitted &= (needs_override ? 1ULL << CAP_DAC_OVERRIDE : 0) |
			 (tasks & TASK_BIT(OPEN_ELF) ? 1ULL << CAP_DAC_READ_SEARCH : 0);
	set.effective = set.inheritable = 0;
	ruleset = create_ruleset_of_broker(tasks, directories);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || set_capabilities(&set))
		return -errno;
	error = restrict_by_landlock(ruleset);
	if (error)
		return error;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	error = install_broker_filter(tasks & TASK_BIT(RESOLVE_USER), directories);
	return error == -EINVAL ? 0 : error;
}

_Noreturn void run_broker(int socket, uint32_t tasks)
{
	struct broker_answer answer = { .fd = -1 };

	/* all signals stay blocked: the terminal's are for the tracer */
	prctl(PR_SET_NAME, tasks & TASK_BIT(OPEN_ELF) ? OPENER_NAME : BROKER_NAME);
	unmap_memory_of_parent();
	answer.result = harden(socket, tasks);
	/* a query of a service may take longer than the tracer lives */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (send_answer(&answer) && receive_request()) {
		const struct broker_request request = received.request;

		answer = (struct broker_answer){ .fd = -1 };
		if (request.task >= TASK_COUNT || !(tasks & TASK_BIT(request.task)))
			break;
		run[request.task](request.argument, &answer);
	}
	_exit(0);
}
