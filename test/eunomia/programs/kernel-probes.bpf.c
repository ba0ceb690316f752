// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A breakpoint in the kernel, which not every kernel allows. */
#include "marked.bpf.h"
#include "kernel-probes.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("ksyscall/getpriority")
int BPF_KSYSCALL(on_call, int which, int who)
{
	return which == MARK ? tell(who, 1) : 0;
}
