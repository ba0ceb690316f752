// SPDX-License-Identifier: GPL-2.0 OR MIT
/* More than 32 rows of a histogram are drawn wider and with fewer stars. No unit. */
#include "marked.bpf.h"
#include "wide-log2-hist.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @sample {"interval": 250, "type" : "log2_hist"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, unsigned long long);
	__type(value, struct hist);
} hists SEC(".maps");

ON_CALL(on_call)
{
	struct hist none = {}, *hist;
	unsigned long long key = number & 1;
	unsigned int slot = number & 50;

	bpf_map_update_elem(&hists, &key, &none, BPF_NOEXIST);
	hist = bpf_map_lookup_elem(&hists, &key);
	if (!hist || slot >= 60)
		return 0;
	bpf_get_current_comm(hist->comm, sizeof(hist->comm));
	hist->slots[slot] += 1 + slot * slot;
	hist->total++;
	return 0;
}
