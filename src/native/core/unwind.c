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
	uint64_t signal_frame;	/* the index of the first frame behind a signal frame; 0: none */
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

enum step { STEP_NONE, STEP_DONE, STEP_END };

/* Returns the index of a register in `registers` by DWARF's number for the process. */
static uint32_t register_index(const struct unwinder *u, uint32_t number)
{
	if (!u->is_32)
		return number;
	return number < I386_REGISTERS ? i386_order[number] : CRASH_REGISTERS;
}

/* Computes a register of the caller. Returns 0 or -1. */
static int apply_rule(struct unwinder *u, struct elf_file *file, const struct frame_rule *rule,
		      const uint64_t *view, uint64_t cfa, uint64_t *value)
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
		*value = view[rule->value];
		return 0;
	case RULE_EXPRESSION:
		return evaluate(u, file, rule, view, &cfa, &address) || read_word(u, address, value);
	case RULE_VALUE_EXPRESSION:
		return evaluate(u, file, rule, view, &cfa, value);
	}
	return -1;
}

/* Steps to the caller by .eh_frame. `is_exact`: ip is not a return address. */
static int step_by_call_frame(struct unwinder *u, const struct place *place, int is_exact)
{
	uint64_t view[CRASH_REGISTERS] = { 0 }, next[CRASH_REGISTERS], cfa;
	static struct frame_rules rules;
	uint32_t return_register;

	if (!place->file || find_frame_rules(place->file, place->address - !is_exact, &rules))
		return STEP_NONE;
	return_register = rules.return_register;
	for (uint32_t i = 0; i < CRASH_REGISTERS; i++)
		if (register_index(u, i) < CRASH_REGISTERS)
			view[i] = u->registers[register_index(u, i)];
	if (rules.cfa.kind == RULE_VALUE_EXPRESSION) {
		if (evaluate(u, place->file, &rules.cfa, view, NULL, &cfa))
			return STEP_NONE;
	} else if (rules.cfa_register < CRASH_REGISTERS) {
		cfa = view[rules.cfa_register] + rules.cfa.value;
	} else {
		return STEP_NONE;
	}
	if (u->is_32)
		cfa = (uint32_t)cfa;
	if (return_register >= CRASH_REGISTERS)
		return STEP_NONE;
	if (rules.registers[return_register].kind == RULE_UNDEFINED)
		return STEP_END;
#ifndef __aarch64__
	if (rules.registers[return_register].kind == RULE_SAME)
		return STEP_NONE;
#endif
	memcpy(next, u->registers, sizeof(next));
	next[SP] = cfa;
	for (uint32_t i = 0; i < CRASH_REGISTERS; i++) {
		uint32_t index = register_index(u, i);

		if (index >= CRASH_REGISTERS || rules.registers[i].kind <= RULE_UNDEFINED)
			continue;
		if (apply_rule(u, place->file, &rules.registers[i], view, cfa, &next[index]))
			return STEP_NONE;
	}
#ifdef __aarch64__
	next[IP] = without_signature(next[LR]);
	/* a function that has not saved its return address is not a caller */
	if (!is_exact && rules.registers[return_register].kind == RULE_SAME)
		return STEP_NONE;
#endif
	if (u->is_32)
		next[IP] = (uint32_t)next[IP];
	memcpy(u->registers, next, sizeof(next));
	return STEP_DONE;
}

#define NO_CALLER (-1)	/* the frame is the outermost one */
#define UNKNOWN_CALLER (-2)

/* Steps to the caller. Returns how it was found, or one of the above. */
static int step(struct unwinder *u, int is_exact)
{
	struct place place;
	int result;

	find_place(u, u->registers[IP] - !is_exact, &place);
	/* address and offset are those of ip itself */
	place.offset += !is_exact;
	place.address += !is_exact;
	result = step_by_call_frame(u, &place, is_exact);
	if (result == STEP_END)
		return NO_CALLER;
	if (result == STEP_DONE)
		return FROM_CALL_FRAME;
	if (is_exact && step_by_call(u, &place))
		return FROM_CALL;
	if (step_by_frame_pointer(u))
		return FROM_FRAME_POINTER;
	return step_by_scan(u, &place) ? FROM_SCAN : UNKNOWN_CALLER;
}

/* Adds a frame. `is_exact`: ip is not a return address, which may be behind its function. */
static void add_frame(struct unwinder *u, struct unwind_result *result, int how, int is_exact)
{
	struct unwind_frame *frame = &result->frames[result->frame_count++];
	struct place place;

	find_place(u, u->registers[IP] - !is_exact, &place);
	frame->ip = u->registers[IP];
	frame->how = how;
	frame->module = place.module ? (uint64_t)(place.module - u->modules) : ~0ULL;
	frame->address = place.address + !is_exact;
	frame->has_address = place.file != NULL;
}

/* Returns true if the stack goes on behind the part that was recorded. */
static int is_stack_cut(const struct unwinder *u)
{
	uint64_t word;

	return u->stack_count > MAX_CRASH_PIECES && read_word(u, u->registers[SP], &word);
}

/* Adds the frames from the innermost one on. Returns why there are no more. */
static enum unwind_end unwind(struct unwinder *u, struct unwind_result *result)
{
	int how = FROM_REGISTERS, is_exact = 1;

	memset(&first_signal, 0, sizeof(first_signal));
	for (;;) {
		uint64_t sp = u->registers[SP];

		add_frame(u, result, how, is_exact);
		if (result->frame_count == MAX_FRAMES)
			return END_CUT;
#ifdef __aarch64__
		/* of 32-bit processes, the registers have other numbers */
		if (u->is_32)
			return END_UNKNOWN;
#endif
		if (how != FROM_REGISTERS && is_signal_return(u, u->registers[IP])) {
			if (restore_interrupted(u))
				return END_UNKNOWN;
			if (!result->signal_frame)
				result->signal_frame = result->frame_count;
			how = FROM_SIGNAL_FRAME;
			is_exact = 1;
			continue;
		}
		how = step(u, is_exact);
		if (elf_is_exhausted())
			return END_EXHAUSTED;
		if (how == NO_CALLER || (how >= 0 && !u->registers[IP]))
			return END_OUTERMOST;
		if (how < 0)
			return is_stack_cut(u) ? END_CUT : END_UNKNOWN;
		if (!is_exact && u->registers[SP] <= sp)
			return END_UNKNOWN;
		is_exact = 0;
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
	u.is_32 = (u.record->flags & CRASH_IS_32BIT) != 0;
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
	close_elf_files();
	return 0;
}
