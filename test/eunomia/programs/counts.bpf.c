// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Samples a map as keys and values. The keys are numbers; the seed is 0, so that every run has the
 * same order.
 */
#include "marked.bpf.h"
#include "counts.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @sample {"interval": 250, "type": "default_kv"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, unsigned int);
	__type(value, struct count);
} counts SEC(".maps");

ON_CALL(on_call)
{
	struct count none = {}, *count;
	unsigned int key = number % 3;

	bpf_map_update_elem(&counts, &key, &none, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&counts, &key);
	if (!count)
		return 0;
	count->calls++;
	count->last = -number;
	bpf_get_current_comm(count->comm, sizeof(count->comm));
	return 0;
}
