/* SPDX-License-Identifier: MIT */
/* The entries of .eh_frame: a common information entry (CIE) and a description of code (FDE). */
#ifndef FRAME_TABLES_H
#define FRAME_TABLES_H

#include "elf_file.h"

struct frame_entry {
	uint64_t start, bytes;	/* the described code */
	uint64_t code_factor;
	int64_t data_factor;
	uint64_t return_register;
	uint8_t encoding;	/* of pointers */
	int is_signal_frame;
	struct cursor initial, program;
};

/* Finds the entry for an address. Returns 0, or -1 if there is none. */
int find_frame_entry(struct elf_file *file, uint64_t address, struct frame_entry *entry);
/* Reads a pointer, DW_EH_PE_*; data_base: what DW_EH_PE_datarel is relative to. */
uint64_t read_encoded(struct cursor *cursor, uint8_t encoding, uint64_t data_base);

#endif
