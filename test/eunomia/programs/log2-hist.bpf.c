// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Histograms with powers of two and a unit; the keys are numbers. */
#include "marked.bpf.h"
#include "log2-hist.h"
#include "slots.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @sample {"interval": 250, "type" : "log2_hist", "unit" : "usecs"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, unsigned int);
	__type(value, struct hist);
} hists SEC(".maps");

COUNT_CALLS_IN_SLOTS(hists, unsigned int, 11)
