// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A kprobe on a system call; not every kernel allows breakpoints in its code. */
#include "marked.bpf.h"
#include "kprobes.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("ksyscall/getpriority")
int BPF_KSYSCALL(on_call, int which, int who)
{
	return which == MARK ? emit(who, 1) : 0;
}
