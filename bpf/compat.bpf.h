/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Differences between kernels and between verifiers, behind names that the other headers use. */
#pragma once

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "settings.bpf.h"

/*
 * The verifier knows the types of a tp_btf program's arguments, so reading a field is a load. A
 * kernel without BTF (NO_KERNEL_BTF) only has raw_tp programs. Their arguments are addresses, and
 * each pointer on the way to a field costs a call of bpf_probe_read_kernel().
 */
#ifdef NO_KERNEL_BTF
#define TRACEPOINT(name) "raw_tp/" name
#define FIELD(object, ...) BPF_CORE_READ(object, __VA_ARGS__)
#else
#define TRACEPOINT(name) "tp_btf/" name
#define FIELD(object, ...) ___arrow((object), __VA_ARGS__)
#endif

/* Defines a map. Keys and values have BTF, so that bpftool can print them. */
#define MAP(name, map_type, entries, key_type, value_type) \
	struct { \
		__uint(type, BPF_MAP_TYPE_##map_type); \
		__uint(max_entries, entries); \
		__type(key, key_type); \
		__type(value, value_type); \
	} name SEC(".maps")

/*
 * Defines a map that the package for ecli does not have, because its settings disable all code that
 * uses the map. There it is a variable that the compiler removes.
 */
#ifdef ECLI_PACKAGE
#define RECORDER_MAP(name, map_type, entries, key_type, value_type) \
	static struct { value_type *value; } name __attribute__((unused))
#else
#define RECORDER_MAP MAP
#endif

#ifdef NO_KERNEL_BTF
#define as_untrusted(task) (task)
#else
/* a kernel function since Linux 6.2 */
extern void *bpf_rdonly_cast(const void *object, u32 type) __ksym __weak;

/*
 * Returns the same task as an untrusted pointer. Whenever a trusted pointer leads to another
 * object, the verifier searches all types of the kernel for whether that object is trusted as
 * well. That happens 15 times in record_exit and takes 6 ms in all.
 */
static __always_inline struct task_struct *as_untrusted(struct task_struct *task)
{
	return task_struct_btf_id && bpf_ksym_exists(bpf_rdonly_cast) ?
		       bpf_rdonly_cast(task, task_struct_btf_id) :
		       task;
}
#endif

/*
 * Always 0, but the verifier cannot know that. It checks the body of a loop once for each distinct
 * state of the variables, such as a count of 3 and a count of 4. Adding this to a variable makes
 * its value unknown and all states equal, which reduces the time to load to a tenth.
 */
static volatile u64 opaque_zero;

/*
 * Limits a variable to a mask in a way that the verifier sees. The barrier keeps the value in one
 * register: clang may check a copy of it, and older verifiers forget the bound of a spilled value.
 */
#define BOUND(variable, mask) \
	do { \
		barrier_var(variable); \
		(variable) &= (mask); \
	} while (0)

/*
 * The verifier checks a global function once, with unknown arguments. A static or inlined one it
 * checks again for each call, and for each iteration of the loop that the call is in. Addresses in
 * the kernel are passed as u64, because a global function cannot take a pointer to a kernel type.
 */
#define VERIFY_ONCE __noinline

/* Returns true if the exit tracepoint has group_dead: since about Linux 6.16. */
static __always_inline bool has_group_dead(void)
{
	return bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead);
}

/* Returns true if the exit tracepoint fires before exit_mm(): since the same version. */
static __always_inline bool has_mm_at_exit(void)
{
	return has_group_dead();
}

/* Returns true if there is bpf_get_current_task_btf(): since Linux 5.11. */
static __always_inline bool has_current_task_btf(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf);
}
