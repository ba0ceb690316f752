/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Integers, enums and small types that the other kernel_types_*.h build on. */
#pragma once

typedef unsigned char __u8, u8;
typedef short int __s16, s16;
typedef short unsigned int __u16, u16;
typedef int __s32, s32;
typedef unsigned int __u32, u32;
typedef long long int __s64, s64;
typedef long long unsigned int __u64, u64;
typedef __u16 __be16;
typedef __u32 __be32, __wsum;
typedef __u64 __be64;

typedef int pid_t;
typedef unsigned int uid_t;
typedef _Bool bool;

enum { false = 0, true = 1 };

#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

/* include/uapi/linux/bpf.h: the context of a raw_tp program */
struct bpf_raw_tracepoint_args { __u64 args[0]; };

/* include/uapi/linux/bpf.h: CO-RE checks whether the running kernel has the helper */
enum bpf_func_id { BPF_FUNC_get_current_task_btf = 158, BPF_FUNC_task_pt_regs = 175 };

/* kernel/signal.c: since Linux 5.16 */
enum sig_handler { HANDLER_EXIT = 2 };

/* include/linux/cgroup_subsys.h: CO-RE replaces the values by those of the running kernel */
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
	devices_cgrp_id,
	freezer_cgrp_id,
	pids_cgrp_id,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic_long_t;
typedef struct { uid_t val; } kuid_t;
typedef struct { unsigned long sig[1]; } sigset_t;
struct list_head { struct list_head *next, *prev; };

#pragma clang attribute pop
