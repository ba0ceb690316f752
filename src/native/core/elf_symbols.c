// SPDX-License-Identifier: MIT
/* Finds functions in the symbol tables of ELF files that are not trusted. See elf(5). */
#include <elf.h>
#include "elf_file.h"

#define MAX_SYMBOL_COUNT 200000
#define SYMBOLS_AT_ONCE 128

/* Looks for the function in one symbol table. Returns 1 if it was found. */
static int search_symbols(struct elf_file *file, const struct elf_section *table, uint64_t address,
			  uint64_t *start)
{
	size_t entry = file->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	uint64_t count = table->bytes / entry;
	union {
		Elf64_Sym symbols[SYMBOLS_AT_ONCE];
		Elf32_Sym short_symbols[SYMBOLS_AT_ONCE];
	} part;

	for (uint64_t i = 0; i < count && i < MAX_SYMBOL_COUNT; i++) {
		uint32_t k = i % SYMBOLS_AT_ONCE;
		uint64_t left = count - i, value, bytes;
		uint8_t type;

		if (!k && elf_read(file, table->offset + i * entry, &part,
				   entry * (left < SYMBOLS_AT_ONCE ? left : SYMBOLS_AT_ONCE)))
			return 0;
		value = file->is_64 ? part.symbols[k].st_value : part.short_symbols[k].st_value;
		bytes = file->is_64 ? part.symbols[k].st_size : part.short_symbols[k].st_size;
		type = file->is_64 ? part.symbols[k].st_info : part.short_symbols[k].st_info;
		if (ELF64_ST_TYPE(type) == STT_FUNC && value <= address && address - value < bytes) {
			*start = value;
			return 1;
		}
	}
	return 0;
}

int elf_function_at(struct elf_file *file, uint64_t address, uint64_t *start)
{
	struct elf_section section;

	for (uint32_t i = 0; i < file->section_count; i++)
		if (!elf_section(file, i, &section) &&
		    (section.type == SHT_SYMTAB || section.type == SHT_DYNSYM) &&
		    search_symbols(file, &section, address, start))
			return 0;
	return -1;
}
