// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A function of the kernel, at its entry and at its exit, with what it returned. */
#include "marked.bpf.h"
#include "functions.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

#ifdef __TARGET_ARCH_x86
#define CALLED "__x64_sys_getpriority"
#else
#define CALLED "__arm64_sys_getpriority"
#endif

SEC("fentry/" CALLED)
int BPF_PROG(entry, const struct pt_regs *regs)
{
	return PT_REGS_PARM1_CORE_SYSCALL(regs) == MARK ? tell(PT_REGS_PARM2_CORE_SYSCALL(regs), 1) : 0;
}

SEC("fexit/" CALLED)
int BPF_PROG(leave, const struct pt_regs *regs, long result)
{
	return PT_REGS_PARM1_CORE_SYSCALL(regs) == MARK ? tell(PT_REGS_PARM2_CORE_SYSCALL(regs), result) : 0;
}
