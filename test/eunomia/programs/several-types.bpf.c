// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Three maps with a type each: a ring, a perf buffer, and a ring that is not exported. The tests
 * name the types in the package.
 */
#include "marked.bpf.h"
#include "several-types.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);
RING(hidden);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} others SEC(".maps");

ON_CALL(on_call)
{
	struct event event = { .number = number, .name = "event" };
	struct other other = { .twice = 2 * number, .last = 9 };

	/* odd numbers to the perf buffer, even numbers to the ring */
	if (number & 1)
		bpf_perf_event_output(ctx, &others, BPF_F_CURRENT_CPU, &other, sizeof(other));
	else
		bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	bpf_ringbuf_output(&hidden, &event, sizeof(event), 0);
	return 0;
}
