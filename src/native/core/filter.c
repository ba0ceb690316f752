// SPDX-License-Identifier: MIT
/*
 * The seccomp filter: of all system calls those that a tracer, its JavaScript engine and the C library need to read, write to what is open,
 * think and end. Nothing is killed: what is refused is told so (EPERM), and what is newer than this list does not exist
 * (ENOSYS), as on an older kernel, which every caller is prepared for. The calls are found by halving, since the kernel walks through the
 * filter for each call that there is when it installs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "privileges.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "which system calls does this architecture have?"
#endif

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NEWEST 462 /* mseal; what follows we have not looked at */
#define MOST_VALUES 6
#define MOST_CHECKS 16
#define MOST_INSTRUCTIONS 1024

/* For the calls that old headers do not know; from 424 on all architectures have the same numbers. */
enum { PIDFD_OPEN = 434, CLONE3, CLOSE_RANGE, OPENAT2, FACCESSAT2 = 439, EPOLL_PWAIT2 = 441, LANDLOCK_RESTRICT_SELF = 446, FUTEX_WAITV = 449,
       MAP_SHADOW_STACK = 453, FUTEX_WAKE, FUTEX_WAIT, FUTEX_REQUEUE, MSEAL = 462 };

static const uint16_t allowed[] = {
	/* memory; the JIT writes and executes */
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore, SYS_msync, SYS_mlock, SYS_mlock2, SYS_munlock,
	SYS_mbind, SYS_get_mempolicy, SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect, SYS_membarrier, MAP_SHADOW_STACK, MSEAL,
	/* threads and time */
	SYS_futex, FUTEX_WAITV, FUTEX_WAKE, FUTEX_WAIT, FUTEX_REQUEUE, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address,
	SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max,
	SYS_sched_get_priority_min, SYS_getcpu, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid, PIDFD_OPEN, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times, SYS_getitimer, SYS_setitimer, SYS_timerfd_create,
	SYS_timerfd_settime, SYS_timerfd_gettime,
#ifdef SYS_rseq
	SYS_rseq,
#endif
	/* signals that we get */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_sigaltstack,
	SYS_signalfd4, SYS_restart_syscall,
	/* what is open, and waiting for it */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_lseek,
	SYS_close, CLOSE_RANGE, SYS_dup, SYS_dup3, SYS_fsync, SYS_fdatasync, SYS_fadvise64, SYS_readahead, SYS_pipe2, SYS_eventfd2,
	SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, EPOLL_PWAIT2,
	/* looking at files */
	SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat, FACCESSAT2, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
	/* who and where we are */
	SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups,
	/* giving up more */
	SYS_capset, LANDLOCK_RESTRICT_SELF,
	SYS_getpgid, SYS_getsid, SYS_getpriority, SYS_capget, SYS_getrusage, SYS_sysinfo, SYS_uname, SYS_getrandom,
#ifdef __x86_64__
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents, SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait,
	SYS_pipe, SYS_eventfd, SYS_dup2, SYS_time, SYS_alarm, SYS_pause, SYS_getrlimit, SYS_getpgrp, SYS_arch_prctl,
	/* uretprobe and uprobe, by which the kernel follows functions of ours that somebody else observes */
	335, 336,
#else
	SYS_getrlimit,
#endif
};

/* Looked at more closely: by the lower half of one argument, which is all that the kernel takes of these. */
struct check {
	uint16_t call;
	uint8_t argument;
	enum { NONE_OF, ONE_OF, BITS } kind;
	/* BITS: none of the first, and where there is a second, one of those */
	uint32_t values[MOST_VALUES];
	uint8_t count;
};

#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC)
#define NEW_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const struct check checks[] = {
#ifdef __x86_64__
	{ SYS_open, 1, BITS, { WRITES }, 1 },
#endif
	{ SYS_openat, 2, BITS, { WRITES }, 1 },
	/* threads, but no processes */
	{ SYS_clone, 0, BITS, { NEW_NAMESPACES, CLONE_THREAD }, 2 },
	{ SYS_bpf, 0, ONE_OF, { BPF_MAP_LOOKUP_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD }, 4 },
	/* not TIOCSTI, which types into the terminal */
	{ SYS_ioctl, 1, ONE_OF, { TIOCGWINSZ, TCGETS, FIONREAD, FIONBIO, PERF_EVENT_IOC_DISABLE, TCSETS }, 6 },
	/* giving up more, as other threads may be about to when the filter comes over them */
	{ SYS_setfsuid, 0, ONE_OF, { NOBODY, -1 }, 2 },
	{ SYS_setfsgid, 0, ONE_OF, { NOBODY, -1 }, 2 },
	{ SYS_setgroups, 0, ONE_OF, { 0 }, 1 },
	/* keeps forbid_inspection() in force */
	{ SYS_prctl, 0, NONE_OF, { PR_SET_DUMPABLE }, 1 },
	/* by which root may have the kernel send any signal to anybody */
	{ SYS_fcntl, 1, NONE_OF, { F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY }, 5 },
};

static struct sock_filter program[MOST_INSTRUCTIONS];
static size_t length;

static void emit(uint16_t code, uint32_t operand, uint8_t if_true, uint8_t if_false)
{
	if (length < MOST_INSTRUCTIONS)
		program[length] = (struct sock_filter){ code, if_true, if_false, operand };
	length++;
}

static void load(size_t offset)
{
	emit(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void end(uint32_t verdict)
{
	emit(BPF_RET | BPF_K, verdict, 0, 0);
}

#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

/* Refuses, or goes on behind. Both architectures are little-endian: the lower half comes first. */
static void emit_check(const struct check *check)
{
	load(offsetof(struct seccomp_data, args) + 8 * check->argument);
	switch (check->kind) {
	case ONE_OF:
		for (int i = 0; i < check->count; i++)
			emit(BPF_JMP | BPF_JEQ | BPF_K, check->values[i], check->count - i, 0);
		break;
	case NONE_OF:
		for (int i = 0; i < check->count; i++)
			emit(BPF_JMP | BPF_JEQ | BPF_K, check->values[i], check->count - i, 0);
		emit(BPF_JMP | BPF_JA, 1, 0, 0);
		break;
	case BITS:
		emit(BPF_JMP | BPF_JSET | BPF_K, check->values[0], 0, 1);
		if (check->count < 2)
			break;
		end(REFUSED);
		emit(BPF_JMP | BPF_JSET | BPF_K, check->values[1], 1, 0);
		break;
	}
	end(REFUSED);
}

enum { REFUSE, ALLOW, CHECK, MISSING };

/* Of each call, and of the first that we do not know. */
static uint8_t verdicts[NEWEST + 2];
static struct check all_checks[MOST_CHECKS];
static size_t check_count;

static void add_check(struct check check)
{
	all_checks[check_count++] = check;
	verdicts[check.call] = CHECK;
}

static void emit_verdict(int call)
{
	switch (verdicts[call]) {
	case MISSING:
		end(UNKNOWN);
		break;
	case REFUSE:
		end(REFUSED);
		break;
	case CHECK:
		for (size_t i = 0; i < check_count; i++)
			if (all_checks[i].call == call)
				emit_check(&all_checks[i]);
		/* fall through */
	case ALLOW:
		end(SECCOMP_RET_ALLOW);
	}
}

/* For the calls from one start to before another, of ranges that begin at starts[] and in which all are alike. */
static void emit_search(const uint16_t *starts, int low, int high)
{
	int middle = (low + high) / 2;
	size_t jump;

	if (high - low == 1) {
		emit_verdict(starts[low]);
		return;
	}
	/* the way to the upper half may be longer than a condition can jump */
	emit(BPF_JMP | BPF_JGE | BPF_K, starts[middle], 0, 1);
	jump = length;
	emit(BPF_JMP | BPF_JA, 0, 0, 0);
	emit_search(starts, low, middle);
	if (jump < MOST_INSTRUCTIONS)
		program[jump].k = length - jump - 1;
	emit_search(starts, middle, high);
}

static void build(const struct duties *duties)
{
	static uint16_t starts[NEWEST + 2];
	uint32_t self = getpid();
	int ranges = 0;

	length = check_count = 0;
	memset(verdicts, REFUSE, sizeof(verdicts));
	for (size_t i = 0; i < COUNT(allowed); i++)
		verdicts[allowed[i]] = ALLOW;
	for (size_t i = 0; i < COUNT(checks); i++)
		add_check(checks[i]);
	/* the launcher sends the signals for a COMMAND */
	add_check((struct check){ SYS_kill, 0, ONE_OF, { self }, 1 });
	add_check((struct check){ SYS_tgkill, 0, ONE_OF, { self }, 1 });
	add_check((struct check){ SYS_prlimit64, 0, ONE_OF, { 0, self }, 2 });
	if (duties->unhooks_network) {
		static const uint16_t netlink[] = { SYS_bind, SYS_getsockname, SYS_setsockopt, SYS_sendto, SYS_recvmsg };

		for (size_t i = 0; i < COUNT(netlink); i++)
			verdicts[netlink[i]] = ALLOW;
		add_check((struct check){ SYS_socket, 0, ONE_OF, { AF_NETLINK }, 1 });
		add_check((struct check){ SYS_socket, 2, ONE_OF, { NETLINK_ROUTE }, 1 });
	}
	/* their flags lie in memory, where a filter cannot look; the C library then takes what came before them */
	verdicts[CLONE3] = verdicts[OPENAT2] = verdicts[NEWEST + 1] = MISSING;

	/* other doors: 32-bit calls here, x32's by their large numbers */
	load(offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	end(REFUSED);
	load(offsetof(struct seccomp_data, nr));
	for (int call = 0; call <= NEWEST + 1; call++)
		if (call == 0 || verdicts[call] == CHECK || verdicts[call] != verdicts[call - 1])
			starts[ranges++] = call;
	emit_search(starts, 0, ranges);
}

int filter_system_calls(const struct duties *duties)
{
	/* without the second the kernel slows the JIT's code down, on processors that speculate past stores */
	const unsigned int flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct sock_fprog filter = { .filter = program };
	long result;

	build(duties);
	if (length > MOST_INSTRUCTIONS)
		return -E2BIG;
	filter.len = length;
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
	/* a number: of the thread that could not follow */
	return result < 0 ? -errno : result > 0 ? -EBUSY : 0;
}
