/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Which exits are wanted, decided before a record takes room. Different filters are *and*, the values of one are *or*. What is not
 * asked for is false here when the program is loaded, and the verifier takes its test out.
 */
#ifndef __SELECT_BPF_H
#define __SELECT_BPF_H

#include "cgroup-paths.bpf.h"
#include "process.bpf.h"

const volatile bool only_failed = false;
const volatile bool only_wanted_pids = false;
const volatile bool only_wanted_parents = false;
const volatile bool only_wanted_users = false;
const volatile bool only_wanted_names = false;
const volatile bool only_family = false;
/* signal n is bit n - 1 */
const volatile u64 wanted_signals = 0;
const volatile u64 least_duration_ns = 0;

#define SET_OF_U32(name)                         \
	struct {                                 \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__uint(max_entries, 1);          \
		__type(key, u32);                \
		__type(value, u8);               \
	} name SEC(".maps")

SET_OF_U32(wanted_pids);
SET_OF_U32(wanted_parents);
SET_OF_U32(wanted_users);

/* An automaton over the bytes of a name, its NUL included: src/filter/glob.ts. */
enum { NAME_START = 1, NAME_ACCEPTED = 2 };

struct name_state {
	u16 next[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct name_state);
} name_states SEC(".maps");

static bool is_name_wanted(const char *name)
{
	u32 at = NAME_START;

	for (int i = 0; i < COMM_LEN; i++) {
		struct name_state *state = bpf_map_lookup_elem(&name_states, &at);
		u8 byte = name[i];

		if (!state)
			return false;
		at = state->next[byte];
		if (!byte || !at)
			break;
	}
	return at == NAME_ACCEPTED;
}

/* What costs nothing to know: asked first, so that the unwanted cost next to nothing. */
static __always_inline bool is_pid_wanted(pid_t pid)
{
	return !only_wanted_pids || bpf_map_lookup_elem(&wanted_pids, &pid);
}

static __always_inline bool is_status_wanted(int status)
{
	int signal = status & 0x7f;

	if (only_failed && status == 0)
		return false;
	return !wanted_signals || (signal && wanted_signals >> (signal - 1) & 1);
}

static __always_inline bool are_people_wanted(struct task_struct *leader)
{
	if (only_wanted_parents) {
		pid_t parent = READ(parent_process(leader), tgid);

		if (!bpf_map_lookup_elem(&wanted_parents, &parent))
			return false;
	}
	if (only_wanted_users) {
		uid_t uid = READ(leader, real_cred, uid.val);

		return bpf_map_lookup_elem(&wanted_users, &uid);
	}
	return true;
}

#endif
