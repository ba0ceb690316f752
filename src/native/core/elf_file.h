/* SPDX-License-Identifier: MIT */
/*
 * Reads ELF files of which every byte may be hostile: nothing is mapped, each read is checked
 * against the size of the file, and the work for the files of one crash is limited.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/crash.h"

#define ELF_BLOCK_BYTES 512
#define ELF_BLOCKS 16
#define MAX_LOADS 16

struct elf_block {
	uint64_t number;	/* of the block in the file, plus 1; 0: empty */
	uint32_t bytes;
	uint8_t data[ELF_BLOCK_BYTES];
};

struct elf_load {
	uint64_t offset, address, bytes;
};

struct elf_file {
	int fd;			/* -1: the bytes are in `image` */
	const uint8_t *image;
	uint64_t size;
	int has_failed;		/* the file system could not read it */
	int is_64;
	uint32_t load_count;
	struct elf_load loads[MAX_LOADS];
	uint64_t entry;		/* the address of the first instruction of the program */
	uint64_t frame_header;	/* the address of .eh_frame_hdr; 0: none */
	uint64_t sections;	/* the offset of the section headers */
	uint32_t section_count, section_names;
	uint32_t build_id_bytes;
	uint8_t build_id[BUILD_ID_BYTES];
	struct elf_block blocks[ELF_BLOCKS];
};

/* A section: elf(5), Elf64_Shdr. */
struct elf_section {
	uint32_t name, type, link;
	uint64_t address, offset, bytes;
};

/* Reads consecutive values from a range of a file. After a failed read, `failed` stays 1. */
struct cursor {
	struct elf_file *file;
	uint64_t at, end;
	int failed;
};

/* Starts the work for a crash. */
void elf_start_work(void);
/* Returns true if the work for the crash took too long: reads fail from then on. */
int elf_is_exhausted(void);
/* Returns true if more than half of the work was spent. */
int elf_is_half_spent(void);
/* Spends the work of system calls. Returns 0, or -1 if that much is not left. */
int elf_spend_calls(uint32_t count);
/* Parses the headers. fd and image as in struct elf_file. Returns 0, or -1 if it is no ELF file. */
int elf_init(struct elf_file *file, int fd, const uint8_t *image, uint64_t size);
/* Reads bytes at an offset of the file. Returns 0 or -1. */
int elf_read(struct elf_file *file, uint64_t offset, void *to, size_t bytes);
/* Convert between offsets in the file and its addresses. Return 0 or -1. */
int elf_to_address(const struct elf_file *file, uint64_t offset, uint64_t *address);
int elf_to_offset(const struct elf_file *file, uint64_t address, uint64_t *offset);
/* Reads a section header. Returns 0 or -1. */
int elf_section(struct elf_file *file, uint32_t index, struct elf_section *section);
/* Finds a section by its name, which has at most 15 characters. Returns 0 or -1. */
int elf_section_named(struct elf_file *file, const char *name, struct elf_section *section);
/* Finds the function that contains an address in the symbol tables. Returns 0 or -1. */
int elf_function_at(struct elf_file *file, uint64_t address, uint64_t *start);

uint8_t cursor_u8(struct cursor *cursor);
uint64_t cursor_uint(struct cursor *cursor, uint32_t bytes);
uint64_t cursor_uleb(struct cursor *cursor);
int64_t cursor_sleb(struct cursor *cursor);
void cursor_skip(struct cursor *cursor, uint64_t bytes);

#endif
