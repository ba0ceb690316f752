// SPDX-License-Identifier: MIT
/*
 * The vdso and the signal frames of 32-bit processes on x86-64. The vdso has the system calls and
 * the return from signal handlers, and its call frame information cannot be read: the kernel maps
 * it into 32-bit processes only.
 */
#include <string.h>
#include "unwind.h"

/* __kernel_vsyscall pushes ecx, edx and ebp: arch/x86/entry/vdso/vdso32/system_call.S. */
#define MAX_PUSHED_WORDS 3
/* struct sigframe_ia32 and rt_sigframe_ia32 of arch/x86/include/asm/sigframe.h */
#define CONTEXT 8
#define RT_POINTERS 8	/* of the siginfo and of the ucontext, for the handler */
#define RT_SIGINFO 16
#define RT_UCONTEXT 144
#define RT_CONTEXT 164
#define CONTEXT_WORDS 22
#define USER32_CS 0x23	/* __USER32_CS of arch/x86/include/asm/segment.h */

int step_from_vdso(struct unwinder *u)
{
	uint64_t saved_fp, word, target, sp = u->registers[SP];
	struct place caller;

	if (read_word(u, sp, &saved_fp))
		return 0;
	for (uint32_t pushed = 0; pushed <= MAX_PUSHED_WORDS; pushed++) {
		uint64_t next = sp + 4 * (pushed + 1);

		if (read_word(u, next - 4, &word))
			return 0;
		if (!follows_call(u, word, &caller, &target))
			continue;
		u->registers[IP] = word;
		u->registers[SP] = next;
		if (pushed)
			u->registers[FP] = saved_fp;
		return 1;
	}
	return 0;
}

int is_signal_return_32(const struct place *place)
{
	/* mov $173, %eax; int $0x80, and pop %eax; mov $119, %eax; int $0x80 */
	static const uint8_t rt_return[] = { 0xb8, 0xad, 0x00, 0x00, 0x00, 0xcd, 0x80 };
	static const uint8_t old_return[] = { 0x58, 0xb8, 0x77, 0x00, 0x00, 0x00, 0xcd, 0x80 };
	uint8_t code[sizeof(old_return)];

	/* no function of the vdso calls another one */
	if (place->module && place->module->record->flags & MODULE_IS_VDSO)
		return 1;
	return place->file && !elf_read(place->file, place->offset, code, sizeof(code)) &&
	       (!memcmp(code, rt_return, sizeof(rt_return)) ||
		!memcmp(code, old_return, sizeof(old_return)));
}

int restore_interrupted_32(struct unwinder *u, uint64_t frame)
{
	/* ax dx cx bx si di bp sp, in the order of `registers` */
	static const uint8_t order[8] = { 11, 9, 10, 8, 5, 4, 6, 7 };
	uint32_t pointers[2], saved[CONTEXT_WORDS], info[4];
	int has_siginfo = !read_stack(u, frame + RT_POINTERS, pointers, sizeof(pointers)) &&
			  pointers[0] == (uint32_t)(frame + RT_SIGINFO) &&
			  pointers[1] == (uint32_t)(frame + RT_UCONTEXT);

	/* a function of the vdso, and not a return from a handler, leaves other words there */
	if (read_stack(u, frame + (has_siginfo ? RT_CONTEXT : CONTEXT), saved, sizeof(saved)) ||
	    (saved[15] & 0xffff) != USER32_CS)
		return -1;
	for (int i = 0; i < 8; i++)
		u->registers[i] = saved[order[i]];
	u->registers[IP] = saved[14];
	first_signal.trap = saved[12];
	first_signal.error_code = saved[13];
	first_signal.fault_address = saved[21];
	if (!has_siginfo || read_stack(u, frame + RT_SIGINFO, info, sizeof(info)) || info[0] < 1 ||
	    info[0] > 64)
		return 0;
	first_signal.signal = info[0];
	first_signal.code = (int32_t)info[2];
	first_signal.address = info[3];
	return 0;
}
