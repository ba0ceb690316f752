// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A histogram of more than 32 rows is wider and has fewer stars per row. No unit. */
#include "marked.bpf.h"
#include "wide-log2-hist.h"
#include "slots.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @sample {"interval": 250, "type" : "log2_hist"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, unsigned long long);
	__type(value, struct hist);
} hists SEC(".maps");

COUNT_CALLS_IN_SLOTS(hists, unsigned long long, 50)
