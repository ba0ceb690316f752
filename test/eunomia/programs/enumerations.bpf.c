// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Enums of each size and sign, and values without a name. */
#include "marked.bpf.h"
#include "enumerations.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->color = number + 6;
	e->depth = (int)number - 3;
	e->small = number ? LESS : TINY;
	e->middle = number ? WHOLE : HALF;
	e->where = number & 1;
	e->two[0] = BLUE;
	e->two[1] = number;
}

EVENT_PER_CALL(fill)
