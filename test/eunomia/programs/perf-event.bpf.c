// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Samples a hardware counter, which not every machine has. */
#include "marked.bpf.h"
#include "perf-event.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	return emit(0, 1);
}
