/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Sends what the kernel knows about an OOM kill: the numbers of its log lines "memory: usage" and
 * "Killed process". The signal of the OOM killer is generated just before the latter.
 */
#pragma once

#include "oom_cgroup.bpf.h"
#include "tracer_context.bpf.h"

#define MAX_CPUS 8192 /* the largest NR_CPUS */

/* The kinds of pages in mm_struct.rss_stat: include/linux/mm_types_task.h */
enum { MM_FILE_PAGES, MM_ANON_PAGES, MM_SWAP_ENTRIES, MM_SHMEM_PAGES };

/* An event in which the OOM killer kills one or more processes. */
struct oom_incident {
	u64 time_ns;		/* CLOCK_BOOTTIME at the first kill */
	u64 trigger;		/* the task that asked for memory */
	u64 trigger_start;	/* of that task, whose memory may be reused */
	u64 mm;			/* of the last victim */
	u64 group;		/* the state of the cgroup with memory.oom.group; 0: none */
	s64 limit;		/* in pages, of the cgroup that reached its limit */
	s64 usage;		/* at the first kill: the victim frees memory while others are killed */
};

/* Only one task at a time kills, and the variable is volatile, as `oom_search` is. */
static volatile struct oom_incident last_incident;

/*
 * Returns true if the last incident goes on: the same task kills the processes that share the
 * memory of its victim, or those of a cgroup with memory.oom.group. All are older than the event.
 */
static bool is_same_incident(struct task_struct *victim, struct task_struct *trigger, u64 mm)
{
	volatile struct oom_incident *last = &last_incident;

	if (last->trigger != (u64)trigger ||
	    last->trigger_start != BPF_CORE_READ(trigger, start_boottime) ||
	    BPF_CORE_READ(victim, group_leader, start_boottime) > last->time_ns)
		return false;
	return (mm && mm == last->mm) || (oom_search.group && oom_search.group == last->group);
}

/* Makes last_incident that of a victim. Parameters: see emit_oom_record(). */
static void update_incident(u64 victim, u64 limited)
{
	struct task_struct *trigger = (struct task_struct *)bpf_get_current_task();
	struct task_struct *task = (struct task_struct *)victim;
	volatile struct oom_incident *last = &last_incident;
	u64 mm = (u64)BPF_CORE_READ(task, mm);

	if (!is_same_incident(task, trigger, mm)) {
		last->time_ns = bpf_ktime_get_boot_ns();
		last->trigger = (u64)trigger;
		last->trigger_start = BPF_CORE_READ(trigger, start_boottime);
		if (limited) {
			struct page_counter *counter = fullest_counter(limited);

			last->limit = BPF_CORE_READ(counter, max);
			last->usage = BPF_CORE_READ(counter, usage.counter);
		}
	}
	last->mm = mm;
	last->group = oom_search.group;
}

/* The victim's pages by kind. Static, because add_cpu_pages() can return a single one only. */
static volatile s64 oom_pages[4];

/* Adds what a CPU has counted apart. Global for the same reason as search_cgroup(). */
VERIFY_ONCE int add_cpu_pages(u64 mm_address, u32 cpu)
{
	struct mm_struct___6_2 *mm = (void *)mm_address;
	u64 offset = 0;
	s32 pages;

	if (!bpf_core_field_exists(mm->rss_stat[0].counters))
		return 0;
	bpf_probe_read_kernel(&offset, sizeof(offset),
			      (void *)per_cpu_offset_addr + cpu * sizeof(offset));
#define ADD(kind) \
	pages = 0; \
	bpf_probe_read_kernel(&pages, sizeof(pages), \
			      (void *)BPF_CORE_READ(mm, rss_stat[kind].counters) + offset); \
	oom_pages[kind] += pages
	ADD(MM_FILE_PAGES);
	ADD(MM_ANON_PAGES);
	ADD(MM_SWAP_ENTRIES);
	ADD(MM_SHMEM_PAGES);
#undef ADD
	return 0;
}

/*
 * Fills in oom_pages, as the kernel's log has them: since about Linux 6.19 the exact sums. Returns
 * false if the kernel has no such counters.
 */
static bool count_pages(struct mm_struct *mm)
{
	struct mm_struct___6_1 *older = (void *)mm;
	struct mm_struct___6_2 *newer = (void *)mm;

	if (!mm)
		return false;
#define READ(kind) \
	oom_pages[kind] = bpf_core_type_exists(struct mm_rss_stat) ? \
				  BPF_CORE_READ(older, rss_stat.count[kind].counter) : \
			  bpf_core_field_exists(newer->rss_stat[kind].count) ? \
				  BPF_CORE_READ(newer, rss_stat[kind].count) : \
				  0
	READ(MM_FILE_PAGES);
	READ(MM_ANON_PAGES);
	READ(MM_SWAP_ENTRIES);
	READ(MM_SHMEM_PAGES);
#undef READ
	for (u32 cpu = 0; cpu < MAX_CPUS && cpu < summed_cpus && per_cpu_offset_addr; cpu++)
		add_cpu_pages((u64)mm, cpu);
	return bpf_core_type_exists(struct mm_rss_stat) ||
	       bpf_core_field_exists(newer->rss_stat[0].count);
}

/* A counter can be negative for a moment, since each CPU adds to its own part first. */
static u64 to_bytes(s64 pages)
{
	return pages > 0 ? pages * page_size : 0;
}

/*
 * Sends an oom_record about a victim. limited: the result of find_limited_cgroup() for the victim,
 * which was the last call of it.
 */
VERIFY_ONCE int emit_oom_record(u64 victim, u64 limited)
{
	struct task_struct *task = (struct task_struct *)victim, *trigger;
	struct mm_struct *mm;
	struct oom_record *record;

	if (!with_oom)
		return 0;
	update_incident(victim, limited);
	/* small and rare, so it may take the room that is kept for exit_records */
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = RECORD_OOM;
	record->pid = BPF_CORE_READ(task, tgid);
	record->start_time_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	record->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	record->incident_time_ns = last_incident.time_ns;
	record->trigger_pid = bpf_get_current_pid_tgid() >> 32;
	trigger = (struct task_struct *)bpf_get_current_task();
	trigger = BPF_CORE_READ(trigger, group_leader);
	BPF_CORE_READ_INTO(&record->trigger_comm, trigger, comm);
	if (limited) {
		record->limit_bytes = to_bytes(last_incident.limit);
		record->usage_bytes = to_bytes(last_incident.usage);
		record->flags |= OOM_HAS_LIMIT;
	}
	mm = BPF_CORE_READ(task, mm);
	if (count_pages(mm)) {
		record->anon_bytes = to_bytes(oom_pages[MM_ANON_PAGES]);
		record->file_bytes = to_bytes(oom_pages[MM_FILE_PAGES]);
		record->shmem_bytes = to_bytes(oom_pages[MM_SHMEM_PAGES]);
		record->swap_bytes = to_bytes(oom_pages[MM_SWAP_ENTRIES]);
		record->flags |= OOM_HAS_MEMORY;
	}
	bpf_ringbuf_submit(record, 0);
	return 0;
}
