// SPDX-License-Identifier: MIT
/*
 * Finds the entry for an address in .eh_frame, by the sorted table in .eh_frame_hdr, or one by one
 * in a file without it: Linux Standard Base, "Exception Frames".
 */
#include <string.h>
#include "frame_tables.h"

#define ENCODING_OMITTED 0xff
#define ENCODING_FORMAT 0x0f
#define ENCODING_RELATION 0x70
#define RELATIVE_TO_POSITION 0x10
#define RELATIVE_TO_DATA 0x30
#define SIGNED 8
/* of the table: offsets of 4 bytes with a sign, relative to the header */
#define TABLE_ENCODING 0x3b
#define MAX_ENTRIES 200000	/* that are read one by one */
#define MAX_AUGMENTATION 16

uint64_t read_encoded(struct cursor *cursor, uint8_t encoding, uint64_t data_base)
{
	static const uint8_t sizes[8] = { 0, 0, 2, 4, 8 };
	uint8_t format = encoding & ENCODING_FORMAT, bytes = sizes[format & 7];
	uint64_t position = cursor->at, value, address;

	if (encoding == ENCODING_OMITTED)
		return 0;
	if (!format)
		bytes = cursor->file->is_64 ? 8 : 4;
	if (format == 1) {
		value = cursor_uleb(cursor);
	} else if (format == 9) {
		value = cursor_sleb(cursor);
	} else if (bytes) {
		value = cursor_uint(cursor, bytes);
		if (format & SIGNED && bytes < 8 && value >> (8 * bytes - 1))
			value |= ~0ULL << (8 * bytes);
	} else {
		cursor->failed = 1;
		return 0;
	}
	if ((encoding & ENCODING_RELATION) == RELATIVE_TO_POSITION) {
		if (elf_to_address(cursor->file, position, &address))
			cursor->failed = 1;
		else if (value)
			value += address;
	} else if ((encoding & ENCODING_RELATION) == RELATIVE_TO_DATA) {
		value += data_base;
	}
	return cursor->file->is_64 ? value : (uint32_t)value;
}

/* Sets a cursor to the bytes that follow the length at an offset. Returns 0, or -1 at the end. */
static int open_entry(struct elf_file *file, uint64_t offset, struct cursor *entry)
{
	*entry = (struct cursor){ file, offset, file->size, 0 };
	uint64_t bytes = cursor_uint(entry, 4);

	if (bytes == 0xffffffff)
		bytes = cursor_uint(entry, 8);
	if (entry->failed || !bytes || bytes > file->size - entry->at)
		return -1;
	entry->end = entry->at + bytes;
	return 0;
}

/* Reads a CIE. Returns 0 or -1. */
static int read_cie(struct elf_file *file, uint64_t offset, struct frame_entry *entry,
		    int *has_augmentation_data)
{
	struct cursor cie;
	char augmentation[MAX_AUGMENTATION];
	uint32_t count = 0;
	uint64_t data_end;
	uint8_t version;

	if (open_entry(file, offset, &cie) || cursor_uint(&cie, 4))
		return -1;
	version = cursor_u8(&cie);
	while (count < MAX_AUGMENTATION && (augmentation[count] = cursor_u8(&cie)))
		count++;
	if (cie.failed || count == MAX_AUGMENTATION)
		return -1;
	entry->code_factor = cursor_uleb(&cie);
	entry->data_factor = cursor_sleb(&cie);
	entry->return_register = version == 1 ? cursor_u8(&cie) : cursor_uleb(&cie);
	entry->encoding = 0;
	entry->is_signal_frame = 0;
	*has_augmentation_data = augmentation[0] == 'z';
	if (augmentation[0] && !*has_augmentation_data)
		return -1;
	if (*has_augmentation_data) {
		uint64_t bytes = cursor_uleb(&cie);

		data_end = cie.at + bytes;
		for (uint32_t i = 1; i < count; i++) {
			if (augmentation[i] == 'R')
				entry->encoding = cursor_u8(&cie);
			else if (augmentation[i] == 'L')
				cursor_u8(&cie);
			else if (augmentation[i] == 'P')
				read_encoded(&cie, cursor_u8(&cie) & 0x7f, 0);
			else if (augmentation[i] == 'S')
				entry->is_signal_frame = 1;
			else if (augmentation[i] != 'B' && augmentation[i] != 'G') /* arm64 */
				break;
		}
		if (cie.failed || data_end < cie.at || data_end > cie.end)
			return -1;
		cie.at = data_end;
	}
	entry->initial = cie;
	return cie.failed ? -1 : 0;
}

/* The CIE that was read last: thousands of FDEs share one. */
struct cie_cache {
	uint64_t offset;
	struct frame_entry entry;
	int has_augmentation_data;
	int is_valid;
};

/* Reads a CIE into the cache, unless it is there. Returns 0 or -1. */
static int load_cie(struct elf_file *file, uint64_t offset, struct cie_cache *cache)
{
	if (cache->is_valid && cache->offset == offset)
		return 0;
	cache->offset = offset;
	cache->is_valid = !read_cie(file, offset, &cache->entry, &cache->has_augmentation_data);
	return cache->is_valid ? 0 : -1;
}

/* Reads the FDE at an offset. Returns 1 if it describes the address, 0 if not, or -1. */
static int read_fde(struct elf_file *file, uint64_t offset, uint64_t address,
		    struct cie_cache *cache, struct frame_entry *entry)
{
	struct cursor fde;
	uint64_t id_at, id;

	if (open_entry(file, offset, &fde))
		return -1;
	id_at = fde.at;
	id = cursor_uint(&fde, 4);
	if (fde.failed)
		return -1;
	/* a CIE */
	if (!id)
		return 0;
	if (id > id_at || load_cie(file, id_at - id, cache))
		return -1;
	*entry = cache->entry;
	entry->start = read_encoded(&fde, entry->encoding, 0);
	entry->bytes = read_encoded(&fde, entry->encoding & ENCODING_FORMAT, 0);
	if (cache->has_augmentation_data)
		cursor_skip(&fde, cursor_uleb(&fde));
	entry->program = fde;
	if (fde.failed)
		return -1;
	return address >= entry->start && address - entry->start < entry->bytes;
}

/* Reads entries one by one up to that for the address. */
static int search_entries(struct elf_file *file, uint64_t address, struct frame_entry *entry)
{
	struct cie_cache cache = { 0 };
	struct elf_section section;
	struct cursor next;
	uint64_t at;

	if (elf_section_named(file, ".eh_frame", &section))
		return -1;
	at = section.offset;
	for (int i = 0; i < MAX_ENTRIES && at - section.offset < section.bytes; i++) {
		int found;

		if (open_entry(file, at, &next))
			return -1;
		found = read_fde(file, at, address, &cache, entry);
		if (found)
			return found > 0 ? 0 : -1;
		at = next.end;
	}
	return -1;
}

int find_frame_entry(struct elf_file *file, uint64_t address, struct frame_entry *entry)
{
	uint64_t base = file->frame_header, offset, count, low = 0, high, at = 0;
	struct cie_cache cache = { 0 };
	struct cursor header, pair;
	uint8_t table, count_encoding, pointer_encoding;

	if (!base || elf_to_offset(file, base, &offset))
		return search_entries(file, address, entry);
	header = (struct cursor){ file, offset, file->size, 0 };
	cursor_u8(&header); /* the version */
	pointer_encoding = cursor_u8(&header);
	count_encoding = cursor_u8(&header);
	table = cursor_u8(&header);
	read_encoded(&header, pointer_encoding, base);
	count = read_encoded(&header, count_encoding, base);
	if (header.failed || count_encoding == ENCODING_OMITTED || table != TABLE_ENCODING)
		return search_entries(file, address, entry);
	if (count > (file->size - header.at) / 8)
		return -1;
	for (high = count; low < high;) {
		uint64_t middle = low + (high - low) / 2;

		pair = (struct cursor){ file, header.at + 8 * middle, file->size, 0 };
		if (read_encoded(&pair, TABLE_ENCODING, base) > address) {
			high = middle;
		} else {
			at = read_encoded(&pair, TABLE_ENCODING, base);
			low = middle + 1;
		}
		if (pair.failed)
			return -1;
	}
	if (!low || elf_to_offset(file, at, &offset))
		return -1;
	return read_fde(file, offset, address, &cache, entry) > 0 ? 0 : -1;
}
