// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Every third record has half the length of its type. */
#include "marked.bpf.h"
#include "short-records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

ON_CALL(on_call)
{
	struct event event = { .number = number, .missing = 1 };

	bpf_ringbuf_output(&events, &event, number % 3 == 1 ? sizeof(event.number) : sizeof(event), 0);
	return 0;
}
