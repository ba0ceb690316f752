// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A variable with an initial value that is not constant is in .data, which ecli refuses. */
#include "marked.bpf.h"
#include "data-section.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

int counter = 100;

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	e->counter = counter++;
}

EVENT_PER_CALL(fill)
