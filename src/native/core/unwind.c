// SPDX-License-Identifier: MIT
/*
 * Unwinds the stack of a crashed thread from the records of the crash. All input comes from the
 * process that crashed: every size is checked, every loop is limited. Not for two threads at once.
 */
#include <errno.h>
#include <string.h>
#include "../../../bpf/recorder.h"
#include "core.h"
#include "unwind.h"

/* The result. src/native/unwind.ts has the same order; each member is 8 bytes. */
struct unwind_frame {
	uint64_t ip, address;	/* address: in the file's own addresses, if has_address */
	uint64_t module;	/* index, or ~0 */
	uint64_t how;	/* enum frame_how */
	uint64_t has_address;
};
struct unwind_result {
	uint64_t frame_count, end; /* end: enum unwind_end */
	uint64_t signal_frame;	/* the index of the frame that a handler interrupted; 0: none */
	uint64_t first_signal, first_code, first_address, first_error_code, first_trap,
		first_fault_address, first_sp;
	struct unwind_frame frames[MAX_FRAMES];
	struct {
		uint64_t state, fd; /* enum file_state; fd: plus 1, 0: none */
		uint64_t build_id_bytes;
		uint8_t build_id[24]; /* of the open file */
	} modules[MAX_CRASH_MODULES];
};

/* DWARF's numbers on i386: eax ecx edx ebx esp ebp esi edi eip */
#define I386_REGISTERS 9
static const uint8_t i386_order[I386_REGISTERS] = { 0, 2, 1, 3, 7, 6, 4, 5, 16 };

/* Results of a step to the caller; others are an enum frame_how. */
#define NO_CALLER (-1)		/* the frame is the outermost one */
#define UNKNOWN_CALLER (-2)
#define CUT_CALLER (-3)		/* its frame is beyond the recorded part of the stack */

#define MAX_FRAME_BYTES (1 << 20) /* of a frame that is beyond the recorded part */

/* Returns the index of a register in `registers` by DWARF's number for the process. */
static uint32_t register_index(const struct unwinder *u, uint32_t number)
{
	if (!u->is_32)
		return number;
	return number < I386_REGISTERS ? i386_order[number] : CRASH_REGISTERS;
}

/* Computes a register of the caller. Returns 0 or -1. */
static int apply_rule(struct unwinder *u, struct elf_file *file, const struct frame_rule *rule,
		      const uint64_t *dwarf_registers, uint64_t cfa, uint64_t *value)
{
	uint64_t address;

	switch (rule->kind) {
	case RULE_OFFSET:
		return read_word(u, cfa + rule->value, value);
	case RULE_VALUE_OFFSET:
		*value = cfa + rule->value;
		return 0;
	case RULE_REGISTER:
		if (rule->value < 0 || rule->value >= CRASH_REGISTERS)
			return -1;
		*value = dwarf_registers[rule->value];
		return 0;
	case RULE_EXPRESSION:
		return evaluate(u, file, rule, dwarf_registers, &cfa, &address) ||
		       read_word(u, address, value);
	case RULE_VALUE_EXPRESSION:
		return evaluate(u, file, rule, dwarf_registers, &cfa, value);
	}
	return -1;
}

/* Returns true if a part of the stack up to an address was not recorded, but is likely to exist. */
static int is_cut_before(const struct unwinder *u, uint64_t address)
{
	uint64_t end = cut_stack_end(u, u->registers[SP]);

	return end && address > end && address - end < MAX_FRAME_BYTES;
}

/* Steps to the caller by .eh_frame. `is_exact`: ip is not a return address. */
static int step_by_call_frame(struct unwinder *u, const struct place *place, int is_exact)
{
	uint64_t dwarf_registers[CRASH_REGISTERS] = { 0 }, next[CRASH_REGISTERS], cfa;
	static struct frame_rules rules;
	uint32_t return_register;

	if (!place->file || find_frame_rules(place->file, place->address, &rules))
		return UNKNOWN_CALLER;
	return_register = rules.return_register;
	for (uint32_t i = 0; i < CRASH_REGISTERS; i++)
		if (register_index(u, i) < CRASH_REGISTERS)
			dwarf_registers[i] = u->registers[register_index(u, i)];
	if (rules.cfa.kind == RULE_VALUE_EXPRESSION) {
		if (evaluate(u, place->file, &rules.cfa, dwarf_registers, NULL, &cfa))
			return UNKNOWN_CALLER;
	} else if (rules.cfa_register < CRASH_REGISTERS) {
		cfa = dwarf_registers[rules.cfa_register] + rules.cfa.value;
	} else {
		return UNKNOWN_CALLER;
	}
	if (u->is_32)
		cfa = (uint32_t)cfa;
	if (return_register >= CRASH_REGISTERS)
		return UNKNOWN_CALLER;
	if (rules.registers[return_register].kind == RULE_UNDEFINED)
		return NO_CALLER;
#ifndef __aarch64__
	if (rules.registers[return_register].kind == RULE_SAME)
		return UNKNOWN_CALLER;
#endif
	memcpy(next, u->registers, sizeof(next));
	next[SP] = cfa;
	for (uint32_t i = 0; i < CRASH_REGISTERS; i++) {
		const struct frame_rule *rule = &rules.registers[i];
		uint32_t index = register_index(u, i);

		if (index >= CRASH_REGISTERS || rule->kind <= RULE_UNDEFINED)
			continue;
		if (apply_rule(u, place->file, rule, dwarf_registers, cfa, &next[index]))
			return is_cut_before(u, cfa) ? CUT_CALLER : UNKNOWN_CALLER;
	}
#ifdef __aarch64__
	next[IP] = without_signature(next[LR]);
	/* a function that has not saved its return address is not a caller */
	if (!is_exact && rules.registers[return_register].kind == RULE_SAME)
		return UNKNOWN_CALLER;
#else
	(void)is_exact;
#endif
	if (u->is_32)
		next[IP] = (uint32_t)next[IP];
	memcpy(u->registers, next, sizeof(next));
	return rules.is_signal_frame ? FROM_SIGNAL_FRAME : FROM_CALL_FRAME;
}

/* Returns true if the ip of a frame is not a return address, which may be after its function. */
static int is_exact_frame(int how)
{
	return how == FROM_REGISTERS || how == FROM_SIGNAL_FRAME;
}

/* Steps to the caller of a frame. Returns how it was found, or one of the above. */
static int step(struct unwinder *u, int how)
{
	uint64_t words = (uint64_t)u->word_bytes * MAX_SCANNED_WORDS;
	int is_exact = is_exact_frame(how), found;
	struct place place;

	if (!is_exact && is_context_end(u, u->registers[IP]))
		return NO_CALLER;
	find_place(u, u->registers[IP] - !is_exact, &place);
	found = step_by_call_frame(u, &place, is_exact);
	if (found != UNKNOWN_CALLER)
		return found;
	if (is_program_entry(&place))
		return NO_CALLER;
	if (is_exact && step_by_call(u, &place))
		return FROM_CALL;
	if (is_exact && u->is_32 && place.module &&
	    place.module->record->flags & MODULE_IS_VDSO && step_from_vdso(u))
		return FROM_SCAN;
	if (how == FROM_FRAME_POINTER && is_first_frame(u, u->registers[FP], u->registers[IP]))
		return NO_CALLER;
	found = step_by_frame_pointer(u, &place);
	if (found)
		return found;
	/* what a scan would find instead is left over from earlier calls */
	if (how == FROM_FRAME_POINTER && is_cut_before(u, u->registers[FP] + 2 * u->word_bytes))
		return CUT_CALLER;
	if (step_by_scan(u, &place))
		return FROM_SCAN;
	return is_cut_before(u, u->registers[SP] + words) ? CUT_CALLER : UNKNOWN_CALLER;
}

static void add_frame(struct unwinder *u, struct unwind_result *result, int how)
{
	struct unwind_frame *frame = &result->frames[result->frame_count++];
	int is_return = !is_exact_frame(how);
	struct place place;

	find_place(u, u->registers[IP] - is_return, &place);
	frame->ip = u->registers[IP];
	frame->how = how;
	frame->module = place.module ? (uint64_t)(place.module - u->modules) : ~0ULL;
	frame->address = place.address + is_return;
	frame->has_address = place.file != NULL;
}

/*
 * Returns true if a word that should be a return address may be written: it is in code. Any other
 * one, as after an overflow of a local array, is data of the process.
 */
static int is_in_code(struct unwinder *u, uint64_t address)
{
	/* the call may be the last instruction, and a signal handler returns to the first one */
	return module_at(u, address - 1) || module_at(u, address);
}

/* Adds the frames from the innermost one on. Returns why there are no more. */
static enum unwind_end unwind(struct unwinder *u, struct unwind_result *result)
{
	enum unwind_end unknown = END_UNKNOWN;
	int how = FROM_REGISTERS;

	memset(&first_signal, 0, sizeof(first_signal));
	for (;;) {
		int is_exact = is_exact_frame(how);
		uint64_t sp = u->registers[SP];

		if (is_exact || is_in_code(u, u->registers[IP]))
			add_frame(u, result, how);
		else
			unknown = END_UNRECORDED;
		if (result->frame_count == MAX_FRAMES)
			return END_CUT;
#ifdef __aarch64__
		/* of 32-bit processes, the registers have other numbers */
		if (u->is_32)
			return END_UNKNOWN;
#endif
		if (how != FROM_REGISTERS && is_signal_return(u, u->registers[IP])) {
			if (restore_interrupted(u))
				return unknown;
			if (!result->signal_frame)
				result->signal_frame = result->frame_count;
			how = FROM_SIGNAL_FRAME;
			continue;
		}
		how = step(u, how);
		if (elf_is_exhausted())
			return END_EXHAUSTED;
		if (how == NO_CALLER || (how >= 0 && !u->registers[IP]))
			return END_OUTERMOST;
		/* if the ring had no room for the rest, that is the reason */
		if (how == CUT_CALLER && !(u->flags & CRASH_STACK_DROPPED))
			return END_CUT;
		if (how < 0)
			return unknown;
		/* a handler's stack may be above the interrupted one */
		if (!is_exact && how != FROM_SIGNAL_FRAME && u->registers[SP] <= sp)
			return unknown;
	}
}

/*
 * Unwinds a crash. records: those of one crash, as in a batch. paths: for each crash_module, in
 * their order, the paths under which its file may be, each with a NUL, and then another NUL.
 * mounts: the ids of the mounts in which files may be opened, and then their devices. result: a
 * struct unwind_result, of `capacity` bytes; the caller closes the descriptors in it. Returns 0 or
 * -errno.
 */
API int unwind_crash(const uint8_t *records, uint32_t record_bytes, const uint8_t *paths,
		     uint32_t path_bytes, const void *mounts, uint32_t mount_count, void *result,
		     uint32_t capacity)
{
	struct unwind_result *out = result;
	static struct unwinder u;

	if (capacity < sizeof(*out))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	memset(&u, 0, sizeof(u));
	if (add_records(&u, records, record_bytes))
		return -EINVAL;
	add_paths(&u, (const char *)paths, path_bytes);
	if (mount_count)
		u.mounts = (struct mount_list){ mounts, (const uint32_t *)mounts + mount_count,
						mount_count };
	u.is_32 = (u.flags & CRASH_IS_32BIT) != 0;
	u.word_bytes = u.is_32 ? 4 : 8;
	memcpy(u.registers, u.record->context.registers, sizeof(u.registers));
	elf_start_work();
	out->end = unwind(&u, out);
	out->first_signal = first_signal.signal;
	out->first_code = (int64_t)first_signal.code;
	out->first_address = first_signal.address;
	out->first_error_code = first_signal.error_code;
	out->first_trap = first_signal.trap;
	out->first_fault_address = first_signal.fault_address;
	out->first_sp = first_signal.sp;
	for (uint32_t i = 0; i < u.module_count; i++) {
		out->modules[i].state = u.modules[i].state;
		out->modules[i].fd = u.modules[i].fd + 1;
		if (!u.modules[i].file)
			continue;
		out->modules[i].build_id_bytes = u.modules[i].file->build_id_bytes;
		memcpy(out->modules[i].build_id, u.modules[i].file->build_id, BUILD_ID_BYTES);
	}
	return 0;
}
