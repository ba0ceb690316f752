/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Facts that init_tracer_context finds once; 0 if it did not run. */
#pragma once

#include "compat.bpf.h"

/* the tracer's root directory, where the paths that it prints begin */
static u64 root_mount, root_dentry;

/* addresses of kernel functions; 0: kernel.kptr_restrict hides them */
static u64 out_of_memory_addr, mem_cgroup_out_of_memory_addr;

/* address of the array with the offset of each CPU's variables; 0: hidden, or not needed */
static u64 per_cpu_offset_addr;
