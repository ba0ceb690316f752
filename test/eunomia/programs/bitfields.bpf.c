// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Bit-fields of both signs, also across byte boundaries. */
#include "marked.bpf.h"
#include "bitfields.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	e->one = number & 1;
	e->three = number + 3;
	e->low = -number;
	e->crossing = -number - 1000;
	e->rest = 2047 - number;
	e->big = 0x8000000000ULL + number;
	e->negative = -500000LL - number;
	e->flag = number & 1;
	e->after = 200;
	e->nested.inner = 31;
	e->nested.other = -64;
}

EVENT_PER_CALL(fill)
