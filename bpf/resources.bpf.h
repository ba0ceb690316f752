/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What it used: the whole thread group's own, as wait4()'s rusage counts it but without the children that it reaped. */
#ifndef __RESOURCES_BPF_H
#define __RESOURCES_BPF_H

#include "recorder.h"

#define MAX_THREADS_PER_BATCH 128
#define MAX_THREAD_BATCHES 128		/* 16384 threads, some milliseconds */
#define MAX_WALKS 16
#define MAX_WALKING_NS 1000000ULL	/* no walk begins later: the caller cannot be preempted */
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

/*
 * Adds the counters that have common names in struct task_struct and struct signal_struct. READ_IT
 * is READ, a typed load, or BPF_CORE_READ, a helper call for an address of unknown type.
 */
#define ADD_COUNTERS(sum, object, READ_IT)                                                \
	do {                                                                              \
		(sum)->user += READ_IT(object, utime);                                    \
		(sum)->system += READ_IT(object, stime);                                  \
		(sum)->minor_faults += READ_IT(object, min_flt);                          \
		(sum)->major_faults += READ_IT(object, maj_flt);                          \
		(sum)->voluntary_switches += READ_IT(object, nvcsw);                      \
		(sum)->involuntary_switches += READ_IT(object, nivcsw);                   \
		if (bpf_core_field_exists(struct task_io_accounting, read_bytes)) {       \
			(sum)->read_bytes += READ_IT(object, ioac.read_bytes);            \
			(sum)->write_bytes += READ_IT(object, ioac.write_bytes);          \
		}                                                                         \
	} while (0)

/*
 * Per CPU: the scratch slots of sum_group(). The second slot is for the program for missed exits:
 * see missed.bpf.h.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct usage);
} group_usage SEC(".maps");

/*
 * Adds one thread's counters. Global, so that the verifier checks it once instead of once per
 * iteration of the loop.
 */
__noinline int add_thread(u64 address, u32 slot)
{
	struct task_struct *thread = (struct task_struct *)address;
	struct usage *sum = bpf_map_lookup_elem(&group_usage, &slot);

	if (!sum)
		return 0;
	ADD_COUNTERS(sum, thread, BPF_CORE_READ);
	sum->runtime += BPF_CORE_READ(thread, se.sum_exec_runtime) + unaccounted_run_elsewhere(thread);
	return 0;
}

/*
 * Adds the threads from this node of signal->thread_head on. Returns the node where the next batch
 * begins, or 0 at the list's end. Batches replace one long loop, which the verifier would follow
 * iteration by iteration.
 */
__noinline u64 add_thread_batch(u64 address, u64 head, u32 slot)
{
	for (int i = 0; i < MAX_THREADS_PER_BATCH; i++) {
		if (!address || address == head)
			return 0;
		add_thread(address - bpf_core_field_offset(struct task_struct, thread_node), slot);
		address = (u64)BPF_CORE_READ((struct list_head *)address, next);
	}
	return address == head ? 0 : address;
}

/* Returns true if all threads of the list were added. */
__noinline int add_threads(u64 head, u32 slot)
{
	u64 next = (u64)BPF_CORE_READ((struct list_head *)head, next);

	for (int i = 0; i < MAX_THREAD_BATCHES && next; i++)
		next = add_thread_batch(next, head, slot);
	return !next;
}

enum { WALK_IS_EXACT, WALK_WAS_DISTURBED, WALK_IS_TOO_LONG };

/*
 * Sums the counters of all threads, reaped or not: several threads may exit together, or a debugger
 * may not have waited for one. A thread that is reaped during the walk moves from the list into the
 * group's sums (__exit_signal() in kernel/exit.c), under stats_lock, which changes the sequence
 * number. Global: see add_thread().
 */
__noinline int walk_group(u32 slot)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	u64 head = (u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	struct usage *sum = bpf_map_lookup_elem(&group_usage, &slot);
	u32 sequence = BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);

	if (!sum)
		return WALK_IS_TOO_LONG;
	__builtin_memset(sum, 0, sizeof(*sum));
	ADD_COUNTERS(sum, signal, BPF_CORE_READ);
	sum->runtime = BPF_CORE_READ(signal, sum_sched_runtime);
	if (!add_threads(head, slot))
		return WALK_IS_TOO_LONG;
	if (sequence & 1 || BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence) != sequence)
		return WALK_WAS_DISTURBED;
	return WALK_IS_EXACT;
}

/*
 * Repeats the walk until no thread is reaped during it. Returns true if the sum is exact. Global:
 * see add_thread().
 */
__noinline int sum_group(u32 slot)
{
	u64 began = bpf_ktime_get_ns();

	for (int i = 0; i < MAX_WALKS; i++) {
		int result = walk_group(slot);

		if (result != WALK_WAS_DISTURBED)
			return result == WALK_IS_EXACT;
		if (bpf_ktime_get_ns() - began > MAX_WALKING_NS)
			return false;
	}
	return false;
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

/*
 * Adds the usage of the whole group. The usual group, this thread and perhaps a leader that exited
 * before, is summed by typed loads. nr_threads is read first: the sums of signal_struct then
 * include any thread that is reaped later.
 */
static __always_inline void add_resources(struct exit_record *record, struct signal_struct *signal,
					  struct task_struct *task, struct task_struct *leader, u32 slot)
{
	int threads = READ(signal, nr_threads);
	struct usage sum = {}, *group;

	barrier();
	if (threads > (task == leader ? 1 : 2)) {
		if (!sum_group(slot))
			record->flags |= EXIT_USAGE_UNKNOWN;
		group = bpf_map_lookup_elem(&group_usage, &slot);
		if (group)
			sum = *group;
	} else {
		ADD_COUNTERS(&sum, signal, READ);
		sum.runtime = READ(signal, sum_sched_runtime);
		ADD_COUNTERS(&sum, task, READ);
		sum.runtime += READ(task, se.sum_exec_runtime) + unaccounted_run(task);
		if (task != leader) {
			ADD_COUNTERS(&sum, leader, READ);
			sum.runtime += READ(leader, se.sum_exec_runtime) + unaccounted_run_elsewhere(leader);
		}
	}
	if (bpf_core_field_exists(struct task_io_accounting, read_bytes))
		record->flags |= EXIT_HAS_IO;

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
