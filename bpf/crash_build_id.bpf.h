/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Reads the build id of a mapped file from the memory of the process, where the first page of the
 * file is mapped, and the address at which the linker has put the mapping. The process can forge
 * both: user space compares the build id with that of the file.
 */
#pragma once

#include "crash_scratch.bpf.h"

#define ELF_MAGIC 0x464c457f
#define ELFCLASS64 2
#define PT_LOAD 1
#define PT_NOTE 4
#define PF_X 1
#define NT_GNU_BUILD_ID 3
#define GNU_NAME 0x554e47	/* "GNU" */
#define MAX_SEGMENTS 16
#define MAX_NOTES 4
#define SEGMENT_BYTES_64 56
#define SEGMENT_BYTES_32 32

/* Looks for a build id in the notes of a segment. Returns true if it was found. */
VERIFY_ONCE int read_notes(u64 address, u64 size)
{
	struct crash_scratch *s = crash_scratch();
	u32 at = opaque_zero;

	if (!s)
		return false;
	if (size > NOTE_BYTES)
		size = NOTE_BYTES;
	barrier_var(size); /* as in BOUND() */
	/* a note's header and name: the build id itself may be short */
	if (size < 16 || bpf_probe_read_user(s->note, size, (void *)address))
		return false;
	for (int i = 0; i < MAX_NOTES; i++) {
		u32 *note, name_bytes, bytes;

		/* after `size` are the notes of an earlier file */
		if (at >= NOTE_BYTES || at + 16 > size)
			return false;
		BOUND(at, NOTE_BYTES - 1);
		note = (void *)s->note + at;
		name_bytes = note[0];
		bytes = note[1];
		if (name_bytes == 4 && note[2] == NT_GNU_BUILD_ID && note[3] == GNU_NAME) {
			/* user space ignores a longer one as well, and compares inodes then */
			if (bytes > BUILD_ID_BYTES || at + 16 + bytes > size)
				return false;
			__builtin_memcpy(s->module.build_id, (void *)note + 16, BUILD_ID_BYTES);
			s->module.build_id_bytes = bytes;
			return true;
		}
		if (name_bytes > 64 || bytes > 128)
			return false;
		at += 12 + ((name_bytes + 3) & ~3) + ((bytes + 3) & ~3);
		at += opaque_zero;
	}
	return false;
}

/* Reads one program header: of notes, or of the code that the module is a mapping of. */
VERIFY_ONCE int read_segment(void)
{
	struct crash_scratch *s = crash_scratch();
	u32 at, type, flags;
	u64 offset, size;
	u8 *header;

	if (!s)
		return 0;
	at = s->elf_at;
	if (at > ELF_BYTES - 64)
		return 0;
	header = s->elf + at;
	type = *(u32 *)header;
	flags = *(u32 *)(header + (s->elf_is64 ? 4 : 24));
	offset = s->elf_is64 ? *(u64 *)(header + 8) : *(u32 *)(header + 4);
	size = s->elf_is64 ? *(u64 *)(header + 32) : *(u32 *)(header + 16);
	/* data may be in the same page of the file */
	if (type == PT_LOAD && flags & PF_X && s->module.offset >= (offset & ~(page_size - 1)) &&
	    s->module.offset < offset + size) {
		s->module.bias = (s->elf_is64 ? *(u64 *)(header + 16) : *(u32 *)(header + 8)) - offset;
		s->module.flags |= MODULE_HAS_BIAS;
	}
	if (type == PT_NOTE && !s->module.build_id_bytes)
		read_notes(s->elf_address + offset, size);
	return 0;
}

/* Reads the build id of the file whose first page is at an address. */
VERIFY_ONCE int read_build_id(u64 address)
{
	struct crash_scratch *s = crash_scratch();
	u32 count;
	u64 table;

	if (!s || bpf_probe_read_user(s->elf, 64, (void *)address) || *(u32 *)s->elf != ELF_MAGIC)
		return 0;
	s->elf_address = address;
	s->elf_is64 = s->elf[4] == ELFCLASS64;
	s->elf_at = 0;
	table = address + (s->elf_is64 ? *(u64 *)(s->elf + 32) : *(u32 *)(s->elf + 28));
	count = s->elf_is64 ? *(u16 *)(s->elf + 56) : *(u16 *)(s->elf + 44);
	if (bpf_probe_read_user(s->elf, MAX_SEGMENTS * SEGMENT_BYTES_64, (void *)table))
		return 0;
	for (u32 i = 0; i < MAX_SEGMENTS; i++) {
		if (i >= count)
			break;
		read_segment();
		s->elf_at += s->elf_is64 ? SEGMENT_BYTES_64 : SEGMENT_BYTES_32;
	}
	return 0;
}
