// SPDX-License-Identifier: MIT
/*
 * What this kernel lets us do, found out by doing it: in a child, since a seccomp filter may kill whoever tries, and since its
 * alarm clock ends what hangs.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "native.h"

#define PATIENCE 3 /* seconds */
#define RING_BYTES (256 * 1024)
/* no command of bpf(2) has that number: EINVAL comes from the kernel itself, anything else from who stands before it */
#define NO_COMMAND 0x7fffffff

/* src/bpf/features.ts has the same numbers */
enum probe { PROBE_BPF, PROBE_RING, PROBE_PROGRAM, PROBE_RAW_TRACEPOINT, PROBE_READ_KERNEL };

/* return 0; */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* bpf_probe_read_kernel(8 bytes of the stack, 8, NULL); return 0; */
static const struct bpf_insn reading[] = {
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
	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "doctor", "GPL", program, bytes / sizeof(*program), NULL);
}

/* Returns 0 or an errno. What it makes goes with the child. */
static int attempt(enum probe what)
{
	union bpf_attr attr;
	int fd;

	switch (what) {
	case PROBE_BPF:
		memset(&attr, 0, sizeof(attr));
		fd = syscall(SYS_bpf, NO_COMMAND, &attr, sizeof(attr));
		break;
	case PROBE_RING:
		fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "doctor", 0, 0, RING_BYTES, NULL);
		break;
	case PROBE_READ_KERNEL:
		fd = load(reading, sizeof(reading));
		break;
	default:
		fd = load(nothing, sizeof(nothing));
		if (fd >= 0 && what == PROBE_RAW_TRACEPOINT)
			fd = bpf_raw_tracepoint_open("sched_process_exit", fd);
	}
	return fd < 0 ? errno : 0;
}

static pid_t fork_plain(void)
{
	sigset_t all, before;
	pid_t pid;
	int error;

	/*
	 * the kernel reaps the tracer's children (children.c), but the status of this child is
	 * needed
	 */
	signal(SIGCHLD, SIG_DFL);
	/* no signal may find the child with our handlers */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	error = errno;
	if (pid == 0) {
		for (int number = 1; number < NSIG; number++)
			signal(number, SIG_DFL);
		sigemptyset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		alarm(PATIENCE);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t gone;

	while ((gone = wait4(pid, &status, 0, NULL)) < 0 && errno == EINTR) {
	}
	return gone == pid ? status : -errno;
}

/*
 * Returns 0: it works; an errno: it was refused; -N: whoever tries is killed by signal N, SIGALRM: it took too long; -1000: there
 * is no child.
 */
API int probe(int what)
{
	pid_t pid = fork_plain();
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
 * A child that dies for us to see: with this exit code, or, where signal is not 0, of that, sent by us. Returns its pid * 65536 + what
 * wait4() said, or -errno.
 */
API int64_t spawn_and_reap(int code, int signal)
{
	pid_t pid = fork_plain();
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
