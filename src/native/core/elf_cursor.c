// SPDX-License-Identifier: MIT
/* Reads numbers one after the other from a part of an ELF file, with the encodings of DWARF. */
#include "elf_file.h"

#define MAX_LEB_BYTES 10

static int take(struct cursor *cursor, void *to, uint32_t bytes)
{
	if (cursor->failed || cursor->at > cursor->end || bytes > cursor->end - cursor->at ||
	    elf_read(cursor->file, cursor->at, to, bytes)) {
		cursor->failed = 1;
		return -1;
	}
	cursor->at += bytes;
	return 0;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	uint8_t value = 0;

	return take(cursor, &value, 1) ? 0 : value;
}

/* Returns a little-endian number of 1, 2, 4 or 8 bytes; 0 if the read fails. */
uint64_t cursor_uint(struct cursor *cursor, uint32_t bytes)
{
	uint64_t value = 0;

	return take(cursor, &value, bytes) ? 0 : value;
}

/* Returns an LEB128 number; `last` is set to the last byte, `shift` to the bits that were read. */
static uint64_t read_leb(struct cursor *cursor, uint8_t *last, uint32_t *shift)
{
	uint64_t value = 0;

	*shift = 0;
	for (int i = 0; i < MAX_LEB_BYTES; i++) {
		*last = cursor_u8(cursor);
		if (*shift < 64)
			value |= (uint64_t)(*last & 127) << *shift;
		*shift += 7;
		if (!(*last & 128))
			return value;
	}
	cursor->failed = 1;
	return 0;
}

uint64_t cursor_uleb(struct cursor *cursor)
{
	uint32_t shift;
	uint8_t last;

	return read_leb(cursor, &last, &shift);
}

int64_t cursor_sleb(struct cursor *cursor)
{
	uint32_t shift;
	uint8_t last;
	uint64_t value = read_leb(cursor, &last, &shift);

	if (shift < 64 && last & 64)
		value |= ~0ULL << shift;
	return value;
}

void cursor_skip(struct cursor *cursor, uint64_t bytes)
{
	if (cursor->at > cursor->end || bytes > cursor->end - cursor->at)
		cursor->failed = 1;
	else
		cursor->at += bytes;
}
