/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The texts of a package's record: paths the right way round, and nothing that a reader of UTF-8 would stumble over. */
#ifndef __TEXT_BPF_H
#define __TEXT_BPF_H

#include "command.bpf.h"
#include "recorder-package.h"

#define MOST_BEHIND 3 /* bytes of a character behind its first */

/* where a package's record is composed; what follows it is looked at, and never part of a character */
struct form {
	union {
		struct exit exit;
		u8 bytes[sizeof(struct exit)];
	};
	u8 behind[MOST_BEHIND + 1];
	char path[TEXT_BYTES + NAME_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct form);
} forms SEC(".maps");

static __always_inline struct form *this_form(void)
{
	u32 only = 0;

	return bpf_map_lookup_elem(&forms, &only);
}

static u8 byte_at(struct form *form, u32 place)
{
	barrier_var(place);
	return place < sizeof(form->bytes) ? form->bytes[place] : 0;
}

/*
 * How many bytes the character has behind its first one, which is there: RFC 3629, without U+0080 to U+009F. Where it is none, a ?
 * takes its place. Global: the verifier looks at it once, and not once a byte.
 */
__noinline u32 character_behind(u32 place)
{
	struct form *form = this_form();
	u8 least = 0x80, most = 0xbf, first, second;
	u32 behind;

	if (!form)
		return 0;
	first = byte_at(form, place);
	second = byte_at(form, place + 1);
	behind = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	if (first == 0xc2 || first == 0xe0)
		least = 0xa0;
	else if (first == 0xed)
		most = 0x9f;
	else if (first == 0xf0)
		least = 0x90;
	else if (first == 0xf4)
		most = 0x8f;
	if (first >= 0xc2 && first <= 0xf4 && second >= least && second <= most &&
	    (behind < 2 || (byte_at(form, place + 2) & 0xc0) == 0x80) &&
	    (behind < 3 || (byte_at(form, place + 3) & 0xc0) == 0x80))
		return behind;
	barrier_var(place);
	if (place < sizeof(form->bytes))
		form->bytes[place] = '?';
	return 0;
}

/*
 * Puts a ? for control characters and whatever is not UTF-8 in `size` bytes of the form from `start` on, up to a NUL; or a space for
 * each NUL. Global: the verifier looks at the loop once.
 */
__noinline int clean(u32 start, u32 size, u32 has_spaces)
{
	struct form *form = this_form();
	u32 behind = 0;

	if (!form)
		return 0;
	for (u32 i = 0; i < ARGS_SIZE; i++) {
		u32 place = start + i;
		u8 byte;

		/* the verifier must find the bound in the register that is used */
		barrier_var(place);
		if (i >= size || place >= sizeof(form->bytes))
			return 0;
		byte = form->bytes[place];
		if (behind)
			behind--;
		else if (byte > 0x7f)
			behind = character_behind(place);
		else if (!byte && !has_spaces)
			return 0;
		else if (byte < ' ' || byte == 0x7f)
			form->bytes[place] = byte ? '?' : ' ';
	}
	return 0;
}

/*
 * Turns names, the leaf's first and a NUL behind each, into a path in the form from `to` on: as many as have room, the leaf's last.
 * The names are those of that sheet from `from` on. Global: the verifier looks at the loop once.
 */
__noinline int turn_round(u32 sheet, u32 from, u32 bytes, u32 to)
{
	char *names = sheet_of(sheet);
	struct form *form = this_form();
	u32 at = TEXT_BYTES - 1, taken = 0;

	if (!names || !form || to > sizeof(form->bytes) - PATH_SIZE)
		return 0;
	form->path[at] = 0;
	for (int i = 0; i < MOST_NAMES && taken < bytes; i++) {
		u32 end = at;
		long length;

		if (taken > PATH_SIZE || at < TEXT_BYTES - PATH_SIZE)
			break;
		/* first behind the end of what there is, to know its length */
		length = bpf_probe_read_kernel_str(form->path + TEXT_BYTES, NAME_BYTES, names + from + taken);
		if (length < 1 || length > NAME_BYTES || TEXT_BYTES - at + length > PATH_SIZE)
			break;
		taken += length;
		at -= length;
		barrier_var(at);
		at &= TEXT_BYTES - 1;
		form->path[at] = '/';
		barrier_var(length);
		length &= NAME_BYTES - 1;
		copy(form->path + at + 1, form->path + TEXT_BYTES, length);
		/* where the NUL of this name is now, the path of those before goes on */
		if (i)
			form->path[end & (TEXT_BYTES - 1)] = '/';
	}
	bpf_probe_read_kernel_str(form->bytes + to, PATH_SIZE, form->path + at);
	return 0;
}

#endif
