// SPDX-License-Identifier: MIT
/*
 * Signal frames, which the kernel puts on the stack for a handler: struct rt_sigframe of
 * arch/x86/include/asm/sigframe.h and arch/arm64/kernel/signal.c. For those of 32-bit processes see
 * unwind_32.c.
 */
#include <string.h>
#include "unwind.h"

struct signal_frame first_signal;

#ifdef __aarch64__
#define SIGINFO 0
#define CONTEXT 304		/* struct sigcontext: the fault address, then the registers */
#define RECORDS 288		/* in it: each a magic number and its size, then its data */
#define MAX_RECORDS 8
#define MAX_RECORD_BYTES 4096
#define SYNDROME_MAGIC 0x45535201 /* ESR_MAGIC of arch/arm64/include/uapi/asm/sigcontext.h */
/* mov x8, #139; svc #0 */
static const uint8_t signal_return[] = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 };

/* Reads the syndrome of the fault, which says whether it was a write. */
static void read_syndrome(struct unwinder *u, uint64_t at)
{
	struct {
		uint32_t magic, bytes;
	} head;

	for (int i = 0; i < MAX_RECORDS; i++) {
		if (read_stack(u, at, &head, sizeof(head)) || head.bytes < sizeof(head) ||
		    head.bytes > MAX_RECORD_BYTES)
			return;
		if (head.magic == SYNDROME_MAGIC) {
			read_stack(u, at + sizeof(head), &first_signal.error_code, 8);
			return;
		}
		at += head.bytes;
	}
}

static int restore_registers(struct unwinder *u, uint64_t frame)
{
	uint64_t registers[CRASH_REGISTERS];

	if (read_stack(u, frame + CONTEXT + 8, registers, sizeof(registers)) ||
	    read_stack(u, frame + CONTEXT, &first_signal.fault_address, 8))
		return -1;
	memcpy(u->registers, registers, sizeof(registers));
	read_syndrome(u, frame + CONTEXT + RECORDS);
	return 0;
}
#else
#define SIGINFO 312		/* from the return address on; it follows struct ucontext */
#define CONTEXT 48		/* struct sigcontext_64 */
/* mov $15, %rax; syscall */
static const uint8_t signal_return[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 };
/* the same in musl: mov $15, %eax; syscall */
static const uint8_t short_return[] = { 0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 };

static int restore_registers(struct unwinder *u, uint64_t frame)
{
	/* r8-r15 di si bp bx dx ax cx sp ip, flags, cs, error_code, trap, mask, cr2 */
	static const uint8_t order[17] = { 13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16 };
	uint64_t saved[23];

	if (read_stack(u, frame + CONTEXT, saved, sizeof(saved)))
		return -1;
	for (int i = 0; i < 17; i++)
		u->registers[i] = saved[order[i]];
	first_signal.error_code = saved[19];
	first_signal.trap = saved[20];
	first_signal.fault_address = saved[22];
	return 0;
}
#endif

int is_signal_return(struct unwinder *u, uint64_t address)
{
	struct place place;
	uint8_t code[sizeof(signal_return)];

	if (u->record->restorer && address == u->record->restorer)
		return 1;
	find_place(u, address, &place);
	if (u->is_32)
		return is_signal_return_32(&place);
	if (!place.file || elf_read(place.file, place.offset, code, sizeof(code)))
		return 0;
#ifndef __aarch64__
	if (!memcmp(code, short_return, sizeof(short_return)))
		return 1;
#endif
	return !memcmp(code, signal_return, sizeof(code));
}

/* Reads the siginfo in a 64-bit frame; a handler without SA_SIGINFO has none. */
static void read_siginfo(struct unwinder *u, uint64_t frame)
{
	struct {
		int32_t signal, error, code, pad;
		uint64_t address;
	} info;

	if (read_stack(u, frame + SIGINFO, &info, sizeof(info)) || info.signal < 1 ||
	    info.signal > 64)
		return;
	first_signal.signal = info.signal;
	first_signal.code = info.code;
	first_signal.address = info.address;
}

int restore_interrupted(struct unwinder *u)
{
	struct signal_frame before = first_signal;
	uint64_t frame = u->registers[SP];

#ifndef __aarch64__
	/* the return address, with which the frame begins, is below the stack pointer */
	frame -= u->word_bytes;
#endif
	if (u->is_32 ? restore_interrupted_32(u, frame) : restore_registers(u, frame))
		return -1;
	/* the innermost frame is the last fault; that of an outer one is older */
	if (before.sp) {
		first_signal = before;
		return 0;
	}
	first_signal.sp = u->registers[SP];
	if (!u->is_32)
		read_siginfo(u, frame);
	return 0;
}
