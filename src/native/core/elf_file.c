// SPDX-License-Identifier: MIT
/* Reads ELF files that are not trusted: headers and notes. See elf(5). */
#include <elf.h>
#include <string.h>
#include <unistd.h>
#include "core.h"
#include "elf_file.h"

/*
 * The work that a crash may cost, in units of a read from the cache, about 20 ns: 20 ms of CPU
 * time. A disk may be slow besides.
 */
#define MAX_WORK 1000000
#define SYSTEM_CALL_WORK 32
#define BYTES_PER_WORK 128
#define MAX_MS 500
#define MAX_SEGMENTS 64
#define MAX_SECTIONS 512
#define MAX_NOTE_COUNT 16
#define MAX_NOTE_BYTES 4096

static uint32_t work; /* what is left */
static int64_t deadline;

void elf_start_work(void)
{
	work = MAX_WORK;
	deadline = now(CLOCK_MONOTONIC) + MAX_MS * NS_PER_MS;
}

int elf_is_exhausted(void)
{
	return !work;
}

int elf_is_half_spent(void)
{
	return work < MAX_WORK / 2;
}

/* Returns 0, or -1 if that much work is not left. */
static int spend(uint32_t units)
{
	if (work <= units) {
		work = 0;
		return -1;
	}
	work -= units;
	return 0;
}

int elf_spend_calls(uint32_t count)
{
	if (now(CLOCK_MONOTONIC) > deadline)
		work = 0;
	return spend(count * SYSTEM_CALL_WORK);
}

/* Reads from the file itself. Returns the bytes read, or -1. */
static ssize_t read_directly(struct elf_file *file, uint64_t offset, void *to, size_t bytes)
{
	ssize_t result;

	if (elf_spend_calls(1) || spend(bytes / BYTES_PER_WORK))
		return -1;
	result = pread(file->fd, to, bytes, offset);
	file->has_failed |= result < 0;
	return result;
}

/* Returns a block of the file, from the cache or by a read; NULL: it cannot be read. */
static const struct elf_block *block_at(struct elf_file *file, uint64_t number)
{
	struct elf_block *block = &file->blocks[number % ELF_BLOCKS];
	ssize_t bytes;

	if (block->number == number + 1)
		return block;
	block->number = 0;
	bytes = read_directly(file, number * ELF_BLOCK_BYTES, block->data, ELF_BLOCK_BYTES);
	if (bytes < 0)
		return NULL;
	block->number = number + 1;
	block->bytes = bytes;
	return block;
}

int elf_read(struct elf_file *file, uint64_t offset, void *to, size_t bytes)
{
	uint8_t *out = to;

	if (offset > file->size || bytes > file->size - offset || spend(1 + bytes / BYTES_PER_WORK))
		return -1;
	if (file->fd < 0) {
		memcpy(to, file->image + offset, bytes);
		return 0;
	}
	/* a part of a table of symbols is read once */
	if (bytes > ELF_BLOCK_BYTES)
		return read_directly(file, offset, to, bytes) == (ssize_t)bytes ? 0 : -1;
	while (bytes > 0) {
		const struct elf_block *block = block_at(file, offset / ELF_BLOCK_BYTES);
		uint32_t from = offset % ELF_BLOCK_BYTES, part;

		/* the file may have been truncated meanwhile */
		if (!block || block->bytes <= from)
			return -1;
		part = block->bytes - from;
		if (part > bytes)
			part = bytes;
		memcpy(out, block->data + from, part);
		out += part;
		offset += part;
		bytes -= part;
	}
	return 0;
}

static void read_build_id(struct elf_file *file, uint64_t offset, uint64_t bytes)
{
	struct cursor note = { file, offset, offset + bytes, 0 };

	if (bytes > MAX_NOTE_BYTES || note.end < offset)
		return;
	for (int i = 0; i < MAX_NOTE_COUNT && !file->build_id_bytes; i++) {
		uint32_t name_bytes = cursor_uint(&note, 4), size = cursor_uint(&note, 4);
		uint32_t type = cursor_uint(&note, 4);
		uint64_t name = note.at;
		char owner[4];

		if (note.failed || name_bytes > MAX_NOTE_BYTES || size > MAX_NOTE_BYTES)
			return;
		cursor_skip(&note, (name_bytes + 3) & ~3u);
		if (type == NT_GNU_BUILD_ID && name_bytes == 4 && size <= BUILD_ID_BYTES &&
		    !elf_read(file, name, owner, 4) && !memcmp(owner, "GNU", 4) &&
		    !elf_read(file, note.at, file->build_id, size))
			file->build_id_bytes = size;
		cursor_skip(&note, (size + 3) & ~3u);
	}
}

static int add_segment(struct elf_file *file, uint64_t at)
{
	Elf64_Phdr segment;
	Elf32_Phdr short_segment;

	if (file->is_64) {
		if (elf_read(file, at, &segment, sizeof(segment)))
			return -1;
	} else {
		if (elf_read(file, at, &short_segment, sizeof(short_segment)))
			return -1;
		segment = (Elf64_Phdr){
			.p_type = short_segment.p_type,
			.p_offset = short_segment.p_offset,
			.p_vaddr = short_segment.p_vaddr,
			.p_filesz = short_segment.p_filesz,
		};
	}
	if (segment.p_type == PT_LOAD && file->load_count < MAX_LOADS)
		file->loads[file->load_count++] = (struct elf_load){
			segment.p_offset, segment.p_vaddr, segment.p_filesz
		};
	else if (segment.p_type == PT_GNU_EH_FRAME)
		file->frame_header = segment.p_vaddr;
	else if (segment.p_type == PT_NOTE && !file->build_id_bytes)
		read_build_id(file, segment.p_offset, segment.p_filesz);
	return 0;
}

int elf_init(struct elf_file *file, int fd, const uint8_t *image, uint64_t size)
{
	union {
		Elf64_Ehdr header;
		Elf32_Ehdr short_header;
	} head;
	uint64_t segments;
	uint32_t count, entry_bytes, section_bytes;

	memset(file, 0, sizeof(*file));
	file->fd = fd;
	file->image = image;
	file->size = size;
	if (elf_read(file, 0, &head, sizeof(head)) || memcmp(head.header.e_ident, ELFMAG, SELFMAG) ||
	    head.header.e_ident[EI_DATA] != ELFDATA2LSB)
		return -1;
	file->is_64 = head.header.e_ident[EI_CLASS] == ELFCLASS64;
	if (file->is_64) {
		segments = head.header.e_phoff;
		count = head.header.e_phnum;
		entry_bytes = head.header.e_phentsize;
		section_bytes = head.header.e_shentsize;
		file->entry = head.header.e_entry;
		file->sections = head.header.e_shoff;
		file->section_count = head.header.e_shnum;
		file->section_names = head.header.e_shstrndx;
	} else {
		segments = head.short_header.e_phoff;
		count = head.short_header.e_phnum;
		entry_bytes = head.short_header.e_phentsize;
		section_bytes = head.short_header.e_shentsize;
		file->entry = head.short_header.e_entry;
		file->sections = head.short_header.e_shoff;
		file->section_count = head.short_header.e_shnum;
		file->section_names = head.short_header.e_shstrndx;
	}
	if (file->section_count > MAX_SECTIONS ||
	    section_bytes != (file->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		file->section_count = 0;
	if (entry_bytes != (file->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return -1;
	for (uint32_t i = 0; i < count && i < MAX_SEGMENTS; i++)
		if (add_segment(file, segments + (uint64_t)i * entry_bytes))
			return -1;
	return 0;
}

int elf_to_address(const struct elf_file *file, uint64_t offset, uint64_t *address)
{
	for (uint32_t i = 0; i < file->load_count; i++) {
		const struct elf_load *load = &file->loads[i];

		/* the kernel maps whole pages, so the mapping begins before the segment */
		if (offset >= (load->offset & ~4095ULL) &&
		    (offset < load->offset || offset - load->offset < load->bytes)) {
			*address = offset - load->offset + load->address;
			return 0;
		}
	}
	return -1;
}

int elf_to_offset(const struct elf_file *file, uint64_t address, uint64_t *offset)
{
	for (uint32_t i = 0; i < file->load_count; i++) {
		const struct elf_load *load = &file->loads[i];

		if (address >= load->address && address - load->address < load->bytes) {
			*offset = address - load->address + load->offset;
			return 0;
		}
	}
	return -1;
}

int elf_section(struct elf_file *file, uint32_t index, struct elf_section *section)
{
	Elf64_Shdr header;
	Elf32_Shdr short_header;

	if (index >= file->section_count)
		return -1;
	if (file->is_64) {
		if (elf_read(file, file->sections + (uint64_t)index * sizeof(header), &header,
			     sizeof(header)))
			return -1;
		*section = (struct elf_section){ header.sh_name,   header.sh_type, header.sh_link,
						 header.sh_addr,   header.sh_offset,
						 header.sh_size };
		return 0;
	}
	if (elf_read(file, file->sections + (uint64_t)index * sizeof(short_header), &short_header,
		     sizeof(short_header)))
		return -1;
	*section = (struct elf_section){ short_header.sh_name,	 short_header.sh_type,
					 short_header.sh_link,	 short_header.sh_addr,
					 short_header.sh_offset, short_header.sh_size };
	return 0;
}

int elf_section_named(struct elf_file *file, const char *name, struct elf_section *section)
{
	struct elf_section names;
	size_t bytes = strlen(name) + 1;
	char found[16];

	if (bytes > sizeof(found) || elf_section(file, file->section_names, &names))
		return -1;
	for (uint32_t i = 0; i < file->section_count; i++)
		if (!elf_section(file, i, section) && section->name < names.bytes &&
		    !elf_read(file, names.offset + section->name, found, bytes) &&
		    !memcmp(found, name, bytes))
			return 0;
	return -1;
}
