// SPDX-License-Identifier: MIT
/*
 * Finds callers without call frame information. An address is taken for a return address only if
 * a call instruction precedes it; the frames say how they were found.
 */
#include <string.h>
#include "unwind.h"

/* Beyond this number of words only a call of the function counts, if the function is known. */
#define MAX_UNRELATED_WORDS 64

/* The length of _start in ld.so, which goes on at the label _dl_start_user. */
#define MAX_START_BYTES 64

#ifdef __aarch64__
#define CALL_BYTES 4

/* Returns true if the bytes end with a call. Sets the target of a direct one. */
static int is_call(const uint8_t *code, uint64_t after, uint64_t *target)
{
	uint32_t word;

	memcpy(&word, code, sizeof(word));
	*target = 0;
	if ((word & 0xfc000000) == 0x94000000) { /* bl */
		*target = after - 4 + (int64_t)((int32_t)(word << 6) >> 4);
		return 1;
	}
	return (word & 0xfffff000) == 0xd63f0000; /* blr, blraa, ... */
}
#else
#define CALL_BYTES 7

static int is_call(const uint8_t *code, uint64_t after, uint64_t *target)
{
	static const uint8_t lengths[] = { 2, 3, 4, 6, 7 };
	int32_t distance;

	*target = 0;
	if (code[2] == 0xe8) { /* call rel32 */
		memcpy(&distance, code + 3, sizeof(distance));
		*target = after + distance;
		return 1;
	}
	/* call *..., of any length: ff /2 */
	for (size_t i = 0; i < sizeof(lengths); i++) {
		const uint8_t *at = code + CALL_BYTES - lengths[i];

		if (at[0] == 0xff && (at[1] >> 3 & 7) == 2)
			return 1;
	}
	return 0;
}
#endif

/*
 * Returns false if an address in memory without a file cannot be a return address. Code that was
 * compiled at run time is not recorded, and taken to be right. A stack that is executable is
 * recorded, and most of the addresses in it point to data.
 */
static int may_follow_call(struct unwinder *u, uint64_t address, struct unwind_module *module)
{
	uint8_t code[CALL_BYTES];
	uint64_t target;

	if (module_at(u, u->registers[SP]) != module)
		return 1;
	return !read_stack(u, address - CALL_BYTES, code, CALL_BYTES) &&
	       is_call(code, address, &target);
}

int follows_call(struct unwinder *u, uint64_t address, struct place *place, uint64_t *target)
{
	uint8_t code[CALL_BYTES];

	*target = 0;
	find_place(u, address, place);
	if (!place->module)
		return 0;
	if (!(place->module->record->flags & (MODULE_HAS_FILE | MODULE_IS_VDSO)))
		return may_follow_call(u, address, place->module);
	return place->file && place->offset >= CALL_BYTES &&
	       !elf_read(place->file, place->offset - CALL_BYTES, code, CALL_BYTES) &&
	       is_call(code, place->address, target);
}

/* Returns true if the call before an address is one of just this function. */
static int calls_function(struct unwinder *u, uint64_t address, const struct place *callee,
			  uint64_t function)
{
	struct place place;
	uint64_t target;

	return follows_call(u, address, &place, &target) && place.file == callee->file && target &&
	       target == function;
}

int step_by_call(struct unwinder *u, const struct place *place)
{
	uint64_t address, target, function, *registers = u->registers;
	struct place caller;

#ifdef __aarch64__
	address = without_signature(registers[LR]);
	if (is_signal_return(u, address) ||
	    (!place->module ? follows_call(u, address, &caller, &target) :
			      place->file &&
				      !elf_function_at(place->file, place->address, &function) &&
				      calls_function(u, address, place, function))) {
		registers[IP] = address;
		return 1;
	}
	return 0;
#else
	if (read_word(u, registers[SP], &address))
		return 0;
	if (is_signal_return(u, address)) {
		/* a handler that has not pushed anything, or that is at an invalid address */
	} else if (!place->module) {
		/* a jump to nowhere */
		if (!follows_call(u, address, &caller, &target))
			return 0;
	} else if (!place->file || elf_function_at(place->file, place->address, &function) ||
		   !calls_function(u, address, place, function)) {
		return 0;
	}
	registers[IP] = address;
	registers[SP] += u->word_bytes;
	return 1;
#endif
}

int is_context_end(struct unwinder *u, uint64_t address)
{
#ifdef __aarch64__
	(void)u, (void)address;
	return 0;
#else
	static const uint8_t landing[] = { 0xf3, 0x0f, 0x1e, 0xfa }; /* endbr64 */
	static const uint8_t restore[] = { 0x48, 0x89, 0xdc };	      /* mov %rbx, %rsp */
	uint8_t code[sizeof(landing) + sizeof(restore)], *at = code;
	struct place place;
	uint64_t target;

	find_place(u, address, &place);
	if (u->is_32 || !place.file || elf_read(place.file, place.offset, code, sizeof(code)))
		return 0;
	if (!memcmp(at, landing, sizeof(landing)))
		at += sizeof(landing);
	/* after a call, a function with an array of variable length has the instruction as well */
	return !memcmp(at, restore, sizeof(restore)) && !follows_call(u, address, &place, &target);
#endif
}

int is_program_entry(const struct place *place)
{
	uint64_t function;

	return place->file && place->file->entry &&
	       place->address - place->file->entry < MAX_START_BYTES &&
	       (elf_function_at(place->file, place->address, &function) ||
		function == place->file->entry);
}

static void return_to(struct unwinder *u, uint64_t address, uint64_t sp)
{
	u->registers[IP] = address;
	u->registers[SP] = sp;
	u->registers[FP] = 0;
}

int step_by_scan(struct unwinder *u, const struct place *place)
{
	uint64_t function = 0, sp = u->registers[SP], weak = 0, weak_sp = 0, word, target;
	struct place caller;

	if (place->file && elf_function_at(place->file, place->address, &function))
		function = 0;
	for (uint32_t i = 0; i < MAX_SCANNED_WORDS; i++) {
		uint64_t next = sp + (uint64_t)u->word_bytes * (i + 1);

		if (read_word(u, next - u->word_bytes, &word))
			break;
		word = without_signature(word);
		if (!module_at(u, word) ||
		    (!follows_call(u, word, &caller, &target) && !is_signal_return(u, word)))
			continue;
		if (function && caller.file == place->file && target == function) {
			return_to(u, word, next);
			return 1;
		}
		if (!weak && (!function || i < MAX_UNRELATED_WORDS)) {
			weak = word;
			weak_sp = next;
		}
		if (!function)
			break;
	}
	if (!weak)
		return 0;
	return_to(u, weak, weak_sp);
	return 1;
}
