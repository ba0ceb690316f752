/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Constants of the kernel that signal_cause.bpf.h uses to find the reason of a signal: signals,
 * si_codes, flags and limits.
 */
#pragma once

#define SIGHUP 1			/* include/uapi/asm-generic/signal.h */
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGIO 29
#define SIGSYS 31
#define SEND_SIG_NOINFO 0		/* include/linux/sched/signal.h: in place of a siginfo */
#define SEND_SIG_PRIV 1
#define SI_USER 0			/* include/uapi/asm-generic/siginfo.h */
#define SI_KERNEL 0x80
#define SI_TIMER -2
#define SI_MESGQ -3
#define SI_ASYNCIO -4
#define SI_SIGIO -5
#define SYS_SECCOMP 1
#define SYS_USER_DISPATCH 2
#define TRAP_PERF 6
#define BUS_MCEERR_AO 5
#define POLL_HUP 6			/* the last of six codes */
#define PF_EXITING 0x00000004		/* include/linux/sched.h */
#define TASK_NEW 0x00000800
#define PT_EXITKILL (1 << 23)		/* include/linux/ptrace.h */
#define RLIMIT_CPU 0			/* include/uapi/asm-generic/resource.h */
#define RLIMIT_RTTIME 15
#define RLIM_INFINITY (~0UL)
#define NS_PER_SECOND 1000000000ULL
