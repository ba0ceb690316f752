// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Bools, also with bytes other than 0 and 1, which no C compiler stores. */
#include "marked.bpf.h"
#include "booleans.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->plain = number & 1;
	*(unsigned char *)&e->odd = number * 2;
	e->many[0] = number > 1;
	e->many[2] = !(number & 2);
	*(unsigned char *)&e->kept = number & 2;
}

EVENT_PER_CALL(fill)
