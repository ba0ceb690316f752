// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Traces a kernel function at its entry and at its exit, with the value that it returned. */
#include "marked.bpf.h"
#include "fentry.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#ifdef __TARGET_ARCH_x86
#define CALLED "__x64_sys_getpriority"
#else
#define CALLED "__arm64_sys_getpriority"
#endif

SEC("fentry/" CALLED)
int BPF_PROG(entry, const struct pt_regs *regs)
{
	if (PT_REGS_PARM1_CORE_SYSCALL(regs) != MARK)
		return 0;
	return emit(PT_REGS_PARM2_CORE_SYSCALL(regs), 1);
}

SEC("fexit/" CALLED)
int BPF_PROG(leave, const struct pt_regs *regs, long result)
{
	if (PT_REGS_PARM1_CORE_SYSCALL(regs) != MARK)
		return 0;
	return emit(PT_REGS_PARM2_CORE_SYSCALL(regs), result);
}
