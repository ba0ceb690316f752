// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Events in a perf buffer, which has a ring per CPU. */
#include "marked.bpf.h"
#include "perf-buffer.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

ON_CALL(on_call)
{
	struct event e = { .number = number, .odd = 255 - number };

	bpf_get_current_comm(e.comm, sizeof(e.comm));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e));
	return 0;
}
