// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Headings that are wider than the values, and values that are wider than the headings. */
#include "marked.bpf.h"
#include "long-names.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->a = number;
	e->b = number ? -1234567890123456789LL : 0;
	e->the_longest_name_of_all_of_these = number;
	__builtin_memcpy(e->text, "a text that is wide", 20);
	e->UPPER_and_lower = 1;
}

EVENT_PER_CALL(fill)
