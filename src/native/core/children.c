// SPDX-License-Identifier: MIT
/*
 * Reaps children. The tracer also gets children that it never started: as process 1 of a container
 * it adopts every orphan, and COMMAND can create siblings (CLONE_PARENT). Without a COMMAND no
 * status is needed, and the kernel reaps the children, because SIGCHLD is ignored. With a COMMAND,
 * the handler reaps all children and keeps the status of COMMAND. The agent reaps its children
 * itself (supervise.c); the handler only wakes it up.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child_command.h"

static atomic_int child, wait_status, is_dead;
static int exit_fd = -1; /* an eventfd, readable once COMMAND is dead */

static void reap(int signal)
{
	const uint64_t one = 1;
	int saved = errno, status;
	pid_t pid;

	(void)signal;
	/* COMMAND can be recognized only once its pid is known */
	while (atomic_load(&child)) {
		do {
			pid = waitpid(-1, &status, WNOHANG | __WALL);
		} while (pid < 0 && errno == EINTR);
		if (pid <= 0)
			break;
		if (pid != atomic_load(&child) || atomic_load(&is_dead))
			continue;
		atomic_store(&wait_status, status);
		atomic_store(&is_dead, 1);
		(void)!write(exit_fd, &one, sizeof(one));
	}
	errno = saved;
}

static void wake_up_for_child(int signal)
{
	(void)signal;
	wake_up();
}

int reap_children(enum children children)
{
	static void (*const handlers[])(int) = { SIG_IGN, reap, wake_up_for_child };
	struct sigaction action = { .sa_handler = handlers[children],
				    .sa_flags = SA_RESTART | SA_NOCLDSTOP };

	if (children == HAS_COMMAND) {
		exit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (exit_fd < 0)
			return -errno;
	}
	if (sigaction(SIGCHLD, &action, NULL))
		return -errno;
	unblock_signal(SIGCHLD);
	/* children that died earlier; a process also keeps its children over execve(2) */
	while (children == HAS_NO_COMMAND && waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
	}
	return 0;
}

void set_child_pid(pid_t pid)
{
	atomic_store(&child, pid);
	reap(SIGCHLD);
}

/* Returns a descriptor that becomes readable when COMMAND is dead. */
API int child_exit_fd(void)
{
	return exit_fd;
}

/* Returns the wait status of COMMAND if it is dead; -1 while it lives. */
API int child_wait_status(void)
{
	return atomic_load(&is_dead) ? atomic_load(&wait_status) : -1;
}
