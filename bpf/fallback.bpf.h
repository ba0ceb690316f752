/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Fallback programs for recursion misses. Since about Linux 7.0 a tracepoint's program can be
 * preempted, and the kernel skips a program that the CPU is already running. If an exit preempts
 * record_exit, a second program that is attached after it records the exit.
 */
#pragma once

#include "ring.bpf.h"
#include "tracees.bpf.h"

/* by pid of a thread: set if record_exit ran for its exit; user space sets the length */
PID_FLAGS_MAP(primary_ran);

/* exits that record_exit_fallback handled; the kernel counts them as recursion misses */
PERCPU_COUNTER(fallback_hits);

static __always_inline void set_primary_ran(struct task_struct *task)
{
	u8 *flag = has_fallback ? pid_flag(&primary_ran, FIELD(task, pid)) : NULL;

	if (flag)
		*flag = 1;
}

/*
 * Returns true if record_exit ran for the task or if the pid is beyond the map. Clears the flag.
 * The test for the type also keeps it in the BTF that write_btf_subset() makes, where user space
 * looks it up; other kernels do not load this program.
 */
static __always_inline bool take_primary_ran(struct task_struct *task)
{
	u8 *flag = pid_flag(&primary_ran, FIELD(task, pid));
	bool has_run = !bpf_core_type_exists(class_srcu_fast_notrace_t) || !flag || *flag;

	if (flag)
		*flag = 0;
	return has_run;
}
