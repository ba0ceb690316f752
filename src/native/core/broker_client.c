// SPDX-License-Identifier: MIT
/*
 * The tracer's side of the broker. A request is a task, a number and, for some tasks, bytes; one
 * request is open at a time. An answer that comes too late is stored, and the next request of the
 * task gets it if it has the number of that answer. The tracer never waits longer than a caller
 * allows.
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

static int broker = -1;
static uint32_t tasks;
static struct broker_request last; /* the request that was sent last */
static int is_unanswered;
/* stored answers with their arguments; -1: there is none */
static struct broker_answer answers[TASK_COUNT];
static int64_t arguments[TASK_COUNT] = { [0 ... TASK_COUNT - 1] = -1 };

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
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd readable = { .fd = broker, .events = POLLIN };
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS, left;
	int ready;

	while ((ready = poll(&readable, 1, timeout_ms)) < 0 && errno == EINTR) {
		left = until - now(CLOCK_MONOTONIC);
		timeout_ms = left > 0 ? left / NS_PER_MS : 0;
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
	return ask_broker_with(task, argument, NULL, 0, timeout_ms, answer);
}

int ask_broker_with(enum broker_task task, uint32_t argument, const void *payload, uint32_t bytes,
		    int timeout_ms, struct broker_answer *answer)
{
	struct iovec parts[] = { { &last, sizeof(last) }, { (void *)payload, bytes } };
	int result = 1;

	if (!has_broker_task(task))
		return -1;
	if (is_unanswered)
		result = store_answer(0);
	if (result > 0 && arguments[task] != argument) {
		discard_answer(task);
		last = (struct broker_request){ task, argument };
		if (writev(broker, parts, 2) != (ssize_t)(sizeof(last) + bytes))
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

/* Forks the broker and waits until it has dropped its rights. Returns 0 or -errno. */
static int fork_broker(void)
{
	const uint64_t all = ~0ULL;
	struct broker_answer ready;
	int ends[2], error;
	uint64_t mask;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* the broker must not run the tracer's handlers, which write to shared descriptors */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(all));
	pid = fork();
	if (!pid)
		run_broker(ends[1], tasks);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	error = pid < 0 ? -EAGAIN : 0;
	close(ends[1]);
	broker = ends[0];
	if (!error && receive_answer(&ready, START_TIMEOUT_MS) <= 0)
		error = -EPIPE;
	if (!error && ready.result < 0)
		error = ready.result;
	if (error && broker >= 0) {
		close(broker);
		broker = -1;
	}
	return error;
}

/* Returns true if the tracer may read files of others, and will not be able to. */
static int can_open_elf(void)
{
	struct capabilities set;

	return !get_capabilities(0, &set) && set.permitted & 1ULL << CAP_DAC_READ_SEARCH;
}

/*
 * Starts the broker if something needs it; called before privileges are dropped. uses_nss: names of
 * users come from all sources of nsswitch.conf(5). names_containers: containers need their names.
 * opens_elf: crash sites are requested. Returns 0 or -errno. If only a broker for other tasks could
 * not be started, the trace goes on: reopen_output() and can_name_containers() report that, and
 * crash sites have names of public files only.
 */
API int start_broker(int uses_nss, int names_containers, int opens_elf)
{
	int *directories[MAX_OUTPUTS], count = kept_directories(directories), error;

	if (uses_nss && needs_broker_for_names())
		tasks |= TASK_BIT(RESOLVE_USER);
	if (count && reopens_on_hangup())
		tasks |= TASK_BIT(REOPEN_OUTPUT);
	if (names_containers && has_container_directories())
		tasks |= TASK_BIT(FIND_CONTAINER);
	if (opens_elf && can_open_elf())
		tasks |= TASK_BIT(OPEN_ELF);
	error = tasks ? fork_broker() : 0;
	/* only the broker opens files in them */
	for (int i = 0; i < count; i++)
		close(*directories[i]);
	return tasks & TASK_BIT(RESOLVE_USER) ? error : 0;
}

int broker_socket(void)
{
	return broker;
}
