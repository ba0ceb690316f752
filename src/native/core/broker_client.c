// SPDX-License-Identifier: MIT
/*
 * The tracer's side of the brokers. Programs are opened by a process of its own, which can read all
 * files: the other one parses files of containers and what services answer. A request is a task, a
 * number and, for some tasks, bytes; a broker has one open request at a time. An answer that comes
 * too late is stored, and the next request of the task gets it if it has the number of that answer.
 * The tracer never waits longer than a caller allows.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "broker.h"
#include "container_files.h"
#include "core.h"
#include "privileges.h"
#include "segments.h"

static struct channel {
	int socket; /* -1: there is no such broker */
	uint32_t tasks;
	struct broker_request last; /* the request that was sent last */
	int is_unanswered;
} channels[] = { { .socket = -1 }, { .socket = -1 } };
#define CHANNEL_COUNT (sizeof(channels) / sizeof(*channels))
/* stored answers with their arguments; -1: there is none */
static struct broker_answer answers[TASK_COUNT];
static int64_t arguments[TASK_COUNT] = { [0 ... TASK_COUNT - 1] = -1 };

static struct channel *channel_of(enum broker_task task)
{
	return &channels[task == OPEN_ELF];
}

static void close_channel(struct channel *channel)
{
	if (channel->socket >= 0)
		close(channel->socket);
	channel->socket = -1;
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
static int receive_answer(struct channel *channel, struct broker_answer *answer, int timeout_ms)
{
	struct iovec part = { answer, sizeof(*answer) };
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd readable = { .fd = channel->socket, .events = POLLIN };
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS, left;
	int ready;

	while ((ready = poll(&readable, 1, timeout_ms)) < 0 && errno == EINTR) {
		left = until - now(CLOCK_MONOTONIC);
		timeout_ms = left > 0 ? left / NS_PER_MS : 0;
	}
	if (!ready)
		return 0;
	if (ready < 0 ||
	    recvmsg(channel->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) !=
		    sizeof(*answer)) {
		close_channel(channel);
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
static int store_answer(struct channel *channel, int timeout_ms)
{
	const struct broker_request *last = &channel->last;
	struct broker_answer answer;
	int result = receive_answer(channel, &answer, timeout_ms);

	if (result <= 0)
		return result;
	channel->is_unanswered = 0;
	discard_answer(last->task);
	answers[last->task] = answer;
	arguments[last->task] = last->argument;
	return 1;
}

int has_broker_task(enum broker_task task)
{
	const struct channel *channel = channel_of(task);

	return channel->socket >= 0 && channel->tasks & TASK_BIT(task);
}

int ask_broker(enum broker_task task, uint32_t argument, int timeout_ms,
	       struct broker_answer *answer)
{
	return ask_broker_with(task, argument, NULL, 0, timeout_ms, answer);
}

int ask_broker_with(enum broker_task task, uint32_t argument, const void *payload, uint32_t bytes,
		    int timeout_ms, struct broker_answer *answer)
{
	struct channel *channel = channel_of(task);
	struct broker_request *last = &channel->last;
	struct iovec parts[] = { { last, sizeof(*last) }, { (void *)payload, bytes } };
	int result = 1;

	if (!has_broker_task(task))
		return -1;
	if (channel->is_unanswered)
		result = store_answer(channel, 0);
	if (result > 0 && arguments[task] != argument) {
		discard_answer(task);
		*last = (struct broker_request){ task, argument };
		if (writev(channel->socket, parts, 2) != (ssize_t)(sizeof(*last) + bytes))
			return -1;
		channel->is_unanswered = 1;
		result = store_answer(channel, timeout_ms);
	}
	if (result <= 0)
		return result;
	*answer = answers[task];
	arguments[task] = -1;
	return 1;
}

/* Forks the broker of a channel. Returns 0 or -errno. */
static int fork_broker(struct channel *channel)
{
	const uint64_t all = ~0ULL;
	uint64_t mask;
	int ends[2];
	pid_t pid;

	if (!channel->tasks)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* the broker must not run the tracer's handlers, which write to shared descriptors */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(all));
	pid = fork();
	if (!pid)
		run_broker(ends[1], channel->tasks);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	close(ends[1]);
	channel->socket = ends[0];
	return pid < 0 ? -EAGAIN : 0;
}

/* Waits until the broker of a channel, if it has one, has dropped its rights. */
static int await_broker(struct channel *channel)
{
	struct broker_answer ready;

	if (channel->socket < 0)
		return 0;
	if (receive_answer(channel, &ready, START_TIMEOUT_MS) <= 0)
		return -EPIPE;
	return ready.result < 0 ? ready.result : 0;
}

/* Starts the brokers. Returns 0, or the -errno of the first one, that of users' names. */
static int start_brokers(void)
{
	int errors[CHANNEL_COUNT], error;

	for (size_t i = 0; i < CHANNEL_COUNT; i++)
		errors[i] = fork_broker(&channels[i]);
	for (size_t i = 0; i < CHANNEL_COUNT; i++) {
		error = errors[i] ? errors[i] : await_broker(&channels[i]);
		errors[i] = error;
		if (error)
			close_channel(&channels[i]);
	}
	return errors[0];
}

/* Returns true if the tracer may read files of others, and will not be able to. */
static int can_open_elf(void)
{
	struct capabilities set;

	return !get_capabilities(0, &set) && set.permitted & 1ULL << CAP_DAC_READ_SEARCH;
}

/*
 * Starts the brokers that something needs; called before privileges are dropped. uses_nss: names of
 * users come from all sources of nsswitch.conf(5). names_containers: containers need their names.
 * opens_elf: crash sites are requested. Returns 0 or -errno. If only a broker for other tasks could
 * not be started, the trace goes on: reopen_output() and can_name_containers() report that, and
 * crash sites have names of public files only.
 */
API int start_broker(int uses_nss, int names_containers, int opens_elf)
{
	int *directories[MAX_OUTPUTS], count = kept_directories(directories), error;
	int *segments = segment_directory();
	uint32_t tasks = 0;

	if (uses_nss && needs_broker_for_names())
		tasks |= TASK_BIT(RESOLVE_USER);
	if (count && reopens_on_hangup())
		tasks |= TASK_BIT(REOPEN_OUTPUT);
	if (segments)
		tasks |= TASK_BIT(BEGIN_SEGMENT);
	if (names_containers && has_container_directories())
		tasks |= TASK_BIT(FIND_CONTAINER);
	if (opens_elf && can_open_elf())
		channel_of(OPEN_ELF)->tasks = TASK_BIT(OPEN_ELF);
	channels[0].tasks = tasks;
	error = start_brokers();
	/* only the broker opens files in them */
	for (int i = 0; i < count; i++)
		close(*directories[i]);
	if (segments)
		close(*segments);
	return tasks & (TASK_BIT(RESOLVE_USER) | TASK_BIT(BEGIN_SEGMENT)) ? error : 0;
}

int broker_socket(int index)
{
	return channels[index].socket;
}
