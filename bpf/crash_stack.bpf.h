/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Sends the stack of a crashed thread, and finds a signal frame on an alternate stack. */
#pragma once

#include "crash_scratch.bpf.h"
#include "ring.bpf.h"

#define MAX_FRAME_SEARCHES 12	/* of STACK_WORDS; each of two nested loops has so many */

/* Returns true if the ring is less than half full: of all records, stacks are left out first. */
static bool has_room_for_stack(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
	       bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 2;
}

/* Sends the memory from an address to the end of its page. Returns the bytes sent. */
VERIFY_ONCE int send_stack_piece(u64 from)
{
	struct crash_scratch *s = crash_scratch();
	u64 bytes = CRASH_STACK_BYTES - (from & (CRASH_STACK_BYTES - 1));

	if (!s)
		return 0;
	if (!has_room_for_stack()) {
		s->end.flags |= CRASH_STACK_DROPPED;
		return 0;
	}
	barrier_var(bytes); /* as in BOUND() */
	if (bytes > CRASH_STACK_BYTES)
		return 0;
	s->stack.kind = RECORD_CRASH_STACK;
	s->stack.tid = s->record.tid;
	s->stack.start_time_ns = s->record.start_time_ns;
	s->stack.address = from;
	s->stack.bytes = bytes;
	if (bpf_probe_read_user(s->stack.data, bytes, (void *)from))
		return 0;
	if (bpf_ringbuf_output(&ring, &s->stack, __builtin_offsetof(struct crash_stack, data) + bytes,
			       wakeup_flag())) {
		s->end.flags |= CRASH_STACK_DROPPED;
		return 0;
	}
	return bytes;
}

/*
 * Sends the stack from the stack pointer up, page by page: a read that ends in a missing page fails
 * as a whole. After an overflow the first page is missing. Returns the bytes sent.
 */
VERIFY_ONCE int send_stack(u64 from)
{
	u32 sent = opaque_zero;

	for (u32 i = 0; i <= MAX_CRASH_PIECES; i++) {
		u64 next = (from & ~(u64)(CRASH_STACK_BYTES - 1)) + CRASH_STACK_BYTES;
		int bytes = send_stack_piece(from);

		if (bytes <= 0 && i > 0)
			break;
		sent += bytes;
		from = next + opaque_zero;
	}
	return sent;
}

/* Looks for a word in a part of the stack. Returns its address; 0: not found. */
VERIFY_ONCE u64 find_word(u64 from, u64 word)
{
	struct crash_scratch *s = crash_scratch();

	if (!s || bpf_probe_read_user(s->words, sizeof(s->words), (void *)from))
		return 0;
	for (u32 i = 0; i < STACK_WORDS; i++)
		if (s->words[i] == word)
			return from + 8 * i;
	return 0;
}

VERIFY_ONCE u64 find_word_in_part(u64 from, u64 to, u64 word)
{
	for (int i = 0; i < MAX_FRAME_SEARCHES; i++) {
		u64 found;

		if (from >= to)
			return 0;
		found = find_word(from, word);
		if (found)
			return found;
		from += 8 * STACK_WORDS;
	}
	return 0;
}

/* Looks for the return address of a signal handler on the stack from `from` to `to`. */
VERIFY_ONCE u64 find_signal_frame(u64 from, u64 to, u64 restorer)
{
	for (int i = 0; i < MAX_FRAME_SEARCHES; i++) {
		u64 found = find_word_in_part(from, to, restorer);

		if (found)
			return found;
		from += 8 * STACK_WORDS * MAX_FRAME_SEARCHES;
	}
	return 0;
}
