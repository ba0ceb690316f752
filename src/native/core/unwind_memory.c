// SPDX-License-Identifier: MIT
/* The memory and the mappings of a crashed process, as its records have them. */
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
