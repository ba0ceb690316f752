/* SPDX-License-Identifier: MIT */
/* The launcher's child, from clone(2) to its execve(2) of COMMAND. Included by launcher.c only. */
#ifndef LAUNCHER_EXEC_H
#define LAUNCHER_EXEC_H

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "launcher.h"
#include "raw.h"

/* A system call with up to six arguments. Returns the kernel's result: -errno on failure. */
#define SYSCALL(...) SYSCALL_WITH(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SYSCALL_WITH(number, a, b, c, d, e, f, ...) \
	call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#define READ_ACCESS 4 /* R_OK of unistd.h */
#define MAX_TEXT_LINE 80 /* bash searches this many bytes of a first line for a NUL */

static struct launch *launch; /* shared with the tracer */
/* arrays that end with NULL; before words[0] there is a free entry */
static char **paths, **words, **environment;

/*
 * Refuses ioctl(2) with TIOCSTI, which types into the terminal, and TIOCLINUX, which pastes into
 * it: another user must not send commands to the shell that started the tracer. The filter covers
 * the 32-bit calls and those of x32, whose numbers have a high bit. Returns 0 or -errno.
 */
static long protect_terminal(void)
{
#if defined(__x86_64__)
	enum { ARCH = AUDIT_ARCH_X86_64, ARCH_32 = AUDIT_ARCH_I386, X32_IOCTL = 0x40000000 | 514 };
#else
	enum { ARCH = AUDIT_ARCH_AARCH64, ARCH_32 = AUDIT_ARCH_ARM, X32_IOCTL = SYS_ioctl };
#endif
	enum { IOCTL_32 = 54, TIOCSTI_NR = 0x5412, TIOCLINUX_NR = 0x541C };
	static struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_32, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IOCTL_32, 4, 7),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, X32_IOCTL, 0, 3),
		/* the lower half: the kernel ignores the upper one */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI_NR, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX_NR, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog filter = { sizeof(program) / sizeof(*program), program };
	long error = SYSCALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);

	/* without CAP_SYS_ADMIN, the kernel accepts a filter only after PR_SET_NO_NEW_PRIVS */
	if (error == -EACCES && !SYSCALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1))
		error = SYSCALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
	/* the kernel has no seccomp */
	return error == -EINVAL || error == -ENOSYS ? 0 : error;
}

/* Sets the permitted and effective capabilities; clears the inheritable and ambient ones. */
static long set_capabilities(uint64_t set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = set, .permitted = set },
		{ .effective = set >> 32, .permitted = set >> 32 },
	};

	return SYSCALL(SYS_capset, &head, data);
}

/* Becomes the user of --as, without capabilities: root regains its own at execve(2). */
static long become_user(void)
{
	long error = protect_terminal();

	if (!error)
		error = SYSCALL(SYS_setgroups, launch->group_count, launch->groups);
	if (!error)
		error = SYSCALL(SYS_setgid, launch->gid);
	if (!error)
		error = SYSCALL(SYS_setuid, launch->uid);
	return error ? error : set_capabilities(0);
}

/* Reads the first bytes of a file. Returns the number of bytes read. */
static long read_head(const char *path, void *head, long size)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	long fd = SYSCALL(SYS_openat, AT_FDCWD, path, flags), bytes;

	if (fd < 0)
		return 0;
	bytes = SYSCALL(SYS_read, fd, head, size);
	SYSCALL(SYS_close, fd);
	return bytes < 0 ? 0 : bytes;
}

/*
 * Returns true if a shell would take the file for a script: the first line of text contains no NUL
 * and does not begin like an ELF file.
 */
static int is_script(const char *path)
{
	char line[MAX_TEXT_LINE];
	long bytes = read_head(path, line, sizeof(line));

	if (bytes >= 4 && line[0] == 0x7f && line[1] == 'E' && line[2] == 'L' && line[3] == 'F')
		return 0;
	for (long i = 0; i < bytes && line[i] != '\n'; i++)
		if (!line[i])
			return 0;
	return bytes > 0 || !SYSCALL(SYS_faccessat, AT_FDCWD, path, READ_ACCESS);
}

static void describe_failure(const char *path, long error)
{
	struct launch_failure *failure = &launch->failure;
	struct statx status;

	failure->stage = STAGE_EXEC;
	failure->error = -error;
	if (!SYSCALL(SYS_statx, AT_FDCWD, path, 0, STATX_TYPE | STATX_MODE, &status))
		failure->mode = status.stx_mode;
	if ((failure->mode & S_IFMT) == S_IFREG)
		failure->head_bytes = read_head(path, failure->head, HEAD_BYTES);
}

/* Returns true if execvp(3) tries the next directory of the PATH after this error. */
static int is_path_error(long error)
{
	return error == -EACCES || error == -ENOENT || error == -ENOTDIR || error == -ESTALE ||
	       error == -ENODEV || error == -ETIMEDOUT;
}

/*
 * Executes COMMAND as execvp(3) does: if a directory of the PATH lacks the file, it tries the next
 * one, and it runs a file of unknown format as a script.
 */
static void execute(void)
{
	static char shell[] = "/bin/sh";
	const char *denied = NULL, *path = paths[0];
	long error = -ENOENT;

	for (char **next = paths; *next; next++) {
		path = *next;
		error = SYSCALL(SYS_execve, path, words, environment);
		if (error == -ENOEXEC && is_script(path)) {
			words[-1] = shell;
			words[0] = *next;
			error = SYSCALL(SYS_execve, shell, words - 1, environment);
			if (error == -ENOENT || error == -EACCES)
				error = -ENOEXEC;
		}
		/* the file exists and its interpreter does not; no other file is meant */
		if (error == -ENOENT && !SYSCALL(SYS_faccessat, AT_FDCWD, path, 0))
			break;
		if (!is_path_error(error)) {
			denied = NULL;
			break;
		}
		if (error == -EACCES && !denied)
			denied = path;
	}
	describe_failure(denied ? denied : path, denied ? -EACCES : error);
}

/* Becomes COMMAND; on failure describes it in launch->failure and exits. */
static _Noreturn void exec_command(void)
{
	long error = launch->becomes_user ? become_user() : 0;

	for (int which = 0; which < MAX_TIMERS; which++)
		SYSCALL(SYS_setitimer, which, launch->timers[which]);
	if (*(uint32_t *)launch->scheduling) {
		SYSCALL(SYS_setpriority, PRIO_PROCESS, 0, launch->nice);
		SYSCALL(SYS_sched_setattr, 0, launch->scheduling, 0);
	}
	/* fork(2) and another user id clear it; COMMAND's parent is the tracer */
	SYSCALL(SYS_prctl, PR_SET_PDEATHSIG, launch->parent_death_signal);
	SYSCALL(SYS_rt_sigprocmask, SIG_SETMASK, &launch->blocked, 0, sizeof(launch->blocked));
	if (error) {
		launch->failure.stage = STAGE_USER;
		launch->failure.error = -error;
	} else {
		execute();
	}
	for (;;)
		SYSCALL(SYS_exit_group, 127);
}

#endif
