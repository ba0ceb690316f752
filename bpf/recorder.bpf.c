// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder: one exit_record when the last thread of a process dies, with the status that wait() will see, and with as
 * much about its life as was asked for. What is wanted is decided here; what the ring cannot hold is counted.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "recorder.h"
#include "ring.bpf.h"
#include "select.bpf.h"
#include "killer.bpf.h"
#include "resources.bpf.h"
#include "command.bpf.h"
#include "family.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* set by user space before loading: what is asked for is what is paid for */
const volatile bool with_threads = false;
const volatile bool with_killer = false;
const volatile bool with_resources = false;
const volatile bool with_command = false;
const volatile bool with_place = false;

/* clang keeps a type in the object's BTF only if something global refers to it */
const struct exit_record *exit_record_btf __attribute__((unused));
const struct args_record *args_record_btf __attribute__((unused));
const struct cgroup_record *cgroup_record_btf __attribute__((unused));
const enum record_kind *record_kind_btf __attribute__((unused));
const enum exit_flags *exit_flags_btf __attribute__((unused));
const enum killer_kind *killer_kind_btf __attribute__((unused));
const enum v1_controller *v1_controller_btf __attribute__((unused));
const struct command *command_btf __attribute__((unused));

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
static __always_inline bool is_last_thread(u64 *ctx, struct task_struct *task)
{
	struct incarnation process = {};
	struct signal_struct *signal;
	u8 yes = 1;

	if (bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead))
		return ctx[1] & 1;

	signal = task->signal;
	if (signal->live.counter != 0)
		return false;
	process.start_boottime = task->group_leader->start_boottime;
	process.tgid = task->tgid;
	if (signal->nr_threads == 1)
		return !bpf_map_lookup_elem(&recorded, &process);
	return bpf_map_update_elem(&recorded, &process, &yes, BPF_NOEXIST) == 0;
}

/* as wait_task_zombie() in kernel/exit.c computes it; the core flag and the signal are in it */
static __always_inline int wait_status(struct signal_struct *signal, struct task_struct *leader)
{
	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : leader->exit_code;
}

static __always_inline void copy_name(char *to, struct task_struct *task)
{
	((u64 *)to)[0] = *(u64 *)&task->comm[0];
	((u64 *)to)[1] = *(u64 *)&task->comm[8];
}

/*
 * TP_PROTO(struct task_struct *p, bool group_dead), the second since about Linux 6.16. tp_btf, as the verifier then knows p's type:
 * reading from it is a load and not a call.
 */
SEC("tp_btf/sched_process_exit")
int record_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0], *leader, *parent;
	bool is_process = is_last_thread(ctx, task);
	struct exit_record *record;
	struct signal_struct *signal;
	char name[COMM_LEN] __attribute__((aligned(8)));
	u64 now, duration, born, bytes;
	pid_t pid = task->tgid;
	int status;

	if (!is_process && !with_threads)
		return 0;
	if (only_family && !leaves_family(pid, is_process))
		return 0;
	/* kernel threads end too, but they are nobody's processes */
	if (!is_pid_wanted(pid) || task->flags & PF_KTHREAD)
		return 0;

	/* a thread that is not the last has only a code of its own, which nobody waits for */
	signal = task->signal;
	leader = task->group_leader;
	status = is_process ? wait_status(signal, leader) : task->exit_code;
	if (!is_status_wanted(status))
		return 0;
	if (!are_people_wanted(leader))
		return 0;
	if (only_wanted_names) {
		copy_name(name, leader);
		if (!is_name_wanted(name))
			return 0;
	}
	if (wanted_cgroups && !is_cgroup_wanted(task))
		return 0;
	/* last, as the clock costs more than all that comes before */
	now = bpf_ktime_get_boot_ns();
	born = leader->start_boottime;
	duration = now - (with_threads ? task->start_boottime : born);
	if (duration < least_duration_ns)
		return 0;

	record = sheet_of(SHEET_OF_EXIT);
	if (!record)
		return 0;
	parent = parent_process(leader);
	record->kind = RECORD_EXIT;
	record->flags = is_process ? EXIT_OF_PROCESS : 0;
	record->status = status;
	record->died_at = now;
	record->duration_ns = duration;
	record->pid = pid;
	record->tid = with_threads ? task->pid : pid;
	record->ppid = parent->tgid;
	record->uid = leader->real_cred->uid.val;
	copy_name(record->comm, leader);
	copy_name(record->parent_comm, parent);
	bytes = __builtin_offsetof(struct exit_record, oom_cgroup);
	if (with_killer) {
		add_killer(record, born);
		bytes = __builtin_offsetof(struct exit_record, cpu_user_ns);
	}
	if (with_resources || with_command || with_place) {
		record->args_bytes = 0;
		record->exe_bytes = 0;
		if (with_resources)
			add_resources(record, signal, task, leader);
		if (with_place)
			add_place(record, task);
		if (with_command)
			add_command(record, task, born);
		bytes = __builtin_offsetof(struct exit_record, text) + record->args_bytes + record->exe_bytes;
		if (bytes > sizeof(*record))
			return 0;
	}

	/* no flags: the kernel wakes the consumer only if it had caught up and waits; while it is busy nobody pays */
	if (bpf_ringbuf_output(&ring, record, bytes, 0))
		count_lost();
	return 0;
}
