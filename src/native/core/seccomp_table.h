/* SPDX-License-Identifier: MIT */
/*
 * The allowlist of the seccomp filter: the system calls that the JavaScript engine, the C library
 * and the tracer need to read, to write to open files, to wait, to compute and to exit. Included by
 * seccomp.c only.
 */
#ifndef SECCOMP_TABLE_H
#define SECCOMP_TABLE_H

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "privileges.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* mseal(2), the newest system call that this table takes into account */
#define MAX_SYSCALL 462
/* Numbers that old headers lack. All architectures share the numbers from 424 on. */
enum { NR_FUTEX_WAITV = 449, NR_MAP_SHADOW_STACK = 453, NR_FUTEX_WAKE, NR_FUTEX_WAIT,
       NR_FUTEX_REQUEUE, NR_MSEAL = 462 };

/* The most frequent calls come first, since the filter compares in this order. */
static const uint16_t allowed[] = {
	/* open descriptors, and waiting for them */
	SYS_read, SYS_write, SYS_ppoll, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_readv, SYS_writev,
	SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_lseek,
	SYS_close, SYS_close_range, SYS_dup, SYS_dup3, SYS_fsync, SYS_fdatasync, SYS_fadvise64,
	SYS_readahead, SYS_pipe2, SYS_eventfd2, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl,
	/* threads and time */
	SYS_futex, NR_FUTEX_WAITV, NR_FUTEX_WAKE, NR_FUTEX_WAIT, NR_FUTEX_REQUEUE, SYS_set_robust_list,
	SYS_get_robust_list, SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity,
	SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max,
	SYS_sched_get_priority_min, SYS_getcpu, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid,
	SYS_pidfd_open, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres,
	SYS_gettimeofday, SYS_times, SYS_getitimer, SYS_setitimer, SYS_timerfd_create,
	SYS_timerfd_settime, SYS_timerfd_gettime, SYS_rseq,
	/* memory; the JIT writes code and executes it */
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore,
	SYS_msync, SYS_mlock, SYS_mlock2, SYS_munlock, SYS_mbind, SYS_get_mempolicy,
	SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect, SYS_membarrier, NR_MAP_SHADOW_STACK, NR_MSEAL,
	/* signals to this process */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending,
	SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_sigaltstack, SYS_signalfd4, SYS_restart_syscall,
	/* metadata of files */
	SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat,
	SYS_faccessat2, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
	/* identity and environment of this process */
	SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_getpgid, SYS_getsid, SYS_getpriority,
	SYS_capget, SYS_getrusage, SYS_sysinfo, SYS_uname, SYS_getrandom, SYS_getrlimit,
	/* dropping more privileges */
	SYS_capset, SYS_landlock_restrict_self,
#ifdef __x86_64__
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents, SYS_poll, SYS_select,
	SYS_epoll_create, SYS_epoll_wait, SYS_pipe, SYS_eventfd, SYS_dup2, SYS_time, SYS_alarm,
	SYS_pause, SYS_getpgrp, SYS_arch_prctl,
	/* uretprobe and uprobe, which the kernel calls in a process that has such probes */
	335, 336,
#endif
};

/*
 * A condition on the lower half of an argument, the half that the kernel uses of these arguments. A
 * call with several checks, which follow each other, has to pass all of them.
 */
struct arg_check {
	uint16_t nr;
	uint8_t arg;
	uint8_t op; /* BPF_JEQ: compares with the values; BPF_JSET: tests bits */
	uint8_t is_denied; /* true: refused if a value matches; false: if none matches */
	uint8_t count;
	uint32_t values[8];
};

/* as a value: the process's own pid, and the sockets to the brokers */
#define OWN_PID 0xfffffffe
#define BROKER_SOCKET 0xfffffffd
#define OPENER_SOCKET 0xfffffffc
#define VALUES(...) COUNT(((uint32_t[]){ __VA_ARGS__ })), { __VA_ARGS__ }
#define ONE_OF(...) BPF_JEQ, 0, VALUES(__VA_ARGS__)
#define NONE_OF(...) BPF_JEQ, 1, VALUES(__VA_ARGS__)
#define SOME_BIT_OF(mask) BPF_JSET, 0, VALUES(mask)
#define NO_BIT_OF(mask) BPF_JSET, 1, VALUES(mask)

/* a type of sockets with each combination of its flags */
#define SOCKET_TYPE(type)                                                                       \
	(type), (type) | SOCK_CLOEXEC, (type) | SOCK_NONBLOCK, (type) | SOCK_CLOEXEC | SOCK_NONBLOCK

#define NEW_NAMESPACES                                                                          \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |           \
	 CLONE_NEWPID | CLONE_NEWNET)
#define WRITE_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct arg_check checks[] = {
	{ SYS_bpf, 0, ONE_OF(BPF_MAP_LOOKUP_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
			     BPF_OBJ_GET_INFO_BY_FD) },
	/* TIOCSTI, which types into the terminal, is not among these */
	{ SYS_ioctl, 1, ONE_OF(TIOCGWINSZ, TCGETS, TCSETS, FIONREAD, FIONBIO,
			       PERF_EVENT_IOC_DISABLE) },
#ifdef __x86_64__
	{ SYS_open, 1, NO_BIT_OF(WRITE_FLAGS) },
#endif
	{ SYS_openat, 2, NO_BIT_OF(WRITE_FLAGS) },
	/* threads, but no processes */
	{ SYS_clone, 0, NO_BIT_OF(NEW_NAMESPACES) },
	{ SYS_clone, 0, SOME_BIT_OF(CLONE_THREAD) },
	/* the filter reaches other threads before they have dropped their privileges */
	{ SYS_setfsuid, 0, ONE_OF(NOBODY, -1) },
	{ SYS_setfsgid, 0, ONE_OF(NOBODY, -1) },
	{ SYS_setgroups, 0, ONE_OF(0) },
	/* keeps forbid_inspection() in force */
	{ SYS_prctl, 0, NONE_OF(PR_SET_DUMPABLE) },
	/* with these, root makes the kernel send any signal to any process */
	{ SYS_fcntl, 1, NONE_OF(F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY) },
	/* the launcher sends signals to COMMAND */
	{ SYS_kill, 0, ONE_OF(OWN_PID) },
	{ SYS_tgkill, 0, ONE_OF(OWN_PID) },
	{ SYS_prlimit64, 0, ONE_OF(0, OWN_PID) },
};

/* Allowed in addition for rtnetlink, which detaches tc filters. */
static const uint16_t netlink_allowed[] = {
	SYS_bind, SYS_getsockname, SYS_setsockopt, SYS_sendto, SYS_recvmsg,
};
static const struct arg_check netlink_checks[] = {
	{ SYS_socket, 0, ONE_OF(AF_NETLINK) },
	{ SYS_socket, 2, ONE_OF(NETLINK_ROUTE) },
};

/* Allowed in addition if there is a broker, which passes descriptors. */
static const struct arg_check broker_socket_checks[] = {
	{ SYS_recvmsg, 0, ONE_OF(BROKER_SOCKET, OPENER_SOCKET) },
};

/* Allowed in addition in the brokers: answers; by task, watches and queries of user databases. */
static const uint16_t broker_allowed[] = { SYS_sendmsg };
static const uint16_t reopening_allowed[] = { SYS_inotify_add_watch, SYS_inotify_rm_watch };
/* Removes a segment: the directory of segments has the descriptor 1. */
static const struct arg_check segment_checks[] = {
	{ SYS_unlinkat, 0, ONE_OF(1) },
	{ SYS_unlinkat, 2, ONE_OF(0) },
};
static const uint16_t nss_allowed[] = {
	SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
	SYS_sendto, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_shutdown,
};
static const struct arg_check nss_checks[] = {
	{ SYS_socket, 0, ONE_OF(AF_UNIX, AF_INET, AF_INET6, AF_NETLINK) },
};

/* The exporter has no BPF, and opens nothing to write to unless it has a directory. */
static const struct arg_check exporter_checks[] = {
	{ SYS_ioctl, 1, ONE_OF(TIOCGWINSZ, TCGETS, FIONREAD, FIONBIO) },
	{ SYS_clone, 0, NO_BIT_OF(NEW_NAMESPACES) },
	{ SYS_clone, 0, SOME_BIT_OF(CLONE_THREAD) },
	{ SYS_prctl, 0, NONE_OF(PR_SET_DUMPABLE) },
	{ SYS_fcntl, 1, NONE_OF(F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY) },
	{ SYS_kill, 0, ONE_OF(OWN_PID) },
	{ SYS_tgkill, 0, ONE_OF(OWN_PID) },
	{ SYS_prlimit64, 0, ONE_OF(0, OWN_PID) },
};
static const struct arg_check reading_checks[] = {
#ifdef __x86_64__
	{ SYS_open, 1, NO_BIT_OF(WRITE_FLAGS) },
#endif
	{ SYS_openat, 2, NO_BIT_OF(WRITE_FLAGS) },
};
/* Landlock decides where these may write. */
static const uint16_t directory_allowed[] = {
	SYS_openat, SYS_ftruncate, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_flock, SYS_fallocate,
#ifdef __x86_64__
	SYS_open, SYS_unlink, SYS_rename,
#endif
};
/* Answers on a socket that listens; connections as a client, and the C library's resolver. */
static const uint16_t serving_allowed[] = {
	SYS_accept4, SYS_accept, SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_getsockname,
	SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_shutdown,
};
static const uint16_t connecting_allowed[] = {
	SYS_connect, SYS_bind, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_sendto, SYS_sendmsg,
	SYS_sendmmsg, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_shutdown,
};
static const struct arg_check connecting_checks[] = {
	{ SYS_socket, 0, ONE_OF(AF_INET, AF_INET6, AF_NETLINK) },
	/* the type without SOCK_NONBLOCK and SOCK_CLOEXEC: no SOCK_RAW, whose bits are 3 */
	{ SYS_socket, 1, ONE_OF(SOCKET_TYPE(SOCK_STREAM), SOCKET_TYPE(SOCK_DGRAM)) },
};

/* The journal writer reads from the exporter (0) and sends to journald (1), to no other address. */
static const struct arg_check journal_checks[] = {
	{ SYS_read, 0, ONE_OF(0) },
	{ SYS_write, 0, ONE_OF(0) }, /* that it is ready */
	{ SYS_sendto, 0, ONE_OF(1) },
	{ SYS_sendto, 5, ONE_OF(0) },
};
static const uint16_t journal_allowed[] = {
	SYS_getppid, SYS_exit_group, SYS_restart_syscall,
};

/* The arguments of these lie in memory, which a filter cannot read. Their callers fall back. */
static const uint16_t unsupported[] = { SYS_clone3, SYS_openat2 };

#endif
