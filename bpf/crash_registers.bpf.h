/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The registers and the fault of a crashed thread, and of what a signal handler interrupted. */
#pragma once

#include "crash_mappings.bpf.h"
#include "crash_stack.bpf.h"
#include "siginfo.h"
#include "syscall.bpf.h"

#define X86_SP 7		/* DWARF's numbers of registers */
#define X86_IP 16
#define ARM64_FP 29
#define ARM64_SP 31
#define ARM64_PC 32
#define ARM32_SP 13	/* arch/arm64/include/asm/ptrace.h: compat_sp */
#define X86_USER32_CS 0x23	/* arch/x86/include/asm/segment.h: __USER32_CS */
#define X86_FRAME_WORDS 30	/* up to cr2: struct rt_sigframe of arch/x86 */
#define ARM64_UC_STACK 144	/* in struct rt_sigframe of arch/arm64, where the search finds it */
#define ARM64_FRAME_X0 21	/* the index of x0 in the words from there on */
#define ARM64_FRAME_WORDS 54	/* up to pc */
#define ARM64_FRAME_RECORD 16	/* struct frame_record of arch/arm64: the interrupted fp and lr */
#define MAX_FALSE_FRAMES 8	/* copies of the alternate stack's address outside of the frame */

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
 * Finds the innermost signal frame by the return address of the handler, and fills in the
 * registers in it. Returns its address, or 0.
 */
static __always_inline u64 fill_x86_inner(struct crash_scratch *s, u64 sp, u64 end)
{
	u64 frame, *saved, *to = s->record.inner.registers;

	if (!s->record.restorer)
		return 0;
	frame = find_frame_word(sp & ~7ULL, end, s->record.restorer);
	if (!frame || bpf_probe_read_user(s->words, X86_FRAME_WORDS * 8, (void *)frame))
		return 0;
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
	s->record.inner.error_code = saved[19];
	s->record.inner.trap = saved[20];
	s->record.inner.fault_address = saved[22];
	return frame;
}

/*
 * Returns true if a word that equals the start of the alternate stack is uc_stack.ss_sp of the
 * signal frame with which the kernel switched to that stack. get_sigframe() of
 * arch/arm64/kernel/signal.c then puts a frame record at the end of the stack, with the
 * interrupted fp and lr. Leaves the frame in `words`, from uc_stack on.
 */
VERIFY_ONCE int is_arm64_frame(u64 word_address, u64 start, u64 size)
{
	struct crash_scratch *s = crash_scratch();
	u64 record[2], *registers;

	if (!s || is_x86() ||
	    bpf_probe_read_user(s->words, ARM64_FRAME_WORDS * 8, (void *)word_address) ||
	    bpf_probe_read_user(record, sizeof(record),
				(void *)((start + size - ARM64_FRAME_RECORD) & ~15ULL)))
		return false;
	/* ss_sp ss_flags ss_size, sigmask and its padding, fault_address, x0-x30, sp, pc */
	registers = s->words + ARM64_FRAME_X0;
	return s->words[2] == size && registers[ARM64_FP] == record[0] &&
	       registers[ARM64_LR] == record[1] && registers[ARM64_SP] - start >= size;
}

/* Finds the signal frame of arm64, and leaves it in `words`. Returns its address, or 0. */
VERIFY_ONCE u64 find_arm64_frame(u64 sp, u64 start, u64 size)
{
	u64 from = sp & ~7ULL;

	if (is_x86())
		return 0;
	for (int i = 0; i < MAX_FALSE_FRAMES; i++) {
		u64 found = find_frame_word(from, start + size, start);

		if (!found)
			return 0;
		if (is_arm64_frame(found, start, size))
			return found - ARM64_UC_STACK;
		from = found + 8;
	}
	return 0;
}

/*
 * Finds the signal frame by the address of the alternate stack in it, and fills in the registers.
 * The handler's return address may be in a register alone; the size of the frame varies.
 * Returns its address, or 0.
 */
static __always_inline u64 fill_arm64_inner(struct crash_scratch *s, u64 sp, u64 start, u64 size)
{
	struct crash_context *inner = &s->record.inner;
	u64 frame;

	/* a 32-bit process has another struct rt_sigframe, and its stack is not unwound */
	if (s->record.flags & CRASH_IS_32BIT)
		return 0;
	frame = find_arm64_frame(sp, start, size);
	if (!frame)
		return 0;
	for (int i = 0; i <= ARM64_PC; i++)
		inner->registers[i] = s->words[ARM64_FRAME_X0 + i];
	inner->error_code = inner->trap = 0;
	inner->fault_address = s->words[ARM64_FRAME_X0 - 1];
	return frame;
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
	u64 frame, inner_sp;

	if (!s || !size || sp - start >= size)
		return 0;
	frame = is_x86() ? fill_x86_inner(s, sp, start + size) :
			   fill_arm64_inner(s, sp, start, size);
	if (!frame)
		return 0;
	s->record.inner_frame = frame;
	inner = &s->record.inner;
	inner_sp = inner->registers[is_x86() ? X86_SP : ARM64_SP];
	fill_mapping(&inner->stack, find_mapping(mm, inner_sp));
	return inner_sp;
}
