// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A bool that its source sets, and nothing else: ecli overwrites it. */
#include "marked.bpf.h"
#include "initial-switch.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile bool on = true;

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->on = on;
	e->number = number;
}

EVENT_PER_CALL(fill)
