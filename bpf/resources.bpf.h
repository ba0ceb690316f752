/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What it used: the whole thread group's own, as wait4()'s rusage counts it but without the children that it reaped. */
#ifndef __RESOURCES_BPF_H
#define __RESOURCES_BPF_H

#include "recorder.h"

#define MOST_THREADS 128
#define LONGEST_RUN_NS 1000000000LL	/* between two accountings: the tick of a CPU that is left alone (NO_HZ_FULL) */
#define DRIFT_SHIFT 11			/* 1/2048: adjtimex(2) slews CLOCK_MONOTONIC by 500 ppm at most */

/* how far the scheduler's clock is ahead of CLOCK_MONOTONIC, at least, and when that was seen */
static s64 clock_lead;
static u64 clock_lead_at;

/*
 * What a running task has run since the scheduler last accounted for it, at a tick or a switch: up to 4 ms, which for a short process
 * is all there is. The scheduler's clock cannot be read, but its last reading on the task's CPU can: the best of those tells
 * how far it is ahead of a clock that we can read.
 */
static u64 run_since(u64 exec_start, u64 clock, u64 clock_task)
{
	u64 now = bpf_ktime_get_ns();
	s64 lead = clock - now, best = clock_lead - ((now - clock_lead_at) >> DRIFT_SHIFT), run;

	if (!clock_lead_at || lead > best) {
		clock_lead = lead;
		clock_lead_at = now;
		best = lead;
	}
	/* interrupts' time is in clock but not in clock_task, by which tasks are accounted for */
	run = best - lead + (s64)(clock_task - exec_start);
	return run > 0 && run < LONGEST_RUN_NS ? run : 0;
}

#define HAS_RUN_CLOCKS \
	(bpf_core_field_exists(struct sched_entity, cfs_rq) && bpf_core_field_exists(struct cfs_rq, rq))

static u64 unaccounted_run(struct task_struct *task)
{
	struct rq *rq;

	if (!HAS_RUN_CLOCKS)
		return 0;
	rq = READ(task, se.cfs_rq, rq);
	return run_since(READ(task, se.exec_start), READ(rq, clock), READ(rq, clock_task));
}

/* an int, and in newer kernels one byte among others */
static bool is_on_cpu(struct task_struct *task)
{
	int on_cpu = 0;

	bpf_probe_read_kernel(&on_cpu, bpf_core_field_size(struct task_struct, on_cpu),
			      (void *)task + bpf_core_field_offset(struct task_struct, on_cpu));
	return on_cpu;
}

/* of a thread that dies on another CPU meanwhile */
static u64 unaccounted_run_elsewhere(struct task_struct *task)
{
	struct rq *rq;

	if (!HAS_RUN_CLOCKS || !bpf_core_field_exists(struct task_struct, on_cpu) || !is_on_cpu(task))
		return 0;
	rq = BPF_CORE_READ(task, se.cfs_rq, rq);
	return run_since(BPF_CORE_READ(task, se.exec_start), BPF_CORE_READ(rq, clock), BPF_CORE_READ(rq, clock_task));
}

struct usage {
	u64 runtime, user, system; /* ns; the last two in whole ticks */
	u64 minor_faults, major_faults, voluntary_switches, involuntary_switches, read_bytes, write_bytes;
};

/* The same for a task that is known by its type, and for one that is only an address: see place.bpf.h. */
#define ADD_THREAD(sum, task, READ_IT)                                                       \
	do {                                                                              \
		(sum)->runtime += READ_IT(task, se.sum_exec_runtime);                     \
		(sum)->user += READ_IT(task, utime);                                      \
		(sum)->system += READ_IT(task, stime);                                    \
		(sum)->minor_faults += READ_IT(task, min_flt);                            \
		(sum)->major_faults += READ_IT(task, maj_flt);                            \
		(sum)->voluntary_switches += READ_IT(task, nvcsw);                        \
		(sum)->involuntary_switches += READ_IT(task, nivcsw);                     \
		if (bpf_core_field_exists(struct task_io_accounting, read_bytes)) {       \
			(sum)->read_bytes += READ_IT(task, ioac.read_bytes);              \
			(sum)->write_bytes += READ_IT(task, ioac.write_bytes);            \
		}                                                                         \
	} while (0)

/* by CPU, for add_other_threads() alone; the second is the stand-in's, see missed.bpf.h */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct usage);
} others_usage SEC(".maps");

/* One of them, by its address. Global: the verifier looks at it once, and not once a round. */
__noinline int add_other_thread(u64 address)
{
	struct task_struct *other = (void *)address;
	u32 only = 0;
	struct usage *sum = bpf_map_lookup_elem(&others_usage, &only);

	if (!sum)
		return 0;
	ADD_THREAD(sum, other, BPF_CORE_READ);
	sum->runtime += unaccounted_run_elsewhere(other);
	return 0;
}

/*
 * Threads that are dead but not yet reaped, whose usage the group's sums do not hold: those killed together with the last one.
 * Global: the verifier looks at the loop once.
 */
__noinline int add_other_threads(u32 which)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct usage *sum = bpf_map_lookup_elem(&others_usage, &which);
	void *head = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	struct list_head *node = BPF_CORE_READ(signal, thread_head.next);

	if (!sum)
		return 0;
	__builtin_memset(sum, 0, sizeof(*sum));
	for (int i = 0; i < MOST_THREADS && node && node != head; i++) {
		struct task_struct *other = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);

		if (other != task && other != leader)
			add_other_thread((u64)other);
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

static __always_inline void add_usage(struct usage *sum, const struct usage *more)
{
	sum->runtime += more->runtime;
	sum->user += more->user;
	sum->system += more->system;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	sum->voluntary_switches += more->voluntary_switches;
	sum->involuntary_switches += more->involuntary_switches;
	sum->read_bytes += more->read_bytes;
	sum->write_bytes += more->write_bytes;
}

/*
 * Ticks say only roughly how the time divides into user's and system's; the sum is exact. As cputime_adjust() in
 * kernel/sched/cputime.c does it, in 32 bits' precision.
 */
static u64 system_part(u64 runtime, u64 user, u64 system)
{
	u64 total = user + system;

	if (!system)
		return 0;
	if (!user)
		return runtime;
	if (total >> 48) {
		total >>= 32;
		system >>= 32;
	}
	if (total >> 32) {
		total >>= 16;
		system >>= 16;
	}
	return runtime / total * system + runtime % total * system / total;
}

/* signal's sums are those of the threads that are reaped; the leader waits for its parent, and the last one is running this */
static __always_inline void add_resources(struct exit_record *record, struct signal_struct *signal,
					  struct task_struct *task, struct task_struct *leader, u32 which)
{
	struct usage sum = {
		.runtime = READ(signal, sum_sched_runtime),
		.user = READ(signal, utime),
		.system = READ(signal, stime),
		.minor_faults = READ(signal, min_flt),
		.major_faults = READ(signal, maj_flt),
		.voluntary_switches = READ(signal, nvcsw),
		.involuntary_switches = READ(signal, nivcsw),
	};
	int threads = READ(signal, nr_threads);

	if (bpf_core_field_exists(struct task_io_accounting, read_bytes)) {
		sum.read_bytes = READ(signal, ioac.read_bytes);
		sum.write_bytes = READ(signal, ioac.write_bytes);
		record->flags |= EXIT_HAS_IO;
	}
	ADD_THREAD(&sum, task, READ);
	sum.runtime += unaccounted_run(task);
	if (task != leader) {
		ADD_THREAD(&sum, leader, READ);
		sum.runtime += unaccounted_run_elsewhere(leader);
	}
	if (threads > (task == leader ? 1 : 2)) {
		struct usage *others = bpf_map_lookup_elem(&others_usage, &which);

		add_other_threads(which);
		if (others)
			add_usage(&sum, others);
	}

	record->cpu_system_ns = system_part(sum.runtime, sum.user, sum.system);
	record->cpu_user_ns = sum.runtime - record->cpu_system_ns;
	record->max_rss_bytes = READ(signal, maxrss) * page_size;
	record->minor_faults = sum.minor_faults;
	record->major_faults = sum.major_faults;
	record->voluntary_switches = sum.voluntary_switches;
	record->involuntary_switches = sum.involuntary_switches;
	record->read_bytes = sum.read_bytes;
	record->write_bytes = sum.write_bytes;
	record->threads = threads;
}

#endif
