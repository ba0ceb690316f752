/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The texts of a package's event: reverses paths, and replaces what is not printable UTF-8. */
#pragma once

#include "recorder-package.h"
#include "scratch.bpf.h"

#define MAX_CONTINUATION_BYTES 3 /* of a UTF-8 character */

/* an event, and scratch space for its paths */
struct package_event {
	union {
		struct exit exit;
		u8 bytes[sizeof(struct exit)];
	};
	u8 padding[MAX_CONTINUATION_BYTES + 1]; /* may be read as the end of a character */
	char path[TEXT_BYTES + FILE_NAME_BYTES];
};

MAP(package_events, PERCPU_ARRAY, 1, u32, struct package_event);

static __always_inline struct package_event *package_event(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&package_events, &zero);
}

static u8 byte_at(struct package_event *event, u32 at)
{
	barrier_var(at);
	return at < sizeof(event->bytes) ? event->bytes[at] : 0;
}

/*
 * Returns the number of continuation bytes of the UTF-8 character (RFC 3629, without U+0080 to
 * U+009F) that begins at an offset. Replaces a byte that begins none by a question mark.
 */
VERIFY_ONCE u32 check_character(u32 at)
{
	struct package_event *event = package_event();
	u8 min = 0x80, max = 0xbf, first, second;
	u32 length;

	if (!event)
		return 0;
	first = byte_at(event, at);
	second = byte_at(event, at + 1);
	length = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	if (first == 0xc2 || first == 0xe0)
		min = 0xa0;
	else if (first == 0xed)
		max = 0x9f;
	else if (first == 0xf0)
		min = 0x90;
	else if (first == 0xf4)
		max = 0x8f;
	if (first >= 0xc2 && first <= 0xf4 && second >= min && second <= max &&
	    (length < 2 || (byte_at(event, at + 2) & 0xc0) == 0x80) &&
	    (length < 3 || (byte_at(event, at + 3) & 0xc0) == 0x80))
		return length;
	barrier_var(at);
	if (at < sizeof(event->bytes))
		event->bytes[at] = '?';
	return 0;
}

/*
 * Replaces control characters and invalid UTF-8 in `size` bytes of the event from `start` on.
 * Stops at a NUL, or replaces it by a space.
 */
VERIFY_ONCE int sanitize(u32 start, u32 size, u32 has_spaces)
{
	struct package_event *event = package_event();
	u32 continuation = 0;

	if (!event)
		return 0;
	for (u32 i = 0; i < ARGS_SIZE; i++) {
		u32 at = start + i;
		u8 byte;

		/* keeps the checked value in its register */
		barrier_var(at);
		if (i >= size || at >= sizeof(event->bytes))
			return 0;
		byte = event->bytes[at];
		if (continuation)
			continuation--;
		else if (byte > 0x7f)
			continuation = check_character(at);
		else if (!byte && !has_spaces)
			return 0;
		else if (byte < ' ' || byte == 0x7f)
			event->bytes[at] = byte ? '?' : ' ';
	}
	return 0;
}

/*
 * Joins names, from the leaf's on with a NUL after each, to a path at the offset `to` of the
 * event. The names are in the scratch record at the offset `from`. If they do not fit, the last
 * names of the path remain.
 */
VERIFY_ONCE int reverse_path(u32 slot, u32 from, u32 bytes, u32 to)
{
	char *names = scratch_record(slot);
	struct package_event *event = package_event();
	u32 start = TEXT_BYTES - 1, taken = 0;

	if (!names || !event || to > sizeof(event->bytes) - PATH_SIZE)
		return 0;
	event->path[start] = 0;
	for (int i = 0; i < MAX_PATH_NAMES && taken < bytes; i++) {
		u32 end = start;
		long length;

		if (taken > PATH_SIZE || start < TEXT_BYTES - PATH_SIZE)
			break;
		/* the name goes after the path first, to find its length */
		length = bpf_probe_read_kernel_str(event->path + TEXT_BYTES, FILE_NAME_BYTES,
						   names + from + taken);
		if (length < 1 || length > FILE_NAME_BYTES ||
		    TEXT_BYTES - start + length > PATH_SIZE)
			break;
		taken += length;
		start -= length;
		BOUND(start, TEXT_BYTES - 1);
		event->path[start] = '/';
		BOUND(length, FILE_NAME_BYTES - 1);
		bpf_probe_read_kernel(event->path + start + 1, length, event->path + TEXT_BYTES);
		/* the NUL of this name stands before the names that are joined already */
		if (i)
			event->path[end & (TEXT_BYTES - 1)] = '/';
	}
	bpf_probe_read_kernel_str(event->bytes + to, PATH_SIZE, event->path + start);
	return 0;
}
