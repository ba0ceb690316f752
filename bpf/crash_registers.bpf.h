/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The registers and the fault of a crashed thread, and of what a signal handler interrupted. */
#pragma once

#include "crash_mappings.bpf.h"
#include "crash_stack.bpf.h"
#include "siginfo.h"
#include "syscall.bpf.h"

#define X86_SP 7		/* DWARF's numbers of registers */
#define X86_IP 16
#define ARM64_SP 31
#define ARM64_PC 32
#define ARM32_SP 13	/* arch/arm64/include/asm/ptrace.h: compat_sp */
#define X86_USER32_CS 0x23	/* arch/x86/include/asm/segment.h: __USER32_CS */
#define SIGNAL_FRAME_WORDS 30	/* up to cr2: struct rt_sigframe of arch/x86 */

static __always_inline void fill_x86_registers(struct crash_record *record, u64 address)
{
	struct pt_regs___x86_all *from = (void *)address;
	u64 *to = record->context.registers;

	to[0] = BPF_CORE_READ(from, ax);
	to[1] = BPF_CORE_READ(from, dx);
	to[2] = BPF_CORE_READ(from, cx);
	to[3] = BPF_CORE_READ(from, bx);
	to[4] = BPF_CORE_READ(from, si);
	to[5] = BPF_CORE_READ(from, di);
	to[6] = BPF_CORE_READ(from, bp);
	to[X86_SP] = BPF_CORE_READ(from, sp);
	to[8] = BPF_CORE_READ(from, r8);
	to[9] = BPF_CORE_READ(from, r9);
	to[10] = BPF_CORE_READ(from, r10);
	to[11] = BPF_CORE_READ(from, r11);
	to[12] = BPF_CORE_READ(from, r12);
	to[13] = BPF_CORE_READ(from, r13);
	to[14] = BPF_CORE_READ(from, r14);
	to[15] = BPF_CORE_READ(from, r15);
	to[X86_IP] = BPF_CORE_READ(from, ip);
	if (BPF_CORE_READ(from, cs) == X86_USER32_CS)
		record->flags |= CRASH_IS_32BIT;
}

static __always_inline void fill_fault(struct crash_context *context, struct task_struct *task)
{
	context->trap = context->error_code = context->fault_address = 0;
	if (bpf_core_field_exists(struct thread_struct___x86, trap_nr)) {
		struct task_struct___fault_x86 *x86 = (void *)task;

		context->trap = BPF_CORE_READ(x86, thread.trap_nr);
		context->error_code = BPF_CORE_READ(x86, thread.error_code);
		context->fault_address = BPF_CORE_READ(x86, thread.cr2);
	} else if (bpf_core_field_exists(struct thread_struct___arm64, fault_address)) {
		struct task_struct___fault_arm64 *arm64 = (void *)task;

		context->error_code = BPF_CORE_READ(arm64, thread.fault_code);
		context->fault_address = BPF_CORE_READ(arm64, thread.fault_address);
	}
}

/* Fills in the registers. Sets the stack pointer and the instruction pointer. */
static __always_inline void fill_registers(struct crash_record *record, struct task_struct *task,
					   u64 *sp, u64 *ip)
{
	u64 address = user_registers((u64)BPF_CORE_READ(task, stack));
	u64 *to = record->context.registers;

	if (is_x86()) {
		fill_x86_registers(record, address);
		*sp = to[X86_SP];
		*ip = to[X86_IP];
	} else {
		struct pt_regs___arm64_all *from = (void *)address;

		bpf_probe_read_kernel(to, 31 * 8, &from->regs);
		*sp = to[ARM64_SP] = BPF_CORE_READ(from, sp);
		*ip = to[ARM64_PC] = BPF_CORE_READ(from, pc);
		if (BPF_CORE_READ(from, pstate) & PSR_MODE32_BIT) {
			record->flags |= CRASH_IS_32BIT;
			*sp = to[ARM64_SP] = to[ARM32_SP];
		}
	}
	fill_fault(&record->context, task);
}

/* Returns where the handler of a signal returns to; 0: none, or on this architecture unknown. */
static __always_inline u64 restorer_of(struct task_struct *task, int signal)
{
	void *action = BPF_CORE_READ(task, sighand);
	u64 restorer = 0;

	if (!bpf_core_field_exists(struct sigaction___restorer, sa_restorer))
		return 0;
	action += bpf_core_field_offset(struct sighand_struct, action);
	action += (u64)(signal - 1) * bpf_core_type_size(struct k_sigaction);
	bpf_probe_read_kernel(&restorer, sizeof(restorer),
			      action + bpf_core_field_offset(struct sigaction___restorer, sa_restorer));
	return restorer;
}

/*
 * If the thread is on its alternate stack, it may have crashed in the handler of an earlier fault,
 * and the interrupted frames are on another stack. Fills in what the signal frame says. Returns
 * the interrupted stack pointer; 0: there is no such frame.
 */
VERIFY_ONCE u64 fill_inner(u64 task_address, u64 mm, u64 sp)
{
	struct task_struct___crash *task = (void *)task_address;
	struct crash_scratch *s = crash_scratch();
	u64 start = BPF_CORE_READ(task, sas_ss_sp), size = BPF_CORE_READ(task, sas_ss_size);
	struct crash_context *inner;
	u64 frame, *saved, *to;

	if (!s || !is_x86() || !s->record.restorer || !size || sp - start >= size)
		return 0;
	frame = find_signal_frame(sp & ~7ULL, start + size, s->record.restorer);
	if (!frame || bpf_probe_read_user(s->words, SIGNAL_FRAME_WORDS * 8, (void *)frame))
		return 0;
	s->record.inner_frame = frame;
	inner = &s->record.inner;
	to = inner->registers;
	/* struct sigcontext_64: r8-r15 di si bp bx dx ax cx sp ip flags cs err trapno mask cr2 */
	saved = s->words + 6;
	for (int i = 0; i < 8; i++)
		to[8 + i] = saved[i];
	to[5] = saved[8];
	to[4] = saved[9];
	to[6] = saved[10];
	to[3] = saved[11];
	to[1] = saved[12];
	to[0] = saved[13];
	to[2] = saved[14];
	to[X86_SP] = saved[15];
	to[X86_IP] = saved[16];
	inner->error_code = saved[19];
	inner->trap = saved[20];
	inner->fault_address = saved[22];
	fill_mapping(&inner->stack, find_mapping(mm, inner->registers[X86_SP]));
	return inner->registers[X86_SP];
}
