/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The CPU time of a running task since the scheduler last accounted for it, at a tick or a switch:
 * up to 4 ms, which can be the whole time of a short process.
 */
#pragma once

#include "compat.bpf.h"

#define MAX_RUN_NS 1000000000LL	/* between accountings: the tick of a NO_HZ_FULL CPU */
#define DRIFT_SHIFT 11		/* 1/2048: adjtimex(2) slews CLOCK_MONOTONIC by 500 ppm at most */

/* how far the scheduler's clock is ahead of CLOCK_MONOTONIC, and when that was measured */
static s64 sched_clock_lead;
static u64 sched_clock_lead_at;

/*
 * Returns the time from the last accounting until now. Programs cannot read the scheduler's clock;
 * the runqueue has a value that is stale by an unknown time. A stale value makes the clock's lead
 * look smaller, so the largest lead that was ever measured is the best estimate.
 */
static u64 run_since(u64 exec_start, u64 clock, u64 clock_task)
{
	u64 now = bpf_ktime_get_ns();
	s64 lead = clock - now, run;
	s64 max_lead = sched_clock_lead - ((now - sched_clock_lead_at) >> DRIFT_SHIFT);

	if (!sched_clock_lead_at || lead > max_lead) {
		sched_clock_lead = lead;
		sched_clock_lead_at = now;
		max_lead = lead;
	}
	/* tasks are accounted by clock_task, which excludes the time of interrupts */
	run = max_lead - lead + (s64)(clock_task - exec_start);
	return run > 0 && run < MAX_RUN_NS ? run : 0;
}

#define HAS_RUNQUEUE_CLOCKS \
	(bpf_core_field_exists(struct sched_entity, cfs_rq) && \
	 bpf_core_field_exists(struct cfs_rq, rq))

/* Returns the unaccounted time of the current task, in ns. */
static u64 unaccounted_run(struct task_struct *task)
{
	struct rq *rq;

	if (!HAS_RUNQUEUE_CLOCKS)
		return 0;
	rq = FIELD(task, se.cfs_rq, rq);
	return run_since(FIELD(task, se.exec_start), FIELD(rq, clock), FIELD(rq, clock_task));
}

/* The field is an int, or in newer kernels a byte. */
static bool is_on_cpu(struct task_struct *task)
{
	int on_cpu = 0;

	bpf_probe_read_kernel(&on_cpu, bpf_core_field_size(struct task_struct, on_cpu),
			      (void *)task + bpf_core_field_offset(struct task_struct, on_cpu));
	return on_cpu;
}

/* Returns the unaccounted time of a thread that may be exiting on another CPU, in ns. */
static u64 unaccounted_run_elsewhere(struct task_struct *task)
{
	struct rq *rq;

	if (!HAS_RUNQUEUE_CLOCKS || !bpf_core_field_exists(struct task_struct, on_cpu) ||
	    !is_on_cpu(task))
		return 0;
	rq = BPF_CORE_READ(task, se.cfs_rq, rq);
	return run_since(BPF_CORE_READ(task, se.exec_start), BPF_CORE_READ(rq, clock),
			 BPF_CORE_READ(rq, clock_task));
}
