/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Recognizes daemons that kill processes when memory runs short, before the kernel's OOM killer
 * does, by their executable. Container runtimes and kubelet are not among them: they mostly kill to
 * stop a container.
 */
#pragma once

#include "compat.bpf.h"

union file_name {
	char text[16];
	u64 words[2];
};

static __always_inline bool is_equal(const union file_name *name, union file_name other)
{
	return name->words[0] == other.words[0] && name->words[1] == other.words[1];
}

/* Returns true if the executable of the current process is an OOM daemon that root installed. */
static bool is_oom_daemon(struct task_struct *current)
{
	struct file *exe = BPF_CORE_READ(current, mm, exe_file);
	union file_name name = {};

	if (!exe)
		return false;
	bpf_probe_read_kernel_str(name.text, sizeof(name),
				  BPF_CORE_READ(exe, f_path.dentry, d_name.name));
	return (is_equal(&name, (union file_name){ "systemd-oomd" }) ||
		is_equal(&name, (union file_name){ "earlyoom" }) ||
		is_equal(&name, (union file_name){ "oomd" })) &&
	       BPF_CORE_READ(exe, f_inode, i_uid.val) == 0;
}
