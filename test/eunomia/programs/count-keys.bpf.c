// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Samples a map whose keys are structs. The package does not name the type of sample. */
#include "marked.bpf.h"
#include "count-keys.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct place {
	int third;
	char name[12];
};

/// @sample {"interval": 250, "clear_map": true}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, struct place);
	__type(value, struct count);
} places SEC(".maps");

ON_CALL(on_call)
{
	struct place place = { .third = number % 3, .name = "place" };
	struct count none = {}, *count;

	bpf_map_update_elem(&places, &place, &none, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&places, &place);
	if (count)
		count->calls += number;
	return 0;
}
