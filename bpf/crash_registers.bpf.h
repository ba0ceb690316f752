/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The registers and the fault of a crashed thread, and where the stack goes on that it left. */
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
#define X86_USER_CS 0x33
#define X86_USER_DS 0x2b
#define ARM64_FRAME_X0 21	/* the index of x0 in the words of a signal frame from uc_stack on */
#define ARM64_FRAME_WORDS 53	/* up to sp */
#define ARM64_FRAME_RECORD 16	/* struct frame_record of arch/arm64: the interrupted fp and lr */
#define MAX_FALSE_FRAMES 8	/* found words that are not in the signal frame */

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
 * Each of the next three functions takes the address of a word on the alternate stack that
 * find_frame_word() has found, and returns the interrupted stack pointer if the word is in the
 * signal frame with which the kernel switched to that stack; 0: it is not. The frames of signals
 * that came later have a stack pointer on the alternate stack itself.
 */

/* The word is uc_stack.ss_sp of struct rt_sigframe of arch/x86/include/asm/sigframe.h. */
VERIFY_ONCE u64 x86_interrupted_sp(u64 found, u64 start, u64 size)
{
	struct crash_scratch *s = crash_scratch();

	/* sp flags size of the stack, then r8-r15 di si bp bx dx ax cx sp ip flags cs */
	if (!s || bpf_probe_read_user(s->words, 22 * 8, (void *)found) || s->words[2] != size ||
	    (s->words[21] & 0xffff) != X86_USER_CS || s->words[18] - start < size)
		return 0;
	return s->words[18];
}

/*
 * The upper half of the word is a data segment in struct sigframe_ia32 or rt_sigframe_ia32, of
 * which the former has no uc_stack. Both are aligned so that it is ds in the latter, es in the
 * former.
 */
VERIFY_ONCE u64 ia32_interrupted_sp(u64 found, u64 start, u64 size)
{
	struct crash_scratch *s = crash_scratch();

	if (!s || bpf_probe_read_user(s->words, 10 * 8, (void *)(found - 8)))
		return 0;
	for (int i = 0; i < 2; i++) {
		/* gs fs es ds di si bp sp bx dx cx ax trap error ip cs flags sp_at_signal */
		u32 *context = (u32 *)s->words + i;

		if (context[7] == context[17] && context[15] == X86_USER32_CS &&
		    context[7] - start >= size)
			return context[7];
	}
	return 0;
}

/*
 * The word is uc_stack.ss_sp of struct rt_sigframe of arch/arm64/kernel/signal.c, whose
 * get_sigframe() puts a frame record at the end of the stack, with the interrupted fp and lr.
 */
VERIFY_ONCE u64 arm64_interrupted_sp(u64 found, u64 start, u64 size)
{
	struct crash_scratch *s = crash_scratch();
	u64 record[2], *registers;

	if (!s || bpf_probe_read_user(s->words, ARM64_FRAME_WORDS * 8, (void *)found) ||
	    bpf_probe_read_user(record, sizeof(record),
				(void *)((start + size - ARM64_FRAME_RECORD) & ~15ULL)))
		return 0;
	/* sp flags size of the stack, the signal mask, the fault address, x0-x30, sp */
	registers = s->words + ARM64_FRAME_X0;
	if (s->words[2] != size || registers[ARM64_FP] != record[0] ||
	    registers[ARM64_LR] != record[1] || registers[ARM64_SP] - start < size)
		return 0;
	return registers[ARM64_SP];
}

static __always_inline u64 interrupted_sp_at(u64 found, u64 start, u64 size, bool is_32bit)
{
	if (!is_x86())
		return arm64_interrupted_sp(found, start, size);
	return is_32bit ? ia32_interrupted_sp(found, start, size) :
			  x86_interrupted_sp(found, start, size);
}

/*
 * If the thread is on its alternate stack, it has crashed in the handler of a signal, whose frame
 * has the stack pointer of the interrupted functions. Returns that; 0: there is no such frame.
 */
VERIFY_ONCE u64 find_interrupted_sp(u64 task_address, u64 sp)
{
	struct task_struct___crash *task = (void *)task_address;
	struct crash_scratch *s = crash_scratch();
	u64 start = BPF_CORE_READ(task, sas_ss_sp), size = BPF_CORE_READ(task, sas_ss_size);
	u64 from = sp & ~7ULL, word = start, mask = ~0ULL;
	bool is_32bit;

	if (!s || !size || sp - start >= size)
		return 0;
	is_32bit = s->record.flags & CRASH_IS_32BIT;
	if (is_32bit) {
		/* on arm64, the stack of a 32-bit process is not unwound */
		if (!is_x86())
			return 0;
		word = (u64)X86_USER_DS << 32;
		mask = 0xffffffffULL << 32;
	}
	for (int i = 0; i < MAX_FALSE_FRAMES; i++) {
		u64 found = find_frame_word(from, start + size, word, mask), interrupted;

		if (!found)
			return 0;
		interrupted = interrupted_sp_at(found, start, size, is_32bit);
		if (interrupted)
			return interrupted;
		from = found + 8;
	}
	return 0;
}
