// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder: one exit_record when the last thread of a process dies, with the status that wait() will see.
 * What is wanted is decided here, before a record is reserved; what the ring cannot hold is counted.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "recorder.h"

#define SIGNAL_GROUP_EXIT 0x00000004	/* include/linux/sched/signal.h */
#define PF_KTHREAD 0x00200000		/* include/linux/sched.h */

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* set by user space before loading: the verifier removes the tests that are off */
const volatile bool only_failed = false;
const volatile bool only_wanted_pids = false;

/* clang keeps a struct in the object's BTF only if something global refers to it */
const struct exit_record *exit_record_btf __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} ring SEC(".maps");

/* exits that found the ring full */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} lost SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, pid_t);
	__type(value, u8);
} wanted_pids SEC(".maps");

struct incarnation {
	u64 start_boottime;
	u64 tgid;
};

/* multi-threaded processes that were recorded just now; see is_last_thread() */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct incarnation);
	__type(value, u8);
} recorded SEC(".maps");

/*
 * Does the process die with this thread? Newer kernels say so in the tracepoint. On older ones signal->live, which
 * do_exit() has just decremented, is 0; but threads that die together can all find it so. The first of them sees the
 * others still there and leaves a note; whoever comes later finds it, also when the first is already reaped and
 * nr_threads says that nobody else was ever there. A process of one thread costs a lookup and leaves nothing.
 */
static bool is_last_thread(struct bpf_raw_tracepoint_args *ctx, struct signal_struct *signal,
			   struct task_struct *leader)
{
	struct incarnation process = {};
	u8 yes = 1;

	if (bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead))
		return ctx->args[1] & 1;

	if (BPF_CORE_READ(signal, live.counter) != 0)
		return false;
	process.start_boottime = BPF_CORE_READ(leader, start_boottime);
	process.tgid = BPF_CORE_READ(leader, tgid);
	if (BPF_CORE_READ(signal, nr_threads) == 1)
		return !bpf_map_lookup_elem(&recorded, &process);
	return bpf_map_update_elem(&recorded, &process, &yes, BPF_NOEXIST) == 0;
}

/* as wait_task_zombie() in kernel/exit.c computes it; the core flag and the signal are in it */
static int wait_status(struct signal_struct *signal, struct task_struct *leader)
{
	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(signal, group_exit_code);
	return BPF_CORE_READ(leader, exit_code);
}

static void count_lost(void)
{
	u32 only = 0;
	u64 *count = bpf_map_lookup_elem(&lost, &only);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* TP_PROTO(struct task_struct *p, bool group_dead), the second since about Linux 6.16 */
SEC("raw_tp/sched_process_exit")
int record_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_struct *parent;
	struct exit_record *record;
	pid_t pid;
	int status;

	if (!is_last_thread(ctx, signal, leader))
		return 0;

	/* kernel threads end too, but they are nobody's processes */
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;

	status = wait_status(signal, leader);
	if (only_failed && status == 0)
		return 0;

	pid = BPF_CORE_READ(leader, tgid);
	if (only_wanted_pids && !bpf_map_lookup_elem(&wanted_pids, &pid))
		return 0;

	/* no flags: the kernel wakes the consumer only if it had caught up and waits; while it is busy nobody pays */
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count_lost();
		return 0;
	}

	record->died_at = bpf_ktime_get_boot_ns();
	record->duration_ns = record->died_at - BPF_CORE_READ(leader, start_boottime);
	record->pid = pid;
	record->status = status;
	record->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	BPF_CORE_READ_STR_INTO(&record->comm, leader, comm);

	/* real_parent is the thread that forked; the name is its process's */
	parent = BPF_CORE_READ(leader, real_parent, group_leader);
	record->ppid = BPF_CORE_READ(parent, tgid);
	BPF_CORE_READ_STR_INTO(&record->parent_comm, parent, comm);

	bpf_ringbuf_submit(record, 0);
	return 0;
}
