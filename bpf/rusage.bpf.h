/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The resource usage of all threads of a process, as the rusage of wait4(2) has it, but without
 * the children that the process reaped.
 */
#pragma once

#include "unaccounted_run.bpf.h"

#define MAX_THREADS_PER_BATCH 128
#define MAX_THREAD_BATCHES 128		/* 16384 threads, which take some milliseconds */
#define MAX_WALKS 16
#define MAX_WALK_NS 1000000ULL		/* no walk starts later: the caller cannot be preempted */

struct usage {
	u64 runtime, user, system; /* ns; the last two in whole ticks */
	u64 minor_faults, major_faults, voluntary_switches, involuntary_switches;
	u64 read_bytes, write_bytes;
};

/*
 * Adds the counters that struct task_struct and struct signal_struct have in common. READ_FIELD is
 * FIELD, a typed load, or BPF_CORE_READ, a helper call for an address of unknown type.
 */
#define ADD_COUNTERS(sum, object, READ_FIELD) \
	do { \
		(sum)->user += READ_FIELD(object, utime); \
		(sum)->system += READ_FIELD(object, stime); \
		(sum)->minor_faults += READ_FIELD(object, min_flt); \
		(sum)->major_faults += READ_FIELD(object, maj_flt); \
		(sum)->voluntary_switches += READ_FIELD(object, nvcsw); \
		(sum)->involuntary_switches += READ_FIELD(object, nivcsw); \
		if (bpf_core_field_exists(struct task_io_accounting, read_bytes)) {\
			(sum)->read_bytes += READ_FIELD(object, ioac.read_bytes); \
			(sum)->write_bytes += READ_FIELD(object, ioac.write_bytes);\
		} \
	} while (0)

/* scratch of sum_group(): an entry for record_exit and one for record_exit_fallback */
MAP(group_usage, PERCPU_ARRAY, 2, u32, struct usage);

VERIFY_ONCE int add_thread(u64 address, u32 program)
{
	struct task_struct *thread = (struct task_struct *)address;
	struct usage *sum = bpf_map_lookup_elem(&group_usage, &program);

	if (!sum)
		return 0;
	ADD_COUNTERS(sum, thread, BPF_CORE_READ);
	sum->runtime += BPF_CORE_READ(thread, se.sum_exec_runtime) +
			unaccounted_run_elsewhere(thread);
	return 0;
}

/*
 * Adds the threads from this node of signal->thread_head on. Returns the node where the next batch
 * begins, or 0 at the list's end. Batches replace one long loop, which the verifier would follow
 * iteration by iteration.
 */
VERIFY_ONCE u64 add_thread_batch(u64 address, u64 head, u32 program)
{
	for (int i = 0; i < MAX_THREADS_PER_BATCH; i++) {
		if (!address || address == head)
			return 0;
		add_thread(address - bpf_core_field_offset(struct task_struct, thread_node),
			   program);
		address = (u64)BPF_CORE_READ((struct list_head *)address, next);
	}
	return address == head ? 0 : address;
}

/* Returns true if all threads of the list were added. */
VERIFY_ONCE int add_threads(u64 head, u32 program)
{
	u64 next = (u64)BPF_CORE_READ((struct list_head *)head, next);

	for (int i = 0; i < MAX_THREAD_BATCHES && next; i++)
		next = add_thread_batch(next, head, program);
	return !next;
}

enum walk_result { WALK_EXACT, WALK_DISTURBED, WALK_TOO_LONG };

/*
 * Sums the counters of all threads, reaped or not: several threads may exit together, or a
 * debugger may not have waited for one. A thread that is reaped during the walk moves from the
 * list into the group's sums (__exit_signal() in kernel/exit.c), under stats_lock, which changes
 * the sequence number.
 */
VERIFY_ONCE int walk_group(u32 program)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	u64 head = (u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	struct usage *sum = bpf_map_lookup_elem(&group_usage, &program);
	u32 sequence = BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);

	if (!sum)
		return WALK_TOO_LONG;
	__builtin_memset(sum, 0, sizeof(*sum));
	ADD_COUNTERS(sum, signal, BPF_CORE_READ);
	sum->runtime = BPF_CORE_READ(signal, sum_sched_runtime);
	if (!add_threads(head, program))
		return WALK_TOO_LONG;
	if (sequence & 1 ||
	    BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence) != sequence)
		return WALK_DISTURBED;
	return WALK_EXACT;
}

/* Repeats the walk until no thread is reaped during it. Returns true if the sum is exact. */
VERIFY_ONCE int sum_group(u32 program)
{
	u64 start = bpf_ktime_get_ns();

	for (int i = 0; i < MAX_WALKS; i++) {
		int result = walk_group(program);

		if (result != WALK_DISTURBED)
			return result == WALK_EXACT;
		if (bpf_ktime_get_ns() - start > MAX_WALK_NS)
			return false;
	}
	return false;
}

/*
 * Returns the part of the runtime that was spent in the kernel. The runtime is exact, but the user
 * and system times are in ticks. Scales as cputime_adjust() in kernel/sched/cputime.c does, with a
 * precision of 32 bits.
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
 * Fills in the usage of all threads. For the usual group, of this thread and perhaps a leader that
 * exited before, typed loads suffice. nr_threads is read first, so that the sums in signal_struct
 * include every thread that it no longer counts.
 */
static __always_inline void fill_rusage(struct exit_record *record, struct signal_struct *signal,
					struct task_struct *task, struct task_struct *leader,
					u32 program)
{
	int threads = FIELD(signal, nr_threads);
	struct usage sum = {}, *group;

	barrier();
	if (threads > (task == leader ? 1 : 2)) {
		if (!sum_group(program))
			record->flags |= EXIT_USAGE_INCOMPLETE;
		group = bpf_map_lookup_elem(&group_usage, &program);
		if (group)
			sum = *group;
	} else {
		ADD_COUNTERS(&sum, signal, FIELD);
		sum.runtime = FIELD(signal, sum_sched_runtime);
		ADD_COUNTERS(&sum, task, FIELD);
		sum.runtime += FIELD(task, se.sum_exec_runtime) + unaccounted_run(task);
		if (task != leader) {
			ADD_COUNTERS(&sum, leader, FIELD);
			sum.runtime += FIELD(leader, se.sum_exec_runtime) +
				       unaccounted_run_elsewhere(leader);
		}
	}
	if (bpf_core_field_exists(struct task_io_accounting, read_bytes))
		record->flags |= EXIT_HAS_IO;

	record->cpu_system_ns = system_part(sum.runtime, sum.user, sum.system);
	record->cpu_user_ns = sum.runtime - record->cpu_system_ns;
	record->max_rss_bytes = FIELD(signal, maxrss) * page_size;
	record->minor_faults = sum.minor_faults;
	record->major_faults = sum.major_faults;
	record->voluntary_switches = sum.voluntary_switches;
	record->involuntary_switches = sum.involuntary_switches;
	record->read_bytes = sum.read_bytes;
	record->write_bytes = sum.write_bytes;
	record->threads = threads;
}
