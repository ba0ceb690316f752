/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Filters by pid, status, parent, user and name. An exit must pass all of them, and matches one if
 * it matches one of its values. The verifier removes the code of filters that are off. The
 * cheapest filters come first.
 */
#pragma once

#include "process.bpf.h"

const volatile bool only_failed = false;
const volatile bool only_tracees = false;
const volatile bool has_pid_filter = false;
const volatile bool has_parent_filter = false;
const volatile bool has_user_filter = false;
const volatile bool has_name_filter = false;
/* signal n is bit n - 1 */
const volatile u64 filter_signals = 0;
const volatile u64 min_duration_ns = 0;

/* sets */
MAP(filter_pids, HASH, 1, u32, u8);
MAP(filter_parents, HASH, 1, u32, u8);
MAP(filter_users, HASH, 1, u32, u8);

/*
 * An automaton over the bytes of a name and its NUL, which src/filter/glob.ts compiles from the
 * patterns. State 0 rejects the name.
 */
enum name_state { NAME_START = 1, NAME_ACCEPTED = 2 };

struct name_transitions {
	u16 next[256];
};

MAP(filter_name_states, ARRAY, 1, u32, struct name_transitions);

static bool is_name_accepted(const char *name)
{
	u32 state = NAME_START;

	for (int i = 0; i < COMM_LEN; i++) {
		struct name_transitions *from = bpf_map_lookup_elem(&filter_name_states, &state);
		u8 byte = name[i];

		if (!from)
			return false;
		state = from->next[byte];
		if (!byte || !state)
			break;
	}
	return state == NAME_ACCEPTED;
}

static __always_inline bool passes_pid_filter(pid_t pid)
{
	return !has_pid_filter || bpf_map_lookup_elem(&filter_pids, &pid);
}

static __always_inline bool passes_status_filter(int status)
{
	int signal = status & 0x7f;

	if (only_failed && status == 0)
		return false;
	return !filter_signals || (signal && filter_signals >> (signal - 1) & 1);
}

static __always_inline bool passes_parent_and_user_filters(struct task_struct *leader)
{
	if (has_parent_filter) {
		pid_t parent = FIELD(parent_process(leader), tgid);

		if (!bpf_map_lookup_elem(&filter_parents, &parent))
			return false;
	}
	if (has_user_filter) {
		uid_t uid = FIELD(leader, real_cred, uid.val);

		return bpf_map_lookup_elem(&filter_users, &uid);
	}
	return true;
}

static __always_inline bool passes_name_filter(struct task_struct *leader)
{
	char name[COMM_LEN] __attribute__((aligned(8)));

	if (!has_name_filter)
		return true;
	copy_comm(name, leader);
	return is_name_accepted(name);
}
