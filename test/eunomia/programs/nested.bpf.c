// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Structs and unions in structs, with and without names. */
#include "marked.bpf.h"
#include "nested.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	e->pair.left = number + 1;
	e->pair.right = -2;
	__builtin_memcpy(e->named.name, "inner", 6);
	e->named.pair.left = number + 2;
	e->either.whole = 0x04030201 + number;
	e->point.x = -number;
	e->point.y = number;
	e->hidden = 5;
	e->own.as_int = 0x01020304;
	__builtin_memcpy(e->list[1].name, "second", 7);
	e->list[1].pair.right = 1LL << 40;
	e->last = 99;
}

EVENT_PER_CALL(fill)
