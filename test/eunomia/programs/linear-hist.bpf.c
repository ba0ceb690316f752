// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Histograms with even steps, which ecli cannot print as a table. */
#include "marked.bpf.h"
#include "linear-hist.h"
#include "slots.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @sample {"interval": 250, "type" : "linear_hist", "unit" : "calls"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, int);
	__type(value, struct hist);
} hists SEC(".maps");

COUNT_CALLS_IN_SLOTS(hists, int, 6)
