/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The scratch memory of on_crash. Its functions keep their state here and not in registers: the
 * verifier then sees equal states in the iterations of a loop, and checks its body once.
 */
#pragma once

#include "compat.bpf.h"
#include "crash.h"
#include "kernel_types_crash.h"

#define MAPLE_NODE_WORDS 32	/* 256 bytes */
#define ELF_BYTES 1024
#define NOTE_BYTES 256
#define STACK_WORDS 64
#define MAX_SENT_STARTS 32
#define ARM64_LR 30	/* DWARF's number of the return address */

struct crash_scratch {
	u64 mm;				/* the memory of the crashed process */
	u64 node[MAPLE_NODE_WORDS];	/* the maple node that was loaded last */
	u64 entry;			/* its address and type */
	u64 found;			/* a mapping, while a red-black tree is searched */
	u64 next_index;			/* the address after the visited mappings */
	u64 leaf_max;			/* the last address that the node is about */
	u32 leaf_end, leaf_slots;	/* the index of its last slot; the word of its first slot */
	u64 mount, dentry;		/* of the path that is being read */
	u32 path_at, path_bytes;
	u64 header_file, header;	/* the file whose first page was seen last, and its address */
	u64 elf_address;
	u32 elf_at, elf_is64;
	u8 elf[ELF_BYTES];
	u8 note[NOTE_BYTES + 16 + BUILD_ID_BYTES]; /* a note may begin in the last bytes */
	u64 words[STACK_WORDS];
	u64 sent_starts[MAX_SENT_STARTS];	/* modules that were sent before their turn */
	u32 sent_count;
	u32 module_count;		/* that were sent */
	u32 stack_pieces;		/* of one stack that were sent */
	u64 stack_from, stack_end;	/* what is still to be sent of it */
	struct crash_record record;
	struct crash_end end;
	struct crash_module module;
	struct crash_stack stack;
};

MAP(crash_scratches, PERCPU_ARRAY, 1, u32, struct crash_scratch);

static __always_inline bool is_x86(void)
{
	return bpf_core_field_exists(struct pt_regs___x86_all, orig_ax);
}

static __always_inline struct crash_scratch *crash_scratch(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&crash_scratches, &zero);
}
