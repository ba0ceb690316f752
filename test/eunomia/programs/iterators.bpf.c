// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A walk over all tasks, for which somebody has to read a file. */
#include "marked.bpf.h"
#include "iterators.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	return tell(0, 1);
}

ON_CALL(on_call)
{
	return tell(number, 2);
}
