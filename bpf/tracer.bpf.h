/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the recorder's look_around() finds out, once, before anything is attached; 0 where it did not run. */
#ifndef __TRACER_BPF_H
#define __TRACER_BPF_H

/* the tracer's root directory, where the paths that it prints begin */
static u64 root_mount, root_dentry;

/* functions of the kernel, where it shows them to us (kernel.kptr_restrict) */
static u64 out_of_memory_code, memcg_out_of_memory_code;

#endif
