// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The recorder: sends an exit_record when the last thread of a process exits, with the status that
 * wait(2) will return and the groups of fields that settings.bpf.h enables.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "crash.bpf.h"
#include "emit_exit.bpf.h"
#include "fallback.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* clang puts a type into the object's BTF only if a global variable refers to it */
#define EXPORT_TYPE(kind, name) const kind name *name##_btf __attribute__((unused))

EXPORT_TYPE(struct, exit_record);
EXPORT_TYPE(struct, args_record);
EXPORT_TYPE(struct, cgroup_record);
EXPORT_TYPE(struct, oom_record);
EXPORT_TYPE(struct, exec_info);
EXPORT_TYPE(struct, process_identity);
EXPORT_TYPE(struct, process_origin);
EXPORT_TYPE(enum, recorder_constant);
EXPORT_TYPE(enum, pid_namespace_inode);
EXPORT_TYPE(enum, record_kind);
EXPORT_TYPE(enum, exit_flags);
EXPORT_TYPE(enum, killer_kind);
EXPORT_TYPE(enum, killer_reason);
EXPORT_TYPE(enum, oom_flags);
EXPORT_TYPE(enum, v1_controller);
EXPORT_TYPE(enum, scratch_slot);
EXPORT_TYPE(enum, name_state);
EXPORT_TYPE(enum, filter_mode);
EXPORT_TYPE(enum, cgroup_match);
EXPORT_TYPE(enum, cgroup_state);
EXPORT_TYPE(enum, tracee_flags);
EXPORT_TYPE(struct, tree_process);
EXPORT_TYPE(enum, crash_constant);
EXPORT_TYPE(enum, crash_flags);
EXPORT_TYPE(enum, crash_module_flags);
EXPORT_TYPE(struct, crash_mapping);
EXPORT_TYPE(struct, crash_context);
EXPORT_TYPE(struct, crash_record);
EXPORT_TYPE(struct, crash_end);
EXPORT_TYPE(struct, crash_module);
EXPORT_TYPE(struct, abort_message_key);
EXPORT_TYPE(struct, crash_stack);

/*
 * TP_PROTO(struct task_struct *p, bool group_dead), group_dead since about Linux 6.16. The first
 * program here, because libbpf loads them in the order of their sections, and load_order.c attaches
 * this one before it loads the others.
 */
SEC(TRACEPOINT("sched_process_exit"))
int record_exit(u64 *ctx)
{
	set_primary_ran((struct task_struct *)ctx[0]);
	handle_exit(ctx, false);
	return 0;
}

/*
 * The tracer runs this once before it attaches any program. BPF_PROG_TEST_RUN accepts this program
 * type since Linux 5.10.
 */
SEC("raw_tp/sched_process_exit")
int init_cgroup_ns_roots(void *unused)
{
	store_cgroup_ns_roots();
	return 0;
}

/*
 * TP_PROTO(struct cgroup *cgrp, const char *path). Only v1 cgroups can be renamed. The new count
 * makes the programs send all paths again.
 */
SEC("raw_tp/cgroup_rename")
int on_cgroup_rename(void *unused)
{
	__sync_fetch_and_add(&cgroup_renames, 1);
	return 0;
}

/* TP_PROTO(struct task_struct *parent, struct task_struct *child), before the child runs */
SEC(TRACEPOINT("sched_process_fork"))
int on_fork(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];
	pid_t parent_pid = FIELD(parent, tgid), pid = FIELD(child, tgid);

	/* skip threads */
	if (pid == parent_pid)
		return 0;
	if (with_stored_args)
		inherit_exec_info(parent_pid, child, pid);
	if (with_origin)
		store_cloning_parent(parent, child, pid);
	if (only_tracees) {
		/* the pid may have stale flags: a tracee that exited before record_exit was attached */
		clear_tracee_flags(local_pid_of(child));
		add_tracee(parent, child);
	}
	return 0;
}

/* TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm) */
SEC(TRACEPOINT("sched_process_exec"))
int on_exec(u64 *ctx)
{
	store_exec_info((struct task_struct *)ctx[0]);
	return 0;
}

/* TP_PROTO(int sig, struct kernel_siginfo *info, struct task_struct *p, int group, int result) */
SEC("raw_tp/signal_generate")
int on_signal_generate(struct bpf_raw_tracepoint_args *ctx)
{
	store_sender(ctx);
	return 0;
}

/* TP_PROTO(int sig, struct kernel_siginfo *info, struct k_sigaction *ka), before the action */
SEC("raw_tp/signal_deliver")
int on_signal_deliver(struct bpf_raw_tracepoint_args *ctx)
{
	check_sender(ctx);
	return 0;
}

/* A program apart from on_signal_deliver, so that it is loaded only if crash sites are recorded. */
SEC("raw_tp/signal_deliver")
int on_crash(struct bpf_raw_tracepoint_args *ctx)
{
	record_crash(ctx);
	return 0;
}

/* TP_PROTO(struct task_struct *task, uid_t uid), before Linux 6.8 TP_PROTO(int pid) */
SEC("raw_tp/mark_victim")
int on_oom_mark_victim(struct bpf_raw_tracepoint_args *ctx)
{
	mark_oom_victim(ctx);
	return 0;
}

/* Attached after record_exit, on kernels that can skip it. */
SEC(TRACEPOINT("sched_process_exit"))
int record_exit_fallback(u64 *ctx)
{
	if (take_primary_ran((struct task_struct *)ctx[0]))
		return 0;
	increment(&fallback_hits);
	handle_exit(ctx, true);
	return 0;
}

/*
 * Attached after on_fork, on kernels that can skip it: the descendants of a process that was not
 * added would be missing. It is so short that the kernel hardly ever skips it as well.
 */
SEC(TRACEPOINT("sched_process_fork"))
int on_fork_fallback(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];

	/* on_fork has counted a pid beyond the map as untracked */
	if (FIELD(child, tgid) != FIELD(parent, tgid) && pid_flag(&tracees, local_pid_of(child)))
		add_tracee(parent, child);
	return 0;
}

/* Attached after record_exit: the tracer would wait for a tracee that is not removed. */
SEC(TRACEPOINT("sched_process_exit"))
int remove_tracee_fallback(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];

	if (is_last_thread(ctx, task))
		remove_tracee(local_pid_of(FIELD(task, group_leader)));
	return 0;
}

/*
 * The tracer runs this once before it attaches any program. Needs Linux 5.16. It is the last here,
 * because libbpf loads programs in the order of their sections: without CAP_PERFMON, the kernel
 * refuses a tracing program by EPERM, but this one by EINVAL, as if it had no such helper.
 */
SEC("syscall")
int init_tracer_context(void *unused)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	char oom[] = "out_of_memory", memcg_oom[] = "mem_cgroup_out_of_memory";
	char offsets[] = "__per_cpu_offset";

	root_mount = (u64)BPF_CORE_READ(task, fs, root.mnt) -
		     bpf_core_field_offset(struct mount, mnt);
	root_dentry = (u64)BPF_CORE_READ(task, fs, root.dentry);
	bpf_kallsyms_lookup_name(oom, sizeof(oom), 0, &out_of_memory_addr);
	bpf_kallsyms_lookup_name(memcg_oom, sizeof(memcg_oom), 0, &mem_cgroup_out_of_memory_addr);
	if (summed_cpus)
		bpf_kallsyms_lookup_name(offsets, sizeof(offsets), 0, &per_cpu_offset_addr);
	return 0;
}
