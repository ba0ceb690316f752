// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Values whose highest bit is set, of enums that have no sign: ecli takes all for signed ones. */
#include "marked.bpf.h"
#include "high-enumerations.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->small = number ? LESS : TINY;
	e->middle = number ? WHOLE : HALF;
}

EVENT_PER_CALL(fill)
