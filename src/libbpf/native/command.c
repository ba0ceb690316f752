// SPDX-License-Identifier: MIT
/*
 * A command of ours, from its very first moment: it is forked, and waits to be executed until the tracer is attached and knows
 * it. Its input, output and terminal are ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "native.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define MOST_GROUPS 1024

volatile pid_t command_pid;

static int go_fd = -1;	   /* a byte tells the child to execute */
static int failure_fd = -1; /* it answers with an errno if it cannot, and with nothing if it can */

static struct {
	uid_t uid;
	gid_t gid;
	gid_t groups[MOST_GROUPS];
	int count;
} identity;

/* For another user: who that is, and what login(1) would tell its programs of it. Returns 0 or -errno. */
static int become(const char *user)
{
	struct passwd *entry = getpwnam(user);

	if (!entry)
		return -ENOENT;
	identity.uid = entry->pw_uid;
	identity.gid = entry->pw_gid;
	identity.count = MOST_GROUPS;
	if (getgrouplist(user, entry->pw_gid, identity.groups, &identity.count) < 0)
		return -E2BIG;
	if (set_command_variable("HOME", entry->pw_dir) || set_command_variable("USER", entry->pw_name) ||
	    set_command_variable("LOGNAME", entry->pw_name) || set_command_variable("SHELL", entry->pw_shell))
		return -ENOMEM;
	return 0;
}

/* Our runtime raises the limit of open files for itself; the one whom we were started by still has what was meant. */
static void restore_limits(pid_t starter)
{
	struct rlimit ours, theirs;

	if (syscall(SYS_prlimit64, starter, RLIMIT_NOFILE, NULL, &theirs) || getrlimit(RLIMIT_NOFILE, &ours))
		return;
	if (theirs.rlim_cur < ours.rlim_cur) {
		ours.rlim_cur = theirs.rlim_cur;
		setrlimit(RLIMIT_NOFILE, &ours);
	}
}

/* In the child of a process with threads: nothing but system calls. */
static void execute(char **argv, int is_other_user, pid_t starter, int go, int failure)
{
	sigset_t none;
	char byte;
	int error;

	restore_signals();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	restore_limits(starter);
	while ((error = read(go, &byte, 1)) < 0 && errno == EINTR) {
	}
	/* the tracer could not trace, or is gone */
	if (error != 1)
		_exit(127);
	/* execvp() searches the PATH of this one */
	environ = command_environment();
	if (!is_other_user || (!setgroups(identity.count, identity.groups) && !setgid(identity.gid) && !setuid(identity.uid)))
		execvp(argv[0], argv);
	error = errno;
	if (write(failure, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * Forks the command; it waits for command_go(). words: `count` arguments, a NUL behind each. user: whom it shall run as, empty: as we
 * do. Returns its pid or -errno; -ENOENT: no such user.
 */
API int64_t command_prepare(char *words, uint32_t count, const char *user)
{
	char **argv = calloc(count + 1, sizeof(*argv));
	int go[2], failure[2], error;
	pid_t starter = getppid(), pid;
	sigset_t all, before;

	if (!argv)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++, words += strlen(words) + 1)
		argv[i] = words;
	error = load_command_environment();
	if (!error && *user)
		error = become(user);
	if (!error && pipe2(go, O_CLOEXEC))
		error = -errno;
	if (error)
		goto no_pipes;
	if (pipe2(failure, O_CLOEXEC)) {
		error = -errno;
		goto no_answer;
	}
	/* no signal may find the child with our handlers */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	error = pid < 0 ? -errno : 0;
	if (pid == 0) {
		close(go[1]);
		execute(argv, *user != 0, starter, go[0], failure[1]);
	}
	if (pid > 0)
		command_pid = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		goto no_child;
	close(go[0]);
	close(failure[1]);
	free(argv);
	go_fd = go[1];
	failure_fd = failure[0];
	return pid;

no_child:
	close(failure[0]);
	close(failure[1]);
no_answer:
	close(go[0]);
	close(go[1]);
no_pipes:
	free(argv);
	return error;
}

/* Lets it execute. Returns 0 once it has, or -errno where it could not. */
API int command_go(void)
{
	int error = 0;
	ssize_t size;

	if (write(go_fd, "x", 1) != 1)
		return -errno;
	close(go_fd);
	while ((size = read(failure_fd, &error, sizeof(error))) < 0 && errno == EINTR) {
	}
	close(failure_fd);
	if (size == sizeof(error)) {
		command_pid = 0;
		return -error;
	}
	return 0;
}

/* A file descriptor that becomes readable when it is dead, or -errno. */
API int command_pidfd(int pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* Its wait status if it is dead, and then nobody's child any more; -1 while it lives. */
API int command_reap(int pid)
{
	int status = 0;
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid != pid)
		return -1;
	/* before its pid can become somebody else's, nobody may send it a signal any more */
	command_pid = 0;
	return waitpid(pid, &status, 0) == pid ? status : -1;
}
