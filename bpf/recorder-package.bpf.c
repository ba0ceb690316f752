// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder as an eunomia package, for ecli and its like: all that recorder.bpf.c knows of an exit, in one struct that a runner
 * prints without knowing what it means. `ecc recorder-package.bpf.c recorder-package.h` takes it as it stands.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "recorder-package.h"

/* Options of the package: plain C types, as the released ecli reads no others, and a bool only with a default. */

/// @cmdarg {"default": false, "long": "failed", "help": "only exits with a code other than 0, and deaths by signal"}
const volatile bool only_failed = false;
/// @cmdarg {"default": 0, "short": "p", "long": "pid", "help": "only this process; 0: all"}
const volatile int wanted_pid = 0;
/// @cmdarg {"default": 0, "short": "P", "long": "ppid", "help": "only children of this process; 0: all"}
const volatile int wanted_parent = 0;
/// @cmdarg {"default": -1, "short": "u", "long": "uid", "help": "only of this user; -1: all"}
const volatile int wanted_user = -1;
/// @cmdarg {"default": 0, "short": "s", "long": "signal", "help": "only deaths by this signal; 0: all"}
const volatile int wanted_signal = 0;
/// @cmdarg {"default": 0, "long": "min-duration-ns", "help": "only processes that lived at least that long"}
const volatile unsigned long long min_duration_ns = 0;
/// @cmdarg {"default": 4096, "long": "page-size", "help": "bytes of a page of memory: what getconf PAGESIZE says"}
const volatile unsigned long long page_size = 4096;

/* everything is asked for, and tells itself in one record, without user space's help */
static const bool with_threads = false;
static const bool with_killer = true;
static const bool with_resources = true;
static const bool with_command = true;
static const bool with_place = true;
static const bool with_namespace = false;
static const u32 own_namespace = FIRST_PID_NAMESPACE;
static const bool sends_more = false;
static const u32 v1_controller = V1_NONE;
#define MOST_COMMANDS 8192
#define RING_BYTES (4 * 1024 * 1024)

#include "record.bpf.h"
#include "text.bpf.h"

/// @brief Shows every process exit: who, how, how long it lived, with what status, who killed it, and what it used.
/// @details Part of exitsnoop, which shows this by itself, as tables, JSON and CSV.
/// @version 0.1.0
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* nobody but the records themselves can tell */
static u64 lost_so_far;

#define CLEAN(member) clean(__builtin_offsetof(struct exit, member), sizeof(((struct exit *)0)->member), false)

/* The command: its arguments as far as they fit, a space between two, and the path of its executable. */
static __always_inline void form_command(struct exit *exit, struct exit_record *record)
{
	u32 bytes = record->args_bytes, from = __builtin_offsetof(struct exit_record, text) + bytes;

	exit->args_cut = record->flags & EXIT_ARGS_CUT || !(record->flags & EXIT_ARGS_KNOWN) || bytes > ARGS_SIZE;
	exit->exe_deleted = record->flags & EXIT_EXE_DELETED;
	exit->exe[0] = 0;
	turn_round(SHEET_OF_EXIT, from, record->exe_bytes, __builtin_offsetof(struct exit, exe));
	CLEAN(exe);
	/* the last NUL is the text's own */
	bytes = bytes ? bytes - 1 : 0;
	if (bytes > ARGS_SIZE - 1)
		bytes = ARGS_SIZE - 1;
	barrier_var(bytes);
	bytes &= ARGS_SIZE - 1;
	copy(exit->args, record->text, bytes);
	exit->args[bytes] = 0;
	clean(__builtin_offsetof(struct exit, args), bytes, true);
}

/* The path of its cgroup in the v2 hierarchy. */
static __always_inline void form_cgroup(struct exit *exit, struct exit_record *record, struct task_struct *task)
{
	struct cgroup_record *path = sheet_of(SHEET_OF_CGROUP);

	exit->cgroup_id = record->cgroup_v2;
	exit->cgroup[0] = '/';
	exit->cgroup[1] = 0;
	if (!path)
		return;
	write_path((u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), SHEET_OF_CGROUP);
	if (!path->bytes)
		return;
	turn_round(SHEET_OF_CGROUP, __builtin_offsetof(struct cgroup_record, text), path->bytes,
		   __builtin_offsetof(struct exit, cgroup));
	CLEAN(cgroup);
}

static __always_inline void form_record(struct exit *exit, struct exit_record *record)
{
	int status = record->status;

	exit->pid = record->pid;
	exit->ppid = record->ppid;
	exit->exit_code = status >> 8 & 0xff;
	exit->signal = status & 0x7f;
	exit->core_dumped = status & 0x80;
	exit->duration_ns = record->duration_ns;
	exit->died_at_ns = record->died_at;
	exit->uid = record->uid;
	__builtin_memcpy(exit->comm, record->comm, COMM_LEN);
	__builtin_memcpy(exit->parent_comm, record->parent_comm, COMM_LEN);
	/* killer_kind begins with UNKNOWN */
	exit->killer = exit->signal ? UNKNOWN + record->killer_kind : NOBODY;
	if (record->killer_kind != KILLER_UNKNOWN) {
		exit->killer_pid = record->killer_pid;
		exit->killer_uid = record->killer_uid;
		exit->killer_code = record->killer_code;
		exit->oom_cgroup = record->oom_cgroup;
		__builtin_memcpy(exit->killer_comm, record->killer_comm, COMM_LEN);
	}
	exit->threads = record->threads;
	exit->max_rss_bytes = record->max_rss_bytes;
	if (record->flags & EXIT_USAGE_UNKNOWN)
		return;
	exit->cpu_user_ns = record->cpu_user_ns;
	exit->cpu_system_ns = record->cpu_system_ns;
	exit->minor_faults = record->minor_faults;
	exit->major_faults = record->major_faults;
	exit->voluntary_switches = record->voluntary_switches;
	exit->involuntary_switches = record->involuntary_switches;
	if (record->flags & EXIT_HAS_IO) {
		exit->read_bytes = record->read_bytes;
		exit->write_bytes = record->write_bytes;
	}
}

static __always_inline bool is_wanted(struct task_struct *leader, int status, u64 duration)
{
	return !(only_failed && !status) && (!wanted_pid || leader->tgid == wanted_pid) &&
	       (!wanted_parent || parent_process(leader)->tgid == wanted_parent) &&
	       (wanted_user < 0 || leader->real_cred->uid.val == (uid_t)wanted_user) &&
	       (!wanted_signal || (status & 0x7f) == wanted_signal) && duration >= min_duration_ns;
}

SEC("tp_btf/sched_process_exit")
int record_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0], *leader = task->group_leader;
	struct exit_record *record;
	struct form *form;
	u64 now, duration;
	int status;

	if (!is_last_thread(ctx, task) || is_kernel_task(task, leader))
		return 0;
	status = wait_status(task->signal, leader);
	now = bpf_ktime_get_boot_ns();
	duration = now - leader->start_boottime;
	if (!is_wanted(leader, status, duration))
		return 0;
	record = write_record(task, true, status, now, duration, false);
	form = this_form();
	if (!record || !form)
		return 0;

	/* behind a text's NUL there may be something of the last one */
	__builtin_memset(&form->exit, 0, __builtin_offsetof(struct exit, cgroup));
	form_record(&form->exit, record);
	form_command(&form->exit, record);
	forget_command(task->tgid);
	form_cgroup(&form->exit, record, leader);
	form->exit.lost = lost_so_far;
	CLEAN(comm);
	CLEAN(parent_comm);
	CLEAN(killer_comm);
	if (bpf_ringbuf_output(&ring, &form->exit, sizeof(form->exit), 0))
		__sync_fetch_and_add(&lost_so_far, 1);
	return 0;
}

/* TP_PROTO(struct task_struct *parent, struct task_struct *child): before the child runs */
SEC("tp_btf/sched_process_fork")
int follow_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];

	/* else it is a thread */
	if (child->tgid != parent->tgid)
		inherit_command(parent->tgid, child, child->tgid);
	return 0;
}
