/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Finds out whether the OOM killer sends a SIGKILL, and which cgroup reached its memory limit. */
#pragma once

#include "cgroup_path.bpf.h"
#include "oom_record.bpf.h"
#include "tracer_context.bpf.h"

#define MAX_STACK_FRAMES 24	/* more than twice those from the OOM killer to a signal */
#define MAX_FUNCTION_BYTES 2048 /* may cover later functions, none of which sends signals */
#define NOT_OOM (~0ULL)

/*
 * Returns the id of the cgroup that reached its limit, after its path and what is known about the
 * kill are sent. is_machine_oom: the caller knows that the machine ran out of memory; 0 is returned
 * then, and if it did.
 */
VERIFY_ONCE u64 report_oom(u64 victim, u32 is_machine_oom, u32 is_cgroup_oom)
{
	u64 limited = find_limited_cgroup(victim, is_machine_oom, is_cgroup_oom), id;
	struct cgroup *cgroup;
	struct kernfs_node *node;

	emit_oom_record(victim, limited);
	if (!limited)
		return 0;
	cgroup = BPF_CORE_READ((struct cgroup_subsys_state *)limited, cgroup);
	node = BPF_CORE_READ(cgroup, kn);
	id = CGROUP_ID(BPF_CORE_READ(node, id), BPF_CORE_READ(cgroup, root, hierarchy_id));
	if (!is_cgroup_path_sent(id))
		emit_cgroup_path((u64)node, id, SLOT_OOM_CGROUP_PATH);
	return id;
}

/*
 * Returns the address from which the kernel called a function that is on the current stack; 0: it
 * is not on the stack.
 */
VERIFY_ONCE u64 caller_of(struct bpf_raw_tracepoint_args *ctx, u64 function)
{
	u64 frames[MAX_STACK_FRAMES + 1] = {};

	if (bpf_get_stack(ctx, frames, MAX_STACK_FRAMES * sizeof(u64), 0) <= 0)
		return 0;
	for (int i = 0; i < MAX_STACK_FRAMES; i++) {
		if (frames[i] - function < MAX_FUNCTION_BYTES)
			return frames[i + 1];
	}
	return 0;
}

/*
 * Returns report_oom() if the OOM killer sends the signal, else NOT_OOM. The OOM killer runs in the
 * context of the task that needs memory. Besides the victim it kills the processes that share its
 * memory or, with memory.oom.group, its cgroup.
 */
VERIFY_ONCE u64 oom_cgroup_of_kill(struct bpf_raw_tracepoint_args *ctx, u64 victim)
{
	u64 memcg_oom = mem_cgroup_out_of_memory_addr, caller;

	if (!out_of_memory_addr)
		return NOT_OOM;
	caller = caller_of(ctx, out_of_memory_addr);
	if (!caller)
		return NOT_OOM;
	return report_oom(victim, memcg_oom && caller - memcg_oom >= MAX_FUNCTION_BYTES,
			  memcg_oom != 0);
}
