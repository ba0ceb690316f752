// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What a C program would never put into a bool is true as well. */
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
