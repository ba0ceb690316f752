// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A probe that a program has of its own accord. */
#include "marked.bpf.h"
#include <bpf/usdt.bpf.h>
#include "fixture.h" /* FIXTURE: the path of the program, written by the tests */
#include "static-probes.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("usdt/" FIXTURE ":marked:call")
int BPF_USDT(on_call, int number)
{
	return tell(number, 1);
}
