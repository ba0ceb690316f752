/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Sends the stack of a crashed thread, and finds a signal frame on an alternate stack. */
#pragma once

#include "crash_scratch.bpf.h"
#include "ring.bpf.h"

#define MAX_STACK_STEPS 32	/* pieces, and pages that are not present */
#define MAX_FRAME_SEARCHES 12	/* of STACK_WORDS; the limit of each of two nested loops */

/* Returns true if the ring is less than half full: of all records, stacks are left out first. */
static bool has_room_for_stack(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
	       bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 2;
}

/*
 * Sends the memory from an address to the end of its page. Returns the bytes sent; 0: they are not
 * present, -1: the ring has no room.
 */
VERIFY_ONCE int send_stack_piece(u64 from, u32 flags)
{
	struct crash_scratch *s = crash_scratch();
	u64 bytes = CRASH_STACK_BYTES - (from & (CRASH_STACK_BYTES - 1));

	if (!s)
		return -1;
	if (!has_room_for_stack()) {
		s->end.flags |= CRASH_STACK_DROPPED;
		return -1;
	}
	barrier_var(bytes); /* as in BOUND() */
	if (bytes > CRASH_STACK_BYTES)
		return -1;
	s->stack.kind = RECORD_CRASH_STACK;
	s->stack.flags = flags;
	s->stack.tid = s->record.tid;
	s->stack.start_time_ns = s->record.start_time_ns;
	s->stack.address = from;
	s->stack.bytes = bytes;
	if (bpf_probe_read_user(s->stack.data, bytes, (void *)from))
		return 0;
	if (bpf_ringbuf_output(&ring, &s->stack, __builtin_offsetof(struct crash_stack, data) + bytes,
			       wakeup_flag())) {
		s->end.flags |= CRASH_STACK_DROPPED;
		return -1;
	}
	return bytes;
}

/* Sends a piece, or steps over a missing page. Returns false at the end of the stack. */
VERIFY_ONCE int step_stack(void)
{
	struct crash_scratch *s = crash_scratch();
	u64 step;
	u32 flags;
	int bytes;

	if (!s)
		return false;
	flags = s->stack_pieces == MAX_CRASH_PIECES ? STACK_IS_CUT : 0;
	bytes = send_stack_piece(s->stack_from, flags);
	if (bytes < 0)
		return false;
	/* if a page is not present, none of its pieces is */
	step = bytes > 0 ? CRASH_STACK_BYTES : page_size;
	s->stack_from = (s->stack_from & ~(step - 1)) + step;
	s->stack_pieces += bytes > 0;
	return bytes ? s->stack_pieces <= MAX_CRASH_PIECES : s->stack_from < s->stack_end;
}

/*
 * Sends the stack from the stack pointer up, page by page: a read that ends in a missing page fails
 * as a whole. Pages are missing after an overflow, and in an array that was not written to; from
 * `end` on, a missing page ends the stack. Returns the number of pieces.
 */
VERIFY_ONCE int send_stack(u64 from, u64 end)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return 0;
	s->stack_from = from;
	s->stack_end = end;
	s->stack_pieces = 0;
	for (u32 i = 0; i < MAX_STACK_STEPS; i++)
		if (!step_stack())
			return s->stack_pieces;
	/* too many pages are missing to reach the rest of the stack */
	s->end.flags |= CRASH_STACK_MISSING;
	return s->stack_pieces;
}

/* Looks for a word in a part of the stack, by the bits in `mask`. Returns its address, or 0. */
VERIFY_ONCE u64 find_word(u64 from, u64 word, u64 mask)
{
	struct crash_scratch *s = crash_scratch();

	if (!s || bpf_probe_read_user(s->words, sizeof(s->words), (void *)from))
		return 0;
	for (u32 i = 0; i < STACK_WORDS; i++)
		if ((s->words[i] & mask) == word)
			return from + 8 * i;
	return 0;
}

VERIFY_ONCE u64 find_word_in_part(u64 from, u64 to, u64 word, u64 mask)
{
	for (int i = 0; i < MAX_FRAME_SEARCHES; i++) {
		u64 found;

		if (from >= to)
			return 0;
		found = find_word(from, word, mask);
		if (found)
			return found;
		from += 8 * STACK_WORDS;
	}
	return 0;
}

/* Looks for a word of a signal frame on the stack from `from` to `to`. */
VERIFY_ONCE u64 find_frame_word(u64 from, u64 to, u64 word, u64 mask)
{
	for (int i = 0; i < MAX_FRAME_SEARCHES; i++) {
		u64 found = find_word_in_part(from, to, word, mask);

		if (found)
			return found;
		from += 8 * STACK_WORDS * MAX_FRAME_SEARCHES;
	}
	return 0;
}
