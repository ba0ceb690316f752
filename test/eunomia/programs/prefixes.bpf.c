// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Samples an LPM trie. ecli names the members of a key by their types, so here each member has the
 * name of its type.
 */
#include "marked.bpf.h"
#include "prefixes.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

typedef unsigned int prefixlen;
typedef unsigned int address;

struct prefix {
	prefixlen prefixlen;
	address address;
};

/// @sample {"interval": 250, "type": "default_kv"}
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, struct hits);
} prefixes SEC(".maps");

ON_CALL(on_call)
{
	unsigned int bytes = 1 + number % 4;
	struct prefix key = { .prefixlen = 8 * bytes, .address = 0x01010101 * bytes };
	struct hits one = { 1 }, *hits = bpf_map_lookup_elem(&prefixes, &key);

	if (hits)
		hits->calls++;
	else
		bpf_map_update_elem(&prefixes, &key, &one, BPF_ANY);
	return 0;
}
