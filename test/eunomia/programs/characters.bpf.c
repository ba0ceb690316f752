// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A single char is a number; only an array of plain char is text. */
#include "marked.bpf.h"
#include "characters.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->letter = 'a' + number;
	e->with_sign = -number;
	e->without = 255 - number;
	e->bytes[1] = 'b';
	e->numbers[1] = -'b';
	e->letters[0] = 'c';
	*(char *)&e->kept[0] = 'd';
	e->volatiles[0] = 'e';
	__builtin_memcpy(e->name, "name", 5);
	__builtin_memcpy((char *)e->kept_name, "kept", 5);
}

EVENT_PER_CALL(fill)
