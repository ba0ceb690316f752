// SPDX-License-Identifier: MIT
/*
 * Reaps children. The tracer also gets children that it never started: as process 1 of a container
 * it adopts every orphan, and a COMMAND can give it siblings (CLONE_PARENT). Without a COMMAND no
 * status is needed, and the kernel reaps the children (SIGCHLD is ignored). With a COMMAND, the
 * handler reaps all children and keeps the status of COMMAND; collector_wait() continues its sleep
 * after the signal.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "command.h"

static atomic_int command, command_wait_status;
static atomic_int command_is_dead;
static int end_fd = -1; /* readable once COMMAND is dead */

static void reap(int signal)
{
	const uint64_t one = 1;
	int saved = errno, status;
	pid_t pid;

	(void)signal;
	/* COMMAND can be recognized only once its pid is known */
	while (atomic_load(&command)) {
		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) < 0 && errno == EINTR)
			;
		if (pid <= 0)
			break;
		if (pid != atomic_load(&command) || atomic_load(&command_is_dead))
			continue;
		atomic_store(&command_wait_status, status);
		atomic_store(&command_is_dead, 1);
		if (write(end_fd, &one, sizeof(one)) < 0) {
			/* cannot happen: the counter is 0 */
		}
	}
	errno = saved;
}

int reap_children(int has_command)
{
	struct sigaction action = { .sa_handler = has_command ? reap : SIG_IGN, .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	sigset_t only;

	if (has_command) {
		end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (end_fd < 0)
			return -errno;
	}
	if (sigaction(SIGCHLD, &action, NULL))
		return -errno;
	sigemptyset(&only);
	sigaddset(&only, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	/* children that died earlier; a process also keeps its children over execve(2) */
	while (!has_command && waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
	}
	return 0;
}

void command_has_started(pid_t pid)
{
	atomic_store(&command, pid);
	reap(SIGCHLD);
}

/* Returns a descriptor that becomes readable when COMMAND is dead. */
API int command_end(void)
{
	return end_fd;
}

/* Returns the wait status of COMMAND if it is dead; -1 while it lives. */
API int command_status(void)
{
	return atomic_load(&command_is_dead) ? atomic_load(&command_wait_status) : -1;
}
