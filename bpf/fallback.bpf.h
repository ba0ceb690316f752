/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Fallback programs for recursion misses. Since about Linux 7.0 a tracepoint's program can be
 * preempted, and the kernel skips a program that already runs on the CPU. Such an exit is missing
 * from record_exit, but a second program, attached behind it, runs and records it.
 */
#pragma once

#include "ring.bpf.h"
#include "tracees.bpf.h"

/* by the pid of a thread: record_exit ran for its exit; as long as the map of tracees */
PID_FLAGS_MAP(primary_ran);

/* exits that the kernel counts as recursion misses, but that a fallback program handled */
PERCPU_COUNTER(fallback_hits);

static __always_inline void set_primary_ran(struct task_struct *task)
{
	u8 *flag = has_fallback ? pid_flag(&primary_ran, FIELD(task, pid)) : NULL;

	if (flag)
		*flag = 1;
}

/* Returns whether record_exit ran, and clears the flag. True if the pid is beyond the map. */
static __always_inline bool take_primary_ran(struct task_struct *task)
{
	u8 *flag = pid_flag(&primary_ran, FIELD(task, pid));
	bool has_run = !bpf_core_type_exists(class_srcu_fast_notrace_t) || !flag || *flag;

	if (flag)
		*flag = 0;
	return has_run;
}
