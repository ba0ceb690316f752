/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The interface between the recorder and user space. `npm run layout` generates
 * src/record/layout.ts from these types, by way of the object's BTF.
 */
#pragma once

enum recorder_constant {
	COMM_LEN = 16,			/* TASK_COMM_LEN in include/linux/sched.h */
	TEXT_BYTES = 4096,		/* of arguments or a path; a power of two */
	FILE_NAME_BYTES = 256,		/* NAME_MAX and a NUL */
	MAX_STORED_ARGS = 1023,		/* bytes of arguments that are copied at exec */
	MAX_STORED_EXE = 511,
	MAX_EXEC_INFOS = 8192,		/* processes: 13 MB of kernel memory */
	MIN_SIGNAL_SENDERS = 8192,
	NS_PER_CLOCK_TICK = 10000000,	/* of /proc/PID/stat: USER_HZ is 100 */
	PIDS_PER_ENTRY = 64,		/* in the maps tracees and primary_ran */
	MAX_FILTER_CGROUPS = 16,
	MAX_PATH_NAMES = 64,		/* in a cgroup path */
	CGROUP_CACHE_ENTRIES = 64,	/* for each CPU and program */
	MAX_FORKERS = 16384,		/* orphans: 2 MB of kernel memory */
	MAX_ANCESTORS = 16,
	MAX_DESCRIBED_SENDERS = 1024,	/* that may send more signals in the same millisecond */
};

/* PROC_PID_INIT_INO in include/linux/proc_ns.h: the inode number of the initial PID namespace */
enum pid_namespace_inode { HOST_PID_NS = 0xeffffffc };

/* the first member of every record */
enum record_kind {
	RECORD_EXIT = 1,
	RECORD_ARGS = 2,
	RECORD_CGROUP = 3,
	RECORD_OOM = 4,
	RECORD_SENDER = 5,		/* an exit_record of a process that sends a signal */
	RECORD_CRASH = 16,		/* crash.h */
	RECORD_CRASH_MODULE = 17,
	RECORD_CRASH_STACK = 18,
	RECORD_CRASH_END = 19,
};

enum exit_flags {
	EXIT_OF_PROCESS = 1,		/* the last thread exited */
	EXIT_ARGS_KNOWN = 2,
	EXIT_ARGS_TRUNCATED = 4,
	EXIT_ARGS_IN_CHUNKS = 8,	/* args_records precede the exit_record */
	EXIT_ARGS_TITLE = 16,		/* one string, as setproctitle(3) writes it */
	EXIT_EXE_KNOWN = 32,
	EXIT_EXE_DELETED = 64,
	EXIT_HAS_IO = 128,		/* the kernel accounts for I/O */
	EXIT_USAGE_INCOMPLETE = 256,	/* CPU time, faults, switches and I/O lack some threads */
	EXIT_CWD_KNOWN = 512,
	EXIT_CWD_DELETED = 1024,
};

/* the sender of the fatal signal */
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
	REASON_HANGUP,			/* the process group was orphaned with a stopped member */
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
	REASON_EXEC_IN_THREAD,		/* of a thread, which has no signal in its status */
	REASON_OOM_USERSPACE,		/* a daemon that watches memory: oom_daemon.bpf.h */
};

enum oom_flags {
	OOM_HAS_LIMIT = 1,		/* a cgroup reached its limit */
	OOM_HAS_MEMORY = 2,		/* the victim's memory is known */
};

/* the controller whose v1 hierarchy is reported besides v2; user space chooses a mounted one */
enum v1_controller {
	V1_NONE, V1_MEMORY, V1_PIDS, V1_CPU, V1_CPUACCT, V1_CPUSET, V1_IO, V1_DEVICES, V1_FREEZER,
};

/* A process, as another process's ancestor or as the one that forked it. */
struct process_identity {
	unsigned long long start_time_ns;
	char comm[COMM_LEN];
	int pid;			/* 0: unknown */
	unsigned int reserved;
};

/*
 * The origin of a process. The nearest ancestor is the first. Behind the ancestors follow the names
 * of the working directory, from the leaf up, the host name and the terminal's name.
 */
struct process_origin {
	struct process_identity started_by;
	unsigned int login_uid;		/* ~0: none */
	unsigned int session_id;	/* ~0: none */
	int sid;			/* in the initial PID namespace, as pgid; 0: unknown */
	int pgid;
	unsigned short ancestor_count;
	unsigned short cwd_bytes;
	unsigned short hostname_bytes;	/* 0: that of the host */
	unsigned short tty_bytes;	/* 0: none */
	struct process_identity ancestors[MAX_ANCESTORS];
};

/*
 * One exit, or in a RECORD_SENDER the sender of a signal that can be fatal, when it sends it. The
 * record ends before oom_cgroup without the killer group, and before cpu_user_ns with no other
 * group. Pids are thread group ids in the initial PID namespace, uids are real uids
 * in the initial user namespace, times are CLOCK_BOOTTIME in ns.
 */
struct exit_record {
	unsigned short kind;
	unsigned short flags;
	int status;			/* as wait(2) returns it to the parent */
	unsigned long long exit_time_ns; /* CLOCK_BOOTTIME */
	unsigned long long duration_ns;	/* since fork, not since exec; includes suspend */
	unsigned long long start_time_ns; /* fork of the process; with its pid, its identity */
	unsigned long long parent_start_ns;
	int pid;
	int tid;
	int ppid;
	unsigned int uid;
	char comm[COMM_LEN];		/* of the thread-group leader */
	char parent_comm[COMM_LEN];

	unsigned long long oom_cgroup;	/* the cgroup that reached its limit; 0: the machine did */
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
	unsigned long long cgroup_v2;	/* ids that a cgroup_record gave before; 0: none */
	unsigned long long cgroup_v1;
	unsigned int threads;
	unsigned short args_bytes;
	unsigned short exe_bytes;
	int ns_pid;			/* in the process's own PID namespace */
	int local_pid;			/* in the tracer's; 0: not visible there */
	char thread_comm[COMM_LEN];	/* with with_threads only */
	unsigned long long sender_time_ns; /* of the RECORD_SENDER about killer_pid; 0: none */
	unsigned short origin_bytes;	/* of the process_origin and its text; 0: none */
	unsigned short reserved[3];
	/* args_bytes, exe_bytes, and from the next multiple of 8 on origin_bytes */
	char text[3 * TEXT_BYTES + 4 * FILE_NAME_BYTES];
};

/* A chunk of arguments that are too long for an exit_record, which follows. */
struct args_record {
	unsigned short kind;
	unsigned short reserved;
	int tid;
	unsigned int offset;
	unsigned int bytes;
	char text[TEXT_BYTES];
};

/* The path of a cgroup. Precedes the first record with the cgroup's id. */
struct cgroup_record {
	unsigned short kind;
	unsigned short truncated;	/* the names nearest to the root are missing */
	unsigned int bytes;
	unsigned long long id;
	char text[TEXT_BYTES];		/* names from the leaf up, each with a NUL */
};

/* An OOM kill. Precedes the exit_record with this pid and start_time_ns. */
struct oom_record {
	unsigned short kind;
	unsigned short flags;		/* enum oom_flags */
	int pid;			/* of the victim */
	unsigned long long start_time_ns;
	unsigned long long limit_bytes;	/* of the exit_record's oom_cgroup */
	unsigned long long usage_bytes;
	unsigned long long anon_bytes;
	unsigned long long file_bytes;
	unsigned long long shmem_bytes;
	unsigned long long swap_bytes;
	unsigned long long incident_time_ns; /* CLOCK_BOOTTIME at the first kill of the event */
	int trigger_pid;		/* the process that asked for memory */
	short oom_score_adj;
	unsigned short reserved;
	char trigger_comm[COMM_LEN];
};
