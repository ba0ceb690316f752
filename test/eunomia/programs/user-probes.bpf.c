// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A function of a program, at its entry and its return. */
#include "marked.bpf.h"
#include "fixture.h" /* FIXTURE: the path of the program, written by the tests */
#include "user-probes.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("uprobe/" FIXTURE ":marked_call")
int BPF_KPROBE(entry, int number)
{
	return tell(number, 1);
}

SEC("uretprobe/" FIXTURE ":marked_call")
int BPF_KRETPROBE(leave, int result)
{
	return tell(result, 2);
}
