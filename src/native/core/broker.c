// SPDX-License-Identifier: MIT
/*
 * The broker: a process that does what needs rights which the tracer drops. It is forked before
 * privileges are dropped, and only if something needs it. Its tasks, capabilities, directories and
 * system calls are fixed then. It opens and checks files, and passes descriptors; it parses nothing
 * that another user writes. It receives nothing but a task and a number, and exits with the tracer.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "broker.h"
#include "copied_file.h"
#include "core.h"
#include "privileges.h"

#define BROKER_NAME "snoop-broker"
#define START_TIMEOUT_MS 5000 /* enough for a busy machine */
/* In the broker, the socket has descriptor 0; the directories and that of the watches follow. */
#define SOCKET 0
#define MAX_KEPT (MAX_OUTPUTS + 1)

struct request {
	uint32_t task, argument;
};

static void (*const run[TASK_COUNT])(uint32_t argument, struct broker_answer *answer) = {
	[RESOLVE_USER] = resolve_user,
	[REOPEN_OUTPUT] = reopen_kept_file,
};

/* The tracer's side. */
static int broker = -1;
static uint32_t tasks;
static int is_unanswered;
static struct request last;			/* the last request that was sent */
static struct broker_answer answers[TASK_COUNT];	/* those that nobody has asked for again */
static int64_t arguments[TASK_COUNT] = { -1, -1 };	/* of these answers; -1: there is none */

/* Sends an answer, with its descriptor if it has one. Returns false if the tracer is gone. */
static int send_answer(const struct broker_answer *answer)
{
	struct iovec part = { (void *)answer, sizeof(*answer) };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

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
	return sendmsg(SOCKET, &message, MSG_NOSIGNAL) == sizeof(*answer);
}

/* Returns the descriptor of a message, or -1. */
static int received_fd(struct msghdr *message)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fd;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

/* Receives an answer. Returns 1, 0 if there is none within timeout_ms, or -1 without a broker. */
static int receive_answer(struct broker_answer *answer, int timeout_ms)
{
	struct iovec part = { answer, sizeof(*answer) };
	char control[CMSG_SPACE(sizeof(int))];
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd readable = { .fd = broker, .events = POLLIN };
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * (NS_PER_SEC / 1000), left;
	int ready;

	while ((ready = poll(&readable, 1, timeout_ms)) < 0 && errno == EINTR) {
		left = until - now(CLOCK_MONOTONIC);
		timeout_ms = left > 0 ? left / (NS_PER_SEC / 1000) : 0;
	}
	if (!ready)
		return 0;
	if (ready < 0 ||
	    recvmsg(broker, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof(*answer)) {
		close(broker);
		broker = -1;
		return -1;
	}
	answer->fd = received_fd(&message);
	answer->text[sizeof(answer->text) - 1] = 0;
	return 1;
}

/* Forgets an answer that was not asked for again. */
static void discard_answer(enum broker_task task)
{
	if (arguments[task] >= 0 && answers[task].fd >= 0)
		close(answers[task].fd);
	arguments[task] = -1;
}

/* Stores the answer to the last request, if it comes within timeout_ms. */
static int store_answer(int timeout_ms)
{
	struct broker_answer answer;
	int result = receive_answer(&answer, timeout_ms);

	if (result <= 0)
		return result;
	is_unanswered = 0;
	discard_answer(last.task);
	answers[last.task] = answer;
	arguments[last.task] = last.argument;
	return 1;
}

int has_broker_task(enum broker_task task)
{
	return broker >= 0 && tasks & TASK_BIT(task);
}

int ask_broker(enum broker_task task, uint32_t argument, int timeout_ms,
	       struct broker_answer *answer)
{
	int result = 1;

	if (!has_broker_task(task))
		return -1;
	if (is_unanswered)
		result = store_answer(0);
	if (result > 0 && arguments[task] != argument) {
		discard_answer(task);
		last = (struct request){ task, argument };
		if (write(broker, &last, sizeof(last)) != sizeof(last))
			return -1;
		is_unanswered = 1;
		result = store_answer(timeout_ms);
	}
	if (result <= 0)
		return result;
	*answer = answers[task];
	arguments[task] = -1;
	return 1;
}

/* Moves a descriptor to a number that no descriptor of the broker will have. */
static int move_away(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, SOCKET + 1 + MAX_KEPT);
}

/* Closes everything but the socket and these descriptors, which get their new numbers. */
static int keep_descriptors(int socket, int **kept, int count)
{
	socket = move_away(socket);
	for (int i = 0; i < count; i++)
		*kept[i] = move_away(*kept[i]);
	if (dup2(socket, SOCKET) < 0)
		return -errno;
	for (int i = 0; i < count; i++)
		*kept[i] = dup2(*kept[i], SOCKET + 1 + i);
	return syscall(SYS_close_range, SOCKET + 1 + count, ~0U, 0) && errno != ENOSYS ? -errno : 0;
}

/* Drops what the tasks do not need. Returns 0 or -errno. */
static int harden(int socket)
{
	int *kept[MAX_KEPT], count = 0, error, ruleset;
	struct capabilities set;

	if (tasks & TASK_BIT(REOPEN_OUTPUT))
		count = kept_directories(kept);
	kept[count] = watching_descriptor();
	error = keep_descriptors(socket, kept, count ? count + 1 : 0);
	if (!error)
		error = get_capabilities(0, &set);
	if (error)
		return error;
	/* opens a file of its user in any directory, as the tracer did; see reopen_output.c */
	set.permitted &= count ? 1ULL << CAP_DAC_OVERRIDE : 0;
	set.effective = set.inheritable = 0;
	ruleset = create_directory_ruleset(count);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || set_capabilities(&set))
		return -errno;
	if (ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0))
		return -errno;
	if (ruleset >= 0)
		close(ruleset);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	error = install_broker_filter(tasks & TASK_BIT(RESOLVE_USER), count);
	return error == -EINVAL ? 0 : error;
}

/* Runs the broker until the tracer closes its end of the socket, or dies. */
static _Noreturn void serve(int socket)
{
	struct broker_answer answer = { .fd = -1 };
	const uint64_t all = ~0ULL;
	struct request request;

	/* the terminal's signals are for the tracer */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	prctl(PR_SET_NAME, BROKER_NAME);
	answer.result = harden(socket);
	/* a query of a service may take longer than the tracer lives */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (send_answer(&answer) && read(SOCKET, &request, sizeof(request)) == sizeof(request)) {
		if (answer.fd >= 0)
			close(answer.fd);
		answer = (struct broker_answer){ .fd = -1 };
		if (request.task >= TASK_COUNT || !(tasks & TASK_BIT(request.task)))
			break;
		run[request.task](request.argument, &answer);
	}
	_exit(0);
}

/*
 * Starts the broker if something needs it; called before privileges are dropped. uses_nss: names of
 * users come from all sources of nsswitch.conf(5). Returns 1 if it runs, 0 if it is not needed, or
 * -errno.
 */
API int start_broker(int uses_nss)
{
	struct broker_answer ready = { .result = -EPIPE };
	int ends[2], *directories[MAX_OUTPUTS], count = kept_directories(directories);
	pid_t pid;

	if (uses_nss && needs_broker_for_names())
		tasks |= TASK_BIT(RESOLVE_USER);
	if (count && reopens_on_hangup())
		tasks |= TASK_BIT(REOPEN_OUTPUT);
	pid = 0;
	if (tasks) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
			return -errno;
		pid = fork();
		if (!pid)
			serve(ends[1]);
		close(ends[1]);
		broker = ends[0];
	}
	/* the tracer itself cannot open anything in them any more */
	for (int i = 0; i < count; i++)
		close(*directories[i]);
	if (!tasks)
		return 0;
	if (pid < 0)
		return -EAGAIN;
	if (receive_answer(&ready, START_TIMEOUT_MS) <= 0)
		return -EPIPE;
	return ready.result < 0 ? ready.result : 1;
}

int broker_socket(void)
{
	return broker;
}
