/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the tracer cannot see by itself: run once, by the tracer, before anything is attached. Kernels before Linux 5.16 do not run
 * such a program; everything here is 0 then.
 */
#ifndef __TRACER_BPF_H
#define __TRACER_BPF_H

/* the tracer's root directory, where the paths that it prints begin */
static u64 root_mount, root_dentry;

/* functions of the kernel, where it shows them to us (kernel.kptr_restrict) */
static u64 out_of_memory_code, memcg_out_of_memory_code;

SEC("syscall")
int look_around(void *unused)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	char out_of_memory[] = "out_of_memory", memcg_out_of_memory[] = "mem_cgroup_out_of_memory";

	root_mount = (u64)BPF_CORE_READ(task, fs, root.mnt) - bpf_core_field_offset(struct mount, mnt);
	root_dentry = (u64)BPF_CORE_READ(task, fs, root.dentry);
	bpf_kallsyms_lookup_name(out_of_memory, sizeof(out_of_memory), 0, &out_of_memory_code);
	bpf_kallsyms_lookup_name(memcg_out_of_memory, sizeof(memcg_out_of_memory), 0, &memcg_out_of_memory_code);
	return 0;
}

#endif
