// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A flood of exits that nobody dies for: one record, given by user space, into a ring as often as it asks. Run at its call
 * (BPF_PROG_TEST_RUN), so the ring, its memory order and what reads it are the real ones.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "recorder.h"

#define BPF_RB_NO_WAKEUP 1	/* include/uapi/linux/bpf.h */

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} ring SEC(".maps");

/* set by user space before each run */
u32 records;
u32 bytes;
struct exit_record record;

static long pour_one(u32 i, void *unused)
{
	u32 size = bytes;

	if (size > sizeof(record))
		return 1;
	/* a full ring ends it */
	return bpf_ringbuf_output(&ring, &record, size, BPF_RB_NO_WAKEUP) != 0;
}

SEC("syscall")
int pour(void *unused)
{
	bpf_loop(records, pour_one, NULL, 0);
	return 0;
}
