// SPDX-License-Identifier: MIT
/*
 * Tries out what this kernel allows: in a child, because a seccomp filter may kill the process that
 * makes the attempt, and because an alarm can end it if it hangs.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "native.h"

#define TIMEOUT_S 3
#define RING_BYTES (256 * 1024)
/* bpf(2) has no such command: the kernel answers EINVAL, a seccomp filter another errno */
#define UNKNOWN_COMMAND 0x7fffffff

/* src/bpf/features.ts has the same numbers */
enum probe { PROBE_BPF, PROBE_RING, PROBE_PROGRAM, PROBE_RAW_TRACEPOINT, PROBE_READ_KERNEL };

/* return 0; */
static const struct bpf_insn return_0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* bpf_probe_read_kernel(8 bytes of the stack, 8, NULL); return 0; */
static const struct bpf_insn read_kernel[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load(const struct bpf_insn *program, size_t bytes)
{
	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "doctor", "GPL", program,
			     bytes / sizeof(*program), NULL);
}

/* Returns 0 or an errno. The end of the child closes what it creates. */
static int attempt(enum probe what)
{
	static union bpf_attr attr;
	int fd;

	switch (what) {
	case PROBE_BPF:
		fd = syscall(SYS_bpf, UNKNOWN_COMMAND, &attr, sizeof(attr));
		break;
	case PROBE_RING:
		fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "doctor", 0, 0, RING_BYTES, NULL);
		break;
	case PROBE_READ_KERNEL:
		fd = load(read_kernel, sizeof(read_kernel));
		break;
	default:
		fd = load(return_0, sizeof(return_0));
		if (fd >= 0 && what == PROBE_RAW_TRACEPOINT)
			fd = bpf_raw_tracepoint_open("sched_process_exit", fd);
	}
	return fd < 0 ? errno : 0;
}

/* Forks a child that never runs the tracer's signal handlers and ends after TIMEOUT_S. */
static pid_t fork_child(void)
{
	sigset_t all, before;
	pid_t pid;
	int error;

	/* the tracer may ignore SIGCHLD; then the kernel reaps the child and its status is lost */
	signal(SIGCHLD, SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	error = errno;
	if (pid == 0) {
		for (int number = 1; number < NSIG; number++)
			signal(number, SIG_DFL);
		sigemptyset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		alarm(TIMEOUT_S);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

/* Returns the wait status, or -errno. */
static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t reaped;

	while ((reaped = wait4(pid, &status, 0, NULL)) < 0 && errno == EINTR) {
	}
	return reaped == pid ? status : -errno;
}

/*
 * Makes the attempt `what` of enum probe. Returns 0 if it works, an errno if it was refused, or -N
 * if signal N killed the child (SIGALRM: it took too long). -1000: no child could be forked.
 */
API int probe(int what)
{
	pid_t pid = fork_child();
	int status;

	if (pid == 0)
		_exit(attempt(what));
	if (pid < 0)
		return -1000;
	status = wait_for(pid);
	if (status < 0)
		return -1000;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Creates a child that exits with this code, or if `signal` is not 0 is killed by that signal, and
 * reaps it. Returns pid * 65536 + wait status, or -errno.
 */
API int64_t spawn_and_reap(int code, int signal)
{
	pid_t pid = fork_child();
	int status;

	if (pid == 0) {
		if (!signal)
			_exit(code);
		for (;;)
			pause();
	}
	if (pid < 0)
		return -errno;
	if (signal && kill(pid, signal))
		return -errno;
	status = wait_for(pid);
	return status < 0 ? status : (int64_t)pid * 65536 + status;
}
