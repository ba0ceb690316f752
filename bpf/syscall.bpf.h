/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Reads the system call that the current task is in. The kernel also generates signals in the
 * context of a process that only writes to a file or exits, on behalf of another process: the call
 * separates these signals from those that the current process sends.
 */
#pragma once

#include "compat.bpf.h"

#define MIN_THREAD_SIZE (16 * 1024)	/* bytes of a kernel stack on x86-64 and arm64 */
#define FRED_PADDING 16			/* arch/x86/include/asm/thread_info.h */
#define TS_COMPAT 0x0002		/* asm/thread_info.h: the call has an i386 number */
#define PSR_MODE32_BIT 0x10		/* arch/arm64/include/uapi/asm/ptrace.h: a 32-bit process */
#define X32_SYSCALL_BIT 0x40000000
#define NO_SYSCALL ~0U

enum abi { ABI_X86_64, ABI_I386, ABI_ARM64, ABI_ARM };

enum call_kind {
	CALL_NONE,	/* the task is in no system call */
	CALL_OTHER,
	CALL_SENDS_SECOND,	/* sends the signal in its second argument */
	CALL_SENDS_THIRD,
	CALL_WAIT,
	CALL_PTRACE,
	CALL_REBOOT,
	CALL_EXEC,
};

struct syscall {
	int kind;		/* enum call_kind */
	u32 second, third;	/* the lower halves of these arguments */
	u64 stack;		/* start of the task's kernel stack */
	u64 registers;		/* user-space registers, at the end of that stack */
};

static bool is_user_mode(u64 registers)
{
	return (BPF_CORE_READ((struct pt_regs___x86 *)registers, cs) & 3) == 3;
}

/*
 * Returns the address of the saved user-space registers. The helper needs Linux 5.15 and the
 * kernel's own BTF.
 */
static u64 user_registers(u64 stack)
{
	u64 size = page_size > MIN_THREAD_SIZE ? page_size : MIN_THREAD_SIZE, registers;

#ifndef NO_KERNEL_BTF
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)) {
		u64 typed = bpf_task_pt_regs(bpf_get_current_task_btf());

		/* the verifier allows arithmetic on a number, not on this pointer */
		bpf_probe_read_kernel(&registers, sizeof(registers), &typed);
		return registers;
	}
#endif
	registers = stack + size - bpf_core_type_size(struct pt_regs___x86 /* or arm64's */);
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax) && !is_user_mode(registers))
		registers -= FRED_PADDING;
	return registers;
}

/* Returns the call_kind of a system call by its number in an ABI. */
VERIFY_ONCE int kind_of_call(u32 abi, u32 number)
{
#define CALL(x86_64, i386, arm64, arm) \
	(number == (abi == ABI_X86_64 ? (x86_64) : \
		    abi == ABI_I386   ? (i386) : \
		    abi == ABI_ARM64  ? (arm64) : \
					(arm)))
	if (number == NO_SYSCALL)
		return CALL_NONE;
	/* kill, tkill, rt_sigqueueinfo, its x32 number, and pidfd_send_signal */
	if (CALL(62, 37, 129, 37) || CALL(200, 238, 130, 238) || CALL(129, 178, 138, 178) ||
	    CALL(524, 178, 138, 178) || number == 424)
		return CALL_SENDS_SECOND;
	/* tgkill, rt_tgsigqueueinfo, and its x32 number */
	if (CALL(234, 270, 131, 268) || CALL(297, 335, 240, 363) || CALL(536, 335, 240, 363))
		return CALL_SENDS_THIRD;
	/* wait4, waitid, its x32 number, and i386's waitpid */
	if (CALL(61, 114, 260, 114) || CALL(247, 284, 95, 280) || CALL(529, 7, 95, 280))
		return CALL_WAIT;
	if (CALL(101, 26, 117, 26) || CALL(521, 26, 117, 26))
		return CALL_PTRACE;
	if (CALL(169, 88, 142, 88))
		return CALL_REBOOT;
	/* execve, execveat, and their x32 numbers */
	if (CALL(59, 11, 221, 11) || CALL(322, 358, 281, 387) || CALL(520, 11, 221, 11) ||
	    CALL(545, 358, 281, 387))
		return CALL_EXEC;
	return CALL_OTHER;
#undef CALL
}

static void read_x86(struct syscall *call, struct task_struct *task)
{
	struct pt_regs___x86 *registers = (void *)call->registers;
	u32 status = BPF_CORE_READ((struct task_struct___x86 *)task, thread_info.status);
	bool is_compat = status & TS_COMPAT;
	/* exceptions and interrupts store -1 in it */
	u32 number = BPF_CORE_READ(registers, orig_ax);

	/* a kernel thread, or a worker of io_uring */
	if (!is_user_mode(call->registers))
		number = NO_SYSCALL;
	if (number != NO_SYSCALL)
		number &= ~X32_SYSCALL_BIT;
	call->kind = kind_of_call(is_compat ? ABI_I386 : ABI_X86_64, number);
	call->second = is_compat ? BPF_CORE_READ(registers, cx) : BPF_CORE_READ(registers, si);
	call->third = BPF_CORE_READ(registers, dx);
}

static void read_arm64(struct syscall *call)
{
	struct pt_regs___arm64 *registers = (void *)call->registers;
	bool is_compat = BPF_CORE_READ(registers, pstate) & PSR_MODE32_BIT;

	call->kind = kind_of_call(is_compat ? ABI_ARM : ABI_ARM64,
				  BPF_CORE_READ(registers, syscallno));
	call->second = BPF_CORE_READ(registers, regs[1]);
	call->third = BPF_CORE_READ(registers, regs[2]);
}

static void read_syscall(struct syscall *call, struct task_struct *task)
{
	call->kind = CALL_NONE;
	call->stack = (u64)BPF_CORE_READ(task, stack);
	call->registers = user_registers(call->stack);
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		read_x86(call, task);
	else if (bpf_core_field_exists(struct pt_regs___arm64, syscallno))
		read_arm64(call);
}

/* Returns true if the address is on the task's own kernel stack. Interrupts use other stacks. */
static bool is_on_stack(const struct syscall *call, u64 address)
{
	return address - call->stack < call->registers - call->stack;
}

/* Returns true if the call sends that signal. */
static bool sends_signal(const struct syscall *call, int signal)
{
	return (call->kind == CALL_SENDS_SECOND && call->second == signal) ||
	       (call->kind == CALL_SENDS_THIRD && call->third == signal);
}
