/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Visits the memory mappings of a crashed process, and sends the executable ones. */
#pragma once

#include "crash_module.bpf.h"

#define MAX_LEAVES 16	/* in a call of visit_leaves() */
#define MAX_LEAF_CALLS 24
#define MAX_WALKED_LISTS 64	/* of MAPPINGS_PER_LIST */
#define MAPPINGS_PER_LIST 64
/* with more mappings than this, the executable ones may exceed MAX_CRASH_MODULES */
#define MANY_MAPPINGS MAX_CRASH_MODULES
#define MAX_STACK_SCANS 8	/* of STACK_WORDS */
#define MAX_HEADER_STEPS 4
#define MIN_MODULE_ADDRESS 65536
#define MAX_USER_ADDRESS (1ULL << 56)	/* with five levels of page tables */

VERIFY_ONCE int was_module_sent(u64 start)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return true;
	for (u32 i = 0; i < MAX_SENT_STARTS; i++) {
		if (i >= s->sent_count)
			return false;
		if (s->sent_starts[i] == start)
			return true;
	}
	return false;
}

/* Looks for the first page of a mapping's file in the mappings before it. */
VERIFY_ONCE int find_header(u64 mm, u64 vma_address)
{
	struct vm_area_struct *vma = (void *)vma_address;
	struct crash_scratch *s = crash_scratch();
	u64 file = (u64)BPF_CORE_READ(vma, vm_file);

	if (!s)
		return 0;
	s->header_file = 0;
	for (int i = 0; i < MAX_HEADER_STEPS && file; i++) {
		u64 start = BPF_CORE_READ(vma, vm_start);

		vma = (void *)find_mapping(mm, start - 1);
		if (!vma || (u64)BPF_CORE_READ(vma, vm_file) != file)
			break;
		if (BPF_CORE_READ(vma, vm_pgoff))
			continue;
		s->header = BPF_CORE_READ(vma, vm_start);
		if (is_own_mapping((u64)vma))
			s->header_file = file;
		break;
	}
	return 0;
}

/* Sends the executable mapping at an address before the others, unless it was sent. */
VERIFY_ONCE int send_module_at(u64 mm, u64 address)
{
	struct crash_scratch *s = crash_scratch();
	struct vm_area_struct *vma;
	u64 start;

	if (!s)
		return 0;
	vma = (void *)find_mapping(mm, address);
	if (!vma)
		return 0;
	start = BPF_CORE_READ(vma, vm_start);
	if (start > address || !(BPF_CORE_READ(vma, vm_flags) & VM_EXEC) ||
	    s->sent_count >= MAX_SENT_STARTS || was_module_sent(start))
		return 0;
	s->sent_starts[s->sent_count & (MAX_SENT_STARTS - 1)] = start;
	s->sent_count++;
	find_header(mm, (u64)vma);
	s->module_count += send_module((u64)vma);
	return 0;
}

/* Returns an address without the signature of arm64, as without_signature() in unwind.h does. */
static __always_inline u64 without_signature(u64 address)
{
	return is_x86() ? address : address & ((1ULL << 48) - 1);
}

static __always_inline bool may_be_code(const struct crash_mapping *stack, u64 address)
{
	return address >= MIN_MODULE_ADDRESS && address < MAX_USER_ADDRESS &&
	       address - stack->start >= stack->end - stack->start;
}

/* Sends the modules that 8 bytes of the stack point into: one word, or two of a 32-bit process. */
VERIFY_ONCE int send_module_of_word(u64 mm, u32 index)
{
	struct crash_scratch *s = crash_scratch();
	struct crash_mapping *stack;
	u64 word, second = 0;

	if (!s)
		return 0;
	stack = &s->record.context.stack;
	word = without_signature(s->words[index & (STACK_WORDS - 1)]);
	if (s->record.flags & CRASH_IS_32BIT) {
		second = s->words[index & (STACK_WORDS - 1)] >> 32;
		word = (u32)word;
	}
	if (may_be_code(stack, word))
		send_module_at(mm, word);
	if (may_be_code(stack, second))
		send_module_at(mm, second);
	return 0;
}

/* Sends the modules that a part of the stack points into. */
VERIFY_ONCE int send_modules_of_words(u64 mm, u64 from)
{
	struct crash_scratch *s = crash_scratch();

	if (!s || bpf_probe_read_user(s->words, sizeof(s->words), (void *)from))
		return 0;
	for (u32 i = 0; i < STACK_WORDS; i++)
		send_module_of_word(mm, i);
	return 0;
}

/* Called for every mapping, in the order of addresses. */
VERIFY_ONCE int visit_mapping(u64 vma_address)
{
	struct vm_area_struct *vma = (void *)vma_address;
	struct crash_scratch *s = crash_scratch();
	u64 file;

	if (!s)
		return 0;
	if (BPF_CORE_READ(vma, vm_flags) & VM_EXEC &&
	    !was_module_sent(BPF_CORE_READ(vma, vm_start))) {
		if (s->module_count >= MAX_CRASH_MODULES)
			s->end.flags |= CRASH_MODULES_CUT;
		else
			s->module_count += send_module(vma_address);
	}
	file = (u64)BPF_CORE_READ(vma, vm_file);
	if (file && !BPF_CORE_READ(vma, vm_pgoff)) {
		s->header = BPF_CORE_READ(vma, vm_start);
		s->header_file = is_own_mapping(vma_address) ? file : 0;
	}
	return 0;
}

VERIFY_ONCE int visit_leaf(void)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return 0;
	for (u32 i = 0; i < 16; i++) {
		u64 vma;

		if (i > s->leaf_end)
			break;
		vma = s->node[(s->leaf_slots + i) & 31];
		if (vma > MIN_POINTER)
			visit_mapping(vma);
	}
	return 0;
}

/* Visits a part of the list of mappings. Returns the next one. */
VERIFY_ONCE u64 visit_list(u64 vma_address)
{
	struct vm_area_struct___list *vma = (void *)vma_address;
	struct crash_scratch *s = crash_scratch();

	/* as in descend_rb() */
	if (!s || has_maple_tree())
		return 0;
	for (int i = 0; i < MAPPINGS_PER_LIST && vma; i++) {
		u64 next = (u64)BPF_CORE_READ(vma, vm_next);

		visit_mapping((u64)vma);
		/* the list may go on in another process */
		if (!is_own_mapping((u64)vma))
			s->end.flags |= CRASH_MODULES_CUT;
		if (s->end.flags & (CRASH_MODULES_DROPPED | CRASH_MODULES_CUT))
			return 0;
		vma = (void *)next;
	}
	return (u64)vma;
}

/* Visits the leaves from next_index on. Returns false after the last one. */
VERIFY_ONCE int visit_leaves(u64 root)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return false;
	for (int i = 0; i < MAX_LEAVES; i++) {
		u64 max;

		if (!load_leaf(root, s->next_index)) {
			/* a node that has changed */
			s->end.flags |= CRASH_MODULES_CUT;
			return false;
		}
		max = s->leaf_max;
		visit_leaf();
		if (max == ~0ULL || s->end.flags & (CRASH_MODULES_DROPPED | CRASH_MODULES_CUT))
			return false;
		s->next_index = max + 1;
	}
	return true;
}

/* Inlined, because the kernel allows a call depth of eight. */
static __always_inline void visit_mappings(u64 mm)
{
	struct crash_scratch *s = crash_scratch();
	u64 root, vma;

	if (!s)
		return;
	if (!has_maple_tree()) {
		vma = (u64)BPF_CORE_READ((struct mm_struct___list *)mm, mmap);
		for (int i = 0; i < MAX_WALKED_LISTS && vma; i++)
			vma = visit_list(vma);
		if (vma)
			s->end.flags |= CRASH_MODULES_CUT;
		return;
	}
	root = (u64)BPF_CORE_READ((struct mm_struct___crash *)mm, mm_mt.ma_root);
	s->next_index = 0;
	for (int i = 0; i < MAX_LEAF_CALLS; i++)
		if (!visit_leaves(root))
			return;
	s->end.flags |= CRASH_MODULES_CUT;
}

static __always_inline void send_modules_of_stack(u64 mm, u64 sp)
{
	for (int i = 0; i < MAX_STACK_SCANS; i++)
		send_modules_of_words(mm, (sp & ~7ULL) + 8 * STACK_WORDS * i);
}

/*
 * Sends the modules: that of the instruction pointer first, then all executable mappings. If there
 * are many mappings, those come first that the stack points into: the others may not fit.
 * interrupted: the stack pointer of what a handler on an alternate stack interrupted, or 0.
 */
static __always_inline void send_modules(u64 mm, u64 ip, u64 sp, u64 interrupted)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return;
	s->sent_count = 0;
	send_module_at(mm, ip);
	/* in a function that calls none, nothing else says who called it */
	if (!is_x86())
		send_module_at(mm, without_signature(s->record.context.registers[ARM64_LR]));
	if (BPF_CORE_READ((struct mm_struct___crash *)mm, map_count) > MANY_MAPPINGS) {
		send_modules_of_stack(mm, sp);
		if (interrupted)
			send_modules_of_stack(mm, interrupted);
	}
	s->header_file = 0;
	visit_mappings(mm);
}
