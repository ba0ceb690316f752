/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Matches a cgroup with the units and containers of the filter: by the names in its path, wherever
 * they are in it. src/filter/cgroup-names.ts makes the entries of cgroup_transitions.
 */
#pragma once

#include "cgroup_match.bpf.h"

#define ID_DIGITS 64
#define SCOPE ".scope"
#define CONMON "conmon-"
#define LENGTH(text) (sizeof(text) - 1)

const volatile bool has_unit_filter = false;
/* the distinct lengths of the containers' ids, which may be shortened */
const volatile u32 filter_container_lengths_count = 0;
const volatile u32 filter_container_lengths[MAX_FILTER_CGROUPS] = {};

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Returns true if the name has this text at a position. */
static __always_inline bool has_text_at(const char *name, u32 at, const char *text, u32 length)
{
	for (u32 i = 0; i < length; i++)
		if (name[(at + i) & (FILE_NAME_BYTES - 1)] != text[i])
			return false;
	return true;
}

/*
 * Returns the position of a container's id in a name, -1 if it has none: 64 hex digits, at the
 * end or before ".scope", at the start or after a dash or a colon. src/exit/container.ts lists the
 * names that runtimes choose. The cgroup of conmon, which monitors a container of podman or CRI-O,
 * has the id as well.
 */
static __always_inline int container_id_at(const char *name, u32 length)
{
	u32 at;

	if (length >= ID_DIGITS + LENGTH(SCOPE) &&
	    has_text_at(name, length - LENGTH(SCOPE), SCOPE, LENGTH(SCOPE)))
		length -= LENGTH(SCOPE);
	if (length < ID_DIGITS || length >= FILE_NAME_BYTES)
		return -1;
	at = length - ID_DIGITS;
	for (u32 i = 0; i < ID_DIGITS; i++)
		if (!is_hex_digit(name[(at + i) & (FILE_NAME_BYTES - 1)]))
			return -1;
	if (at) {
		char before = name[(at - 1) & (FILE_NAME_BYTES - 1)];

		if (before != '-' && before != ':')
			return -1;
	}
	if (at >= LENGTH(CONMON) && has_text_at(name, at - LENGTH(CONMON), CONMON, LENGTH(CONMON)) &&
	    (at == LENGTH(CONMON) || name[(at - LENGTH(CONMON) - 1) & (FILE_NAME_BYTES - 1)] == '-'))
		return -1;
	return at;
}

/*
 * Looks up the first length bytes at an address among the names of a state. Returns enum
 * cgroup_match bits.
 */
static __always_inline u32 match_text(struct cgroup_transition_key *key, u32 state, u64 address,
				      u32 length)
{
	struct cgroup_transition *transition;

	key->state = state;
	__builtin_memset(key->name, 0, sizeof(key->name));
	BOUND(length, FILE_NAME_BYTES - 1);
	bpf_probe_read_kernel(key->name, length, (void *)address);
	transition = bpf_map_lookup_elem(&cgroup_transitions, key);
	return transition ? transition->match : 0;
}

/* Returns what one name matches. */
VERIFY_ONCE u32 match_name(u64 address, u32 program)
{
	struct cgroup_transition_key *key = bpf_map_lookup_elem(&cgroup_transition_keys, &program);
	u32 match = opaque_zero;
	long bytes;
	int at;

	if (!key)
		return 0;
	bytes = bpf_probe_read_kernel_str(key->name, sizeof(key->name), (void *)address);
	if (bytes <= 1 || bytes > FILE_NAME_BYTES)
		return 0;
	at = filter_container_lengths_count ? container_id_at(key->name, bytes - 1) : -1;
	if (has_unit_filter)
		match |= match_text(key, STATE_UNIT, address, bytes - 1);
	if (at < 0)
		return match;
	for (u32 i = 0; i < MAX_FILTER_CGROUPS && i < filter_container_lengths_count; i++)
		match |= match_text(key, STATE_CONTAINER, address + at,
				    filter_container_lengths[i]);
	return match;
}

/* Returns what the names from a kernfs_node up to the root match. */
VERIFY_ONCE u32 match_names(u64 address, u32 program)
{
	u32 match = opaque_zero;

	for (int i = 0; i < MAX_CGROUP_LEVELS; i++) {
		struct kernfs_node *node = (void *)address;
		u64 parent = kernfs_parent(address);

		if (!parent)
			break;
		match |= match_name((u64)BPF_CORE_READ(node, name), program);
		address = parent;
	}
	return match;
}
