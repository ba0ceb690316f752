// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Raw tracepoints: with untyped arguments, and with arguments from BTF. */
#include "marked.bpf.h"
#include "raw-tracepoints.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#ifdef __TARGET_ARCH_x86
#define GETPRIORITY 140
#else
#define GETPRIORITY 141
#endif

SEC("raw_tp/sys_enter")
int raw(struct bpf_raw_tracepoint_args *args)
{
	struct pt_regs *regs = (struct pt_regs *)args->args[0];

	if (args->args[1] != GETPRIORITY || PT_REGS_PARM1_CORE_SYSCALL(regs) != MARK)
		return 0;
	return emit(PT_REGS_PARM2_CORE_SYSCALL(regs), 1);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(typed, struct pt_regs *regs, long id)
{
	if (id != GETPRIORITY || PT_REGS_PARM1_CORE_SYSCALL(regs) != MARK)
		return 0;
	return emit(PT_REGS_PARM2_CORE_SYSCALL(regs), 2);
}
