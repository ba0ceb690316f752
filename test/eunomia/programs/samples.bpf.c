// SPDX-License-Identifier: GPL-2.0 OR MIT
/* At the beat of a hardware counter, which not every machine has. */
#include "marked.bpf.h"
#include "samples.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("perf_event")
int beat(struct bpf_perf_event_data *ctx)
{
	return tell(0, 1);
}
