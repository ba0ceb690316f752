// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Enums without a sign whose highest bit is set. ecli reads every enum as signed. */
#include "marked.bpf.h"
#include "unsigned-enumerations.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->small = number ? LESS : TINY;
	e->middle = number ? WHOLE : HALF;
}

EVENT_PER_CALL(fill)
