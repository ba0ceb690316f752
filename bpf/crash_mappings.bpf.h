/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Finds memory mappings. bpf_find_vma() works once per run with interrupts disabled, and the
 * iterator of mappings not at all, so the trees are read by hand: the maple tree of
 * include/linux/maple_tree.h since Linux 6.1, a red-black tree before. The process is in the
 * kernel, but its other threads may change the trees meanwhile: every read is checked, every loop
 * is bounded. A mapping that is removed may become one of another process, since the kernel reuses
 * its memory at once before Linux 6.4 and since 6.15: see is_own_mapping().
 */
#pragma once

#include "crash_scratch.bpf.h"

#define VM_READ 1	/* include/linux/mm.h */
#define VM_WRITE 2
#define VM_EXEC 4
#define MAX_TREE_LEVELS 10
#define MAX_RB_DEPTH 64
#define MAX_GAP_LEAVES 4	/* leaves without a mapping that are skipped */
#define MAPLE_NODE_MASK 255ULL	/* nodes are aligned to 256 bytes; the bits below have the type */
#define MIN_POINTER 4096

enum descent { DESCENT_FAILED, DESCENT_LEAF, DESCENT_NODE };

static __always_inline bool has_maple_tree(void)
{
	return bpf_core_field_exists(struct mm_struct___crash, mm_mt);
}

/* Loads the node in `entry`. If it is an inner one, sets `entry` to the child with the index. */
VERIFY_ONCE int descend(u64 index)
{
	struct crash_scratch *s = crash_scratch();
	u64 entry, last;
	u32 type, pivots, slots, end, i;

	if (!s || !has_maple_tree())
		return DESCENT_FAILED;
	entry = s->entry;
	type = (entry >> 3) & 15;
	if (entry < MIN_POINTER || bpf_probe_read_kernel(s->node, sizeof(s->node),
							 (void *)(entry & ~MAPLE_NODE_MASK)))
		return DESCENT_FAILED;
	if (type == bpf_core_enum_value(enum maple_type, maple_arange_64)) {
		slots = bpf_core_field_offset(struct maple_arange_64, slot) / 8;
		end = s->node[(bpf_core_field_offset(struct maple_arange_64, meta) / 8) & 31] & 255;
	} else {
		/* the metadata shares the last slot, which has it if the last pivot is 0 */
		pivots = bpf_core_field_size(struct maple_range_64, pivot) / 8;
		slots = bpf_core_field_offset(struct maple_range_64, slot) / 8;
		last = s->node[pivots & 31];
		if (!last)
			end = s->node[(bpf_core_field_offset(struct maple_range_64, meta) / 8) & 31] &
			      255;
		else
			end = last == s->leaf_max ? pivots - 1 : pivots;
	}
	s->leaf_end = end;
	s->leaf_slots = slots;
	if (type == bpf_core_enum_value(enum maple_type, maple_leaf_64))
		return DESCENT_LEAF;
	for (i = 0; i < 16; i++) {
		u64 pivot = s->node[(1 + i) & 31];

		if (i >= end)
			break;
		if (pivot >= index) {
			s->leaf_max = pivot;
			break;
		}
	}
	s->entry = s->node[(slots + i) & 31];
	return DESCENT_NODE;
}

/* Loads the leaf that covers an address. Returns false if there is none. */
VERIFY_ONCE int load_leaf(u64 root, u64 index)
{
	struct crash_scratch *s = crash_scratch();

	/* the root is marked as a node: MA_ROOT_... in lib/maple_tree.c */
	if (!s || (root & 3) != 2)
		return false;
	s->entry = root;
	s->leaf_max = ~0ULL;
	for (int level = 0; level < MAX_TREE_LEVELS; level++) {
		int descent = descend(index);

		if (descent != DESCENT_NODE)
			return descent == DESCENT_LEAF;
	}
	return false;
}

/* Returns the first mapping in the loaded leaf that ends after an address; 0: none. */
VERIFY_ONCE u64 find_in_leaf(u64 index)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return 0;
	for (u32 i = 0; i < 16; i++) {
		u64 pivot, vma;

		if (i > s->leaf_end)
			break;
		pivot = i < s->leaf_end ? s->node[(1 + i) & 31] : s->leaf_max;
		vma = s->node[(s->leaf_slots + i) & 31];
		if (pivot >= index && vma > MIN_POINTER)
			return vma;
	}
	return 0;
}

/* Goes from the node in `entry` to a child. `found` is the last mapping after the address. */
VERIFY_ONCE int descend_rb(u64 address)
{
	struct crash_scratch *s = crash_scratch();
	struct vm_area_struct *vma;
	struct rb_node *node;

	/* Linux 6.1 to 6.7 verify each global function, also those that are not called */
	if (!s || has_maple_tree() || !s->entry)
		return DESCENT_LEAF;
	node = (void *)s->entry;
	vma = (void *)node - bpf_core_field_offset(struct vm_area_struct___list, vm_rb);
	if (BPF_CORE_READ(vma, vm_end) <= address) {
		s->entry = (u64)BPF_CORE_READ(node, rb_right);
		return DESCENT_NODE;
	}
	s->found = (u64)vma;
	s->entry = (u64)BPF_CORE_READ(node, rb_left);
	return BPF_CORE_READ(vma, vm_start) <= address ? DESCENT_LEAF : DESCENT_NODE;
}

VERIFY_ONCE u64 find_in_rb_tree(u64 mm_address, u64 address)
{
	struct crash_scratch *s = crash_scratch();

	if (!s || has_maple_tree())
		return 0;
	s->entry = (u64)BPF_CORE_READ((struct mm_struct___list *)mm_address, mm_rb.rb_node);
	s->found = 0;
	for (int depth = 0; depth < MAX_RB_DEPTH; depth++)
		if (descend_rb(address) == DESCENT_LEAF)
			break;
	return s->found;
}

/* Returns the mapping at an address or the first one after it, as find_vma() does; 0: none. */
VERIFY_ONCE u64 find_mapping(u64 mm, u64 address)
{
	struct crash_scratch *s = crash_scratch();
	u64 index = address, root, vma;

	if (!s)
		return 0;
	if (!has_maple_tree())
		return find_in_rb_tree(mm, address);
	root = (u64)BPF_CORE_READ((struct mm_struct___crash *)mm, mm_mt.ma_root);
	for (int leaves = 0; leaves < MAX_GAP_LEAVES; leaves++) {
		if (!load_leaf(root, index))
			return 0;
		vma = find_in_leaf(index);
		if (vma || s->leaf_max == ~0ULL)
			return vma;
		index = s->leaf_max + 1;
	}
	return 0;
}

/* Returns true if a mapping is of the crashed process. Called after the reads of its fields. */
static __always_inline bool is_own_mapping(u64 vma_address)
{
	struct crash_scratch *s = crash_scratch();
	struct vm_area_struct *vma = (void *)vma_address;

	return s && (u64)BPF_CORE_READ(vma, vm_mm) == s->mm;
}

static __always_inline void fill_mapping(struct crash_mapping *mapping, u64 vma_address)
{
	struct vm_area_struct *vma = (void *)vma_address;

	mapping->start = mapping->end = mapping->flags = 0;
	if (!vma)
		return;
	mapping->start = BPF_CORE_READ(vma, vm_start);
	mapping->end = BPF_CORE_READ(vma, vm_end);
	mapping->flags = BPF_CORE_READ(vma, vm_flags);
	if (!is_own_mapping(vma_address))
		mapping->start = mapping->end = mapping->flags = 0;
}
