/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel types that our programs read, and of those only the members they read. Field offsets here mean nothing:
 * preserve_access_index makes clang record each access by name, and libbpf fills in the running kernel's offset
 * from its BTF when it loads the object (CO-RE). What is behind ___ in a name is left out when names are compared.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef short int __s16;
typedef short unsigned int __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long int __s64;
typedef long long unsigned int __u64;

typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;

typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;

typedef int pid_t;
typedef unsigned int uid_t;
typedef _Bool bool;

enum { false = 0, true = 1 };

#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

/* include/uapi/linux/bpf.h; the context of a raw_tp program */
struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

/* include/uapi/linux/bpf.h; whether the running kernel has it, by CO-RE */
enum bpf_func_id {
	BPF_FUNC_task_pt_regs = 175,
};

/* kernel/signal.c, since Linux 5.16 */
enum sig_handler {
	HANDLER_EXIT = 2,
};

/* include/linux/cgroup_subsys.h; the numbers are the running kernel's, by CO-RE */
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
	devices_cgrp_id,
	freezer_cgrp_id,
	pids_cgrp_id,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic_long_t;

typedef struct {
	uid_t val;
} kuid_t;

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct list_head {
	struct list_head *next, *prev;
};

/* include/linux/cred.h */
struct cred {
	kuid_t uid;
};

/* include/linux/signal_types.h */
struct sigaction {
	void *sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sigpending {
	struct list_head list;
	sigset_t signal;
};

union __sifields {
	struct {
		pid_t _pid;
	} _kill;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
	union __sifields _sifields;
};

struct sigqueue {
	struct list_head list;
	struct kernel_siginfo info;
};

/* include/linux/task_io_accounting.h */
struct task_io_accounting {
	u64 read_bytes;
	u64 write_bytes;
};

/* include/linux/seqlock_types.h */
struct seqcount {
	unsigned int sequence;
};

struct seqcount_spinlock {
	struct seqcount seqcount;
};

typedef struct {
	struct seqcount_spinlock seqcount;
} seqlock_t;

/* include/uapi/linux/resource.h */
struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

/* include/linux/sched/types.h, include/linux/posix-timers.h */
typedef struct {
	s64 counter;
} atomic64_t;

struct task_cputime_atomic {
	atomic64_t utime;
	atomic64_t stime;
};

struct thread_group_cputimer {
	struct task_cputime_atomic cputime_atomic;
};

/* include/linux/sched/signal.h */
struct tty_struct;

struct sighand_struct {
	struct k_sigaction action[64];
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	struct sigpending shared_pending;
	int group_exit_code;
	unsigned int flags;
	seqlock_t stats_lock;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long maxrss;
	struct task_io_accounting ioac;
	u64 sum_sched_runtime;
	struct thread_group_cputimer cputimer;
	struct rlimit rlim[16];
	struct tty_struct *tty;
};

/* include/linux/dcache.h, include/linux/mount.h, fs/mount.h, include/linux/fs.h */
struct qstr {
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

/* include/linux/fs_struct.h */
struct fs_struct {
	struct path root;
};

/* include/linux/mm_types.h */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
};

/* include/linux/kernfs.h; `parent` until Linux 6.14 */
struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	u64 id;
};

struct kernfs_node___6_14 {
	struct kernfs_node *parent;
};

/* include/linux/cgroup-defs.h */
struct cgroup_root {
	int hierarchy_id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
	struct cgroup *ancestors[1]; /* since Linux 6.1 */
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

/* include/linux/cgroup.h, include/linux/nsproxy.h */
struct cgroup_namespace {
	struct css_set *root_cset;
};

struct nsproxy {
	struct cgroup_namespace *cgroup_ns;
};

/* include/linux/page_counter.h, include/linux/memcontrol.h; oom_lock needs CONFIG_MEMCG_V1 since Linux 6.11 */
struct page_counter {
	atomic_long_t usage;
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter memsw;
	bool oom_lock;
};

/* include/linux/ns_common.h, include/linux/pid_namespace.h, include/linux/pid.h: a number for each level, the outermost first */
struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
	int reboot;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

/* include/linux/sched.h, kernel/sched/sched.h */
struct rq {
	u64 clock;
	u64 clock_task;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct sched_rt_entity {
	unsigned long timeout;
};

struct seccomp {
	int mode;
};

struct nsproxy;
struct callback_head;

struct task_struct {
	unsigned int __state;
	void *stack;
	unsigned int flags;
	unsigned int ptrace;
	int on_cpu;
	struct sched_entity se;
	struct sched_rt_entity rt;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct list_head thread_node;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_time;
	u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	struct sigpending pending;
	struct task_io_accounting ioac;
	struct css_set *cgroups;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	struct callback_head *task_works;
	struct seccomp seccomp;
};

/* arch/x86/include/asm/ptrace.h, arch/x86/include/asm/thread_info.h */
struct pt_regs___x86 {
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long orig_ax;
	unsigned long cs;
};

struct thread_info___x86 {
	u32 status;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

/* arch/arm64/include/asm/ptrace.h */
struct pt_regs___arm64 {
	u64 regs[31];
	u64 pstate;
	int syscallno;
};

/* include/linux/srcu.h; what tracepoints are guarded by where they can be preempted, since about Linux 7.0 */
typedef struct {
	void *lock;
} class_srcu_fast_notrace_t;

/* include/trace/events/sched.h; since about Linux 6.16 the tracepoint says itself whether the group is dead */
struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

#pragma clang attribute pop

#endif
