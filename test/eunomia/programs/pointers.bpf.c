// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Pointers of every kind are printed as numbers: also to incomplete types and functions. */
#include "marked.bpf.h"
#include "pointers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->text = (void *)0xffff888000000000;
	e->forward = (void *)(long)-1;
	e->hidden = (void *)(long)number;
	e->self = (void *)0x7fffffffffff;
	e->function = (void *)0xffffffff81000000;
	e->two = (void *)(1L << 53);
	e->volatile_one = (void *)((1L << 53) + 1);
}

EVENT_PER_CALL(fill)
