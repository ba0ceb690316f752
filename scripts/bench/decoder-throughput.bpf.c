// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Writes one record, which user space provides, to a ring buffer as often as user space asks. Runs
 * under BPF_PROG_TEST_RUN, so that the decoder is measured with a real ring and its memory
 * ordering, and without processes.
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

static long write_record(u32 i, void *unused)
{
	u32 size = bytes;

	if (size > sizeof(record))
		return 1;
	/* stops the loop when the ring is full */
	return bpf_ringbuf_output(&ring, &record, size, BPF_RB_NO_WAKEUP) != 0;
}

SEC("syscall")
int fill_ring(void *unused)
{
	bpf_loop(records, write_record, NULL, 0);
	return 0;
}
