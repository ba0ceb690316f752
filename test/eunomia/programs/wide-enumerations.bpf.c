// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Enums of 64 bits, a kind of BTF that is newer than ecli. */
#include "marked.bpf.h"
#include "wide-enumerations.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	e->wide = number == 0 ? NEAR : number == 1 ? FAR : number == 2 ? MAX_WIDE : 2;
	e->deep = number == 0 ? TOP : number == 1 ? BOTTOM : -2;
}

EVENT_PER_CALL(fill)
