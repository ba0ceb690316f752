// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Arrays of char without a NUL. */
#include "marked.bpf.h"
#include "unterminated-text.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	__builtin_memcpy(e->name, "abcd", 4);
	__builtin_memcpy(e->next, "efg", 4);
	e->number = number;
}

EVENT_PER_CALL(fill)
