/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Per-CPU scratch records. The length of a record depends on its text, which bpf_ringbuf_reserve()
 * does not allow. So the programs compose records here and copy them with bpf_ringbuf_output().
 */
#pragma once

#include "compat.bpf.h"

/*
 * Each program has its own slots: one program can interrupt another, but the kernel does not start
 * a program on a CPU that is already running it. Only SLOT_OOM_CGROUP_PATH is of two programs,
 * on_signal_generate and on_oom_mark_victim: if out_of_memory_addr is known, the former reports OOM
 * kills, else the latter. User space shortens the map to the slots that are used, because a slot
 * takes 14 KB for each possible CPU.
 */
enum scratch_slot {
	SLOT_EXIT,
	SLOT_CGROUP_PATH,
	SLOT_OOM_CGROUP_PATH,
	SLOT_EXEC,
	SLOT_SENDER,
	SLOT_SENDER_CGROUP_PATH,
	SLOT_FALLBACK_EXIT,
	SLOT_FALLBACK_CGROUP_PATH,
	SLOT_COUNT,
};

union scratch_record {
	struct exit_record exit;
	struct cgroup_record cgroup;
};

MAP(scratch, PERCPU_ARRAY, SLOT_COUNT, u32, union scratch_record);

static __always_inline void *scratch_record(u32 slot)
{
	return bpf_map_lookup_elem(&scratch, &slot);
}
