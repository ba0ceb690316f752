// SPDX-License-Identifier: MIT
/*
 * Unwinds the stack of a crashed thread from the records of the crash. All input comes from the
 * process that crashed: every size is checked, every loop is limited. Not for two threads at once.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "../../../bpf/recorder.h"
#include "core.h"
#include "unwind.h"

#define ADDRESS_BITS 48 /* arm64: the bits above may have a signature */

/* The result. src/native/unwind.ts has the same order; each member is 8 bytes. */
struct unwind_frame {
	uint64_t ip, address;	/* address: in the file's own addresses, if has_address */
	uint64_t module;	/* index, or ~0 */
	uint64_t origin;	/* enum frame_origin */
	uint64_t has_address;
};
struct unwind_result {
	uint64_t frame_count, is_cut;
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
	next[IP] = next[LR] & ((1ULL << ADDRESS_BITS) - 1);
	/* a function that has not saved its return address is not a caller */
	if (!is_exact && rules.registers[return_register].kind == RULE_SAME)
		return STEP_NONE;
#endif
	if (u->is_32)
		next[IP] = (uint32_t)next[IP];
	memcpy(u->registers, next, sizeof(next));
	return STEP_DONE;
}

/* Steps to the caller. Returns how it was found, or -1 at the end. */
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
		return -1;
	if (result == STEP_DONE)
		return FROM_CALL_FRAME;
	if (is_exact && step_by_call(u, &place))
		return FROM_CALL;
	if (step_by_frame_pointer(u))
		return FROM_FRAME_POINTER;
	return step_by_scan(u, &place) ? FROM_SCAN : -1;
}

static void add_frame(struct unwinder *u, struct unwind_result *result, int origin)
{
	struct unwind_frame *frame = &result->frames[result->frame_count++];
	struct place place;

	find_place(u, u->registers[IP], &place);
	frame->ip = u->registers[IP];
	frame->origin = origin;
	frame->module = place.module ? (uint64_t)(place.module - u->modules) : ~0ULL;
	frame->address = place.address;
	frame->has_address = place.file != NULL;
}

static void unwind(struct unwinder *u, struct unwind_result *result)
{
	int origin = FROM_REGISTERS, is_exact = 1;

	memset(&first_signal, 0, sizeof(first_signal));
	for (;;) {
		uint64_t sp = u->registers[SP];

		add_frame(u, result, origin);
		if (result->frame_count == MAX_FRAMES) {
			result->is_cut = 1;
			return;
		}
		if (origin != FROM_REGISTERS && is_signal_return(u, u->registers[IP])) {
			if (restore_interrupted(u))
				return;
			if (!result->signal_frame)
				result->signal_frame = result->frame_count;
			origin = FROM_SIGNAL_FRAME;
			is_exact = 1;
			continue;
		}
		origin = step(u, is_exact);
		if (origin < 0 || !u->registers[IP] || (!is_exact && u->registers[SP] <= sp))
			return;
		is_exact = 0;
	}
}

/*
 * Adds the records in the input: as in a batch, each with a struct record_head. Records that are
 * shorter than they say are left out. Returns 0, or -1 without a crash_record.
 */
static int add_records(struct unwinder *u, const uint8_t *input, uint32_t bytes)
{
	struct record_head head;

	for (uint32_t at = 0; bytes - at >= sizeof(head);) {
		const void *record = input + at + sizeof(head);
		uint16_t kind;

		memcpy(&head, input + at, sizeof(head));
		if (head.size < sizeof(kind) || head.size > bytes - at - sizeof(head))
			break;
		memcpy(&kind, record, sizeof(kind));
		if (kind == RECORD_CRASH && head.size >= sizeof(struct crash_record))
			u->record = record;
		else if (kind == RECORD_CRASH_MODULE && u->module_count < MAX_CRASH_MODULES &&
			 head.size >= offsetof(struct crash_module, text))
			u->modules[u->module_count++] = (struct unwind_module){ record, "", NULL, 0, -1 };
		else if (kind == RECORD_CRASH_STACK && u->stack_count < 2 * (MAX_CRASH_PIECES + 1) &&
			 head.size >= offsetof(struct crash_stack, data) &&
			 ((const struct crash_stack *)record)->bytes <=
				 head.size - offsetof(struct crash_stack, data))
			u->stacks[u->stack_count++] = record;
		if (head.size + 7 > bytes - at - sizeof(head))
			break;
		at += sizeof(head) + ((head.size + 7) & ~7u);
	}
	return u->record ? 0 : -1;
}

/* Gives the modules their paths: for each a list that ends with an empty path. */
static void add_paths(struct unwinder *u, const char *paths, uint32_t bytes)
{
	const char *end = paths + bytes;

	for (uint32_t i = 0; i < u->module_count && paths < end; i++) {
		const char *list = paths;

		while (paths < end && *paths) {
			paths = memchr(paths, 0, end - paths);
			if (!paths)
				return;
			paths++;
		}
		if (paths == end)
			return;
		u->modules[i].paths = list;
		paths++;
	}
}

/*
 * Unwinds a crash. records: those of one crash, as in a batch. paths: for each crash_module, in
 * their order, the paths under which its file may be, each with a NUL, and then another NUL.
 * mounts: the ids of the mounts in which files may be opened. result: a struct unwind_result, of
 * `capacity` bytes; the caller closes the descriptors in it. Returns 0 or -errno.
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
	u.mounts = (struct mount_list){ mounts, mount_count };
	u.is_32 = (u.record->flags & CRASH_IS_32BIT) != 0;
	u.word_bytes = u.is_32 ? 4 : 8;
	memcpy(u.registers, u.record->context.registers, sizeof(u.registers));
	unwind(&u, out);
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
