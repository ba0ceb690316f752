// SPDX-License-Identifier: MIT
/* The memory and the mappings of a crashed process, from its crash records. */
#include <string.h>
#include "unwind.h"

int read_stack(const struct unwinder *u, uint64_t address, void *to, uint32_t bytes)
{
	uint8_t *out = to;

	while (bytes > 0) {
		uint32_t i = 0, part;
		uint64_t from;

		while (i < u->stack_count && address - u->stacks[i]->address >= u->stacks[i]->bytes)
			i++;
		if (i == u->stack_count)
			return -1;
		from = address - u->stacks[i]->address;
		part = u->stacks[i]->bytes - from;
		if (part > bytes)
			part = bytes;
		memcpy(out, u->stacks[i]->data + from, part);
		out += part;
		address += part;
		bytes -= part;
	}
	return 0;
}

int read_word(const struct unwinder *u, uint64_t address, uint64_t *word)
{
	*word = 0;
	return read_stack(u, address, word, u->word_bytes);
}

/*
 * Returns the start of the stack whose piece has this end: the stack pointer of the crash, or that
 * of the functions which a signal handler interrupted, whichever is nearer below the end.
 */
static uint64_t stack_start(const struct crash_record *record, uint64_t end)
{
	const uint64_t sp = record->context.registers[SP], interrupted = record->interrupted_sp;

	return interrupted && interrupted < end && (interrupted > sp || sp >= end) ? interrupted : sp;
}

uint64_t cut_stack_end(const struct unwinder *u, uint64_t sp)
{
	for (uint32_t i = 0; i < u->stack_count; i++) {
		const struct crash_stack *piece = u->stacks[i];
		const uint64_t end = piece->address + piece->bytes;
		const int is_last = u->flags & CRASH_STACK_DROPPED && i + 1 == u->stack_count;

		/* sp equals the end if the callee's part of the stack ends with the piece */
		if ((piece->flags & STACK_IS_CUT || is_last) && sp <= end &&
		    sp >= stack_start(u->record, end))
			return end;
	}
	return 0;
}

struct unwind_module *module_at(struct unwinder *u, uint64_t address)
{
	for (uint32_t i = 0; i < u->module_count; i++) {
		const struct crash_module *record = u->modules[i].record;

		if (address >= record->start && address < record->end)
			return &u->modules[i];
	}
	return NULL;
}

void find_place(struct unwinder *u, uint64_t address, struct place *place)
{
	memset(place, 0, sizeof(*place));
	place->module = module_at(u, address);
	if (!place->module)
		return;
	place->offset = address - place->module->record->start + place->module->record->offset;
	place->file = module_file(u, place->module);
	if (place->file && elf_to_address(place->file, place->offset, &place->address))
		place->file = NULL;
}
