// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Text that is shorter than its array, and UTF-8 of every length. */
#include "marked.bpf.h"
#include "text.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	__builtin_memcpy(e->name, "a name\0and more", 16);
	e->name[0] = 'a' + number;
	__builtin_memcpy(e->full, "abc", 4);
	__builtin_memcpy(e->quoted, "\"\\/'`", 6);
	__builtin_memcpy(e->letters, "\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80 ok", 13);
	e->number = number;
}

EVENT_PER_CALL(fill)
