// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A bool without a default in the package, which ecli overwrites with false. */
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
