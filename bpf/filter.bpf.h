/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Filters by pid, outcome, parent, user and name. An exit must pass all of them, and matches one if
 * it matches one of its values. The verifier removes the code of filters that are off. The
 * cheapest filters come first.
 */
#pragma once

#include "process.bpf.h"
#include "killer.bpf.h"

/* which values a filter selects besides those in its map */
enum filter_mode {
	FILTER_OFF,
	FILTER_LISTED,	/* no others */
	FILTER_OTHERS,	/* all others */
};

const volatile bool only_failed = false;
const volatile u32 pid_filter = FILTER_OFF;
const volatile u32 parent_filter = FILTER_OFF;
const volatile u32 user_filter = FILTER_OFF;
const volatile bool has_name_filter = false;
const volatile u64 min_duration_ns = 0;
const volatile u64 max_duration_ns = 0; /* 0: none */

/* Each value has 1 if it is selected, and 0 if it is removed from those that are. */
MAP(filter_pids, HASH, 1, u32, u8);
MAP(filter_parents, HASH, 1, u32, u8);
MAP(filter_users, HASH, 1, u32, u8);

/*
 * The filter by outcome: an exit passes if one of these selects it. Signal n is bit n - 1, exit
 * code n is bit n % 64 of word n / 64.
 */
const volatile bool has_outcome_filter = false;
const volatile u64 filter_signals = 0;
const volatile u64 filter_codes[4] = {};
const volatile bool filter_core_dumps = false;
const volatile bool filter_oom_kills = false;
/* signals that do not pass, whatever selects them */
const volatile u64 removed_signals = 0;

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

static __always_inline bool passes_set(void *set, u32 value, u32 mode)
{
	u8 *is_selected;

	if (mode == FILTER_OFF)
		return true;
	is_selected = bpf_map_lookup_elem(set, &value);
	return is_selected ? *is_selected : mode == FILTER_OTHERS;
}

static __always_inline bool passes_outcome_filter(struct task_struct *task,
						  struct task_struct *leader, int status,
						  bool is_process)
{
	u32 signal = status & 0x7f, code = status >> 8 & 0xff;

	if (only_failed && status == 0)
		return false;
	if (!has_outcome_filter)
		return true;
	if (!signal)
		return filter_codes[code / 64] >> (code % 64) & 1;
	if (removed_signals >> (signal - 1) & 1)
		return false;
	return filter_signals >> (signal - 1) & 1 || (filter_core_dumps && status & 0x80) ||
	       (filter_oom_kills && is_oom_kill(task, leader, status, is_process));
}

static __always_inline bool passes_parent_and_user_filters(struct task_struct *leader)
{
	return (!parent_filter || passes_set(&filter_parents, FIELD(parent_process(leader), tgid),
					     parent_filter)) &&
	       (!user_filter ||
		passes_set(&filter_users, FIELD(leader, real_cred, uid.val), user_filter));
}

/* The name of the thread with with_threads, else that of the process. */
static __always_inline bool passes_name_filter(struct task_struct *task,
					       struct task_struct *leader)
{
	char name[COMM_LEN] __attribute__((aligned(8)));

	if (!has_name_filter)
		return true;
	copy_comm(name, with_threads ? task : leader);
	return is_name_accepted(name);
}
