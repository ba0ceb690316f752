/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the recorder writes into the ring buffer. src/record/layout.ts is generated from these structs and enums (by way
 * of the object's BTF): after a change here, `npm run layout`.
 */
#ifndef __RECORDER_H
#define __RECORDER_H

#define COMM_LEN 16	/* TASK_COMM_LEN in include/linux/sched.h */
#define TEXT_BYTES 4096 /* one piece of text: arguments or a path */
#define NAME_BYTES 256	/* NAME_MAX and a NUL */
#define FIRST_PID_NAMESPACE 0xeffffffc /* PROC_PID_INIT_INO in include/linux/proc_ns.h: the host's */

/* the first member of every record */
enum record_kind {
	RECORD_EXIT = 1,
	RECORD_ARGS = 2,
	RECORD_CGROUP = 3,
};

enum exit_flags {
	EXIT_OF_PROCESS = 1,	/* not only of a thread: it was the last one */
	EXIT_ARGS_KNOWN = 2,
	EXIT_ARGS_CUT = 4,
	EXIT_ARGS_BEFORE = 8,	/* they came in args_records */
	EXIT_ARGS_TITLE = 16,	/* one string that the process wrote over them, setproctitle(3) */
	EXIT_EXE_KNOWN = 32,
	EXIT_EXE_DELETED = 64,
	EXIT_HAS_IO = 128,	/* the kernel accounts for I/O */
	EXIT_USAGE_UNKNOWN = 256, /* CPU time, faults, switches and I/O lack some threads */
};

/* who sent the fatal signal */
enum killer_kind {
	KILLER_UNKNOWN = 0,
	KILLER_PROCESS = 1,
	KILLER_KERNEL = 2,
	KILLER_OOM = 3,
};

/*
 * The reason of the fatal signal, found from its si_code and the kernel's context.
 * src/output/columns/killer.ts has the words for users.
 */
enum killer_reason {
	REASON_UNKNOWN,
	REASON_SIGNAL,			/* a process called kill(2) or a similar call */
	REASON_FAULT,
	REASON_ABORT,			/* the process sent SIGABRT to itself */
	REASON_SECCOMP,
	REASON_SYSCALL_USER_DISPATCH,
	REASON_BROKEN_PIPE,
	REASON_TERMINAL,		/* the user typed a key, or the terminal hung up */
	REASON_HANGUP,			/* its process group became an orphan while a member was stopped */
	REASON_CPU_LIMIT,
	REASON_FILE_SIZE_LIMIT,
	REASON_TIMER,
	REASON_ASYNC_IO,
	REASON_MESSAGE_QUEUE,
	REASON_PARENT_DEATH,
	REASON_PID_NAMESPACE_END,
	REASON_REBOOT,
	REASON_CGROUP_KILL,
	REASON_OOM_CGROUP,
	REASON_OOM_MACHINE,
};

/* which v1 controller's hierarchy is looked at besides v2's; user space knows which are mounted */
enum v1_controller { V1_NONE, V1_MEMORY, V1_PIDS, V1_CPU, V1_CPUACCT, V1_CPUSET, V1_IO, V1_DEVICES, V1_FREEZER };

/*
 * One death. Whoever asked for less gets a prefix: up to the killer, or with it; the rest comes as a whole. pids are thread
 * group ids of the initial PID namespace, uids real ones of the initial user namespace.
 */
struct exit_record {
	unsigned short kind;
	unsigned short flags;
	int status;			/* what wait() gives the parent */
	unsigned long long died_at;	/* CLOCK_BOOTTIME, ns */
	unsigned long long duration_ns;	/* since fork, across execs, suspend included */
	int pid;
	int tid;
	int ppid;
	unsigned int uid;
	char comm[COMM_LEN];		/* the thread-group leader's name */
	char parent_comm[COMM_LEN];

	unsigned long long oom_cgroup;	/* whose limit was met; 0: the whole machine's memory */
	unsigned short killer_kind;
	unsigned short killer_reason;
	int killer_pid;
	unsigned int killer_uid;
	int killer_code;		/* si_code */
	char killer_comm[COMM_LEN];

	unsigned long long cpu_user_ns;
	unsigned long long cpu_system_ns;
	unsigned long long max_rss_bytes;
	unsigned long long minor_faults;
	unsigned long long major_faults;
	unsigned long long voluntary_switches;
	unsigned long long involuntary_switches;
	unsigned long long read_bytes;
	unsigned long long write_bytes;
	unsigned long long cgroup_v2;	/* cgroups, whose paths their cgroup_records told before; 0: none */
	unsigned long long cgroup_v1;
	unsigned int threads;
	unsigned short args_bytes;
	unsigned short exe_bytes;
	int ns_pid;			/* as the PID namespace it lived in numbers it */
	int local_pid;			/* as the tracer's does; 0: it is not seen there */
	char text[2 * TEXT_BYTES + NAME_BYTES]; /* as many bytes of it as those two say: arguments, then path */
};

/* Arguments that are longer than a record's text, in pieces, before their exit_record. */
struct args_record {
	unsigned short kind;
	unsigned short reserved;
	int tid;
	unsigned int offset;
	unsigned int bytes;
	char text[TEXT_BYTES];
};

/* The name of a cgroup, before the first record that refers to it. */
struct cgroup_record {
	unsigned short kind;
	unsigned short cut;		/* it lies deeper than we look */
	unsigned int bytes;		/* of text: the names from the leaf up to below the root, a NUL behind each */
	unsigned long long id;
	char text[TEXT_BYTES];
};

#endif
