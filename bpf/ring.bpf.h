/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The ring buffer to user space, and the count of exits that it had no room for. */
#pragma once

#include "compat.bpf.h"

#define BPF_RB_AVAIL_DATA 0 /* include/uapi/linux/bpf.h */
#define BPF_RB_RING_SIZE 1
#define BPF_RB_FORCE_WAKEUP 2

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, (IS_PACKAGE ? 4096 : 256) * 1024);
} ring SEC(".maps");

#define PERCPU_COUNTER(name) MAP(name, PERCPU_ARRAY, 1, u32, u64)

PERCPU_COUNTER(dropped_exits);

/* Adds 1 to a PERCPU_COUNTER. */
static __always_inline void increment(void *counter)
{
	u32 zero = 0;
	u64 *count = bpf_map_lookup_elem(counter, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/*
 * Returns the flag with which a record wakes user space. Without it, the kernel wakes user space
 * only if it has read all earlier records. While records gather, user space sleeps until the ring
 * is a quarter full: the exits from then on wake it, up to half, so that few of them pay for it.
 */
static __always_inline u64 wakeup_flag(void)
{
	u64 quarter, pending;

	if (IS_PACKAGE)
		return 0;
	quarter = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4;
	pending = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	return pending >= quarter && pending < 2 * quarter ? BPF_RB_FORCE_WAKEUP : 0;
}

/*
 * Returns true if the ring has room for arguments or a long path. The last quarter is kept free for
 * exit_records, so that text cannot crowd out exits. The package's records have a fixed size.
 */
static bool has_room_for_text(void)
{
	return !sends_side_records || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
					      bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4 * 3;
}
